"""``ocsim up``: where it listens, what it writes, and what it leaves alone."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from simulator.cli import run

OCSIM = str(Path(sys.executable).with_name("ocsim"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own; $KUBECONFIG is not set."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return tmp_path


def up(*arguments: str) -> int:
    return run(["up", "--port", "0", *arguments])


def test_a_command_gets_the_cluster_and_its_status_is_ours(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert up("sh", "-c", 'test -f "$KUBECONFIG" && echo "$KUBECONFIG"; exit 7') == 7
    path = Path(capfd.readouterr().out.strip())
    assert path == home / "state" / "ocsim" / "ocp-4.20" / "kubeconfig"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert yaml.safe_load(path.read_text())["clusters"][0]["cluster"]["server"].startswith("https://127.0.0.1:")


def test_ones_own_kubeconfig_is_left_alone(home: Path) -> None:
    own = home / ".kube" / "config"
    own.parent.mkdir()
    own.write_text("current-context: production\n")
    assert up("true") == 0
    assert own.read_text() == "current-context: production\n"


def test_unless_it_is_asked_to_merge(home: Path) -> None:
    own = home / ".kube" / "config"
    own.parent.mkdir()
    production = {"name": "production", "cluster": {"server": "https://api.example.com:6443"}}
    own.write_text(yaml.safe_dump({"clusters": [production], "current-context": "production", "extensions": []}))
    for _ in range(2):
        assert up("--merge-kubeconfig", "true") == 0
    merged = yaml.safe_load(own.read_text())
    assert merged["current-context"] == "ocsim-ocp-4.20"
    assert [one["name"] for one in merged["clusters"]] == ["production", "ocsim-ocp-4.20"]
    assert merged["clusters"][0] == production
    assert merged["extensions"] == []
    assert merged["contexts"][0]["context"] == {
        "cluster": "ocsim-ocp-4.20",
        "user": "ocsim-ocp-4.20",
        "namespace": "default",
    }


@pytest.mark.parametrize(("text", "complaint"), [("- a\n", "not a kubeconfig"), ("a: [\n", "not a kubeconfig")])
def test_a_file_that_is_no_kubeconfig_is_not_touched(
    home: Path, text: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own = home / ".kube" / "config"
    own.parent.mkdir()
    own.write_text(text)
    assert up("--merge-kubeconfig", "true") == 2
    error = capsys.readouterr().err
    assert str(own) in error
    assert complaint in error
    assert own.read_text() == text


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(["up", "--port", str(port), "true"]) == 2
    assert capsys.readouterr().err == (
        f"error: port {port} is in use on 127.0.0.1: choose another one with --port, 0 for any\n"
    )


@pytest.mark.parametrize("speed", ["fast", "0", "-1", "nan", "1e9"])
def test_speeds_that_are_none(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert up("--speed", speed, "true") == 2
    assert "--speed" in capsys.readouterr().err


def test_an_address_of_somebody_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert up("--host", "192.0.2.1", "true") == 2
    assert capsys.readouterr().err.startswith("error: cannot listen on 192.0.2.1:0: ")


def test_it_says_where_it_is_and_stops_when_told(home: Path) -> None:
    process = subprocess.Popen([OCSIM, "up", "--port", "0"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(3)]
    assert said[0].startswith("OpenShift 4.20.1 (profile ocp-4.20) at https://127.0.0.1:")
    assert f"export KUBECONFIG={home}/state/ocsim/ocp-4.20/kubeconfig\n" in said
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) in (0, 130, -signal.SIGINT)
    process.stdout.close()


def test_certificates_are_kept_for_the_next_start(home: Path) -> None:
    folder = home / "state" / "ocsim" / "ocp-4.20"
    assert up("true") == 0
    first = (folder / "ca.crt").read_bytes()
    assert up("true") == 0
    assert (folder / "ca.crt").read_bytes() == first
    os.utime(folder / "ca.crt", (0, 0))
    assert up("true") == 0
    assert (folder / "ca.crt").read_bytes() != first
