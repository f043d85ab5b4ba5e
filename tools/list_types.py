"""Makes ``simulator/api/schemas/listtypes.json`` (``make type-facts``, ``python -m tools.list_types DIR``).

DIR holds the Go modules k8s.io/{api,apimachinery,apiextensions-apiserver,kube-aggregator} of 0.33 by their import
paths, as ``go mod vendor`` lays them out. Only facts are taken: the markers (+listType, +listMapKey, +mapType,
+structType, +default) that become x-kubernetes-list-type and its like in the OpenAPI document, and which fields Go's
JSON cannot leave out, which the document does not say. The names of types are those of ``kubernetes-1.33.json``.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.kubernetes_types import MODULES

TARGET = Path(__file__).parent.parent / "simulator/api/schemas/listtypes.json"
TREE = TARGET.parent / "kubernetes-1.33.json"
PLACES = {
    "meta_v1": "k8s.io/apimachinery/pkg/apis/meta/v1",
    "apiextensions_v1": "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1",
    "apiregistration_v1": "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1",
}
ZEROS: Mapping[str, Any] = {"s": "", "i": 0, "n": 0, "b": False, "x": 0, "q": "0", "y": ""}
_STRUCT = re.compile(r"^type (\w+) struct \{$")
_FIELD = re.compile(r'^\t(?:\w+\s+)?(?P<type>[\[\]*\w.]+(?:\[[\w.]+\][\[\]*\w.]+)?)\s+`json:"(?P<json>[^"]*)"')
_MARKER = re.compile(r"\+(listType|listMapKey|mapType|structType|default)=(\S+)")


@dataclass
class GoField:
    """One field of a struct; ``name`` is empty where another struct is part of it."""

    name: str
    type: str
    omitted: bool
    markers: list[tuple[str, str]]


@dataclass
class Struct:
    fields: list[GoField] = field(default_factory=list)
    markers: list[tuple[str, str]] = field(default_factory=list)


def structs(path: Path) -> Iterator[tuple[str, Struct]]:
    """The structs of one file."""
    markers: list[tuple[str, str]] = []
    current: Struct | None = None
    for line in path.read_text().splitlines():
        if begins := _STRUCT.match(line):
            current, name = Struct(markers=markers), begins.group(1)
            markers = []
        elif line == "}" and current is not None:
            yield name, current
            current = None
        elif line.strip().startswith("//"):
            markers = [*markers, *_MARKER.findall(line)]
        elif current is not None and (found := _FIELD.match(line)):
            json_name, *options = found["json"].split(",")
            name_of = "" if "inline" in options or not json_name else json_name
            current.fields.append(GoField(name_of, found["type"], "omitempty" in options, markers))
            markers = []
        else:
            markers = []


def packages(folder: Path) -> dict[str, dict[str, Struct]]:
    """By module, as ``core_v1``: the structs of its package."""
    found = {}
    for module in MODULES:
        group, _, version = module.rpartition("_")
        place = folder / PLACES.get(module, f"k8s.io/api/{group}/{version}")
        found[module] = dict(pair for path in sorted(place.glob("*types*.go")) for pair in structs(path))
    return found


class Facts:
    def __init__(self, folder: Path) -> None:
        self.packages = packages(folder)
        self.types: Mapping[str, Mapping[str, str]] = json.loads(TREE.read_text())["types"]

    def all(self) -> dict[str, Any]:
        described = {}
        for name in sorted(self.types):
            struct = self.struct(name)
            if struct is not None and (told := self.described(name, struct)):
                described[name] = told
        return described

    def struct(self, name: str) -> Struct | None:
        group, _, kind = name.rpartition(".")
        for module in MODULES:
            if kind in self.packages[module] and (not group or MODULES[module] == group):
                return self.packages[module][kind]
        return None

    def fields(self, struct: Struct) -> Iterator[GoField]:
        """The fields, with those of the structs that are part of it."""
        for one in struct.fields:
            if one.name:
                yield one
            elif (inner := self.struct(one.type.lstrip("*").rpartition(".")[2])) is not None:
                yield from self.fields(inner)

    def described(self, name: str, struct: Struct) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if ("structType", "atomic") in struct.markers or ("mapType", "atomic") in struct.markers:
            told["atomic"] = True
        known = self.types[name]
        for one in self.fields(struct):
            if one.name not in known or one.name in ("kind", "apiVersion"):
                continue
            kind, keys = _relation(one)
            if kind in ("map", "set"):
                told.setdefault("lists", {})[one.name] = keys
            elif kind == "atomic" and known[one.name][0] != "[":
                told.setdefault("fields", []).append(one.name)
            default = next((value for key, value in one.markers if key == "default"), "")
            if default[:1] == '"':
                told.setdefault("defaults", {})[one.name] = json.loads(default)
            zero = self.zero(one, known[one.name])
            if zero is not None:
                told.setdefault("zero", {})[one.name] = None if zero == "null" else zero
        return told

    def zero(self, one: GoField, code: str) -> Any:
        """What Go's JSON shows of a field that nobody set: None when it leaves it out, "null" for its null."""
        plain = "." not in one.type or one.type.startswith(("metav1.", "v1.", "core", "resource.", "intstr."))
        if not one.type.startswith(("*", "[", "map[")) and plain:
            if code in self.types:
                return {}
            if code in ("x", "q"):
                return ZEROS[code]
        if code == "t" and not one.type.startswith("*"):
            return "null"  # a struct, too, that writes itself
        if one.omitted:
            return None
        return ZEROS[code] if code in ZEROS and one.type[0] != "*" else "null"


def _relation(one: GoField) -> tuple[str, list[str]]:
    kind = next((value for key, value in one.markers if key in ("listType", "mapType", "structType")), "")
    return kind, [value for key, value in one.markers if key == "listMapKey"]


def document(folder: Path) -> str:
    """The text of the file: one type a line."""
    lines = (f"{json.dumps(name)}: {json.dumps(told)}" for name, told in Facts(folder).all().items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(document(Path(sys.argv[1])))
