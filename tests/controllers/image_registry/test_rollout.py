"""The operator together with the controllers that roll its Deployment out; the kubelet is a few lines."""

import re
from typing import Any

import pytest

from simulator.api.gvrs import DEPLOYMENTS, PERSISTENTVOLUMECLAIMS, PODS
from simulator.controllers import deployment, garbagecollector, replicaset
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.image_registry import CONTROLLERS
from simulator.controllers.manager import Manager
from simulator.runtime.clock import parse_rfc3339, rfc3339

NS = "openshift-image-registry"
START_S, STOP_S = 5.0, 3.0


def kubelet(context: Context, key: Key) -> Result:
    """Pods are Ready after START_S, if their claims exist, and gone STOP_S after their deletion."""
    pod = context.client.get_or_none(PODS, key.name, key.namespace)
    if pod is None:
        return DONE
    metadata = pod["metadata"]
    if "deletionTimestamp" in metadata:
        asked = parse_rfc3339(metadata["deletionTimestamp"]) - metadata["deletionGracePeriodSeconds"]
        if (left := asked + STOP_S - context.now) > 0:
            return Result(left)
        context.client.delete(PODS, key.name, key.namespace, grace_period_s=0)
        return DONE
    if pod.get("status", {}).get("phase") == "Running" or not has_claims(context, pod):
        return DONE
    if (left := parse_rfc3339(metadata["creationTimestamp"]) + START_S - context.now) > 0:
        return Result(left)
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": rfc3339(context.now)}
    context.client.update_status(PODS, {**pod, "status": {"phase": "Running", "conditions": [ready]}})
    return DONE


def has_claims(context: Context, pod: dict[str, Any]) -> bool:
    claims = [volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["spec"]["volumes"]]
    found = [context.client.get_or_none(PERSISTENTVOLUMECLAIMS, claim, NS) for claim in claims if claim]
    return all(claim is not None and claim["spec"].get("storageClassName") != "missing" for claim in found)


KUBELET = Controller("kubelet", "system:node:worker", (Watches(PODS, own_key),), kubelet)


def with_pods(cluster: Any) -> Any:
    """Installed, with pods; the operator is of the cluster's own release."""
    operator = cluster.client.get(DEPLOYMENTS, "cluster-image-registry-operator", NS)
    cluster.client.delete(DEPLOYMENTS, operator["metadata"]["name"], NS)
    loops = (*CONTROLLERS, deployment.CONTROLLER, replicaset.CONTROLLER, garbagecollector.CONTROLLER, KUBELET)
    cluster.manager = Manager(cluster.transport, cluster.clock, cluster.names, loops, cluster.machines, cluster.release)
    cluster.manager.start()
    assert cluster.clock.run_until_idle(600, quiet_s=30)
    return cluster


@pytest.fixture
def rolling(cluster: Any) -> Any:
    return with_pods(cluster)


@pytest.fixture
def rolling_modern(modern: Any) -> Any:
    return with_pods(modern)


def pods(cluster: Any) -> list[dict[str, Any]]:
    return list(cluster.client.list(PODS, NS, labels="docker-registry=default"))


def reason(cluster: Any, kind: str) -> str:
    return str(cluster.condition(kind)[1])


def test_the_old_pod_serves_until_the_new_one_is_ready(rolling: Any) -> None:
    (old,) = pods(rolling)
    assert (reason(rolling, "Available"), reason(rolling, "Progressing")) == ("Ready", "Ready")
    rolling.create_claim("ocs4registry")
    rolling.edit(storage={"pvc": {"claim": "ocs4registry"}})
    rolling.clock.advance(2)
    assert len(pods(rolling)) == 2
    assert (reason(rolling, "Available"), reason(rolling, "Progressing")) == (
        "MinimumAvailability",
        "DeploymentNotCompleted",
    )
    rolling.clock.run_until_idle(600, quiet_s=30)
    (new,) = pods(rolling)
    assert new["metadata"]["name"] != old["metadata"]["name"]
    assert new["spec"]["volumes"][0]["persistentVolumeClaim"] == {"claimName": "ocs4registry"}
    assert new["spec"]["securityContext"]["fsGroup"] == 1000320000
    assert (reason(rolling, "Available"), reason(rolling, "Progressing")) == ("Ready", "Ready")


