"""DeploymentConfigs and the replication controllers that are their versions. Pure.

Source: openshift/library-go, pkg/apps/appsutil; openshift/api, apps/v1/consts.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from simulator.errors import Object

CONFIG, VERSION = "openshift.io/deployment-config.name", "openshift.io/deployment-config.latest-version"
DEPLOYMENT, ENCODED = "openshift.io/deployment.name", "openshift.io/encoded-deployment-config"
PHASE, REASON = "openshift.io/deployment.phase", "openshift.io/deployment.status-reason"
CANCELLED = "openshift.io/deployment.cancelled"
DESIRED, REPLICAS = "kubectl.kubernetes.io/desired-replicas", "openshift.io/deployment.replicas"
DEPLOYER_OF, IGNORE = "openshift.io/deployer-pod-for.name", "deploy.openshift.io/deployer-pod.ignore"
DEPLOYER, CREATED_AT = "openshift.io/deployer-pod.name", "openshift.io/deployer-pod.created-at"
STARTED_AT, COMPLETED_AT = "openshift.io/deployer-pod.started-at", "openshift.io/deployer-pod.completed-at"
CONFIG_LABEL, DEPLOYMENT_LABEL = "deploymentconfig", "deployment"
ROLLING_TIMEOUT_S = RECREATE_TIMEOUT_S = 600
DEPLOYER_TIMEOUT_S = 21600
ENDED = ("Complete", "Failed")


def version_name(config: str, version: int) -> str:
    return f"{config}-{version}"


def deployer_name(controller: str) -> str:
    return f"{controller}-deploy"


def annotation(obj: Object, key: str) -> str:
    text: str = (obj["metadata"].get("annotations") or {}).get(key, "")
    return text


def phase_of(controller: Object) -> str:
    """New, Pending, Running, Complete or Failed."""
    return annotation(controller, PHASE)


def is_cancelled(controller: Object) -> bool:
    return annotation(controller, CANCELLED).lower() == "true"


def version_of(controller: Object) -> int:
    text = annotation(controller, VERSION)
    return int(text) if text.isdigit() else -1


def latest_version(config: Object) -> int:
    version: int = (config.get("status") or {}).get("latestVersion", 0)
    return version


def triggers(config: Object, kind: str) -> list[Object]:
    found: list[Object] = config["spec"].get("triggers") or []
    return [one for one in found if one.get("type") == kind]


def image_params(config: Object) -> list[Object]:
    """The parameters of its image change triggers."""
    return [one.get("imageChangeParams") or {} for one in triggers(config, "ImageChange")]


def encoded(config: Object) -> str:
    """The config as its version's annotation keeps it."""
    return json.dumps(config, separators=(",", ":"), ensure_ascii=False) + "\n"


def decoded(controller: Object) -> Object:
    """The config that a version was made of; an empty one when the annotation is no such thing."""
    try:
        config = json.loads(annotation(controller, ENCODED))
    except ValueError:
        return {}
    return config if isinstance(config, dict) and isinstance(config.get("spec"), dict) else {}


def strategy_of(config: Object) -> Object:
    strategy: Object = config.get("spec", {}).get("strategy") or {}
    return strategy


def timeout_s(strategy: Object) -> int:
    """How long a step of the strategy may take."""
    params: Any = strategy.get("rollingParams") or strategy.get("recreateParams") or {}
    seconds: int = params.get("timeoutSeconds", ROLLING_TIMEOUT_S)
    return seconds


def active(controllers: Iterable[Object]) -> Object | None:
    """The newest version that is complete."""
    complete = [one for one in controllers if phase_of(one) == "Complete" and version_of(one) > 0]
    return max(complete, key=version_of, default=None)


def make_version(config: Object, owner: Object) -> Object:
    """The replication controller of ``status.latestVersion``, without replicas yet. ``owner``: its reference."""
    meta, spec = config["metadata"], config["spec"]
    version = latest_version(config)
    name = version_name(meta["name"], version)
    marks = {CONFIG_LABEL: meta["name"], DEPLOYMENT_LABEL: name}
    template = spec["template"]
    given = template.get("metadata") or {}
    notes = {
        CONFIG: meta["name"],
        ENCODED: encoded(config),
        PHASE: "New",
        VERSION: str(version),
        DESIRED: str(spec["replicas"]),
        REPLICAS: "0",
    }
    told = ((config.get("status") or {}).get("details") or {}).get("message")
    if told:
        notes[REASON] = told
    if ignored := annotation(config, IGNORE):
        notes[IGNORE] = ignored
    pod_notes = {DEPLOYMENT: name, CONFIG: meta["name"], VERSION: str(version)}
    return {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {
            "name": name,
            "namespace": meta["namespace"],
            "annotations": notes,
            "labels": {**(meta.get("labels") or {}), CONFIG: meta["name"]},
            "ownerReferences": [owner],
        },
        "spec": {
            "replicas": 0,
            "selector": {**(spec.get("selector") or {}), **marks},
            **({"minReadySeconds": spec["minReadySeconds"]} if spec.get("minReadySeconds") else {}),
            "template": {
                "metadata": {
                    "annotations": {**(given.get("annotations") or {}), **pod_notes},
                    "labels": {**(given.get("labels") or {}), **marks},
                },
                "spec": template["spec"],
            },
        },
    }
