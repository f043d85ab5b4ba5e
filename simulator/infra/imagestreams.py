"""What a push leaves in the API besides the blobs: the Image, and the tag of an ImageStream, which is made if missing.

Source: image-registry, pkg/dockerregistry/server (ImageStreamMapping).
"""

from __future__ import annotations

import json

from simulator.api.gvrs import IMAGES, IMAGESTREAMS
from simulator.client.client import Client
from simulator.errors import Object
from simulator.infra.images import LAYER_TYPE, MANIFEST_TYPE, Image
from simulator.runtime.clock import rfc3339


def record_push(client: Client, host: str, repository: str, tag: str, image: Image) -> None:
    """Note that ``image`` was pushed to ``HOST/namespace/name:tag`` now. A tag pushed before keeps its history."""
    namespace, _, name = repository.partition("/")
    reference = f"{host}/{repository}@{image.digest}"
    if client.get_or_none(IMAGES, image.digest) is None:
        client.create(IMAGES, image_object(image, reference))
    stream = client.get_or_none(IMAGESTREAMS, name, namespace)
    if stream is None:
        fresh = {"metadata": {"name": name, "namespace": namespace}, "spec": {"lookupPolicy": {"local": False}}}
        stream = client.create(IMAGESTREAMS, fresh)
    status = stream.get("status") or {}
    status = {**status, "dockerImageRepository": status.get("dockerImageRepository") or f"{host}/{repository}"}
    history = {one["tag"]: one for one in status.get("tags") or ()}
    items = history.get(tag, {}).get("items") or []
    if items and items[0]["image"] == image.digest:
        return
    event = {
        "created": rfc3339(client.transport.now()),
        "dockerImageReference": reference,
        "generation": 1,
        "image": image.digest,
    }
    history[tag] = {"items": [event, *items], "tag": tag}
    tags = [history[key] for key in sorted(history)]
    client.update_status(IMAGESTREAMS, {**stream, "status": {**status, "tags": tags}})


def image_object(image: Image, reference: str) -> Object:
    """The Image of what was pushed; its metadata is that of the image's own configuration."""
    config: Object = json.loads(image.config.data)
    return {
        "metadata": {"name": image.digest, "annotations": {"image.openshift.io/dockerLayersOrder": "ascending"}},
        "dockerImageLayers": [
            {"mediaType": LAYER_TYPE, "name": layer.digest, "size": layer.size} for layer in image.layers
        ],
        "dockerImageManifestMediaType": MANIFEST_TYPE,
        "dockerImageMetadata": {
            "Architecture": config["architecture"],
            "Config": config["config"],
            "ContainerConfig": {},
            "Created": config["created"],
            "Id": image.config.digest,
            "Size": image.size,
            "apiVersion": "1.0",
            "kind": "DockerImage",
        },
        "dockerImageMetadataVersion": "1.0",
        "dockerImageReference": reference,
    }
