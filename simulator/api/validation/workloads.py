"""Pods and what makes them. Source: apis/core/validation, apis/apps/validation, apis/batch/validation of 1.14."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.api.quantity import parse
from simulator.api.selectors import matches_labels
from simulator.api.validation.fields import Errors, Literal, go_literal, label_selector, string_map
from simulator.api.validation.names import validate_label_name, validate_labels
from simulator.errors import Object

_POLICIES = ("Always", "OnFailure", "Never")
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_DNS_POLICIES = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_POD_FIXED = (
    "pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, "
    "`spec.activeDeadlineSeconds` or `spec.tolerations` (only additions to existing tolerations)"
)
_SET_FIXED = (
    "updates to statefulset spec for fields other than 'replicas', 'template', and 'updateStrategy' are forbidden"
)


def validate_pod_spec(spec: Mapping[str, Any], path: str, errors: Errors) -> None:
    """The spec of a pod or of a template, under ``path``."""
    volumes = _volumes(spec.get("volumes") or (), f"{path}.volumes", errors)
    containers = spec.get("containers") or []
    if not containers:
        errors.required(f"{path}.containers")
    seen: set[str] = set()
    for key in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(key) or ()):
            _container(container, f"{path}.{key}[{index}]", volumes, seen, errors)
    if spec.get("restartPolicy") not in _POLICIES:
        errors.unsupported(f"{path}.restartPolicy", spec.get("restartPolicy", ""), _POLICIES)
    if spec.get("dnsPolicy") not in _DNS_POLICIES:
        errors.unsupported(f"{path}.dnsPolicy", spec.get("dnsPolicy", ""), _DNS_POLICIES)
    if spec.get("terminationGracePeriodSeconds", 0) < 0:
        _negative(f"{path}.terminationGracePeriodSeconds", spec["terminationGracePeriodSeconds"], errors)
    validate_labels(spec.get("nodeSelector") or {}, f"{path}.nodeSelector", errors)


def _volumes(volumes: Any, path: str, errors: Errors) -> set[str]:
    names: set[str] = set()
    for index, volume in enumerate(volumes):
        name, here = volume.get("name"), f"{path}[{index}]"
        if not name:
            errors.required(f"{here}.name")
        else:
            validate_label_name(f"{here}.name", name, errors)
        if name in names:
            errors.duplicate(f"{here}.name", name)
        names.add(name)
        sources = [key for key in volume if key != "name"]
        for extra in sorted(sources)[1:]:
            errors.forbidden(f"{here}.{extra}", "may not specify more than 1 volume type")
        claim = volume.get("persistentVolumeClaim")
        if claim is not None and not claim.get("claimName"):
            errors.required(f"{here}.persistentVolumeClaim.claimName")
        secret = volume.get("secret")
        if secret is not None and not secret.get("secretName"):
            errors.required(f"{here}.secret.secretName")
        config = volume.get("configMap")
        if config is not None and not config.get("name"):
            errors.required(f"{here}.configMap.name")
    return names


def _container(container: Mapping[str, Any], path: str, volumes: set[str], seen: set[str], errors: Errors) -> None:
    name = container.get("name")
    if not name:
        errors.required(f"{path}.name")
    elif name in seen:
        errors.duplicate(f"{path}.name", name)
    else:
        validate_label_name(f"{path}.name", name, errors)
        seen.add(name)
    if not container.get("image"):
        errors.required(f"{path}.image")
    if container.get("imagePullPolicy") not in _PULL_POLICIES:
        errors.unsupported(f"{path}.imagePullPolicy", container.get("imagePullPolicy", ""), _PULL_POLICIES)
    for index, port in enumerate(container.get("ports") or ()):
        _port(port, f"{path}.ports[{index}]", errors)
    for index, variable in enumerate(container.get("env") or ()):
        _variable(variable, f"{path}.env[{index}]", errors)
    _mounts(container.get("volumeMounts") or (), f"{path}.volumeMounts", volumes, errors)
    _resources(container.get("resources") or {}, f"{path}.resources", errors)


def _port(port: Mapping[str, Any], path: str, errors: Errors) -> None:
    number = port.get("containerPort", 0)
    if not number:
        errors.required(f"{path}.containerPort")
    elif not 0 < number < 65536:
        errors.invalid(f"{path}.containerPort", number, "must be between 1 and 65535, inclusive")
    if port.get("protocol") not in _PROTOCOLS:
        errors.unsupported(f"{path}.protocol", port.get("protocol", ""), _PROTOCOLS)


def _variable(variable: Mapping[str, Any], path: str, errors: Errors) -> None:
    if not variable.get("name"):
        errors.required(f"{path}.name")
    if variable.get("value") and variable.get("valueFrom"):
        errors.invalid(f"{path}.valueFrom", "", "may not be specified when `value` is not empty")


def _mounts(mounts: Any, path: str, volumes: set[str], errors: Errors) -> None:
    places: set[str] = set()
    for index, mount in enumerate(mounts):
        here = f"{path}[{index}]"
        if not mount.get("name"):
            errors.required(f"{here}.name")
        elif mount["name"] not in volumes:
            errors.missing(f"{here}.name", mount["name"])
        if not mount.get("mountPath"):
            errors.required(f"{here}.mountPath")
        elif mount["mountPath"] in places:
            errors.invalid(f"{here}.mountPath", mount["mountPath"], "must be unique")
        places.add(mount.get("mountPath", ""))


def _resources(resources: Mapping[str, Any], path: str, errors: Errors) -> None:
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    for kind, sizes in (("limits", limits), ("requests", requests)):
        for name, size in sorted(sizes.items()):
            if parse(size) < 0:
                _negative(f"{path}.{kind}[{name}]", size, errors)
    for name, size in sorted(requests.items()):
        if name in limits and parse(size) > parse(limits[name]):
            errors.invalid(f"{path}.requests", size, f"must be less than or equal to {name} limit")


def _negative(path: str, value: Any, errors: Errors) -> None:
    errors.invalid(path, value, "must be greater than or equal to 0")


def _pod(obj: Object, errors: Errors) -> None:
    validate_pod_spec(obj.get("spec") or {}, "spec", errors)


def _pod_update(obj: Object, current: Object, errors: Errors) -> None:
    if _pod_fixed(obj["spec"]) != _pod_fixed(current["spec"]):
        errors.forbidden("spec", _POD_FIXED)
        return
    old, new = current["spec"].get("tolerations") or [], obj["spec"].get("tolerations") or []
    if any(item not in new for item in old):
        errors.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")


def _pod_fixed(spec: Mapping[str, Any]) -> Object:
    """What of a pod never changes."""
    free = ("activeDeadlineSeconds", "ephemeralContainers", "tolerations")
    fixed = {key: value for key, value in spec.items() if key not in free}
    for key in ("containers", "initContainers"):
        if key in fixed:
            fixed[key] = [{**container, "image": ""} for container in fixed[key]]
    return fixed


def _workload(obj: Object, errors: Errors) -> None:
    """A deployment, replica set, daemon set or stateful set: its selector must choose its own pods."""
    spec = obj.get("spec") or {}
    if spec.get("replicas", 0) < 0:
        _negative("spec.replicas", spec["replicas"], errors)
    selector, template = spec.get("selector"), spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if selector is None:
        errors.required("spec.selector")
    elif not (selector.get("matchLabels") or selector.get("matchExpressions")):
        errors.invalid("spec.selector", label_selector(selector), f"empty selector is invalid for {_noun(obj)}")
    if selector is None or not matches_labels(selector, labels):
        shown = Literal(string_map(labels) if labels else "map[string]string(nil)")
        errors.invalid("spec.template.metadata.labels", shown, "`selector` does not match template `labels`")
    validate_labels(labels, "spec.template.metadata.labels", errors)
    validate_pod_spec(_with_claims(template.get("spec") or {}, spec), "spec.template.spec", errors)
    policy = (template.get("spec") or {}).get("restartPolicy", "Always")
    if policy in _POLICIES and policy != "Always":
        errors.unsupported("spec.template.spec.restartPolicy", policy, ["Always"])


def _with_claims(pod: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stateful set's pods mount the claims of its templates by name, without naming them among the volumes."""
    claims = [{"name": claim["metadata"]["name"]} for claim in spec.get("volumeClaimTemplates") or ()]
    return {**pod, "volumes": [*(pod.get("volumes") or ()), *claims]} if claims else pod


