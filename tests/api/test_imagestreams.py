"""Image streams, their tags and images, and what is created through them.

Source: openshift-apiserver, pkg/image/apiserver/registry.
"""

from __future__ import annotations

from typing import Any

import pytest

from simulator.errors import AlreadyExists, BadRequest, Conflict, InternalError, Invalid, NotFound, Object

IMAGES = "/apis/image.openshift.io/v1"
DEMO = f"{IMAGES}/namespaces/demo"
DIGEST = "sha256:" + "ab" * 32


def image(reference: str = "quay.io/x/y@" + DIGEST) -> Object:
    layer = {"name": "sha256:1", "size": 7, "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"}
    return {"metadata": {"name": DIGEST}, "dockerImageReference": reference, "dockerImageLayers": [layer]}


@pytest.fixture
def registry(modern: Any) -> Any:
    """A server with a registry out there that holds one image, and a stream ``app``."""

    def find(reference: str) -> Object:
        if reference.startswith("quay.io/x/y"):
            return image()
        raise InternalError(f"Internal error occurred: {reference}: no route to host")

    modern.server.images = find
    modern.post(f"{DEMO}/imagestreams", {"metadata": {"name": "app"}})
    return modern


def push(api: Any, tag: str = "latest") -> Any:
    body = {"metadata": {"name": "app"}, "image": image(), "tag": tag}
    return api.post(f"{DEMO}/imagestreammappings", body)


def imports(tag: str, source: str, **spec: Any) -> Object:
    wish = {"from": {"kind": "DockerImage", "name": source}, "to": {"name": tag}}
    return {"metadata": {"name": "app"}, "spec": {"import": True, "images": [wish], **spec}}


def test_a_mapping_makes_image_and_tag(registry: Any) -> None:
    assert push(registry)["status"] == "Success"
    tag = registry.get(f"{DEMO}/imagestreamtags/app:latest")
    assert tag["image"]["metadata"]["name"] == DIGEST
    assert registry.get(f"{IMAGES}/images/{DIGEST}")["dockerImageLayers"][0]["size"] == 7
    push(registry)  # the same again changes nothing
    stream = registry.get(f"{DEMO}/imagestreams/app")
    assert [len(one["items"]) for one in stream["status"]["tags"]] == [1]
    layers = registry.get(f"{DEMO}/imagestreams/app/layers")
    assert layers["images"] == {DIGEST: {"layers": ["sha256:1"]}}
    found = registry.get(f"{DEMO}/imagestreamimages/app@{DIGEST[:12]}")
    assert found["image"]["metadata"]["name"] == DIGEST


def test_a_mapping_needs_its_stream(registry: Any) -> None:
    with pytest.raises(NotFound, match=r'imagestreams\.image\.openshift\.io "nope" not found'):
        registry.post(f"{DEMO}/imagestreammappings", {"metadata": {"name": "nope"}, "image": image()})
    with pytest.raises(Invalid, match=r"image\.dockerImageReference: Required value"):
        registry.post(
            f"{DEMO}/imagestreammappings", {"metadata": {"name": "app"}, "image": {"metadata": {"name": "x"}}}
        )


def test_a_tag_that_follows_another_has_its_image_at_once(registry: Any) -> None:
    push(registry)
    source = {"kind": "ImageStreamTag", "name": "app:latest"}
    body = {"metadata": {"name": "app:prod"}, "tag": {"name": "prod", "from": source}}
    made = registry.post(f"{DEMO}/imagestreamtags", body)
    assert made["image"]["metadata"]["name"] == DIGEST
    assert made["tag"]["generation"] == made["generation"] == 2
    with pytest.raises(AlreadyExists, match=r'imagestreamtag\.image\.openshift\.io "app:prod" already exists'):
        registry.post(f"{DEMO}/imagestreamtags", body)
    assert [one["metadata"]["name"] for one in registry.get(f"{DEMO}/imagestreamtags")["items"]] == [
        "app:latest", "app:prod"]  # fmt: skip
    registry.delete(f"{DEMO}/imagestreamtags/app:prod")
    with pytest.raises(NotFound, match=r'imagestreamtags\.image\.openshift\.io "app:prod" not found'):
        registry.get(f"{DEMO}/imagestreamtags/app:prod")


