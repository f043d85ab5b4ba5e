"""What becomes of a CustomResourceDefinition when it is written: its names, whether it is served, where it ends.

Source: apiextensions-apiserver, pkg/controller/status/naming_controller.go, pkg/registry/customresourcedefinition
(1.33). The controllers that accept names and establish a definition act here at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from simulator.api.customresources import CLEANUP, DEFINITIONS
from simulator.errors import Object
from simulator.log.state import State

_WORDS = {
    "plural": "Plural",
    "singular": "Singular",
    "shortNames": "ShortNames",
    "kind": "Kind",
    "listKind": "ListKind",
}


def created(state: State, obj: Object) -> Object:
    """A new definition with the status that it gets."""
    if obj.get("status", {}).get("conditions"):
        return obj  # of a profile
    new = {**obj, "status": {"storedVersions": _storage(obj)}}
    return named(_all(state), new, obj["metadata"]["creationTimestamp"])


def updated(state: State, obj: Object, current: Object, now: str) -> Object:
    """A changed definition: other names are looked at anew, another storage version is one more that is stored."""
    if obj.get("spec") == current.get("spec"):
        return obj
    status = obj.get("status") or {}
    stored = [*(status.get("storedVersions") or ()), *_storage(obj)]
    return named(_all(state), {**obj, "status": {**status, "storedVersions": list(dict.fromkeys(stored))}}, now)


def marked(obj: Object, now: str) -> Object:
    """A definition that is deleted: its resources go first."""
    meta, status = obj["metadata"], obj.get("status") or {}
    finalizers = [*(meta.get("finalizers") or ()), CLEANUP]
    condition = {
        "type": "Terminating",
        "status": "True",
        "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    }
    kept = {**obj, "metadata": {**meta, "finalizers": list(dict.fromkeys(finalizers))}}
    return {**kept, "status": {**status, "conditions": with_condition(status.get("conditions"), condition, now)}}


def with_condition(conditions: Any, new: Mapping[str, Any], now: str) -> list[Object]:
    """Those conditions with one in the place of the one of its type; its time is kept while its status is."""
    kept = list(conditions or ())
    old: Mapping[str, Any] = next((one for one in kept if one["type"] == new["type"]), {})
    since = old.get("lastTransitionTime", now) if old.get("status") == new["status"] else now
    told = {"lastTransitionTime": since, **new}
    return [told if one is old else one for one in kept] if old else [*kept, told]


def _storage(obj: Object) -> list[str]:
    spec = obj["spec"]
    versions = spec.get("versions") or [{"name": spec.get("version", "v1"), "storage": True}]
    return [item["name"] for item in versions if item.get("storage")]


def named(definitions: Iterable[Object], obj: Object, now: str) -> Object:
    """A definition with the names that it can have beside the others, and whether it is served with them."""
    status, names = obj["status"], obj["spec"].get("names") or {}
    accepted = status.get("acceptedNames") or {}
    reason, text = "NoConflicts", "no conflicts found"
    kept: Object = {"plural": "", "kind": "", **accepted}
    taken, kinds = _taken(definitions, obj)
    for key, word in _WORDS.items():
        wanted, ours = _listed(names.get(key)), _listed(accepted.get(key))
        used = [name for name in wanted if name not in ours and name in (kinds if "ind" in key else taken)]
        if used:
            reason = f"{word}Conflict"
            faults = [f'"{name}" is already in use' for name in used]
            text = faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]"
        elif key in names:
            kept[key] = names[key]
        else:
            kept.pop(key, None)
    if "categories" in names:
        kept["categories"] = names["categories"]
    good = reason == "NoConflicts"
    condition = {"type": "NamesAccepted", "status": "True" if good else "False", "reason": reason, "message": text}
    conditions = with_condition(status.get("conditions"), condition, now)
    established = any(one["type"] == "Established" and one["status"] == "True" for one in conditions)
    if not established:
        conditions = with_condition(conditions, _established(good), now)
    return {**obj, "status": {**status, "acceptedNames": kept, "conditions": conditions}}


def _established(good: bool) -> Object:
    if good:
        told = ("True", "InitialNamesAccepted", "the initial names have been accepted")
    else:
        told = ("False", "NotAccepted", "not all names are accepted")
    return {"type": "Established", **dict(zip(("status", "reason", "message"), told, strict=True))}


def _listed(value: Any) -> list[str]:
    return [] if not value else [value] if isinstance(value, str) else list(value)


def _all(state: State) -> Iterator[Object]:
    return (stored.object for stored in state.list(DEFINITIONS))


def _taken(definitions: Iterable[Object], obj: Object) -> tuple[set[str], set[str]]:
    """The names of resources and of kinds that other definitions of the group have."""
    resources, kinds = set(), set()
    for names in _others(definitions, obj):
        for key in ("plural", "singular", "shortNames"):
            resources.update(_listed(names.get(key)))
        kinds.update(_listed(names.get("kind")) + _listed(names.get("listKind")))
    return resources, kinds


def _others(definitions: Iterable[Object], obj: Object) -> Iterator[Mapping[str, Any]]:
    for other in definitions:
        if other["metadata"]["name"] != obj["metadata"]["name"] and other["spec"]["group"] == obj["spec"]["group"]:
            yield (other.get("status") or {}).get("acceptedNames") or {}
