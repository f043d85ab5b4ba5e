"""The manifests of ``-f``: files, directories, standard input; YAML or JSON, several documents, lists."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from simulator.errors import Object
from simulator.oc.errors import CommandError, CommandFailure, fail
from simulator.shell.process import Process
from simulator.shell.streams import read_all

_EXTENSIONS = (".json", ".yaml", ".yml")


class Document(NamedTuple):
    """One object of a file. ``source`` is how messages name the file: the path as typed, or ``STDIN``."""

    object: Object
    source: str


def absolute(process: Process, path: str) -> str:
    """``path`` as seen from the directory of the process."""
    return posixpath.normpath(posixpath.join(process.cwd, path))


async def read_text(process: Process, path: str) -> str:
    """A file, or for ``-`` standard input; CommandError when it is not there."""
    if path == "-":
        return (await read_all(process.stdin)).decode("utf-8", "replace")
    try:
        return process.fs.read(absolute(process, path)).decode("utf-8", "replace")
    except FileNotFoundError:
        raise fail(f'the path "{path}" does not exist') from None
    except OSError as error:
        raise fail(f"open {path}: {(error.strerror or str(error)).lower()}") from None


async def read_documents(
    process: Process, paths: Iterable[str], *, recursive: bool = False, errors: list[CommandFailure] | None = None
) -> list[Document]:
    """All objects of these files in order; directories give their manifests. Lists give their items.

    With ``errors`` a file is read up to what is wrong in it, and that is noted there.
    """
    documents: list[Document] = []
    for path in paths:
        if path.startswith(("http://", "https://")):
            host = path.split("/")[2].partition(":")[0]
            raise CommandError(f"Unable to connect to the server: dial tcp: lookup {host}: no such host")
        for file in [path] if path == "-" else _manifests(process, path, recursive):
            source = "STDIN" if file == "-" else file
            text = await read_text(process, file)
            try:
                documents.extend(_documents(text, source))
            except CommandError as error:
                if errors is None:
                    raise
                errors.append(error)
    return documents


def parse_documents(text: str, source: str) -> list[Document]:
    """The objects in the text of one file."""
    return list(_documents(text, source))


def _documents(text: str, source: str) -> Iterator[Document]:
    return (Document(obj, source) for value in _values(text, source) for obj in _objects(value, source))


def _manifests(process: Process, path: str, recursive: bool) -> list[str]:
    """The file itself, or the manifests of a directory in the order of their names."""
    try:
        if process.fs.stat(absolute(process, path)).kind != "dir":
            return [path]
        entries = process.fs.list(absolute(process, path))
    except OSError:
        raise fail(f'the path "{path}" does not exist') from None
    files: list[str] = []
    for entry in entries:
        below = posixpath.join(path, entry)
        if process.fs.stat(absolute(process, below)).kind == "dir":
            files += _manifests(process, below, True) if recursive else []
        elif entry.endswith(_EXTENSIONS):
            files.append(below)
    return files


def _values(text: str, source: str) -> Iterator[Any]:
    """The documents as JSON values; a text that begins with a brace is a stream of JSON."""
    from simulator.oc import gojson, goyaml  # not every command reads manifests

    try:
        if text.lstrip().startswith("{"):
            yield from gojson.load_stream(text)
            return
    except ValueError as error:
        raise fail(f"error parsing {source}: {error}") from None
    for document in goyaml.split_documents(text):
        try:
            value = goyaml.load(document)
        except ValueError as error:
            raise fail(f"error parsing {source}: error converting YAML to JSON: {error}") from None
        if value is not None:
            yield value


def _objects(value: Any, source: str) -> Iterator[Object]:
    if not isinstance(value, dict):
        kind = {str: "string", bool: "bool", list: "array"}.get(type(value), "number")
        problem = f"json: cannot unmarshal {kind} into Go value of type unstructured.detector"
        raise fail(f'unable to decode "{source}": {problem}')
    if not value.get("kind"):
        from simulator.oc.gojson import dumps

        raise fail(f"unable to decode \"{source}\": Object 'Kind' is missing in '{dumps(value)}'")
    if value["kind"].endswith("List") and isinstance(value.get("items"), list):
        for item in value["items"]:
            yield from _objects(item, source)
    else:
        yield value
