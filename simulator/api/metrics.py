"""What the server counts of itself, and /metrics in Prometheus' text format (version 0.0.4).

Source: apiserver, pkg/endpoints/metrics; component-base, metrics/version.go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from simulator.api import discovery
from simulator.api.types import GVR, Request, Response
from simulator.api.watch import Watch
from simulator.release import Release

if TYPE_CHECKING:
    from simulator.api.server import Reply, Target

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
Key = tuple[str, GVR | None, str, str, bool, int]
Gauges = Callable[[], Mapping[str, float]]
"""More values of the process (``process_resident_memory_bytes``), which whoever runs the server knows."""

_VERBS: Final = {
    ("GET", True): "GET", ("GET", False): "LIST", ("DELETE", True): "DELETE", ("DELETE", False): "DELETECOLLECTION",
}  # fmt: skip
_PROCESS: Final = {
    "process_cpu_seconds_total": ("counter", "Total user and system CPU time spent in seconds."),
    "process_max_fds": ("gauge", "Maximum number of open file descriptors."),
    "process_open_fds": ("gauge", "Number of open file descriptors."),
    "process_resident_memory_bytes": ("gauge", "Resident memory size in bytes."),
    "process_start_time_seconds": ("gauge", "Start time of the process since unix epoch in seconds."),
    "process_virtual_memory_bytes": ("gauge", "Virtual memory size in bytes."),
}


class Metrics:
    """``requests`` counts by (method, resource, subresource, scope, dry run, code)."""

    def __init__(self) -> None:
        self.requests: Counter[Key] = Counter()
        self.gauges: Gauges | None = None

    def count(self, request: Request, target: Target | None, reply: Reply) -> None:
        """One more request; ``target`` is None for what is no resource."""
        code = reply.code if isinstance(reply, Response) else 200 if isinstance(reply, Watch) else 101
        method = "WATCH" if isinstance(reply, Watch) else request.method
        if target is None:
            self.requests[method, None, "", "", False, code] += 1
            return
        scope = "resource" if target.name else "namespace" if target.namespace else "cluster"
        key = (method, target.resource.gvr, target.subresource, scope, "dryRun" in request.query, code)
        self.requests[key] += 1

    def text(self, release: Release) -> str:
        """All of it, in the order of the names."""
        families = [*_requests(self.requests), *_build(release)]
        families += _process(self.gauges() if self.gauges else {})
        return "".join(families)


def _requests(counts: Mapping[Key, int]) -> Iterator[str]:
    yield _head("apiserver_request_total", "counter", "Requests answered, by verb, resource, scope and code.")
    lines: Counter[str] = Counter()
    for (method, gvr, subresource, scope, dry_run, code), count in counts.items():
        group, version, resource = gvr or ("", "", "")
        verb = _VERBS.get((method, scope == "resource"), method)
        labels = {
            "code": str(code),
            "component": "apiserver",
            "dry_run": "All" if dry_run else "",
            "group": group,
            "resource": resource,
            "scope": scope,
            "subresource": subresource,
            "verb": verb,
            "version": version,
        }
        lines[_labels(labels)] += count
    for line, count in sorted(lines.items()):
        yield f"apiserver_request_total{line} {count}\n"


def _build(release: Release) -> Iterator[str]:
    yield _head("kubernetes_build_info", "gauge", "Always 1; what was built is in the labels.")
    told = discovery.version(release)
    names = {"buildDate": "build_date", "gitCommit": "git_commit", "gitTreeState": "git_tree_state",
             "gitVersion": "git_version", "goVersion": "go_version"}  # fmt: skip
    same = ("compiler", "major", "minor", "platform")
    labels = {**{new: told[old] for old, new in names.items()}, **{name: told[name] for name in same}}
    yield f"kubernetes_build_info{_labels(dict(sorted(labels.items())))} 1\n"


def _process(values: Mapping[str, float]) -> Iterator[str]:
    for name, value in sorted(values.items()):
        kind, text = _PROCESS.get(name, ("gauge", ""))
        yield f"{_head(name, kind, text)}{name} {value:.15g}\n"


def _head(name: str, kind: str, text: str) -> str:
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n"


def _labels(labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + inside + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
