"""``pods/exec``, ``attach``, ``portforward`` and ``log``: what reaches a container, and what is said when it cannot.

Source: registry/core/pod/strategy.go (LogLocation, streamLocation); the last words are the kubelet's. Those that begin
with "unable to upgrade connection" are what a client makes of a kubelet's answer that is no Status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.api.logstream import LogStream
from simulator.api.types import Request, Response, Upgrade
from simulator.api.validation.fields import Errors, invalid
from simulator.errors import BadRequest, InternalError, MethodNotAllowed, Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

NO_UPGRADE = "unable to upgrade connection: "
_NO_STREAMS = "you must specify at least 1 of stdin, stdout, stderr"


def connect(server: ApiServer, request: Request, target: Target) -> Upgrade:
    """Exec or attach: the transport goes on with the kubelet. The words of ``command`` are joined by NUL."""
    _only(request, "GET", "POST")
    pod = server.stored(target).object
    container = _container(pod, request.query.get("container", ""))
    _assigned(pod)
    phase = pod.get("status", {}).get("phase")
    if phase in ("Succeeded", "Failed") and target.subresource == "exec":
        raise BadRequest(f"cannot exec into a container in a completed pod; current phase is {phase}")
    if "running" not in _state(pod, container):
        raise InternalError(f'{NO_UPGRADE}container not found ("{container}")')
    query = request.query
    command = tuple(query.get("command", "").split("\0")) if query.get("command") else ()
    stdin, stdout, stderr, tty = (_is_on(query, key) for key in ("stdin", "stdout", "stderr", "tty"))
    if not (stdin or stdout or stderr):
        raise BadRequest(_NO_STREAMS)
    kind = target.subresource
    return Upgrade(target.namespace, target.name, container, command, stdin, tty, kind, stdout, stderr and not tty)


def forward(server: ApiServer, request: Request, target: Target) -> Upgrade:
    """Port-forward. ``ports``: those that an old WebSocket client names in its URL."""
    _only(request, "GET", "POST")
    pod = server.stored(target).object
    _assigned(pod)
    texts = request.query.get("ports", "").replace("\0", ",").split(",")
    ports = tuple(_port(text) for text in texts if text)
    if pod.get("status", {}).get("phase") != "Running":
        raise InternalError(f'{NO_UPGRADE}pod not found ("{target.name}_{target.namespace}")')
    return Upgrade(target.namespace, target.name, "", (), kind="portforward", ports=ports)


def log(server: ApiServer, request: Request, target: Target) -> Response | LogStream:
    """The text of a container's log, from the kubelet (``server.logs``); with ``follow`` a stream of it."""
    _only(request, "GET")
    _check_log_options(target.name, request.query)
    pod = server.stored(target).object
    container = _container(pod, request.query.get("container", ""))
    state = _state(pod, container)
    previous = _is_on(request.query, "previous")
    if previous and not _status(pod, container).get("lastState"):
        raise BadRequest(f'previous terminated container "{container}" in pod "{target.name}" not found')
    if not pod["spec"].get("nodeName"):
        return Response(200, "")  # the real server has no one to ask either, and answers with an empty body
    if server.logs is None:
        reason = (state.get("waiting") or {}).get("reason", "ContainerCreating")
        raise BadRequest(f'container "{container}" in pod "{target.name}" is waiting to start: {reason}')
    found = server.logs(pod, container, request.query)
    return found if isinstance(found, LogStream) else Response(200, found)


def _only(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise MethodNotAllowed("the server does not allow this method on the requested resource")


def _is_on(query: Mapping[str, str], key: str) -> bool:
    return query.get(key) in ("true", "1")


def _assigned(pod: Object) -> None:
    if not pod["spec"].get("nodeName"):
        raise BadRequest(f"pod {pod['metadata']['name']} does not have a host assigned")


def _port(text: str) -> int:
    if not text.isdecimal():
        raise BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    if not 0 < int(text) < 65536:
        raise BadRequest(f'unable to parse "{text}" as a port: port must be > 0 and fit in 16 bits')
    return int(text)


def _check_log_options(name: str, query: Mapping[str, str]) -> None:
    """BadRequest for what is no number, Invalid for what no number may be. Source: ValidatePodLogOptions."""
    numbers: dict[str, int] = {}
    for key in ("tailLines", "limitBytes", "sinceSeconds"):
        if text := query.get(key, ""):
            if not text.removeprefix("-").removeprefix("+").isdecimal():
                raise BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax')
            numbers[key] = int(text)
    errors = Errors()
    if numbers.get("tailLines", 0) < 0:
        errors.invalid("tailLines", numbers["tailLines"], "must be greater than or equal to 0")
    if numbers.get("limitBytes", 1) < 1:
        errors.invalid("limitBytes", numbers["limitBytes"], "must be greater than 0")
    if "sinceSeconds" in numbers and query.get("sinceTime"):
        errors.forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified")
    elif numbers.get("sinceSeconds", 1) < 1:
        errors.invalid("sinceSeconds", numbers["sinceSeconds"], "must be greater than 0")
    if errors.items:
        raise invalid("", "PodLogOptions", name, errors)


def _container(pod: Object, asked: str) -> str:
    """The container that is meant; BadRequest when that is not clear."""
    spec, name = pod["spec"], pod["metadata"]["name"]
    containers = [item["name"] for item in spec.get("containers") or ()]
    initial = [item["name"] for item in spec.get("initContainers") or ()]
    if not asked and len(containers) == 1:
        return str(containers[0])
    if not asked:
        text = f"a container name must be specified for pod {name}, choose one of: [{' '.join(containers)}]"
        if initial:
            text += f" or one of the init containers: [{' '.join(initial)}]"
        raise BadRequest(text)
    added = [item["name"] for item in spec.get("ephemeralContainers") or ()]
    if asked not in containers + initial + added:
        raise BadRequest(f"container {asked} is not valid for pod {name}")
    return asked


def _status(pod: Object, container: str) -> Any:
    status = pod.get("status", {})
    kinds = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
    every = (item for kind in kinds for item in status.get(kind) or ())
    return next((item for item in every if item["name"] == container), {})


def _state(pod: Object, container: str) -> Any:
    return _status(pod, container).get("state") or {}
