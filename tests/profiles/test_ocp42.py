"""The profile ocp-4.2 is the cluster that the registry lab was written on."""

import base64
import json
from collections import Counter

import pytest
import yaml

from simulator import profiles
from simulator.api.gvrs import BUCKETOBJECTS, NAMESPACES, NODES, PODS, REGISTRYCONFIGS, SECRETS
from simulator.api.types import GVR
from simulator.client.client import Client
from simulator.cluster import Cluster
from simulator.errors import Object
from simulator.infra import images
from simulator.runtime.clock import parse_rfc3339

NAME = "ocp-4.2"
IMAGESTREAMS = GVR("image.openshift.io", "v1", "imagestreams")
BUCKET = "cluster-ocs-f562-9d4rh-image-registry-us-east-1-rjqkgcsxlotmwm"


@pytest.fixture
def cluster() -> Cluster:
    return Cluster.from_profile(NAME, seed=1)


@pytest.fixture
def client(cluster: Cluster) -> Client:
    return cluster.client()


def age_minutes(cluster: Cluster, obj: Object) -> int:
    made = parse_rfc3339(obj["metadata"]["creationTimestamp"])
    return int((cluster.clock.now() - made) // 60)


def test_a_fresh_cluster_is_at_rest(cluster: Cluster) -> None:
    revision = cluster.state.revision
    assert cluster.clock.next_due() is None
    cluster.clock.advance(3600)
    assert cluster.state.revision == revision


def test_a_restart_that_lists_everything_changes_nothing() -> None:
    profile, base = profiles.frozen(NAME)
    cluster = Cluster(profile, base.fork(), seed=2)
    cluster.manager.start()
    assert cluster.settle()
    assert cluster.clock.next_due() is None
    assert [(entry.cause, entry.resource, entry.name) for entry in cluster.state.history(base.revision)] == []
    assert cluster.manager.errors == []


def test_the_clock_starts_at_the_moment_of_the_lab(cluster: Cluster) -> None:
    assert cluster.clock.now() == parse_rfc3339("2019-10-28T12:23:30Z")


def test_the_pods_of_the_registry_have_the_ages_of_the_lab(cluster: Cluster, client: Client) -> None:
    pods = client.list(PODS, "openshift-image-registry")
    hours = 3 * 60 + 16
    assert Counter(
        (pod["metadata"]["name"].rsplit("-", 1)[0].split("-")[0], age_minutes(cluster, pod)) for pod in pods
    ) == {
        ("cluster", hours): 1,
        ("image", hours): 1,
        ("node", hours): 5,
        ("node", 116): 3,
    }
    assert all(status["ready"] for pod in pods for status in pod["status"]["containerStatuses"])


HTTP_SECRET = (
    "0c394aabee8e6a9ef8aa2c927c8f8c487f8ad3249ff67794a8685af4f76c7281"
    "1c97ee4ddf936602dd9fca12e198c4eff413130568a4c356d7b6f14f805bcb59"
)
CONFIG = """
apiVersion: imageregistry.operator.openshift.io/v1
kind: Config
metadata:
  creationTimestamp: "2019-10-28T09:07:09Z"
  finalizers:
  - imageregistry.operator.openshift.io/finalizer
  generation: 3
  name: cluster
  resourceVersion: "16463"
  selfLink: /apis/imageregistry.operator.openshift.io/v1/configs/cluster
  uid: 52880e6b-f962-11e9-8995-12a861d1434e
spec:
  defaultRoute: true
  httpSecret: SECRET
  logging: 2
  managementState: Managed
  proxy:
    http: ""
    https: ""
    noProxy: ""
  readOnly: false
  replicas: 1
  requests:
    read:
      maxInQueue: 0
      maxRunning: 0
      maxWaitInQueue: 0s
    write:
      maxInQueue: 0
      maxRunning: 0
      maxWaitInQueue: 0s
  storage:
    s3:
      bucket: cluster-ocs-f562-9d4rh-image-registry-us-east-1-rjqkgcsxlotmwm
      encrypt: true
      keyID: ""
      region: us-east-1
      regionEndpoint: ""
status:
  conditions:
  - lastTransitionTime: "2019-10-28T09:07:10Z"
    reason: S3 Bucket Exists
    status: "True"
    type: StorageExists
  - lastTransitionTime: "2019-10-28T09:07:10Z"
    message: Public access to the S3 bucket and its contents have been successfully
      blocked.
    reason: Public Access Block Successful
    status: "True"
    type: StoragePublicAccessBlocked
  - lastTransitionTime: "2019-10-28T09:07:10Z"
    message: Tags were successfully applied to the S3 bucket
    reason: Tagging Successful
    status: "True"
    type: StorageTagged
  - lastTransitionTime: "2019-10-28T09:07:10Z"
    message: Default AES256 encryption was successfully enabled on the S3 bucket
    reason: Encryption Successful
    status: "True"
    type: StorageEncrypted
  - lastTransitionTime: "2019-10-28T09:07:10Z"
    message: Default cleanup of incomplete multipart uploads after one (1) day was
      successfully enabled
    reason: Enable Cleanup Successful
    status: "True"
    type: StorageIncompleteUploadCleanupEnabled
  - lastTransitionTime: "2019-10-28T09:07:56Z"
    message: The registry is ready
    reason: Ready
    status: "True"
    type: Available
  - lastTransitionTime: "2019-10-28T09:18:32Z"
    message: The registry is ready
    reason: Ready
    status: "False"
    type: Progressing
  - lastTransitionTime: "2019-10-28T09:07:11Z"
    status: "False"
    type: Degraded
  - lastTransitionTime: "2019-10-28T09:07:11Z"
    status: "False"
    type: Removed
  observedGeneration: 3
  readyReplicas: 0
  storage:
    s3:
      bucket: cluster-ocs-f562-9d4rh-image-registry-us-east-1-rjqkgcsxlotmwm
      encrypt: true
      keyID: ""
      region: us-east-1
      regionEndpoint: ""
  storageManaged: true
"""


def test_the_config_is_that_of_the_lab_field_for_field(client: Client) -> None:
    assert client.get(REGISTRYCONFIGS, "cluster") == yaml.safe_load(CONFIG.replace("SECRET", HTTP_SECRET))


def test_the_project_of_the_registry(client: Client) -> None:
    meta = client.get(NAMESPACES, "openshift-image-registry")["metadata"]
    assert meta["labels"] == {"openshift.io/cluster-monitoring": "true"}
    assert meta["annotations"] == {
        "openshift.io/node-selector": "",
        "openshift.io/sa.scc.mcs": "s0:c18,c17",
        "openshift.io/sa.scc.supplemental-groups": "1000340000/10000",
        "openshift.io/sa.scc.uid-range": "1000340000/10000",
    }


def test_no_two_projects_share_their_numbers(client: Client) -> None:
    ranges = [one["metadata"]["annotations"]["openshift.io/sa.scc.uid-range"] for one in client.list(NAMESPACES)]
    assert len(set(ranges)) == len(ranges) > 50


def test_eight_nodes_and_what_runs_on_them(client: Client) -> None:
    roles = Counter(
        label for node in client.list(NODES) for label in node["metadata"]["labels"] if "node-role" in label
    )
    assert roles == {"node-role.kubernetes.io/master": 3, "node-role.kubernetes.io/worker": 5}
    phases = Counter(pod["status"]["phase"] for pod in client.list(PODS))
    assert phases["Running"] > 150
    assert set(phases) == {"Running", "Succeeded"}


@pytest.mark.parametrize(
    ("start", "count", "containers"),
    [
        ("csi-cephfsplugin-provisioner-", 2, 4),
        ("csi-rbdplugin-provisioner-", 2, 4),
        ("noobaa-core-0", 1, 2),
        ("rook-ceph-mon-", 3, 1),
        ("rook-ceph-osd-prepare-", 3, 1),
        ("rook-ceph-mds-ocs-storagecluster-cephfilesystem-", 2, 1),
        ("rook-ceph-drain-canary-", 3, 1),
    ],
)
def test_pods_of_the_storage(client: Client, start: str, count: int, containers: int) -> None:
    pods = [pod for pod in client.list(PODS, "openshift-storage") if pod["metadata"]["name"].startswith(start)]
    assert len(pods) == count
    assert {len(pod["spec"]["containers"]) for pod in pods} == {containers}
    done = start == "rook-ceph-osd-prepare-"
    assert {pod["status"]["phase"] for pod in pods} == {"Succeeded" if done else "Running"}


def test_every_image_stream_of_the_registry_leads_to_blobs_with_true_digests(client: Client) -> None:
    files = {obj["spec"]["key"]: obj["spec"] for obj in client.list(BUCKETOBJECTS) if obj["spec"]["bucket"] == BUCKET}
    for key, spec in files.items():
        if key.endswith("/data"):
            assert images.blob_path(images.digest_of(spec["data"].encode())) == key
    streams = client.list(IMAGESTREAMS, "petclinic")
    assert len(streams) == 6
    for stream in streams:
        repository = f"petclinic/{stream['metadata']['name']}"
        for tag in stream["status"]["tags"]:
            newest = tag["items"][0]["image"]
            assert files[images.tag_path(repository, tag["tag"])]["data"] == newest
            check_manifest(files, repository, newest)


def check_manifest(files: dict[str, Object], repository: str, digest: str) -> None:
    assert images.revision_path(repository, digest) in files
    manifest = json.loads(files[images.blob_path(digest)]["data"])
    for child in manifest.get("manifests", ()):
        check_manifest(files, repository, child["digest"])
    for layer in manifest.get("layers", ()):
        assert images.layer_path(repository, layer["digest"]) in files
        assert files[images.blob_path(layer["digest"])]["size"] == layer["size"]


def test_images_can_be_pulled_through_the_registry(cluster: Cluster) -> None:
    image = cluster.machines.registry.pull("petclinic/spring-petclinic", "2.1")
    assert image.size == 75863412 + 98431120 + 45007261


def test_a_manifest_list_is_pulled_for_the_platform_of_the_nodes(cluster: Cluster) -> None:
    image = cluster.machines.registry.pull("petclinic/web", "3.2")
    assert json.loads(image.config.data)["architecture"] == "amd64"
    assert image.size == 75863412 + 21340772 + 6120344


def test_the_secret_that_a_mount_gets_its_user_from(client: Client) -> None:
    data = client.get(SECRETS, "rook-csi-cephfs-node", "openshift-storage")["data"]
    assert base64.b64decode(data["adminID"]) == b"csi-cephfs-node"
    assert len(data) == 2


def test_monitors_stand_in_the_order_of_the_mount(cluster: Cluster) -> None:
    assert cluster.machines.ceph.monitors() == ["172.30.107.130:6789", "172.30.82.116:6789", "172.30.125.23:6789"]
    assert cluster.machines.ceph.health() == "HEALTH_OK"
