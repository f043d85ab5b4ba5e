"""What the objects of a dump refer to and the dump does not hold: made up, so that controllers find it.

Namespaces, nodes, service accounts, and the Secrets and ConfigMaps that pods read.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from simulator.controllers import trusted_ca
from simulator.controllers.certificates import certificate, encoded, private_key
from simulator.controllers.context import controller_of
from simulator.controllers.image_registry.names import OPERATOR
from simulator.controllers.labels import annotations_of, labels_of
from simulator.controllers.namespace import MCS, SUPPLEMENTAL_GROUPS, UID_RANGE
from simulator.controllers.service_ca import BUNDLE_KEY, INJECT
from simulator.controllers.serviceaccount_tokens import NAME, TOKEN_TYPE, UID, json_web_token
from simulator.errors import Object
from simulator.infra.registry import NAMESPACE as REGISTRY
from simulator.profiles.importing import s3keys
from simulator.profiles.importing.kinds import Item, Items, Kinds, place_of
from simulator.profiles.importing.placeholders import NAMED, WORD
from simulator.profiles.importing.report import Report
from simulator.profiles.importing.stamps import WORKLOADS, made_uid
from simulator.runtime.clock import rfc3339

_PRIVATE: Final = "image-registry-private-configuration"
_TOKEN: Final = "-token-"
_MASTERS: Final = ("openshift-kube-apiserver", "openshift-etcd", "openshift-kube-scheduler")
_FIRST_OF_RANGES, _RANGE = 1_000_000_000, 10_000
_CAPACITY: Final = {"cpu": "16", "memory": "65536000Ki", "pods": "250", "ephemeral-storage": "125277164Ki"}


def _asks_for_service_ca(configmap: Object) -> bool:
    return any(f"service.{era}.openshift.io/{INJECT}" in annotations_of(configmap) for era in ("alpha", "beta"))


def _asks_for_trusted_ca(configmap: Object) -> bool:
    return labels_of(configmap).get(trusted_ca.LABEL) == "true"


_BUNDLES: Final = (
    (("openshift-service-ca", "signing-cabundle", "ca-bundle.crt"), _asks_for_service_ca, BUNDLE_KEY),
    (("openshift-config-managed", trusted_ca.SOURCE.name, "ca-bundle.crt"), _asks_for_trusted_ca, "ca-bundle.crt"),
)
"""Where the controllers look for a bundle, which ConfigMaps ask for it, and under which key they have it."""


class Gaps:
    """Adds to ``items``; ``now`` is the moment of the dump."""

    def __init__(self, items: Items, kinds: Kinds, kubelet: str, now: float, report: Report) -> None:
        self._items, self._kinds, self._report = items, kinds, report
        self._kubelet, self._now = kubelet, now

    def fill(self) -> None:
        self._authorities()
        self._operator()
        self._claims()
        self._namespaces()
        self._nodes()
        self._accounts()
        wanted: dict[tuple[str, str, str], set[str]] = {}
        for where, spec in self._pod_specs():
            for kind, name, keys in _references(spec):
                wanted.setdefault((kind, where, name), set()).update(keys)
        for (kind, where, name), keys in wanted.items():
            self._content(kind, where, name, keys)
        self._driver_secrets()
        if ("namespaces", "", "openshift-config") in self._items:
            body = _opaque("pull-secret", {".dockerconfigjson"})
            self._add("secrets", "openshift-config", "pull-secret", body, "the pull secret of the cluster, empty")
        self._cloud_credentials()

    # -- authorities

    def _authorities(self) -> None:
        """The bundles that are injected into ConfigMaps, told by one that has it: another one would start roll-outs."""
        for (namespace, name, key), asks, held in _BUNDLES:
            found = (item.object.get("data") or {} for item in self._of("configmaps") if asks(item.object))
            bundle = next((data[held] for data in found if data.get(held)), None)
            if bundle is not None:
                why = "a bundle of authorities that ConfigMaps have"
                self._add("configmaps", namespace, name, {"data": {key: bundle}}, why)

    # -- what would start on its own, or be taken down

    def _operator(self) -> None:
        """The registry's operator, where the dump has none: there without a pod, so that nobody acts."""
        labels = {"name": OPERATOR, "ocsim.dev/imported": "absent"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": OPERATOR, "image": OPERATOR}]}}
        spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
        why = "the registry's operator, without a pod: nobody acts on the registry"
        self._add("deployments.apps", REGISTRY, OPERATOR, {"spec": spec}, why)

    def _claims(self) -> None:
        """Those that volumes are bound to: a volume without its claim would be deleted with what is in it."""
        for item in self._of("persistentvolumes"):
            spec, reference = item.object["spec"], item.object["spec"].get("claimRef") or {}
            if (item.object.get("status") or {}).get("phase") != "Bound" or not reference.get("namespace"):
                continue
            size = {"storage": (spec.get("capacity") or {}).get("storage", "1Gi")}
            wanted = {
                "accessModes": spec.get("accessModes") or ["ReadWriteOnce"],
                "resources": {"requests": size},
                "storageClassName": spec.get("storageClassName", ""),
                "volumeMode": spec.get("volumeMode", "Filesystem"),
                "volumeName": item.key[2],
            }
            status = {"phase": "Bound", "accessModes": wanted["accessModes"], "capacity": size}
            annotations = {"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes"}
            meta = {"annotations": annotations, "finalizers": ["kubernetes.io/pvc-protection"]}
            meta |= {"uid": reference["uid"]} if reference.get("uid") else {}
            body = {"metadata": meta, "spec": wanted, "status": status}
            where = (reference["namespace"], reference["name"])
            self._add("persistentvolumeclaims", *where, body, "the claim that a volume is bound to")

    # -- namespaces and nodes

    def _namespaces(self) -> None:
        for name in sorted({namespace for _, namespace, _ in self._items if namespace}):
            spec: Object = {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
            ranges = _ranges(item.object for item in self._of("pods") if item.key[1] == name)
            spec["metadata"] = {"annotations": ranges} if ranges else {}
            self._add("namespaces", "", name, spec, "a namespace that objects are in")

    def _nodes(self) -> None:
        pods: dict[str, list[Object]] = {}
        daemons: dict[str, set[str]] = {}
        for item in self._of("pods"):
            if node := item.object["spec"].get("nodeName"):
                pods.setdefault(node, []).append(item.object)
                owner = controller_of(item.object)
                if owner is not None and owner.get("kind") == "DaemonSet":
                    daemons.setdefault(str(owner.get("uid")), set()).add(node)
        for name, on_it in sorted(pods.items()):
            shunned = any(name not in nodes for nodes in daemons.values()) and all(map(_tolerates_masters, on_it))
            is_master = shunned or any(pod["metadata"]["namespace"] in _MASTERS for pod in on_it)
            node = self._node(name, on_it, "master" if is_master else "worker")
            self._add("nodes", "", name, node, "a node that pods run on")

    def _node(self, name: str, pods: list[Object], role: str) -> Object:
        """A node that is well, with the labels that its pods asked for.

        Masters run what only masters do, or are shunned by a daemon that others have.
        """
        labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", f"node-role.kubernetes.io/{role}": ""}
        for pod in pods:
            labels |= pod["spec"].get("nodeSelector") or {}
        taints = [{"key": f"node-role.kubernetes.io/{role}", "effect": "NoSchedule"}] if role == "master" else []
        address = next((pod["status"]["hostIP"] for pod in pods if (pod.get("status") or {}).get("hostIP")), "")
        addresses = [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}]
        now = rfc3339(self._now)
        ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": now,
                 "lastTransitionTime": now, "message": "kubelet is posting ready status"}  # fmt: skip
        info = {"kubeletVersion": self._kubelet, "operatingSystem": "linux", "architecture": "amd64"}
        status = {"addresses": addresses, "capacity": _CAPACITY, "allocatable": _CAPACITY, "conditions": [ready]}
        spec = {"taints": taints} if taints else {}
        return {"metadata": {"labels": labels}, "spec": spec, "status": {**status, "nodeInfo": info}}

    # -- what pods need

    def _accounts(self) -> None:
        """The accounts of pods, and those that tokens belong to: a token without its account would be deleted."""
        wanted = {(where, str(spec.get("serviceAccountName") or "default")): "" for where, spec in self._pod_specs()}
        for item in self._of("secrets"):
            annotations = item.object["metadata"].get("annotations") or {}
            if NAME in annotations and UID in annotations:
                wanted[item.key[1], annotations[NAME]] = annotations[UID]
        for (namespace, name), uid in sorted(wanted.items()):
            meta = {"metadata": {"uid": uid}} if uid else {}
            self._add("serviceaccounts", namespace, name, meta, "a service account that pods or tokens belong to")

    def _content(self, kind: str, namespace: str, name: str, keys: set[str]) -> None:
        if kind == "configmaps":
            body: Object = {"data": dict.fromkeys(sorted(keys), "")}
            self._add(kind, namespace, name, body, "a ConfigMap that pods read")
            return
        account = self._items.get(("serviceaccounts", namespace, name.partition(_TOKEN)[0]))
        if _TOKEN in name and account is not None:
            self._add(kind, namespace, name, _token(account.object, name), "the token of a service account")
            return
        if (namespace, name) == (REGISTRY, _PRIVATE) and not keys:
            keys = {s3keys.FILE}  # a file in a volume: that it holds keys, no reference tells
        self._add(kind, namespace, name, _opaque(f"{namespace}/{name}", keys), "a Secret that pods read")

    def _driver_secrets(self) -> None:
        """Those that storage classes and volumes hand to CSI drivers."""
        for item in [*self._of("storageclasses.storage.k8s.io"), *self._of("persistentvolumes")]:
            for namespace, name in _driver_secrets(item.object):
                keys = {"adminID", "adminKey", "userID", "userKey"}
                body = _opaque(f"{namespace}/{name}", keys)
                body["data"] |= dict.fromkeys(("adminID", "userID"), encoded(name.removeprefix("rook-")))
                self._add("secrets", namespace, name, body, "a Secret that a CSI driver reads")

    def _cloud_credentials(self) -> None:
        """The keys that the registry's operator was given for its bucket: those that the registry has."""
        config = self._items.get(("configs.imageregistry.operator.openshift.io", "", "cluster"))
        private = self._items.get(("secrets", REGISTRY, _PRIVATE))
        users = ("secrets", REGISTRY, f"{_PRIVATE}-user")
        storage = ((config.object.get("spec") or {}).get("storage") or {}) if config is not None else {}
        if not storage.get("s3") or private is None or users in self._items:
            return
        held = {key: base64.b64decode(value).decode() for key, value in (private.object.get("data") or {}).items()}
        pair = s3keys.keys_in(held)
        data = {name: encoded(value) for name, value in zip(s3keys.MINTED, pair or (), strict=False)}
        why = "the keys of the cluster for its bucket"
        self._add("secrets", REGISTRY, "installer-cloud-credentials", {"type": "Opaque", "data": data}, why)

    # -- shared

    def _of(self, resource: str) -> list[Item]:
        return [item for key, item in self._items.items() if key[0] == resource]

    def _pod_specs(self) -> Iterator[tuple[str, Object]]:
        """(namespace, spec) of every pod and every pod template."""
        for key, item in self._items.items():
            if key[0] == "pods":
                yield key[1], item.object["spec"]
            elif key[0] in WORKLOADS:
                yield key[1], item.object["spec"]["template"]["spec"]

    def _add(self, resource: str, namespace: str, name: str, body: Object, why: str) -> None:
        """Add an object, unless it is there; the rest of its metadata is filled in later."""
        key, row = (resource, namespace, name), self._kinds.row_of_key(resource)
        if key in self._items or row is None:
            return
        self._report.make_up(place_of(key), why)
        meta = {"name": name, **({"namespace": namespace} if namespace else {}), **body.get("metadata", {})}
        obj = {"apiVersion": row.api_version, "kind": row.kind, **body, "metadata": meta}
        if "uid" not in meta:
            meta["uid"] = made_uid(key)
        self._items[key] = Item(obj, row)


