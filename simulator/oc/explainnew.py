"""What ``oc explain`` prints since 4.13. Source: kubectl, pkg/explain/v2."""

from __future__ import annotations

import textwrap
from typing import Final

from simulator.api.resourcetable import ResourceType
from simulator.api.schema import Explanation, Field, fields_of
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation
from simulator.oc.resources import ResourceInfo

_WIDTH: Final = 76
_DEPTH: Final = 12
_SHOWN_MEMBERS: Final = 4


async def explain(
    invocation: Invocation, resource: ResourceInfo, row: ResourceType | None, path: tuple[str, ...]
) -> None:
    """Group, kind and version, then the field; a field that does not exist is told only then."""
    group = f"GROUP:      {resource.group}\n" if resource.group else ""
    await invocation.out(f"{group}KIND:       {resource.kind}\nVERSION:    {resource.version}\n\n")
    found = fields_of(row, path, named=True) if row is not None else None
    if found is None and (row is not None or path):
        raise fail(f'field "{path[-1]}" does not exist') if path else fail("the kind has no schema")
    shown = found or Explanation("Object", "", ())
    enum = "ENUM:" + "".join(f"\n    {_member(text)}" for text in shown.enum) if shown.enum else ""
    text = f"FIELD: {path[-1]} <{shown.type}>\n{enum}\n\n" if path else ""
    text += "DESCRIPTION:\n" + (_described(shown.description) if shown.description else "    <empty>\n")
    if shown.fields and row is not None:
        recursive = invocation.flags.flag("recursive")
        text += "FIELDS:\n" + (_tree(row, path, 1) if recursive else "".join(map(_block, shown.fields)))
    await invocation.out(text + "\n")


def _described(text: str) -> str:
    """The description; the indent of the line after it is printed as well."""
    return _wrapped(text, _WIDTH, 4) + "    \n"


def _block(field: Field) -> str:
    about = _wrapped(field.description or "<no description>", _WIDTH, 4)
    return f"  {_title(field)}\n{about}\n"


def _title(field: Field, indent: str = "  ") -> str:
    """The name and type, and of an enumeration the first members."""
    title = f"{field.name}\t<{field.type}>{' -required-' if field.required else ''}"
    if not field.enum:
        return title
    shown = ", ".join(_member(text) for text in field.enum[:_SHOWN_MEMBERS])
    return f"{title}\n{indent}enum: {shown}{', ....' if len(field.enum) > _SHOWN_MEMBERS else ''}"


def _member(text: str) -> str:
    return text or '""'


def _wrapped(text: str, width: int, indent: int) -> str:
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def _tree(row: ResourceType, path: tuple[str, ...], level: int) -> str:
    """The names and types of all fields below ``path``; a field inside its namesake is not followed."""
    found = fields_of(row, path, named=True)
    lines = []
    for field in found.fields if found is not None else ():
        lines.append(f"{'  ' * level}{_title(field, '  ' * level)}\n")
        if not field.leaf and level < _DEPTH and field.name not in path:
            lines.append(_tree(row, (*path, field.name), level + 1))
    return "".join(lines)
