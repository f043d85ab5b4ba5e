"""``oc api-resources``. Source: kubectl, cmd/apiresources."""

from __future__ import annotations

from simulator.oc.command import Command
from simulator.oc.errors import fail, misuse
from simulator.oc.flags import NO_HEADERS, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import TABLE, TabWriter
from simulator.oc.resources import ResourceInfo, resource_map


async def run(invocation: Invocation) -> int:
    if invocation.args:
        raise misuse("oc api-resources", f"unexpected arguments: [{' '.join(invocation.args)}]")
    form = invocation.flags.text("output")
    if form not in ("", "wide", "name"):
        raise fail(f'--output {form} is not available. Supported values: "wide" and "name"')
    chosen = sorted(_chosen(invocation), key=lambda resource: (resource.group, resource.plural))
    if form == "name":
        await invocation.out("".join(f"{resource.qualified}\n" for resource in chosen))
    else:
        await invocation.out(_table(chosen, headers=not invocation.flags.flag("no-headers"), wide=form == "wide"))
    return 0


def _chosen(invocation: Invocation) -> list[ResourceInfo]:
    """The resources that the flags ask for, each in its preferred version only."""
    flags = invocation.flags
    unique: dict[str, ResourceInfo] = {}
    for resource in resource_map(invocation.session).rows:
        unique.setdefault(resource.qualified, resource)
    return [
        resource
        for resource in unique.values()
        if resource.verbs
        and ("namespaced" not in flags.given or resource.namespaced == flags.flag("namespaced"))
        and ("api-group" not in flags.given or resource.group == flags.text("api-group"))
        and set(flags.texts("verbs")) <= set(resource.verbs)
    ]


def _table(resources: list[ResourceInfo], *, headers: bool, wide: bool) -> str:
    writer = TabWriter(TABLE)
    if headers:
        writer.line("NAME", "SHORTNAMES", "APIGROUP", "NAMESPACED", "KIND", *(["VERBS"] if wide else []))
    for resource in resources:
        verbs = ["[" + " ".join(resource.verbs) + "]"] if wide else []
        namespaced = "true" if resource.namespaced else "false"
        writer.line(resource.plural, ",".join(resource.short_names), resource.group, namespaced, resource.kind, *verbs)
    return writer.text()


FLAGS = (
    Flag("api-group", "Limit to resources in the specified API group."),
    Flag("cached", "Use the cached list of resources if available.", "bool"),
    Flag("namespaced", "If false, only resources of the whole cluster are returned.", "bool", default=True),
    NO_HEADERS,
    Flag("output", "Output format. One of: wide|name.", short="o"),
    Flag("verbs", "Limit to resources that support the specified verbs.", "list"),
)

COMMAND = Command(
    path="oc api-resources",
    usage="oc api-resources [flags]",
    short="Print the supported API resources on the server",
    examples=("# The resources that live in a project", "oc api-resources --namespaced=true"),
    flags=FLAGS,
    run=run,
)
