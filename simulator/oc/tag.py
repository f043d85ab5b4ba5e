"""``oc tag``: let a tag of an image stream mean an image. Source: openshift/oc, pkg/cli/tag/tag.go (4.20)."""

from __future__ import annotations

import re

from simulator.api.types import GVR
from simulator.errors import NotFound, Object
from simulator.oc.command import Command
from simulator.oc.errors import UsageError, fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation

_TAGS = GVR("image.openshift.io", "v1", "imagestreamtags")
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_KINDS = {"imagestreamtag": "ImageStreamTag", "istag": "ImageStreamTag", "imagestreamimage": "ImageStreamImage",
          "isimage": "ImageStreamImage", "docker": "DockerImage", "dockerimage": "DockerImage"}  # fmt: skip


async def run(invocation: Invocation) -> int:
    flags, words = invocation.flags, invocation.args
    deleting = flags.flag("delete")
    if len(words) < (1 if deleting else 2):
        text = "you must specify a source and at least one destination or one or more tags to delete"
        raise UsageError(text)
    if deleting:
        for word in words:
            namespace, name = _destination(invocation, word)
            invocation.client.delete(_TAGS, name, namespace)
            await invocation.line(f"Deleted tag {namespace}/{name}.")
        return 0
    destinations = [_destination(invocation, word) for word in words[1:]]
    kind, source, shown = _source(invocation, words[0])
    for namespace, name in destinations:
        _put(invocation, namespace, name, {"kind": kind, **source})
        where = name if namespace == invocation.namespace else f"{namespace}/{name}"
        done = "set up to track" if flags.flag("alias") else "set to"
        if flags.flag("scheduled"):
            await invocation.line(f"Tag {where} set to import {shown} periodically.")
        else:
            await invocation.line(f"Tag {where} {done} {shown}.")
    return 0


def _destination(invocation: Invocation, word: str) -> tuple[str, str]:
    namespace, slash, name = word.partition("/")
    if not slash:
        namespace, name = invocation.namespace, word
    stream, colon, tag = name.partition(":")
    if not stream or not colon or not tag:
        raise fail(f'"{name}" must be of the form <stream_name>:<tag>')
    if not _TAG.fullmatch(tag) and not invocation.flags.flag("delete"):
        rule = (
            "tags must start with an alphanumeric character followed by alphanumeric, '.' or '-' characters, "
            "and have a maximum of 128 characters"
        )
        raise fail(f'invalid tag "{tag}" format, {rule}')
    return namespace, name


def _source(invocation: Invocation, word: str) -> tuple[str, Object, str]:
    """(kind, reference without kind, how it is told) of the first argument."""
    asked = invocation.flags.text("source")
    if asked and asked.lower() not in _KINDS:
        valid = ", ".join(sorted(_KINDS))
        raise UsageError(f'invalid source "{asked}"; valid values are {valid}')
    kind = _KINDS.get(asked.lower(), "")
    parts = word.split("/")
    local = len(parts) < 3 and (":" in parts[-1] or "@" in parts[-1]) and "." not in parts[0].partition(":")[0]
    if not kind:
        kind = "DockerImage" if not local else "ImageStreamImage" if "@" in parts[-1] else "ImageStreamTag"
    if kind == "DockerImage":
        return kind, {"name": word}, word
    namespace, name = (parts[0], parts[1]) if len(parts) == 2 else (invocation.namespace, parts[0])
    place: Object = {"namespace": namespace} if len(parts) == 2 else {}
    if kind == "ImageStreamImage" or invocation.flags.flag("alias"):
        return kind, {"name": name, **place}, word
    return _image_of(invocation, namespace, name, word)


def _image_of(invocation: Invocation, namespace: str, name: str, word: str) -> tuple[str, Object, str]:
    """What a tag means now; only an alias follows it."""
    try:
        tag = invocation.client.get(_TAGS, name, namespace)
    except NotFound:
        if "/" in word:
            return "DockerImage", {"name": word}, word
        raise fail(f'"{word}" is not currently pointing to an image, cannot use it as the source of a tag') from None
    digest = tag["image"]["metadata"]["name"]
    stream = name.partition(":")[0]
    source = {"name": f"{stream}@{digest}", "namespace": namespace}
    return "ImageStreamImage", source, f"{namespace}/{stream}@{digest}" if "/" in word else f"{stream}@{digest}"


def _put(invocation: Invocation, namespace: str, name: str, source: Object) -> None:
    flags, tag = invocation.flags, name.partition(":")[2]
    policy: Object = {"importMode": flags.text("import-mode") or "Legacy"}
    policy |= {"scheduled": True} if flags.flag("scheduled") else {}
    policy |= {"insecure": True} if flags.flag("insecure") else {}
    reference: Object = {
        "name": tag,
        "from": source,
        "importPolicy": policy,
        "referencePolicy": {"type": "Local" if flags.text("reference-policy") == "local" else "Source"},
    }
    if flags.flag("reference"):
        reference["reference"] = True
    if source["kind"] == "DockerImage":
        reference["generation"] = 0
    body = {"metadata": {"name": name, "namespace": namespace}, "tag": reference}
    invocation.client.update(_TAGS, body)


COMMAND = Command(
    path="oc tag",
    usage="oc tag [--source=SOURCETYPE] SOURCE DEST [DEST ...] [flags]",
    short="Tag existing images into image streams",
    long="SOURCE is a tag or an image of an image stream, or an image of a registry. With --alias the tag follows it.",
    examples=("# Tag an image of a registry into a stream", "oc tag quay.io/openshift/hello:latest hello:latest"),
    flags=(
        Flag("alias", "Should the destination tag be updated whenever the source tag changes.", "bool"),
        Flag("delete", "Delete the provided spec tags.", "bool", "d"),
        Flag("import-mode", "How to import: Legacy or PreserveOriginal."),
        Flag("insecure", "Set to true if importing the image requires HTTP or an untrusted certificate.", "bool"),
        Flag("reference", "Should the destination tag continue to pull from the source namespace.", "bool"),
        Flag("reference-policy", "Pull through the registry of the cluster (local) or not (source).", default="source"),
        Flag("scheduled", "Set an image of a registry to be imported periodically.", "bool"),
        Flag("source", "What SOURCE is: imagestreamtag, imagestreamimage or docker."),
    ),
    run=run,
)
