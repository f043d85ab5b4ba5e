"""``deploymentconfigs/instantiate``, ``rollback`` and ``log``.

Source: openshift-apiserver, pkg/apps/apiserver/registry/{instantiate,rollback,deploylog}/rest.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.api import deploymentconfigs as configs
from simulator.api import imagestreams
from simulator.api.subresources import containers
from simulator.api.subresources.body import mapping
from simulator.api.types import Request, Response
from simulator.api.validation.fields import Errors, invalid
from simulator.errors import BadRequest, InternalError, MethodNotAllowed, Object, StatusError, not_found

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Reply, Target

_GROUP = "apps.openshift.io"
_STREAMS, _CONTROLLERS = "imagestreams.image.openshift.io", "replicationcontrollers"
_MESSAGES = {"ConfigChange": "config change", "ImageChange": "image change", "Manual": "manual change"}


def instantiate(server: ApiServer, request: Request, target: Target) -> Response:
    """Begin the next version, if a trigger or ``force`` gives a cause to."""
    wanted = _created(request, "DeploymentRequest")
    current = server.stored(target).object
    _check_request(server, wanted, current)
    force, config = bool(wanted.get("force")), current
    if wanted.get("latest"):
        config = _with_images(server, current, force, wanted.get("excludeTriggers") or ())
    causes = _causes(server, config, force)
    if not causes:
        text = f'deployment config "{target.name}" cannot be instantiated'
        return Response(204, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "message": text, "code": 204})
    details = {"causes": causes, "message": _MESSAGES[causes[0]["type"]]}
    status = {**config["status"], "details": details, "latestVersion": configs.latest_version(config) + 1}
    stored = server.replace(request, target, current, {**config, "status": status})
    return Response(201, server.present(target.resource, stored))


def rollback(server: ApiServer, request: Request, target: Target) -> Response:
    """The config as it would be after a rollback; nothing is stored. The client sends it back."""
    wanted = _created(request, "DeploymentConfigRollback")
    spec, name = mapping(wanted.get("spec"), "DeploymentConfigRollback"), str(wanted.get("name") or target.name)
    stored = server.state.get(target.resource.key, target.namespace, name)
    if stored is None:
        missing = not_found("deploymentconfigs", name, _GROUP).message
        raise _unusable(server, name, f'cannot get deployment config "{name}": {missing}')
    config: Object = stored.object
    to = configs.decoded(_rollback_target(server, config, spec))
    notes = mapping(wanted.get("updatedAnnotations"), "DeploymentConfigRollback")
    meta = config["metadata"]
    if notes:
        meta = {**meta, "annotations": {**(meta.get("annotations") or {}), **notes}}
    changed = {**config["spec"], **_rolled_back(spec, to)}
    changed["triggers"] = [_manual(one) for one in changed.get("triggers") or ()]
    status = {**config["status"], "latestVersion": configs.latest_version(config) + 1}
    return Response(201, {**config, "metadata": meta, "spec": changed, "status": status})


def log(server: ApiServer, request: Request, target: Target) -> Reply:
    """The log of a version's deployer; of a pod of the version when that is complete."""
    version = _log_version(server, request, target)
    name = configs.version_name(target.name, version)
    controller = server.state.get(_CONTROLLERS, target.namespace, name)
    if controller is None:
        raise not_found(_CONTROLLERS, name)
    phase = configs.phase_of(controller.object)
    pod = configs.deployer_name(name)
    if phase in ("New", "Pending"):
        if request.query.get("nowait") in ("true", "1"):
            return Response(200, "")
        raise BadRequest(f"failed to run deployer pod {pod}: timed out waiting for the condition")
    if phase == "Complete":
        pod = _application_pod(server, controller.object)
    pods = server.table.find("", "v1", "pods")
    assert pods is not None, "pods are part of every table"
    query = {key: text for key, text in request.query.items() if key not in ("version", "previous", "nowait")}
    return containers.log(server, replace(request, query=query), replace(target, resource=pods, name=pod))


def _created(request: Request, kind: str) -> Mapping[str, Any]:
    if request.method != "POST":
        raise MethodNotAllowed("the server does not allow this method on the requested resource")
    if not isinstance(request.body, Mapping):
        raise BadRequest(f"the object provided is unrecognized (must be of type {kind})")
    return request.body


# -- instantiate


def _check_request(server: ApiServer, wanted: Mapping[str, Any], config: Object) -> None:
    errors, name = Errors(server.release), config["metadata"]["name"]
    if not wanted.get("name"):
        errors.invalid("name", "", "name of the deployment config is missing")
    if config["spec"].get("paused"):
        text = f'deployment config "{name}" is paused - unpause to request a new deployment'
        errors.invalid("spec.paused", True, text)
    if errors.items:
        raise invalid(_GROUP, "DeploymentRequest", str(wanted.get("name", "")), errors)


def _with_images(server: ApiServer, config: Object, force: bool, excluded: Any) -> Object:
    """The config with the images that its triggers' tags have now."""
    spec = config["spec"]
    triggers, template = list(spec.get("triggers") or ()), spec["template"]
    for index, trigger in enumerate(triggers):
        params = trigger.get("imageChangeParams") or {}
        passive = not force and (spec.get("paused") or not params.get("automatic"))
        if trigger.get("type") != "ImageChange" or passive or "ImageChange" in excluded:
            continue
        image = _image(server, params)
        if not image or image == params.get("lastTriggeredImage"):
            continue
        triggers[index] = {**trigger, "imageChangeParams": {**params, "lastTriggeredImage": image}}
        template = _with_image(template, params.get("containerNames") or (), image)
    return {**config, "spec": {**spec, "triggers": triggers, "template": template}}


