"""Defaults that depend on other fields or on the release. Source: SetDefaults_* of the groups' defaults.go.

What is the same for all objects of a type is data: ``schemas/defaults.yaml``.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from simulator.changes.api import (
    AUTOSCALING_V2,
    DAEMON_SETS_SURGE,
    DEFINITIONS_HAVE_A_VERSION,
    EMPTY_CREATION_TIMESTAMPS,
    INTERNAL_TRAFFIC_POLICY,
    JOB_DEFAULTS,
)
from simulator.errors import Object
from simulator.release import Dated

Compute = Callable[[Object, Dated], Object]


def with_missing(obj: Object, **missing: Any) -> Object:
    """``obj`` with those of ``missing`` that it lacks; the same object when it lacks none."""
    changes = {key: value for key, value in missing.items() if key not in obj}
    return {**obj, **changes} if changes else obj


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
        return {**container, "ports": [with_missing(port, hostPort=port.get("containerPort")) for port in ports]}

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


def _template(template: Object, release: Dated) -> Object:
    """The metadata of a template shows an empty creationTimestamp as long as Go's JSON cannot leave it out."""
    if not EMPTY_CREATION_TIMESTAMPS.at(release):
        return template if "metadata" in template else {**template, "metadata": {}}
    meta = template.get("metadata") or {}
    return template if "creationTimestamp" in meta else {**template, "metadata": {"creationTimestamp": None, **meta}}


def rolling_update(strategy: Object, **parts: Any) -> Object:
    if strategy.get("type") != "RollingUpdate":
        return strategy
    filled = with_missing(strategy.get("rollingUpdate") or {}, **parts)
    return strategy if filled is strategy.get("rollingUpdate") else {**strategy, "rollingUpdate": filled}


def _deployment_strategy(strategy: Object) -> Object:
    strategy = with_missing(strategy, type="RollingUpdate")
    return rolling_update(strategy, maxSurge="25%", maxUnavailable="25%")


def _daemon_set_strategy(strategy: Object, release: Dated) -> Object:
    surge = {"maxSurge": 0} if DAEMON_SETS_SURGE.at(release) else {}
    return rolling_update(with_missing(strategy, type="RollingUpdate"), maxUnavailable=1, **surge)


def _stateful_set_strategy(strategy: Object) -> Object:
    return rolling_update(with_missing(strategy, type="RollingUpdate"), partition=0)


def _stateful_set_spec(spec: Object, release: Dated) -> Object:
    claims = spec.get("volumeClaimTemplates")
    if not claims:
        return spec
    shown = [_template(claim, release) for claim in claims]
    if all(new is old for new, old in zip(shown, claims, strict=True)):
        return spec
    return {**spec, "volumeClaimTemplates": shown}


def _job(job: Object, release: Dated) -> Object:
    """Only of a job: the template of a cron job stays as it was written."""
    spec = job.get("spec") or {}
    alone = {"completions": 1} if "completions" not in spec and "parallelism" not in spec else {}
    filled = with_missing(spec, backoffLimit=6, **alone, parallelism=1, **JOB_DEFAULTS.at(release))
    return job if filled is spec else {**job, "spec": filled}


def _service_spec(spec: Object, release: Dated) -> Object:
    if INTERNAL_TRAFFIC_POLICY.at(release) and spec.get("type") != "ExternalName":
        spec = with_missing(spec, internalTrafficPolicy="Cluster")
    if INTERNAL_TRAFFIC_POLICY.at(release) and spec.get("type") == "LoadBalancer":
        spec = with_missing(spec, allocateLoadBalancerNodePorts=True)
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        spec = with_missing(spec, externalTrafficPolicy="Cluster")
    if spec.get("sessionAffinity") == "ClientIP":
        spec = with_missing(spec, sessionAffinityConfig={"clientIP": {"timeoutSeconds": 10800}})
    return spec


def _service_port(port: Object) -> Object:
    return with_missing(port, targetPort=port["port"]) if "port" in port else port


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
    return with_missing(subject, apiGroup=group) if group else subject


def _role_ref(reference: Object) -> Object:
    return with_missing(reference, apiGroup="rbac.authorization.k8s.io")


def _autoscaler_spec(spec: Object, release: Dated) -> Object:
    """80 % of the CPU. Version 2 says so as a metric."""
    if not AUTOSCALING_V2.at(release):
        return with_missing(spec, targetCPUUtilizationPercentage=80)
    cpu = {"name": "cpu", "target": {"averageUtilization": 80, "type": "Utilization"}}
    return spec if spec.get("metrics") else {**spec, "metrics": [{"resource": cpu, "type": "Resource"}]}


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


