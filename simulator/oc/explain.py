"""``oc explain``: what the fields of a kind mean. Source: kubectl, pkg/explain of 1.14; see explainnew.py for later."""

from __future__ import annotations

import textwrap
from typing import Final

from simulator.api.resourcetable import ResourceType, builtin_table
from simulator.api.schema import Explanation, Field, fields_of
from simulator.changes.client import EXPLAINS_GROUPS
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, fail, misuse
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.resources import ResourceInfo, resource_map

_WIDTH: Final = 80
_NO_TYPE: Final = """\
You must specify the type of resource to explain. Use "oc api-resources" for a complete list of supported resources.

error: Required resource not specified.
See 'oc explain -h' for help and examples"""


async def run(invocation: Invocation) -> int:
    args = invocation.args
    new = EXPLAINS_GROUPS.at(invocation.release)
    if not args:
        raise fail(_NO_TYPE.partition("\n")[0]) if new else CommandError(_NO_TYPE)
    if len(args) > 1:
        problem = "We accept only this format: explain RESOURCE"
        raise fail(problem) if new else misuse("oc explain", problem)
    resource, path = _resource(invocation, args[0])
    row = builtin_table(invocation.session.release).find(*resource.gvr)
    if new:
        from simulator.oc.explainnew import explain

        await explain(invocation, resource, row, path)
        return 0
    found = _explain(row, path)
    head = f"KIND:     {resource.kind}\nVERSION:  {resource.api_version}\n\n"
    if invocation.flags.flag("recursive") and row is not None:
        await invocation.out(head + _title(path, found) + _description(found) + "FIELDS:\n" + _tree(row, path, 1))
        return 0
    await invocation.out(head + _title(path, found) + _description(found) + _fields(found))
    return 0


def _resource(invocation: Invocation, text: str) -> tuple[ResourceInfo, tuple[str, ...]]:
    """The resource and the path of ``pods.spec.containers``; the longest beginning that is a resource wins."""
    version = invocation.flags.text("api-version")
    parts = text.rstrip(".").split(".")
    for end in range(len(parts), 0, -1):
        found = resource_map(invocation.session).find(".".join(parts[:end]))
        if found is not None and (end == 1 or found.group.startswith(".".join(parts[1:end]))):
            return _at_version(invocation, found, version), tuple(parts[end:])
    if EXPLAINS_GROUPS.at(invocation.release):
        raise CommandError(f'the server doesn\'t have a resource type "{parts[0]}"')
    return invocation.resolve(parts[0]), tuple(parts[1:])


def _at_version(invocation: Invocation, resource: ResourceInfo, version: str) -> ResourceInfo:
    if not version:
        return resource
    other = resource_map(invocation.session).by_kind(version, resource.kind)
    if other is None:
        if EXPLAINS_GROUPS.at(invocation.release):
            raise fail(f'couldn\'t find resource for "{version}, Resource={resource.plural}"')
        raise fail(f'no matches for kind "{resource.kind}" in version "{version}"')
    return other


def _explain(row: ResourceType | None, path: tuple[str, ...]) -> Explanation:
    """The explanation at a path; CommandError names the first field that is not there."""
    found = fields_of(row) if row is not None else None
    if row is None or found is None:
        if path:
            raise fail(f'field "{path[0]}" does not exist')
        return Explanation("Object", "", ())
    for end in range(1, len(path) + 1):
        found = fields_of(row, path[:end])
        if found is None:
            raise fail(f'field "{path[end - 1]}" does not exist')
    return found


def _title(path: tuple[str, ...], found: Explanation) -> str:
    if not path:
        return ""
    word = "FIELD" if not found.fields else "RESOURCE"
    return f"{word}:{' ' * (9 - len(word))}{path[-1]} <{found.type}>\n\n"


def _description(found: Explanation) -> str:
    text = _wrapped(found.description or "<empty>", 5)
    return f"DESCRIPTION:\n{text}" + ("\n" if found.fields else "")


def _wrapped(text: str, indent: int) -> str:
    pad = " " * indent
    lines = textwrap.wrap(text, _WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{pad}{line}\n" for line in lines)


def _fields(found: Explanation) -> str:
    if not found.fields:
        return ""
    blocks = []
    for field in found.fields:
        text = _wrapped(field.description or "<no description>", 5)
        blocks.append(f"   {field.name}\t<{field.type}>{_required(field)}\n{text}\n")
    return "FIELDS:\n" + "".join(blocks)


def _required(field: Field) -> str:
    return " -required-" if field.required else ""


def _tree(row: ResourceType, path: tuple[str, ...], level: int) -> str:
    """The names and types of all fields below ``path``; a field inside its namesake is not followed."""
    found = fields_of(row, path)
    lines = []
    for field in found.fields if found is not None else ():
        lines.append(f"{'   ' * level}{field.name}\t<{field.type}>\n")
        if not field.leaf and level < 12 and path.count(field.name) < 1:
            lines.append(_tree(row, (*path, field.name), level + 1))
    return "".join(lines)


FLAGS = (
    Flag("api-version", "Get different explanations for particular API version"),
    Flag("recursive", "Print the fields of fields (Currently only 1 level deep)", "bool"),
)

COMMAND = Command(
    path="oc explain",
    usage="oc explain RESOURCE [flags]",
    short="Documentation of resources",
    long="Lists the fields of a kind, with their types and meaning. A path (pods.spec.volumes) names a field inside.",
    examples=(
        "# The fields of a claim",
        "oc explain pvc",
        "",
        "# The storage of the image registry",
        "oc explain configs.imageregistry.operator.openshift.io.spec.storage",
    ),
    flags=FLAGS,
    run=run,
)
