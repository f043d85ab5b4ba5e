"""The short forms of what operators report: ClusterOperators of the release, ClusterServiceVersions of OperatorHub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from simulator.errors import Object
from simulator.profiles.platform import Platform
from simulator.profiles.source import check_keys

_NORMAL: Final = (("Degraded", "False"), ("Progressing", "False"), ("Available", "True"), ("Upgradeable", "True"))
_PHASES: Final = (
    ("Pending", "RequirementsUnknown", "requirements not yet checked"),
    ("InstallReady", "AllRequirementsMet", "all requirements found, attempting install"),
    ("Installing", "InstallSucceeded", "waiting for install components to report healthy"),
    ("Succeeded", "InstallSucceeded", "install strategy completed with no errors"),
)


def clusteroperators(item: Any, _platform: Platform) -> Iterator[Object]:
    """``{names, since, version}``: operators that have been available since a moment, and work as they should.

    ``messages``: what an operator says of being available, by its name.
    """
    check_keys(item, ("names", "since", "version", "messages"), ("names", "since", "version"))
    for name in item["names"]:
        yield {
            "apiVersion": "config.openshift.io/v1",
            "kind": "ClusterOperator",
            "metadata": {"name": name},
            "spec": {},
            "status": {
                "conditions": _conditions(item["since"], item.get("messages", {}).get(name, "")),
                "extension": None,
                "relatedObjects": [{"group": "", "name": f"openshift-{name}", "resource": "namespaces"}],
                "versions": [{"name": "operator", "version": item["version"]}],
            },
        }


def _conditions(since: str, message: str) -> list[Object]:
    said: Mapping[str, Object] = {"Available": {"message": message}} if message else {}
    return [
        {"lastTransitionTime": since, **said.get(kind, {}), "reason": "AsExpected", "status": status, "type": kind}
        for kind, status in _NORMAL
    ]


def csvs(item: Any, platform: Platform) -> Iterator[Object]:
    """``{name, namespace, displayName, since}``: an operator that OLM has installed; its version is in the name."""
    check_keys(item, ("name", "namespace", "displayName", "since", "description"),
               ("name", "namespace", "displayName", "since"))  # fmt: skip
    name, namespace, since = item["name"], item["namespace"], item["since"]
    olm = {f"olm.{key}": namespace for key in ("operatorNamespace", "targetNamespaces")}
    annotations = {"capabilities": "Deep Insights", "olm.operatorGroup": f"{namespace}-operatorgroup", **olm}
    last = {"lastTransitionTime": since, "lastUpdateTime": since}
    package = name.partition(".v")[0]
    phase, reason, message = _PHASES[-1]
    yield {
        "apiVersion": "operators.coreos.com/v1alpha1",
        "kind": "ClusterServiceVersion",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"olm.managed": "true", f"operators.coreos.com/{package}.{namespace}": ""},
            "annotations": annotations,
        },
        "spec": {
            "displayName": item["displayName"],
            "description": item.get("description", item["displayName"]),
            "install": {"strategy": "deployment"},
            "maturity": "alpha",
            "provider": {"name": "Red Hat"},
            "version": name.partition(".v")[2],
        },
        "status": {
            "conditions": [{**last, "message": text, "phase": step, "reason": why} for step, why, text in _PHASES],
            **last,
            "message": message,
            "phase": phase,
            "reason": reason,
        },
    }
