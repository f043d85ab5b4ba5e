"""Patches computed from objects: JSON merge patches and strategic ones, between two objects or three.

Source: apimachinery, util/jsonmergepatch and util/strategicpatch; kubectl, cmd/apply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from simulator.api.resourcetable import builtin_table
from simulator.api.schema import Fields, read_yaml, type_of, types
from simulator.api.types import MERGE_PATCH, STRATEGIC_MERGE_PATCH
from simulator.errors import Object
from simulator.oc.resources import ResourceInfo
from simulator.release import OLDEST, Release

_RETAIN_KEYS: Final = {("DeploymentSpec", "strategy"), ("DaemonSetSpec", "updateStrategy")}
_RETAIN_ITEM_KEYS: Final = {("PodSpec", "volumes")}
_KUBERNETES_GROUPS: Final = frozenset(
    ("", "apps", "autoscaling", "batch", "extensions", "policy", "admissionregistration.k8s.io", "apiextensions.k8s.io",
     "apiregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "certificates.k8s.io",
     "coordination.k8s.io", "events.k8s.io", "networking.k8s.io", "node.k8s.io", "rbac.authorization.k8s.io",
     "scheduling.k8s.io", "storage.k8s.io")
)  # fmt: skip


def is_builtin(resource: ResourceInfo) -> bool:
    """Whether the client knows the type, and so may send a strategic merge patch."""
    return resource.group in _KUBERNETES_GROUPS


def type_name(resource: ResourceInfo, release: Release) -> str:
    """The type of the resource's objects for ``strategic_diff``; "" when its lists are not known to this client."""
    row = builtin_table(release).find(*resource.gvr)
    return type_of(row) if row is not None else ""


def merge_diff(original: Mapping[str, Any], modified: Mapping[str, Any]) -> Object:
    """The JSON merge patch that turns ``original`` into ``modified``."""
    return _Differ().mapping("", original, modified)


def three_way_merge_patch(original: Object, modified: Object, current: Object) -> Object:
    """A JSON merge patch for ``current``: what ``modified`` sets, and null for what it dropped since ``original``."""
    changes = _Differ(deletions=False).mapping("", current, modified)
    deletions = _Differ(changes=False).mapping("", original, modified)
    return _combine(deletions, changes)


def three_way_strategic_patch(
    resource_type: str, original: Object, modified: Object, current: Object, release: Release = OLDEST
) -> Object:
    """The same as a strategic merge patch: lists that have a merge key are patched item by item."""
    known = types(release.minor)
    changes = _Differ(deletions=False, known=known).mapping(resource_type, current, modified)
    deletions = _Differ(changes=False, known=known).mapping(resource_type, original, modified)
    return _combine_strategic(known, resource_type, deletions, changes)


@dataclass(frozen=True)
class _Differ:
    """Computes one patch; ``changes`` covers additions too. With ``known`` types it is a strategic one."""

    changes: bool = True
    deletions: bool = True
    known: Mapping[str, Fields] = field(default_factory=dict)

    def mapping(self, name: str, original: Mapping[str, Any], modified: Mapping[str, Any]) -> Object:
        patch: Object = {}
        for key in sorted(modified):
            if key not in original:
                patch.update({key: modified[key]} if self.changes else {})
            elif original[key] != modified[key]:
                patch.update(self._field(name, key, original[key], modified[key]))
        if self.deletions:
            patch.update({key: None for key in original if key not in modified})
        return patch

    def _field(self, name: str, key: str, original: Any, modified: Any) -> Object:
        code = self.known.get(name, {}).get(key, "o")
        if isinstance(original, Mapping) and isinstance(modified, Mapping):
            inner = self.mapping(code if code in self.known else "", original, modified)
            if inner and self.changes and (name, key) in _RETAIN_KEYS:
                inner["$retainKeys"] = sorted(modified)
            return {key: inner} if inner else {}
        merge_key = read_yaml("merge.yaml").get(name, {}).get(key) if self.known else None
        if merge_key is None or not isinstance(original, list) or not isinstance(modified, list):
            return {key: modified} if self.changes else {}
        if merge_key == "":
            return self._set(key, original, modified)
        return self._list(name, key, code.lstrip("["), merge_key, original, modified)

    def _set(self, key: str, original: Sequence[Any], modified: Sequence[Any]) -> Object:
        added = [item for item in modified if item not in original] if self.changes else []
        gone = [item for item in original if item not in modified] if self.deletions else []
        return {**({key: added} if added else {}), **({f"$deleteFromPrimitiveList/{key}": gone} if gone else {})}

    def _list(
        self, owner: str, key: str, item_type: str, merge_key: str, original: Sequence[Any], modified: Sequence[Any]
    ) -> Object:
        before = {item.get(merge_key): item for item in original}
        items: list[Any] = []
        for item in modified:
            name = item.get(merge_key)
            if name not in before:
                items += [item] if self.changes else []
            elif inner := self.mapping(item_type, before[name], item):
                retain = {"$retainKeys": sorted(item)} if self.changes and (owner, key) in _RETAIN_ITEM_KEYS else {}
                items.append({**inner, **retain, merge_key: name})
        if self.deletions:
            names = {item.get(merge_key) for item in modified}
            items += [{"$patch": "delete", merge_key: name} for name in before if name not in names]
        if not items:
            return {}
        order = {f"$setElementOrder/{key}": [{merge_key: item.get(merge_key)} for item in modified]}
        return {key: items, **(order if self.changes else {})}


def _combine(deletions: Mapping[str, Any], changes: Mapping[str, Any]) -> Object:
    """Both patches as one; they never say different things about the same field."""
    combined = dict(deletions)
    for key, value in changes.items():
        other = combined.get(key)
        combined[key] = _combine(other, value) if isinstance(other, Mapping) and isinstance(value, Mapping) else value
    return combined


def _combine_strategic(known: Mapping[str, Fields], name: str, deletions: Object, changes: Object) -> Object:
    combined = dict(deletions)
    for key, value in changes.items():
        other, code = combined.get(key), known.get(name, {}).get(key, "o")
        merge_key = read_yaml("merge.yaml").get(name, {}).get(key)
        if isinstance(other, Mapping) and isinstance(value, Mapping):
            combined[key] = _combine_strategic(known, code if code in known else "", dict(other), dict(value))
        elif isinstance(other, list) and isinstance(value, list) and merge_key:
            combined[key] = _combine_items(known, code.lstrip("["), merge_key, other, value)
        else:
            combined[key] = value
    return combined


def _combine_items(
    known: Mapping[str, Fields], item_type: str, key: str, deletions: Sequence[Object], changes: Sequence[Object]
) -> list[Object]:
    items = {item[key]: item for item in deletions}
    for item in changes:
        old = items.get(item[key])
        items[item[key]] = _combine_strategic(known, item_type, old, item) if old else item
    return list(items.values())


def edit_patch(resource: ResourceInfo, original: Object, edited: Object, release: Release) -> tuple[str, Object]:
    """The content type and the patch that ``oc edit`` sends; it holds nothing but the differences."""
    if is_builtin(resource):
        differ = _Differ(known=types(release.minor))
        return STRATEGIC_MERGE_PATCH, differ.mapping(type_name(resource, release), original, edited)
    return MERGE_PATCH, merge_diff(original, edited)
