"""What a reader wants to know of a profile's objects, group by group, as plain values: of one, or to compare two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from simulator.api.quantity import parse
from simulator.errors import Object
from simulator.log.state import State
from simulator.profiles import Profile
from simulator.runtime.clock import rfc3339

Facts = Mapping[str, Mapping[str, Any]]
"""By name; what one of them is, field by field."""

_ROLE = "node-role.kubernetes.io/"
_TYPES = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
_ZONES = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_REGISTRY_KEPT = ("managementState", "replicas", "rolloutStrategy", "storage", "defaultRoute", "readOnly", "logLevel",
                  "logging", "operatorLogLevel")  # fmt: skip


def cluster(profile: Profile, state: State) -> Object:
    """The one row of the cluster itself."""
    found = _one(state, "infrastructures.config.openshift.io", "cluster").get("status") or {}
    platform = found.get("platformStatus") or {}
    kind = platform.get("type") or found.get("platform") or "none"
    network = _one(state, "networks.config.openshift.io", "cluster")
    row = {
        "platform": kind,
        "region": (platform.get(kind.lower()) or {}).get("region"),
        "network": (network.get("status") or network.get("spec") or {}).get("networkType"),
        "apiServer": profile.server,
        "infrastructureName": found.get("infrastructureName"),
        "clockStarts": rfc3339(profile.start),
    }
    return {key: value for key, value in row.items() if value}


def nodes(state: State) -> Facts:
    return {name: _node(node) for name, node in _objects(state, "nodes")}


def storage_classes(state: State) -> Facts:
    return {name: _storage_class(one) for name, one in _objects(state, "storageclasses.storage.k8s.io")}


def registry(state: State) -> Object:
    """The registry operator's Config, without what is secret in it or generated; {} when there is none."""
    spec = _one(state, "configs.imageregistry.operator.openshift.io", "cluster").get("spec") or {}
    kept = {key: spec[key] for key in _REGISTRY_KEPT if key in spec}
    return dict(_flat(kept))


def cluster_operators(state: State) -> Facts:
    return {name: _operator(one) for name, one in _objects(state, "clusteroperators.config.openshift.io")}


def projects(state: State) -> Facts:
    return {name: {} for name, _ in _objects(state, "namespaces")}


def claims(state: State) -> Facts:
    found = state.list("persistentvolumeclaims")
    return {
        f"{one.object['metadata']['namespace']}/{one.object['metadata']['name']}": _claim(one.object) for one in found
    }


def csi_drivers(state: State) -> Facts:
    return {name: {} for name, _ in _objects(state, "csidrivers.storage.k8s.io")}


def counts(state: State) -> Mapping[str, int]:
    """How many objects of each resource of the API; the model's own are left out."""
    return {name: len(state.list(name)) for name in state.resources() if not name.endswith(".ocsim.dev")}


GROUPS: Final[Mapping[str, Callable[[State], Facts]]] = {
    "nodes": nodes,
    "storageClasses": storage_classes,
    "csiDrivers": csi_drivers,
    "claims": claims,
    "clusterOperators": cluster_operators,
    "projects": projects,
}
"""What has names of its own, in the order in which a reader meets it."""


# -- rows


def _node(node: Object) -> Object:
    labels, status = node["metadata"].get("labels") or {}, node.get("status") or {}
    capacity, info = status.get("capacity") or {}, status.get("nodeInfo") or {}
    roles = sorted(key.removeprefix(_ROLE) for key in labels if key.startswith(_ROLE))
    row = {
        "roles": ",".join(roles),
        "type": _first(labels, _TYPES),
        "zone": _first(labels, _ZONES),
        "cpu": capacity.get("cpu"),
        "memory": _gibibytes(capacity.get("memory")),
        "kubelet": info.get("kubeletVersion"),
        "runtime": info.get("containerRuntimeVersion"),
        "os": info.get("osImage"),
    }
    return {key: value for key, value in row.items() if value}


def _storage_class(one: Object) -> Object:
    annotations = one["metadata"].get("annotations") or {}
    row = {
        "provisioner": one.get("provisioner"),
        "default": "yes" if annotations.get(_DEFAULT_CLASS) == "true" else "",
        "reclaimPolicy": one.get("reclaimPolicy"),
        "binding": one.get("volumeBindingMode"),
        "expansion": "yes" if one.get("allowVolumeExpansion") else "",
        **{f"parameters.{key}": value for key, value in (one.get("parameters") or {}).items() if "secret" not in key},
    }
    return {key: value for key, value in row.items() if value}


def _operator(one: Object) -> Object:
    status = one.get("status") or {}
    version = next((row["version"] for row in status.get("versions") or () if row.get("name") == "operator"), "")
    bad = {"Available": "False", "Progressing": "True", "Degraded": "True"}
    conditions = {row.get("type"): row.get("status") for row in status.get("conditions") or ()}
    unwell = [kind for kind, value in bad.items() if conditions.get(kind) == value]
    row = {"version": version, "state": "".join(f"{kind}={conditions[kind]} " for kind in unwell).strip()}
    return {key: value for key, value in row.items() if value}


def _claim(one: Object) -> Object:
    spec = one.get("spec") or {}
    row = {
        "status": (one.get("status") or {}).get("phase"),
        "size": ((spec.get("resources") or {}).get("requests") or {}).get("storage"),
        "modes": ",".join(spec.get("accessModes") or ()),
        "class": spec.get("storageClassName"),
    }
    return {key: value for key, value in row.items() if value}


# -- shared


def _objects(state: State, resource: str) -> Iterator[tuple[str, Object]]:
    return ((one.object["metadata"]["name"], one.object) for one in state.list(resource))


def _one(state: State, resource: str, name: str) -> Object:
    stored = state.get(resource, "", name)
    return {} if stored is None else stored.object


def _first(labels: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((labels[key] for key in keys if labels.get(key)), "")


def _gibibytes(quantity: str | None) -> str:
    """``61.9Gi``."""
    try:
        return f"{float(parse(str(quantity))) / 2**30:.1f}Gi" if quantity else ""
    except ValueError:
        return str(quantity)


def _flat(value: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """``storage.s3.bucket`` and its value, for all leaves that hold something; an empty mapping is ``{}``."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flat(item, f"{above}.{key}" if above else str(key))
    elif value not in ("", None):
        yield above, value
