"""Defaulting: what the API server fills in when a person leaves it out. Source: the groups' defaults.go of 1.14.

Constant defaults are data by type (``schemas/defaults.yaml``); what depends on other fields is a function here.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from simulator.api.resourcetable import ResourceType
from simulator.api.schema import read_yaml, type_of, types
from simulator.errors import Object

_EXTENSIONS_LIMIT = 2**31 - 1  # extensions/v1beta1 keeps all history and has no deadline


def apply_defaults(resource: ResourceType, obj: Object, current: Mapping[str, Any] | None = None) -> Object:
    """``obj`` with the kind's defaults filled in; ``obj`` is not changed, and returned if nothing was missing.

    A part that is the very same dict as in ``current`` has its defaults already.
    """
    name = type_of(resource)
    if not name:
        return obj
    if resource.group == "extensions":
        obj = _extensions(resource, obj)
    if name == "Pod":
        obj = _pod(obj)
    return _fill(name, obj, current)


class _Plan(NamedTuple):
    """What there is to do for one type: constants, the fields to look into, and the function."""

    constants: Mapping[str, Any]
    inside: Mapping[str, str]
    compute: Callable[[Object], Object] | None


def _fill(name: str, obj: Object, current: Mapping[str, Any] | None = None) -> Object:
    plan = _plan(name)
    changes = {key: value for key, value in plan.constants.items() if key not in obj}
    for key, code in plan.inside.items():
        value = changes.get(key, obj.get(key))
        if value is None or (current is not None and value is current.get(key)):
            continue
        filled = _fill_code(code, value)
        if filled is not value:
            changes[key] = filled
    if changes:
        obj = {**obj, **changes}
    return plan.compute(obj) if plan.compute is not None else obj


def _fill_code(code: str, value: Any) -> Any:
    if code[0] == "[":
        filled = [_fill_code(code[1:], item) for item in value]
        return filled if any(new is not old for new, old in zip(filled, value, strict=True)) else value
    if code[0] == "{":
        return {key: _fill_code(code[1:], item) for key, item in value.items()}
    return _fill(code, value)


@cache
def _plan(name: str) -> _Plan:
    inside = {key: code for key, code in types()[name].items() if _concerned(code.lstrip("[{"))}
    constants = dict(read_yaml("defaults.yaml").get(name, {}))
    fields = types()[name]
    if {"metadata", "spec"} <= fields.keys():
        constants.setdefault("spec", {})  # a struct: Go's JSON cannot leave it out
    if fields.get("template") == "PodTemplateSpec" and name != "ReplicationControllerSpec":
        constants.setdefault("template", {})  # a struct too, but a pointer in the oldest kind
    return _Plan(constants, inside, _COMPUTED.get(name))


@cache
def _concerned(name: str) -> bool:
    """Whether something within a type has a default."""
    if name not in types():
        return False
    if name in read_yaml("defaults.yaml") or name in _COMPUTED or {"metadata", "spec"} <= types()[name].keys():
        return True
    return any(_concerned(code.lstrip("[{")) for code in types()[name].values())


# -- defaults that depend on other fields


def _with(obj: Object, **missing: Any) -> Object:
    """``obj`` with those of ``missing`` that it lacks; the same object when it lacks none."""
    changes = {key: value for key, value in missing.items() if key not in obj}
    return {**obj, **changes} if changes else obj


def _pod(obj: Object) -> Object:
    """A limit without a request is the request too. Templates do not get this, only pods."""
    spec = obj.get("spec", {})
    changes: Object = {} if "enableServiceLinks" in spec else {"enableServiceLinks": True}
    for key in ("containers", "initContainers"):
        filled = [_requests(item) for item in spec.get(key) or ()]
        if any(new is not old for new, old in zip(filled, spec.get(key) or (), strict=True)):
            changes[key] = filled
    return {**obj, "spec": {**spec, **changes}} if changes else obj


def _requests(container: Object) -> Object:
    resources = container.get("resources") or {}
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    if all(key in requests for key in limits):
        return container
    return {**container, "resources": {**resources, "requests": {**limits, **requests}}}


def _pod_spec(spec: Object) -> Object:
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account and (spec.get("serviceAccountName"), spec.get("serviceAccount")) != (account, account):
        spec = {**spec, "serviceAccountName": account, "serviceAccount": account}
    if spec.get("hostNetwork"):
        spec = _host_ports(spec)
    return spec


def _host_ports(spec: Object) -> Object:
    def shown(container: Object) -> Object:
        ports = container.get("ports")
        if not ports or all(port.get("hostPort") for port in ports):
            return container
        return {**container, "ports": [_with(port, hostPort=port.get("containerPort")) for port in ports]}

    containers = [shown(container) for container in spec.get("containers") or ()]
    if all(new is old for new, old in zip(containers, spec.get("containers") or (), strict=True)):
        return spec
    return {**spec, "containers": containers}


def _container(container: Object) -> Object:
    if container.get("imagePullPolicy"):
        return container
    return {**container, "imagePullPolicy": "Always" if _is_latest(container.get("image", "")) else "IfNotPresent"}


def _is_latest(image: str) -> bool:
    """Whether an image is pulled by the tag ``latest``, said or meant."""
    if "@" in image:
        return False
    _, _, tag = image.rpartition("/")[2].partition(":")
    return tag in ("", "latest")


def _volume(volume: Object) -> Object:
    return volume if len(volume) > 1 or "name" not in volume else {**volume, "emptyDir": {}}


def _template(template: Object) -> Object:
    """The metadata of a template shows an empty creationTimestamp: the JSON of 1.14 cannot leave it out."""
    meta = template.get("metadata") or {}
    return template if "creationTimestamp" in meta else {**template, "metadata": {"creationTimestamp": None, **meta}}


def _rolling_update(strategy: Object, **parts: Any) -> Object:
    if strategy.get("type") != "RollingUpdate":
        return strategy
    filled = _with(strategy.get("rollingUpdate") or {}, **parts)
    return strategy if filled is strategy.get("rollingUpdate") else {**strategy, "rollingUpdate": filled}


def _deployment_strategy(strategy: Object) -> Object:
    strategy = _with(strategy, type="RollingUpdate")
    return _rolling_update(strategy, maxSurge="25%", maxUnavailable="25%")


def _daemon_set_strategy(strategy: Object) -> Object:
    return _rolling_update(_with(strategy, type="RollingUpdate"), maxUnavailable=1)


def _stateful_set_strategy(strategy: Object) -> Object:
    return _rolling_update(_with(strategy, type="RollingUpdate"), partition=0)


def _stateful_set_spec(spec: Object) -> Object:
    claims = spec.get("volumeClaimTemplates")
    if not claims:
        return spec
    shown = [_template(claim) for claim in claims]
    if all(new is old for new, old in zip(shown, claims, strict=True)):
        return spec
    return {**spec, "volumeClaimTemplates": shown}


def _job_spec(spec: Object) -> Object:
    if "completions" not in spec and "parallelism" not in spec:
        return {**spec, "completions": 1, "parallelism": 1}
    return _with(spec, parallelism=1)


def _service_spec(spec: Object) -> Object:
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        spec = _with(spec, externalTrafficPolicy="Cluster")
    if spec.get("sessionAffinity") == "ClientIP":
        spec = _with(spec, sessionAffinityConfig={"clientIP": {"timeoutSeconds": 10800}})
    return spec


def _service_port(port: Object) -> Object:
    return _with(port, targetPort=port["port"]) if "port" in port else port


def _network_policy_spec(spec: Object) -> Object:
    if spec.get("policyTypes"):
        return spec
    return {**spec, "policyTypes": ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]}


def _secret(secret: Object) -> Object:
    """``stringData`` is a way to write ``data``; it is never read back."""
    plain = secret.get("stringData")
    if plain is None:
        return secret
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
    kept = {key: value for key, value in secret.items() if key != "stringData"}
    return {**kept, "data": {**(secret.get("data") or {}), **encoded}}


def _subject(subject: Object) -> Object:
    group = "" if subject.get("kind") == "ServiceAccount" else "rbac.authorization.k8s.io"
    return _with(subject, apiGroup=group) if group else subject


def _role_ref(reference: Object) -> Object:
    return _with(reference, apiGroup="rbac.authorization.k8s.io")


def _autoscaler_spec(spec: Object) -> Object:
    return _with(spec, targetCPUUtilizationPercentage=80)


def _node(node: Object) -> Object:
    status = node.get("status") or {}
    if "capacity" not in status or "allocatable" in status:
        return node
    return {**node, "status": {**status, "allocatable": status["capacity"]}}


def _replicated(obj: Object) -> Object:
    """A replication controller without a selector or labels takes those of its template."""
    spec = obj.get("spec") or {}
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if not labels:
        return obj
    if not spec.get("selector"):
        obj = {**obj, "spec": {**spec, "selector": labels}}
    meta = obj.get("metadata") or {}
    return obj if meta.get("labels") else {**obj, "metadata": {**meta, "labels": labels}}


def _custom_resource(spec: Object) -> Object:
    names = spec.get("names") or {}
    kind = names.get("kind", "")
    filled = _with(names, singular=kind.lower(), listKind=f"{kind}List")
    if "version" in spec and not spec.get("versions"):
        spec = {**spec, "versions": [{"name": spec["version"], "served": True, "storage": True}]}
    elif spec.get("versions") and "version" not in spec:
        spec = {**spec, "version": spec["versions"][0]["name"]}
    return spec if filled is names else {**spec, "names": filled}


_COMPUTED: Mapping[str, Callable[[Object], Object]] = {
    "Container": _container,
    "CustomResourceDefinitionSpec": _custom_resource,
    "DaemonSetUpdateStrategy": _daemon_set_strategy,
    "DeploymentStrategy": _deployment_strategy,
    "HorizontalPodAutoscalerSpec": _autoscaler_spec,
    "JobSpec": _job_spec,
    "NetworkPolicySpec": _network_policy_spec,
    "Node": _node,
    "PodSpec": _pod_spec,
    "PodTemplateSpec": _template,
    "ReplicationController": _replicated,
    "RoleRef": _role_ref,
    "Secret": _secret,
    "ServicePort": _service_port,
    "ServiceSpec": _service_spec,
    "StatefulSetSpec": _stateful_set_spec,
    "StatefulSetUpdateStrategy": _stateful_set_strategy,
    "Subject": _subject,
    "Volume": _volume,
}


def _extensions(resource: ResourceType, obj: Object) -> Object:
    """The old group's own defaults, before those of apps. Source: apis/extensions/v1beta1/defaults.go."""
    spec = obj.get("spec")
    if not isinstance(spec, dict) or resource.plural not in ("deployments", "replicasets", "daemonsets"):
        return obj
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels:
        spec = _with(spec, selector={"matchLabels": labels})
    if resource.plural == "deployments":
        spec = _with(spec, progressDeadlineSeconds=_EXTENSIONS_LIMIT, revisionHistoryLimit=_EXTENSIONS_LIMIT)
        strategy = _with(spec.get("strategy") or {}, type="RollingUpdate")
        spec = {**spec, "strategy": _rolling_update(strategy, maxSurge=1, maxUnavailable=1)}
    if resource.plural == "daemonsets":
        spec = _with(spec, updateStrategy={"type": "OnDelete"})
    meta = obj.get("metadata") or {}
    if labels and not meta.get("labels"):
        obj = {**obj, "metadata": {**meta, "labels": labels}}
    return {**obj, "spec": spec}
