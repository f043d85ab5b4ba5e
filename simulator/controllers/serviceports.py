"""Which ports and pods stand behind a Service. Pure."""

from __future__ import annotations

from simulator.controllers.labels import annotations_of
from simulator.controllers.podstate import FINISHED, phase, ready_since
from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339, rfc3339

TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
_TOLERATE_UNREADY = "service.alpha.kubernetes.io/tolerate-unready-endpoints"

Ports = tuple[tuple[str, int, str], ...]
"""(name, number, protocol) of each port."""


def is_lenient(service: Object) -> bool:
    """Whether pods that are not ready are published as if they were."""
    publishes = service["spec"].get("publishNotReadyAddresses")
    return bool(publishes) or annotations_of(service).get(_TOLERATE_UNREADY) == "true"


def is_over(pod: Object) -> bool:
    """It has ended, and will not start again."""
    return phase(pod) in FINISHED and pod["spec"].get("restartPolicy", "Always") != "Always"


def ports_of(service: Object, pod: Object) -> Ports:
    """The ports of the Service that the pod has."""
    found = []
    for port in service["spec"].get("ports") or ():
        protocol = port.get("protocol", "TCP")
        number = _number(port.get("targetPort", port["port"]), protocol, pod)
        if number is not None:
            found.append((port.get("name", ""), number, protocol))
    return tuple(found)


def _number(target: int | str, protocol: str, pod: Object) -> int | None:
    if isinstance(target, int):
        return target
    for container in pod["spec"].get("containers") or ():
        for port in container.get("ports") or ():
            if port.get("name") == target and port.get("protocol", "TCP") == protocol:
                number: int = port["containerPort"]
                return number
    return None


def hostname_of(service: Object, pod: Object) -> str:
    """The name that the pod has under the Service's, "" when it has none."""
    spec = pod["spec"]
    named = spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]
    return str(spec["hostname"]) if named else ""


def trigger_time(service: Object, pods: list[Object]) -> str:
    """When the last of the pods became ready, or the Service was made. Source: endpoint/trigger_time_tracker.go."""
    times = [parse_rfc3339(service["metadata"]["creationTimestamp"])]
    times += [since for pod in pods if (since := ready_since(pod)) is not None]
    return rfc3339(max(times))
