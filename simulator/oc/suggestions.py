"""What ``oc status`` finds wrong or improvable. Source: oc, pkg/helpers/graph/kubegraph/analysis.

Of the real scanners, those for crashing pods and for missing liveness probes are here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.changes.client import PODS_ARE_PROBED
from simulator.errors import Object
from simulator.oc.overview import Overview, controller_of, restarted_lately
from simulator.release import Release

Severity = Literal["error", "warning", "info"]
_PROBED = ("rc", "pod", "job", "statefulset", "deployment", "rs", "daemonset")
_MANY_RESTARTS = 5
_CRASHING = """\
The container is starting and exiting repeatedly. This usually means the container is unable
to start, misconfigured, or limited by security restrictions. Check the container logs with

  oc logs {pod} -c {container}

Current security policy prevents your containers from being run as the root user. Some images
may fail expecting to be able to change ownership or permissions on directories. Your admin
can grant you access to run containers that need to run as the root user with this command:

  oc adm policy add-scc-to-user anyuid -n {namespace} -z {account}
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    severity: Severity
    message: str
    advice: str = ""

    def lines(self, *, suggest: bool) -> list[str]:
        """The finding; with ``suggest`` also what to try."""
        first = f"  * {self.message}"
        if not suggest or not self.advice:
            return [first]
        if "\n" in self.advice:
            return [first, "", *(f"    {line}" for line in self.advice.split("\n"))]
        return [first, f"    try: {self.advice}"]


def suggestions(overview: Overview, release: Release) -> list[Suggestion]:
    kinds = _PROBED if PODS_ARE_PROBED.at(release) else [kind for kind in _PROBED if kind != "pod"]
    return [*_crashing(overview), *_unprobed(overview, kinds)]


def _crashing(overview: Overview) -> Iterator[Suggestion]:
    for pod in overview.objects["pod"]:
        for status in (pod.get("status") or {}).get("containerStatuses") or ():
            yield from _trouble(overview, pod, status)


def _trouble(overview: Overview, pod: Object, status: Object) -> Iterator[Suggestion]:
    name, meta = overview.name("pod", pod), pod["metadata"]
    subject = name if len(pod["spec"]["containers"]) == 1 else f'container "{status["name"]}" in {name}'
    if ((status.get("state") or {}).get("waiting") or {}).get("reason") == "CrashLoopBackOff":
        account = pod["spec"].get("serviceAccountName") or "default"
        advice = _CRASHING.format(
            pod=meta["name"], container=status["name"], namespace=meta["namespace"], account=account
        )
        yield Suggestion("error", f"{subject} is crash-looping", advice)
    elif status.get("restartCount", 0) > _MANY_RESTARTS and restarted_lately(status, overview.now):
        advice = f"oc logs {meta['name']} -c {status['name']}"
        yield Suggestion("warning", f"{subject} has restarted {status['restartCount']} times", advice)


def _unprobed(overview: Overview, kinds: Sequence[str]) -> Iterator[Suggestion]:
    """Workloads, and pods without one, of which no container has a liveness probe."""
    for kind in kinds:
        for item in overview.objects[kind]:
            spec = (item if kind == "pod" else item["spec"]["template"])["spec"]
            if controller_of(item) is None and not any("livenessProbe" in one for one in spec["containers"]):
                name = overview.name(kind, item)
                message = f"{name} has no liveness probe to verify pods are still running."
                yield Suggestion("info", message, f"oc set probe {name} --liveness ...")
