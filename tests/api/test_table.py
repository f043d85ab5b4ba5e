"""Tables: one case a kind, as ``oc get`` would show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from simulator.api.ages import UNKNOWN
from simulator.api.jsonpath import find
from simulator.api.resourcetable import ResourceType, builtin_table
from simulator.api.table import columns_of, to_table
from simulator.runtime.clock import parse_rfc3339

NOW = parse_rfc3339("2019-10-28T12:16:00Z")
BORN = "2019-10-28T09:00:00Z"  # 3h16m ago


@dataclass
class Case:
    resource: str  # qualified, with its version where two have it
    obj: dict[str, Any]
    headers: str  # joined by two spaces
    cells: list[Any]


def row_of(name: str) -> ResourceType:
    return next(row for row in builtin_table().rows if row.qualified == name)


def template(*images: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": f"c{i}", "image": image} for i, image in enumerate(images)]}}


def running(ready: bool = True, restarts: int = 0) -> dict[str, Any]:
    return {"name": "c0", "ready": ready, "restartCount": restarts, "state": {"running": {}}}


def pod(*statuses: Any, phase: str = "Running", meta: Any = None, **more: Any) -> dict[str, Any]:
    spec = {**template(*(["i"] * max(len(statuses), 1)))["spec"], **more.pop("spec", {})}
    status = {"phase": phase, "containerStatuses": list(statuses), **more}
    return {"metadata": meta or {}, "spec": spec, "status": status}


def waiting(reason: str) -> dict[str, Any]:
    return {"name": "c0", "ready": False, "restartCount": 3, "state": {"waiting": {"reason": reason}}}


def ended(code: int, **more: Any) -> dict[str, Any]:
    state = {"terminated": {"exitCode": code, **more}}
    return {"name": "c0", "ready": False, "restartCount": 0, "state": state}


POD_HEADERS = "NAME  READY  STATUS  RESTARTS  AGE  IP  NODE  NOMINATED NODE  READINESS GATES"
PVC_HEADERS = "NAME  STATUS  VOLUME  CAPACITY  ACCESS MODES  STORAGECLASS  AGE"
NODE_HEADERS = (
    "NAME  STATUS  ROLES  AGE  VERSION  INTERNAL-IP  EXTERNAL-IP  OS-IMAGE  KERNEL-VERSION  CONTAINER-RUNTIME"
)
WORKLOAD = "CONTAINERS  IMAGES  SELECTOR"
SELECTOR = {"matchLabels": {"b": "2", "a": "1"}}

CASES = [
    Case("pods", pod(running(), running(), podIP="10.1.2.3", spec={"nodeName": "n1"}), POD_HEADERS,
         ["x", "2/2", "Running", 0, "3h16m", "10.1.2.3", "n1", "<none>", "<none>"]),
    Case("pods", pod(waiting("CrashLoopBackOff")), POD_HEADERS,
         ["x", "0/1", "CrashLoopBackOff", 3, "3h16m", "<none>", "<none>", "<none>", "<none>"]),
    Case("deployments.apps",
         {"spec": {"replicas": 2, "selector": SELECTOR, "template": template("i:1", "j:2")},
          "status": {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1}},
         f"NAME  READY  UP-TO-DATE  AVAILABLE  AGE  {WORKLOAD}",
         ["x", "1/2", 2, 1, "3h16m", "c0,c1", "i:1,j:2", "a=1,b=2"]),
    Case("deployments.extensions", {"spec": {"replicas": 1, "template": template("i")}, "status": {}},
         f"NAME  READY  UP-TO-DATE  AVAILABLE  AGE  {WORKLOAD}", ["x", "0/1", 0, 0, "3h16m", "c0", "i", "<none>"]),
    Case("replicasets.apps",
         {"spec": {"replicas": 3, "selector": SELECTOR, "template": template("i")}, "status": {"replicas": 2}},
         f"NAME  DESIRED  CURRENT  READY  AGE  {WORKLOAD}", ["x", 3, 2, 0, "3h16m", "c0", "i", "a=1,b=2"]),
    Case("daemonsets.apps",
         {"spec": {"selector": SELECTOR, "template": {"spec": {"nodeSelector": {"os": "linux"}, "containers": []}}},
          "status": {"desiredNumberScheduled": 8, "currentNumberScheduled": 8, "numberReady": 7}},
         f"NAME  DESIRED  CURRENT  READY  UP-TO-DATE  AVAILABLE  NODE SELECTOR  AGE  {WORKLOAD}",
         ["x", 8, 8, 7, 0, 0, "os=linux", "3h16m", "", "", "a=1,b=2"]),
    Case("statefulsets.apps", {"spec": {"replicas": 1, "template": template("i")}, "status": {"readyReplicas": 1}},
         "NAME  READY  AGE  CONTAINERS  IMAGES", ["x", "1/1", "3h16m", "c0", "i"]),
    Case("services",
         {"spec": {"type": "LoadBalancer", "clusterIP": "172.30.0.9", "selector": {"app": "s"},
                   "ports": [{"port": 80, "nodePort": 31000, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]},
          "status": {"loadBalancer": {"ingress": [{"hostname": "a59bde0e.us-east-1.elb.amazonaws.com"}]}}},
         "NAME  TYPE  CLUSTER-IP  EXTERNAL-IP  PORT(S)  AGE  SELECTOR",
         ["x", "LoadBalancer", "172.30.0.9", "a59bde0e.us-e...", "80:31000/TCP,53/UDP", "3h16m", "app=s"]),
    Case("services", {"spec": {"type": "ClusterIP", "clusterIP": "None", "ports": []}},
         "NAME  TYPE  CLUSTER-IP  EXTERNAL-IP  PORT(S)  AGE  SELECTOR",
         ["x", "ClusterIP", "None", "<none>", "<none>", "3h16m", "<none>"]),
    Case("endpoints",
         {"subsets": [{"addresses": [{"ip": f"10.0.0.{n}"} for n in range(5)], "ports": [{"port": 80}]}]},
         "NAME  ENDPOINTS  AGE", ["x", "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 2 more...", "3h16m"]),
    Case("persistentvolumeclaims",
         {"spec": {"volumeName": "pvc-1", "storageClassName": "cephfs"},
          "status": {"phase": "Bound", "capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteMany"]}},
         PVC_HEADERS, ["x", "Bound", "pvc-1", "100Gi", "RWX", "cephfs", "3h16m"]),
    Case("persistentvolumeclaims", {"spec": {"storageClassName": "cephfs"}, "status": {"phase": "Pending"}},
         PVC_HEADERS, ["x", "Pending", None, "", "", "cephfs", "3h16m"]),
    Case("persistentvolumes",
         {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
                   "persistentVolumeReclaimPolicy": "Delete", "claimRef": {"namespace": "ns", "name": "c"},
                   "storageClassName": "gp2"}, "status": {"phase": "Bound"}},
         "NAME  CAPACITY  ACCESS MODES  RECLAIM POLICY  STATUS  CLAIM  STORAGECLASS  REASON  AGE",
         ["x", "1Gi", "RWO,RWX", "Delete", "Bound", "ns/c", "gp2", None, "3h16m"]),
    Case("storageclasses.storage.k8s.io",
         {"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "p"},
         "NAME  PROVISIONER  AGE", ["x (default)", "p", "3h16m"]),
    Case("nodes",
         {"metadata": {"labels": {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/infra": ""}},
          "spec": {"unschedulable": True},
          "status": {"conditions": [{"type": "Ready", "status": "True"}],
                     "addresses": [{"type": "InternalIP", "address": "10.0.1.2"}],
                     "nodeInfo": {"kubeletVersion": "v1.14.6", "osImage": "RHCOS", "kernelVersion": "4.18",
                                  "containerRuntimeVersion": "cri-o://1.14"}}},
         NODE_HEADERS, ["x", "Ready,SchedulingDisabled", "infra,worker", "3h16m", "v1.14.6", "10.0.1.2", "<none>",
                        "RHCOS", "4.18", "cri-o://1.14"]),
    Case("namespaces", {"status": {"phase": "Active"}}, "NAME  STATUS  AGE", ["x", "Active", "3h16m"]),
    Case("projects.project.openshift.io",
         {"metadata": {"annotations": {"openshift.io/display-name": "Shop"}}, "status": {"phase": "Active"}},
         "NAME  DISPLAY NAME  STATUS", ["x", "Shop", "Active"]),
    Case("configmaps", {"data": {"a": "", "b": ""}, "binaryData": {"c": ""}}, "NAME  DATA  AGE", ["x", 3, "3h16m"]),
    Case("secrets", {"type": "Opaque", "data": {"a": ""}}, "NAME  TYPE  DATA  AGE", ["x", "Opaque", 1, "3h16m"]),
    Case("serviceaccounts", {"secrets": [{}, {}]}, "NAME  SECRETS  AGE", ["x", 2, "3h16m"]),
    Case("events",
         {"lastTimestamp": "2019-10-28T12:15:00Z", "firstTimestamp": BORN, "type": "Normal", "reason": "Pulled",
          "involvedObject": {"kind": "Pod", "name": "web", "fieldPath": "spec.containers{web}"}, "message": "done\n",
          "count": 2, "source": {"component": "kubelet", "host": "n1"}},
         "LAST SEEN  TYPE  REASON  OBJECT  SUBOBJECT  SOURCE  MESSAGE  FIRST SEEN  COUNT  NAME",
         ["60s", "Normal", "Pulled", "pod/web", "spec.containers{web}", "kubelet, n1", "done", "3h16m", "2", "x"]),
    Case("jobs.batch",
         {"spec": {"completions": 1, "selector": SELECTOR, "template": template("i")},
          "status": {"succeeded": 1, "startTime": BORN, "completionTime": "2019-10-28T09:00:42Z"}},
         f"NAME  COMPLETIONS  DURATION  AGE  {WORKLOAD}", ["x", "1/1", "42s", "3h16m", "c0", "i", "a=1,b=2"]),
    Case("cronjobs.batch", {"spec": {"schedule": "* * * * *", "suspend": False}, "status": {"lastScheduleTime": BORN}},
         f"NAME  SCHEDULE  SUSPEND  ACTIVE  LAST SCHEDULE  AGE  {WORKLOAD}",
         ["x", "* * * * *", "False", 0, "3h16m", "3h16m", "", "", "<none>"]),
    Case("resourcequotas", {}, "NAME  CREATED AT", ["x", BORN]),
    Case("csidrivers.storage.k8s.io", {}, "NAME  CREATED AT", ["x", BORN]),
    Case("rolebindings.rbac.authorization.k8s.io",
         {"roleRef": {"kind": "ClusterRole", "name": "admin"}, "subjects": [{"kind": "User", "name": "me"}]},
         "NAME  AGE  ROLE  USERS  GROUPS  SERVICEACCOUNTS", ["x", "3h16m", "ClusterRole/admin", "me", "", ""]),
    Case("routes.route.openshift.io",
         {"spec": {"host": "h", "to": {"name": "a", "weight": 1}, "alternateBackends": [{"name": "b", "weight": 1}],
                   "tls": {"termination": "reencrypt", "insecureEdgeTerminationPolicy": "Redirect"},
                   "wildcardPolicy": "None"},
          "status": {"ingress": [{"host": "h", "conditions": [{"type": "Admitted", "status": "True"}]}]}},
         "NAME  HOST/PORT  PATH  SERVICES  PORT  TERMINATION  WILDCARD",
         ["x", "h", None, "a(50%),b(50%)", "<all>", "reencrypt/Redirect", "None"]),
    Case("imagestreams.image.openshift.io",
         {"status": {"dockerImageRepository": "r/x", "tags": [
             {"tag": f"version-{n}", "items": [{"created": BORN}]} for n in range(6)]}},
         "NAME  IMAGE REPOSITORY  TAGS  UPDATED",
         ["x", "r/x", "version-0,version-1,version-2,version-3 + 2 more...", "3 hours ago"]),
    Case("clusteroperators.config.openshift.io",
         {"status": {"versions": [{"name": "operator", "version": "4.2.0"}], "conditions": [
             {"type": name, "status": status, "lastTransitionTime": BORN}
             for name, status in (("Available", "True"), ("Progressing", "False"), ("Degraded", "False"))]}},
         "NAME  VERSION  AVAILABLE  PROGRESSING  DEGRADED  SINCE", ["x", "4.2.0", "True", "False", "False", "3h16m"]),
    Case("configs.imageregistry.operator.openshift.io", {}, "NAME  AGE", ["x", "3h16m"]),
    Case("storageclusters.ocs.openshift.io", {}, "NAME  AGE", ["x", "3h16m"]),
    Case("cephclusters.ceph.rook.io",
         {"spec": {"dataDirHostPath": "/var/lib/rook", "mon": {"count": 3}},
          "status": {"state": "Created", "ceph": {"health": "HEALTH_OK"}}},
         "NAME  DATADIRHOSTPATH  MONCOUNT  AGE  STATE  HEALTH",
         ["x", "/var/lib/rook", 3, "3h16m", "Created", "HEALTH_OK"]),
    Case("noobaas.noobaa.io", {"status": {"phase": "Ready", "services": {"serviceS3": {"nodePorts": ["https://a:1"]}}}},
         "NAME  MGMT-ENDPOINTS  S3-ENDPOINTS  IMAGE  PHASE  AGE",
         ["x", None, '["https://a:1"]', None, "Ready", "3h16m"]),
    Case("machinesets.machine.openshift.io", {"spec": {"replicas": 0}, "status": {"replicas": 0}},
         "NAME  DESIRED  CURRENT  READY  AVAILABLE  AGE", ["x", 0, 0, None, None, "3h16m"]),
    Case("clusterserviceversions.operators.coreos.com",
         {"spec": {"displayName": "OpenShift Container Storage", "version": "4.2.0"}, "status": {"phase": "Succeeded"}},
         "NAME  DISPLAY  VERSION  REPLACES  PHASE", ["x", "OpenShift Container Storage", "4.2.0", None, "Succeeded"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.resource)
def test_a_table(case: Case) -> None:
    meta = {"name": "x", "creationTimestamp": BORN, **case.obj.get("metadata", {})}
    table = to_table(row_of(case.resource), [{**case.obj, "metadata": meta}], NOW, {})
    assert "  ".join(column["name"].upper() for column in table["columnDefinitions"]) == case.headers
    assert table["rows"][0]["cells"] == case.cells


@pytest.mark.parametrize(
    ("obj", "status"),
    [
        (pod(phase="Pending"), "Pending"),
        (pod(waiting("ContainerCreating"), phase="Pending"), "ContainerCreating"),
        (pod(waiting("ImagePullBackOff"), phase="Pending"), "ImagePullBackOff"),
        (pod(ended(0, reason="Completed"), phase="Succeeded"), "Completed"),
        (pod(ended(0, reason="Completed"), running()), "Running"),
        (pod(ended(137, reason="OOMKilled"), phase="Failed"), "OOMKilled"),
        (pod(ended(2), phase="Failed"), "ExitCode:2"),
        (pod(ended(0, signal=9), phase="Failed"), "Signal:9"),
        (pod(phase="Failed", reason="Evicted"), "Evicted"),
        (pod(running(), meta={"deletionTimestamp": BORN}), "Terminating"),
        (pod(running(), meta={"deletionTimestamp": BORN}, reason="NodeLost"), "Unknown"),
        (pod(initContainerStatuses=[running()], spec={"initContainers": [{}, {}]}), "Init:0/2"),
        (pod(initContainerStatuses=[ended(1, reason="Error")]), "Init:Error"),
        (pod(initContainerStatuses=[waiting("CrashLoopBackOff")]), "Init:CrashLoopBackOff"),
        (pod(running(), initContainerStatuses=[ended(0)]), "Running"),
    ],
)
def test_the_status_of_a_pod(obj: dict[str, Any], status: str) -> None:
    shown = {**obj, "metadata": {"name": "x", "creationTimestamp": BORN, **obj["metadata"]}}
    assert to_table(row_of("pods"), [shown], NOW, {})["rows"][0]["cells"][2] == status


@pytest.mark.parametrize(
    ("include", "keys"),
    [("Metadata", {"kind", "apiVersion", "metadata"}), ("Object", {"metadata", "data"}), ("None", None)],
)
def test_what_a_row_carries(include: str, keys: set[str] | None) -> None:
    obj = {"metadata": {"name": "x", "creationTimestamp": BORN}, "data": {}}
    row = to_table(row_of("configmaps"), [obj], NOW, {"includeObject": include})["rows"][0]
    assert (row["object"] and set(row["object"])) == keys


def test_every_kind_has_columns_that_cope_with_an_empty_object() -> None:
    for row in builtin_table().rows:
        if "list" in row.verbs:
            table = to_table(row, [{"metadata": {"name": "x", "uid": "u"}, "spec": {}}], NOW, {})
            assert "x" in str(table["rows"][0]["cells"][0]) or row.key == "events", row.qualified
            assert len(table["rows"][0]["cells"]) == len(columns_of(row))


def test_an_object_without_a_creation_time() -> None:
    assert to_table(row_of("configmaps"), [{"metadata": {"name": "x"}}], NOW, {})["rows"][0]["cells"][-1] == UNKNOWN


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".a.b", [1]),
        (".a", [{"b": 1}]),
        (".items[*].n", [1, 2]),
        (".items[1].n", [2]),
        (".items[-1].n", [2]),
        ('.items[?(@.k=="x")].n', [1]),
        (".dotted\\.key", [3]),
        (".missing.more", []),
        (".items[7]", []),
    ],
)
def test_column_paths(path: str, found: list[Any]) -> None:
    obj = {"a": {"b": 1}, "items": [{"k": "x", "n": 1}, {"k": "y", "n": 2}], "dotted.key": 3}
    assert find(obj, path) == found


def test_a_column_path_that_is_none() -> None:
    with pytest.raises(ValueError, match="cannot read"):
        find({}, ".a[")
