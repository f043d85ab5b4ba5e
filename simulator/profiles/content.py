"""The short forms of images: image streams, and what was pushed to the registry (its bucket's content)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from simulator.errors import Object
from simulator.profiles.platform import Platform
from simulator.profiles.source import check_keys

REGISTRY = "image-registry.openshift-image-registry.svc:5000"


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def imagestreams(item: Any, platform: Platform) -> Iterator[Object]:
    """A stream of tags that were ``imported`` at a time: ``tags: {"3.6": registry.redhat.io/rhscl/python-36:latest}``."""
    required = ("name", "namespace", "tags", "imported")
    check_keys(item, (*required, "displayName"), required)
    annotations = {
        "openshift.io/display-name": item.get("displayName", item["name"]),
        "openshift.io/provider-display-name": "Red Hat, Inc.",
    }
    spec_tags: list[Object] = []
    status_tags: list[Object] = []
    for tag, reference in item["tags"].items():
        digest = f"sha256:{platform.seeded_hex('imported', reference)}"
        repository = reference.rpartition(":")[0]
        spec_tags.append({
            "annotations": None, "from": {"kind": "DockerImage", "name": reference}, "generation": 2,
            "importPolicy": {}, "name": tag, "referencePolicy": {"type": "Local"},
        })  # fmt: skip
        status_tags.append({
            "items": [{"created": item["imported"], "dockerImageReference": f"{repository}@{digest}", "generation": 2,
                       "image": digest}],
            "tag": tag,
        })  # fmt: skip
    yield {
        "apiVersion": "image.openshift.io/v1",
        "kind": "ImageStream",
        "metadata": {"name": item["name"], "namespace": item["namespace"], "annotations": annotations},
        "spec": {"lookupPolicy": {"local": False}, "tags": spec_tags},
        "status": {"dockerImageRepository": f"{REGISTRY}/{item['namespace']}/{item['name']}", "tags": status_tags},
    }


def pushes(item: Any, platform: Platform) -> Iterator[Object]:
    """Placeholder until infra/images lands."""
    return iter(())
