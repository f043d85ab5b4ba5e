"""The scenario file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator import documents
from simulator.documents import Document
from simulator.errors import Object

_KEYS = {"title", "profile", "seed", "story", "break", "symptoms", "objectives", "hints", "solution"}
_OPERATIONS = {"add", "remove", "replace", "test"}


@dataclass(frozen=True)
class Symptom:
    """A command, and a text that its output holds while the cluster is broken."""

    run: str
    shows: str


@dataclass(frozen=True)
class Objective:
    """``check``: a shell script that exits with 0 when the objective is reached.

    ``throughout``: it holds from the beginning and must not be lost (the registry stays available).
    """

    id: str
    text: str
    check: str
    throughout: bool = False


@dataclass(frozen=True)
class Scenario:
    """``patch``: JSON Patch operations on the cluster; paths begin with RESOURCE[/NAMESPACE]/NAME."""

    name: str
    title: str
    profile: str
    seed: int
    story: str
    patch: tuple[Object, ...]
    symptoms: tuple[Symptom, ...]
    objectives: tuple[Objective, ...]
    hints: tuple[str, ...]
    solution: str


def load(text: str, file: str, name: str) -> Scenario:
    """Read a scenario; InputError names file, line and field."""
    document = documents.parse(text, file)
    if not isinstance(document.data, dict):
        raise document.fail("a scenario is a mapping with title, story, break, symptoms, objectives and solution")
    document.only(_KEYS)
    return Scenario(
        name=name,
        title=document.get(str, "title"),
        profile=document.get(str, "profile"),
        seed=document.get(int, "seed", default=0),
        story=document.get(str, "story"),
        patch=tuple(_operation(document, index) for index in range(len(document.get(list, "break")))),
        symptoms=tuple(_symptom(document, index) for index in range(len(document.get(list, "symptoms")))),
        objectives=tuple(_objective(document, index) for index in range(len(document.get(list, "objectives")))),
        hints=tuple(document.get(str, "hints", index) for index in range(len(document.get(list, "hints", default=[])))),
        solution=document.get(str, "solution"),
    )


def _operation(document: Document, index: int) -> Object:
    place = ("break", index)
    operation: Object = document.get(dict, *place)
    document.only({"op", "path", "value"}, *place)
    if document.get(str, *place, "op") not in _OPERATIONS:
        raise document.fail(f"must be one of {', '.join(sorted(_OPERATIONS))}", *place, "op")
    path: str = document.get(str, *place, "path")
    if not path.startswith("/") or path.count("/") < 2:
        raise document.fail(
            "must name an object: /RESOURCE/NAME or /RESOURCE/NAMESPACE/NAME, then a field", *place, "path"
        )
    if operation["op"] != "remove" and "value" not in operation:
        raise document.fail("this operation needs a value", *place)
    return operation


def _symptom(document: Document, index: int) -> Symptom:
    place = ("symptoms", index)
    document.only({"run", "shows"}, *place)
    return Symptom(document.get(str, *place, "run"), document.get(str, *place, "shows"))


def _objective(document: Document, index: int) -> Objective:
    place = ("objectives", index)
    document.only({"id", "text", "check", "throughout"}, *place)
    values: dict[str, Any] = {key: document.get(str, *place, key) for key in ("id", "text", "check")}
    throughout = document.data["objectives"][index].get("throughout", False)
    if not isinstance(throughout, bool):
        raise document.fail("must be true or false", *place, "throughout")
    return Objective(**values, throughout=throughout)