def test_an_update_makes_the_stream_that_is_missing(registry: Any) -> None:
    push(registry)
    tag = {"name": "1", "from": {"kind": "ImageStreamTag", "name": "app:latest"}}
    made = registry.put(f"{DEMO}/imagestreamtags/other:1", {"metadata": {"name": "other:1"}, "tag": tag})
    assert made["image"]["metadata"]["name"] == DIGEST
    stale = {"metadata": {"name": "other:1", "resourceVersion": "1"}, "tag": tag}
    with pytest.raises(Conflict, match="another caller has updated the resource version to"):
        registry.put(f"{DEMO}/imagestreamtags/other:1", stale)
    with pytest.raises(BadRequest, match="is not a spec tag in imagestream demo/app, cannot be updated"):
        registry.patch(f"{DEMO}/imagestreamtags/app:latest", {"metadata": {"annotations": {"a": "b"}}})
    patched = registry.patch(f"{DEMO}/imagestreamtags/other:1", {"metadata": {"annotations": {"a": "b"}}})
    assert patched["metadata"]["annotations"] == {"a": "b"}


def test_imagetags_show_tags_without_an_image_too(registry: Any) -> None:
    source = {"kind": "DockerImage", "name": "quay.io/x/y:1"}
    registry.patch(f"{DEMO}/imagestreams/app", {"spec": {"tags": [{"name": "1", "from": source}]}})
    assert registry.get(f"{DEMO}/imagetags/app:1")["spec"]["from"] == source
    with pytest.raises(NotFound):
        registry.get(f"{DEMO}/imagestreamtags/app:1")


def test_an_import_tags_what_it_finds(registry: Any) -> None:
    made = registry.post(f"{DEMO}/imagestreamimports", imports("1", "quay.io/x/y:1"))
    assert made["status"]["images"][0]["status"]["status"] == "Success"
    stream = made["status"]["import"]
    assert stream["status"]["tags"][0]["items"][0]["image"] == DIGEST
    assert stream["spec"]["tags"][0]["from"] == {"kind": "DockerImage", "name": "quay.io/x/y:1"}
    assert stream["metadata"]["generation"] == stream["spec"]["tags"][0]["generation"] == 2
    assert stream["metadata"]["annotations"] == {"openshift.io/image.dockerRepositoryCheck": "2019-10-28T09:00:00Z"}


def test_an_import_tells_what_it_does_not_find(registry: Any) -> None:
    made = registry.post(f"{DEMO}/imagestreamimports", imports("1", "nowhere.example/x"))
    status = made["status"]["images"][0]["status"]
    assert (status["reason"], status["code"]) == ("InternalError", 500)
    condition = made["status"]["import"]["status"]["tags"][0]["conditions"][0]
    assert condition["message"] == "Internal error occurred: nowhere.example/x: no route to host"
    assert (condition["type"], condition["status"]) == ("ImportSuccess", "False")


def test_an_import_may_only_ask(registry: Any) -> None:
    body = imports("1", "quay.io/x/y:1")
    made = registry.post(f"{DEMO}/imagestreamimports", {**body, "spec": {**body["spec"], "import": False}})
    assert made["status"]["images"][0]["image"]["metadata"]["name"] == DIGEST
    assert "tags" not in registry.get(f"{DEMO}/imagestreams/app")["spec"]


def test_a_pod_finds_a_local_image(registry: Any, pod: Object) -> None:
    push(registry, "1")
    bare = {**pod, "spec": {"containers": [{"name": "web", "image": "app:1"}]}}
    first = registry.post("/api/v1/namespaces/demo/pods", bare)
    assert first["spec"]["containers"][0]["image"] == "app:1"
    registry.patch(f"{DEMO}/imagestreams/app", {"spec": {"lookupPolicy": {"local": True}}})
    second = registry.post("/api/v1/namespaces/demo/pods", {**bare, "metadata": {"name": "other"}})
    assert second["spec"]["containers"][0]["image"] == f"quay.io/x/y@{DIGEST}"


def test_a_source_that_is_not_there_is_refused(registry: Any) -> None:
    tag = {"name": "1", "from": {"kind": "ImageStreamTag", "name": "nope:1"}}
    with pytest.raises(Invalid, match=r'spec\.tags\[1\]\.from\.name: Not found: "nope:1"'):
        registry.patch(f"{DEMO}/imagestreams/app", {"spec": {"tags": [tag]}})
