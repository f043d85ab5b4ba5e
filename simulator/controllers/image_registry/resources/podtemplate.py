"""The registry's pod. Source: pkg/resource/podtemplatespec.go, release-4.2."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from simulator.api.gvrs import NAMESPACES, PROXIES
from simulator.client.client import Client
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.names import (
    CERTIFICATES,
    CONFIG,
    LABELS,
    NAMESPACE,
    PORT,
    REGISTRY,
    SERVICE_ACCOUNT,
    SUPPLEMENTAL_GROUPS,
    TLS_SECRET,
    TRUSTED_CA,
)
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object, StatusError

Variable = tuple[str, str]

LOG_LEVELS: Final = {0: "error", 1: "warn", 2: "info", 3: "info"}  # any other number: debug

CERTIFICATE_VOLUMES: Final[tuple[Object, ...]] = (
    {"name": "registry-tls", "projected": {"sources": [{"secret": {"name": TLS_SECRET}}]}},
    {"name": "registry-certificates", "configMap": {"name": CERTIFICATES}},
    {
        "name": "trusted-ca",
        "configMap": {
            "name": TRUSTED_CA,
            "items": [{"key": "ca-bundle.crt", "path": "anchors/ca-bundle.crt"}],
            "optional": True,
        },
    },
)
CERTIFICATE_MOUNTS: Final[tuple[Object, ...]] = (
    {"name": "registry-tls", "mountPath": "/etc/secrets"},
    {"name": "registry-certificates", "mountPath": "/etc/pki/ca-trust/source/anchors"},
    {"name": "trusted-ca", "mountPath": "/usr/share/pki/ca-trust-source"},
)
DEPENDENCY_CONFIGMAPS: Final = (CERTIFICATES, TRUSTED_CA)
PROXY_VARIABLES: Final = (  # (variable, key of spec.proxy, key of the cluster proxy's status)
    ("HTTP_PROXY", "http", "httpProxy"),
    ("HTTPS_PROXY", "https", "httpsProxy"),
    ("NO_PROXY", "noProxy", "noProxy"),
)
DEFAULT_RESOURCES: Final[Object] = {"requests": {"cpu": "100m", "memory": "256Mi"}}
SPREAD: Final[Object] = {  # it selects no pods, so in truth it spreads nothing
    "podAntiAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {
                "weight": 100,
                "podAffinityTerm": {"namespaces": [NAMESPACE], "topologyKey": "kubernetes.io/hostname"},
            }
        ]
    }
}


def pod_template(work: Work, driver: Driver) -> Object:
    """The template without the checksum of its dependencies. OperatorError for settings that cannot be meant."""
    spec = work.config.spec
    storage_volumes, storage_mounts = driver.volumes()
    container = {
        "name": "registry",
        "image": work.environment.image,
        "ports": [{"containerPort": PORT, "protocol": "TCP"}],
        "env": [*driver.env(), *({"name": name, "value": value} for name, value in environment(work))],
        "volumeMounts": [*storage_mounts, *CERTIFICATE_MOUNTS],
        "livenessProbe": {**_probe(), "initialDelaySeconds": 10},
        "readinessProbe": _probe(),
        "resources": spec.get("resources", DEFAULT_RESOURCES),
    }
    optional = {key: spec[key] for key in ("tolerations", "nodeSelector") if spec.get(key)}
    pod_spec = {
        **optional,
        "priorityClassName": "system-cluster-critical",
        "containers": [container],
        "volumes": [*storage_volumes, *CERTIFICATE_VOLUMES],
        "serviceAccountName": SERVICE_ACCOUNT,
        "securityContext": {"fsGroup": fs_group(work.client)},
        "affinity": SPREAD,
    }
    return {"metadata": {"labels": LABELS}, "spec": pod_spec}


def dependency_secrets(driver: Driver) -> list[str]:
    """The Secrets whose content rolls the pods."""
    references = (variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name") for variable in driver.env())
    return [TLS_SECRET, *(name for name in references if name)]


def environment(work: Work) -> list[Variable]:
    """The variables after those of the storage."""
    spec = work.config.spec
    return [
        ("REGISTRY_HTTP_ADDR", f":{PORT}"),
        ("REGISTRY_HTTP_NET", "tcp"),
        ("REGISTRY_HTTP_SECRET", spec["httpSecret"]),
        ("REGISTRY_LOG_LEVEL", LOG_LEVELS.get(spec["logging"], "debug")),
        ("REGISTRY_OPENSHIFT_QUOTA_ENABLED", "true"),
        ("REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR", "inmemory"),
        ("REGISTRY_STORAGE_DELETE_ENABLED", "true"),
        ("REGISTRY_OPENSHIFT_METRICS_ENABLED", "true"),
        ("REGISTRY_OPENSHIFT_SERVER_ADDR", f"{REGISTRY}.{NAMESPACE}.svc:{PORT}"),
        *([("REGISTRY_STORAGE_MAINTENANCE_READONLY", "{enabled: true}")] if spec["readOnly"] else []),
        *([("REGISTRY_STORAGE_REDIRECT_DISABLE", "true")] if spec.get("disableRedirect") else []),
        *_proxy(work.client, spec["proxy"]),
        *_limits("Read", spec["requests"]["read"]),
        *_limits("Write", spec["requests"]["write"]),
        ("REGISTRY_HTTP_TLS_CERTIFICATE", "/etc/secrets/tls.crt"),
        ("REGISTRY_HTTP_TLS_KEY", "/etc/secrets/tls.key"),
    ]


def fs_group(client: Client) -> int:
    """The first supplemental group of the namespace's range ``1000320000/10000``."""
    try:
        annotations = client.get(NAMESPACES, NAMESPACE)["metadata"].get("annotations") or {}
        return _first_group(annotations.get(SUPPLEMENTAL_GROUPS))
    except (StatusError, OperatorError) as error:
        raise OperatorError(f"generate security context for deployment config: {error}") from error


