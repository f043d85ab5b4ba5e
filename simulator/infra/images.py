"""Images as registries keep them: config, layers and a schema 2 manifest, with true sha256 digests of small payloads.

A description, as a profile has it:

    {repository: demo/app, tag: latest, created: "2019-10-20T10:00:00Z", cmd: [/app],
     layers: [{text: base, size: 75000000}]}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ROOT = "docker/registry/v2"
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"


@dataclass(frozen=True, slots=True)
class Blob:
    """``size`` is what the manifest records; the payload is usually shorter."""

    digest: str
    data: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Image:
    """``manifest`` is a blob too; its digest is the image's."""

    manifest: Blob
    config: Blob
    layers: tuple[Blob, ...]

    @property
    def size(self) -> int:
        return sum(blob.size for blob in self.layers)

    @property
    def digest(self) -> str:
        return self.manifest.digest


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def build(description: Mapping[str, Any]) -> Image:
    """The image of a description: the same description gives the same digests."""
    layers = tuple(_blob(layer["text"].encode(), layer.get("size")) for layer in description["layers"])
    settings = {"Cmd": description.get("cmd") or ["/bin/sh"], "Env": description.get("env") or []}
    config_json: dict[str, Any] = {
        "architecture": description.get("architecture", "amd64"),
        "config": settings,
        "created": description.get("created", "2019-10-01T00:00:00Z"),
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [digest_of(b"diff:" + layer.data) for layer in layers]},
    }
    config = _blob(_json(config_json))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": _CONFIG, "size": config.size, "digest": config.digest},
        "layers": [{"mediaType": LAYER_TYPE, "size": layer.size, "digest": layer.digest} for layer in layers],
    }
    return Image(_blob(_json(manifest)), config, layers)


def blob_path(digest: str) -> str:
    """``docker/registry/v2/blobs/sha256/ab/abcd…/data``."""
    value = digest.partition(":")[2]
    return f"{ROOT}/blobs/sha256/{value[:2]}/{value}/data"


def revision_path(repository: str, digest: str) -> str:
    return f"{ROOT}/repositories/{repository}/_manifests/revisions/sha256/{digest.partition(':')[2]}/link"


def layer_path(repository: str, digest: str) -> str:
    return f"{ROOT}/repositories/{repository}/_layers/sha256/{digest.partition(':')[2]}/link"


def tag_path(repository: str, tag: str) -> str:
    return f"{ROOT}/repositories/{repository}/_manifests/tags/{tag}/current/link"


def tag_index_path(repository: str, tag: str, digest: str) -> str:
    value = digest.partition(":")[2]
    return f"{ROOT}/repositories/{repository}/_manifests/tags/{tag}/index/sha256/{value}/link"


def layout(repository: str, tag: str, image: Image) -> list[tuple[str, bytes, int]]:
    """(path, data, recorded size) of all that a push writes, in the order in which it does."""
    files: list[tuple[str, bytes, int]] = []
    for blob in (*image.layers, image.config):
        files.append((blob_path(blob.digest), blob.data, blob.size))
        files.append(_link(layer_path(repository, blob.digest), blob.digest))
    files.append((blob_path(image.digest), image.manifest.data, image.manifest.size))
    files.append(_link(revision_path(repository, image.digest), image.digest))
    if tag:
        files.append(_link(tag_index_path(repository, tag, image.digest), image.digest))
        files.append(_link(tag_path(repository, tag), image.digest))
    return files


def _link(path: str, digest: str) -> tuple[str, bytes, int]:
    return path, digest.encode(), len(digest)


def _blob(data: bytes, size: int | None = None) -> Blob:
    return Blob(digest_of(data), data, len(data) if size is None else size)


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=3).encode()
