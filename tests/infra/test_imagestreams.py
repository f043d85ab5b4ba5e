"""A push makes the image known to the API: `oc get is` shows it, as the integrated registry has it."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import IMAGES, IMAGESTREAMS
from simulator.infra import images
from simulator.infra.imagestreams import record_push
from simulator.infra.registry import INTERNAL_HOST, RegistryError

FIRST = {"layers": [{"text": "base", "size": 75_000_000}, {"text": "app"}]}
SECOND = {"layers": [{"text": "base", "size": 75_000_000}, {"text": "app, improved"}]}


def push(lab: Any, tag: str, description: dict[str, Any]) -> str:
    image = images.build(description)
    record_push(lab.client, INTERNAL_HOST, "demo/app", tag, image)
    return image.digest


def history(lab: Any) -> dict[str, list[str]]:
    tags = lab.client.get(IMAGESTREAMS, "app", "demo")["status"]["tags"]
    return {one["tag"]: [item["image"] for item in one["items"]] for one in tags}


def test_the_stream_is_made_and_a_tag_keeps_its_history(lab: Any) -> None:
    first = push(lab, "v1", FIRST)
    second = push(lab, "v1", SECOND)
    push(lab, "latest", SECOND)
    assert history(lab) == {"latest": [second], "v1": [second, first]}
    stream = lab.client.get(IMAGESTREAMS, "app", "demo")
    assert stream["status"]["dockerImageRepository"] == f"{INTERNAL_HOST}/demo/app"
    image = lab.client.get(IMAGES, first)
    assert image["dockerImageReference"] == f"{INTERNAL_HOST}/demo/app@{first}"
    assert image["dockerImageMetadata"]["Size"] == images.build(FIRST).size


def test_the_same_push_again_changes_nothing(lab: Any) -> None:
    push(lab, "v1", FIRST)
    revision = lab.state.revision
    push(lab, "v1", FIRST)
    assert lab.state.revision == revision


def test_a_push_into_a_project_that_is_not_there(lab: Any) -> None:
    lab.machines.s3.create_bucket("bucket", "us-east-1", ("AKIA1", "secret"))
    keys = {"REGISTRY_STORAGE_S3_ACCESSKEY": "AKIA1", "REGISTRY_STORAGE_S3_SECRETKEY": "secret"}
    lab.registry_pod(REGISTRY_STORAGE="s3", REGISTRY_STORAGE_S3_BUCKET="bucket", **keys)
    assert lab.settle()
    with pytest.raises(RegistryError, match="denied: requested access to the resource is denied"):
        lab.machines.registry.push("nowhere/app", "v1", images.build(FIRST))
    assert lab.machines.s3.list_objects("bucket") == []
