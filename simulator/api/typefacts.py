"""Facts of the API types that their type trees do not tell: how OpenAPI calls them, which fields must be there, which
integers are long. Read when OpenAPI or an explanation is first asked for.

``schemas/typefacts.json`` is made by ``tools/type_facts.py``. ``packages`` maps the short name of a Go package to
OpenAPI's name of it. ``types`` has ``PACKAGE.NAME`` (``core.v1.Pod``): a map from field to code. Codes are ``s``
string, ``y`` bytes, ``i`` int32, ``l`` int64, ``b`` boolean, ``n`` double, ``q`` Quantity, ``t`` Time, ``u`` MicroTime,
``d`` Duration, ``x`` IntOrString, ``r`` RawExtension, ``f`` FieldsV1, ``o`` any JSON, ``[T``, ``{T``, else a type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from simulator.api.resourcetable import ResourceType
from simulator.api.schema import openshift_types, type_of
from simulator.changes.api import OPENAPI_ENUMS
from simulator.release import Dated

_GONE: Final = {"Handler": "core.v1", "Initializer": "meta.v1", "Initializers": "meta.v1"}  # of 1.14; else of policy
_OPAQUE: Final = {"f": "FieldsV1", "r": "RawExtension"}
_CODES: Final = {"m": "o", "o": "o"}


def package_name(package: str) -> str:
    """``io.k8s.api.core.v1`` of ``core.v1``."""
    return str(_facts()["packages"].get(package) or f"io.k8s.api.{package}")


def short_of(package: str) -> str:
    """``core.v1`` of ``io.k8s.api.core.v1``."""
    return _shorts().get(package) or package.removeprefix("io.k8s.api.")


def is_known(key: str) -> bool:
    return key in _facts()["types"]


def codes(key: str) -> Mapping[str, str]:
    """The JSON fields of a type with their codes; none of a type that nobody knows."""
    found: Mapping[str, str] = _facts()["types"].get(key, {})
    return found


def required(key: str) -> Sequence[str]:
    """The fields that must be there."""
    found: Sequence[str] = _facts()["required"].get(key, ())
    return found


def enums(key: str) -> Mapping[str, Sequence[str]]:
    """The values of the fields that are enumerations."""
    found: Mapping[str, Sequence[str]] = _facts()["enums"].get(key, {})
    return found


def members(name: str, field: str, release: Dated) -> tuple[str, ...]:
    """The values of an enumeration, as OpenAPI of a release tells them: of a field of a type of the tree."""
    return tuple(enums(key_of_name(name)).get(field, ())) if OPENAPI_ENUMS.at(release) else ()


def opaque_name(name: str, field: str) -> str:
    """What a field of a type of the tree holds that the tree takes as it is: ``FieldsV1``; "" when it has no name."""
    code = codes(key_of_name(name)).get(field, "")
    return _OPAQUE.get(code) or (code.rpartition(".")[2] if len(code) > 1 and code[0] not in "[{" else "")


# -- names


def key_of(resource: ResourceType) -> str:
    """The type of a kind's objects: that of its group version, else that of the kind it is stored as; "" if untyped."""
    if resource.custom:
        return ""
    own = f"{package_of(resource.group, resource.version)}.{resource.kind}"
    if not resource.stored_as and is_known(own):
        return own
    name = type_of(resource)
    return key_of_name(name) if name else ""


@cache
def key_of_name(name: str) -> str:
    """``core.v1.PodSpec`` of ``PodSpec``, a name in a type tree; its group may stand before."""
    group, _, plain = name.rpartition(".")
    if group:
        return f"{package_of(group, 'v1')}.{plain}"
    packages = sorted(_facts()["packages"], key=lambda package: package.startswith("openshift") != _is_openshift(name))
    found = (f"{package}.{name}" for package in packages)
    return next((key for key in found if is_known(key)), f"{_GONE.get(name, 'policy.v1beta1')}.{name}")


@cache
def code_of(code: str) -> str:
    """The code of a field of a type tree, as this file has codes."""
    if code[0] in "[{":
        return code[0] + code_of(code[1:])
    if len(code) == 1:
        return _CODES.get(code, code)
    return key_of_name(code)


def _is_openshift(name: str) -> bool:
    return name in openshift_types()


def package_of(group: str, version: str) -> str:
    """``rbac.v1`` of a group and a version."""
    if group.endswith(".openshift.io"):
        return f"openshift.{group.partition('.')[0]}.{version}"
    if "/" in group:
        return group.replace("/", ".")
    return f"{group.partition('.')[0] or 'core'}.{version}"


@cache
def _shorts() -> Mapping[str, str]:
    return {name: short for short, name in _facts()["packages"].items()}


@cache
def _facts() -> Mapping[str, Any]:
    text = (files("simulator.api") / "schemas" / "typefacts.json").read_text(encoding="utf-8")
    facts: Mapping[str, Any] = json.loads(text)
    return facts
