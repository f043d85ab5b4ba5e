"""What a project consists of, as ``oc status`` groups it: services with what stands behind them, then the rest.

Source: oc, pkg/helpers/describe/projectstatus.go and pkg/helpers/graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from simulator.api.ages import long_duration
from simulator.api.gvrs import (
    DAEMONSETS,
    DEPLOYMENTS,
    JOBS,
    PODS,
    REPLICASETS,
    REPLICATIONCONTROLLERS,
    ROUTES,
    SERVICES,
    STATEFULSETS,
)
from simulator.api.types import GVR
from simulator.errors import Object
from simulator.oc.exposure import route_lines, service_text
from simulator.oc.invocation import Invocation
from simulator.oc.rolloutstatus import REVISION
from simulator.runtime.clock import parse_rfc3339

RECENTLY_S = 600.0  # restarts that lie further back are not told
_INDENT = "  "
_KINDS: Mapping[str, GVR] = {
    "svc": SERVICES,
    "rc": REPLICATIONCONTROLLERS,
    "pod": PODS,
    "job": JOBS,
    "statefulset": STATEFULSETS,
    "deployment": DEPLOYMENTS,
    "rs": REPLICASETS,
    "daemonset": DAEMONSETS,
    "route": ROUTES,
}
_BEHIND = ("statefulset", "deployment", "daemonset", "rs", "rc", "pod")  # in the order in which a service shows them
_ALONE = ("deployment", "statefulset", "rc", "rs", "daemonset", "job", "pod")


def load(invocation: Invocation) -> Overview:
    """Read all that the overview needs."""
    namespace = None if invocation.all_namespaces else invocation.namespace
    objects = {kind: sorted(invocation.client.list(gvr, namespace), key=_oldest_first) for kind, gvr in _KINDS.items()}
    return Overview(objects, invocation.now(), everywhere=invocation.all_namespaces)


@dataclass
class Overview:
    """``objects`` by short kind name; ``everywhere``: of all projects, so that names carry theirs."""

    objects: Mapping[str, Sequence[Object]]
    now: float
    everywhere: bool = False
    _shown: set[str] = field(default_factory=set)

    @property
    def services(self) -> Sequence[Object]:
        return self.objects["svc"]

    def groups(self) -> Iterator[list[str]]:
        """The paragraphs."""
        for services in self._services_by_selector():
            yield self._service_group(services)
        for kind in _ALONE:
            for item in self.objects[kind]:
                if item["metadata"]["uid"] not in self._shown and self._stands_alone(kind, item):
                    yield self.item_lines(kind, item, self.name(kind, item))

    def name(self, kind: str, item: Object) -> str:
        """``svc/web``; with all projects ``svc/web[demo]``."""
        meta = item["metadata"]
        return f"{kind}/{meta['name']}" + (f"[{meta['namespace']}]" if self.everywhere else "")

    def item_lines(self, kind: str, item: Object, name: str) -> list[str]:
        """One workload: what it runs, and one line a roll-out; all but the first are indented."""
        first, *rest = [*_image_lines(kind, name, item), *self._state_lines(kind, item)]
        return [first, *(_INDENT + line for line in rest)]

    # -- services

    def _services_by_selector(self) -> list[list[Object]]:
        """Services that select the same pods stand together, the oldest last."""
        groups: dict[tuple[str, str], list[Object]] = {}
        for service in self.services:
            selector = sorted((service["spec"].get("selector") or {}).items())
            groups.setdefault((service["metadata"]["namespace"], str(selector)), []).append(service)
        return [[*group[1:], group[0]] for group in groups.values()]

    def _service_group(self, services: list[Object]) -> list[str]:
        lines = [line for service in services for line in self._service_lines(service)]
        main = services[-1]
        for kind in _BEHIND:
            for item in self._behind(main, kind):
                lines += [_INDENT + line for line in self.item_lines(kind, item, f"{kind}/{item['metadata']['name']}")]
                self._shown.add(item["metadata"]["uid"])
        return lines

    def _service_lines(self, service: Object) -> list[str]:
        name = self.name("svc", service)
        exposed = route_lines(service, self.objects["route"])
        if not exposed:
            return [service_text(name, service["spec"])]
        return [f"{exposed[0]} ({name})", *(_INDENT + line for line in exposed[1:])]

    def _behind(self, service: Object, kind: str) -> list[Object]:
        selector = service["spec"].get("selector") or {}
        namespace = service["metadata"]["namespace"]
        return [
            item
            for item in self.objects[kind]
            if selector
            and item["metadata"]["namespace"] == namespace
            and self._stands_alone(kind, item)
            and selector.items() <= _pod_labels(kind, item).items()
        ]

    def _stands_alone(self, kind: str, item: Object) -> bool:
        """Whether no controller shown elsewhere speaks for it; pods that have ended are of no interest."""
        if kind == "pod" and item.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            return False
        return controller_of(item) is None

    # -- states

    def _state_lines(self, kind: str, item: Object) -> list[str]:
        spec, status = item["spec"], item.get("status") or {}
        ago = self._age(item)
        if kind == "deployment":
            return self._rollouts(item)
        if kind == "daemonset":
            ready, available = status.get("numberReady", 0), status.get("numberAvailable", 0)
            pods = pod_summary(ready, available, status.get("desiredNumberScheduled", 0))
            return [f"generation #{item['metadata'].get('generation', 0)} running for {ago}{pods}"]
        if kind == "statefulset":
            actual = status.get("replicas", 0)
            return [f"created {ago} ago{pod_summary(actual, actual, spec.get('replicas', 1))}"]
        if kind == "job":
            done, active = status.get("succeeded", 0), status.get("active", 0)
            return [f"created {ago} ago {done}/{spec.get('completions', 1)} completed {active} running"]
        if kind in ("rs", "rc"):
            pods = pod_summary(status.get("readyReplicas", 0), status.get("replicas", 0), spec.get("replicas", 1))
            return [f"{kind}/{item['metadata']['name']} created {ago} ago{pods}"]
        return []

    def _rollouts(self, deployment: Object) -> list[str]:
        """A line for each ReplicaSet of a Deployment, the newest first; none before the newest is there."""
        uid = deployment["metadata"]["uid"]
        owned = [item for item in self.objects["rs"] if (controller_of(item) or {}).get("uid") == uid]
        owned.sort(key=_revision, reverse=True)
        if not owned or _revision(owned[0]) != _revision(deployment):
            return []
        return [self._rollout(item, item is owned[0]) for item in owned]

    def _rollout(self, replica_set: Object, active: bool) -> str:
        status, ago = replica_set.get("status") or {}, self._age(replica_set)
        pods = pod_summary(
            status.get("readyReplicas", 0),
            status.get("replicas", 0),
            replica_set["spec"].get("replicas", 0),
            self._restarts(replica_set),
        )
        verb = f"running for {ago}" if active else f"deployed {ago} ago"
        return f"deployment #{_revision(replica_set)} {verb}{pods}"

    def _restarts(self, owner: Object) -> int:
        """The most restarts of a container of this owner that has been restarted lately."""
        uid = owner["metadata"]["uid"]
        counts = [
            status["restartCount"]
            for pod in self.objects["pod"]
            if (controller_of(pod) or {}).get("uid") == uid
            for status in (pod.get("status") or {}).get("containerStatuses") or ()
            if restarted_lately(status, self.now)
        ]
        return max(counts, default=0)

    def _age(self, item: Object) -> str:
        return long_duration(self.now - parse_rfc3339(item["metadata"]["creationTimestamp"])).lower()


def controller_of(item: Object) -> Object | None:
    """The owner reference of the controller of an object."""
    return next((ref for ref in item["metadata"].get("ownerReferences") or () if ref.get("controller")), None)


def restarted_lately(status: Object, now: float) -> bool:
    ended = (status.get("lastState") or {}).get("terminated") or {}
    if not status.get("restartCount") or not ended.get("finishedAt"):
        return False
    return now - parse_rfc3339(ended["finishedAt"]) < RECENTLY_S


def pod_summary(ready: int, actual: int, wanted: int, restarts: int = 0) -> str:
    """`` - 1 pod``, `` - 0/1 pods growing to 1``; nothing when none is wanted and none is there."""
    if ready == wanted == 0:
        return ""
    count = f"{ready}/{wanted} pods" if ready != wanted else "1 pod" if ready == 1 else f"{ready} pods"
    warning = f" (warning: {restarts} restarts)" if restarts else ""
    change = f" reducing to {wanted}" if wanted < actual else f" growing to {wanted}" if wanted > actual else ""
    return f" - {count}{warning}{change}"


def _image_lines(kind: str, name: str, item: Object) -> list[str]:
    """What a workload runs: on one line, or a line for each image when there are several."""
    template = item if kind == "pod" else item["spec"]["template"]
    images = [container["image"] for container in template["spec"].get("containers") or ()]
    if kind in ("pod", "rs", "rc"):
        return [f"{name} runs {', '.join(images)}"]
    verb = "deploys" if kind == "deployment" else "manages"
    unique = list(dict.fromkeys(images))
    if len(unique) > 1:
        return [f"{name} {verb} ", *unique]
    trailer = " " if kind in ("deployment", "daemonset") else ""  # where a trigger would be told; the real one has it
    return [f"{name} {verb} {''.join(unique)}{trailer}"]


def _pod_labels(kind: str, item: Object) -> Mapping[str, str]:
    labels: Mapping[str, str] | None
    labels = (item if kind == "pod" else item["spec"].get("template") or item)["metadata"].get("labels")
    return labels or {}


def _revision(item: Object) -> int:
    text = (item["metadata"].get("annotations") or {}).get(REVISION, "")
    return int(text) if text.isdigit() else 0


def _oldest_first(item: Object) -> tuple[str, str, str]:
    meta = item["metadata"]
    return meta["namespace"], meta["creationTimestamp"], meta["name"]