def _driver_secrets(obj: Object) -> Iterator[tuple[str, str]]:
    """(namespace, name)."""
    parameters = obj.get("parameters") or {}
    for key, name in parameters.items():
        namespace = parameters.get(f"{key.removesuffix('name')}namespace")
        if key.endswith("-secret-name") and namespace and "${" not in f"{name}{namespace}":
            yield namespace, name
    for key, reference in ((obj.get("spec") or {}).get("csi") or {}).items():
        if key.endswith("SecretRef") and isinstance(reference, dict) and reference.get("name"):
            yield str(reference.get("namespace", "")), reference["name"]


def _tolerates_masters(pod: Object) -> bool:
    tolerations = pod["spec"].get("tolerations") or ()
    return any(one.get("key", "") in ("", "node-role.kubernetes.io/master") for one in tolerations)


def _ranges(pods: Iterable[Object]) -> dict[str, str]:
    """The annotations of a namespace from which its pods got their group and their label; {} if none tells."""
    for pod in pods:
        context = pod["spec"].get("securityContext") or {}
        group, level = context.get("fsGroup"), (context.get("seLinuxOptions") or {}).get("level")
        if isinstance(group, int) and level and group >= _FIRST_OF_RANGES:
            span = f"{group}/{_RANGE}"
            return {UID_RANGE: span, SUPPLEMENTAL_GROUPS: span, MCS: str(level)}
    return {}


