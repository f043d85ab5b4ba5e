"""The short forms of images: streams of imported tags, and what was pushed to the registry and lies in its bucket."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.errors import Object
from simulator.infra import images
from simulator.infra.images import LAYER_TYPE, MANIFEST_TYPE, Blob
from simulator.infra.registry import INTERNAL_HOST
from simulator.infra.s3 import bucket_object
from simulator.profiles.platform import Platform
from simulator.profiles.source import check_keys
from simulator.runtime.clock import parse_rfc3339

MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


# -- imported


def imagestreams(item: Any, platform: Platform) -> Iterator[Object]:
    """A stream of tags ``imported`` at a time: ``tags: {"3.6": registry.redhat.io/rhscl/python-36-rhel7:latest}``."""
    required = ("name", "namespace", "tags", "imported")
    check_keys(item, (*required, "displayName"), required)
    spec_tags = [_imported_tag(tag, reference) for tag, reference in item["tags"].items()]
    status_tags = []
    for tag, reference in item["tags"].items():
        digest = f"sha256:{platform.seeded_hex('imported', reference)}"
        source = f"{reference.rpartition(':')[0]}@{digest}"
        yield {**_image(digest, source), **_docker_fields(_docker_metadata({}, 0, ""))}
        status_tags.append({"items": [_tag_event(item["imported"], source, digest)], "tag": tag})
    annotations = {
        "openshift.io/display-name": item.get("displayName", item["name"]),
        "openshift.io/provider-display-name": "Red Hat, Inc.",
    }
    stream = _stream(item["namespace"], item["name"], status_tags, annotations)
    yield {**stream, "spec": {"lookupPolicy": {"local": False}, "tags": spec_tags}}


def _imported_tag(tag: str, reference: str) -> Object:
    return {
        "annotations": None,
        "from": {"kind": "DockerImage", "name": reference},
        "generation": 2,
        "importPolicy": {},
        "name": tag,
        "referencePolicy": {"type": "Local"},
    }


# -- pushed


def pushes(item: Any, _platform: Platform) -> Iterator[Object]:
    """What was pushed to one repository: the files in the bucket, the Images, the ImageStream.

    ``images`` in the order of the pushes: {tag, pushed, layers: [{text, size}], cmd, env}; one without a tag was pushed
    by digest. A later push of a tag supersedes the earlier one, whose manifest stays. ``platforms: {amd64: {layers...},
    ppc64le: {...}}`` in place of ``layers`` makes a manifest list.
    """
    required = ("bucket", "namespace", "name", "images")
    check_keys(item, required, required)
    repository = f"{item['namespace']}/{item['name']}"
    files: dict[str, tuple[bytes, int, str]] = {}
    history: dict[str, list[Object]] = {}
    for entry in item["images"]:
        check_keys(entry, ("tag", "pushed", "layers", "cmd", "env", "platforms"), ("pushed",))
        tag, pushed = entry.get("tag", ""), entry["pushed"]
        digest, written, made = _pushed(repository, tag, entry)
        files |= {path: (data, size, pushed) for path, data, size in written}
        reference = f"{INTERNAL_HOST}/{repository}@{digest}"
        yield {**_image(digest, reference), **made}
        if tag:
            history.setdefault(tag, []).insert(0, _tag_event(pushed, reference, digest))
    for path, (data, size, pushed) in files.items():
        yield bucket_object(item["bucket"], path, data, size=size, time=parse_rfc3339(pushed))
    tags = [{"items": events, "tag": tag} for tag, events in sorted(history.items())]
    yield {**_stream(item["namespace"], item["name"], tags, {}), "spec": {"lookupPolicy": {"local": False}}}


def _pushed(repository: str, tag: str, entry: Any) -> tuple[str, list[tuple[str, bytes, int]], Object]:
    """Digest, files and the rest of the Image object of one push."""
    if "platforms" in entry:
        return _pushed_list(repository, tag, entry)
    image = images.build({"created": entry["pushed"], **entry})
    config: Object = json.loads(image.config.data)
    metadata = _docker_metadata(config["config"], image.size, entry["pushed"], image.config.digest)
    layers = [{"mediaType": LAYER_TYPE, "name": layer.digest, "size": layer.size} for layer in image.layers]
    made = {"dockerImageLayers": layers, "dockerImageManifestMediaType": MANIFEST_TYPE, **_docker_fields(metadata)}
    return image.digest, images.layout(repository, tag, image), made


def _pushed_list(repository: str, tag: str, entry: Any) -> tuple[str, list[tuple[str, bytes, int]], Object]:
    """A manifest list: the images of its platforms stand beside it without tags."""
    files: list[tuple[str, bytes, int]] = []
    manifests = []
    for architecture, description in entry["platforms"].items():
        image = images.build({"created": entry["pushed"], "architecture": architecture, **description})
        files.extend(images.layout(repository, "", image))
        platform = {"architecture": architecture, "os": "linux"}
        described = {
            "mediaType": MANIFEST_TYPE,
            "size": image.manifest.size,
            "digest": image.digest,
            "platform": platform,
        }
        manifests.append(described)
    content = {"schemaVersion": 2, "mediaType": MANIFEST_LIST, "manifests": manifests}
    data = json.dumps(content, indent=3).encode()
    blob = Blob(images.digest_of(data), data, len(data))
    made = {"dockerImageManifestMediaType": MANIFEST_LIST, **_docker_fields(_docker_metadata({}, 0, ""))}
    return blob.digest, [*files, *_manifest_files(repository, tag, blob)], made


def _manifest_files(repository: str, tag: str, blob: Blob) -> Iterator[tuple[str, bytes, int]]:
    """What a push of a manifest alone writes."""
    yield images.blob_path(blob.digest), blob.data, blob.size
    link = blob.digest.encode()
    yield images.revision_path(repository, blob.digest), link, len(link)
    if tag:
        yield images.tag_index_path(repository, tag, blob.digest), link, len(link)
        yield images.tag_path(repository, tag), link, len(link)


# -- shared


def _docker_fields(metadata: Object) -> Object:
    return {"dockerImageMetadata": metadata, "dockerImageMetadataVersion": "1.0"}


def _docker_metadata(config: Object, size: int, created: str, identity: str = "") -> Object:
    return {
        "Architecture": "amd64",
        "Config": config,
        "ContainerConfig": {},
        "Created": created or None,
        "Id": identity,
        "Size": size,
        "apiVersion": "1.0",
        "kind": "DockerImage",
    }


def _image(digest: str, reference: str) -> Object:
    metadata = {"name": digest, "annotations": {"image.openshift.io/dockerLayersOrder": "ascending"}}
    return {
        "apiVersion": "image.openshift.io/v1",
        "kind": "Image",
        "metadata": metadata,
        "dockerImageReference": reference,
    }


def _stream(namespace: str, name: str, tags: Sequence[Object], annotations: Mapping[str, str]) -> Object:
    return {
        "apiVersion": "image.openshift.io/v1",
        "kind": "ImageStream",
        "metadata": {"name": name, "namespace": namespace, **({"annotations": annotations} if annotations else {})},
        "status": {"dockerImageRepository": f"{INTERNAL_HOST}/{namespace}/{name}", "tags": tags},
    }


def _tag_event(created: str, reference: str, digest: str) -> Object:
    return {"created": created, "dockerImageReference": reference, "generation": 1, "image": digest}
