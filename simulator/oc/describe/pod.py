"""``oc describe pod``, and the pod templates of workloads. Source: kubectl, describe.go (PodDescriber)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.ages import age
from simulator.changes.client import (
    ENDED_PODS_TERMINATE_NO_MORE,
    POD_IPS,
    PRIORITY_CLASS_ROW,
    SECCOMP_ROW,
    SERVICE_ACCOUNT_ROW,
    SPREAD_CONSTRAINTS,
    TEMPLATE_SCHEDULING,
    TOLERATION_OPERATOR,
)
from simulator.errors import Object
from simulator.oc.describe.containers import write_containers
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import controlled_by, long_time, selector_text, write_map, write_marks, write_rows
from simulator.oc.describe.volumes import write_volumes
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.release import Release


def describe(invocation: Invocation, pod: Object) -> str:
    spec, status, release = pod["spec"], pod.get("status", {}), invocation.release
    writer = TabWriter(DESCRIBE)
    _place(writer, pod, release)
    write_marks(writer, pod["metadata"])
    _state(writer, pod, invocation)
    if spec.get("initContainers"):
        statuses = status.get("initContainerStatuses") or ()
        write_containers(writer, "Init Containers", spec, "initContainers", statuses, pod)
    write_containers(writer, "Containers", spec, "containers", status.get("containerStatuses") or (), pod)
    _conditions(writer, status.get("conditions") or ())
    write_volumes(writer, spec.get("volumes") or (), release)
    writer.line("QoS Class:", status.get("qosClass") or "BestEffort")
    _scheduling(writer, spec, release)
    if SPREAD_CONSTRAINTS.at(release):
        _spread(writer, spec)
    return finish(writer, invocation, pod)


def _scheduling(writer: TabWriter, spec: Object, release: Release, indent: str = "") -> None:
    write_map(writer, "Node-Selectors:", spec.get("nodeSelector"), "=", indent)
    tolerations = sorted(spec.get("tolerations") or (), key=lambda item: str(item.get("key", "")))
    write_rows(writer, f"{indent}Tolerations:", [toleration_text(item, release) for item in tolerations])


def _spread(writer: TabWriter, spec: Object, indent: str = "") -> None:
    """``kubernetes.io/hostname:DoNotSchedule when max skew 1 is exceeded for selector app=web``, by topology."""
    rows = []
    for item in sorted(spec.get("topologySpreadConstraints") or (), key=lambda item: str(item["topologyKey"])):
        row = f"{item['topologyKey']}:{item['whenUnsatisfiable']} when max skew {item['maxSkew']} is exceeded"
        selector = item.get("labelSelector")
        rows.append(row if selector is None else f"{row} for selector {selector_text(selector, '<none>')}")
    if rows:
        write_rows(writer, f"{indent}Topology Spread Constraints:", rows)


def template_lines(writer: TabWriter, template: Object, release: Release) -> None:
    """``Pod Template:`` of a workload. Source: describe.go (DescribePodTemplate)."""
    meta, spec = template.get("metadata") or {}, template["spec"]
    writer.write("Pod Template:\n")
    write_map(writer, "Labels:", meta.get("labels"), "=", "  ")
    if meta.get("annotations"):
        write_map(writer, "Annotations:", meta["annotations"], ": ", "  ")
    if spec.get("serviceAccountName"):
        writer.line("  Service Account:", spec["serviceAccountName"])
    if spec.get("initContainers"):
        write_containers(writer, "Init Containers", spec, "initContainers")
    write_containers(writer, "Containers", spec, "containers")
    write_volumes(writer, spec.get("volumes") or (), release, "  ")
    if SPREAD_CONSTRAINTS.at(release):
        _spread(writer, spec, "  ")
    if spec.get("priorityClassName"):
        writer.line("  Priority Class Name:", spec["priorityClassName"])
    if TEMPLATE_SCHEDULING.at(release):
        _scheduling(writer, spec, release, "  ")


def _place(writer: TabWriter, pod: Object, release: Release) -> None:
    meta, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    if "priority" in spec:
        writer.line("Priority:", str(spec["priority"]))
    if PRIORITY_CLASS_ROW.at(release):
        if spec.get("priorityClassName"):
            writer.line("Priority Class Name:", spec["priorityClassName"])
    elif "priority" in spec:
        writer.line("PriorityClassName:", spec.get("priorityClassName") or "<none>")
    if spec.get("serviceAccountName") and SERVICE_ACCOUNT_ROW.at(release):
        writer.line("Service Account:", spec["serviceAccountName"])
    node = spec.get("nodeName")
    writer.line("Node:", f"{node}/{status.get('hostIP', '')}" if node else "<none>")
    if "startTime" in status:
        writer.line("Start Time:", long_time(status["startTime"]))


def _state(writer: TabWriter, pod: Object, invocation: Invocation) -> None:
    meta, status, release = pod["metadata"], pod.get("status", {}), invocation.release
    ended = ENDED_PODS_TERMINATE_NO_MORE.at(release) and status.get("phase") in ("Failed", "Succeeded")
    if "deletionTimestamp" in meta and not ended:
        writer.line("Status:", f"Terminating (lasts {age(meta['deletionTimestamp'], invocation.now())})")
        writer.line("Termination Grace Period:", f"{meta.get('deletionGracePeriodSeconds', 0)}s")
    else:
        writer.line("Status:", status.get("phase", ""))
    for title, key in (("Reason:", "reason"), ("Message:", "message")):
        if status.get(key):
            writer.line(title, status[key])
    profile = (pod["spec"].get("securityContext") or {}).get("seccompProfile")
    if profile and SECCOMP_ROW.at(release):
        writer.line("SeccompProfile:", profile["type"])
        if profile["type"] == "Localhost":
            writer.line("LocalhostProfile:", profile.get("localhostProfile", ""))
    writer.line("IP:", status.get("podIP", ""))
    if POD_IPS.at(release):
        _addresses(writer, status.get("podIPs") or ())
    if controlled_by(meta):
        writer.line("Controlled By:", controlled_by(meta))
    if status.get("nominatedNodeName"):
        writer.line("NominatedNodeName:", status["nominatedNodeName"])


def _addresses(writer: TabWriter, addresses: Sequence[Object]) -> None:
    if not addresses:
        writer.line("IPs:", "<none>")
        return
    writer.write("IPs:\n")
    for address in addresses:
        writer.line("  IP:", address["ip"])


def _conditions(writer: TabWriter, conditions: Sequence[Object]) -> None:
    if conditions:
        writer.write("Conditions:\n  Type\tStatus\n")
        for condition in conditions:
            writer.write(f"  {condition['type']} \t{condition['status']} \n")


def toleration_text(toleration: Object, release: Release) -> str:
    """``node.kubernetes.io/not-ready:NoExecute op=Exists for 300s``; earlier releases leave out the operator."""
    text: str = toleration.get("key", "")
    if toleration.get("value"):
        text += f"={toleration['value']}"
    if toleration.get("effect"):
        text += f":{toleration['effect']}"
    exists = toleration.get("operator") == "Exists" and not toleration.get("value")
    if exists and TOLERATION_OPERATOR.at(release):
        text += " op=Exists" if text else "op=Exists"
    if "tolerationSeconds" in toleration:
        text += f" for {toleration['tolerationSeconds']}s"
    return text
