"""The deployer pod of each version of a DeploymentConfig, and the phase of the version, which follows the pod's.

Source: openshift-controller-manager, pkg/apps/deployer/deployer_controller.go (4.20). What the pod does is a program:
``infra/deployer.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from simulator.api import deploymentconfigs as configs
from simulator.api.gvrs import DEPLOYMENTCONFIGS, PODS, REPLICATIONCONTROLLERS
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.events import record
from simulator.controllers.labels import annotations_of, labels_of
from simulator.controllers.podstate import phase
from simulator.errors import NotFound, Object, StatusError
from simulator.runtime.clock import parse_rfc3339

_IMAGE = "quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:{digest}"
_PHASES = {"Pending": "Pending", "Running": "Running", "Succeeded": "Complete", "Failed": "Failed"}
_ORDER = ("New", "Pending", "Running", "Failed", "Complete")
_UNRELATED = "unrelated pod with the same name as this deployment is already running"
_TEMPLATE_FIELDS = ("dnsPolicy", "dnsConfig", "enableServiceLinks", "imagePullSecrets", "tolerations", "nodeSelector")


def reconcile(context: Context, key: Key) -> Result:
    """Create the deployer pod of one replication controller, or take the pod's phase over."""
    version = context.client.get_or_none(REPLICATIONCONTROLLERS, key.name, key.namespace)
    if version is None or not configs.phase_of(version) or "deletionTimestamp" in version["metadata"]:
        return DONE
    pod = context.client.get_or_none(PODS, configs.deployer_name(key.name), key.namespace)
    match configs.phase_of(version):
        case "New":
            return _start(context, version, pod)
        case "Pending" | "Running":
            return _watch(context, version, pod)
        case "Failed" if configs.is_cancelled(version):
            _delete_pods(context, version)
    return DONE


def _start(context: Context, version: Object, pod: Object | None) -> Result:
    if configs.is_cancelled(version):
        _delete_pods(context, version)
        return _move(context, version, "Pending", {})
    if pod is not None and configs.annotation(pod, configs.DEPLOYMENT) != version["metadata"]["name"]:
        text = f'Error creating deployer pod since another pod with the same name ("{pod["metadata"]["name"]}") exists'
        _tell(context, version, "Warning", "FailedCreate", text)
        return _move(context, version, "Failed", {configs.REASON: _UNRELATED})
    if pod is None:
        return _create(context, version)
    return _move(context, version, _later("Pending", _PHASES.get(phase(pod), "New")), _of_pod(pod))


def _create(context: Context, version: Object) -> Result:
    if configs.annotation(version, configs.IGNORE):
        return DONE
    strategy = configs.strategy_of(configs.decoded(version))
    left = configs.timeout_s(strategy) - (context.now - parse_rfc3339(version["metadata"]["creationTimestamp"]))
    if left < 0:
        text = (
            f'Rollout for "{_label(version)}" failed to create deployer pod '
            f"(timeoutSeconds: {configs.timeout_s(strategy)}s)"
        )
        _tell(context, version, "Warning", "RolloutTimeout", text)
        return _move(context, version, "Failed", {configs.REASON: "unable to create deployer pod"})
    try:
        made = context.client.create(PODS, deployer_pod(version, strategy, deployer_image(context.release.version)))
    except StatusError as error:
        _tell(context, version, "Warning", "FailedCreate", f"Error creating deployer pod: {error.message}")
        raise
    return _move(context, version, "Pending", _of_pod(made))


def _watch(context: Context, version: Object, pod: Object | None) -> Result:
    if pod is None:
        reasons: dict[str, str] = {}
        if not configs.is_cancelled(version):
            name = configs.deployer_name(version["metadata"]["name"])
            _tell(context, version, "Warning", "Failed", f'Deployer pod "{name}" has gone missing')
            reasons = {configs.REASON: "deployer pod no longer exists"}
        return _move(context, version, "Failed", reasons)
    if configs.is_cancelled(version) and "deletionTimestamp" not in pod["metadata"]:
        _delete_pods(context, version)
        return DONE
    wanted = _PHASES.get(phase(pod), "New")
    notes = {configs.COMPLETED_AT: _ended_at(pod)} if wanted in configs.ENDED and _ended_at(pod) else {}
    if wanted == "Complete":
        notes[configs.REPLICAS] = configs.annotation(version, configs.DESIRED)
    return _move(context, version, wanted, notes)


def _move(context: Context, version: Object, wanted: str, notes: dict[str, str]) -> Result:
    """To another phase, if that comes after the one that it has."""
    before = configs.phase_of(version)
    if before == _later(before, wanted):
        return DONE
    meta = version["metadata"]
    kept = dict(annotations_of(version)) | notes | {configs.PHASE: wanted}
    if wanted == "Complete":
        kept.pop(configs.DESIRED, None)
    changed = {**version, "metadata": {**meta, "annotations": kept}}
    if wanted in configs.ENDED and configs.decoded(version).get("spec", {}).get("test"):
        changed["spec"] = {**version["spec"], "replicas": 0}
    context.client.update(REPLICATIONCONTROLLERS, changed)
    if wanted == "Failed" and configs.is_cancelled(version):
        _tell(context, version, "Normal", "RolloutCancelled", f'Rollout for "{_label(version)}" cancelled')
    return DONE


