"""A machine falls: its node is NotReady after 40 s, its pods go after 300 s more."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import NODEMACHINES, NODES, PODS
from simulator.controllers.node_lifecycle import UNREACHABLE, UNSCHEDULABLE, toleration_s

NODE = "ip-10-0-150-7.ec2.internal"


def report(lab: Any) -> None:
    """What a kubelet posts."""
    node = lab.client.get(NODES, NODE)
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2019-10-28T12:00:00Z"}
    pressure = {"type": "DiskPressure", "status": "False", "lastTransitionTime": "2019-10-28T12:00:00Z"}
    conditions = [pressure, ready]
    lab.client.update_status(NODES, {**node, "status": {**node.get("status", {}), "conditions": conditions}})
    assert lab.settle()


def is_ready(lab: Any) -> str:
    conditions = lab.client.get(NODES, NODE)["status"]["conditions"]
    return str(next(one["status"] for one in conditions if one["type"] == "Ready"))


@pytest.mark.parametrize("by_fault", [True, False])
def test_fall_and_return(lab: Any, by_fault: bool) -> None:
    report(lab)
    lab.assert_settled()
    if by_fault:
        lab.fault("power", f"node:{NODE}", "down")
    else:
        lab.client.patch(NODEMACHINES, NODE, {"spec": {"poweredOff": True}})
    lab.settle(35)
    assert is_ready(lab) == "True"
    lab.settle(10)
    assert is_ready(lab) == "Unknown"
    taints = lab.client.get(NODES, NODE)["spec"]["taints"]
    assert [(one["key"], one["effect"]) for one in taints] == [(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")]
    assert ("NodeNotReady", f"Node {NODE} status is now: NodeNotReady") in lab.events(NODE, "default")
    if by_fault:
        lab.repair("power")
    else:
        lab.client.patch(NODEMACHINES, NODE, {"spec": {"poweredOff": False}})
    lab.settle()
    assert is_ready(lab) == "True"
    assert "taints" not in lab.client.get(NODES, NODE)["spec"]
    lab.assert_settled()


def test_pods_are_evicted_but_daemons_stay(lab: Any) -> None:
    report(lab)
    lab.pod("web", node=NODE)
    lab.pod("daemon", node=NODE, tolerations=[{"operator": "Exists"}])
    lab.settle()
    lab.fault("power", f"node:{NODE}", "down")
    lab.settle(60)
    assert any((one["type"], one["status"]) == ("Ready", "False") for one in lab.get_pod("web")["status"]["conditions"])
    lab.settle(270)
    assert "deletionTimestamp" not in lab.get_pod("web")["metadata"]
    lab.settle(30)
    assert "deletionTimestamp" in lab.get_pod("web")["metadata"], "nobody there to end it"
    assert "deletionTimestamp" not in lab.get_pod("daemon")["metadata"]
    assert ("TaintManagerEviction", "Marking for deletion Pod demo/web") in lab.events("web")
    lab.repair("power")
    lab.settle()
    assert lab.client.get_or_none(PODS, "web", "demo") is None
    conditions = lab.get_pod("daemon")["status"]["conditions"]
    assert any((one["type"], one["status"]) == ("Ready", "True") for one in conditions)


@pytest.mark.parametrize(
    ("tolerations", "seconds"),
    [
        ([], 300.0),
        ([{"operator": "Exists"}], None),
        ([{"key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 20}], 20.0),
        ([{"key": "other", "operator": "Exists"}], 300.0),
        ([{"operator": "Exists", "effect": "NoSchedule"}], 300.0),
    ],
)
def test_tolerations(tolerations: list[dict[str, Any]], seconds: float | None) -> None:
    assert toleration_s({"spec": {"tolerations": tolerations}}) == seconds


def test_a_cordoned_node_is_tainted(lab: Any) -> None:
    """TaintNodesByCondition is on in 1.14: `oc describe node` shows the taint, not only Unschedulable: true."""
    report(lab)
    lab.client.patch(NODES, NODE, {"spec": {"unschedulable": True}})
    assert lab.settle()
    (taint,) = lab.client.get(NODES, NODE)["spec"]["taints"]
    assert (taint["key"], taint["effect"]) == (UNSCHEDULABLE, "NoSchedule")
    assert ("NodeNotSchedulable", f"Node {NODE} status is now: NodeNotSchedulable") in lab.events(NODE, "default")
    lab.assert_settled()
    lab.client.patch(NODES, NODE, {"spec": {"unschedulable": None}})
    assert lab.settle()
    assert "taints" not in lab.client.get(NODES, NODE)["spec"]
    assert ("NodeSchedulable", f"Node {NODE} status is now: NodeSchedulable") in lab.events(NODE, "default")
