"""A profile's files, or those of a ``base`` with the changes that its profile.yaml tells:

base: ocp-4.20
replace: {us-east-2.compute.internal: lab.example.com}     # words of the base's files that are others here
leave-out:
- {files: [72-ceph.yaml]}
- {kind: Node, name: "ip-10-0-73-118.*"}
- {namespace: openshift-storage}                           # with all that is in it
change:                                                    # objects of the base, as they first come
- {kind: Infrastructure, name: cluster, merge: {status: {platform: BareMetal}}}
- {kind: Deployment, namespace: shop, name: web, patch: [{op: remove, path: /spec/replicas}]}

What else stands in profile.yaml is merged over what the base has there (null takes a field away). Blocks of its own
files come beside those of the base.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

import jsonpatch

from simulator.api.patch import merge_patch
from simulator.errors import Object
from simulator.profiles.platform import Platform
from simulator.profiles.source import FormError, Source, check_keys
from simulator.profiles.timeline import HEAD, Placed, Step, read_timeline

LEAVE_OUT, CHANGE, WORDS, BASE = "leave-out", "change", "replace", "base"
_OWN: Final = (BASE, WORDS, LEAVE_OUT, CHANGE)
_CHOICE: Final = ("apiVersion", "kind", "namespace", "name")


@dataclass(frozen=True)
class Layers:
    """``source``: the profile.yaml, for errors; ``head``: what it says, laid over what its base says."""

    name: str
    source: Source
    head: Mapping[str, Any]
    folder: Traversable
    words: Mapping[str, str] = field(default_factory=dict)
    base: Layers | None = None

    def steps(self, platform: Platform, without: Sequence[str] = ()) -> list[Step]:
        """The timeline, of all files but those named in ``without``. InputError."""
        own = read_timeline(self.folder, platform, self.name, without, self.words)
        if self.base is None:
            return own
        edits = self.source.content
        left_out = [name for item in edits.get(LEAVE_OUT, ()) for name in item.get("files", ())]
        steps = self.base.steps(platform, left_out)
        steps = _left(steps, [item for item in edits.get(LEAVE_OUT, ()) if "files" not in item], self.source)
        steps = _changed(steps, edits.get(CHANGE, ()), self.source)
        return sorted([*steps, *own], key=lambda step: step.order)


def read_layers(name: str, folder: Traversable, words: Mapping[str, str] | None = None) -> Layers:
    """The profile in a folder. ``base`` names one that comes with ocsim. InputError."""
    source = Source.of(folder / HEAD, f"{name}/{HEAD}", words or {})
    if not isinstance(source.content, dict):
        raise source.error("expected a mapping", ())
    if BASE not in source.content:
        return Layers(name, source, source.content, folder, words or {})
    _check_edits(source)
    base_name = source.content[BASE]
    base_folder = files("simulator") / "profiles" / str(base_name)
    if not (base_folder / HEAD).is_file():
        raise source.error(f"there is no profile {base_name!r} that comes with ocsim", (BASE,), BASE)
    base = read_layers(base_name, base_folder, {**source.content.get(WORDS, {}), **(words or {})})
    mine = {key: value for key, value in source.content.items() if key not in _OWN}
    return Layers(name, source, merge_patch(base.head, mine), folder, words or {}, base)


def _check_edits(source: Source) -> None:
    if not isinstance(source.content.get(WORDS, {}), dict):
        raise source.error("expected a mapping of words to words", (WORDS,), WORDS)
    for section in (LEAVE_OUT, CHANGE):
        items = source.content.get(section, [])
        if not isinstance(items, list):
            raise source.error("expected a list", (section,), section)
        for index, item in enumerate(items):
            try:
                _check_edit(section, item)
            except FormError as error:
                where = f"{section}.{error.field}" if error.field else section
                raise source.error(error.message, (section, index, error.field), where) from error


def _check_edit(section: str, item: Any) -> None:
    if section == LEAVE_OUT and isinstance(item, dict) and "files" in item:
        check_keys(item, ("files",), ("files",))
    elif section == LEAVE_OUT:
        check_keys(item, _CHOICE, ())
    else:
        check_keys(item, (*_CHOICE, "merge", "patch"), ("kind", "name"))
        if ("merge" in item) == ("patch" in item):
            raise FormError("expected one of merge and patch")


# -- edits


def _left(steps: Sequence[Step], items: Sequence[Any], source: Source) -> list[Step]:
    """The steps without the objects that ``items`` choose; an item that chooses none is an error."""
    used: set[int] = set()

    def stays(placed: Placed) -> bool:
        chosen = {index for index, item in enumerate(items) if _is_chosen(item, placed.object)}
        used.update(chosen)
        return not chosen

    left = [replace(step, objects=[placed for placed in step.objects if stays(placed)]) for step in steps]
    _check_used(used, items, LEAVE_OUT, source)
    return [step for step in left if step.objects]


def _changed(steps: Sequence[Step], items: Sequence[Any], source: Source) -> list[Step]:
    used: set[int] = set()
    seen: set[tuple[int, str, str]] = set()

    def changed(placed: Placed) -> Placed:
        obj = placed.object
        name = (str(obj["metadata"].get("namespace", "")), str(obj["metadata"].get("name", "")))
        for index, item in enumerate(items):
            if _is_chosen(item, obj) and (index, *name) not in seen:
                seen.add((index, *name))
                used.add(index)
                obj = _edited(obj, item, index, source)
        return placed if obj is placed.object else replace(placed, object=obj)

    made = [replace(step, objects=[changed(placed) for placed in step.objects]) for step in steps]
    _check_used(used, items, CHANGE, source)
    return made


def _edited(obj: Object, item: Any, index: int, source: Source) -> Object:
    if "merge" in item:
        merged: Object = merge_patch(obj, item["merge"])
        return merged
    try:
        patched: Object = jsonpatch.apply_patch(obj, item["patch"])
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, KeyError) as error:
        raise source.error(f"cannot be applied: {error}", (CHANGE, index, "patch"), f"{CHANGE}.patch") from error
    return patched


def _is_chosen(item: Any, obj: Object) -> bool:
    meta = obj["metadata"]
    namespace = meta["name"] if obj["kind"] == "Namespace" else meta.get("namespace", "")
    values = {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "namespace": namespace,
        "name": meta.get("name", ""),
    }
    return all(fnmatchcase(str(values[key]), str(item[key])) for key in _CHOICE if key in item)


def _check_used(used: set[int], items: Sequence[Any], section: str, source: Source) -> None:
    for index in _unused(used, items):
        raise source.error("nothing of the base is that", (section, index), section)


def _unused(used: set[int], items: Sequence[Any]) -> Iterator[int]:
    return (index for index in range(len(items)) if index not in used)
