"""``oc describe node``. Source: kubectl, describe.go (NodeDescriber)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from simulator.api.gvrs import LEASES, PODS
from simulator.changes.client import MACHINE_INDENT, NODE_LEASE
from simulator.errors import Forbidden, Object, StatusError
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import long_time, lower_bool, write_marks, write_rows
from simulator.oc.describe.noderesources import write_allocated
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

_ROLE = "node-role.kubernetes.io/"
_INFO: Final = (
    ("Machine ID", "machineID"),
    ("System UUID", "systemUUID"),
    ("Boot ID", "bootID"),
    ("Kernel Version", "kernelVersion"),
    ("OS Image", "osImage"),
    ("Operating System", "operatingSystem"),
    ("Architecture", "architecture"),
    ("Container Runtime Version", "containerRuntimeVersion"),
    ("Kubelet Version", "kubeletVersion"),
    ("Kube-Proxy Version", "kubeProxyVersion"),
)


def describe(invocation: Invocation, node: Object) -> str:
    meta, spec, status = node["metadata"], node.get("spec") or {}, node.get("status") or {}
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Roles:", ",".join(roles(meta.get("labels") or {})) or "<none>")
    write_marks(writer, meta)
    writer.line("CreationTimestamp:", long_time(meta["creationTimestamp"]))
    write_rows(writer, "Taints:", taints(spec.get("taints") or ()))
    writer.line("Unschedulable:", lower_bool(spec.get("unschedulable")))
    if NODE_LEASE.at(invocation.release):
        _lease(writer, invocation, meta["name"])
    _conditions(writer, status.get("conditions") or ())
    _machine(writer, status, " " * MACHINE_INDENT.at(invocation.release))
    for title, key in (("PodCIDR:", "podCIDR"), ("PodCIDRs:", "podCIDRs"), ("ProviderID:", "providerID")):
        if spec.get(key):
            writer.line(title, ",".join(spec[key]) if isinstance(spec[key], list) else spec[key])
    pods = _pods(invocation, meta["name"])
    if pods is None:
        writer.line("Pods:", "not authorized")
    else:
        write_allocated(writer, pods, status.get("allocatable") or status.get("capacity") or {}, invocation)
    return finish(writer, invocation, node)


def roles(labels: Mapping[str, str]) -> list[str]:
    """``master``, ``worker``: what the labels of roles end in."""
    found = {key.removeprefix(_ROLE) for key in labels if key.startswith(_ROLE)}
    return sorted((found | {labels.get("kubernetes.io/role", "")}) - {""})


def taints(items: Sequence[Object]) -> list[str]:
    """``node-role.kubernetes.io/master:NoSchedule``, by effect and key."""
    ordered = sorted(items, key=lambda taint: f"{taint.get('effect', '')},{taint['key']}")
    return [
        taint["key"] + (f"={taint['value']}" if taint.get("value") else "") + f":{taint.get('effect', '')}"
        for taint in ordered
    ]


def _conditions(writer: TabWriter, conditions: Sequence[Object]) -> None:
    if not conditions:
        return
    writer.write(
        "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n"
        "  ----\t------\t-----------------\t------------------\t------\t-------\n"
    )
    for item in conditions:
        times = [long_time(item[key]) for key in ("lastHeartbeatTime", "lastTransitionTime")]
        writer.write(
            f"  {item['type']} \t{item['status']} \t{times[0]} \t{times[1]} \t{item.get('reason', '')} "
            f"\t{item.get('message', '')}\n"
        )


def _lease(writer: TabWriter, invocation: Invocation, node: str) -> None:
    """The kubelet's sign of life."""
    try:
        spec = invocation.client.get(LEASES, node, "kube-node-lease").get("spec") or {}
    except StatusError as error:
        writer.line("Lease:", f"Failed to get lease: {error.message}")
        return
    writer.write("Lease:\n")
    writer.line("  HolderIdentity:", spec.get("holderIdentity", "<unset>"))
    for title, key in (("AcquireTime:", "acquireTime"), ("RenewTime:", "renewTime")):
        writer.line(f"  {title}", long_time(spec[key]) if spec.get(key) else "<unset>")


def _machine(writer: TabWriter, status: Mapping[str, Any], indent: str) -> None:
    """Addresses, resources and system; 1.14 indents the last three by one space only."""
    writer.write("Addresses:\n")
    for address in status.get("addresses") or ():
        writer.line(f"  {address['type']}:", address["address"])
    for title, key in (("Capacity:", "capacity"), ("Allocatable:", "allocatable")):
        if status.get(key):
            writer.write(f"{title}\n")
            for name, quantity in sorted(status[key].items()):
                writer.line(f"{indent}{name}:", str(quantity))
    writer.write("System Info:\n")
    info = status.get("nodeInfo") or {}
    for title, key in _INFO:
        writer.line(f"{indent}{title}:", info.get(key, ""))


def _pods(invocation: Invocation, node: str) -> list[Object] | None:
    """The pods on the node that have not ended; None when the user may not see them."""
    fields = f"spec.nodeName={node},status.phase!=Succeeded,status.phase!=Failed"
    try:
        return invocation.client.list(PODS, fields=fields)
    except Forbidden:
        return None
