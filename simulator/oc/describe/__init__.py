"""``oc describe``: one file a kind, and a generic one for custom resources. Source: kubectl and oc, describe packages.

A describer takes the invocation and the object, and returns the whole text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

from simulator.errors import NotFound, Object
from simulator.oc.command import Command
from simulator.oc.errors import CommandError
from simulator.oc.flags import ALL_NAMESPACES, FILENAME, RECURSIVE, SELECTOR, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.targets import Found, Target, fetch, parse_queries

Describer = Callable[[Invocation, Object], str]

DESCRIBERS: Final[Mapping[str, str]] = {
    "Deployment": "deployment",
    "Namespace": "namespace",
    "PersistentVolume": "volume",
    "PersistentVolumeClaim": "claim",
    "Pod": "pod",
    "Project": "project",
    "Service": "service",
    "StorageClass": "storageclass",
}
"""The module of each kind that has a describer of its own; it exports ``describe``."""


async def run(invocation: Invocation) -> int:
    if not invocation.args and not invocation.flags.texts("filename"):
        raise CommandError(
            "error: You must specify the type of resource to describe. "
            'Use "oc api-resources" for a complete list of supported resources.'
        )
    found = await fetch(invocation, invocation.args)
    if not found.targets and len(found.errors) == 1 and isinstance(found.errors[0], NotFound):
        found = await _by_prefix(invocation) or found
    texts = [describe(invocation, target) for target in found.targets]
    await invocation.out("\n\n".join(texts))
    found.raise_errors()
    if not texts:
        await invocation.error("No resources found.")
    return 0


async def _by_prefix(invocation: Invocation) -> Found | None:
    """``oc describe pod image-registry``: all objects whose names begin so. Source: kubectl, cmd/describe."""
    queries = parse_queries(invocation, invocation.args)
    if len(queries) != 1 or len(queries[0].names) != 1:
        return None
    everything = await fetch(invocation, [queries[0].resource.qualified])
    prefix = queries[0].names[0]
    everything.targets = [target for target in everything.targets if target.name.startswith(prefix)]
    return everything if everything.targets else None


def describe(invocation: Invocation, target: Target) -> str:
    """The text for one object."""
    module = import_module(f"simulator.oc.describe.{DESCRIBERS.get(target.resource.kind, 'generic')}")
    text: str = module.describe(invocation, target.object)
    return text


COMMAND = Command(
    path="oc describe",
    usage="oc describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME) [flags]",
    short="Show details of a specific resource or group of resources",
    long="Show the details of a resource, together with what belongs to it and its events.",
    examples=(
        "# Show a node",
        "oc describe nodes ip-10-0-131-236.ec2.internal",
        "# Show a pod",
        "oc describe pods/nginx",
    ),
    flags=(
        ALL_NAMESPACES,
        FILENAME,
        RECURSIVE,
        SELECTOR,
        Flag("show-events", "If true, display events related to the described object.", "bool", default=True),
    ),
    run=run,
)
