"""The operator's events: about its own Deployment, whatever it did. Each is an event of its own: nothing is counted.

Source: library-go, pkg/operator/events/recorder.go.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress

from simulator.api.gvrs import DEPLOYMENTS, EVENTS, NAMESPACES
from simulator.controllers.image_registry.names import EVENT_SOURCE, NAMESPACE, OPERATOR
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object, StatusError
from simulator.runtime.clock import rfc3339


def report(work: Work, kind: str, reason: str, message: str) -> None:
    """Write an event. ``kind``: Normal or Warning. One that the API refuses is dropped."""
    about = _operator(work)
    nanoseconds = round(work.context.now * 1e6) * 1000
    digest = hashlib.sha256((kind + reason + message).encode()).hexdigest()[-8:]
    now = rfc3339(work.context.now)
    event: Object = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{about['name']}.{nanoseconds:x}.{digest}", "namespace": NAMESPACE},
        "involvedObject": about,
        "reason": reason,
        "message": message,
        "source": {"component": EVENT_SOURCE},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
        "type": kind,
        "eventTime": None,
        "reportingComponent": "",
        "reportingInstance": "",
    }
    with suppress(StatusError):
        work.client.create(EVENTS, event)


def _operator(work: Work) -> Object:
    """A reference to what controls the operator's pod; without it, to the namespace."""
    found = work.client.get_or_none(DEPLOYMENTS, OPERATOR, NAMESPACE)
    if found is None:
        found = work.client.get(NAMESPACES, NAMESPACE)
    return {
        "kind": found["kind"],
        "namespace": NAMESPACE,
        "name": found["metadata"]["name"],
        "uid": found["metadata"]["uid"],
        "apiVersion": found["apiVersion"],
    }
