"""``oc version``: of the client, of OpenShift, and of Kubernetes. Source: oc, cli/version."""

from __future__ import annotations

import json

from simulator.api.gvrs import CLUSTEROPERATORS, CLUSTERVERSIONS
from simulator.changes.client import CLIENT_VERSION, KUSTOMIZE_VERSION, SERVER_VERSION_OF_HISTORY
from simulator.errors import InputError, Object, StatusError
from simulator.oc import goyaml
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation

_ORDER = ("clientVersion", "kustomizeVersion", "serverVersion", "openshiftVersion")


async def run(invocation: Invocation) -> int:
    form = invocation.flags.text("output")
    if form not in ("", "yaml", "json"):
        raise fail("--output must be 'yaml' or 'json'")
    versions = _versions(invocation)
    if form:
        shown = {key: versions[key] for key in _ORDER if versions[key]}
        text = goyaml.dump(shown) if form == "yaml" else json.dumps(shown, indent=2)
        await invocation.line(text)
        return 0
    lines = [f"Client Version: {versions['clientVersion']['gitVersion']}"]
    lines += [f"Kustomize Version: {versions['kustomizeVersion']}"] if versions["kustomizeVersion"] else []
    lines += [f"Server Version: {versions['openshiftVersion']}"] if versions["openshiftVersion"] else []
    if versions["serverVersion"]:
        lines.append(f"Kubernetes Version: {versions['serverVersion']['gitVersion']}")
    await invocation.line("\n".join(lines))
    return 0


def _versions(invocation: Invocation) -> Object:
    """What the client knows, and what the server tells; a part that cannot be asked is empty."""
    client = CLIENT_VERSION.at(invocation.release).format(version=invocation.release.version)
    versions: Object = {"clientVersion": {"gitVersion": client}, "serverVersion": None, "openshiftVersion": ""}
    versions["kustomizeVersion"] = KUSTOMIZE_VERSION.at(invocation.release)
    if invocation.flags.flag("client"):
        return versions
    try:
        versions["serverVersion"] = invocation.client.request("GET", "/version").body
        versions["openshiftVersion"] = _openshift_version(invocation)
    except (InputError, StatusError):
        return versions
    return versions


def _openshift_version(invocation: Invocation) -> str:
    """That of the API server's operator; later the last one that the cluster was brought to. StatusError if hidden."""
    if SERVER_VERSION_OF_HISTORY.at(invocation.release):
        history = (invocation.client.get(CLUSTERVERSIONS, "version").get("status") or {}).get("history") or ()
        return next((str(item["version"]) for item in history if item.get("state") == "Completed"), "")
    status = invocation.client.get(CLUSTEROPERATORS, "openshift-apiserver").get("status") or {}
    return next((str(item["version"]) for item in status.get("versions") or () if item["name"] == "operator"), "")


FLAGS = (
    Flag("client", "If true, show the client's version only (no server required).", "bool"),
    Flag("output", "One of 'yaml' or 'json'.", short="o"),
    Flag("short", "Print just the version number.", "bool", hidden=True, until="4.15"),
)

COMMAND = Command(
    path="oc version",
    usage="oc version [flags]",
    short="Display client and server versions",
    examples=("# The versions of the client and of the server", "oc version"),
    flags=FLAGS,
    run=run,
)
