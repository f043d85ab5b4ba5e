"""``oc api-resources``. Source: kubectl, cmd/apiresources."""

from __future__ import annotations

from simulator.changes.client import API_COLUMN, CATEGORIES_COLUMN
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
    chosen = _ordered(invocation, _chosen(invocation))
    if form == "name":
        await invocation.out("".join(f"{resource.qualified}\n" for resource in chosen))
    else:
        await invocation.out(_table(invocation, chosen, wide=form == "wide"))
    return 0


def _ordered(invocation: Invocation, resources: list[ResourceInfo]) -> list[ResourceInfo]:
    """By group and name, or as ``--sort-by`` says."""
    order = str(invocation.flags.values.get("sort-by", ""))
    if order not in ("", "kind", "name"):
        raise fail("--sort-by accepts only name or kind")
    keys = {"kind": lambda item: item.kind, "name": lambda item: item.plural}
    return sorted(resources, key=keys.get(order, lambda item: (item.group, item.plural)))


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


def _table(invocation: Invocation, resources: list[ResourceInfo], *, wide: bool) -> str:
    column, categories = API_COLUMN.at(invocation.release), CATEGORIES_COLUMN.at(invocation.release)
    writer, more = TabWriter(TABLE), ["VERBS", *(["CATEGORIES"] if categories else [])] if wide else []
    if not invocation.flags.flag("no-headers"):
        writer.line("NAME", "SHORTNAMES", column, "NAMESPACED", "KIND", *more)
    for resource in resources:
        namespaced = "true" if resource.namespaced else "false"
        group = resource.group if column == "APIGROUP" else resource.api_version
        cells = [resource.plural, ",".join(resource.short_names), group, namespaced, resource.kind]
        if wide and categories:
            cells += [",".join(resource.verbs), ",".join(resource.categories)]
        elif wide:
            cells.append(f"[{' '.join(resource.verbs)}]")
        writer.line(*cells)
    return writer.text()


FLAGS = (
    Flag("api-group", "Limit to resources in the specified API group."),
    Flag("cached", "Use the cached list of resources if available.", "bool"),
    Flag("namespaced", "If false, only resources of the whole cluster are returned.", "bool", default=True),
    NO_HEADERS,
    Flag("output", "Output format. One of: wide|name.", short="o"),
    Flag("sort-by", "If non-empty, sort the resources by this field: name or kind.", since="4.3"),
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
