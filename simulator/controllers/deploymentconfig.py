"""DeploymentConfigs: a replication controller for each version, and the replicas of the active one.

Source: openshift-controller-manager, pkg/apps/deploymentconfig/deploymentconfig_controller.go (4.20). How one version
takes over from the other is the deployer's business (``deployer.py``).
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api import deploymentconfigs as configs
from simulator.api.gvrs import DEPLOYMENTCONFIGS, REPLICATIONCONTROLLERS
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key, owner_reference
from simulator.controllers.deploymentconfig_status import condition, config_status
from simulator.controllers.events import record
from simulator.controllers.labels import labels_of
from simulator.controllers.ownership import claim
from simulator.errors import NotFound, Object, StatusError


def reconcile(context: Context, key: Key) -> Result:
    """Begin a version if something asks for it; otherwise let the replicas follow the config."""
    config = context.client.get_or_none(DEPLOYMENTCONFIGS, key.name, key.namespace)
    if config is None:
        return DONE
    versions = claim(context, REPLICATIONCONTROLLERS, config, {"matchLabels": {configs.CONFIG: key.name}})
    versions = sorted(versions, key=configs.version_of)
    if "deletionTimestamp" in config["metadata"]:
        return _settle(context, config, versions)
    if config["spec"].get("paused"):
        return _settle(context, config, _clean_up(context, config, versions))
    newest = versions[-1] if versions else None
    if newest is not None and configs.version_of(newest) > configs.latest_version(config):
        return _count_up(context, config)
    latest = newest if newest is not None and _is_latest(config, newest) else None
    if latest is None and _cancel_running(context, config, versions):
        return DONE  # the end of those that run wakes us
    if not _has_images(config):
        return _settle(context, config, versions)
    if details := _cause(config, latest):
        return _count_up(context, config, details)
    return _follow(context, config, versions, latest)


def _follow(context: Context, config: Object, versions: list[Object], latest: Object | None) -> Result:
    if latest is not None and configs.phase_of(latest) not in configs.ENDED:
        return _settle(context, config, versions, observed=False)
    if latest is None and configs.latest_version(config) > 0:
        return _begin(context, config, versions)
    return _settle(context, config, _clean_up(context, config, _scale(context, config, versions)))


def _is_latest(config: Object, newest: Object) -> bool:
    return 0 < configs.latest_version(config) == configs.version_of(newest)


def _has_images(config: Object) -> bool:
    """Whether a roll-out can begin at all: a trigger may still have to bring an image."""
    return all(one.get("image", "").strip() for one in config["spec"]["template"]["spec"]["containers"])


# -- what asks for a version


def _cause(config: Object, latest: Object | None) -> Object:
    """Why a trigger wants a new version, as ``status.details``; nothing when none does."""
    images, changes = configs.image_params(config), configs.triggers(config, "ConfigChange")
    if configs.latest_version(config) == 0:
        ready = all(one.get("lastTriggeredImage") for one in images)
        return _config_change() if (images and ready) or (changes and not images) else {}
    if latest is None:
        return {}
    if images and (names := _new_images(config, latest)):
        return {"message": "image change", "causes": [_image_cause(name) for name in names]}
    before = configs.decoded(latest)
    if changes and before and before["spec"].get("template") != config["spec"]["template"]:
        return _config_change()
    return {}


def _config_change() -> Object:
    return {"message": "config change", "causes": [{"type": "ConfigChange"}]}


def _image_cause(name: str) -> Object:
    return {"type": "ImageChange", "imageTrigger": {"from": {"kind": "DockerImage", "name": name}}}


def _new_images(config: Object, latest: Object) -> list[str]:
    known = {one.get("image") for one in latest["spec"]["template"]["spec"]["containers"]}
    return [one["image"] for one in config["spec"]["template"]["spec"]["containers"] if one["image"] not in known]


def _count_up(context: Context, config: Object, details: Object | None = None) -> Result:
    status = {**config["status"], "latestVersion": configs.latest_version(config) + 1}
    if details is not None:
        status["details"] = details
    context.client.update_status(DEPLOYMENTCONFIGS, {**config, "status": status})
    return DONE


# -- versions


def _begin(context: Context, config: Object, versions: list[Object]) -> Result:
    """Make the replication controller of the latest version."""
    number = configs.latest_version(config)
    wanted = configs.make_version(config, owner_reference(config))
    try:
        made = context.client.create(REPLICATIONCONTROLLERS, wanted)
    except StatusError as error:
        text = f"Couldn't deploy version {number}: {error.message}"
        record(context, config, "Warning", "DeploymentCreationFailed", text)
        failed = condition("False", "ReplicationControllerCreateError", error.message, context.now)
        _settle(context, config, versions, failed)
        raise
    text = f'Created new replication controller "{made["metadata"]["name"]}" for version {number}'
    record(context, config, "Normal", "DeploymentCreated", text)
    created = condition("True", "NewReplicationControllerCreated", text, context.now)
    return _settle(context, config, _clean_up(context, config, [*versions, made]), created)


def _cancel_running(context: Context, config: Object, versions: list[Object]) -> bool:
    """Call off what still rolls out an older version; whether something still does."""
    running = [one for one in versions if configs.phase_of(one) not in configs.ENDED]
    number = configs.latest_version(config)
    for one in running:
        if configs.is_cancelled(one):
            continue
        meta = one["metadata"]
        why = {configs.CANCELLED: "true", configs.REASON: "newer deployment was found running"}
        notes = {**(meta.get("annotations") or {}), **why}
        context.client.update(REPLICATIONCONTROLLERS, {**one, "metadata": {**meta, "annotations": notes}})
        text = f'Cancelled deployment "{meta["name"]}" superceded by version {number}'
        record(context, config, "Normal", "DeploymentCancelled", text)
        text = f"Deployment of version {number} awaiting cancellation of older running deployments"
        record(context, config, "Normal", "DeploymentAwaitingCancellation", text)
    return bool(running)


def _scale(context: Context, config: Object, versions: list[Object]) -> list[Object]:
    """The active version follows the config, all others have no replicas."""
    active, scaled = configs.active(versions), []
    for one in versions:
        wanted = config["spec"]["replicas"] if one is active and not config["spec"].get("test") else 0
        had = one["spec"]["replicas"]
        if wanted != had:
            one = context.client.update(REPLICATIONCONTROLLERS, {**one, "spec": {**one["spec"], "replicas": wanted}})
            text = f'Scaled replication controller "{one["metadata"]["name"]}" from {had} to {wanted}'
            record(context, config, "Normal", "ReplicationControllerScaled", text)
        scaled.append(one)
    return scaled


def _clean_up(context: Context, config: Object, versions: list[Object]) -> list[Object]:
    """Delete the oldest versions over ``revisionHistoryLimit``, unless they have replicas."""
    limit = config["spec"].get("revisionHistoryLimit")
    if limit is None:
        return versions
    active = configs.active(versions)
    border = configs.version_of(active) if active is not None else configs.latest_version(config)
    old = [one for one in versions if configs.version_of(one) < border]
    gone = [one for one in old[: max(len(old) - limit, 0)] if not one["spec"]["replicas"]]
    for one in gone:
        meta = one["metadata"]
        try:
            context.client.delete(REPLICATIONCONTROLLERS, meta["name"], meta["namespace"], propagation="Background")
        except NotFound:
            continue
    return [one for one in versions if one not in gone]


# -- status


def _settle(context: Context, config: Object, versions: list[Object], *told: Object, observed: bool = True) -> Result:
    status = config_status(config, versions, context.now, told, observed=observed)
    if status != config.get("status"):
        context.client.update_status(DEPLOYMENTCONFIGS, {**config, "status": status})
    return DONE


def _version_keys(context: Context, version: Object) -> Iterable[Key]:
    name = configs.annotation(version, configs.CONFIG) or labels_of(version).get(configs.CONFIG)
    return (Key(version["metadata"]["namespace"], name),) if name else ()


CONTROLLER = Controller(
    name="deploymentconfig",
    user="system:serviceaccount:openshift-infra:deploymentconfig-controller",
    watches=(
        Watches(DEPLOYMENTCONFIGS, own_key),
        Watches(REPLICATIONCONTROLLERS, _version_keys),
    ),
    reconcile=reconcile,
    component="deploymentconfig-controller",
)