def _later(one: str, other: str) -> str:
    """The later of two phases; none follows the end."""
    return one if one in configs.ENDED or _ORDER.index(one) >= _ORDER.index(other) else other


def _delete_pods(context: Context, version: Object) -> None:
    name, namespace = version["metadata"]["name"], version["metadata"]["namespace"]
    for pod in context.client.list(PODS, namespace, labels=f"{configs.DEPLOYER_OF}={name}"):
        if "deletionTimestamp" not in pod["metadata"]:
            try:
                context.client.delete(PODS, pod["metadata"]["name"], namespace)
            except NotFound:
                continue


def _tell(context: Context, version: Object, kind: str, reason: str, text: str) -> None:
    """Events are about the config, as long as there is one."""
    name = configs.annotation(version, configs.CONFIG)
    config = context.client.get_or_none(DEPLOYMENTCONFIGS, name, version["metadata"]["namespace"])
    record(context, config if config is not None else version, kind, reason, text)


def _label(version: Object) -> str:
    return f"{version['metadata']['namespace']}/{version['metadata']['name']}"


# -- the pod


def deployer_image(version: str) -> str:
    """The image of the release that rolls out; which digest it has is made up."""
    return _IMAGE.format(digest=hashlib.sha256(f"deployer {version}".encode()).hexdigest())


def deployer_pod(version: Object, strategy: Object, image: str) -> Object:
    """The pod that brings ``version`` about."""
    meta, template = version["metadata"], version["spec"]["template"]["spec"]
    custom = strategy.get("customParams") or {}
    env = [*(custom.get("environment") or ()), {"name": "OPENSHIFT_DEPLOYMENT_NAME", "value": meta["name"]},
           {"name": "OPENSHIFT_DEPLOYMENT_NAMESPACE", "value": meta["namespace"]}]  # fmt: skip
    container = {
        "name": "deployment",
        "image": custom.get("image") or image,
        "imagePullPolicy": "IfNotPresent",
        "env": env,
        "resources": strategy.get("resources") or {},
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    if custom.get("command"):
        container["command"] = custom["command"]
    notes = {configs.DEPLOYMENT: meta["name"], configs.CONFIG: configs.annotation(version, configs.CONFIG)}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": configs.deployer_name(meta["name"]),
            "namespace": meta["namespace"],
            "annotations": {**(strategy.get("annotations") or {}), **notes},
            "labels": {**(strategy.get("labels") or {}), configs.DEPLOYER_OF: meta["name"]},
            "ownerReferences": [
                {"apiVersion": "v1", "kind": "ReplicationController", "name": meta["name"], "uid": meta["uid"]}
            ],
        },
        "spec": {
            **{key: template[key] for key in _TEMPLATE_FIELDS if key in template},
            "activeDeadlineSeconds": strategy.get("activeDeadlineSeconds", configs.DEPLOYER_TIMEOUT_S),
            "containers": [container],
            "restartPolicy": "Never",
            "serviceAccountName": "deployer",
            "shareProcessNamespace": False,
            "terminationGracePeriodSeconds": 10,
        },
    }


def _of_pod(pod: Object) -> dict[str, str]:
    meta, started = pod["metadata"], pod.get("status", {}).get("startTime")
    notes = {configs.DEPLOYER: meta["name"], configs.CREATED_AT: _go_time(meta["creationTimestamp"])}
    return {**notes, configs.STARTED_AT: _go_time(started)} if started else notes


def _ended_at(pod: Object) -> str:
    for one in pod.get("status", {}).get("containerStatuses") or ():
        if ended := (one.get("state") or {}).get("terminated"):
            return _go_time(ended["finishedAt"])
    return ""


def _go_time(timestamp: str) -> str:
    """``2025-11-12 10:30:00 +0000 UTC``, as Go prints a time."""
    return f"{datetime.fromtimestamp(parse_rfc3339(timestamp), UTC):%Y-%m-%d %H:%M:%S} +0000 UTC"


def _version_keys(_context: Context, pod: Object) -> Iterable[Key]:
    name = labels_of(pod).get(configs.DEPLOYER_OF)
    return (Key(pod["metadata"]["namespace"], name),) if name else ()


CONTROLLER = Controller(
    name="deployer",
    user="system:serviceaccount:openshift-infra:deployer-controller",
    watches=(Watches(REPLICATIONCONTROLLERS, own_key), Watches(PODS, _version_keys)),
    reconcile=reconcile,
    component="deployer-controller",
)
