"""The short form of what runs: Deployments, DaemonSets, StatefulSets, Jobs, static Pods of the masters, bare Pods.

- name: dns-default
  namespace: openshift-dns
  kind: DaemonSet                  # Deployment if absent
  place: everywhere                # see PLACES
  account: dns                     # its ServiceAccount is made too
  priority: system-node-critical
  labels: {app: dns}               # selector and pods; {app: NAME} if absent
  containers: [{name: dns, ports: ["dns:5353/UDP"], requests: 100m/70Mi}, dns-node-resolver]
  volumes: [{name: config-volume, configMap: dns-default, at: /etc/coredns}]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from simulator.errors import Object
from simulator.profiles.platform import Platform
from simulator.profiles.source import FormError, check_keys

_FIELDS = ("name", "namespace", "kind", "replicas", "place", "account", "priority", "labels", "podLabels",
           "annotations", "podAnnotations", "containers", "initContainers", "volumes", "claims", "hostNetwork",
           "hostPID", "strategy", "spread", "fsGroup", "owner", "service", "nodes", "grace", "objectLabels", "env",
           "image", "selector", "shareProcesses", "spreadBy", "nodeSelector")  # fmt: skip
_CONTAINER_FIELDS = ("name", "image", "command", "args", "ports", "env", "requests", "limits", "privileged", "probe",
                     "volumes", "tty")  # fmt: skip

_OF_MASTERS: Final = (
    {"key": "node-role.kubernetes.io/master", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 120},
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 120},
)
PLACES: Final[Mapping[str, Object]] = {
    "anywhere": {},
    "everywhere": {"nodeSelector": {"kubernetes.io/os": "linux"}, "tolerations": [{"operator": "Exists"}]},
    "linux": {"nodeSelector": {"kubernetes.io/os": "linux"}},
    "masters": {"nodeSelector": {"node-role.kubernetes.io/master": ""}, "tolerations": list(_OF_MASTERS)},
    "workers": {"nodeSelector": {"node-role.kubernetes.io/worker": ""}},
    "storage": {"nodeSelector": {"cluster.ocs.openshift.io/openshift-storage": ""}},
}
"""Where the pods go: what of the pod's spec says so."""

_VOLUME_SOURCES: Final[Mapping[str, Callable[[Any], Object]]] = {
    "configMap": lambda name: {"configMap": {"name": name}},
    "optionalConfigMap": lambda name: {"configMap": {"name": name, "optional": True}},
    "secret": lambda name: {"secret": {"secretName": name}},
    "optionalSecret": lambda name: {"secret": {"secretName": name, "optional": True}},
    "hostPath": lambda path: {"hostPath": {"path": path, "type": ""}},
    "claim": lambda name: {"persistentVolumeClaim": {"claimName": name}},
    "emptyDir": lambda options: {"emptyDir": options or {}},
    "template": lambda _: {},  # a claim of the StatefulSet's own: no volume of the template
}


def expand(item: Any, platform: Platform) -> Iterator[Object]:
    """The ServiceAccount, if one is named, and the workload."""
    check_keys(item, _FIELDS, ("name", "namespace", "containers"))
    kind = item.get("kind", "Deployment")
    make = _KINDS.get(kind)
    if make is None:
        raise FormError(f"unknown kind of workload; known are {', '.join(_KINDS)}", "kind")
    account = item.get("account", "default")
    if account != "default":
        meta = {"name": account, "namespace": item["namespace"]}
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}
    yield from make(item, platform)


def _deployment(item: Any, platform: Platform) -> Iterator[Object]:
    spec: Object = {"replicas": item.get("replicas", 1), **_selected(item, platform)}
    if "strategy" in item:
        spec["strategy"] = {"type": item["strategy"]}
    yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _metadata(item), "spec": spec}


def _daemonset(item: Any, platform: Platform) -> Iterator[Object]:
    yield {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": _metadata(item), "spec": _selected(item, platform)}


def _statefulset(item: Any, platform: Platform) -> Iterator[Object]:
    service = item.get("service", item["name"])
    spec: Object = {"replicas": item.get("replicas", 1), "serviceName": service, **_selected(item, platform)}
    spec["podManagementPolicy"] = "Parallel"
    if "claims" in item:
        spec["volumeClaimTemplates"] = [_claim_template(claim) for claim in item["claims"]]
    yield {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": _metadata(item), "spec": spec}


def _claim_template(claim: Any) -> Object:
    check_keys(claim, ("name", "class", "size", "labels"), ("name", "class", "size"))
    meta: Object = {"name": claim["name"]}
    if "labels" in claim:
        meta["labels"] = claim["labels"]
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": claim["size"]}},
        "storageClassName": claim["class"],
    }
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}


