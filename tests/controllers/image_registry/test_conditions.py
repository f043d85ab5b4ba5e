"""Conditions by situation, against those that the real operators computed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.controllers.image_registry.conditions import look_again_in, set_conditions
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.errors import OperatorError, PermanentError
from simulator.controllers.image_registry.facts import Facts
from simulator.controllers.image_registry.loops.clusteroperator import MergedClusterOperator, union
from simulator.controllers.image_registry.work import Work
from simulator.release import Release

GOLDEN = Path(__file__).parent / "golden"
RELEASES = {"4.2": Release("4.2.4"), "4.20": Release("4.20.1", "v1.33.5", ())}
REPLICAS = {"4.2": 1, "4.20": 2}
SCENARIOS = [
    pytest.param(minor, scenario, id=f"{minor}: {scenario['scenario']}")
    for minor in RELEASES
    for scenario in yaml.safe_load((GOLDEN / minor / "conditions.yaml").read_text())
]
MODERN = [one for one in SCENARIOS if one.values[0] == "4.20"]
WORDS = ("no deployment", "Removed, done")
PERMANENT = {
    "storage not configured, no deployment": "StorageNotConfigured",
    "replicas -1, deployment present": "VerificationFailed",
}
HOUR_S = 3600.0
OTHERS = [  # what the other loops say when all is well, in an order that occurs
    ("NodeCADaemonAvailable", "True", "AsExpected", "The daemon set node-ca has available replicas"),
    ("NodeCADaemonProgressing", "False", "AsExpected", "The daemon set node-ca is deployed"),
    *((f"{loop}ControllerDegraded", "False", "AsExpected", "") for loop in ("NodeCADaemon", "ImageConfig")),
]
PRUNER = [
    {"type": "Available", "status": "True", "reason": "AsExpected", "message": "Pruner CronJob has been created"},
    {"type": "Failed", "status": "False", "reason": "Complete", "message": "Pruner completed successfully"},
    {"type": "Scheduled", "status": "True", "reason": "Scheduled", "message": "The pruner job has been scheduled"},
    {"type": "Degraded", "status": "False", "reason": "AsExpected"},
]


def deployment(minor: str, scenario: dict[str, Any]) -> dict[str, Any] | None:
    if any(words in scenario["scenario"] for words in WORDS):
        return None
    full = dict.fromkeys(("specReplicas", "updatedReplicas", "replicas", "availableReplicas"), REPLICAS[minor])
    given = scenario.get("input", {**full, "observedGenerationCurrent": True})
    metadata: dict[str, Any] = {"generation": 2, "annotations": {"release.openshift.io/version": "4.20.1"}}
    if scenario["scenario"] == "deployment being deleted":
        metadata["deletionTimestamp"] = "2019-11-04T10:00:46Z"
    status = {key: given[key] for key in ("updatedReplicas", "replicas", "availableReplicas")}
    status["readyReplicas"] = status["availableReplicas"]
    status["observedGeneration"] = 2 if given["observedGenerationCurrent"] else 1
    if progressing := given.get("progressingCondition"):
        message = 'ReplicaSet "image-registry-5d8f7c9b44" has timed out progressing.'
        status["conditions"] = [{"type": "Progressing", "message": message, **progressing}]
    return {"metadata": metadata, "spec": {"replicas": given["specReplicas"]}, "status": status}


def error(scenario: dict[str, Any]) -> OperatorError | None:
    message = scenario["config"]["Progressing"].get("message", "")
    if not message.startswith("Unable to apply resources: "):
        return None
    text = message.removeprefix("Unable to apply resources: ")
    reason = PERMANENT.get(scenario["scenario"])
    return PermanentError(reason, text) if reason else OperatorError(text)


def after(minor: str, scenario: dict[str, Any]) -> RegistryConfig:
    """The Config after a pass that ended so; with ">1m" in its name, a second one, an hour later."""
    first = scenario["scenario"].split(",")[0]
    state = first if first in ("Removed", "Unmanaged") else "Managed"
    facts = Facts(state, deployment(minor, scenario), error(scenario), RELEASES[minor])
    stored: dict[str, Any] = {"metadata": {"name": "cluster"}, "spec": {"managementState": state}}
    for now in (0.0, HOUR_S) if ">1m" in scenario["scenario"] else (0.0,):
        config = RegistryConfig(stored, now, RELEASES[minor])
        if not config.conditions and minor != "4.2":
            for one in OTHERS:
                config.set_condition(*one)
        set_conditions(config, facts, now)
        stored = config.to_object()
    return config


def shown(conditions: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    said = ("status", "reason", "message")
    return {one["type"]: {key: one[key] for key in said if key in one} for one in conditions}


@pytest.mark.parametrize(("minor", "scenario"), SCENARIOS)
def test_conditions_are_those_of_the_real_operator(minor: str, scenario: dict[str, Any]) -> None:
    config = after(minor, scenario)
    own = [one for one in config.conditions if one["type"] in scenario["config"]]
    assert shown(own) == scenario["config"]
    assert [one["type"] for one in own] == ["Available", "Progressing", "Degraded", "Removed"]
    assert config.status["readyReplicas"] == scenario.get("readyReplicas", 0)


@pytest.mark.parametrize(("minor", "scenario"), MODERN)
def test_the_cluster_operator_is_that_of_the_real_operator(minor: str, scenario: dict[str, Any], modern: Any) -> None:
    blank = modern.work({})
    work = Work(blank.context, blank.environment, after(minor, scenario), deployment(minor, scenario))
    status = MergedClusterOperator(work, PRUNER).status({})
    assert shown(status["conditions"]) == scenario["clusteroperator"]
    assert ("versions" in status) is scenario["clusteroperatorVersionsWritten"]


def test_unknown_counts_only_when_nothing_is_wrong() -> None:
    def one(kind: str, status: str) -> dict[str, str]:
        return {"type": kind, "status": status}

    assert union("Degraded", "False", [one("ADegraded", "Unknown"), one("Degraded", "True")])["status"] == "True"
    assert union("Degraded", "False", [one("ADegraded", "Unknown"), one("Degraded", "False")])["status"] == "Unknown"
    assert union("Degraded", "False", []) == {"status": "False", "reason": "AsExpected"}


def test_reasons_are_named_after_their_conditions_and_sorted() -> None:
    conditions = [
        {"type": "Degraded", "status": "True", "reason": "Unavailable", "message": "one\ntwo"},
        {"type": "ImageConfigControllerDegraded", "status": "True", "reason": "Error", "message": "three"},
    ]
    assert union("Degraded", "False", conditions) == {
        "status": "True",
        "reason": "ImageConfigControllerError::Unavailable",
        "message": "Degraded: one\nDegraded: two\nImageConfigControllerDegraded: three",
    }


def test_a_route_that_is_not_admitted_degrades() -> None:
    refused = {"type": "Admitted", "status": "False", "message": "a route in another namespace holds a.example.com"}
    ingress = {"host": "a.example.com", "routerName": "default", "conditions": [refused]}
    route = {"metadata": {"name": "a"}, "status": {"ingress": [ingress]}}
    steady = next(one.values[1] for one in MODERN)
    facts = Facts("Managed", deployment("4.20", steady), None, RELEASES["4.20"], (route, route))
    config = RegistryConfig({"metadata": {"name": "cluster"}}, 0, RELEASES["4.20"])
    set_conditions(config, facts)
    text = "route a (host a.example.com, router default) not admitted: a route in another namespace holds a.example.com"
    assert shown(config.conditions)["Degraded"] == {
        "status": "True",
        "reason": "RouteDegraded",
        "message": f"{text},{text}",
    }


@pytest.mark.parametrize(("minor", "left_s"), [("4.2", None), ("4.20", 61 - 10)])
def test_who_is_not_available_is_looked_at_again_when_it_begins_to_count(minor: str, left_s: float | None) -> None:
    config = RegistryConfig({"metadata": {"name": "cluster"}, "spec": {"managementState": "Managed"}}, 0)
    config.set_condition("Available", "False", "NoReplicasAvailable")
    assert look_again_in(config, RELEASES[minor], 10) == left_s
    assert look_again_in(config, RELEASES[minor], 61) is None


def test_only_a_new_status_moves_the_time() -> None:
    config = RegistryConfig({"metadata": {"name": "cluster"}}, 0)
    config.set_condition("StorageExists", "True", "PVC Created")
    later = RegistryConfig(config.to_object(), HOUR_S)
    later.set_condition("StorageExists", "True", "PVC Exists")
    assert later.conditions[0]["lastTransitionTime"] == "1970-01-01T00:00:00Z"
    later.set_condition("StorageExists", "False", "PVC Issues Found", "gone")
    assert later.conditions[0]["lastTransitionTime"] == "1970-01-01T01:00:00Z"


def test_new_request_ids_alone_are_no_change() -> None:
    text = "AccessDenied: Access Denied\n\tstatus code: 403, request id: {}, host id: {}"
    config = RegistryConfig({"metadata": {"name": "cluster"}}, 0)
    config.set_condition("StorageTagged", "False", "AccessDenied", text.format("A1", "b+/="))
    again = RegistryConfig(config.to_object(), 1)
    again.set_condition("StorageTagged", "False", "AccessDenied", text.format("C2", "d"))
    assert not again.status_changed()
    again.set_condition("StorageTagged", "False", "SlowDown", text.format("C2", "d"))
    assert again.status_changed()


def test_golden_scenarios_are_all_here(golden: Callable[[str], Any]) -> None:
    assert len(golden("4.2/conditions")) == 17
    assert len(golden("4.20/conditions")) == 19
