"""All workload controllers together, on the API with its own admission."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import (
    DAEMONSETS,
    DEPLOYMENTS,
    JOBS,
    PODS,
    REPLICASETS,
    RESOURCEQUOTAS,
    ROUTES,
    SERVICEACCOUNTS,
    SERVICES,
    STATEFULSETS,
)
from simulator.api.resourcetable import builtin_table
from simulator.controllers import WORKLOAD_CONTROLLERS
from simulator.controllers.podstate import is_active, is_ready
from simulator.release import OLDEST

KINDS = (DEPLOYMENTS, REPLICASETS, DAEMONSETS, STATEFULSETS, JOBS, PODS, SERVICES, SERVICEACCOUNTS, ROUTES)


def fill(world: Any, kit: Any) -> None:
    """One of each workload, with a Service and a Route."""
    world.create(DEPLOYMENTS, kit.deployment(3))
    template = {"metadata": {"labels": {"app": "agent"}}, "spec": kit.template()["spec"]}
    spec: dict[str, Any] = {"selector": {"matchLabels": {"app": "agent"}}, "template": template}
    world.create(DAEMONSETS, {"metadata": {"name": "agent", "namespace": "lab"}, "spec": spec})
    template = {"metadata": {"labels": {"app": "db"}}, "spec": kit.template()["spec"]}
    spec = {"selector": {"matchLabels": {"app": "db"}}, "template": template, "serviceName": "db", "replicas": 2}
    world.create(STATEFULSETS, {"metadata": {"name": "db", "namespace": "lab"}, "spec": spec})
    pod = {**kit.template()["spec"], "restartPolicy": "Never"}
    world.create(JOBS, {"metadata": {"name": "copy", "namespace": "lab"}, "spec": {"template": {"spec": pod}}})
    annotations = {"service.alpha.openshift.io/serving-cert-secret-name": "web-tls"}
    meta = {"name": "web", "namespace": "lab", "annotations": annotations}
    world.create(SERVICES, {"metadata": meta, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}})
    to = {"kind": "Service", "name": "web"}
    world.create(ROUTES, {"metadata": {"name": "web", "namespace": "lab"}, "spec": {"to": to}})


@pytest.fixture(params=["4.2", "4.20"])
def world(kit: Any, request: Any) -> Any:
    release = kit.TODAY if request.param == "4.20" else OLDEST
    made = kit.World([*WORKLOAD_CONTROLLERS, kit.fake_kubelet()], admission=None, release=release).start()
    made.settle()  # pods need the namespace's service accounts
    return made


def shape(world: Any) -> Any:
    """What must come out the same, whatever the generated names are."""
    ready = sorted((pod["metadata"]["generateName"] if "generateName" in pod["metadata"] else pod["metadata"]["name"],
                    is_ready(pod)) for pod in world.items(PODS) if is_active(pod))  # fmt: skip
    sets = [(one["kind"], one["spec"].get("replicas")) for kind in KINDS[:4] for one in world.items(kind)]
    accounts = [(one["metadata"]["name"], len(one["secrets"])) for one in world.items(SERVICEACCOUNTS)]
    return ready, sets, accounts


def test_a_settled_cluster_is_left_alone_and_has_no_timers(world: Any, kit: Any) -> None:
    fill(world, kit)
    world.settle()
    assert world.clock.next_due() is None
    assert len(world.items(PODS)) == 3 + 3 + 2 + 1
    world.assert_settled()
    assert world.manager.errors == []


def test_a_settled_object_is_judged_cheaply(world: Any, kit: Any) -> None:
    """Counted in requests, not in time: what a restart does for each object."""
    fill(world, kit)
    world.settle()
    asked = 0
    handle = world.server.handle

    def counting(request: Any) -> Any:
        nonlocal asked
        asked += 1
        return handle(request)

    world.server.handle = counting
    table = builtin_table(world.release)
    for runner in world.manager.runners:
        served = [table.served(watches.resource) for watches in runner.controller.watches]
        for resource, watches in zip(served, runner.controller.watches, strict=True):
            for obj in world.items(resource, None) if served[0] and resource else ():
                for key in list(watches.keys(runner.context, obj)):
                    asked = 0
                    runner.controller.reconcile(runner.context, key)
                    assert asked <= 6, (runner.controller.name, key)


@pytest.mark.parametrize("step", range(1, 12))
def test_killed_on_the_way_it_converges(world: Any, kit: Any, step: int) -> None:
    """Killed after every twelfth of the history that leads to the settled cluster."""
    controllers = world.controllers
    fill(world, kit)
    filled = world.state.revision
    world.settle()
    expected, history = shape(world), world.state.history(0)
    cut = filled + (len(history) - filled) * step // 12
    other = kit.World(controllers, history=history[:cut], admission=None, release=world.release).start()
    other.settle()
    assert shape(other) == expected
    other.assert_settled()


def test_the_same_seed_gives_the_same_history(kit: Any) -> None:
    histories = []
    for _ in range(2):
        made = kit.World([*WORKLOAD_CONTROLLERS, kit.fake_kubelet()], admission=None).start()
        made.settle()
        fill(made, kit)
        made.settle()
        histories.append([(entry.time, entry.cause, entry.name, entry.object) for entry in made.state.history(0)])
    assert histories[0] == histories[1]


def test_a_quota_stops_pods_and_lets_them_go_on(world: Any, kit: Any) -> None:
    quota = {"metadata": {"name": "q", "namespace": "lab"}, "spec": {"hard": {"pods": "1"}}}
    world.create(RESOURCEQUOTAS, quota)
    world.settle()
    world.create(DEPLOYMENTS, kit.deployment(3))
    world.clock.advance(20)
    assert len(world.items(PODS)) == 1
    (event, *_) = [text for text in world.events("FailedCreate") if "exceeded quota" in text]
    assert event.startswith("Error creating: pods ")
    assert event.endswith("is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1")
    conditions = world.get(DEPLOYMENTS, "web")["status"]["conditions"]
    assert [one["reason"] for one in conditions if one["type"] == "ReplicaFailure"] == ["FailedCreate"]
    world.change(RESOURCEQUOTAS, "q", {"spec": {"hard": {"pods": "5"}}})
    world.settle(3000)
    assert world.get(DEPLOYMENTS, "web")["status"]["availableReplicas"] == 3
    assert world.get(RESOURCEQUOTAS, "q")["status"]["used"] == {"pods": "3"}
