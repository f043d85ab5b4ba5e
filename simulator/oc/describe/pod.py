"""``oc describe pod``, and the pod templates of workloads. Source: kubectl 1.14, describe.go (PodDescriber)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.errors import Object
from simulator.oc.describe.events import events_of, write_events
from simulator.oc.describe.fields import long_time, write_map
from simulator.oc.describe.volumes import write_volumes
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, pod: Object) -> str:
    meta, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    writer.line("Priority:", str(spec.get("priority", 0)))
    writer.line("PriorityClassName:", spec.get("priorityClassName") or "<none>")
    node = spec.get("nodeName")
    writer.line("Node:", f"{node}/{status.get('hostIP', '')}" if node else "<none>")
    if "startTime" in status:
        writer.line("Start Time:", long_time(status["startTime"]))
    write_map(writer, "Labels:", meta.get("labels"), "=")
    write_map(writer, "Annotations:", meta.get("annotations"), ": ")
    _status(writer, pod)
    for title, key in (("Reason:", "reason"), ("Message:", "message")):
        if status.get(key):
            writer.line(title, status[key])
    writer.line("IP:", status.get("podIP", ""))
    _controlled_by(writer, meta)
    _containers(
        writer, "Init Containers", spec.get("initContainers") or (), status.get("initContainerStatuses") or (), "  "
    )
    _containers(writer, "Containers", spec["containers"], status.get("containerStatuses") or (), "  ")
    _conditions(writer, status.get("conditions") or ())
    write_volumes(writer, spec.get("volumes") or (), "  ")
    if status.get("qosClass"):
        writer.line("QoS Class:", status["qosClass"])
    write_map(writer, "Node-Selectors:", spec.get("nodeSelector"), "=")
    _tolerations(writer, spec.get("tolerations") or ())
    if invocation.flags.flag("show-events"):
        write_events(writer, events_of(invocation, pod), invocation.now())
    return writer.text()


def template_lines(writer: TabWriter, template: Object) -> None:
    """``Pod Template:`` of a workload. Source: describe.go (DescribePodTemplate)."""
    meta, spec = template["metadata"], template["spec"]
    writer.write("Pod Template:\n")
    write_map(writer, "Labels:", meta.get("labels"), "=", "  ")
    if meta.get("annotations"):
        write_map(writer, "Annotations:", meta["annotations"], ": ", "  ")
    if spec.get("serviceAccountName"):
        writer.line("  Service Account:", spec["serviceAccountName"])
    _containers(writer, "Init Containers", spec.get("initContainers") or (), (), "   ", "  ")
    _containers(writer, "Containers", spec["containers"], (), "   ", "  ")
    write_volumes(writer, spec.get("volumes") or (), "   ", "  ")
    if spec.get("priorityClassName"):
        writer.line("  Priority Class Name:", spec["priorityClassName"])


def _status(writer: TabWriter, pod: Object) -> None:
    meta = pod["metadata"]
    if "deletionTimestamp" in meta:
        writer.line("Status:", f"Terminating (expires {long_time(meta['deletionTimestamp'])})")
        writer.line("Termination Grace Period:", f"{meta.get('deletionGracePeriodSeconds', 0)}s")
    else:
        writer.line("Status:", pod.get("status", {}).get("phase", ""))


def _controlled_by(writer: TabWriter, meta: Object) -> None:
    for owner in meta.get("ownerReferences") or ():
        if owner.get("controller"):
            writer.line("Controlled By:", f"{owner['kind']}/{owner['name']}")


def _containers(
    writer: TabWriter, title: str, containers: Sequence[Object], statuses: Sequence[Object], indent: str, head: str = ""
) -> None:
    if not containers:
        return
    writer.write(f"{head}{title}:\n")
    by_name = {status["name"]: status for status in statuses}
    for container in containers:
        writer.write(f"{indent}{container['name']}:\n")
        _container(writer, container, by_name.get(container["name"]), indent + ("  " if not head else " "))


def _container(writer: TabWriter, container: Object, status: Object | None, indent: str) -> None:
    if status is not None:
        writer.line(f"{indent}Container ID:", status.get("containerID", ""))
    writer.line(f"{indent}Image:", container["image"])
    if status is not None:
        writer.line(f"{indent}Image ID:", status.get("imageID", ""))
    ports = container.get("ports") or ()
    plural = "s" if len(ports) > 1 else ""
    shown = ", ".join(f"{port['containerPort']}/{port.get('protocol', 'TCP')}" for port in ports) or "<none>"
    hosts = ", ".join(f"{port.get('hostPort', 0)}/{port.get('protocol', 'TCP')}" for port in ports) or "<none>"
    writer.line(f"{indent}Port{plural}:", shown)
    writer.line(f"{indent}Host Port{plural}:", hosts)
    for title, key in (("Command:", "command"), ("Args:", "args")):
        if container.get(key):
            writer.write(f"{indent}{title}\n")
            writer.write("".join(f"{indent}  {line}\n" for word in container[key] for line in word.split("\n")))
    if status is not None:
        _container_state(writer, status, indent)
    _resources(writer, container.get("resources") or {}, indent)
    for title, key in (("Liveness:", "livenessProbe"), ("Readiness:", "readinessProbe")):
        if container.get(key):
            writer.line(f"{indent}{title}", probe_text(container[key]))
    _environment(writer, container, indent)
    _mounts(writer, container.get("volumeMounts") or (), indent)


def _container_state(writer: TabWriter, status: Object, indent: str) -> None:
    _state(writer, f"{indent}State:", status.get("state") or {"waiting": {}}, indent)
    if status.get("lastState", {}).get("terminated"):
        _state(writer, f"{indent}Last State:", status["lastState"], indent)
    writer.line(f"{indent}Ready:", str(bool(status.get("ready"))))
    writer.line(f"{indent}Restart Count:", str(status.get("restartCount", 0)))


def _state(writer: TabWriter, title: str, state: Object, indent: str) -> None:
    if "running" in state:
        writer.line(title, "Running")
        writer.line(f"{indent}  Started:", long_time(state["running"]["startedAt"]))
    elif "terminated" in state:
        ended = state["terminated"]
        writer.line(title, "Terminated")
        for name, value in (
            ("Reason", ended.get("reason")),
            ("Message", ended.get("message")),
            ("Exit Code", str(ended.get("exitCode", 0))),
            ("Started", long_time(ended["startedAt"]) if ended.get("startedAt") else None),
            ("Finished", long_time(ended["finishedAt"]) if ended.get("finishedAt") else None),
        ):
            if value:
                writer.line(f"{indent}  {name}:", value)
    else:
        writer.line(title, "Waiting")
        if (state.get("waiting") or {}).get("reason"):
            writer.line(f"{indent}  Reason:", state["waiting"]["reason"])


def _resources(writer: TabWriter, resources: Object, indent: str) -> None:
    for title, key in (("Limits", "limits"), ("Requests", "requests")):
        if resources.get(key):
            writer.write(f"{indent}{title}:\n")
            for name, quantity in sorted(resources[key].items()):
                writer.line(f"{indent}  {name}:", str(quantity))


def probe_text(probe: Object) -> str:
    """``http-get https://:5000/healthz delay=10s timeout=5s period=10s #success=1 #failure=3``."""
    attributes = (
        f"delay={probe.get('initialDelaySeconds', 0)}s timeout={probe.get('timeoutSeconds', 1)}s "
        f"period={probe.get('periodSeconds', 10)}s #success={probe.get('successThreshold', 1)} "
        f"#failure={probe.get('failureThreshold', 3)}"
    )
    if "exec" in probe:
        return f"exec [{' '.join(probe['exec'].get('command') or ())}] {attributes}"
    if "httpGet" in probe:
        action = probe["httpGet"]
        host = f"{action.get('host', '')}:{action['port']}"
        url = f"{action.get('scheme', 'HTTP').lower()}://{host}{action.get('path', '')}"
        return f"http-get {url} {attributes}"
    if "tcpSocket" in probe:
        return f"tcp-socket {probe['tcpSocket'].get('host', '')}:{probe['tcpSocket']['port']} {attributes}"
    return f"unknown {attributes}"