def _first_group(groups: str | None) -> int:
    if groups is None:
        raise OperatorError(f'namespace "{NAMESPACE}" doesn\'t have annotation {SUPPLEMENTAL_GROUPS}')
    first, slash, _ = groups.partition("/")
    if not slash:
        raise OperatorError(f"annotation {SUPPLEMENTAL_GROUPS} in namespace \"{NAMESPACE}\" doesn't contain '/'")
    if not re.fullmatch(r"[+-]?\d+", first):
        raise OperatorError(
            f'unable to parse annotation {SUPPLEMENTAL_GROUPS} in namespace "{NAMESPACE}": '
            f'strconv.ParseInt: parsing "{first}": invalid syntax'
        )
    return int(first)


def _probe() -> dict[str, Any]:
    return {"httpGet": {"path": "/healthz", "port": PORT, "scheme": "HTTPS"}, "timeoutSeconds": 5}


def _proxy(client: Client, own: Object) -> Iterable[Variable]:
    """Each from the Config, else from the cluster's proxy, else not at all."""
    cluster = (client.get_or_none(PROXIES, CONFIG) or {}).get("status") or {}
    for name, key, cluster_key in PROXY_VARIABLES:
        if value := own[key] or cluster.get(cluster_key):
            yield name, value


def _limits(which: str, limits: Object) -> Iterable[Variable]:
    """``which``: Read or Write. OperatorError when a number is negative."""
    numbers = (("MaxRunning", limits["maxRunning"]), ("MaxInQueue", limits["maxInQueue"]))
    if not any(number for _, number in numbers):
        return
    for name, number in numbers:
        if number < 0:
            raise OperatorError(f"Requests.{which}.{name} must be positive number")
    for name, value in (*numbers, ("MaxWaitInQueue", limits["maxWaitInQueue"])):
        yield f"REGISTRY_OPENSHIFT_REQUESTS_{which.upper()}_{name.upper()}", str(value)
