"""The short form of a node, and what comes with it: its machine in the cloud and in the model, its pod subnet.

What nodes and machines look like differs between clouds and releases, and is data: ``node`` and ``machine`` of the
profile's ``platform`` are templates, in which ``{name}`` and the other ``fields_of`` a node stand for its own.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.errors import Object
from simulator.profiles.platform import Platform
from simulator.profiles.source import FormError, check_keys
from simulator.runtime.clock import rfc3339

MACHINE_NAMESPACE = "openshift-machine-api"
HEARTBEAT_S = 20.0  # how long before the clock's first moment each node was heard of last
_MACHINES = "machine.openshift.io/v1beta1"
_CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def expand(item: Any, platform: Platform) -> Iterator[Object]:
    """Machine, NodeMachine, HostSubnet and Node of ``{name: ip-10-0-131-236, role, zone, type, machine, subnet...}``.

    ``machine``: what follows the infrastructure's name; ``subnet``: of its pods; ``since``: when it became Ready;
    ``storage: true`` gives the labels of a storage node; ``address`` is in the name of a node on AWS. A HostSubnet
    comes with OpenShiftSDN only, a Machine where the platform has machines.
    """
    check_keys(item, ("name", "role", "zone", "type", "machine", "subnet", "since", "storage", "address", "labels"),
               ("name", "role", "zone", "type", "machine", "subnet", "since"))  # fmt: skip
    if item["type"] not in platform.raw["instanceTypes"]:
        raise FormError(f"unknown instance type; known are {', '.join(platform.raw['instanceTypes'])}", "type")
    if "machine" in platform.raw:
        yield _machine(item, platform)
    yield _node_machine(item, platform)
    if platform.raw.get("network") == "OpenShiftSDN":
        yield _host_subnet(item, platform)
    yield _node(item, platform)


def csinodes(item: Any, platform: Platform) -> Iterator[Object]:
    """``{drivers, names}``: the CSI drivers have registered with the kubelets of these nodes.

    A driver is a name, or ``{name, nodeID, topologyKeys, count}`` with a template of the node's name to it.
    """
    check_keys(item, ("drivers", "names"), ("drivers", "names"))
    for short in item["names"]:
        fields = fields_of({"name": short}, platform)
        name = fields["node"]
        drivers = [_registration(driver, fields) for driver in item["drivers"]]
        known = json.dumps({driver["name"]: driver["nodeID"] for driver in drivers}, separators=(",", ":"))
        annotations = {"csi.volume.kubernetes.io/nodeid": known}
        yield {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "annotations": annotations}}
        meta = {"name": name, "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": name}]}
        yield {
            "apiVersion": platform.api_version("CSINode"),
            "kind": "CSINode",
            "metadata": meta,
            "spec": {"drivers": drivers},
        }


def _registration(driver: Any, fields: Mapping[str, str]) -> Object:
    if isinstance(driver, str):
        return {"name": driver, "nodeID": fields["node"], "topologyKeys": None}
    check_keys(driver, ("name", "nodeID", "topologyKeys", "count"))
    allocatable = {"allocatable": {"count": driver["count"]}} if "count" in driver else {}
    node_id = filled(driver.get("nodeID", "{node}"), fields)
    return {**allocatable, "name": driver["name"], "nodeID": node_id, "topologyKeys": driver.get("topologyKeys")}


# -- templates


def fields_of(item: Any, platform: Platform) -> Mapping[str, str]:
    """What a template may name: the node's fields as they are written, and what follows from them."""
    name = item["name"]
    node = platform.raw["node"]["name"].format(name=name)
    written = {key: str(item[key]) for key in ("name", "role", "zone", "type", "machine", "subnet") if key in item}
    return {
        **written,
        "node": node,
        "address": item.get("address") or ".".join(str(name).split("-")[1:]),
        "infra": platform.infra_id,
        "region": platform.region,
        "zoneID": platform.raw.get("zoneIDs", {}).get(item.get("zone"), ""),
        "instance": "i-0" + platform.seeded_hex("instance", name, digits=16),
        "uuid": _uuid(platform, "systemUUID", item),
        "config": platform.seeded_hex("machineconfig", item.get("role", ""), digits=32),
    }


def filled(template: Any, fields: Mapping[str, str]) -> Any:
    """The template with its ``{field}``s filled in, in keys and in values."""
    if isinstance(template, dict):
        return {filled(key, fields): filled(value, fields) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, fields) for value in template]
    return _filled_text(template, fields) if isinstance(template, str) else template


def _filled_text(text: str, fields: Mapping[str, str]) -> str:
    for key, value in fields.items():
        text = text.replace(f"{{{key}}}", value)
    return text


# -- machines


def machineset(item: Any, platform: Platform) -> Object:
    name = f"{platform.infra_id}-{item['name']}"
    selector = {
        "machine.openshift.io/cluster-api-cluster": platform.infra_id,
        "machine.openshift.io/cluster-api-machineset": name,
    }
    labels = {**selector, **_machine_labels("worker")}
    template = {"metadata": {"labels": labels}, "spec": _machine_spec(item, platform)}
    count = item["replicas"]
    status = {"observedGeneration": 1, "replicas": count}
    if count:
        status |= {"availableReplicas": count, "fullyLabeledReplicas": count, "readyReplicas": count}
    return {
        "apiVersion": _MACHINES,
        "kind": "MachineSet",
        "metadata": {
            "name": name,
            "namespace": MACHINE_NAMESPACE,
            "labels": {"machine.openshift.io/cluster-api-cluster": platform.infra_id},
        },
        "spec": {"replicas": count, "selector": {"matchLabels": selector}, "template": template},
        "status": status,
    }


