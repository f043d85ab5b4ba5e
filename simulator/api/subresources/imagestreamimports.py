"""``imagestreamimports``: look images up in their registries, and tag them into a stream.

Source: openshift-apiserver, pkg/image/apiserver/registry/imagestreamimport/rest.go. What registries hold is asked of
``ApiServer.images``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.api import imagestreams
from simulator.api.decoding import decode
from simulator.api.subresources.body import mapping
from simulator.api.subresources.imagestreammappings import ensure_image
from simulator.api.subresources.imagestreamtags import GROUP, STREAMS, make_stream, store
from simulator.api.types import Request, Response
from simulator.errors import Conflict, MethodNotAllowed, NotFound, Object, StatusError, not_found
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

CHECKED = "openshift.io/image.dockerRepositoryCheck"
_SUCCESS: Object = {"metadata": {}, "status": "Success"}


def create(server: ApiServer, request: Request, target: Target) -> Response:
    if request.method != "POST":
        raise MethodNotAllowed("the server does not allow this method on the requested resource")
    wanted = decode(target.resource, mapping(request.body, "ImageStreamImport"))
    meta, spec = wanted.get("metadata") or {}, wanted.get("spec") or {}
    stream = _stream(server, target, meta)
    statuses = [_look_up(server, one) for one in spec.get("images") or ()]
    status: Object = {"images": statuses} if statuses else {}
    if spec.get("repository"):
        status["repository"] = _repository(server, spec["repository"])
    if spec.get("import"):
        if stream is None:
            stream = make_stream(server, request, target.namespace, meta.get("name", ""))
        status["import"] = _tag_all(server, request, stream, spec, status)
    shown = {**meta, "namespace": target.namespace, "creationTimestamp": rfc3339(server.clock.now())}
    kind = {"kind": target.resource.kind, "apiVersion": target.resource.api_version}
    return Response(201, {**kind, "metadata": shown, "spec": {"import": False, **spec}, "status": status})


def _stream(server: ApiServer, target: Target, meta: Mapping[str, Any]) -> Object | None:
    name, version = str(meta.get("name", "")), meta.get("resourceVersion")
    stored = server.state.get(STREAMS, target.namespace, name)
    if stored is None:
        if version or meta.get("uid"):
            raise not_found("imagestreams", name, GROUP)
        return None
    current = stored.object["metadata"]["resourceVersion"]
    if version and version != current:
        text = f'the image stream was updated from "{version}" to "{current}"'
        message = f'Operation cannot be fulfilled on imagestream.{GROUP} "{name}": {text}'
        raise Conflict(message, group=GROUP, kind="imagestream", name=name)
    return stored.object


# -- looking up


def _look_up(server: ApiServer, wanted: Mapping[str, Any]) -> Object:
    """``status.images[]`` of one wish: the image, or why not."""
    reference = (wanted.get("from") or {}).get("name", "")
    tag = (wanted.get("to") or {}).get("name") or _tag_of(reference)
    try:
        return {"image": find(server, reference), "status": _SUCCESS, "tag": tag}
    except StatusError as error:
        return {"status": error.to_status(), "tag": tag}


def find(server: ApiServer, reference: str) -> Object:
    """The Image of a pull spec. StatusError when there is none, or its registry is away."""
    if server.images is None:
        raise NotFound(f'dockerimage.{GROUP} "{reference}" not found', group=GROUP, kind="dockerimage", name=reference)
    return server.images(reference)


def _tag_of(reference: str) -> str:
    if "@" in reference:
        return ""
    return reference.rpartition("/")[2].partition(":")[2] or imagestreams.LATEST


def _repository(server: ApiServer, wanted: Mapping[str, Any]) -> Object:
    """A whole repository. Of those out there only the tag ``latest`` is known."""
    reference = (wanted.get("from") or {}).get("name", "")
    found = _look_up(server, {"from": {"name": f"{reference}:{imagestreams.LATEST}"}})
    if found["status"] is not _SUCCESS:
        return {"status": found["status"]}
    return {"status": _SUCCESS, "images": [found]}


# -- tagging


def _tag_all(server: ApiServer, request: Request, stream: Object, spec: Object, status: Object) -> Object:
    """The stream with all that was found; what was not found is told there, too."""
    changed, now = stream, rfc3339(server.clock.now())
    pairs = list(zip(spec.get("images") or (), status.get("images") or (), strict=True))
    pairs = [(wish, found) for wish, found in pairs if wish.get("to")]
    repository = spec.get("repository") or {}
    for found in (status.get("repository") or {}).get("images") or ():
        source = {"kind": "DockerImage", "name": f"{repository['from']['name']}:{found['tag']}"}
        pairs.append(({**repository, "from": source, "to": {"name": found["tag"]}}, found))
    generation = stream["metadata"].get("generation", 1) + 1
    for wish, found in pairs:
        tag = wish["to"]["name"]
        if "image" not in found:
            changed = _failed(changed, tag, wish, found["status"], generation, now)
            continue
        found["image"] = ensure_image(server, request, found["image"])[1]
        changed = _imported(changed, tag, wish, found["image"], generation, now)
    if changed == stream and CHECKED in (stream["metadata"].get("annotations") or {}):
        return stream
    meta = changed["metadata"]
    notes = {**(meta.get("annotations") or {}), CHECKED: now}
    return store(server, request, stream, {**changed, "metadata": {**meta, "annotations": notes}})


def _imported(stream: Object, tag: str, wish: Object, image: Object, generation: int, now: str) -> Object:
    reference = image["dockerImageReference"]
    event = {"created": now, "dockerImageReference": reference, "generation": generation,
             "image": image["metadata"]["name"]}  # fmt: skip
    newest = imagestreams.latest(stream, tag) or {}
    known = (newest.get("image"), newest.get("dockerImageReference"))
    spec = imagestreams.spec_tag(stream, tag)
    fresh = known != (event["image"], reference) or (newest.get("generation") or 0) < (
        (spec or {}).get("generation") or 0
    )
    if fresh or spec is None:
        stream = imagestreams.with_spec_tag(stream, tag, _spec_tag(spec, wish))
        stream = imagestreams.with_event(stream, tag, event)
    return imagestreams.with_conditions(stream, tag, [])


def _failed(stream: Object, tag: str, wish: Object, status: Object, generation: int, now: str) -> Object:
    told = {"type": "ImportSuccess", "status": "False", "message": status.get("message", ""),
            "reason": status.get("reason", "")}  # fmt: skip
    spec = imagestreams.spec_tag(stream, tag)
    tags = (stream.get("status") or {}).get("tags") or ()
    before = next((one.get("conditions") or [] for one in tags if one["tag"] == tag), [])
    if not any(told.items() <= one.items() for one in before):
        condition = {**told, "generation": generation, "lastTransitionTime": now}
        stream = imagestreams.with_conditions(stream, tag, [condition])
        if spec is not None:
            stream = imagestreams.with_spec_tag(stream, tag, {**spec, "generation": 0})
    return stream if spec is not None else imagestreams.with_spec_tag(stream, tag, _spec_tag(None, wish))


def _spec_tag(spec: Object | None, wish: Object) -> Object:
    policy = (spec or {}).get("referencePolicy") or wish.get("referencePolicy") or {}
    return {
        "annotations": None,
        **(spec or {}),
        "from": {"kind": "DockerImage", "name": wish["from"]["name"]},
        "generation": 0,
        "importPolicy": wish.get("importPolicy") or {},
        "referencePolicy": policy,
    }