def _custom_resource(spec: Object, release: Dated) -> Object:
    names = spec.get("names") or {}
    kind = names.get("kind", "")
    filled = with_missing(names, singular=kind.lower(), listKind=f"{kind}List")
    if DEFINITIONS_HAVE_A_VERSION.at(release):
        spec = _versioned(spec)
    return spec if filled is names else {**spec, "names": filled}


def _versioned(spec: Object) -> Object:
    """The oldest definitions have one ``version``, or ``versions`` of which it is the first."""
    if "version" in spec and not spec.get("versions"):
        spec = {**spec, "versions": [{"name": spec["version"], "served": True, "storage": True}]}
    elif spec.get("versions") and "version" not in spec:
        spec = {**spec, "version": spec["versions"][0]["name"]}
    return spec


# -- OpenShift's own. Source: openshift-apiserver, pkg/apps/apis/apps/v1/defaults.go


def _deployment_config(config: Object) -> Object:
    """The tag that a trigger follows is one of the config's own namespace, unless it says another."""
    spec = config.get("spec") or {}
    triggers = [_trigger(one, config) for one in spec.get("triggers") or ()]
    if all(new is old for new, old in zip(triggers, spec.get("triggers") or (), strict=True)):
        return config
    return {**config, "spec": {**spec, "triggers": triggers}}


def _trigger(trigger: Object, config: Object) -> Object:
    params = trigger.get("imageChangeParams")
    if params is None:
        return trigger
    source = params.get("from") or {}
    filled = with_missing(source, kind="ImageStreamTag", namespace=(config.get("metadata") or {}).get("namespace", ""))
    return trigger if filled is source else {**trigger, "imageChangeParams": {**params, "from": filled}}


def _deployment_config_spec(spec: Object) -> Object:
    if spec.get("triggers") is None:
        spec = {**spec, "triggers": [{"type": "ConfigChange"}]}
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    return {**spec, "selector": labels} if labels and not spec.get("selector") else spec


def _openshift_strategy(strategy: Object) -> Object:
    strategy = with_missing(strategy, type="Rolling", activeDeadlineSeconds=21600)
    if strategy["type"] == "Rolling" and "rollingParams" not in strategy:
        return {**strategy, "rollingParams": _rolling_params({})}
    if strategy["type"] == "Recreate" and "recreateParams" not in strategy:
        return {**strategy, "recreateParams": {"timeoutSeconds": 600}}
    return strategy


def _rolling_params(params: Object) -> Object:
    params = with_missing(params, intervalSeconds=1, timeoutSeconds=600, updatePeriodSeconds=1)
    none = (0, "0%")
    if "maxSurge" not in params and params.get("maxUnavailable") in (None, *none):
        params = {**params, "maxSurge": "25%"}
        return with_missing(params, maxUnavailable="25%")
    if "maxUnavailable" not in params and params["maxSurge"] in none:
        return {**params, "maxUnavailable": "25%"}
    return with_missing(params, maxSurge=0, maxUnavailable=0)


def _always(fill: Callable[[Object], Object]) -> Compute:
    """What is the same in every release."""
    return lambda obj, _release: fill(obj)


COMPUTED: Final[Mapping[str, Compute]] = {
    "apps.openshift.io.DeploymentStrategy": _always(_openshift_strategy),
    "Container": _always(_container),
    "CustomResourceDefinitionSpec": _custom_resource,
    "DaemonSetUpdateStrategy": _daemon_set_strategy,
    "DeploymentConfig": _always(_deployment_config),
    "DeploymentConfigSpec": _always(_deployment_config_spec),
    "DeploymentStrategy": _always(_deployment_strategy),
    "EphemeralContainer": _always(_container),
    "HorizontalPodAutoscalerSpec": _autoscaler_spec,
    "Job": _job,
    "JobTemplateSpec": _template,
    "NetworkPolicySpec": _always(_network_policy_spec),
    "Node": _always(_node),
    "PodSpec": _always(_pod_spec),
    "PodTemplateSpec": _template,
    "ReplicationController": _always(_replicated),
    "RollingDeploymentStrategyParams": _always(_rolling_params),
    "RoleRef": _always(_role_ref),
    "Secret": _always(_secret),
    "ServicePort": _always(_service_port),
    "ServiceSpec": _service_spec,
    "StatefulSetSpec": _stateful_set_spec,
    "StatefulSetUpdateStrategy": _always(_stateful_set_strategy),
    "Subject": _always(_subject),
    "Volume": _always(_volume),
}
"""By the type that a function fills in."""