def _environment(writer: TabWriter, container: Object, indent: str) -> None:
    _environment_from(writer, container.get("envFrom") or (), indent)
    variables = container.get("env") or ()
    if not variables:
        writer.line(f"{indent}Environment:", "<none>")
        return
    writer.write(f"{indent}Environment:\n")
    for variable in variables:
        _variable(writer, variable, f"{indent}  {variable['name']}:")


def _environment_from(writer: TabWriter, sources: Sequence[Object], indent: str) -> None:
    if not sources:
        return
    writer.write(f"{indent}Environment Variables from:\n")
    for source in sources:
        kind, key = ("ConfigMap", "configMapRef") if "configMapRef" in source else ("Secret", "secretRef")
        reference = source[key]
        writer.line(f"{indent}  {reference['name']}", kind, f"Optional: {_yes(reference.get('optional'))}")


def _variable(writer: TabWriter, variable: Object, title: str) -> None:
    source = variable.get("valueFrom")
    if source is None:
        lines = str(variable.get("value", "")).split("\n")
        writer.line(title, lines[0])
        writer.write("".join(f"\t{line}\n" for line in lines[1:]))
    else:
        writer.write(f"{title}\t{_reference(source)}\n")


def _reference(source: Object) -> str:
    if "fieldRef" in source:
        field = source["fieldRef"]
        return f" ({field.get('apiVersion', 'v1')}:{field['fieldPath']})"
    if "resourceFieldRef" in source:
        field = source["resourceFieldRef"]
        return f"{field.get('containerName', '')} ({field['resource']})"
    kind, key = ("config map", "configMapKeyRef") if "configMapKeyRef" in source else ("secret", "secretKeyRef")
    reference = source[key]
    place = f"{'of' if kind == 'config map' else 'in'} {kind} '{reference['name']}'"
    return f"<set to the key '{reference['key']}' {place}>\tOptional: {_yes(reference.get('optional'))}"


