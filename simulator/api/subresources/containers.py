"""``pods/exec``, ``pods/attach`` and ``pods/log``: what reaches a container, and what is said when it cannot.

Source: registry/core/pod/strategy.go (LogLocation, streamLocation); the last words are the kubelet's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api.types import Request, Response, Upgrade
from simulator.errors import BadRequest, InternalError, Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target


def connect(server: ApiServer, request: Request, target: Target) -> Upgrade:
    """Exec or attach: the transport goes on with the kubelet. The words of ``command`` are joined by NUL."""
    pod = server.stored(target).object
    container = _container(pod, request.query.get("container", ""))
    if not pod["spec"].get("nodeName"):
        raise BadRequest(f"pod {target.name} does not have a host assigned")
    phase = pod.get("status", {}).get("phase")
    if phase in ("Succeeded", "Failed"):
        raise BadRequest(f"cannot exec into a container in a completed pod; current phase is {phase}")
    if "running" not in _state(pod, container):
        raise InternalError(f'unable to upgrade connection: container not found ("{container}")')
    query = request.query
    command = tuple(query.get("command", "").split("\0")) if query.get("command") else ()
    stdin, tty = (query.get(key) in ("true", "1") for key in ("stdin", "tty"))
    return Upgrade(target.namespace, target.name, container, command, stdin, tty)


def log(server: ApiServer, request: Request, target: Target) -> Response:
    """The text of a container's log, from the kubelet (``server.logs``)."""
    pod = server.stored(target).object
    container = _container(pod, request.query.get("container", ""))
    state = _state(pod, container)
    previous = request.query.get("previous") in ("true", "1")
    if previous and not _status(pod, container).get("lastState"):
        raise BadRequest(f'previous terminated container "{container}" in pod "{target.name}" not found')
    if not pod["spec"].get("nodeName"):
        return Response(200, "")  # the real server has no one to ask either, and answers with an empty body
    if server.logs is None:
        reason = (state.get("waiting") or {}).get("reason", "ContainerCreating")
        raise BadRequest(f'container "{container}" in pod "{target.name}" is waiting to start: {reason}')
    return Response(200, server.logs(pod, container, request.query))


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
    if asked not in containers + initial:
        raise BadRequest(f"container {asked} is not valid for pod {name}")
    return asked


def _status(pod: Object, container: str) -> Any:
    status = pod.get("status", {})
    for item in [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]:
        if item["name"] == container:
            return item
    return {}


def _state(pod: Object, container: str) -> Any:
    return _status(pod, container).get("state") or {}
