"""What a dump lacks, or has otherwise than the model would make it, takes nothing down that runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulator import profiles
from simulator.cluster import Cluster
from simulator.errors import Object
from simulator.profiles.importing import Imported, import_files, to_text
from tests.profiles.importing.mustgather import LAB, got

REGISTRY, SUM = "openshift-image-registry", "imageregistry.operator.openshift.io/checksum"


def imported(cluster: Cluster, *apart: str, change: Callable[[Object], Object | None] = lambda obj: obj) -> Imported:
    return import_files(got(cluster, apart=apart, change=change), "mine", "dump")


def touched(made: Imported, *resources: str) -> list[str]:
    """What the controllers made, changed or deleted of some resources when they were started."""
    start = made.report.start
    places = [place for what in ("created", "changed", "deleted") for place in start[what]]
    return [place for place in places if place.split()[0] in resources]


def running(made: Imported) -> Cluster:
    """The imported cluster, settled."""
    profile, state = profiles.thawed("mine", to_text(made.content))
    cluster = Cluster(profile, state.fork())
    cluster.manager.start()
    cluster.settle()
    return cluster


def test_three_namespaces_are_a_cluster(original: Cluster) -> None:
    made = imported(original)
    assert made.report.layout == "oc get"
    assert touched(made, "pods", "replicasets.apps", "daemonsets.apps", "statefulsets.apps") == []
    assert made.report.start["deleted"] == []
    names = {pod.object["metadata"]["namespace"] for pod in running(made).state.list("pods")}
    assert names == set(LAB)


@pytest.mark.parametrize(
    ("apart", "why"),
    [
        (["deployments"], "the Deployment of ReplicaSets"),
        (["deployments", "replicasets"], "the registry's operator, without a pod: nobody acts on the registry"),
        (["persistentvolumeclaims"], "the claim that a volume is bound to"),
        (["replicasets"], "the ReplicaSet that pods belong to"),
        (["controllerrevisions"], "the revision that pods belong to"),
        (["nodes"], "a node that pods run on"),
        (["serviceaccounts"], "a service account that pods or tokens belong to"),
        (["namespaces"], "a namespace that objects are in"),
        (["secrets"], "the token of a service account"),
        (["configmaps"], "a ConfigMap that pods read"),
    ],
)
def test_what_a_dump_leaves_out_is_made_up(original: Cluster, apart: list[str], why: str) -> None:
    made = imported(original, *apart)
    assert touched(made, "pods") == []
    assert why in {entry.why for entry in made.report.made_up}


@pytest.mark.parametrize("apart", [["statefulsets"], ["jobs"]])
def test_pods_whose_owner_is_not_there_stay(original: Cluster, apart: list[str]) -> None:
    made = imported(original, *apart)
    assert [place for place in made.report.start["deleted"] if place.startswith("pods ")] == []
    assert any("is not in the dump" in entry.why for entry in made.report.replaced)


def test_a_registry_of_another_patch_release_is_left_alone(original: Cluster) -> None:
    """Its objects are worded a little differently; its operator had written them, so nothing is rolled out."""

    def reworded(obj: Object) -> Object:
        if obj["metadata"].get("namespace") != REGISTRY or obj["kind"] not in ("Deployment", "ReplicaSet", "DaemonSet"):
            return obj
        if SUM in (obj["metadata"].get("annotations") or {}):
            obj["metadata"]["annotations"][SUM] = "sha256:0123"
        container = obj["spec"]["template"]["spec"]["containers"][0]
        container["env"] = [*container.get("env", ()), {"name": "FROM_ELSEWHERE", "value": "1"}]
        return obj

    made = imported(original, change=reworded)
    assert touched(made, "pods", "replicasets.apps", "deployments.apps", "daemonsets.apps") == []
    cluster = running(made)
    deployment = cluster.state.get("deployments.apps", REGISTRY, "image-registry")
    assert deployment is not None
    assert "FROM_ELSEWHERE" in str(deployment.object["spec"])
    told = [entry.place for entry in made.report.replaced if entry.why.startswith("what the registry operator wants")]
    assert f"deployments.apps {REGISTRY}/image-registry metadata.annotations" in told


def test_a_registry_that_is_not_well_is_the_operators_business(original: Cluster) -> None:
    def degraded(obj: Object) -> Object:
        if obj["kind"] == "Config" and obj["apiVersion"].startswith("imageregistry"):
            obj["status"]["conditions"] = [{"type": "Available", "status": "False"}]
        return obj

    assert touched(imported(original, change=degraded), "configs.imageregistry.operator.openshift.io")


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}, "CrashLoopBackOff"),
        ({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}, "ImagePullBackOff"),
        ({"waiting": {"reason": "CreateContainerConfigError", "message": "no key"}}, "CreateContainerConfigError"),
    ],
)
def test_a_container_that_fails_for_a_reason_unknown_keeps_failing(
    original: Cluster, state: Object, shown: str
) -> None:
    def broken(obj: Object) -> Object:
        if obj["kind"] == "Pod" and obj["metadata"]["name"].startswith("spring-petclinic"):
            ended = {"exitCode": 1, "startedAt": "2019-10-28T12:00:00Z", "finishedAt": "2019-10-28T12:00:05Z"}
            status = obj["status"]["containerStatuses"][0]
            status.update(state=state, lastState={"terminated": ended}, ready=False, restartCount=12)
            for condition in obj["status"]["conditions"]:
                if condition["type"] in ("Ready", "ContainersReady"):
                    condition["status"] = "False"
        return obj

    made = imported(original, change=broken)
    cluster = running(made)
    cluster.clock.advance_to(cluster.clock.now() + 3600)
    pods = [pod.object for pod in cluster.state.list("pods", "petclinic") if "spring" in pod.object["metadata"]["name"]]
    statuses = [pod["status"]["containerStatuses"][0] for pod in pods]
    assert {status["state"]["waiting"]["reason"] for status in statuses} == {shown}
    assert {status["restartCount"] for status in statuses} == {12}
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    assert len(pods) == 2


def test_a_node_that_nobody_hears_of_is_off(original: Cluster) -> None:
    name = original.state.list("nodes")[0].object["metadata"]["name"]

    def silent(obj: Object) -> Object:
        if obj["kind"] == "Node" and obj["metadata"]["name"] == name:
            for condition in obj["status"]["conditions"]:
                condition["status"] = "Unknown"
        return obj

    cluster = running(imported(original, change=silent))
    node = cluster.state.get("nodes", "", name)
    assert node is not None
    ready = next(one for one in node.object["status"]["conditions"] if one["type"] == "Ready")
    assert ready["status"] == "Unknown"


def test_a_running_container_keeps_the_variables_that_it_was_started_with(original: Cluster) -> None:
    """Its Secret may change later, as that of the registry does in the move."""
    cluster = running(imported(original))
    sandboxes = [one.object["spec"] for one in cluster.state.list("podsandboxes.infra.ocsim.dev")]
    registry = next(one for one in sandboxes if one["pod"].startswith("image-registry-"))
    assert set(registry["containers"]["registry"]["env"]) == {
        "REGISTRY_STORAGE_S3_ACCESSKEY",
        "REGISTRY_STORAGE_S3_SECRETKEY",
    }
    assert registry["adopted"]


def test_what_the_registry_keeps_is_known_as_far_as_images_tell(original: Cluster) -> None:
    def sizes(cluster: Cluster) -> dict[str, int]:
        found = [one.object["spec"] for one in cluster.state.list("bucketobjects.infra.ocsim.dev")]
        return {spec["key"]: spec["size"] for spec in found if "/blobs/" in spec["key"]}

    mine, theirs = sizes(running(imported(original))), sizes(original)
    assert set(mine) <= set(theirs)
    assert sum(mine.values()) > 0.5 * sum(theirs.values())
