"""``oc get``: objects as tables, YAML, JSON, names or by templates, once or as they change. Source: kubectl."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from simulator.changes.client import CELLS_OF_ONE_LINE, NOTHING_FOUND, TABLE_ACCEPTED
from simulator.errors import NotFound, Object, StatusError
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, CommandFailure, all_of, fail, listing
from simulator.oc.flags import (
    ALL_NAMESPACES,
    FIELD_SELECTOR,
    FILENAME,
    NO_HEADERS,
    OUTPUT,
    RECURSIVE,
    SELECTOR,
    SHOW_MANAGED_FIELDS,
    TEMPLATE,
    Flag,
)
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import GET_FORMATS, Format, as_list, output_format, render_object
from simulator.oc.printers.table import TableOptions, TablePrinter
from simulator.oc.resources import ResourceInfo
from simulator.oc.targets import Found, Query, Target, fetch, from_files, named, parse_queries
from simulator.release import Release

_NO_TYPE = """\
You must specify the type of resource to get. Use "oc api-resources" for a complete list of supported resources.

error: Required resource not specified.
Use "oc explain <resource>" for a detailed description of that resource (e.g. oc explain pods).
See 'oc get -h' for help and examples"""


@dataclass
class Tables:
    """The Tables of one command, in order, and what went wrong on the way."""

    tables: list[tuple[Query, Object]] = field(default_factory=list)
    errors: list[CommandFailure] = field(default_factory=list)


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    if flags.text("raw"):
        return await _raw(invocation)
    form = await output_format(invocation, GET_FORMATS)
    if not invocation.args and not flags.texts("filename"):
        raise CommandError(_NO_TYPE)
    if flags.flag("watch") or flags.flag("watch-only"):
        from simulator.oc.watching import watch

        return await watch(invocation, form, await _queries(invocation))
    if form.is_table:
        return await _print_tables(invocation, form)
    return await _print_objects(invocation, form)


async def _raw(invocation: Invocation) -> int:
    """``--raw /api/v1/…``: the body of the answer as it comes."""
    if invocation.args:
        raise fail("arguments may not be passed when --raw is specified")
    from simulator.oc.gojson import compact

    path, _, query = invocation.flags.text("raw").partition("?")
    pairs = dict(part.partition("=")[::2] for part in query.split("&") if part)
    body = invocation.client.request("GET", path, query=pairs).body
    await invocation.out(body if isinstance(body, str) else compact(body) + "\n")
    return 0


# -- tables


async def _print_tables(invocation: Invocation, form: Format) -> int:
    found = await _fetch_tables(invocation)
    shown = [(query, table) for query, table in _sorted(invocation, found.tables) if table["rows"]]
    many = len({query.resource.qualified for query, _ in found.tables}) > 1 or invocation.flags.flag("show-kind")
    groups = [list(group) for _, group in groupby(shown, key=lambda pair: pair[0].resource)]
    for at, group in enumerate(groups):
        if at and not invocation.flags.flag("no-headers"):
            await invocation.line()
        printer = table_printer(invocation, form, group[0][0].resource, with_kind=many)
        rows = [row for _, table in group for row in table["rows"]]
        await invocation.out(printer.rows({**group[0][1], "rows": rows}))
    if found.errors:
        raise all_of(found.errors)
    if not shown and not invocation.flags.flag("ignore-not-found"):
        await invocation.error(_nothing(invocation, [query.resource for query, _ in found.tables]))
    return 0


def _nothing(invocation: Invocation, resources: Sequence[ResourceInfo]) -> str:
    """What is said when there is nothing to show; where it was looked for, in releases that tell that."""
    where = NOTHING_FOUND.at(invocation.release)
    everywhere = invocation.all_namespaces or not all(resource.namespaced for resource in resources)
    return where[1] if everywhere else where[0].format(namespace=invocation.namespace)


def accept_table(release: Release) -> str:
    """What to ask the server for when a table is to be shown."""
    return TABLE_ACCEPTED.at(release)


def table_printer(invocation: Invocation, form: Format, resource: ResourceInfo, *, with_kind: bool) -> TablePrinter:
    flags = invocation.flags
    options = TableOptions(
        wide=form.name == "wide",
        no_headers=flags.flag("no-headers"),
        show_labels=flags.flag("show-labels"),
        label_columns=flags.texts("label-columns"),
        with_namespace=invocation.all_namespaces and resource.namespaced,
        kind=resource.type_name if with_kind else "",
        with_event=flags.flag("output-watch-events"),
        one_line=CELLS_OF_ONE_LINE.at(invocation.release),
    )
    return TablePrinter(options)


async def _fetch_tables(invocation: Invocation) -> Tables:
    result = Tables()
    for query, namespace in await _queries(invocation):
        for name in query.names or ("",):
            try:
                result.tables.append((query, _table(invocation, query.resource, namespace, name)))
            except NotFound as error:
                if not invocation.flags.flag("ignore-not-found"):
                    result.errors.append(error)
            except StatusError as error:
                result.errors.append(error)
    return result


async def _queries(invocation: Invocation) -> list[tuple[Query, str | None]]:
    """The queries of the arguments, or one for each object of ``-f``, with the namespace of each."""
    if invocation.flags.texts("filename"):
        written = named(await from_files(invocation))
        return [(Query(target.resource, (target.name,)), target.namespace) for target in written]
    queries = parse_queries(invocation, invocation.args)
    if invocation.all_namespaces and any(query.names and query.resource.namespaced for query in queries):
        raise fail("a resource cannot be retrieved by name across all namespaces")
    return [(query, invocation.namespace_for(query.resource)) for query in queries]


def _table(invocation: Invocation, resource: ResourceInfo, namespace: str | None, name: str = "") -> Object:
    sorting = invocation.flags.text("sort-by")
    query = {"includeObject": "Object"} if sorting else {}
    if not name:
        query |= {"limit": "500"} if not sorting else {}
        query |= selector_query(invocation)
    path, accept = resource.path(namespace, name), accept_table(invocation.release)
    named = listing(resource.gvr, query.get("labelSelector", ""), query.get("fieldSelector", ""))
    with nullcontext() if name else named:
        table: Object = invocation.client.request("GET", path, query=query, accept=accept).body
    return table


def selector_query(invocation: Invocation) -> dict[str, str]:
    pairs = {
        "labelSelector": invocation.flags.text("selector"),
        "fieldSelector": invocation.flags.text("field-selector"),
    }
    return {key: value for key, value in pairs.items() if value}


def _sorted(invocation: Invocation, tables: Sequence[tuple[Query, Object]]) -> list[tuple[Query, Object]]:
    expression = invocation.flags.text("sort-by")
    if not expression:
        return list(tables)
    from simulator.oc.sorting import sort_by

    return [(query, {**table, "rows": sort_by(table["rows"], expression, _row_object)}) for query, table in tables]


def _row_object(row: Object) -> Any:
    return row["object"]


# -- whole objects


async def _print_objects(invocation: Invocation, form: Format) -> int:
    found = await fetch(invocation, invocation.args)
    if invocation.flags.flag("ignore-not-found"):
        found.errors = [error for error in found.errors if not isinstance(error, NotFound)]
    targets = found.targets
    if invocation.flags.text("sort-by"):
        from simulator.oc.sorting import sort_by

        targets = sort_by(targets, invocation.flags.text("sort-by"), lambda target: target.object)
    if invocation.flags.flag("export"):
        targets = [target._replace(object=exported(target.object)) for target in targets]
    await _write_objects(invocation, form, found, targets)
    found.raise_errors()
    return 0


async def _write_objects(invocation: Invocation, form: Format, found: Found, targets: Sequence[Target]) -> None:
    if form.name == "name":
        await invocation.out("".join(f"{target.title}\n" for target in targets))
        return
    if form.name == "custom-columns":
        await invocation.out(_columns(invocation, form, targets))
        return
    single = found.named and len(targets) == 1 and len(found.errors) == 0
    if single:
        await invocation.out(render_object(invocation, form, targets[0].object))
    elif targets or not found.errors:
        if not targets and found.named:
            return  # everything was asked for by name, and --ignore-not-found
        objects = [target.object for target in targets]
        await invocation.out(render_object(invocation, form, as_list(objects, invocation.release)))


def _columns(invocation: Invocation, form: Format, targets: Sequence[Target]) -> str:
    from simulator.oc.printers.customcolumns import CustomColumns

    columns = CustomColumns(form.template, no_headers=invocation.flags.flag("no-headers"))
    return columns.rows([target.object for target in targets])


def exported(obj: Object) -> Object:
    """What ``--export`` leaves: nothing that belongs to this one cluster."""
    own = ("creationTimestamp", "deletionTimestamp", "generation", "namespace", "resourceVersion", "selfLink", "uid")
    metadata = {key: value for key, value in obj["metadata"].items() if key not in own}
    rest = {key: value for key, value in obj.items() if key != "status"}
    return {**rest, "metadata": {**metadata, "creationTimestamp": None}}


FLAGS = (
    Flag("allow-missing-template-keys", "If true, ignore missing fields in templates.", "bool", default=True),
    ALL_NAMESPACES,
    Flag("chunk-size", "Return large lists in chunks rather than all at once. 0 disables.", "int", default=500),
    Flag(
        "export",
        "If true, leave out what belongs to this cluster only.",
        "bool",
        deprecated="This flag is deprecated and will be removed in future.",
        until="4.5",
    ),
    FIELD_SELECTOR,
    FILENAME,
    Flag("ignore-not-found", "If the requested object does not exist the command returns exit code 0.", "bool"),
    Flag("include-uninitialized", "Has no effect any more.", "bool", hidden=True),
    Flag("label-columns", "A comma separated list of labels that are shown as columns.", "list", "L"),
    NO_HEADERS,
    OUTPUT,
    Flag("output-watch-events", "With a watch, show what happened to each object.", "bool", since="4.3"),
    Flag("raw", "Raw URI to request from the server."),
    RECURSIVE,
    SELECTOR,
    Flag("server-print", "If true, have the server return the columns to print.", "bool", default=True),
    Flag("show-kind", "If present, list the resource type of the requested objects.", "bool"),
    SHOW_MANAGED_FIELDS,
    Flag("show-labels", "When printing, show all labels as the last column.", "bool"),
    Flag("sort-by", "Sort lists by the field of this JSONPath expression (e.g. '{.metadata.name}')."),
    TEMPLATE,
    Flag("use-openapi-print-columns", "Use the columns of the OpenAPI schema.", "bool", hidden=True),
    Flag("watch", "After listing or getting the requested object, watch for changes.", "bool", "w"),
    Flag("watch-only", "Watch for changes to the requested objects, without listing first.", "bool"),
)

COMMAND = Command(
    path="oc get",
    usage="oc get [(-o|--output=)json|yaml|wide|custom-columns=...|custom-columns-file=...|go-template=..."
    "|go-template-file=...|jsonpath=...|jsonpath-file=...] (TYPE[.VERSION][.GROUP] [NAME | -l label] "
    "| TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
    short="Display one or many resources",
    long="Prints a table of what matters most about the objects. A label selector narrows the list down, and -o shows\n"
    'objects in another form. "oc api-resources" lists the types.',
    examples=(
        "# List the pods of the current project",
        "oc get pods",
        "",
        "# List the pods of a project with more columns",
        "oc get pods -n openshift-image-registry -o wide",
        "",
        "# Show one object as YAML",
        "oc get configs.imageregistry.operator.openshift.io/cluster -o yaml",
        "",
        "# Print a single field",
        "oc get pvc ocs4registry -o jsonpath='{.status.phase}'",
        "",
        "# Follow what happens to the pods with a label",
        "oc get pods -l docker-registry=default -w",
    ),
    flags=FLAGS,
    run=run,
)