def _references(spec: Object) -> Iterator[tuple[str, str, set[str]]]:
    """(resource, name, keys) of what the pods of a spec cannot do without."""
    for volume in spec.get("volumes") or ():
        yield from _of_volume(volume)
    for container in [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]:
        for source in container.get("envFrom") or ():
            yield from _of_parts(source, "name")
        for variable in container.get("env") or ():
            yield from _of_parts(variable.get("valueFrom") or {}, "name")


def _of_volume(volume: Object) -> Iterator[tuple[str, str, set[str]]]:
    yield from _of_parts({"secret": volume.get("secret")}, "secretName")
    yield from _of_parts({"configMap": volume.get("configMap")}, "name")
    for source in (volume.get("projected") or {}).get("sources") or ():
        yield from _of_parts(source, "name")


_SOURCES: Final[Mapping[str, str]] = {
    "secret": "secrets",
    "secretRef": "secrets",
    "secretKeyRef": "secrets",
    "configMap": "configmaps",
    "configMapRef": "configmaps",
    "configMapKeyRef": "configmaps",
}


def _of_parts(parts: Mapping[str, Any], name: str) -> Iterator[tuple[str, str, set[str]]]:
    for kind, body in parts.items():
        if kind in _SOURCES and isinstance(body, dict) and body.get(name) and not body.get("optional"):
            keys = {item["key"] for item in body.get("items") or () if "key" in item}
            yield _SOURCES[kind], body[name], keys | ({body["key"]} if "key" in body else set())