def _image(server: ApiServer, params: Mapping[str, Any]) -> str:
    source = params.get("from") or {}
    name, tag = imagestreams.split_tag(source.get("name", ""))
    stream = server.state.get(_STREAMS, source.get("namespace", ""), name)
    return imagestreams.pull_spec(stream.object, tag) if stream is not None else ""


def _with_image(template: Object, names: Any, image: str) -> Object:
    spec = dict(template["spec"])
    for key in ("containers", "initContainers"):
        if spec.get(key):
            spec[key] = [{**one, "image": image} if one["name"] in names else one for one in spec[key]]
    return {**template, "spec": spec}


def _causes(server: ApiServer, config: Object, force: bool) -> list[Object]:
    before = _before(server, config)
    params = configs.image_params(config)
    if any(not one.get("lastTriggeredImage") for one in params):
        name = config["metadata"]["name"]
        raise BadRequest(f'cannot trigger a deployment for "{name}" because it contains unresolved images')
    if force:
        return [{"type": "Manual"}]
    first = configs.latest_version(config) == 0
    causes = list(_image_causes(params, before, first))
    if causes or not configs.triggers(config, "ConfigChange"):
        return causes
    changed = first or config["spec"]["template"] != before["spec"]["template"]
    return [{"type": "ConfigChange"}] if changed else []


def _before(server: ApiServer, config: Object) -> Object:
    """The config that the latest version was made of."""
    if configs.latest_version(config) == 0:
        return config
    name = configs.version_name(config["metadata"]["name"], configs.latest_version(config))
    controller = server.state.get(_CONTROLLERS, config["metadata"]["namespace"], name)
    if controller is None:
        raise not_found(_CONTROLLERS, name)
    found = configs.decoded(controller.object)
    if not found:
        raise InternalError(f"couldn't decode deployment config from deployment {name}")
    return found


def _image_causes(params: list[Object], before: Object, first: bool) -> Iterator[Object]:
    known = {_place(one): one.get("lastTriggeredImage") for one in configs.image_params(before)}
    fresh = any(_place(one) not in known for one in params)
    triggered = False
    for one in params:
        if not one.get("automatic"):
            continue
        triggered = triggered or first or fresh or known[_place(one)] != one["lastTriggeredImage"]
        if triggered:
            yield {"type": "ImageChange", "imageTrigger": {"from": {**one["from"], "kind": "ImageStreamTag"}}}


def _place(params: Object) -> tuple[str, str]:
    source = params.get("from") or {}
    return source.get("namespace", ""), source.get("name", "")


# -- rollback


def _rollback_target(server: ApiServer, config: Object, spec: Mapping[str, Any]) -> Object:
    name, latest = config["metadata"]["name"], configs.latest_version(config)
    revision = spec.get("revision") or 0
    if latest == 0:
        raise _unusable(server, name, "cannot rollback an undeployed config")
    if latest == 1:
        raise _unusable(server, name, f'no previous deployment exists for "{config["metadata"]["namespace"]}/{name}"')
    if latest == revision:
        raise _unusable(server, name, f"version {revision} is already the latest")
    wanted = configs.version_name(name, revision if revision > 0 else latest - 1)
    controller = server.state.get(_CONTROLLERS, config["metadata"]["namespace"], wanted)
    if controller is None:
        raise _unusable(server, name, not_found(_CONTROLLERS, wanted).message)
    if not configs.decoded(controller.object):
        raise _unusable(server, name, "couldn't decode deployment config from deployment: no such config")
    return controller.object


def _unusable(server: ApiServer, name: str, text: str) -> StatusError:
    errors = Errors(server.release)
    errors.invalid("name", name, text)
    return invalid(_GROUP, "DeploymentConfigRollback", name, errors)


def _rolled_back(spec: Mapping[str, Any], to: Object) -> Object:
    parts = {"includeTemplate": ("template",), "includeReplicationMeta": ("replicas", "selector"),
             "includeTriggers": ("triggers",), "includeStrategy": ("strategy",)}  # fmt: skip
    taken = [key for wish, keys in parts.items() if spec.get(wish) for key in keys]
    return {key: to["spec"][key] for key in taken if key in to["spec"]}


def _manual(trigger: Object) -> Object:
    if trigger.get("type") != "ImageChange":
        return trigger
    params = {key: value for key, value in trigger["imageChangeParams"].items() if key != "automatic"}
    return {**trigger, "imageChangeParams": params}


# -- log


def _log_version(server: ApiServer, request: Request, target: Target) -> int:
    stored = server.state.get(target.resource.key, target.namespace, target.name)
    if stored is None:
        raise not_found("deploymentconfig", target.name, _GROUP)
    latest, asked = configs.latest_version(stored.object), request.query.get("version", "")
    quoted = f'deploymentConfig "{target.name}"'
    if latest == 0:
        raise BadRequest(f"no deployment exists for {quoted}")
    if asked:
        if not asked.isdigit() or not 0 < int(asked) <= latest:
            raise BadRequest(f"invalid version for {quoted}: {asked}")
        return int(asked)
    if request.query.get("previous") not in ("true", "1"):
        return latest
    if latest == 1:
        raise BadRequest(f"no previous deployment exists for {quoted}")
    return latest - 1


def _application_pod(server: ApiServer, controller: Object) -> str:
    wanted = controller["spec"].get("selector") or {}
    namespace = controller["metadata"]["namespace"]
    pods = [stored.object for stored in server.state.list("pods", namespace)]
    chosen = [pod for pod in pods if wanted.items() <= (pod["metadata"].get("labels") or {}).items()]
    if not chosen:
        raise InternalError("Internal error occurred: timed out waiting for the condition")
    return str(chosen[0]["metadata"]["name"])
