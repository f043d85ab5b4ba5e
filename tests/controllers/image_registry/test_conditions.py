"""Conditions by situation, against those that the real operator computed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.controllers.image_registry.conditions import Facts, set_conditions
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.errors import OperatorError, PermanentError

SCENARIOS = yaml.safe_load((Path(__file__).parent / "golden" / "conditions.yaml").read_text())
COMPLETE = {
    "specReplicas": 1,
    "updatedReplicas": 1,
    "replicas": 1,
    "availableReplicas": 1,
    "observedGenerationCurrent": True,
}
NO_DEPLOYMENT = {
    "no deployment yet",
    "claim name typo, no deployment",
    "storage not configured, no deployment",
    "Removed, done",
}
PERMANENT = {
    "storage not configured, no deployment": "StorageNotConfigured",
    "replicas -1, deployment present": "VerificationFailed",
}


def deployment(scenario: dict[str, Any]) -> dict[str, Any] | None:
    if scenario["scenario"] in NO_DEPLOYMENT:
        return None
    given = scenario.get("input", COMPLETE)
    metadata: dict[str, Any] = {"generation": 2}
    if scenario["scenario"] == "deployment being deleted":
        metadata["deletionTimestamp"] = "2019-11-04T10:00:46Z"
    status = {key: given[key] for key in ("updatedReplicas", "replicas", "availableReplicas")}
    status["observedGeneration"] = 2 if given["observedGenerationCurrent"] else 1
    return {"metadata": metadata, "spec": {"replicas": given["specReplicas"]}, "status": status}


def error(scenario: dict[str, Any]) -> OperatorError | None:
    message = scenario["config"]["Progressing"].get("message", "")
    if not message.startswith("Unable to apply resources: "):
        return None
    text = message.removeprefix("Unable to apply resources: ")
    reason = PERMANENT.get(scenario["scenario"])
    return PermanentError(reason, text) if reason else OperatorError(text)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["scenario"])
def test_conditions_are_those_of_the_real_operator(scenario: dict[str, Any]) -> None:
    first = scenario["scenario"].split(",")[0]
    state = first if first in ("Removed", "Unmanaged") else "Managed"
    config = RegistryConfig({"metadata": {"name": "cluster"}}, 0)
    set_conditions(config, Facts(state, deployment(scenario), error(scenario)))
    said = ("status", "reason", "message")
    shown = {one["type"]: {key: one[key] for key in said if key in one} for one in config.conditions}
    assert shown == scenario["config"]
    assert [one["type"] for one in config.conditions] == ["Available", "Progressing", "Degraded", "Removed"]


def test_only_a_new_status_moves_the_time() -> None:
    config = RegistryConfig({"metadata": {"name": "cluster"}}, 0)
    config.set_condition("StorageExists", "True", "PVC Created")
    later = RegistryConfig(config.to_object(), 3600)
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
    assert len(golden("conditions")) == 17
