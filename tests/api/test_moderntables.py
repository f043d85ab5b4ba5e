"""Tables of OpenShift 4.20: what differs from those of 4.2, one case a kind."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.resourcetable import builtin_table
from simulator.api.table import columns_of, to_table
from simulator.release import OLDEST, Release
from simulator.runtime.clock import parse_rfc3339

MODERN = Release("4.20.1", "v1.33.5", ())
NOW, BORN = parse_rfc3339("2025-10-28T12:16:00Z"), "2025-10-28T09:00:00Z"  # 3h16m ago
TEMPLATE = {"spec": {"containers": [{"name": "c0", "image": "i"}]}}
QUOTA = {"pods": "5", "requests.storage": "10Gi", "limits.cpu": "2"}
CPU = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
TRANSITIONS = {"Available": ("True", "All is well"), "Progressing": ("True", "At it"), "Degraded": ("False", "")}

CASES = [
    ("pods", "NAME READY STATUS RESTARTS AGE | IP NODE NOMINATED_NODE READINESS_GATES",
     {"spec": {"containers": [{}]}, "status": {"phase": "Running", "containerStatuses": [
         {"name": "c0", "ready": True, "restartCount": 1, "state": {"running": {}},
          "lastState": {"terminated": {"finishedAt": "2025-10-28T12:14:03Z"}}}]}},
     ["x", "1/1", "Running", "1 (117s ago)", "3h16m", "<none>", "<none>", "<none>", "<none>"]),
    ("persistentvolumeclaims",
     "NAME STATUS VOLUME CAPACITY ACCESS_MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE | VOLUMEMODE",
     {"spec": {"volumeName": "pvc-1", "storageClassName": "cephfs", "volumeMode": "Filesystem"},
      "status": {"phase": "Bound", "capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteOncePod"]}},
     ["x", "Bound", "pvc-1", "100Gi", "RWOP", "cephfs", "<unset>", "3h16m", "Filesystem"]),
    ("persistentvolumes",
     "NAME CAPACITY ACCESS_MODES RECLAIM_POLICY STATUS CLAIM STORAGECLASS VOLUMEATTRIBUTESCLASS REASON AGE"
     " | VOLUMEMODE",
     {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteMany"], "volumeMode": "Block",
               "persistentVolumeReclaimPolicy": "Delete"}, "status": {"phase": "Available"}},
     ["x", "1Gi", "RWX", "Delete", "Available", "", "", "<unset>", None, "3h16m", "Block"]),
    ("storageclasses.storage.k8s.io",
     "NAME PROVISIONER RECLAIMPOLICY VOLUMEBINDINGMODE ALLOWVOLUMEEXPANSION AGE",
     {"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
      "provisioner": "ebs.csi.aws.com", "volumeBindingMode": "WaitForFirstConsumer", "allowVolumeExpansion": True},
     ["x (default)", "ebs.csi.aws.com", "Delete", "WaitForFirstConsumer", True, "3h16m"]),
    ("jobs.batch", "NAME STATUS COMPLETIONS DURATION AGE | CONTAINERS IMAGES SELECTOR",
     {"spec": {"completions": 1, "template": TEMPLATE},
      "status": {"succeeded": 1, "conditions": [{"type": "SuccessCriteriaMet", "status": "True"},
                                                {"type": "Complete", "status": "True"}]}},
     ["x", "Complete", "1/1", "", "3h16m", "c0", "i", "<none>"]),
    ("cronjobs.batch", "NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST_SCHEDULE AGE | CONTAINERS IMAGES SELECTOR",
     {"spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": TEMPLATE}}},
      "status": {"lastScheduleTime": "2025-10-28T12:00:00Z"}},
     ["x", "0 0 * * *", "<none>", "False", 0, "16m", "3h16m", "c0", "i", "<none>"]),
    ("csidrivers.storage.k8s.io",
     "NAME ATTACHREQUIRED PODINFOONMOUNT STORAGECAPACITY TOKENREQUESTS REQUIRESREPUBLISH MODES AGE",
     {"spec": {"attachRequired": True, "podInfoOnMount": False, "storageCapacity": True,
               "volumeLifecycleModes": ["Persistent"]}},
     ["x", True, False, True, "<unset>", False, "Persistent", "3h16m"]),
    ("csinodes.storage.k8s.io", "NAME DRIVERS AGE", {"spec": {"drivers": [{}, {}]}}, ["x", 2, "3h16m"]),
    ("volumeattachments.storage.k8s.io", "NAME ATTACHER PV NODE ATTACHED AGE",
     {"spec": {"attacher": "d", "nodeName": "n", "source": {"persistentVolumeName": "pvc-1"}},
      "status": {"attached": True}},
     ["x", "d", "pvc-1", "n", True, "3h16m"]),
    ("resourcequotas", "NAME REQUEST LIMIT AGE",
     {"status": {"hard": QUOTA, "used": {"pods": "2", "requests.storage": "100Gi"}}},
     ["x", "pods: 2/5, requests.storage: 100Gi/10Gi", "limits.cpu: 0/2", "3h16m"]),
    ("limitranges", "NAME CREATED_AT", {}, ["x", BORN]),
    ("rolebindings.rbac.authorization.k8s.io", "NAME ROLE AGE | USERS GROUPS SERVICEACCOUNTS",
     {"roleRef": {"kind": "ClusterRole", "name": "admin"}, "subjects": [{"kind": "User", "name": "developer"}]},
     ["x", "ClusterRole/admin", "3h16m", "developer", "", ""]),
    ("endpointslices.discovery.k8s.io", "NAME ADDRESSTYPE PORTS ENDPOINTS AGE",
     {"addressType": "IPv4", "ports": [{"port": 5000}],
      "endpoints": [{"addresses": [f"10.0.0.{number}"]} for number in range(5)]},
     ["x", "IPv4", "5000", "10.0.0.0,10.0.0.1,10.0.0.2 + 2 more...", "3h16m"]),
    ("ingresses.networking.k8s.io", "NAME CLASS HOSTS ADDRESS PORTS AGE", {"spec": {}},
     ["x", "<none>", "*", "", "80", "3h16m"]),
    ("horizontalpodautoscalers.autoscaling", "NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE",
     {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 1, "maxReplicas": 3,
               "metrics": [{"type": "Resource", "resource": CPU}]}},
     ["x", "Deployment/web", "cpu: <unknown>/80%", "1", 3, 0, "3h16m"]),
    ("images.image.openshift.io", "NAME IMAGE_REFERENCE", {"dockerImageReference": "quay.io/i"}, ["x", "quay.io/i"]),
    ("imagestreamtags.image.openshift.io", "NAME IMAGE_REFERENCE UPDATED | IMAGE_NAME",
     {"image": {"dockerImageReference": "q", "metadata": {"name": "sha256:1"}}}, ["x", "q", "3 hours ago", "sha256:1"]),
    ("clusteroperators.config.openshift.io", "NAME VERSION AVAILABLE PROGRESSING DEGRADED SINCE MESSAGE",
     {"status": {"versions": [{"name": "operator", "version": "4.20.1"}],
                 "conditions": [{"type": kind, "status": status, "message": text, "lastTransitionTime": BORN}
                                for kind, (status, text) in TRANSITIONS.items()]}},
     ["x", "4.20.1", "True", "True", "False", "3h16m", "At it"]),
    ("configs.imageregistry.operator.openshift.io", "NAME AGE", {}, ["x", "3h16m"]),
    ("storageclusters.ocs.openshift.io", "NAME AGE PHASE EXTERNAL CREATED_AT VERSION",
     {"spec": {}, "status": {"phase": "Ready", "version": "4.20.0"}}, ["x", "3h16m", "Ready", None, BORN, "4.20.0"]),
    ("cephclusters.ceph.rook.io", "NAME DATADIRHOSTPATH MONCOUNT AGE PHASE MESSAGE HEALTH EXTERNAL FSID",
     {"spec": {"dataDirHostPath": "/var/lib/rook", "mon": {"count": 3}},
      "status": {"phase": "Ready", "message": "Cluster created successfully",
                 "ceph": {"health": "HEALTH_OK", "fsid": "f"}}},
     ["x", "/var/lib/rook", 3, "3h16m", "Ready", "Cluster created successfully", "HEALTH_OK", None, "f"]),
    ("cephfilesystems.ceph.rook.io", "NAME ACTIVEMDS AGE PHASE",
     {"spec": {"metadataServer": {"activeCount": 1}}, "status": {"phase": "Ready"}}, ["x", 1, "3h16m", "Ready"]),
    ("cephblockpools.ceph.rook.io",
     "NAME PHASE TYPE FAILUREDOMAIN | REPLICATION EC-CODINGCHUNKS EC-DATACHUNKS | AGE",
     {"spec": {"replicated": {"size": 3}},
      "status": {"phase": "Ready", "info": {"type": "Replicated", "failureDomain": "zone"}}},
     ["x", "Ready", "Replicated", "zone", 3, None, None, "3h16m"]),
    ("noobaas.noobaa.io", "NAME S3-ENDPOINTS STS-ENDPOINTS SYSLOG-ENDPOINTS IMAGE PHASE AGE",
     {"status": {"phase": "Ready", "services": {"serviceS3": {"nodePorts": ["https://a:1"]}}}},
     ["x", '["https://a:1"]', None, None, None, "Ready", "3h16m"]),
    ("machines.machine.openshift.io", "NAME PHASE TYPE REGION ZONE AGE | NODE PROVIDERID STATE",
     {"spec": {"providerID": "aws:///i"}, "status": {"phase": "Running", "nodeRef": {"name": "n"}},
      "metadata": {"labels": {"machine.openshift.io/zone": "us-east-2a"}}},
     ["x", "Running", None, None, "us-east-2a", "3h16m", "n", "aws:///i", None]),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "headers", "obj", "cells"), CASES, ids=[case[0] for case in CASES])
def test_a_table(resource: str, headers: str, obj: dict[str, Any], cells: list[Any]) -> None:
    """In ``headers`` a bar changes between what is always shown and what only ``-o wide`` shows."""
    row = next(row for row in builtin_table(MODERN).rows if row.qualified == resource)
    meta = {"name": "x", "creationTimestamp": BORN, **obj.get("metadata", {})}
    table = to_table(row, [{**obj, "metadata": meta}], NOW, {}, MODERN)
    wide, words = False, []
    for column in table["columnDefinitions"]:
        if bool(column["priority"]) != wide:
            wide = not wide
            words.append("|")
        words.append(column["name"].upper().replace(" ", "_"))
    assert " ".join(words) == headers
    assert table["rows"][0]["cells"] == cells


def running(ready: bool = True) -> dict[str, Any]:
    return {"name": "main", "ready": ready, "restartCount": 0, "state": {"running": {}}}


DONE = {
    "name": "once",
    "ready": False,
    "restartCount": 0,
    "state": {"terminated": {"exitCode": 0, "reason": "Completed"}},
}
READY = [{"type": "Ready", "status": "True"}]


@pytest.mark.parametrize(
    ("status", "more", "ready", "word"),
    [
        ({"containerStatuses": [DONE, running()], "conditions": READY}, {}, "1/2", "Running"),
        ({"containerStatuses": [DONE, running()]}, {}, "1/2", "NotReady"),
        ({"phase": "Succeeded", "containerStatuses": [DONE]}, {"deletionTimestamp": BORN}, "0/2", "Completed"),
        ({"containerStatuses": [running()]}, {"deletionTimestamp": BORN}, "1/2", "Terminating"),
        ({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]},
         {}, "0/2", "SchedulingGated"),
    ],
)  # fmt: skip
def test_the_status_of_a_pod(status: Any, more: Any, ready: str, word: str) -> None:
    pod = {
        "metadata": {"name": "x", **more},
        "spec": {"containers": [{"name": "once"}, {"name": "main"}]},
        "status": {"phase": "Running", **status},
    }
    row = next(row for row in builtin_table(MODERN).rows if row.qualified == "pods")
    assert to_table(row, [pod], NOW, {}, MODERN)["rows"][0]["cells"][1:3] == [ready, word]


def test_a_sidecar_counts_as_a_container() -> None:
    sidecar = {"name": "log", "ready": True, "started": True, "restartCount": 2, "state": {"running": {}}}
    pod = {
        "metadata": {"name": "x"},
        "spec": {"containers": [{"name": "main"}], "initContainers": [{"name": "log", "restartPolicy": "Always"}]},
        "status": {"phase": "Running", "containerStatuses": [running()], "initContainerStatuses": [sidecar]},
    }
    row = next(row for row in builtin_table(MODERN).rows if row.qualified == "pods")
    assert to_table(row, [pod], NOW, {}, MODERN)["rows"][0]["cells"][1:4] == ["2/2", "Running", "2"]


@pytest.mark.parametrize(
    ("event", "cells"),
    [
        ({"lastTimestamp": "2025-10-28T12:15:00Z", "firstTimestamp": BORN, "count": 3,
          "source": {"component": "kubelet", "host": "n"}}, ["60s", "kubelet, n", "3h16m", "3"]),
        ({"eventTime": "2025-10-28T12:15:00.000000Z", "firstTimestamp": None,
          "reportingComponent": "default-scheduler", "reportingInstance": "s-1"},
         ["60s", "default-scheduler, s-1", "60s", "1"]),
    ],
)  # fmt: skip
def test_events_of_either_group(event: dict[str, Any], cells: list[str]) -> None:
    row = next(row for row in builtin_table(MODERN).rows if row.qualified == "events")
    table = to_table(row, [{"metadata": {"name": "x"}, "involvedObject": {"kind": "Pod"}, **event}], NOW, {}, MODERN)
    shown = dict(zip([one["name"] for one in table["columnDefinitions"]], table["rows"][0]["cells"], strict=True))
    assert [shown[name] for name in ("Last Seen", "Source", "First Seen", "Count")] == cells


@pytest.mark.parametrize("minor", range(2, 21))
def test_every_kind_of_every_release_copes_with_an_empty_object(minor: int) -> None:
    release = Release(f"4.{minor}.0", "v1", ())
    for row in builtin_table(release).rows:
        if "list" in row.verbs:
            table = to_table(row, [{"metadata": {"name": "x", "uid": "u"}, "spec": {}}], NOW, {}, release)
            assert "x" in str(table["rows"][0]["cells"][0]) or row.key == "events", row.qualified
            assert len(columns_of(row, release)) > 1, row.qualified


@pytest.mark.parametrize(("release", "text"), [(OLDEST, "2y0d"), (MODERN, "2y")])
def test_an_age_of_whole_years(release: Release, text: str) -> None:
    row = next(row for row in builtin_table(release).rows if row.qualified == "configmaps")
    obj = {"metadata": {"name": "x", "creationTimestamp": "2023-10-29T12:16:00Z"}}
    assert to_table(row, [obj], NOW, {}, release)["rows"][0]["cells"][-1] == text


V1 = "application/json;as=Table;v=v1;g=meta.k8s.io"
V1BETA1 = "application/json;as=Table;v=v1beta1;g=meta.k8s.io"


@pytest.mark.parametrize(
    ("accept", "in_4_2", "in_4_20"),
    [
        (f"{V1},{V1BETA1},application/json", "meta.k8s.io/v1beta1", "meta.k8s.io/v1"),
        (f"{V1BETA1}, application/json", "meta.k8s.io/v1beta1", "meta.k8s.io/v1beta1"),
        (f"{V1},application/json", "v1", "meta.k8s.io/v1"),
        ("application/json", "v1", "v1"),
    ],
)
def test_a_table_is_of_the_version_that_the_client_asks_for(
    api: Any, modern: Any, accept: str, in_4_2: str, in_4_20: str
) -> None:
    for server, expected in ((api, in_4_2), (modern, in_4_20)):
        body = server.get("/api/v1/namespaces", accept=accept)
        assert body["apiVersion"] == expected
        if body["kind"] == "Table":
            assert {row["object"]["apiVersion"] for row in body["rows"]} == {expected}


OBJECTS: dict[str, tuple[dict[str, Any], list[str], list[Any]]] = {
    "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas": (
        {"spec": {"priorityLevelConfiguration": {"name": "exempt"}, "matchingPrecedence": 1}},
        ["NAME", "PRIORITYLEVEL", "MATCHINGPRECEDENCE", "DISTINGUISHERMETHOD", "AGE", "MISSINGPL"],
        ["x", "exempt", 1, "<none>", "0s", "?"],
    ),
    "/apis/networking.k8s.io/v1/servicecidrs": (
        {"spec": {"cidrs": ["172.30.0.0/16", "fd02::/112"]}},
        ["NAME", "CIDRS", "AGE"],
        ["x", "172.30.0.0/16,fd02::/112", "0s"],
    ),
    "/apis/networking.k8s.io/v1/ipaddresses": (
        {"spec": {"parentRef": {"resource": "services", "namespace": "demo", "name": "web"}}},
        ["NAME", "PARENTREF"],
        ["x", "services/demo/web"],
    ),
    "/apis/oauth.openshift.io/v1/oauthaccesstokens": (
        {
            "userName": "dev",
            "clientName": "cli",
            "expiresIn": 86400,
            "scopes": ["user:full"],
            "redirectURI": "https://x",
        },
        ["NAME", "USER NAME", "CLIENT NAME", "CREATED", "EXPIRES", "REDIRECT URI", "SCOPES"],
        ["x", "dev", "cli", "2019-10-28T09:00:00Z", "2019-10-29 09:00:00 +0000 UTC", "https://x", "user:full"],
    ),
}


@pytest.mark.parametrize("path", OBJECTS)
def test_kinds_of_the_control_plane(modern: Any, path: str) -> None:
    """Source: kubernetes, printers/internalversion/printers.go (1.33); oauth-apiserver, pkg/oauth/printers (4.20)."""
    body, headers, cells = OBJECTS[path]
    resource = modern.server.target([part for part in path.split("/") if part]).resource
    columns = columns_of(resource, modern.server.release)
    obj = {**body, "metadata": {"name": "x", "creationTimestamp": "2019-10-28T09:00:00Z"}}
    assert [column.name.upper() for column in columns] == headers
    assert [column.cell(obj, modern.clock.now(), modern.server.release) for column in columns] == cells
