"""The short form of a node, and what comes with it: its machine in the cloud and in the model, its pod subnet."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from simulator.errors import Object
from simulator.profiles.platform import Platform
from simulator.profiles.source import FormError, check_keys
from simulator.runtime.clock import rfc3339

MACHINE_NAMESPACE = "openshift-machine-api"
HEARTBEAT_S = 20.0  # how long before the clock's first moment each node was heard of last
_CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def expand(item: Any, platform: Platform) -> Iterator[Object]:
    """Machine, NodeMachine, HostSubnet and Node of ``{name: ip-10-0-131-236, role, zone, type, machine, subnet...}``.

    ``machine``: what follows the infrastructure's name; ``subnet``: of its pods; ``since``: when it became Ready;
    ``storage: true`` gives the labels of a storage node.
    """
    check_keys(item, ("name", "role", "zone", "type", "machine", "subnet", "since", "storage"),
               ("name", "role", "zone", "type", "machine", "subnet", "since"))  # fmt: skip
    if item["type"] not in platform.raw["instanceTypes"]:
        raise FormError(f"unknown instance type; known are {', '.join(platform.raw['instanceTypes'])}", "type")
    yield _machine(item, platform)
    yield _node_machine(item, platform)
    yield _host_subnet(item, platform)
    yield _node(item, platform)


def csinodes(item: Any, _platform: Platform) -> Iterator[Object]:
    """``{drivers, names}``: the CSI drivers have registered with the kubelets of these nodes."""
    check_keys(item, ("drivers", "names"), ("drivers", "names"))
    for short in item["names"]:
        name = _node_name({"name": short})
        known = json.dumps(dict.fromkeys(item["drivers"], name), separators=(",", ":"))
        annotations = {"csi.volume.kubernetes.io/nodeid": known}
        yield {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "annotations": annotations}}
        drivers = [{"name": driver, "nodeID": name, "topologyKeys": None} for driver in item["drivers"]]
        meta = {"name": name, "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": name}]}
        spec = {"drivers": drivers}
        yield {"apiVersion": "storage.k8s.io/v1beta1", "kind": "CSINode", "metadata": meta, "spec": spec}


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
        "apiVersion": "machine.openshift.io/v1beta1",
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
    metadata = {"labels": _storage_labels(item)} if item.get("storage") else {}
    provider = {
        "apiVersion": "awsproviderconfig.openshift.io/v1beta1",
        "kind": "AWSMachineProviderConfig",
        "ami": {"id": platform.raw["ami"]},
        "blockDevices": [{"ebs": {"iops": 0, "volumeSize": 120, "volumeType": "gp2"}}],
        "credentialsSecret": {"name": "aws-cloud-credentials"},
        "instanceType": item["type"],
        "placement": {"availabilityZone": item["zone"], "region": platform.region},
    }
    return {"metadata": metadata, "providerSpec": {"value": provider}}


def _storage_labels(item: Any) -> Object:
    return {"cluster.ocs.openshift.io/openshift-storage": "", "role": "storage-node"} if item.get("storage") else {}


def _machine(item: Any, platform: Platform) -> Object:
    name = f"{platform.infra_id}-{item['machine']}"
    labels = {"machine.openshift.io/cluster-api-cluster": platform.infra_id, **_machine_labels(item["role"])}
    meta: Object = {"name": name, "namespace": MACHINE_NAMESPACE, "labels": labels}
    if item["role"] == "worker":
        owner = name.rpartition("-")[0]
        labels["machine.openshift.io/cluster-api-machineset"] = owner
        api_version = "machine.openshift.io/v1beta1"
        reference = {"apiVersion": api_version, "kind": "MachineSet", "name": owner, "controller": True}
        meta["ownerReferences"] = [{**reference, "blockOwnerDeletion": True}]
    labels |= {
        "machine.openshift.io/instance-type": item["type"],
        "machine.openshift.io/region": platform.region,
        "machine.openshift.io/zone": item["zone"],
    }
    return {
        "apiVersion": "machine.openshift.io/v1beta1",
        "kind": "Machine",
        "metadata": {**meta, "annotations": {"machine.openshift.io/instance-state": "running"}},
        "spec": {**_machine_spec(item, platform), "providerID": _provider_id(item, platform)},
        "status": {
            "addresses": _addresses(item),
            "nodeRef": {"kind": "Node", "name": _node_name(item)},
            "phase": "Running",
            "providerStatus": {"instanceId": _instance_id(item, platform), "instanceState": "running"},
        },
    }


def _node_machine(item: Any, platform: Platform) -> Object:
    """The node's hardware as the model has it."""
    hardware = platform.raw["instanceTypes"][item["type"]]
    return {
        "apiVersion": "infra.ocsim.dev/v1",
        "kind": "NodeMachine",
        "metadata": {"name": _node_name(item)},
        "spec": {
            "memory": hardware["capacity"]["memory"],
            "disk": {"total": hardware["capacity"]["ephemeral-storage"], "used": hardware["diskUsed"]},
            "zone": item["zone"],
            "instanceID": _instance_id(item, platform),
        },
    }


