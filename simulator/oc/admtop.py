"""``oc adm top``: what nodes and pods use. Source: kubectl, cmd/top."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.flags import ALL_NAMESPACES, FIELD_SELECTOR, NO_HEADERS, SELECTOR, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.resources import resource_map

_SORT = Flag("sort-by", "Sort by cpu or memory.")


def _runner(word: str) -> Callable[[Invocation], Awaitable[int]]:
    async def run(invocation: Invocation) -> int:
        """No metrics server runs here, which is told as of a cluster whose metrics are away."""
        if invocation.flags.text("sort-by") not in ("", "cpu", "memory"):
            raise fail("--sort-by accepts only cpu or memory")
        served = resource_map(invocation.session).find(f"{word}s.metrics.k8s.io")
        if served is None or served.group != "metrics.k8s.io":
            raise fail("Metrics API not available")
        raise fail(f"oc adm top {word} is not available in this simulator")

    return run


_NODE = Command(
    path="oc adm top node",
    usage="oc adm top node [NAME | -l label] [flags]",
    short="Display resource (CPU/memory) usage of nodes",
    flags=(NO_HEADERS, SELECTOR, Flag("show-capacity", "Print what nodes have, not what is free.", "bool"), _SORT),
    run=_runner("node"),
)
_POD = Command(
    path="oc adm top pod",
    usage="oc adm top pod [NAME | -l label] [flags]",
    short="Display resource (CPU/memory) usage of pods",
    flags=(
        ALL_NAMESPACES,
        Flag("containers", "Print the usage of containers.", "bool"),
        FIELD_SELECTOR,
        NO_HEADERS,
        SELECTOR,
        _SORT,
        Flag("sum", "Print the sum of all.", "bool", since="4.12"),
    ),
    run=_runner("pod"),
)

COMMAND = Command(
    path="oc adm top",
    usage="oc adm top [flags]",
    short="Show usage statistics of resources on the server",
    long="Shows the usage that the metrics server knows of.",
    subcommands={"node": _NODE, "pod": _POD},
    aliases={"no": "node", "nodes": "node", "po": "pod", "pods": "pod"},
)