def _noun(obj: Object) -> str:
    return {"Deployment": "deployment", "DaemonSet": "daemonset", "StatefulSet": "statefulset"}.get(
        str(obj.get("kind")), "deployment"
    )


def _deployment(obj: Object, errors: Errors) -> None:
    _workload(obj, errors)
    spec = obj.get("spec") or {}
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate" and strategy.get("rollingUpdate") is not None:
        errors.forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    elif strategy.get("type") not in ("Recreate", "RollingUpdate"):
        errors.unsupported("spec.strategy", _strategy(strategy), ("Recreate", "RollingUpdate"))
    rolling = strategy.get("rollingUpdate") or {}
    for name in ("maxUnavailable", "maxSurge"):
        if isinstance(rolling.get(name), int) and rolling[name] < 0:
            _negative(f"spec.strategy.rollingUpdate.{name}", rolling[name], errors)
    if rolling.get("maxUnavailable") in (0, "0%") and rolling.get("maxSurge") in (0, "0%"):
        errors.invalid(
            "spec.strategy.rollingUpdate.maxUnavailable",
            Literal('intstr.IntOrString{Type:0, IntVal:0, StrVal:""}'),
            "may not be 0 when `maxSurge` is 0",
        )
    if spec.get("progressDeadlineSeconds", 1) <= spec.get("minReadySeconds", 0):
        deadline = spec.get("progressDeadlineSeconds")
        errors.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def _strategy(strategy: Mapping[str, Any]) -> Literal:
    return Literal(f"apps.DeploymentStrategy{{Type:{go_literal(strategy.get('type', ''))}, RollingUpdate:(nil)}}")


