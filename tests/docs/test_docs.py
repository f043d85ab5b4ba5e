"""Every command block of the README and of the docs is run, and its output verified."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from simulator import lab
from simulator.cli.hands import fresh_console
from simulator.cli.lab import missing_client, real_clients
from simulator.profiles import DEFAULT

CHECKOUT = Path(__file__).parent.parent.parent
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
FOREIGN = CHECKOUT / "tests" / "lab" / "foreign" / "registry.adoc"


def run(path: Path, profile: str = "") -> lab.LabResult:
    page = lab.load(path)
    console = fresh_console(profile or page.profile or DEFAULT, str(page.seed))
    with real_clients(console, page.clients):
        return console.drive(lab.run_lab(page, console))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_page(path: Path) -> None:
    """OCSIM_REQUIRE=kubectl makes it a failure that the real client of a page is missing."""
    if missing := missing_client(path):
        report = pytest.fail if missing in os.environ.get("OCSIM_REQUIRE", "") else pytest.skip
        report(f"no {missing} on this machine")
    result = run(path)
    assert result.is_good, "\n\n".join(lab.show_problem(problem) for problem in result.problems)


def test_the_original_lab_runs_as_it_stands() -> None:
    """The commands and outputs of the lab as people follow it, typed into AsciiDoc, with its own pod names."""
    result = run(FOREIGN, "ocp-4.2")  # the cluster that it was written on
    assert result.is_good, "\n\n".join(lab.show_problem(problem) for problem in result.problems)
    typed = [step.typed for step in result.steps]
    assert "oc describe project openshift-storage|grep Status" in typed
    assert typed[-1] == "mount | grep registry"


def test_a_second_run_shows_the_real_conditions_of_three_mistakes() -> None:
    """Two storages, a misspelt claim, a claim of a missing storage class, each by ``oc edit``."""
    result = run(CHECKOUT / "tests" / "docs" / "mistakes.md")
    assert result.is_good, "\n\n".join(lab.show_problem(problem) for problem in result.problems)


PYTHON = [
    pytest.param(block, id=f"{path.relative_to(CHECKOUT)}:{number}")
    for path in PAGES
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE))
]


@pytest.mark.parametrize("block", PYTHON)
def test_python_blocks_run(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, "page", "exec"), {})
    assert "ocs-storagecluster-cephfs" in capsys.readouterr().out
