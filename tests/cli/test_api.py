"""``ocsim api coverage``, and the page that is made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import run
from simulator.cli.api import BEGIN, END

PAGE = Path(__file__).parents[2] / "docs/api-coverage.md"


def lines(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert run(["api", "coverage", "-o", "json", *options]) == 0
    found = json.loads(capsys.readouterr().out)
    return {f"{line['resource']}.{line['group']}/{line['version']}": line for line in found}


def test_the_page_is_current(tmp_path: Path) -> None:
    copy = tmp_path / "page.md"
    copy.write_text(PAGE.read_text())
    assert run(["api", "coverage", "--update", str(copy)]) == 0
    assert copy.read_text() == PAGE.read_text(), "out of date: run `make update`"


def test_what_is_told_of_a_kind(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys)
    deployments = found["deployments.apps/v1"]
    assert (deployments["kind"], deployments["typed"], deployments["columns"]) == ("Deployment", True, True)
    assert "deployment" in deployments["controllers"]
    assert {"exec", "log", "status"} <= set(found["pods./v1"]["subresources"])
    assert found["nodes./v1"]["missing"] == ["proxy"]
    assert found["configs.imageregistry.operator.openshift.io/v1"]["typed"]
    assert found["secrets./v1"]["controllers"] == []


def test_other_releases(capsys: pytest.CaptureFixture[str]) -> None:
    assert "cronjobs.batch/v1" not in lines(capsys, "--profile", "ocp-4.2")
    between = lines(capsys, "--release", "4.9")
    assert {"cronjobs.batch/v1", "cronjobs.batch/v1beta1"} <= between.keys()
    assert run(["api", "coverage", "--release", "3.11"]) == 2
    assert "3.11 is no release of OpenShift since 4.2." in capsys.readouterr().err


def test_forms(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["api", "coverage"]) == 0
    header, first, *_ = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["GROUP", "RESOURCE", "KIND"]
    assert first.split() == ["v1", "bindings", "Binding", "create", "yes"]
    assert run(["api", "coverage", "-o", "markdown"]) == 0
    assert "\n| deployments | Deployment | all | scale, status | yes | own | " in capsys.readouterr().out


def test_a_page_without_marks_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here\n")
    assert run(["api", "coverage", "--update", str(page)]) == 2
    assert f"the page has no place for the tables: {BEGIN} and {END}" in capsys.readouterr().err
    assert page.read_text() == "nothing here\n"