def _selector_update(obj: Object, current: Object, errors: Errors) -> None:
    selector = obj["spec"].get("selector")
    if selector != current["spec"].get("selector"):
        errors.invalid("spec.selector", label_selector(selector), "field is immutable")


def _stateful_set_update(obj: Object, current: Object, errors: Errors) -> None:
    free = ("replicas", "template", "updateStrategy")
    new, old = ({key: value for key, value in item["spec"].items() if key not in free} for item in (obj, current))
    if new != old:
        errors.forbidden("spec", _SET_FIXED)


def _job(obj: Object, errors: Errors) -> None:
    spec = obj.get("spec") or {}
    for key in ("backoffLimit", "completions", "parallelism", "activeDeadlineSeconds"):
        if (spec.get(key) or 0) < 0:
            _negative(f"spec.{key}", spec[key], errors)
    pod = (spec.get("template") or {}).get("spec") or {}
    validate_pod_spec(pod, "spec.template.spec", errors)
    if pod.get("restartPolicy") == "Always":
        errors.unsupported("spec.template.spec.restartPolicy", "Always", ("OnFailure", "Never"))


def _job_update(obj: Object, current: Object, errors: Errors) -> None:
    for key in ("completions", "selector", "template"):
        new = obj["spec"].get(key)
        if new != current["spec"].get(key):
            shown = label_selector(new) if key == "selector" else Literal("core.PodTemplateSpec{...}")
            errors.invalid(f"spec.{key}", new if key == "completions" else shown, "field is immutable")


def _replication_controller(obj: Object, errors: Errors) -> None:
    spec = obj.get("spec") or {}
    selector, template = spec.get("selector") or {}, spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if not selector:
        errors.required("spec.selector")
    if spec.get("replicas", 0) < 0:
        _negative("spec.replicas", spec["replicas"], errors)
    if template:
        if any(labels.get(key) != value for key, value in selector.items()):
            text = "`selector` does not match template `labels`"
            errors.invalid("spec.template.metadata.labels", Literal(string_map(labels)), text)
        validate_pod_spec(template.get("spec") or {}, "spec.template.spec", errors)
    else:
        errors.required("spec.template")


CREATE: Mapping[str, Callable[[Object, Errors], None]] = {
    "daemonsets.apps": _workload,
    "deployments.apps": _deployment,
    "jobs.batch": _job,
    "pods": _pod,
    "replicasets.apps": _workload,
    "replicationcontrollers": _replication_controller,
    "statefulsets.apps": _workload,
}
UPDATE: Mapping[str, Callable[[Object, Object, Errors], None]] = {
    "daemonsets.apps": _selector_update,
    "deployments.apps": _selector_update,
    "jobs.batch": _job_update,
    "pods": _pod_update,
    "replicasets.apps": _selector_update,
    "statefulsets.apps": _stateful_set_update,
}
