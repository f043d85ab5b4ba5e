"""Autoscalers without metrics. Source: kube-controller-manager, podautoscaler/horizontal.go."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import AUTOSCALERS, DEPLOYMENTS
from simulator.controllers import autoscaler, deployment, replicaset, scheduler
from simulator.errors import Object

LOOPS = (autoscaler.CONTROLLER, deployment.CONTROLLER, replicaset.CONTROLLER, scheduler.CONTROLLER)
V1 = "/apis/autoscaling/v1/namespaces/lab/horizontalpodautoscalers"


@pytest.fixture
def world(kit: Any) -> Any:
    return kit.World((*LOOPS, kit.fake_kubelet()), release=kit.TODAY).start()


def scaler(least: int = 2, most: int = 4, name: str = "web") -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    spec = {"minReplicas": least, "maxReplicas": most, "scaleTargetRef": target}
    return {"metadata": {"name": "web", "namespace": "lab"}, "spec": spec}


def conditions(world: Any) -> dict[str, tuple[str, str]]:
    status = world.get(AUTOSCALERS, "web")["status"]
    return {one["type"]: (one["status"], one["reason"]) for one in status["conditions"]}


@pytest.mark.parametrize(
    ("replicas", "wanted", "reason"),
    [(1, 2, "Current number of replicas below Spec.MinReplicas"),
     (7, 4, "Current number of replicas above Spec.MaxReplicas"), (3, 3, "")],
)  # fmt: skip
def test_replicas_are_brought_between_the_bounds(world: Any, kit: Any, replicas: int, wanted: int, reason: str) -> None:
    world.create(DEPLOYMENTS, kit.deployment(replicas))
    world.create(AUTOSCALERS, scaler())
    world.settle()
    assert world.get(DEPLOYMENTS, "web")["spec"]["replicas"] == wanted
    assert world.events("SuccessfulRescale") == ([f"New size: {wanted}; reason: {reason}"] if reason else [])
    assert world.get(AUTOSCALERS, "web")["status"]["currentReplicas"] == wanted
    told = {"AbleToScale": ("True", "SucceededGetScale"), "ScalingActive": ("False", "FailedGetResourceMetric")}
    assert conditions(world) == told
    assert world.events("FailedGetResourceMetric") == [
        "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource "
        "metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
    ]
    world.assert_settled()


def test_a_target_with_no_replicas_is_left_alone(world: Any, kit: Any) -> None:
    world.create(DEPLOYMENTS, kit.deployment(0))
    world.create(AUTOSCALERS, scaler())
    world.settle()
    assert world.get(DEPLOYMENTS, "web")["spec"]["replicas"] == 0
    assert conditions(world)["ScalingActive"] == ("False", "ScalingDisabled")


def test_a_target_that_is_not_there(world: Any) -> None:
    world.create(AUTOSCALERS, scaler(name="nope"))
    world.settle()
    assert conditions(world) == {"AbleToScale": ("False", "FailedGetScale")}
    assert world.events("FailedGetScale") == ['deployments.apps "nope" not found']
    world.assert_settled()


def test_the_oldest_release_has_no_conditions(kit: Any) -> None:
    world = kit.World((*LOOPS, kit.fake_kubelet())).start()
    world.create(DEPLOYMENTS, kit.deployment(1))
    made = scaler()
    world.client.request("POST", V1, body=made)
    world.settle()
    shown = world.client.request("GET", f"{V1}/web").body
    assert shown["status"]["desiredReplicas"] == 2
    assert "conditions" not in shown["status"]
    world.assert_settled()


def test_version_1_is_another_view_of_the_same_object(world: Any) -> None:
    """What clients before 1.23 create."""
    made = scaler()
    made["spec"]["targetCPUUtilizationPercentage"] = 60
    world.client.request("POST", V1, body=made)
    world.settle()
    metric = world.get(AUTOSCALERS, "web")["spec"]["metrics"]
    assert metric == [
        {"resource": {"name": "cpu", "target": {"averageUtilization": 60, "type": "Utilization"}}, "type": "Resource"}
    ]
    shown = world.client.request("GET", f"{V1}/web").body
    assert shown["spec"]["targetCPUUtilizationPercentage"] == 60
    assert "metrics" not in shown["spec"]
    assert '"type":"AbleToScale"' in shown["metadata"]["annotations"]["autoscaling.alpha.kubernetes.io/conditions"]
    world.client.request("PUT", f"{V1}/web", body={**shown, "spec": {**shown["spec"], "maxReplicas": 9}})
    stored = world.get(AUTOSCALERS, "web")
    assert (stored["spec"]["maxReplicas"], stored["spec"]["metrics"]) == (9, metric)
    assert "annotations" not in stored["metadata"]
