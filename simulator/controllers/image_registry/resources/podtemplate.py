"""The registry's pod. Most of it is data: ``pod.yaml``. Source: pkg/resource/podtemplatespec.go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from simulator.api.gvrs import NODES, PROXIES
from simulator.changes.registry import CREDENTIALS_FILE, LEVELS_OF_LOGGING, REPLICAS_ON_DIFFERENT_NODES
from simulator.client.client import Client
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.names import CONFIG, LABELS, NAMESPACE, PORT, SERVICE_ACCOUNT
from simulator.controllers.image_registry.resources.fsgroup import fs_group
from simulator.controllers.image_registry.resources.parts import Rows, parts, settings
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object

Variable = tuple[str, str]

DEBUG_LEVELS: Final = frozenset({"Debug", "Trace", "TraceAll"})
PROXY_VARIABLES: Final = (  # (variable, key of spec.proxy, key of the cluster proxy's status)
    ("HTTP_PROXY", "http", "httpProxy"),
    ("HTTPS_PROXY", "https", "httpsProxy"),
    ("NO_PROXY", "noProxy", "noProxy"),
)
DEFAULT_RESOURCES: Final[Object] = {"requests": {"cpu": "100m", "memory": "256Mi"}}
ZONE: Final = "topology.kubernetes.io/zone"
APART: Final[Object] = {
    "podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {
                "labelSelector": {"matchLabels": LABELS},
                "namespaces": [NAMESPACE],
                "topologyKey": "kubernetes.io/hostname",
            }
        ]
    }
}


def pod_template(work: Work, driver: Driver) -> Object:
    """The template without the checksum of its dependencies. OperatorError for settings that cannot be meant."""
    spec, table = work.config.spec, parts("pod.yaml", work.release)
    storage_volumes, storage_mounts = driver.volumes()
    variables = [{"name": name, "value": value} for name, value in environment(work, table["environment"])]
    container = {
        "name": "registry",
        "image": work.environment.image,
        "ports": [{"containerPort": PORT, "protocol": "TCP"}],
        "env": [*driver.env(), *variables],
        "volumeMounts": [*storage_mounts, *(_mount(row) for row in table["volumes"])],
        **settings(table["container"]),
        "resources": spec.get("resources", DEFAULT_RESOURCES),
    }
    pod_spec = {
        "priorityClassName": "system-cluster-critical",
        "containers": [container],
        "volumes": [*storage_volumes, *({"name": row["name"], **row["source"]} for row in table["volumes"])],
        "serviceAccountName": SERVICE_ACCOUNT,
        "securityContext": {"fsGroup": fs_group(work.client), **settings(table["securityContext"])},
        **settings(table["pod"]),
        **_placement(work),
    }
    annotations = settings(table["annotations"])
    metadata = {"labels": LABELS, **({"annotations": annotations} if annotations else {})}
    return {"metadata": metadata, "spec": pod_spec}


def dependencies(work: Work, driver: Driver) -> tuple[list[str], list[str]]:
    """The ConfigMaps and the Secrets whose content rolls the pods."""
    storage_volumes = driver.volumes()[0] if CREDENTIALS_FILE.at(work.release) else []
    own_volumes = [row["source"] for row in parts("pod.yaml", work.release)["volumes"]]
    configmaps, secrets = [], [*_referenced_secrets(driver.env())]
    for volume in (*storage_volumes, *own_volumes):
        if "configMap" in volume:
            configmaps.append(volume["configMap"]["name"])
        elif "secret" in volume:
            secrets.append(volume["secret"]["secretName"])
        else:
            sources = volume.get("projected", {}).get("sources", ())
            secrets.extend(one["secret"]["name"] for one in sources if "secret" in one)
    return configmaps, secrets


def environment(work: Work, rows: Rows) -> Iterator[Variable]:
    """The variables after those of the storage."""
    spec = work.config.spec
    own = {"{httpSecret}": spec.get("httpSecret", ""), "{logLevel}": _log_level(work)}
    yield from ((row["name"], own.get(row["value"], str(row["value"]))) for row in rows)
    if spec.get("readOnly"):
        yield "REGISTRY_STORAGE_MAINTENANCE_READONLY", "{enabled: true}"
    if spec.get("disableRedirect"):
        yield "REGISTRY_STORAGE_REDIRECT_DISABLE", "true"
    yield from _proxy(work.client, spec["proxy"])
    yield from _limits("Read", spec["requests"]["read"])
    yield from _limits("Write", spec["requests"]["write"])
    yield "REGISTRY_HTTP_TLS_CERTIFICATE", "/etc/secrets/tls.crt"
    yield "REGISTRY_HTTP_TLS_KEY", "/etc/secrets/tls.key"


def _log_level(work: Work) -> str:
    """spec.logLevel can only ask for more; the old spec.logging says the rest."""
    if work.config.spec.get("logLevel") in DEBUG_LEVELS:
        return "debug"
    known = LEVELS_OF_LOGGING.at(work.release)
    number: int = work.config.spec.get("logging", 0)
    return known[number] if 0 <= number < len(known) else "debug"


def _placement(work: Work) -> Object:
    """Where the pods may run: what the Config says, else what keeps them apart."""
    spec, table = work.config.spec, parts("pod.yaml", work.release)
    selector = {**settings(table["nodeSelector"]), **spec.get("nodeSelector", {})}
    spread = spec.get("topologySpreadConstraints") or ([] if spec.get("nodeSelector") else _spread(work))
    affinity = spec.get("affinity")
    if affinity is None and spec["replicas"] == 2 and REPLICAS_ON_DIFFERENT_NODES.at(work.release):
        affinity = APART
    chosen = {
        "tolerations": spec.get("tolerations"),
        "nodeSelector": selector,
        "affinity": affinity,
        "topologySpreadConstraints": spread,
    }
    return {key: value for key, value in chosen.items() if value}


def _spread(work: Work) -> list[Object]:
    rows = parts("pod.yaml", work.release)["spread"]
    zones = any(row.get("zone") for row in rows) and bool(work.client.list(NODES, labels=ZONE))
    return [
        {
            "maxSkew": 1,
            "topologyKey": row["topologyKey"],
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": LABELS},
        }
        for row in rows
        if zones or not row.get("zone")
    ]


def _mount(row: Mapping[str, Any]) -> Object:
    read_only = {"readOnly": True} if row.get("readOnly") else {}
    return {"name": row["name"], "mountPath": row["at"], **read_only}


def _referenced_secrets(variables: Iterable[Object]) -> Iterator[str]:
    for variable in variables:
        if name := variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name"):
            yield name


def _proxy(client: Client, own: Object) -> Iterator[Variable]:
    """Each from the Config, else from the cluster's proxy, else not at all."""
    cluster = (client.get_or_none(PROXIES, CONFIG) or {}).get("status") or {}
    for name, key, cluster_key in PROXY_VARIABLES:
        if value := own.get(key) or cluster.get(cluster_key):
            yield name, value


def _limits(which: str, limits: Object) -> Iterator[Variable]:
    """``which``: Read or Write. OperatorError when a number is negative."""
    numbers = (("MaxRunning", limits.get("maxRunning", 0)), ("MaxInQueue", limits.get("maxInQueue", 0)))
    if not any(number for _, number in numbers):
        return
    for name, number in numbers:
        if number < 0:
            raise OperatorError(f"Requests.{which}.{name} must be positive number")
    for name, value in (*numbers, ("MaxWaitInQueue", limits["maxWaitInQueue"])):
        yield f"REGISTRY_OPENSHIFT_REQUESTS_{which.upper()}_{name.upper()}", str(value)
