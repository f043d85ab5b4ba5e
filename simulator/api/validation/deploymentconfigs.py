"""DeploymentConfigs. Source: openshift-apiserver, pkg/apps/apis/apps/validation/validation.go."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from simulator.api import deploymentconfigs as configs
from simulator.api.validation.fields import Errors, Literal, string_map
from simulator.api.validation.workloads import validate_pod_spec
from simulator.errors import Object

_PERCENT = re.compile(r"[0-9]+%")
_PENDING = "unresolved"  # stands for an image that a trigger is to bring


def _config(obj: Object, errors: Errors) -> None:
    spec: Mapping[str, Any] = obj.get("spec") or {}
    for index, trigger in enumerate(spec.get("triggers") or ()):
        _trigger(trigger, f"spec.triggers[{index}]", errors)
    if spec.get("template"):
        _strategy(spec.get("strategy") or {}, errors)
    for key in ("revisionHistoryLimit", "minReadySeconds"):
        if (spec.get(key) or 0) < 0:
            errors.invalid(f"spec.{key}", spec[key], "must be greater than or equal to 0")
    limit = configs.timeout_s(configs.strategy_of(obj))
    if 0 < limit <= spec.get("minReadySeconds", 0):
        text = f"must be less than the deployment timeout ({limit}s)"
        errors.invalid("spec.minReadySeconds", spec["minReadySeconds"], text)
    _template(spec, errors)
    if spec.get("replicas", 0) < 0:
        errors.invalid("spec.replicas", spec["replicas"], "replicas cannot be negative")
    if not spec.get("selector"):
        errors.invalid("spec.selector", Literal("null"), "selector cannot be empty")


def _template(spec: Mapping[str, Any], errors: Errors) -> None:
    template = spec.get("template")
    if not template:
        errors.required("spec.template")
        return
    labels, selector = (template.get("metadata") or {}).get("labels") or {}, spec.get("selector") or {}
    if any(labels.get(key) != value for key, value in selector.items()):
        text = "`selector` does not match template `labels`"
        errors.invalid("spec.template.metadata.labels", Literal(string_map(labels)), text)
    pod = template.get("spec") or {}
    validate_pod_spec({**pod, "containers": _resolved(spec, pod)}, "spec.template.spec", errors)
    policy = pod.get("restartPolicy", "Always")
    if policy != "Always":
        errors.unsupported("spec.template.spec.restartPolicy", policy, ["Always"])


def _resolved(spec: Mapping[str, Any], pod: Mapping[str, Any]) -> list[Any]:
    """The containers; one without an image has one if a trigger will bring it."""
    params = configs.image_params({"spec": spec})
    coming = {name for one in params for name in one.get("containerNames") or ()}
    containers = pod.get("containers") or []
    return [{**one, "image": one.get("image") or (_PENDING if one.get("name") in coming else "")} for one in containers]


def _trigger(trigger: Mapping[str, Any], path: str, errors: Errors) -> None:
    if not trigger.get("type"):
        errors.required(f"{path}.type")
    if trigger.get("type") != "ImageChange":
        return
    params, here = trigger.get("imageChangeParams"), f"{path}.imageChangeParams"
    if params is None:
        errors.required(here)
        return
    source = params.get("from") or {}
    if not source.get("name"):
        errors.required(f"{here}.from")
    else:
        if source.get("kind") != "ImageStreamTag":
            errors.invalid(f"{here}.from.kind", source.get("kind", ""), "kind must be an ImageStreamTag")
        if not all(source["name"].partition(":")):
            errors.invalid(f"{here}.from.name", source["name"], "must be in the form of <name>:<tag>")
    if not params.get("containerNames"):
        errors.required(f"{here}.containerNames")


def _strategy(strategy: Mapping[str, Any], errors: Errors) -> None:
    path, kind = "spec.strategy", strategy.get("type")
    if kind == "Rolling" and strategy.get("rollingParams"):
        _rolling(strategy["rollingParams"], f"{path}.rollingParams", errors)
    if kind == "Recreate" and strategy.get("recreateParams"):
        _positive(strategy["recreateParams"], ("timeoutSeconds",), f"{path}.recreateParams", errors)
    if kind == "Custom" and not strategy.get("customParams"):
        errors.required(f"{path}.customParams")
    if (strategy.get("activeDeadlineSeconds") or 0) < 0:
        value = strategy["activeDeadlineSeconds"]
        errors.invalid(
            f"{path}.activeDeadlineSeconds", value, "activeDeadlineSeconds must be equal to or greater than 0"
        )


def _rolling(params: Mapping[str, Any], path: str, errors: Errors) -> None:
    _positive(params, ("intervalSeconds", "updatePeriodSeconds", "timeoutSeconds"), path, errors)
    for key in ("maxUnavailable", "maxSurge"):
        value = params.get(key, 0)
        if isinstance(value, str) and not _PERCENT.fullmatch(value):
            errors.invalid(f"{path}.{key}", value, "value should be int(5) or percentage(5%)")
        if isinstance(value, int) and value < 0:
            errors.invalid(f"{path}.{key}", value, "must be non-negative")
    if params.get("maxUnavailable") in (0, "0%") and params.get("maxSurge") in (0, "0%"):
        errors.invalid(f"{path}.maxUnavailable", params["maxUnavailable"], "cannot be 0 when maxSurge is 0 as well")
    share = params.get("maxUnavailable", 0)
    if isinstance(share, str) and _PERCENT.fullmatch(share) and int(share[:-1]) > 100:
        errors.invalid(f"{path}.maxUnavailable", share, "should not be more than 100%")


def _positive(params: Mapping[str, Any], keys: tuple[str, ...], path: str, errors: Errors) -> None:
    for key in keys:
        if params.get(key, 1) < 1:
            errors.invalid(f"{path}.{key}", params[key], "must be >0")


CREATE: Mapping[str, Callable[[Object, Errors], None]] = {"deploymentconfigs.apps.openshift.io": _config}
