"""What listens on the ports of a pod, as far as the model has it: the registry, and programs that pass their probes."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simulator.changes.node import PORT_FORWARD_FAILED
from simulator.errors import Object
from simulator.infra.http import HttpAnswer, HttpRequest, serve
from simulator.infra.kubelet.environment import ConfigError
from simulator.infra.kubelet.record import Record
from simulator.infra.programs import behaviour_of
from simulator.infra.registryhttp import RegistryHttp
from simulator.runtime.clock import rfc3339
from simulator.shell.process import Reader, Writer

if TYPE_CHECKING:
    from simulator.infra import Machines

_HTTP_NAMES: Final = ("http", "https", "web", "metrics", "health", "healthz", "probe", "api")
_HTTP_PORTS: Final = (80, 443, 8080, 8443)
_TEXT: Final = {"Content-Type": "text/plain; charset=utf-8"}


class ForwardError(Exception):
    """Nothing listens there; the text is what the kubelet says."""


@dataclass(frozen=True)
class Listener:
    """``tls``: it expects TLS; ``serve`` gets what is within."""

    tls: bool
    serve: Callable[[Reader, Writer], Awaitable[None]]


def listener(machines: Machines, pod: Object, record: Record, port: int) -> Listener:
    """Who listens on a port of a pod that runs. ForwardError."""
    now = machines.clock.now()
    for spec in pod["spec"]["containers"]:
        one = record["containers"].get(spec["name"], {})
        behaviour = behaviour_of(pod, spec, machines.release)
        if one.get("state") != "running" or now < one["started"] + behaviour.boot_s:
            continue
        if behaviour.kind == "registry" and port == _registry_port(machines, pod, spec):
            return _http(machines, RegistryHttp(machines, pod, spec).answer, tls=True)
        if behaviour.kind == "service" and port in _ports(spec):
            return _service(machines, spec, port)
    raise ForwardError(_refused(machines, pod, port))


def _refused(machines: Machines, pod: Object, port: int) -> str:
    """Source: kubelet, cri/streaming/portforward: the pod is the sandbox, and has no uid."""
    digest = hashlib.sha256(f"sandbox of {pod['metadata']['uid']}".encode()).hexdigest()
    space = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
    time = rfc3339(machines.clock.now())[:-1].replace("-", "/").replace("T", " ")
    pid = 10_000 + int(digest[:4], 16) % 50_000
    cause = PORT_FORWARD_FAILED.at(machines.release)
    text = cause.format(port=port, sandbox=digest, namespace=space, time=time, pid=pid)
    return f"error forwarding port {port} to pod {digest}, uid : {text}"


def _registry_port(machines: Machines, pod: Object, spec: Object) -> int:
    try:
        address = machines.kubelet.environment(pod, spec).get("REGISTRY_HTTP_ADDR", "")
    except ConfigError:
        return 0
    port = address.rpartition(":")[2]
    return int(port) if port.isdecimal() else 0


def _ports(spec: Object) -> dict[int, str]:
    """The ports that a container's spec tells of, with their names."""
    declared = {one["containerPort"]: one.get("name", "") for one in spec.get("ports") or () if _is_tcp(one)}
    probed = {_number(spec, probe["port"]): "" for probe in _probes(spec)}
    return {**probed, **declared}


def _is_tcp(port: Mapping[str, Any]) -> bool:
    return bool(port.get("protocol", "TCP") == "TCP")


def _probes(spec: Object) -> Iterator[Mapping[str, Any]]:
    """The HTTP requests of its probes."""
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        if "httpGet" in (spec.get(kind) or {}):
            yield spec[kind]["httpGet"]


def _number(spec: Object, port: int | str) -> int:
    named = (one["containerPort"] for one in spec.get("ports") or () if one.get("name") == port)
    return port if isinstance(port, int) else next(named, 0)


def _service(machines: Machines, spec: Object, port: int) -> Listener:
    """A program of which only its probes are known. One that does not speak HTTP hears, and says nothing."""
    probes = [probe for probe in _probes(spec) if _number(spec, probe["port"]) == port]
    name = _ports(spec)[port]
    if not probes and name not in _HTTP_NAMES and port not in _HTTP_PORTS:
        return Listener(False, _hear)
    paths = {probe.get("path", "/") for probe in probes}
    tls = any(probe.get("scheme") == "HTTPS" for probe in probes) or name == "https" or port in (443, 8443)

    def answer(request: HttpRequest) -> HttpAnswer:
        return (
            HttpAnswer(200, b"ok", _TEXT) if request.path in paths else HttpAnswer(404, b"404 page not found\n", _TEXT)
        )

    return _http(machines, answer, tls=tls)


def _http(machines: Machines, answer: Callable[[HttpRequest], HttpAnswer], *, tls: bool) -> Listener:
    return Listener(tls, lambda reader, writer: serve(reader, writer, answer, machines.clock.now))


async def _hear(reader: Reader, writer: Writer) -> None:
    while await reader.read():
        pass
