"""Makes ``simulator/api/schemas/openshift.json`` (``python -m tools.openshift_types DIR``).

DIR is a checkout of openshift/api, release-4.20, of which the files ``GROUP/v1/*.go`` are read. Only names and types of
fields are taken, and the zero values that Go's JSON shows because their fields do not say ``omitempty`` (``shown``).
The shape of the file is that of ``simulator/api/schema.py``; its types stand beside those of Kubernetes, whichever tree
a release has, and a name that both have gets the group before it here.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Fields = dict[str, str]
SCHEMAS = Path(__file__).parent.parent / "simulator/api/schemas"
TARGET = SCHEMAS / "openshift.json"
GROUPS = ("apps", "authorization", "build", "image", "oauth", "project", "quota", "route", "security", "template",
          "user")  # fmt: skip
# Those of the group whose objects are stored as other kinds, and so are typed as those.
TYPED_BEFORE = ("route",)  # its zero values are in defaults.yaml
ELSEWHERE = frozenset({"ClusterRole", "ClusterRoleBinding", "Project", "Role", "RoleBinding"})

_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.M | re.S)
_ALIAS = re.compile(r"^type (\w+) (?!struct|interface)(\S+)", re.M)
_FIELD = re.compile(r'^\t(?:(\w+) +)?([*\[\]\w.]+) +`json:"([\w-]*)(?:,(\w+))?[^`]*`', re.M)
_ZEROS = {"b": False, "i": 0, "[": None, "{": None}
_SCALARS = {"string": "s", "bool": "b", "int": "i", "int32": "i", "int64": "i", "float64": "n", "byte": "y",
            "metav1.Time": "t", "metav1.Duration": "s", "time.Duration": "i", "intstr.IntOrString": "x",
            "resource.Quantity": "q", "types.UID": "s", "runtime.RawExtension": "o", "kruntime.RawExtension": "o",
            "corev1.ResourceList": "{q",
            "metav1.Status": "o", "corev1.CSIVolumeSource": "m"}  # fmt: skip
_STRINGS = re.compile(
    r"corev1\.(?:\w+(?:Type|Policy|Mode|Phase|Operator|Affinity)|Capability|ConditionStatus|ResourceName|Protocol)$"
)


def read(folder: Path) -> dict[str, Fields]:
    """GROUP/NAME: the fields of each struct, by their JSON names; the codes are Go's own types as yet."""
    found: dict[str, Fields] = {}
    for group in GROUPS:
        text = "\n".join(path.read_text() for path in sorted((folder / group / "v1").glob("*.go")))
        for name, target in _ALIAS.findall(text):
            found[f"{group}/{name}"] = {"": target}
        for name, body in _STRUCT.findall(text):
            found[f"{group}/{name}"] = {key or f"<{kind}": kind for key, kind, _ in _fields(body)}
    return found


def always_shown(folder: Path) -> dict[str, list[str]]:
    """GROUP/NAME: the fields that are there whatever they hold."""
    found = {}
    for group in GROUPS:
        text = "\n".join(path.read_text() for path in sorted((folder / group / "v1").glob("*.go")))
        for name, body in _STRUCT.findall(text):
            found[f"{group}/{name}"] = [key for key, _, option in _fields(body) if key and option != "omitempty"]
    return found


def _fields(body: str) -> Iterator[tuple[str, str, str]]:
    for _, kind, key, option in _FIELD.findall(body):
        if key != "-":
            yield ("" if option == "inline" else key), kind, option