def _mounts(writer: TabWriter, mounts: Sequence[Object], indent: str) -> None:
    if not mounts:
        writer.line(f"{indent}Mounts:", "<none>")
        return
    writer.write(f"{indent}Mounts:\n")
    for mount in sorted(mounts, key=lambda item: str(item["mountPath"])):
        flags = ["ro" if mount.get("readOnly") else "rw"]
        if mount.get("subPath"):
            flags.append(f'path="{mount["subPath"]}"')
        writer.write(f"{indent}  {mount['mountPath']} from {mount['name']} ({','.join(flags)})\n")


def _conditions(writer: TabWriter, conditions: Sequence[Object]) -> None:
    if conditions:
        writer.write("Conditions:\n")
        writer.write("  Type\tStatus\n")
        for condition in conditions:
            writer.write(f"  {condition['type']} \t{condition['status']} \n")


def _tolerations(writer: TabWriter, tolerations: Sequence[Object]) -> None:
    rows = [toleration_text(toleration) for toleration in tolerations] or ["<none>"]
    for index, row in enumerate(sorted(rows)):
        writer.line("Tolerations:" if index == 0 else "", row)


def toleration_text(toleration: Object) -> str:
    """``node.kubernetes.io/not-ready:NoExecute for 300s``, as 4.2 prints it."""
    text = toleration.get("key", "")
    if toleration.get("value"):
        text += f"={toleration['value']}"
    if toleration.get("effect"):
        text += f":{toleration['effect']}"
    if "tolerationSeconds" in toleration:
        text += f" for {toleration['tolerationSeconds']}s"
    return text


def _yes(value: Any) -> str:
    return "true" if value else "false"
