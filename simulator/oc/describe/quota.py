"""``oc describe quota``. Source: kubectl 1.14, describe.go (ResourceQuotaDescriber)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from simulator.changes.client import QUOTA_INDENT
from simulator.errors import Object
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.release import Release

_SCOPES: Final = {
    "Terminating": "Matches all pods that have an active deadline. "
    "These pods have a limited lifespan on a node before being actively terminated by the system.",
    "NotTerminating": "Matches all pods that do not have an active deadline. "
    "These pods usually include long running pods whose container command is not expected to terminate.",
    "BestEffort": "Matches all pods that do not have resource requirements set. "
    "These pods have a best effort quality of service.",
    "NotBestEffort": "Matches all pods that have at least one resource requirement set. "
    "These pods have a burstable or guaranteed quality of service.",
}


def describe(_invocation: Invocation, quota: Object) -> str:
    meta = quota["metadata"]
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    _scopes(writer, quota, "")
    writer.write("Resource\tUsed\tHard\n--------\t----\t----\n")
    _resources(writer, quota, "")
    return writer.text()


def write_quotas(writer: TabWriter, quotas: Sequence[Object], release: Release) -> None:
    """All quotas of a namespace."""
    if not quotas:
        writer.write("No resource quota.\n")
        return
    indent = " " * QUOTA_INDENT.at(release)
    writer.write("Resource Quotas\n" if indent == "  " else "Resource Quotas")
    for quota in sorted(quotas, key=lambda item: str(item["metadata"]["name"])):
        gap = "" if indent == "  " else "\n"
        writer.write(f"{gap}{indent}Name:\t{quota['metadata']['name']}\n")
        _scopes(writer, quota, indent)
        writer.write(f"{indent}Resource\tUsed\tHard\n{indent}--------\t---\t---\n")
        _resources(writer, quota, indent)


def _scopes(writer: TabWriter, quota: Object, indent: str) -> None:
    scopes = sorted(quota["spec"].get("scopes") or ())
    if scopes:
        writer.line(f"{indent}Scopes:", ", ".join(scopes))
        writer.write("".join(f"{indent} * {_SCOPES[scope]}\n" for scope in scopes if scope in _SCOPES))


def _resources(writer: TabWriter, quota: Object, indent: str) -> None:
    status = quota.get("status") or {}
    used = status.get("used") or {}
    for name, hard in sorted((status.get("hard") or {}).items()):
        writer.line(f"{indent}{name}", str(used.get(name, "0")), str(hard))
