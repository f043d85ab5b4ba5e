"""``oc describe node``. Source: kubectl 1.14, describe.go (NodeDescriber)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from simulator.api.gvrs import PODS
from simulator.errors import Forbidden, Object
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
    _conditions(writer, status.get("conditions") or ())
    _machine(writer, status)
    for title, key in (("PodCIDR:", "podCIDR"), ("ProviderID:", "providerID")):
        if spec.get(key):
            writer.line(title, spec[key])
    pods = _pods(invocation, meta["name"])
    if pods is None:
        writer.line("Pods:", "not authorized")
    else:
        write_allocated(writer, pods, status.get("allocatable") or status.get("capacity") or {}, invocation.now())
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


def _machine(writer: TabWriter, status: Mapping[str, Any]) -> None:
    """Addresses, resources and system; 1.14 indents the last three by one space only."""
    writer.write("Addresses:\n")
    for address in status.get("addresses") or ():
        writer.line(f"  {address['type']}:", address["address"])
    for title, key in (("Capacity:", "capacity"), ("Allocatable:", "allocatable")):
        if status.get(key):
            writer.write(f"{title}\n")
            for name, quantity in sorted(status[key].items()):
                writer.line(f" {name}:", str(quantity))
    writer.write("System Info:\n")
    info = status.get("nodeInfo") or {}
    for title, key in _INFO:
        writer.line(f" {title}:", info.get(key, ""))


def _pods(invocation: Invocation, node: str) -> list[Object] | None:
    """The pods on the node that have not ended; None when the user may not see them."""
    fields = f"spec.nodeName={node},status.phase!=Succeeded,status.phase!=Failed"
    try:
        return invocation.client.list(PODS, fields=fields)
    except Forbidden:
        return None
