"""What a tag of an image stream means. Pure. Source: openshift/library-go, pkg/image/imageutil/helpers.go."""

from __future__ import annotations

from typing import Any

from simulator.errors import Object

LATEST = "latest"


def split_tag(name: str) -> tuple[str, str]:
    """(stream, tag) of ``STREAM:TAG``; without a tag it is ``latest``."""
    stream, _, tag = name.partition(":")
    return stream, tag or LATEST


def spec_tag(stream: Object, tag: str) -> Object | None:
    tags: list[Object] = (stream.get("spec") or {}).get("tags") or []
    return next((one for one in tags if one["name"] == tag), None)


def history(stream: Object, tag: str) -> list[Object]:
    """The events of a tag, the newest first."""
    tags = (stream.get("status") or {}).get("tags") or ()
    found: Object = next((one for one in tags if one["tag"] == tag), {})
    items: list[Object] = found.get("items") or []
    return items


def latest(stream: Object, tag: str) -> Object | None:
    """The newest event of a tag; None when nothing was ever tagged so."""
    return next(iter(history(stream, tag)), None)


def pull_spec(stream: Object, tag: str) -> str:
    """Where to pull a tag's image from; "" when it is not known. A ``Local`` tag is pulled through our registry."""
    event = latest(stream, tag)
    if event is None:
        return ""
    policy: Any = ((spec_tag(stream, tag) or {}).get("referencePolicy") or {}).get("type")
    local: str = (stream.get("status") or {}).get("dockerImageRepository", "")
    if policy == "Local" and local and event.get("image"):
        return f"{local}@{event['image']}"
    reference: str = event.get("dockerImageReference", "")
    return reference


def with_event(stream: Object, tag: str, event: Object) -> Object:
    """The stream with ``event`` as the newest of the tag, unless its newest is of the same image and reference."""
    items = history(stream, tag)
    fresh = (event["dockerImageReference"], event["image"])
    if items and (items[0].get("dockerImageReference"), items[0].get("image")) == fresh:
        items = [{**items[0], "generation": max(items[0].get("generation") or 0, event["generation"])}, *items[1:]]
    else:
        items = [event, *items]
    status = stream.get("status") or {}
    others = [one for one in status.get("tags") or () if one["tag"] != tag]
    tags = sorted([*others, {"tag": tag, "items": items}], key=lambda one: str(one["tag"]))
    return {**stream, "status": {**status, "tags": tags}}


def with_spec_tag(stream: Object, tag: str, reference: Object | None) -> Object:
    """The stream whose ``spec.tags`` has ``reference`` as the tag, None: has no such tag."""
    spec = stream.get("spec") or {}
    tags = [one for one in spec.get("tags") or () if one["name"] != tag]
    if reference is not None:
        tags = sorted([*tags, {**reference, "name": tag}], key=lambda one: str(one["name"]))
    kept = {key: value for key, value in spec.items() if key != "tags"}
    return {**stream, "spec": {**kept, "tags": tags} if tags else kept}


def with_conditions(stream: Object, tag: str, conditions: list[Object]) -> Object:
    """The stream with those conditions of the tag's imports in place of all others; none clears them."""
    status = stream.get("status") or {}
    tags = {one["tag"]: one for one in status.get("tags") or ()}
    entry = {key: value for key, value in tags.get(tag, {"tag": tag, "items": None}).items() if key != "conditions"}
    if conditions or entry.get("items"):
        tags[tag] = {**entry, "conditions": conditions} if conditions else entry
    return {**stream, "status": {**status, "tags": [tags[key] for key in sorted(tags)]}}


def tag_changed(old: Object | None, new: Object, namespace: str) -> bool:
    """Whether a tag of the spec means another source now, or is to be looked up anew (generation 0)."""
    source = new.get("from") or {}
    if not source.get("kind") and not source.get("name"):
        return False
    before: Object = (old or {}).get("from") or {}
    places = (source.get("namespace") or namespace, before.get("namespace") or namespace)
    if places[0] != places[1] or source.get("name") != before.get("name"):
        return True
    if old is None or bool(old.get("reference")) != bool(new.get("reference")):
        return True
    generations = (old.get("generation"), new.get("generation"))
    return None not in generations and generations[0] != generations[1] and generations[1] == 0
