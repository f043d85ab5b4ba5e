"""Objects in files: single ones, Lists, several documents; with the place of each, for errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator import documents
from simulator.documents import Document
from simulator.errors import InputError, Object
from simulator.profiles.importing.files import File
from simulator.profiles.importing.report import Report

_ITEM = "\n- "  # where an item of a List begins, as oc writes it


@dataclass(frozen=True)
class Found:
    """An object and where it stood. The line is looked up only when it is asked for."""

    object: Object
    document: Document
    index: int | None = None  # in a List

    @property
    def file(self) -> str:
        return self.document.file

    @property
    def line(self) -> int | None:
        return self.document.line(*(() if self.index is None else ("items", self.index)))


def objects_in(file: File, text: str, report: Report) -> Iterator[Found]:
    """The objects of one file. What is none is reported; a file that ends early gives what it has."""
    for document in _documents(file.path, text, report):
        yield from _objects(document, report)


def _documents(path: str, text: str, report: Report) -> Iterator[Document]:
    if text.lstrip()[:1] == "{":
        try:
            yield Document(path, json.loads(text), text)
            return
        except (ValueError, RecursionError):
            pass  # JSON is YAML: that parser knows the line, and reads one document after another
    try:
        yield from documents.parse_all(text, path)
    except InputError as error:
        report.refuse_error(error)
        yield from _salvaged(path, text)


def _salvaged(path: str, text: str) -> Iterator[Document]:
    """The List of a file that was cut off in the middle of an item, without that item."""
    cut = text.rfind(_ITEM)
    if cut < 0 or "\nitems:" not in text[:cut]:
        return
    try:
        found = list(documents.parse_all(text[:cut] + "\nkind: List\n", path))  # whole again, but for that item
    except InputError:
        return
    yield from found[-1:]


def _objects(document: Document, report: Report) -> Iterator[Found]:
    data = document.data
    if data is None:
        return  # `---` at the end, or an empty file
    if not isinstance(data, dict):
        report.refuse(document.file, document.line(), f"not an object: {_brief(data)}")
    elif isinstance(data.get("items"), list) and str(data.get("kind", "List")).endswith("List"):
        yield from _items(document, report)
    elif (plain := _plain(document, (), data, report)) is not None:
        yield Found(plain, document)


def _items(document: Document, report: Report) -> Iterator[Found]:
    """The items of a List; they may leave out kind and version, which a typed List tells."""
    data, items = document.data, document.data["items"]
    if "kind" not in data and items:
        report.refuse(
            document.file, document.line("items", len(items) - 1), "the file ends early: its last item is left out"
        )
        items = items[:-1]
    told = {"apiVersion": data.get("apiVersion"), "kind": str(data.get("kind", "")).removesuffix("List")}
    missing = told if told["kind"] and told["apiVersion"] else {}
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            report.refuse(document.file, document.line("items", index), f"not an object: {_brief(item)}")
        elif (plain := _plain(document, ("items", index), item, report)) is not None:
            yield Found({**missing, **plain}, document, index)


def _plain(document: Document, path: documents.Path, obj: Object, report: Report) -> Object | None:
    """The object as JSON has it, its own copy; what YAML knows beyond that (binary data, sets) is reported."""
    try:
        plain: Object = json.loads(json.dumps(obj, allow_nan=False))
    except (TypeError, ValueError) as error:
        report.refuse(document.file, document.line(*path), f"holds what JSON cannot: {error}")
        return None
    return plain


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
