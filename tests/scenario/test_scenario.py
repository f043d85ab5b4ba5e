"""Scenarios: the file that comes with ocsim is proven; files that are broken are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import scenario
from simulator.cluster import Cluster
from simulator.console import Console
from simulator.errors import InputError

FOLDER = Path(__file__).parent.parent.parent / "scenarios"
SCENARIOS = sorted(FOLDER.glob("*.yaml"))
MINIMAL = """\
title: t
profile: ocp-4.2
story: s
break:
- {op: remove, path: /storageclasses.storage.k8s.io/gp2}
symptoms:
- {run: oc get sc, shows: cephfs}
objectives:
- {id: back, text: gp2 is back, check: oc get sc gp2}
solution: "true"
"""


def read(path: Path) -> scenario.Scenario:
    return scenario.load(path.read_text(), str(path), path.stem)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_proves_itself(path: Path) -> None:
    made = read(path)
    console = Console(Cluster.from_profile(made.profile, seed=made.seed))
    findings = list(scenario.verify(console, made, str(path)))
    assert [finding for finding in findings if not finding.good] == []
    assert len(findings) == len(made.symptoms) + 2 * len(made.objectives) + 1


def test_a_solution_that_does_not_help_is_found_out() -> None:
    made = scenario.load(MINIMAL, "x.yaml", "x")
    console = Console(Cluster.from_profile(made.profile))
    bad = [finding.name for finding in scenario.verify(console, made, "x.yaml") if not finding.good]
    assert bad == ["after back"]


def test_an_objective_that_is_reached_before_anything_was_done_is_found_out() -> None:
    made = scenario.load(MINIMAL.replace("check: oc get sc gp2", 'check: "true"'), "x.yaml", "x")
    console = Console(Cluster.from_profile(made.profile))
    bad = [finding.name for finding in scenario.verify(console, made, "x.yaml") if not finding.good]
    assert bad == ["before back"]


def test_a_symptom_that_does_not_show_is_found_out() -> None:
    made = scenario.load(MINIMAL.replace("shows: cephfs", "shows: unicorn"), "x.yaml", "x")
    console = Console(Cluster.from_profile(made.profile))
    assert not next(scenario.verify(console, made, "x.yaml")).good


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("title: t\n", "", "x.yaml:1: title: this is missing"),
        ("title: t\n", "titel: t\n", "x.yaml:1: titel: unknown key"),
        ("op: remove", "op: smash", "x.yaml:5: break[0].op: must be one of add, remove, replace, test"),
        ("/storageclasses.storage.k8s.io/gp2", "gp2", "x.yaml:5: break[0].path: must name an object"),
        ("op: remove", "op: add", "x.yaml:5: break[0]: this operation needs a value"),
        ("shows: cephfs", "shows: 3", "x.yaml:7: symptoms[0].shows: must be a text, is 3"),
        ("story: s", "story: [", "x.yaml:5: not YAML"),
    ],
)
def test_a_broken_file_is_named_with_line_and_field(old: str, new: str, complaint: str) -> None:
    with pytest.raises(InputError) as refused:
        scenario.load(MINIMAL.replace(old, new), "x.yaml", "x")
    assert str(refused.value).startswith(complaint)


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/unicorns/x", "unknown resource unicorns"),
        ("/storageclasses.storage.k8s.io/nope/reclaimPolicy", "there is no storageclasses.storage.k8s.io nope"),
    ],
)
def test_a_break_that_cannot_be_applied_is_named(path: str, complaint: str) -> None:
    made = scenario.load(MINIMAL.replace("/storageclasses.storage.k8s.io/gp2", path), "x.yaml", "x")
    with pytest.raises(InputError, match=complaint):
        scenario.begin(Console(Cluster.from_profile(made.profile)), made, "x.yaml")
