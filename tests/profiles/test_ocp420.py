"""The profiles of 4.20: all runs, the registry is where the platform has it, and it can move to CephFS."""

import json
from collections import Counter

import pytest

from simulator.api.gvrs import CLUSTEROPERATORS, NODES, PODS, REGISTRYCONFIGS, STORAGECLASSES
from simulator.embedded import Cluster
from simulator.profiles import frozen

NAMES = ("ocp-4.20", "ocp-4.20-small", "ocp-4.20-baremetal")


@pytest.fixture(params=NAMES)
def cluster(request: pytest.FixtureRequest) -> Cluster:
    return Cluster.from_profile(request.param, seed=1)


def test_every_pod_runs_or_has_done_its_work(cluster: Cluster) -> None:
    phases = Counter(pod["status"]["phase"] for pod in cluster.client().list(PODS))
    assert set(phases) == {"Running", "Succeeded"}
    assert phases["Running"] > 180


def test_every_operator_is_available(cluster: Cluster) -> None:
    operators = cluster.client().list(CLUSTEROPERATORS)
    assert len(operators) == 34
    for operator in operators:
        status = {condition["type"]: condition["status"] for condition in operator["status"]["conditions"]}
        assert (status["Available"], status["Progressing"], status["Degraded"]) == ("True", "False", "False"), operator


def test_nodes_are_those_of_the_era(cluster: Cluster) -> None:
    nodes = cluster.client().list(NODES)
    assert {node["status"]["nodeInfo"]["kubeletVersion"] for node in nodes} == {"v1.33.5"}
    masters = [node for node in nodes if "node-role.kubernetes.io/control-plane" in node["metadata"]["labels"]]
    assert len(masters) == 3
    assert all("node-role.kubernetes.io/master" in node["metadata"]["labels"] for node in masters)


def test_no_object_has_what_the_era_has_not(cluster: Cluster) -> None:
    for _, _, _, obj in cluster.state.snapshot().objects:
        assert "selfLink" not in obj["metadata"]
        assert obj["metadata"]["uid"][14] == "4"


@pytest.mark.parametrize(
    ("name", "classes", "default"),
    [
        (
            "ocp-4.20",
            "gp2-csi gp3-csi ocs-storagecluster-ceph-rbd ocs-storagecluster-cephfs openshift-storage.noobaa.io",
            "gp3-csi",
        ),
        ("ocp-4.20-small", "gp2-csi gp3-csi", "gp3-csi"),
        (
            "ocp-4.20-baremetal",
            "localblock ocs-storagecluster-ceph-rbd ocs-storagecluster-ceph-rgw ocs-storagecluster-cephfs "
            "openshift-storage.noobaa.io",
            "",
        ),
    ],
)
def test_storage_classes(name: str, classes: str, default: str) -> None:
    found = Cluster.from_profile(name).client().list(STORAGECLASSES)
    assert [one["metadata"]["name"] for one in found] == classes.split()
    marks = [(one["metadata"]["name"], one["metadata"].get("annotations") or {}) for one in found]
    key = "storageclass.kubernetes.io/is-default-class"
    assert [one for one, annotations in marks if annotations.get(key) == "true"] == default.split()


@pytest.mark.parametrize(
    ("name", "state", "replicas", "storage"),
    [
        ("ocp-4.20", "Managed", 2, "s3"),
        ("ocp-4.20-small", "Managed", 2, "s3"),
        ("ocp-4.20-baremetal", "Removed", 1, ""),
    ],
)
def test_where_the_registry_keeps_what_it_has(name: str, state: str, replicas: int, storage: str) -> None:
    spec = Cluster.from_profile(name).client().get(REGISTRYCONFIGS, "cluster")["spec"]
    assert (spec["managementState"], spec["replicas"]) == (state, replicas)
    assert set(spec["storage"]) - {"managementState"} == set(storage.split())


def test_the_registry_moves_to_cephfs_by_a_patch() -> None:
    cluster = Cluster.from_profile("ocp-4.20", seed=2)
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "ocs4registry", "namespace": "openshift-image-registry"},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "storageClassName": "ocs-storagecluster-cephfs",
            "resources": {"requests": {"storage": "100Gi"}},
        },
    }
    patch = '{"spec":{"storage":{"s3":null,"pvc":{"claim":"ocs4registry"}}}}'
    script = f"""
oc create -f - && sleep 10 &&
oc patch configs.imageregistry.operator.openshift.io/cluster --type merge -p '{patch}' && sleep 5 &&
oc rollout status -n openshift-image-registry deploy/image-registry
"""
    assert cluster.sh(script, json.dumps(claim)).status == 0
    disks = cluster.sh("oc rsh -n openshift-image-registry deploy/image-registry df -h | grep registry").stdout
    assert "100G     0  100G   0% /registry" in disks
    mounts = cluster.sh("oc rsh -n openshift-image-registry deploy/image-registry mount | grep /registry").stdout
    assert mounts.startswith("csi-cephfs-node-ceph-user-g1-")
    assert "@3e7c1a52-9d4b-4f0e-8c61-7a2f5b90d3e8.ocs-storagecluster-cephfilesystem=/volumes/csi/csi-vol-" in mounts
    assert "mon_addr=172.30.104.87:3300/172.30.61.20:3300/172.30.233.194:3300" in mounts


def test_bare_metal_has_an_object_store_of_its_own() -> None:
    cluster = Cluster.from_profile("ocp-4.20-baremetal", seed=2)
    claim = {
        "apiVersion": "objectbucket.io/v1alpha1",
        "kind": "ObjectBucketClaim",
        "metadata": {"name": "images", "namespace": "openshift-image-registry"},
        "spec": {"generateBucketName": "images", "storageClassName": "ocs-storagecluster-ceph-rgw"},
    }
    assert cluster.sh("oc create -f - && sleep 20", json.dumps(claim)).status == 0
    made = cluster.sh("oc get obc images -n openshift-image-registry -o jsonpath={.status.phase}").stdout
    assert made == "Bound"


def test_titles_tell_the_profiles_apart() -> None:
    assert len({frozen(name)[0].title for name in NAMES}) == len(NAMES)
