"""Containers beside the ordinary ones: sidecars (KEP-753), ephemeral ones, and such as change their size."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import PODS, PROJECTREQUESTS
from simulator.api.types import STRATEGIC_MERGE_PATCH
from simulator.cluster import Cluster
from simulator.errors import Invalid, Object

SCRIPT = ["sh", "-c"]


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster.from_profile("ocp-4.20")
    made.client().create(PROJECTREQUESTS, {"metadata": {"name": "lab"}})
    made.settle()
    return made


def pod(cluster: Cluster, **spec: Any) -> None:
    cluster.client().create(PODS, {"metadata": {"name": "p", "namespace": "lab"}, "spec": spec})


def get(cluster: Cluster) -> Object:
    return cluster.client().get(PODS, "p", "lab")


def patch(cluster: Cluster, subresource: str, spec: Object) -> Object:
    return cluster.client().patch(
        PODS, "p", {"spec": spec}, "lab", content_type=STRATEGIC_MERGE_PATCH, subresource=subresource
    )


def box(name: str, script: str, **more: Any) -> Object:
    return {"name": name, "image": "busybox", "command": [*SCRIPT, script], **more}


def test_a_sidecar_starts_first_and_does_not_outlive_the_others(cluster: Cluster) -> None:
    sidecar = box("log", "sleep 1000000", restartPolicy="Always")
    pod(cluster, restartPolicy="Never", initContainers=[sidecar], containers=[box("main", "sleep 60")])
    cluster.clock.advance(40)
    status = get(cluster)["status"]
    assert status["phase"] == "Running"
    assert status["initContainerStatuses"][0]["ready"]
    began = [one["state"]["running"]["startedAt"] for key in ("initContainerStatuses", "containerStatuses")
             for one in status[key]]  # fmt: skip
    assert began == sorted(began)
    cluster.settle()
    status = get(cluster)["status"]
    assert status["phase"] == "Succeeded"
    assert status["initContainerStatuses"][0]["state"]["terminated"]["exitCode"] == 0


def test_a_sidecar_that_ends_is_started_again(cluster: Cluster) -> None:
    sidecar = box("log", "sleep 20; exit 0", restartPolicy="Always")
    pod(cluster, initContainers=[sidecar], containers=[box("main", "sleep 1000000")])
    cluster.clock.advance(60)
    status = get(cluster)["status"]
    assert status["phase"] == "Running"
    assert status["initContainerStatuses"][0]["restartCount"] >= 1


def test_somebody_looks_inside(cluster: Cluster) -> None:
    """``kubectl debug POD --image=busybox --target=main``"""
    pod(cluster, containers=[box("main", "sleep 1000000")])
    cluster.settle()
    patch(cluster, "ephemeralcontainers", {"ephemeralContainers": [box("d", "echo hi", targetContainerName="main")]})
    cluster.settle()
    found = get(cluster)
    assert found["spec"]["ephemeralContainers"][0]["terminationMessagePath"] == "/dev/termination-log"
    assert "terminated" in found["status"]["ephemeralContainerStatuses"][0]["state"]
    assert found["status"]["phase"] == "Running"
    log = cluster.client().request("GET", PODS.path("lab", "p", "log"), query={"container": "d"}).body
    assert log == "hi\n"
    with pytest.raises(Invalid, match='existing ephemeral containers "d" may not be removed'):
        cluster.client().patch(PODS, "p", {"spec": {"ephemeralContainers": []}}, "lab",
                               subresource="ephemeralcontainers")  # fmt: skip
    more = box("e", "true", targetContainerName="nope")
    with pytest.raises(Invalid, match='Not found: "nope"'):
        patch(cluster, "ephemeralcontainers", {"ephemeralContainers": [more]})


def test_a_container_changes_its_size_in_place(cluster: Cluster) -> None:
    pod(cluster, containers=[box("main", "sleep 1000000", resources={"requests": {"cpu": "10m"}})])
    cluster.settle()
    before = get(cluster)
    patch(cluster, "resize", {"containers": [{"name": "main", "resources": {"requests": {"cpu": "20m"}}}]})
    cluster.settle()
    after = get(cluster)
    assert after["metadata"]["generation"] == before["metadata"]["generation"] + 1
    shown = after["status"]["containerStatuses"][0]
    assert (shown["allocatedResources"], shown["restartCount"]) == ({"cpu": "20m"}, 0)
    size = {"requests": {"cpu": "20m", "ephemeral-storage": "1Gi"}}
    with pytest.raises(Invalid, match="only cpu and memory resources are mutable"):
        patch(cluster, "resize", {"containers": [{"name": "main", "resources": size}]})