def test_a_claim_that_never_binds_leaves_the_old_pod_serving(rolling: Any) -> None:
    (old,) = pods(rolling)
    rolling.create_claim("ocs4registry", storageClassName="missing")
    rolling.edit(storage={"pvc": {"claim": "ocs4registry"}})
    rolling.clock.run_until_idle(3600)
    assert old["metadata"]["name"] in {pod["metadata"]["name"] for pod in pods(rolling)}
    assert len(pods(rolling)) == 2
    assert reason(rolling, "StorageExists") == "PVC Exists"
    assert (reason(rolling, "Available"), reason(rolling, "Progressing")) == (
        "MinimumAvailability",
        "DeploymentNotCompleted",
    )
    assert rolling.condition("Degraded") == ("False", "", "")


def test_removed_and_back(rolling: Any) -> None:
    rolling.edit(managementState="Removed")
    rolling.clock.run_until_idle(600, quiet_s=30)
    assert pods(rolling) == []
    assert reason(rolling, "Available") == "Removed"
    rolling.edit(managementState="Managed")
    rolling.clock.run_until_idle(600, quiet_s=30)
    assert len(pods(rolling)) == 1
    assert reason(rolling, "Available") == "Ready"


def test_of_two_pods_one_stops_first(rolling_modern: Any) -> None:
    old = {pod["metadata"]["name"] for pod in pods(rolling_modern)}
    assert len(old) == 2
    rolling_modern.create_claim("ocs4registry")
    rolling_modern.edit(storage={"pvc": {"claim": "ocs4registry"}})
    rolling_modern.clock.advance(1)
    names = {pod["metadata"]["name"] for pod in pods(rolling_modern)}
    assert (len(old & names), len(names - old)) == (1, 2)
    assert reason(rolling_modern, "Available") == "MinimumAvailability"
    rolling_modern.clock.run_until_idle(600, quiet_s=30)
    new = {pod["metadata"]["name"] for pod in pods(rolling_modern)}
    assert len(new) == 2
    assert not new & old
    assert (reason(rolling_modern, "Available"), reason(rolling_modern, "Progressing")) == ("Ready", "Ready")
    versions = rolling_modern.cluster_operator["status"]["versions"]
    assert [one["name"] for one in versions] == ["operator"]


def test_a_claim_that_never_binds_degrades_after_the_deadline(rolling_modern: Any) -> None:
    rolling_modern.create_claim("ocs4registry", storageClassName="missing")
    rolling_modern.edit(storage={"pvc": {"claim": "ocs4registry"}})
    rolling_modern.clock.advance(55)
    assert rolling_modern.condition("Degraded") == ("False", "", "")
    rolling_modern.clock.advance(15)
    status, why, message = rolling_modern.condition("Degraded")
    assert (status, why) == ("True", "ProgressDeadlineExceeded")
    assert re.fullmatch(
        r'Registry deployment has timed out progressing: ReplicaSet "image-registry-\w+" has timed out progressing\.',
        message,
    )
    assert reason(rolling_modern, "Available") == "MinimumAvailability"
    rolling_modern.edit(storage={"emptyDir": {}})
    rolling_modern.clock.run_until_idle(600, quiet_s=30)
    assert rolling_modern.condition("Degraded") == ("False", "", "")
    assert reason(rolling_modern, "Available") == "Ready"


def test_an_edit_of_pods_template_by_hand_is_undone_before_a_pod_is_ready(rolling_modern: Any) -> None:
    old = {pod["metadata"]["name"] for pod in pods(rolling_modern)}
    annotations = {"kubectl.kubernetes.io/restartedAt": "2025-11-12T10:30:00Z"}
    template = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    rolling_modern.client.patch(DEPLOYMENTS, "image-registry", template, NS)
    rolling_modern.clock.run_until_idle(600, quiet_s=30)
    found = rolling_modern.deployment["spec"]["template"]["metadata"]["annotations"]
    assert "kubectl.kubernetes.io/restartedAt" not in found
    assert len(pods(rolling_modern)) == 2
    assert old & {pod["metadata"]["name"] for pod in pods(rolling_modern)}, "some old pod never stopped"
