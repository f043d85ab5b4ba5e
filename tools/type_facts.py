"""Makes ``simulator/api/schemas/typefacts.json`` (``python -m tools.type_facts DIR``).

DIR is a ``vendor`` folder of Go that has k8s.io/api, apimachinery, kube-aggregator and apiextensions-apiserver 0.33,
and openshift/api release-4.20 (as that of openshift/oc has). Of their types only facts are taken: JSON names and
types of fields, which fields must be there, and the values of enumerations.
``simulator/api/typefacts.py`` tells the shape of the file.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

TARGET = Path(__file__).parent.parent / "simulator/api/schemas/typefacts.json"
_KUBERNETES = ["apps/v1", "batch/v1", "autoscaling/v2", "autoscaling/v1", "policy/v1", "networking/v1", "rbac/v1",
               "storage/v1", "coordination/v1", "discovery/v1", "scheduling/v1", "node/v1",
               "certificates/v1"]  # fmt: skip
_MORE = ["admissionregistration/v1", "flowcontrol/v1", "authentication/v1", "authorization/v1", "events/v1"]
_OPENSHIFT = ["apps", "authorization", "build", "image", "oauth", "project", "quota", "route", "security", "template",
              "user"]  # fmt: skip
# In the order of tools/kubernetes_types.py: a name of a type tree without a group is that of the first that has it.
PACKAGES = {
    "core.v1": "k8s.io/api/core/v1",
    "meta.v1": "k8s.io/apimachinery/pkg/apis/meta/v1",
    **{name.replace("/", "."): f"k8s.io/api/{name}" for name in _KUBERNETES},
    "apiextensions.v1": "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1",
    "apiregistration.v1": "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1",
    **{name.replace("/", "."): f"k8s.io/api/{name}" for name in _MORE},
    **{f"openshift.{name}.v1": f"github.com/openshift/api/{name}/v1" for name in _OPENSHIFT},
}
_SCALARS = {
    "string": "s", "bool": "b", "int": "l", "int32": "i", "int64": "l", "uint32": "l", "float64": "n", "uint8": "i",
    "metav1.Time": "t", "Time": "t", "metav1.MicroTime": "u", "MicroTime": "u", "metav1.Duration": "d", "Duration": "d",
    "time.Duration": "l", "intstr.IntOrString": "x", "resource.Quantity": "q", "types.UID": "s",
    "runtime.RawExtension": "r", "kruntime.RawExtension": "r", "FieldsV1": "f", "metav1.FieldsV1": "f", "JSON": "o",
    "JSONSchemaPropsOrBool": "o", "JSONSchemaPropsOrArray": "o", "JSONSchemaPropsOrStringArray": "o",
    "os.FileMode": "i", "inf.Dec": "o", "rune": "i",
}  # fmt: skip
_UNUSED = frozenset({"core.v1.Preconditions"})  # in favour of that of meta/v1
_ALIASES = {"metav1": "meta.v1", "v1": "core.v1", "corev1": "core.v1", "apiv1": "core.v1", "rbacv1": "rbac.v1",
            "authenticationv1": "authentication.v1", "autoscalingv1": "autoscaling.v1"}  # fmt: skip
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.M | re.S)
_EMPTY = re.compile(r"^type (\w+) struct ?\{\s*\}", re.M)
_ALIAS = re.compile(r"((?:^//[^\n]*\n)*)^type (\w+) (?!struct|interface|\()([^\s={]\S*)", re.M)
_FIELD = re.compile(r"((?:^\t+//[^\n]*\n)*)^\t+(?:(\w+) +)?([*\[\]\w.]+) +`([^`]*)`", re.M)
_CONST = re.compile(r'^\t\w+ +(\w+) += +"([^"]*)"', re.M)
_TAG = re.compile(r'(\w+):"([^"]*)"')


class Field(NamedTuple):
    """``key`` is empty for what is inlined."""

    key: str
    kind: str
    optional: bool


class Package:
    """The types of one Go package."""

    def __init__(self, folder: Path) -> None:
        files = [path for path in sorted(folder.glob("*.go")) if not path.name.startswith(("zz_", "generated"))]
        text = "\n".join(path.read_text() for path in files if not path.name.endswith("_test.go"))
        self.structs = {name: list(_fields(body)) for name, body in _STRUCT.findall(text)}
        self.structs.update({name: [] for name in _EMPTY.findall(text)})
        self.aliases = {name: kind for _, name, kind in _ALIAS.findall(text)}
        self.enums: dict[str, list[str]] = {name: [] for notes, name, _ in _ALIAS.findall(text) if "+enum" in notes}
        for name, value in _CONST.findall(text):
            if name in self.enums:
                self.enums[name].append(value)


def _fields(body: str) -> Iterator[Field]:
    for notes, name, kind, tags in _FIELD.findall(body):
        found = dict(_TAG.findall(tags))
        key, _, option = found.get("json", "").partition(",")
        if key == "-" or "json" not in found:
            continue
        inline = option == "inline" or (not name and not key)
        optional = "omitempty" in option or bool(re.search(r"\+optional\b", notes))
        yield Field("" if inline else key, kind, optional)


class Facts:
    """The facts of the types of all packages; those of what is inlined stand in the type around it."""

    def __init__(self, folder: Path) -> None:
        self.packages = {short: Package(folder / path) for short, path in PACKAGES.items()}
        self.types: dict[str, dict[str, str]] = {}
        self.required: dict[str, list[str]] = {}
        self.enums: dict[str, dict[str, list[str]]] = {}
        for short, package in self.packages.items():
            for name in package.structs:
                if f"{short}.{name}" not in _UNUSED:
                    self._add(f"{short}.{name}", short, name)

    def _add(self, key: str, short: str, name: str) -> None:
        found = self.types.setdefault(key, {})
        for field in self.packages[short].structs[name]:
            if field.kind.endswith("TypeMeta"):
                found.update(apiVersion="s", kind="s")
            elif not field.key:
                self._add(key, *self._place(short, field.kind.lstrip("*")))
            else:
                found[field.key] = self.code(short, field.kind)
                if not field.optional:
                    self.required.setdefault(key, []).append(field.key)
                if values := self._enum(short, field.kind):
                    self.enums.setdefault(key, {})[field.key] = values

    def _enum(self, short: str, kind: str) -> list[str]:
        package, name = self._place(short, kind.lstrip("*"))
        return sorted(self.packages[package].enums.get(name, [])) if package else []

    def _place(self, short: str, kind: str) -> tuple[str, str]:
        """The package and name of a named type."""
        prefix, _, name = kind.rpartition(".")
        package = _ALIASES.get(prefix, "") if prefix else short
        return package, name

    def code(self, short: str, kind: str) -> str:
        """The code of a type of Go."""
        kind = kind.removeprefix("*")
        if kind in _SCALARS:
            return _SCALARS[kind]
        if kind == "[]byte":
            return "y"
        if kind.startswith("[]"):
            return "[" + self.code(short, kind[2:])
        if kind.startswith("map["):
            return "{" + self.code(short, kind.partition("]")[2])
        package, name = self._place(short, kind)
        assert package, (short, kind)
        if name in self.packages[package].structs:
            return f"{package}.{name}"
        return self.code(package, self.packages[package].aliases[name])


def document(folder: Path) -> str:
    """The text of the file: one type a line."""
    facts = Facts(folder)
    parts = {
        "packages": {short: _openapi_name(path) for short, path in PACKAGES.items()},
        "required": facts.required,
        "enums": facts.enums,
        "types": facts.types,
    }
    blocks = (f"{json.dumps(name)}: {{\n{_lines(entries)}\n}}" for name, entries in parts.items())
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _lines(entries: dict[str, Any]) -> str:
    compact = json.JSONEncoder(separators=(",", ":")).encode
    return ",\n".join(f"{json.dumps(key)}: {compact(value)}" for key, value in entries.items())


def _openapi_name(path: str) -> str:
    """``k8s.io/api/core/v1`` is io.k8s.api.core.v1. Source: kube-openapi, util.ToRESTFriendlyName"""
    host, *rest = path.split("/")
    return ".".join([*reversed(host.split(".")), *rest])


if __name__ == "__main__":
    TARGET.write_text(document(Path(sys.argv[1])))
