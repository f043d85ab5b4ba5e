"""The containers of a pod or of a template. Source: kubectl, describe.go (describeContainers)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from simulator.errors import Object
from simulator.oc.describe.environment import write_environment
from simulator.oc.describe.fields import go_list, long_time
from simulator.oc.printers.tabwriter import TabWriter

_FIELD, _DETAIL = "    ", "      "
_PROBES = (("Liveness:", "livenessProbe"), ("Readiness:", "readinessProbe"), ("Startup:", "startupProbe"))


def write_containers(
    writer: TabWriter, title: str, spec: Object, key: str, statuses: Sequence[Object] = (), pod: Object | None = None
) -> None:
    """``spec[key]`` below ``title``. Without ``pod`` it is a template: indented, its field references empty."""
    head = "" if pod is not None else "  "
    containers = spec.get(key) or ()
    writer.write(f"{head}{title}:{'' if containers else ' <none>'}\n")
    by_name = {status["name"]: status for status in statuses}
    for container in containers:
        writer.write(f"  {' ' if head else ''}{container['name']}:\n")
        _container(writer, container, by_name.get(container["name"]), pod)


def _container(writer: TabWriter, container: Object, status: Object | None, pod: Object | None) -> None:
    _image(writer, container, status)
    _ports(writer, container.get("ports") or ())
    for title, key in (("Command:", "command"), ("Args:", "args")):
        if container.get(key):
            lines = [line for word in container[key] for line in word.split("\n")]
            writer.write(f"{_FIELD}{title}\n" + "".join(f"{_DETAIL}{line}\n" for line in lines))
    if status is not None:
        _state_rows(writer, status)
    _resources(writer, container.get("resources") or {})
    for title, key in _PROBES:
        if container.get(key):
            writer.line(f"{_FIELD}{title}", probe_text(container[key]))
    write_environment(writer, container, pod)
    _mounts(writer, container)


def _image(writer: TabWriter, container: Object, status: Object | None) -> None:
    if status is not None:
        writer.line(f"{_FIELD}Container ID:", status.get("containerID", ""))
    writer.line(f"{_FIELD}Image:", container["image"])
    if status is not None:
        writer.line(f"{_FIELD}Image ID:", status.get("imageID", ""))


def _ports(writer: TabWriter, ports: Sequence[Object]) -> None:
    plural = "s" if len(ports) > 1 else ""
    for title, key in (("Port", "containerPort"), ("Host Port", "hostPort")):
        shown = ", ".join(f"{port.get(key, 0)}/{port.get('protocol', 'TCP')}" for port in ports)
        writer.line(f"{_FIELD}{title}{plural}:", shown or "<none>")


def _state_rows(writer: TabWriter, status: Object) -> None:
    _state(writer, "State:", status.get("state") or {})
    if (status.get("lastState") or {}).get("terminated"):
        _state(writer, "Last State:", status["lastState"])
    writer.line(f"{_FIELD}Ready:", str(bool(status.get("ready"))))
    writer.line(f"{_FIELD}Restart Count:", str(status.get("restartCount", 0)))


def _state(writer: TabWriter, title: str, state: Object) -> None:
    if "running" in state:
        word, rows = "Running", [("Started", long_time(state["running"].get("startedAt")))]
    elif "terminated" in state:
        word, rows = "Terminated", _ending(state["terminated"])
    else:
        reason = (state.get("waiting") or {}).get("reason")
        word, rows = "Waiting", [("Reason", reason)] if reason else []
    writer.line(f"{_FIELD}{title}", word)
    for name, value in rows:
        writer.line(f"{_DETAIL}{name}:", value)


def _ending(ended: Object) -> list[tuple[str, str]]:
    rows = [(name, ended[key]) for name, key in (("Reason", "reason"), ("Message", "message")) if ended.get(key)]
    rows.append(("Exit Code", str(ended.get("exitCode", 0))))
    if ended.get("signal"):
        rows.append(("Signal", str(ended["signal"])))
    return [*rows, ("Started", long_time(ended.get("startedAt"))), ("Finished", long_time(ended.get("finishedAt")))]


def _resources(writer: TabWriter, resources: Mapping[str, Any]) -> None:
    for title, key in (("Limits", "limits"), ("Requests", "requests")):
        if resources.get(key):
            writer.write(f"{_FIELD}{title}:\n")
            for name, quantity in sorted(resources[key].items()):
                writer.line(f"{_DETAIL}{name}:", str(quantity))


def probe_text(probe: Object) -> str:
    """``http-get https://:5000/healthz delay=10s timeout=5s period=10s #success=1 #failure=3``."""
    attributes = (
        f"delay={probe.get('initialDelaySeconds', 0)}s timeout={probe.get('timeoutSeconds', 1)}s "
        f"period={probe.get('periodSeconds', 10)}s #success={probe.get('successThreshold', 1)} "
        f"#failure={probe.get('failureThreshold', 3)}"
    )
    if "exec" in probe:
        return f"exec {go_list(probe['exec'].get('command'))} {attributes}"
    if "httpGet" in probe:
        return f"http-get {_url(probe['httpGet'])} {attributes}"
    if "tcpSocket" in probe:
        return f"tcp-socket {probe['tcpSocket'].get('host', '')}:{probe['tcpSocket']['port']} {attributes}"
    if "grpc" in probe:
        return f"grpc <pod>:{probe['grpc']['port']} {probe['grpc'].get('service', '')} {attributes}"
    return f"unknown {attributes}"


def _url(action: Object) -> str:
    path = quote(action.get("path", ""), safe="/$&+,:;=@!'()*-._~")  # a "?" is part of the path for the probe's URL
    slash = "/" if path and not path.startswith("/") else ""
    return f"{action.get('scheme', 'HTTP').lower()}://{action.get('host', '')}:{action['port']}{slash}{path}"


def _mounts(writer: TabWriter, container: Object) -> None:
    mounts = container.get("volumeMounts") or ()
    writer.write(f"{_FIELD}Mounts:{'' if mounts else chr(9) + '<none>'}\n")
    for mount in sorted(mounts, key=lambda item: str(item["mountPath"])):
        flags = ["ro" if mount.get("readOnly") else "rw"]
        if mount.get("subPath"):
            flags.append(f'path="{mount["subPath"]}"')
        writer.write(f"{_DETAIL}{mount['mountPath']} from {mount['name']} ({','.join(flags)})\n")
    devices = container.get("volumeDevices") or ()
    if devices:
        writer.write(f"{_FIELD}Devices:{'' if mounts else chr(9) + '<none>'}\n")  # it looks at the mounts, in error
        for device in sorted(devices, key=lambda item: str(item["devicePath"])):
            writer.write(f"{_DETAIL}{device['devicePath']} from {device['name']}\n")