def _machine_labels(role: str) -> Object:
    return {f"machine.openshift.io/cluster-api-machine-{what}": role for what in ("role", "type")}


def _machine_spec(item: Any, platform: Platform) -> Object:
    metadata = {"labels": _storage_labels(item, platform)} if item.get("storage") else {}
    fields = fields_of({"role": "worker", **item}, platform)
    return {"metadata": metadata, **filled(platform.raw["machine"]["spec"], fields)}


def _storage_labels(item: Any, platform: Platform) -> Object:
    labels: Object = platform.raw["node"]["storageLabels"] if item.get("storage") else {}
    return labels


def _machine(item: Any, platform: Platform) -> Object:
    fields, template = fields_of(item, platform), platform.raw["machine"]
    name = f"{platform.infra_id}-{item['machine']}"
    labels = {"machine.openshift.io/cluster-api-cluster": platform.infra_id, **_machine_labels(item["role"])}
    meta: Object = {"name": name, "namespace": MACHINE_NAMESPACE, "labels": labels}
    if item["role"] == "worker":
        owner = name.rpartition("-")[0]
        labels["machine.openshift.io/cluster-api-machineset"] = owner
        reference = {"apiVersion": _MACHINES, "kind": "MachineSet", "name": owner, "controller": True}
        meta["ownerReferences"] = [{**reference, "blockOwnerDeletion": True}]
    labels |= filled(template.get("labels", {}), fields)
    provider = {"providerID": filled(platform.raw["node"].get("providerID", ""), fields)}
    return {
        "apiVersion": _MACHINES,
        "kind": "Machine",
        "metadata": {**meta, "annotations": filled(template.get("annotations", {}), fields)},
        "spec": {**_machine_spec(item, platform), **provider},
        "status": {
            "addresses": _addresses(item, platform),
            "nodeRef": {"kind": "Node", "name": fields["node"]},
            "phase": "Running",
            **filled(template.get("status", {}), fields),
        },
    }


def _node_machine(item: Any, platform: Platform) -> Object:
    """The node's hardware as the model has it."""
    hardware, fields = platform.raw["instanceTypes"][item["type"]], fields_of(item, platform)
    return {
        "apiVersion": "infra.ocsim.dev/v1",
        "kind": "NodeMachine",
        "metadata": {"name": fields["node"]},
        "spec": {
            "memory": hardware["capacity"]["memory"],
            "disk": {"total": hardware["capacity"]["ephemeral-storage"], "used": hardware["diskUsed"]},
            "zone": item["zone"],
            "instanceID": fields["instance"],
        },
    }


def _host_subnet(item: Any, platform: Platform) -> Object:
    fields = fields_of(item, platform)
    return {
        "apiVersion": "network.openshift.io/v1",
        "kind": "HostSubnet",
        "metadata": {"name": fields["node"]},
        "egressCIDRs": [],
        "egressIPs": [],
        "host": fields["node"],
        "hostIP": fields["address"],
        "subnet": item["subnet"],
    }


# -- the node


def _node(item: Any, platform: Platform) -> Object:
    fields, template = fields_of(item, platform), platform.raw["node"]
    role = template.get("roles", {}).get(item["role"], {})
    labels = {**template["labels"], **role.get("labels", {}), **_storage_labels(item, platform)}
    spec: Object = {}
    if "providerID" in template:
        spec["providerID"] = filled(template["providerID"], fields)
    if "taints" in role:
        spec["taints"] = role["taints"]
    meta = {
        "name": fields["node"],
        "labels": {**filled(labels, fields), **item.get("labels", {})},
        "annotations": filled(template["annotations"], fields),
    }
    return {"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": spec, "status": _node_status(item, platform)}


def _node_status(item: Any, platform: Platform) -> Object:
    hardware, fields = platform.raw["instanceTypes"][item["type"]], fields_of(item, platform)
    heard = rfc3339(platform.start - HEARTBEAT_S)
    conditions = [
        {"lastHeartbeatTime": heard, "lastTransitionTime": item["since"], "message": message, "reason": reason,
         "status": status, "type": kind}
        for kind, status, reason, message in _CONDITIONS
    ]  # fmt: skip
    identity = {
        "machineID": platform.seeded_hex("machineID", item["name"], digits=32),
        "systemUUID": _system_uuid(fields["uuid"], platform.raw["node"].get("uuidPrefix", "")),
        "bootID": _uuid(platform, "bootID", item),
    }
    return {
        "addresses": _addresses(item, platform),
        "allocatable": hardware["allocatable"],
        "capacity": hardware["capacity"],
        "conditions": conditions,
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {**platform.raw["nodeInfo"], **identity},
    }


def _system_uuid(text: str, prefix: str) -> str:
    """Amazon's begin with ec2; the kernels of RHEL 8.0 read them in capitals."""
    whole = prefix + text[len(prefix) :]
    return whole.upper() if prefix.isupper() else whole


def _uuid(platform: Platform, what: str, item: Any) -> str:
    return str(uuid.UUID(platform.seeded_hex(what, item["name"], digits=32), version=4))


def _addresses(item: Any, platform: Platform) -> list[Object]:
    fields = fields_of(item, platform)
    wanted = platform.raw["node"].get("addresses", ("InternalIP", "Hostname", "InternalDNS"))
    return [{"address": fields["address" if kind == "InternalIP" else "node"], "type": kind} for kind in wanted]