class Tree:
    """The types under the names that they have in the file."""

    def __init__(self, folder: Path) -> None:
        self.source, self.always = read(folder), always_shown(folder)
        self.taken = {
            name for tree in SCHEMAS.glob("kubernetes-*.json") for name in json.loads(tree.read_text())["types"]
        }
        self.types: dict[str, Fields] = {}
        self.shown: dict[str, dict[str, Any]] = {}

    def add(self, group: str, name: str) -> str:
        """The name of a type; it and all that it reaches are in ``types`` then."""
        shown = self._shown(group, name)
        if shown not in self.types:
            fields = self.types[shown] = {}
            for key, kind in self.source[f"{group}/{name}"].items():
                fields.update(self._inline(group, kind) if key.startswith("<") else {key: self.code(group, kind)})
            zeros = dict(self._zeros(group, name, fields))
            if zeros and group not in TYPED_BEFORE:
                self.shown[shown] = zeros
        return shown

    def _zeros(self, group: str, name: str, fields: Fields) -> Iterator[tuple[str, Any]]:
        """Texts are left out: one that must be there is asked for by validation, which knows it as missing.

        ``omitempty`` leaves out no struct.
        """
        for key, kind in self.source[f"{group}/{name}"].items():
            if key.startswith("<"):
                yield from self.shown.get(self._shown(group, kind), {}).items() if "." not in kind else ()
                continue
            code, always = fields[key], key in self.always.get(f"{group}/{name}", ())
            if kind.startswith("*"):
                yield from [(key, None)] if always else ()
            elif always and (code in ("b", "i") or (code[0] in _ZEROS and len(code) > 1)):
                yield key, _ZEROS[code[0]]
            elif code[0] not in "[{" and len(code) > 1 and key != "metadata":
                yield key, {}

    def code(self, group: str, kind: str) -> str:
        """The code of one of Go's types."""
        kind = kind.removeprefix("*")
        if kind in _SCALARS or _STRINGS.match(kind):
            return _SCALARS.get(kind, "s")
        if kind == "[]byte":
            return "y"
        if kind.startswith("[]"):
            return "[" + self.code(group, kind[2:])
        if kind.startswith("map["):
            return "{" + self.code(group, kind.partition("]")[2])
        package, _, name = kind.rpartition(".")
        if package:
            assert name in self.taken, kind
            return name
        alias = self.source[f"{group}/{name}"].get("")
        return self.code(group, alias) if alias else self.add(group, name)

    def _inline(self, group: str, kind: str) -> Fields:
        if kind == "metav1.TypeMeta":
            return {"apiVersion": "s", "kind": "s"}
        package, _, name = kind.rpartition(".")
        if package:  # of Kubernetes
            tree: Mapping[str, Fields] = json.loads((SCHEMAS / "kubernetes-1.33.json").read_text())["types"]
            return tree[name]
        return self.types[self.add(group, kind)]

    def _shown(self, group: str, name: str) -> str:
        return f"{group}.openshift.io.{name}" if name in self.taken or self._elsewhere(group, name) else name

    def _elsewhere(self, group: str, name: str) -> bool:
        """Whether a group before this one has a type of the name."""
        return any(f"{other}/{name}" in self.source for other in GROUPS[: GROUPS.index(group)])


def document(folder: Path) -> str:
    """The text of the file: one type a line."""
    tree, kinds = Tree(folder), {}
    for key, fields in tree.source.items():
        group, _, name = key.partition("/")
        alias = f"{group}/{fields.get('', '')}"  # UserOAuthAccessToken is an OAuthAccessToken
        fields = tree.source.get(alias, fields)
        if "<metav1.TypeMeta" in fields and not name.endswith("List") and name not in ELSEWHERE:
            kinds[f"{name}.{group}.openshift.io"] = tree.add(
                *alias.split("/") if alias in tree.source else (group, name)
            )
    lines = (f"{json.dumps(name)}: {json.dumps(fields)}" for name, fields in sorted(tree.types.items()))
    zeros = (f"{json.dumps(name)}: {json.dumps(fields)}" for name, fields in sorted(tree.shown.items()))
    return (
        f'{{\n"kinds": {json.dumps(dict(sorted(kinds.items())))},\n'
        + '"shown": {\n'
        + ",\n".join(zeros)
        + '\n},\n"types": {\n'
        + ",\n".join(lines)
        + "\n}\n}\n"
    )


if __name__ == "__main__":
    TARGET.write_text(document(Path(sys.argv[1])))
