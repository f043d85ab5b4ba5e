"""``oc describe pod``, and the pod templates of workloads. Source: kubectl 1.14, describe.go (PodDescriber)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.ages import age
from simulator.errors import Object
from simulator.oc.describe.containers import write_containers
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import controlled_by, long_time, write_map, write_marks, write_rows
from simulator.oc.describe.volumes import write_volumes
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, pod: Object) -> str:
    spec, status = pod["spec"], pod.get("status", {})
    writer = TabWriter(DESCRIBE)
    _place(writer, pod)
    write_marks(writer, pod["metadata"])
    _state(writer, pod, invocation.now())
    if spec.get("initContainers"):
        statuses = status.get("initContainerStatuses") or ()
        write_containers(writer, "Init Containers", spec, "initContainers", statuses, pod)
    write_containers(writer, "Containers", spec, "containers", status.get("containerStatuses") or (), pod)
    _conditions(writer, status.get("conditions") or ())
    write_volumes(writer, spec.get("volumes") or ())
    writer.line("QoS Class:", status.get("qosClass") or "BestEffort")
    write_map(writer, "Node-Selectors:", spec.get("nodeSelector"), "=")
    tolerations = sorted(spec.get("tolerations") or (), key=lambda item: str(item.get("key", "")))
    write_rows(writer, "Tolerations:", [toleration_text(item) for item in tolerations])
    return finish(writer, invocation, pod)


def template_lines(writer: TabWriter, template: Object) -> None:
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
    write_volumes(writer, spec.get("volumes") or (), "  ")
    if spec.get("priorityClassName"):
        writer.line("  Priority Class Name:", spec["priorityClassName"])


def _place(writer: TabWriter, pod: Object) -> None:
    meta, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    if "priority" in spec:
        writer.line("Priority:", str(spec["priority"]))
        writer.line("PriorityClassName:", spec.get("priorityClassName") or "<none>")
    node = spec.get("nodeName")
    writer.line("Node:", f"{node}/{status.get('hostIP', '')}" if node else "<none>")
    if "startTime" in status:
        writer.line("Start Time:", long_time(status["startTime"]))


def _state(writer: TabWriter, pod: Object, now: float) -> None:
    meta, status = pod["metadata"], pod.get("status", {})
    if "deletionTimestamp" in meta:
        writer.line("Status:", f"Terminating (lasts {age(meta['deletionTimestamp'], now)})")
        writer.line("Termination Grace Period:", f"{meta.get('deletionGracePeriodSeconds', 0)}s")
    else:
        writer.line("Status:", status.get("phase", ""))
    for title, key in (("Reason:", "reason"), ("Message:", "message")):
        if status.get(key):
            writer.line(title, status[key])
    writer.line("IP:", status.get("podIP", ""))
    if controlled_by(meta):
        writer.line("Controlled By:", controlled_by(meta))
    if status.get("nominatedNodeName"):
        writer.line("NominatedNodeName:", status["nominatedNodeName"])


def _conditions(writer: TabWriter, conditions: Sequence[Object]) -> None:
    if conditions:
        writer.write("Conditions:\n  Type\tStatus\n")
        for condition in conditions:
            writer.write(f"  {condition['type']} \t{condition['status']} \n")


def toleration_text(toleration: Object) -> str:
    """``node.kubernetes.io/not-ready:NoExecute for 300s``, as 4.2 prints it: without the operator."""
    text: str = toleration.get("key", "")
    if toleration.get("value"):
        text += f"={toleration['value']}"
    if toleration.get("effect"):
        text += f":{toleration['effect']}"
    if "tolerationSeconds" in toleration:
        text += f" for {toleration['tolerationSeconds']}s"
    return text
