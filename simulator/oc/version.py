"""``oc version``: of the client, of the OpenShift API server, and of Kubernetes. Source: oc 4.2, cli/version."""

from __future__ import annotations

from simulator.api.gvrs import CLUSTEROPERATORS
from simulator.errors import Object, StatusError
from simulator.oc import gojson, goyaml
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation


async def run(invocation: Invocation) -> int:
    form = invocation.flags.text("output")
    if form not in ("", "yaml", "json"):
        raise fail("--output must be 'yaml' or 'json'")
    versions = _versions(invocation)
    if form:
        shown = {key: value for key, value in versions.items() if value}
        await invocation.out(goyaml.dump(shown) if form == "yaml" else gojson.dumps(shown, indent=2) + "\n")
        return 0
    await invocation.line(f"Client Version: {_client_version(invocation)}")
    if versions["openshiftVersion"]:
        await invocation.line(f"Server Version: {versions['openshiftVersion']}")
    if versions["serverVersion"]:
        await invocation.line(f"Kubernetes Version: {versions['serverVersion']['gitVersion']}")
    return 0


def _client_version(invocation: Invocation) -> str:
    return f"v{invocation.session.release.version}"


def _versions(invocation: Invocation) -> Object:
    """What the client knows, and what the server tells; a part that cannot be asked is empty."""
    versions: Object = {"clientVersion": {"gitVersion": _client_version(invocation)}}
    versions |= {"openshiftVersion": "", "serverVersion": None}
    if invocation.flags.flag("client"):
        return versions
    try:
        versions["serverVersion"] = invocation.client.request("GET", "/version").body
        operator = invocation.client.get(CLUSTEROPERATORS, "openshift-apiserver")
    except StatusError:
        return versions
    for version in (operator.get("status") or {}).get("versions") or ():
        if version.get("name") == "operator":
            versions["openshiftVersion"] = version.get("version", "")
    return versions


FLAGS = (
    Flag("client", "If true, show the client's version only (no server required).", "bool"),
    Flag("output", "One of 'yaml' or 'json'.", short="o"),
    Flag("short", "Print just the version number.", "bool", hidden=True),
)

COMMAND = Command(
    path="oc version",
    usage="oc version [flags]",
    short="Display client and server versions",
    examples=("# The versions of the client and of the server", "oc version"),
    flags=FLAGS,
    run=run,
)
