"""A container may name a tag of an image stream of its project as its image, if the stream allows that.

Source: openshift, image.openshift.io/ImagePolicy with its default rules, which resolve local names of pods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api import imagestreams
from simulator.api.admission.refusal import is_new_pod
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_RESOLVE = "alpha.image.policy.openshift.io/resolve-names"


def resolve_local_images(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    if not is_new_pod(operation, resource, subresource):
        return obj
    always = (obj["metadata"].get("annotations") or {}).get(_RESOLVE) == "*"
    spec, changed = obj["spec"], {}
    for key in ("containers", "initContainers"):
        resolved = [_resolved(server, obj, one, always) for one in spec.get(key) or ()]
        if any(new is not old for new, old in zip(resolved, spec.get(key) or (), strict=True)):
            changed[key] = resolved
    return {**obj, "spec": {**spec, **changed}} if changed else obj


def _resolved(server: ApiServer, pod: Object, container: Any, always: bool) -> Any:
    image = container.get("image", "")
    if "/" in image or "@" in image:
        return container
    name, tag = imagestreams.split_tag(image)
    stored = server.state.get("imagestreams.image.openshift.io", pod["metadata"]["namespace"], name)
    if stored is None:
        return container
    stream = stored.object
    local = ((stream.get("spec") or {}).get("lookupPolicy") or {}).get("local")
    reference = imagestreams.pull_spec(stream, tag) if local or always else ""
    return {**container, "image": reference} if reference else container
