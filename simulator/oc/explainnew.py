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
    about = [part for part in (shown.description, shown.of_type) if part]
    text += "DESCRIPTION:\n" + (_described(about) if about else "    <empty>\n")
    if shown.fields and row is not None:
        recursive = invocation.flags.flag("recursive")
        tree = _tree(row, path, (_type_name(shown.type),)) if recursive else "".join(map(_block, shown.fields))
        text += f"FIELDS:\n{tree}"
    await invocation.out(text + "\n")


def _described(parts: list[str]) -> str:
    """What the field is for, then its type; the indent of the line after it is printed as well."""
    return "".join(_wrapped(part, _WIDTH, 4) for part in parts) + "    \n"


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


def _tree(row: ResourceType, path: tuple[str, ...], inside: tuple[str, ...]) -> str:
    """The names and types of all fields below ``path``; a type within itself is not followed."""
    found = fields_of(row, path, named=True)
    indent = "  " * len(inside)
    lines = []
    for field in found.fields if found is not None else ():
        lines.append(f"{indent}{_title(field, indent)}\n")
        name = _type_name(field.type)
        if not field.leaf and len(inside) < _DEPTH and (name == "Object" or name not in inside):
            lines.append(_tree(row, (*path, field.name), (*inside, name)))
    return "".join(lines)


def _type_name(shown: str) -> str:
    """``Container`` of ``[]Container``."""
    return shown.removeprefix("map[string]").removeprefix("[]")
