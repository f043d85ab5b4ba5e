"""``-o custom-columns=NAME:.metadata.name,…``. Source: kubectl, cmd/get/customcolumn.go."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.printers.jsonpath import JSONPathError, Path, find, parse_relaxed
from simulator.oc.printers.tabwriter import TABLE, TabWriter
from simulator.oc.printers.values import go_text


class CustomColumns:
    """Prints objects under the headers of ``spec``. Widths are kept from one call of ``rows`` to the next."""

    def __init__(self, spec: str, *, no_headers: bool = False) -> None:
        self._columns = _columns(spec)
        self._writer = TabWriter(TABLE, remember=True)
        if not no_headers:
            self._writer.line(*(header for header, _ in self._columns))

    def rows(self, objects: Sequence[Object]) -> str:
        """The aligned lines of these objects, at the first call below the headers."""
        for obj in objects:
            self._writer.line(*(_cell(path, obj) for _, path in self._columns))
        return self._writer.text()


def spec_of_file(text: str) -> str:
    """The spec in a template file: one line of headers, one of paths below them."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if len(lines) != 2 or len(lines[0]) != len(lines[1]):
        raise fail("custom-columns-file must have one line of headers and one line with as many JSONPath expressions")
    return ",".join(f"{header}:{path}" for header, path in zip(*lines, strict=True))


def _columns(spec: str) -> list[tuple[str, Path]]:
    if not spec:
        raise fail("custom-columns format specified but no custom columns given")
    columns = []
    for part in spec.split(","):
        header, colon, path = part.partition(":")
        if not colon or not header or not path:
            raise fail(f"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")
        try:
            columns.append((header, parse_relaxed(path)))
        except JSONPathError as error:
            raise fail(str(error)) from None
    return columns


def _cell(path: Path, obj: Object) -> str:
    values = find(path, obj)
    return ",".join(go_text(value) for value in values) if values else "<none>"
