"""topologySpreadConstraints, without an API."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.controllers.scheduling.model import Snapshot
from simulator.controllers.scheduling.spreading import SKEWED, UNLABELLED, Spreading

ZONE, HOST, WORKER = "topology.kubernetes.io/zone", "kubernetes.io/hostname", "node-role.kubernetes.io/worker"
LABELS = {"app": "web"}


def nodes() -> list[dict[str, Any]]:
    """A master and a worker in each of two zones, and a worker in none."""
    labels = {
        "master-a": {ZONE: "a"},
        "worker-a": {ZONE: "a", WORKER: ""},
        "worker-b": {ZONE: "b", WORKER: ""},
        "worker-x": {WORKER: ""},
    }
    return [{"metadata": {"name": name, "labels": {HOST: name, **own}}} for name, own in labels.items()]


def pod(node: str = "", labels: dict[str, str] | None = None, going: bool = False, **rule: Any) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": f"on-{node}", "namespace": "lab", "labels": LABELS if labels is None else labels}
    if going:
        meta["deletionTimestamp"] = "2025-10-28T09:00:00Z"
    spec: dict[str, Any] = {"containers": [{"name": "c"}], **({"nodeName": node} if node else {})}
    if rule:
        base = {"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": LABELS}}
        spec["topologySpreadConstraints"] = [{**base, "topologyKey": key} for key in rule.pop("keys")]
        spec["topologySpreadConstraints"] = [{**one, **rule} for one in spec["topologySpreadConstraints"]]
    return {"metadata": meta, "spec": spec}


def allowed(wanted: dict[str, Any], *running: dict[str, Any]) -> dict[str, str]:
    """Node to reason, "" where the pod may run."""
    snapshot = Snapshot(nodes(), running)
    spreading = Spreading(wanted, snapshot)
    return {info.name: next(iter(spreading.reasons(info)), "") for info in snapshot.infos}


def test_a_node_without_the_label_takes_no_pod() -> None:
    assert allowed(pod(keys=[ZONE])) == {"master-a": "", "worker-a": "", "worker-b": "", "worker-x": UNLABELLED}


def test_the_fuller_domain_is_refused() -> None:
    assert allowed(pod(keys=[ZONE]), pod("worker-a"))["master-a"] == SKEWED
    assert allowed(pod(keys=[ZONE]), pod("worker-a"))["worker-b"] == ""


def test_a_pod_that_is_being_deleted_counts_no_more() -> None:
    assert allowed(pod(keys=[ZONE]), pod("worker-a", going=True))["worker-a"] == ""


def test_a_node_outside_one_topology_counts_for_none() -> None:
    """The master's host name stays empty, and does not hold the second pod on a worker back."""
    running = (pod("worker-a"), pod("worker-b"))
    assert allowed(pod(keys=[HOST]), *running)["worker-a"] == SKEWED
    assert allowed(pod(keys=[HOST, WORKER, ZONE]), *running)["worker-a"] == ""


def test_all_workers_are_one_domain() -> None:
    running = [pod("worker-a")] * 5
    assert allowed(pod(keys=[WORKER]), *running)["worker-a"] == ""


def test_match_label_keys_count_only_the_same_value() -> None:
    new, old = {**LABELS, "hash": "new"}, {**LABELS, "hash": "old"}
    assert allowed(pod(labels=new, keys=[ZONE], matchLabelKeys=["hash"]), pod("worker-a", old))["worker-a"] == ""
    assert allowed(pod(labels=new, keys=[ZONE], matchLabelKeys=["hash"]), pod("worker-a", new))["worker-a"] == SKEWED


@pytest.mark.parametrize(("fewest", "reason"), [(2, ""), (3, SKEWED)])
def test_min_domains(fewest: int, reason: str) -> None:
    running = (pod("worker-a"), pod("worker-b"))
    assert allowed(pod(keys=[ZONE], minDomains=fewest), *running)["worker-a"] == reason


def test_what_may_be_skewed_refuses_nothing() -> None:
    wanted = pod(keys=[ZONE], whenUnsatisfiable="ScheduleAnyway")
    assert set(allowed(wanted, pod("worker-a"), pod("worker-a")).values()) == {""}
