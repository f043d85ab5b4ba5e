"""Image change triggers: what follows a tag of an image stream gets the image that the tag means now.

A DeploymentConfig says so in ``spec.triggers``, other workloads in the annotation ``image.openshift.io/triggers``.
Source: openshift-controller-manager, pkg/image/trigger/{deploymentconfigs,annotations}; library-go, pkg/image/trigger.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from simulator.api import deploymentconfigs as configs
from simulator.api import imagestreams
from simulator.api.gvrs import DAEMONSETS, DEPLOYMENTCONFIGS, DEPLOYMENTS, IMAGESTREAMS, STATEFULSETS
from simulator.api.types import GVR
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of
from simulator.controllers.labels import annotations_of
from simulator.errors import Object

TRIGGERS = "image.openshift.io/triggers"
_PLACE = re.compile(
    r'spec\.template\.spec\.(containers|initContainers)\[\?\(?@\.?name==[\'"]([^\'"]+)[\'"]\)?\]\.image'
)


def _image(context: Context, source: Object, namespace: str) -> str:
    """What the tag means; "" when nothing was tagged so yet."""
    name, tag = imagestreams.split_tag(source.get("name", ""))
    if source.get("kind") != "ImageStreamTag" or not name:
        return ""
    stream = context.client.get_or_none(IMAGESTREAMS, name, source.get("namespace") or namespace)
    return imagestreams.pull_spec(stream, tag) if stream is not None else ""


def _with_images(template: Object, images: dict[tuple[str, str], str]) -> Object:
    """The template with other images; by list of containers and name."""
    spec = dict(template["spec"])
    for key in ("containers", "initContainers"):
        if spec.get(key):
            spec[key] = [{**one, "image": images.get((key, one["name"]), one.get("image", ""))} for one in spec[key]]
    return {**template, "spec": spec}


# -- DeploymentConfigs


def _reconcile_config(context: Context, key: Key) -> Result:
    """Resolve all automatic triggers of one config, or leave it as it is until all can be."""
    config = context.client.get_or_none(DEPLOYMENTCONFIGS, key.name, key.namespace)
    if config is None or "deletionTimestamp" in config["metadata"]:
        return DONE
    triggers: list[Object] = []
    images: dict[tuple[str, str], str] = {}
    for trigger in config["spec"].get("triggers") or ():
        params = trigger.get("imageChangeParams")
        if params and params.get("automatic"):
            last = params.get("lastTriggeredImage", "")
            image = _image(context, params.get("from") or {}, key.namespace) or last
            if not image:
                return DONE
            named = params.get("containerNames") or ()
            images |= {(part, name): image for part in ("containers", "initContainers") for name in named}
            trigger = {**trigger, "imageChangeParams": {**params, "lastTriggeredImage": image}}
        triggers.append(trigger)
    template = _with_images(config["spec"]["template"], images)
    wanted = {**config["spec"], "triggers": triggers, "template": template}
    if images and wanted != config["spec"]:
        context.client.update(DEPLOYMENTCONFIGS, {**config, "spec": wanted})
    return DONE


def _config_sources(config: Object) -> Iterator[Object]:
    return (params.get("from") or {} for params in configs.image_params(config))


# -- whatever has the annotation


def _reconcile_annotated(resource: GVR) -> Callable[[Context, Key], Result]:
    def reconcile(context: Context, key: Key) -> Result:
        """Bring the images of one workload up to date."""
        obj = context.client.get_or_none(resource, key.name, key.namespace)
        if obj is None or "deletionTimestamp" in obj["metadata"]:
            return DONE
        images = {}
        for trigger in _annotated(obj):
            place = _PLACE.fullmatch(str(trigger.get("fieldPath", "")))
            if place is None or trigger.get("paused") in (True, "true"):
                continue
            if image := _image(context, trigger.get("from") or {}, key.namespace):
                images[place[1], place[2]] = image
        template = _with_images(obj["spec"]["template"], images)
        if images and template != obj["spec"]["template"]:
            context.client.update(resource, {**obj, "spec": {**obj["spec"], "template": template}})
        return DONE

    return reconcile


def _annotated(obj: Object) -> list[Object]:
    """The triggers of the annotation; none when it is no list of such."""
    try:
        found: Any = json.loads(annotations_of(obj).get(TRIGGERS) or "[]")
    except ValueError:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _annotated_sources(obj: Object) -> Iterator[Object]:
    return (one.get("from") or {} for one in _annotated(obj))


# -- what wakes them


def _controller(
    resource: GVR,
    reconcile: Callable[[Context, Key], Result],
    sources: Callable[[Object], Iterator[Object]],
) -> Controller:
    def own(_context: Context, obj: Object) -> Iterable[Key]:
        return (key_of(obj),) if any(sources(obj)) else ()

    def of_stream(context: Context, stream: Object) -> Iterable[Key]:
        for obj in context.client.list(resource):
            namespace = obj["metadata"]["namespace"]
            if any(_is_of(source, namespace, stream) for source in sources(obj)):
                yield key_of(obj)

    return Controller(
        name=f"image-trigger-{resource.resource}",
        user="system:serviceaccount:openshift-infra:image-trigger-controller",
        watches=(Watches(resource, own), Watches(IMAGESTREAMS, of_stream)),
        reconcile=reconcile,
        component="image-trigger-controller",
    )


def _is_of(source: Object, namespace: str, stream: Object) -> bool:
    meta, name = stream["metadata"], imagestreams.split_tag(source.get("name", ""))[0]
    return (source.get("namespace") or namespace, name) == (meta["namespace"], meta["name"])


CONTROLLERS: tuple[Controller, ...] = (
    _controller(DEPLOYMENTCONFIGS, _reconcile_config, _config_sources),
    *(
        _controller(resource, _reconcile_annotated(resource), _annotated_sources)
        for resource in (DEPLOYMENTS, STATEFULSETS, DAEMONSETS)
    ),
)