def _job(item: Any, platform: Platform) -> Iterator[Object]:
    spec = {"template": _template(item, platform, restart="OnFailure")}
    yield {"apiVersion": "batch/v1", "kind": "Job", "metadata": _metadata(item), "spec": spec}


def _static_pods(item: Any, platform: Platform) -> Iterator[Object]:
    """One Pod a node of ``nodes``, NAME-NODE: what the kubelet runs from files, as the API server shows it."""
    for node in item["nodes"]:
        pod = _pod(item, platform, f"{item['name']}-{node}")
        annotations = {**pod["metadata"].get("annotations", {}), "kubernetes.io/config.source": "file"}
        hashed = platform.seeded_hex("static pod", item["namespace"], item["name"], node, digits=32)
        annotations |= {"kubernetes.io/config.hash": hashed, "kubernetes.io/config.mirror": hashed}
        spec = {**pod["spec"], "nodeName": node, "tolerations": [{"operator": "Exists"}]}
        spec.pop("nodeSelector", None)
        yield {**pod, "metadata": {**pod["metadata"], "annotations": annotations}, "spec": spec}


def _bare_pod(item: Any, platform: Platform) -> Iterator[Object]:
    yield _pod(item, platform, item["name"])


_KINDS: Final[Mapping[str, Callable[[Any, Platform], Iterator[Object]]]] = {
    "Deployment": _deployment,
    "DaemonSet": _daemonset,
    "StatefulSet": _statefulset,
    "Job": _job,
    "StaticPod": _static_pods,
    "Pod": _bare_pod,
}


def _metadata(item: Any) -> Object:
    meta: Object = {"name": item["name"], "namespace": item["namespace"]}
    labels = {**_labels(item), **item.get("objectLabels", {})}
    if labels:
        meta["labels"] = labels
    if "annotations" in item:
        meta["annotations"] = item["annotations"]
    if "owner" in item:
        meta["ownerReferences"] = [item["owner"]]
    return meta


def _labels(item: Any) -> Object:
    labels: Object = item.get("labels", {"app": item["name"]})
    return labels


def _selected(item: Any, platform: Platform) -> Object:
    return {"selector": {"matchLabels": item.get("selector", _labels(item))}, "template": _template(item, platform)}


def _pod(item: Any, platform: Platform, name: str) -> Object:
    template = _template(item, platform)
    meta = {**template["metadata"], "name": name, "namespace": item["namespace"]}
    if "owner" in item:
        meta["ownerReferences"] = [item["owner"]]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]}


def _template(item: Any, platform: Platform, restart: str = "Always") -> Object:
    meta: Object = {"labels": {**_labels(item), **item.get("podLabels", {})}}
    if "podAnnotations" in item:
        meta["annotations"] = item["podAnnotations"]
    volumes = item.get("volumes", [])
    spec: Object = {
        **_place(item),
        "containers": [_container(entry, item, volumes, platform) for entry in item["containers"]],
    }
    if "initContainers" in item:
        spec["initContainers"] = [_container(entry, item, volumes, platform) for entry in item["initContainers"]]
    if restart != "Always":
        spec["restartPolicy"] = restart
    if item.get("account", "default") != "default":
        spec["serviceAccountName"] = item["account"]
    if sources := [_volume(volume) for volume in volumes if "template" not in volume]:
        spec["volumes"] = sources
    spec |= {field: item[key] for field, key in _COPIED if key in item}
    if "fsGroup" in item:
        spec["securityContext"] = {"fsGroup": item["fsGroup"]}
    if item.get("hostNetwork"):
        spec["dnsPolicy"] = "ClusterFirstWithHostNet"
    if item.get("spread"):
        spec["affinity"] = {"podAntiAffinity": _anti_affinity(item)}
    return {"metadata": meta, "spec": spec}


_COPIED = (
    ("priorityClassName", "priority"),
    ("hostNetwork", "hostNetwork"),
    ("hostPID", "hostPID"),
    ("shareProcessNamespace", "shareProcesses"),
    ("terminationGracePeriodSeconds", "grace"),
)


