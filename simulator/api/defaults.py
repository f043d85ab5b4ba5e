"""Defaulting: what the API server fills in when a person leaves it out.

Constant defaults are data by type (``schemas/defaults.yaml``); what depends on other fields is a function of
``computeddefaults``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from simulator.api.computeddefaults import COMPUTED, Compute, rolling_update, with_missing
from simulator.api.resourcetable import ResourceType
from simulator.api.schema import read_yaml, shown_zeros, type_of, types
from simulator.api.structural import with_schema_defaults
from simulator.errors import Object
from simulator.release import Minor, is_part

_POINTERS = ("DeploymentConfigSpec", "ReplicationControllerSpec")
_NONE: frozenset[int] = frozenset()
_EXTENSIONS_LIMIT = 2**31 - 1  # extensions/v1beta1 keeps all history and has no deadline


def apply_defaults(resource: ResourceType, obj: Object, current: Mapping[str, Any] | None = None) -> Object:
    """``obj`` with the kind's defaults filled in; ``obj`` is not changed, and returned if nothing was missing.

    A part that is the very same dict as in ``current`` has its defaults already.
    """
    if resource.custom:
        return with_schema_defaults(resource, obj)
    name = type_of(resource)
    if not name:
        return obj
    if resource.group == "extensions":
        obj = _extensions(resource, obj)
    if name == "Pod" and (current is None or obj.get("spec") is not current.get("spec")):
        obj = _pod(obj)
    return _filler(resource.minor).fill(name, obj, current)


class _Plan(NamedTuple):
    """What there is to do for one type: constants, the fields to look into, and the function."""

    constants: Mapping[str, Any]
    inside: Mapping[str, str]
    compute: Compute | None


class _Filler:
    """The defaults of one release. ``minor`` makes it ``Dated``, as the functions of ``computeddefaults`` want."""

    def __init__(self, minor: Minor) -> None:
        self.minor = minor
        self._types = types(minor)
        self._constants = _constants(minor)
        self._plans: dict[str, _Plan] = {}
        self._concerns: dict[str, bool] = {}

    def fill(self, name: str, obj: Object, current: Mapping[str, Any] | None = None) -> Object:
        plan = self._plans.get(name) or self._plan(name)
        changes = {key: value for key, value in plan.constants.items() if key not in obj} if plan.constants else {}
        for key, code in plan.inside.items():
            value, old = changes.get(key, obj.get(key)), None if current is None else current.get(key)
            if value is None or value is old:
                continue
            filled = self._fill_code(code, value, old)
            if filled is not value:
                changes[key] = filled
        if changes:
            obj = {**obj, **changes}
        return plan.compute(obj, self) if plan.compute is not None else obj

    def _fill_code(self, code: str, value: Any, current: Any) -> Any:
        if code[0] == "[":
            known = frozenset(map(id, current)) if isinstance(current, list) else _NONE
            filled = [item if id(item) in known else self._fill_code(code[1:], item, None) for item in value]
            return filled if any(new is not old for new, old in zip(filled, value, strict=True)) else value
        if code[0] == "{":
            return {key: self._fill_code(code[1:], item, None) for key, item in value.items()}
        return self.fill(code, value, current if isinstance(current, dict) else None)

    def _plan(self, name: str) -> _Plan:
        fields = self._types[name]
        inside = {key: code for key, code in fields.items() if self._concerned(code.lstrip("[{"))}
        constants = dict(self._constants.get(name, {}))
        if {"metadata", "spec"} <= fields.keys():
            constants.setdefault("spec", {})  # a struct: Go's JSON cannot leave it out
        if fields.get("template") == "PodTemplateSpec" and name not in _POINTERS:
            constants.setdefault("template", {})  # a struct too, but a pointer in the oldest kinds
        self._plans[name] = plan = _Plan(constants, inside, COMPUTED.get(name))
        return plan

    def _concerned(self, name: str) -> bool:
        """Whether something within a type has a default."""
        if name not in self._types:
            return False
        if name not in self._concerns:
            fields = self._types[name]
            self._concerns[name] = (
                name in self._constants
                or name in COMPUTED
                or {"metadata", "spec"} <= fields.keys()
                or any(self._concerned(code.lstrip("[{")) for code in fields.values())
            )
        return self._concerns[name]


@cache
def _filler(minor: Minor) -> _Filler:
    return _Filler(minor)


def _constants(minor: Minor) -> Mapping[str, Object]:
    """The blocks of ``defaults.yaml`` that a release has, one upon the other, upon what OpenShift always shows."""
    found: dict[str, Object] = dict(shown_zeros())
    for block in read_yaml("defaults.yaml"):
        if is_part(minor, block):
            for name, values in block["types"].items():
                found[name] = {**found.get(name, {}), **values}
    return found


def _pod(obj: Object) -> Object:
    """A limit without a request is the request too. Templates do not get this, only pods."""
    spec = obj.get("spec", {})
    changes: Object = {} if "enableServiceLinks" in spec else {"enableServiceLinks": True}
    for key in ("containers", "initContainers"):
        filled = [_requests(item) for item in spec.get(key) or ()]
        if any(new is not old for new, old in zip(filled, spec.get(key) or (), strict=True)):
            changes[key] = filled
    return {**obj, "spec": {**spec, **changes}} if changes else obj


def _requests(container: Object) -> Object:
    resources = container.get("resources") or {}
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    if all(key in requests for key in limits):
        return container
    return {**container, "resources": {**resources, "requests": {**limits, **requests}}}


def _extensions(resource: ResourceType, obj: Object) -> Object:
    """The old group's own defaults, before those of apps. Source: apis/extensions/v1beta1/defaults.go."""
    spec = obj.get("spec")
    if not isinstance(spec, dict) or resource.plural not in ("deployments", "replicasets", "daemonsets"):
        return obj
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels:
        spec = with_missing(spec, selector={"matchLabels": labels})
    if resource.plural == "deployments":
        spec = with_missing(spec, progressDeadlineSeconds=_EXTENSIONS_LIMIT, revisionHistoryLimit=_EXTENSIONS_LIMIT)
        strategy = with_missing(spec.get("strategy") or {}, type="RollingUpdate")
        spec = {**spec, "strategy": rolling_update(strategy, maxSurge=1, maxUnavailable=1)}
    if resource.plural == "daemonsets":
        spec = with_missing(spec, updateStrategy={"type": "OnDelete"})
    meta = obj.get("metadata") or {}
    if labels and not meta.get("labels"):
        obj = {**obj, "metadata": {**meta, "labels": labels}}
    return {**obj, "spec": spec}
