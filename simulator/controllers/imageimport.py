"""Imports what the tags of image streams name in other registries.

Source: openshift-controller-manager, pkg/image/controller/imagestream_controller.go.
"""

from __future__ import annotations

from simulator.api import imagestreams
from simulator.api.gvrs import IMAGESTREAMIMPORTS, IMAGESTREAMS
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.labels import annotations_of
from simulator.errors import Conflict, NotFound, Object

_CHECKED = "openshift.io/image.dockerRepositoryCheck"


def reconcile(context: Context, key: Key) -> Result:
    """Ask for an import of the tags that were never imported as they stand now."""
    stream = context.client.get_or_none(IMAGESTREAMS, key.name, key.namespace)
    if stream is None or "deletionTimestamp" in stream["metadata"]:
        return DONE
    wanted = [tag for tag in stream["spec"].get("tags") or () if _is_due(stream, tag)]
    if not wanted:
        return DONE
    meta = stream["metadata"]
    request = {
        "metadata": {key: meta[key] for key in ("name", "namespace", "resourceVersion", "uid")},
        "spec": {"import": True, "images": [_wish(tag) for tag in wanted]},
    }
    try:
        context.client.create(IMAGESTREAMIMPORTS, request)
    except (Conflict, NotFound):
        return DONE  # it changed, and so it is looked at again
    return DONE


def _is_due(stream: Object, tag: Object) -> bool:
    """A tag of an image elsewhere, of a generation that no event and no failed import has seen."""
    source = tag.get("from") or {}
    if source.get("kind") != "DockerImage" or not source.get("name") or tag.get("reference"):
        return False
    wanted = tag.get("generation")
    if wanted is None:
        return _CHECKED not in annotations_of(stream)
    newest = imagestreams.latest(stream, tag["name"]) or {}
    tags = stream["status"].get("tags") or ()
    failed = [one for entry in tags if entry["tag"] == tag["name"] for one in entry.get("conditions") or ()]
    return all((one.get("generation") or 0) < wanted for one in [newest, *failed])


def _wish(tag: Object) -> Object:
    policies = {key: tag[key] for key in ("importPolicy", "referencePolicy") if tag.get(key)}
    return {"from": tag["from"], "to": {"name": tag["name"]}, **policies}


CONTROLLER = Controller(
    name="imageimport",
    user="system:serviceaccount:openshift-infra:image-import-controller",
    watches=(Watches(IMAGESTREAMS, own_key),),
    reconcile=reconcile,
    component="image-import-controller",
)
