"""Completion at the embedded prompt."""

from __future__ import annotations

import pytest

from simulator.cli.hands import fresh_console
from simulator.cli.sh import complete
from simulator.console import Console


@pytest.fixture(scope="module")
def console() -> Console:
    made = fresh_console("ocp-4.2", "0")
    made.script("oc project openshift-image-registry; touch claim.json class.json other")
    return made


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ocs", ["ocsim"]),
        ("cat cl", ["claim.json", "class.json"]),
        ("oc rol", ["rollout"]),
        ("oc get storageclas", ["storageclasses"]),
        ("oc get sc gp", ["gp2"]),
        ("oc describe deployment image", ["image-registry"]),
        ("oc project openshift-sto", ["openshift-storage"]),
        ("oc get pods -n openshift-sto", ["openshift-storage"]),
        ("oc get nope x", []),
        ("oc whoami x", []),
        ("nope zzz", []),
    ],
)
def test_what_may_stand_at_the_end_of_a_line(console: Console, line: str, words: list[str]) -> None:
    assert complete(console, line) == words


def test_pods_are_those_of_the_current_project(console: Console) -> None:
    _, names = console.script("oc get pods -o name")
    assert [f"pod/{name}" for name in complete(console, "oc rsh ")] == names.split()
