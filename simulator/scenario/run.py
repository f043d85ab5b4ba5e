"""Running a scenario: break, check, verify."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from simulator.api.resourcetable import builtin_table
from simulator.api.types import GVR
from simulator.client.client import Client
from simulator.release import Release
from simulator.scenario import breaking
from simulator.scenario.model import Scenario


class Host(Protocol):
    """What a scenario runs on: a cluster with the embedded shell."""

    @property
    def release(self) -> Release: ...
    def client(self) -> Client: ...
    def script(self, text: str) -> tuple[int, str]:
        """Run a shell script; its exit status and what it printed (stdout and stderr)."""
        ...

    def settle(self) -> bool: ...


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: an objective, a symptom, a step of the proof."""

    name: str
    good: bool
    text: str


def begin(host: Host, scenario: Scenario, file: str) -> None:
    """Break the cluster and let it settle, as a learner finds it."""
    breaking.apply(host.client(), scenario.patch, _resources(host.release), file)
    host.settle()


def check(host: Host, scenario: Scenario) -> list[Finding]:
    """Look at each objective."""
    findings = []
    for objective in scenario.objectives:
        status, _ = host.script(objective.check)
        findings.append(Finding(objective.id, status == 0, objective.text))
    return findings


def verify(host: Host, scenario: Scenario, file: str) -> Iterator[Finding]:
    """Prove the file on a fresh cluster: each finding must be good."""
    begin(host, scenario, file)
    for symptom in scenario.symptoms:
        _, output = host.script(symptom.run)
        seen = symptom.shows in output
        yield Finding("symptom", seen, f"{symptom.run!r} {'shows' if seen else 'does not show'} {symptom.shows!r}")
    lasting = {objective.id for objective in scenario.objectives if objective.throughout}
    for finding in check(host, scenario):
        holds = finding.name in lasting
        state = "holds" if finding.good else "is open"
        yield Finding(f"before {finding.name}", finding.good == holds, f"{finding.text} ({state} before the solution)")
    status, output = host.script(scenario.solution)
    yield Finding(
        "solution", status == 0, "the solution runs" if status == 0 else f"the solution fails: {output.strip()}"
    )
    host.settle()
    for finding in check(host, scenario):
        yield Finding(f"after {finding.name}", finding.good, finding.text)


def _resources(release: Release) -> dict[str, tuple[GVR, bool]]:
    return {row.qualified: (row.gvr, row.namespaced) for row in builtin_table(release).rows}