def _token(account: Object, name: str) -> Object:
    meta = account["metadata"]
    uid = meta.get("uid") or made_uid(("serviceaccounts", meta["namespace"], meta["name"]))
    owner = {"metadata": {**meta, "uid": uid}}
    data = {"namespace": encoded(meta["namespace"]), "token": encoded(json_web_token(owner, name))}
    annotations = {NAME: meta["name"], UID: uid}
    data |= {"ca.crt": encoded(certificate("kube-apiserver")), "service-ca.crt": encoded(certificate("service-ca"))}
    return {"metadata": {"annotations": annotations}, "type": TOKEN_TYPE, "data": data}


def _opaque(seed: str, keys: set[str]) -> Object:
    """A Secret with the keys that are asked for; one of which none is known is taken for a serving certificate."""
    names = sorted(keys) or ["tls.crt", "tls.key"]
    kind = "kubernetes.io/dockerconfigjson" if ".dockerconfigjson" in keys else "Opaque"
    return {"type": kind, "data": {key: encoded(_made(seed, key)) for key in names}}


def _made(seed: str, key: str) -> str:
    if key.endswith(".crt"):
        return certificate(seed)
    if key == s3keys.FILE:
        return s3keys.file_of(f"{WORD}-key", f"{WORD}-secret")
    return private_key(seed) if key.endswith(".key") else NAMED.get(key, f"{WORD}-{key}")
