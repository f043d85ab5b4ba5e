"""``ocsim clock`` in the shell of a cluster, and on one that is served."""

from __future__ import annotations

import pytest

from simulator.cli import run
from simulator.cli.hands import fresh_console
from simulator.runtime.clock import parse_rfc3339
from simulator.server.service import Service


def test_in_the_shell() -> None:
    console = fresh_console("ocp-4.20", "0")
    assert console.script("ocsim clock advance 1h30m") == (0, "2025-11-12T12:00:00Z\n")
    assert console.script("ocsim clock; date -u +%H:%M")[1] == "2025-11-12T12:00:00Z\n12:00\n"


def test_on_a_served_cluster(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["clock", "--kubeconfig", str(service.folder / "kubeconfig")]
    assert run(options) == 0
    before = parse_rfc3339(capsys.readouterr().out.strip())
    assert run([*options, "advance", "10m"]) == 0
    assert 600 <= parse_rfc3339(capsys.readouterr().out.strip()) - before < 660


def test_what_is_no_duration(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["clock", "advance", "soon"]) == 2
    assert "'soon' is not a duration such as 90s, 10m or 1h30m." in capsys.readouterr().err