def _place(item: Any) -> Object:
    place = item.get("place", "anywhere")
    if place not in PLACES:
        raise FormError(f"unknown place; known are {', '.join(PLACES)}", "place")
    chosen = PLACES[place]
    selector: Object = {**chosen.get("nodeSelector", {}), **item.get("nodeSelector", {})}
    return {**chosen, "nodeSelector": selector} if selector else chosen


def _anti_affinity(item: Any) -> Object:
    """``spread: hard`` forbids two pods of the workload on one node, ``soft`` avoids it; ``spreadBy``: which pods."""
    term = {
        "labelSelector": {"matchLabels": item.get("spreadBy", _labels(item))},
        "topologyKey": "kubernetes.io/hostname",
    }
    if item["spread"] == "hard":
        return {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    return {"preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": term, "weight": 100}]}


def _container(entry: Any, item: Any, volumes: list[Any], platform: Platform) -> Object:
    given: Any = {"name": entry} if isinstance(entry, str) else entry
    check_keys(given, _CONTAINER_FIELDS)
    image = given.get("image", item.get("image", given["name"]))
    made: Object = {"name": given["name"], "image": platform.image(image), "imagePullPolicy": "IfNotPresent"}
    made |= {key: given[key] for key in ("command", "args", "tty") if key in given}
    env: Object = {**item.get("env", {}), **given.get("env", {})}
    if env:
        made["env"] = [_variable(platform, name, value) for name, value in env.items()]
    if "ports" in given:
        made["ports"] = [_port(text, item.get("hostNetwork", False)) for text in given["ports"]]
    made["resources"] = {key: _resources(given[key]) for key in ("requests", "limits") if key in given}
    if "probe" in given:
        made["readinessProbe"] = _probe(given["probe"])
    if given.get("privileged"):
        made["securityContext"] = {"privileged": True}
    made |= _mounts([*volumes, *given.get("volumes", [])], given["name"])
    return made


def _variable(platform: Platform, name: str, value: Any) -> Object:
    """``image:X`` stands for the image of a component, ``field:X`` for a field of the pod."""
    kind, _, rest = str(value).partition(":")
    if kind == "image":
        return {"name": name, "value": platform.image(rest)}
    if kind == "field":
        return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": rest}}}
    return {"name": name, "value": str(value)}


def _port(text: Any, on_host: bool) -> Object:
    """``metrics:8080``, ``5353/UDP``; a pod on the host's network has the same port there."""
    rest, _, protocol = str(text).partition("/")
    name, _, number = rest.rpartition(":")
    port: Object = {"containerPort": int(number), "protocol": protocol or "TCP"}
    if on_host:
        port["hostPort"] = int(number)
    return {"name": name, **port} if name else port


def _resources(text: str) -> Object:
    """``100m/50Mi``: cpu, memory; either may be empty."""
    cpu, _, memory = text.partition("/")
    return {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}


def _probe(text: str) -> Object:
    """``https:8443/healthz``, ``http:8080/``, ``tcp:6789``."""
    scheme, _, rest = text.partition(":")
    port, slash, path = rest.partition("/")
    if scheme == "tcp":
        return {"tcpSocket": {"port": int(port)}, "initialDelaySeconds": 5}
    return {"httpGet": {"path": slash + path, "port": int(port), "scheme": scheme.upper()}, "initialDelaySeconds": 5}


def _volume(volume: Any) -> Object:
    for source, make in _VOLUME_SOURCES.items():
        if source in volume:
            return {"name": volume["name"], **make(volume[source])}
    raise FormError(f"volume {volume.get('name')!r} needs one of {', '.join(_VOLUME_SOURCES)}", "volumes")


def _mounts(volumes: list[Any], container: str) -> Object:
    """What of the ``volumes`` a container mounts (``at``) or gets as a ``device``; ``in`` names the containers."""
    mine = [volume for volume in volumes if container in volume.get("in", [container])]
    mounts = [_mount(volume) for volume in mine if "at" in volume]
    devices = [{"name": volume["name"], "devicePath": volume["device"]} for volume in mine if "device" in volume]
    return {key: value for key, value in (("volumeMounts", mounts), ("volumeDevices", devices)) if value}


def _mount(volume: Any) -> Object:
    return {"name": volume["name"], "mountPath": volume["at"], **({"readOnly": True} if volume.get("readOnly") else {})}