def _host_subnet(item: Any, _platform: Platform) -> Object:
    return {
        "apiVersion": "network.openshift.io/v1",
        "kind": "HostSubnet",
        "metadata": {"name": _node_name(item)},
        "egressCIDRs": [],
        "egressIPs": [],
        "host": _node_name(item),
        "hostIP": _address(item),
        "subnet": item["subnet"],
    }


def _node(item: Any, platform: Platform) -> Object:
    name, role = _node_name(item), item["role"]
    config = f"rendered-{role}-{platform.seeded_hex('machineconfig', role, digits=32)}"
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/instance-type": item["type"],
        "beta.kubernetes.io/os": "linux",
        "failure-domain.beta.kubernetes.io/region": platform.region,
        "failure-domain.beta.kubernetes.io/zone": item["zone"],
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": item["name"],
        "kubernetes.io/os": "linux",
        f"node-role.kubernetes.io/{role}": "",
        "node.openshift.io/os_id": "rhcos",
        **_storage_labels(item),
    }
    annotations = {
        "machine.openshift.io/machine": f"{MACHINE_NAMESPACE}/{platform.infra_id}-{item['machine']}",
        "machineconfiguration.openshift.io/currentConfig": config,
        "machineconfiguration.openshift.io/desiredConfig": config,
        "machineconfiguration.openshift.io/reason": "",
        "machineconfiguration.openshift.io/state": "Done",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    }
    spec: Object = {"providerID": _provider_id(item, platform)}
    if role == "master":
        spec["taints"] = [{"effect": "NoSchedule", "key": "node-role.kubernetes.io/master"}]
    meta = {"name": name, "labels": labels, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": spec, "status": _node_status(item, platform)}


def _node_status(item: Any, platform: Platform) -> Object:
    hardware = platform.raw["instanceTypes"][item["type"]]
    heard = rfc3339(platform.start - HEARTBEAT_S)
    conditions = [
        {"lastHeartbeatTime": heard, "lastTransitionTime": item["since"], "message": message, "reason": reason,
         "status": status, "type": kind}
        for kind, status, reason, message in _CONDITIONS
    ]  # fmt: skip
    identity = {
        "machineID": platform.seeded_hex("machineID", item["name"], digits=32),
        "systemUUID": "EC2" + _uuid(platform, "systemUUID", item).upper()[3:],
        "bootID": _uuid(platform, "bootID", item),
    }
    return {
        "addresses": _addresses(item),
        "allocatable": hardware["allocatable"],
        "capacity": hardware["capacity"],
        "conditions": conditions,
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {**platform.raw["nodeInfo"], **identity},
    }


def _uuid(platform: Platform, what: str, item: Any) -> str:
    return str(uuid.UUID(platform.seeded_hex(what, item["name"], digits=32), version=4))


def _node_name(item: Any) -> str:
    return f"{item['name']}.ec2.internal"


def _address(item: Any) -> str:
    """``10.0.131.236`` of ``ip-10-0-131-236``."""
    return ".".join(str(item["name"]).split("-")[1:])


def _addresses(item: Any) -> list[Object]:
    names = (("InternalIP", _address(item)), ("Hostname", _node_name(item)), ("InternalDNS", _node_name(item)))
    return [{"address": address, "type": kind} for kind, address in names]


def _instance_id(item: Any, platform: Platform) -> str:
    return "i-0" + platform.seeded_hex("instance", item["name"], digits=16)


def _provider_id(item: Any, platform: Platform) -> str:
    return f"aws:///{item['zone']}/{_instance_id(item, platform)}"
