"""``oc describe is``. Source: oc, pkg/helpers/describe/helpers.go (formatImageStreamTags)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import Object
from simulator.oc.describe.fields import lower_bool
from simulator.oc.describe.openshift import ago, write_meta, write_text
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import OC_DESCRIBE, TabWriter

_NOTES = (
    ("description", "  {}"),
    ("tags", "  Tags: {}"),
    ("supports", "  Supports: {}"),
    ("sampleRepo", "  Example Repo: {}"),
)
_LISTS = ("tags", "supports")


def describe(invocation: Invocation, stream: Object) -> str:
    spec, status = stream.get("spec") or {}, stream.get("status") or {}
    writer = TabWriter(OC_DESCRIBE)
    write_meta(writer, stream["metadata"], invocation.now())
    repository = status.get("publicDockerImageRepository") or status.get("dockerImageRepository", "")
    write_text(writer, "Image Repository", repository)
    write_text(writer, "Image Lookup", f"local={lower_bool((spec.get('lookupPolicy') or {}).get('local'))}")
    _tags(writer, stream, invocation.now())
    return writer.text()


def _tags(writer: TabWriter, stream: Object, now: float) -> None:
    wanted = {tag["name"]: tag for tag in (stream.get("spec") or {}).get("tags") or ()}
    found = {tag["tag"]: tag for tag in (stream.get("status") or {}).get("tags") or ()}
    if not wanted and not found:
        write_text(writer, "Tags")
        return
    images = {item["image"] for tag in found.values() for item in tag.get("items") or () if item.get("image")}
    names = [*found, *(name for name in wanted if name not in found)]
    write_text(writer, "Unique Images", len(images))
    write_text(writer, "Tags", len(names))
    aliases = _aliases(wanted)
    for name in prioritized([name for name in names if name not in aliases]):
        writer.write("\n")
        others = prioritized([alias for alias, target in aliases.items() if target == name])
        writer.write(f"{name} ({', '.join(others)})\n" if others else f"{name}\n")
        _origin(writer, wanted.get(name), stream["metadata"]["namespace"])
        _notes(writer, wanted.get(name) or {})
        _history(writer, found.get(name) or {}, now)


def _aliases(wanted: dict[str, Object]) -> dict[str, str]:
    """Tags that follow another tag of the same stream, with the tag at the end of the chain."""
    following = {
        name: tag["from"]["name"]
        for name, tag in wanted.items()
        if (tag.get("from") or {}).get("kind") == "ImageStreamTag" and tag["from"].get("name") in wanted
    }
    ends: dict[str, str] = {}
    for name in following:
        seen, target = {name}, following[name]
        while target in following and target not in seen:
            seen.add(target)
            target = following[target]
        ends[name] = target
    return ends


def prioritized(names: Sequence[str]) -> list[str]:
    """``latest``, then versions with the highest first, then the rest by name. Source: imageutil.PrioritizeTags."""
    return sorted(names, key=_rank)


def _rank(name: str) -> tuple[int, list[int], str]:
    if name == "latest":
        return 0, [], name
    numbers = name.removeprefix("v").split(".")
    if all(number.isdigit() for number in numbers):
        return 1, [-int(number) for number in numbers], name
    return 2, [], name


def _origin(writer: TabWriter, tag: Object | None, namespace: str) -> None:
    """Where the tag comes from, and how it is kept up to date."""
    source = (tag or {}).get("from")
    policy = (tag or {}).get("importPolicy") or {}
    if tag is None:
        writer.write("  no spec tag\n")
    elif source is None:
        writer.write("  tag without source image\n")
    else:
        writer.write(f"  {_verb(tag, source, policy)} {_source_name(source, namespace)}\n")
    if policy.get("insecure"):
        writer.write("    will use insecure HTTPS or HTTP connections\n")
    if ((tag or {}).get("referencePolicy") or {}).get("type") == "Local":
        writer.write("    prefer registry pullthrough when referencing this tag\n")
    writer.write("\n")


def _verb(tag: Object, source: Object, policy: Object) -> str:
    registry = " registry" if source.get("kind") == "DockerImage" else ""
    if tag.get("reference"):
        return f"reference to{registry or (' image' if source.get('kind') == 'ImageStreamImage' else '')}"
    if policy.get("scheduled") and source.get("kind") != "ImageStreamImage":
        return f"updates automatically from{registry}"
    return "tagged from"


def _source_name(source: Object, namespace: str) -> str:
    other = source.get("namespace")
    return f"{other}/{source['name']}" if other and other != namespace else str(source["name"])


def _notes(writer: TabWriter, tag: Object) -> None:
    annotations = tag.get("annotations") or {}
    found = [(key, form) for key, form in _NOTES if annotations.get(key)]
    for key, form in found:
        text = ", ".join(annotations[key].split(",")) if key in _LISTS else annotations[key]
        writer.write(form.format(text) + "\n")
    if found:
        writer.write("\n")


def _history(writer: TabWriter, tag: Object, now: float) -> None:
    for condition in tag.get("conditions") or ():
        if condition["type"] == "ImportSuccess" and condition["status"] == "False":
            reason, message = condition.get("reason", ""), condition.get("message", "")
            since = ago(condition["lastTransitionTime"], now)
            writer.write(f"  ! error: Import failed ({reason}): {message}\n      {since} ago\n")
    for index, item in enumerate(tag.get("items") or ()):
        reference, image = item.get("dockerImageReference", ""), item.get("image", "")
        writer.write(f"  {'*' if index == 0 else ' '} {reference}\n")
        digest = f"\t{image}" if image and not reference.endswith(f"@{image}") else ""
        writer.write(f"      {ago(item['created'], now)} ago{digest}\n")
