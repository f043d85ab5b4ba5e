"""The command ``ocsim``: what it prints, its statuses, and bad input without a traceback."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.cli import run

OCSIM = Path(sys.executable).with_name("ocsim")
CLAIM = """\
```console
$ echo one
{}
```
"""


def test_sh_runs_a_script_and_returns_its_status(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sh", "-c", "oc get sc -o name | tail -1; exit 3"]) == 3
    assert capfd.readouterr().out == "storageclass.storage.k8s.io/openshift-storage.noobaa.io\n"


def test_sh_reads_a_script_and_its_input_from_a_pipe() -> None:
    done = subprocess.run([OCSIM, "sh", "-c", "tr a-z A-Z"], input=b"abc", capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"ABC")
    done = subprocess.run([OCSIM, "sh"], input=b"oc whoami", capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"kube:admin\n")


def test_a_pipe_that_nobody_reads_is_no_traceback() -> None:
    done = subprocess.run(
        f"{OCSIM} sh -c 'oc get pods -A -o yaml' | head -1", shell=True, capture_output=True, timeout=60, text=True
    )
    assert done.stdout == "apiVersion: v1\n"
    assert "Traceback" not in done.stderr


def test_one_seed_gives_one_cluster(capfd: pytest.CaptureFixture[str]) -> None:
    script = "cd; oc project openshift-image-registry; oc delete pod --all > /dev/null; sleep 100; oc get pods"
    outputs = []
    for seed in ("1", "1", "2"):
        assert run(["sh", "-c", script, "--seed", seed]) == 0
        outputs.append(capfd.readouterr().out)
    assert outputs[0] == outputs[1] != outputs[2]


def test_lab_list_and_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "list"]) == 0
    assert re.search(r"^registry +Move the image registry from S3 to CephFS$", capsys.readouterr().out, re.MULTILINE)
    assert run(["lab", "run", "registry"]) == 0
    shown = capsys.readouterr().out
    assert "✓ $ oc describe project openshift-storage | grep Status\n  Status:\t\t\tActive\n" in shown
    assert "different" not in shown.splitlines()[-1]


def test_lab_run_with_another_seed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "run", "registry", "--seed", "42"]) == 0, capsys.readouterr().out


def test_lab_verify_reports_and_updates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(CLAIM.format("two"))
    assert run(["lab", "verify", str(page)]) == 1
    shown = capsys.readouterr().out
    assert f"{page}:2: " in shown
    assert "-two" in shown
    assert "+one" in shown
    assert run(["lab", "verify", str(page), "--update"]) == 0
    assert page.read_text() == CLAIM.format("one")


def test_migrate_on_a_fresh_cluster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.yaml"
    assert run(["migrate", "plan", "--out", str(plan)]) == 0
    assert run(["migrate", "apply", str(plan)]) == 0
    shown = capsys.readouterr().out
    assert "✓ switch: storage switched from s3 " in shown
    assert "is mounted at /registry" in shown
    assert run(["migrate", "verify"]) == 1


def test_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scenario", "list"]) == 0
    assert "missing-storage-class" in capsys.readouterr().out
    assert run(["scenario", "start", "missing-storage-class", "-c", "ocsim scenario check; ocsim scenario hint 2"]) == 1
    shown = capsys.readouterr().out
    assert "✗ bound: The claim ocs4registry is bound to a volume." in shown
    assert "✓ available: " in shown
    assert "The claim has events, too." in shown


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["sh", "-c", "true", "--profile", "nope"], 2, "there is no profile 'nope'; there are: ocp-4.2"),
        (["lab", "run", "nope"], 2, "there is no file and no lab 'nope'; there are: odf-"),
        (["lab", "verify", "nope"], 2, "nope: there is no such file or folder"),
        (["migrate", "apply", "nope.yaml"], 2, "nope.yaml: cannot be read"),
        (["scenario", "start", "nope"], 2, "there is no file and no scenario 'nope'"),
        (["scenario", "check"], 2, "no scenario is at hand"),
        (["nope"], 2, "No such command 'nope'"),
        (["sh", "--nope"], 2, "No such option"),
        (["shell", "--speed", "nan"], 2, "nan is not a speed"),
        (["shell", "--speed", "inf"], 2, "not in the range"),
        (["migrate", "plan", "--claim", ""], 1, "resource name may not be empty"),
        (["sh", "-c", "ocsim sh -c true"], 2, "a simulated shell is running already"),
        (["sh", "-c", "ocsim shell"], 2, "a simulated shell is running already"),
        (["sh", "-c", "ocsim scenario start missing-storage-class"], 2, "a simulated shell is running already"),
    ],
)
def test_bad_input(arguments: list[str], status: int, complaint: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == status
    error = capfd.readouterr().err
    assert complaint in error
    assert "Traceback" not in error


def test_the_python_api() -> None:
    from simulator import Cluster

    result = Cluster.from_profile("ocp-4.2", seed=1).sh("oc get sc")
    assert result.status == 0
    assert "ocs-storagecluster-cephfs " in result.stdout


def test_a_script_that_waits_for_what_never_comes_ends_with_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sh", "-c", "oc get sc -w -o name"]) == 1
    captured = capfd.readouterr()
    assert captured.out.startswith("storageclass.storage.k8s.io/gp2-csi\n")
    assert captured.err == "error: every task waits, and nothing is left that could wake one\n"


@pytest.mark.parametrize(
    ("line", "status", "shown"),
    [
        ("ocsim sh -c 'cat; echo end' <&-", 0, "end\n"),
        ("ocsim sh <&-", 0, ""),
        ("ocsim lab list >&-", 0, ""),
        ("ocsim sh -c 'oc get nope' 2>&-", 1, ""),
        ("ocsim lab list > /dev/full", 1, "error: [Errno 28] No space left on device\n"),
    ],
)
def test_closed_and_full_streams_are_no_traceback(line: str, status: int, shown: str) -> None:
    path = f"{OCSIM.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", line], env={**os.environ, "PATH": path}, capture_output=True, timeout=60, text=True
    )
    assert (done.returncode, done.stdout + done.stderr) == (status, shown)


def test_a_plan_made_in_the_embedded_shell_is_a_file_of_that_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    script = (
        "cd /tmp && ocsim migrate plan --out p.yaml > /dev/null && head -1 p.yaml && ocsim migrate apply /tmp/p.yaml"
    )
    assert run(["sh", "-c", script]) == 0
    assert capfd.readouterr().out.startswith("format: ocsim.dev/migration-plan/v1\n✓ claim: ")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_page_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "verify", str(tmp_path)]) == 2
    assert f"{tmp_path}: this folder holds no page" in capsys.readouterr().err


def test_a_prompt_at_a_terminal_starts_a_scenario_and_completes_words() -> None:
    """Through a pseudo-terminal, as a person sits at it."""
    screen, keyboard = pty.openpty()
    command = [str(OCSIM), "scenario", "start", "missing-storage-class"]
    with subprocess.Popen(command, stdin=keyboard, stdout=keyboard, stderr=keyboard, start_new_session=True) as child:
        os.close(keyboard)
        shown = read_until(screen, "]$ ")
        assert "When you think that it is repaired: ocsim scenario check" in shown
        os.write(screen, b"ocsim scenario check; echo status $?\n")
        assert "✗ bound: " in (shown := read_until(screen, "]$ "))
        assert "status 1" in shown
        os.write(screen, b"oc get storageclass gp\t\n")
        assert "kubernetes.io/aws-ebs" in read_until(screen, "]$ ")
        os.write(screen, b"exit 3\n")
        assert child.wait(timeout=60) == 3
    os.close(screen)


def read_until(descriptor: int, end: str) -> str:
    """What the terminal shows, up to the next prompt."""
    data = b""
    while not data.decode(errors="replace").endswith(end):
        data += os.read(descriptor, 65536)
    return data.decode()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ocsim lab run {page}", "there is no file and no lab"),
        ("ocsim lab verify {page} --update", "a simulated shell is running already"),
        ("ocsim scenario check {page}", "there is no file and no scenario"),
        ("ocsim migrate apply {page}", "cannot be read"),
        ("cat {page}", "No such file or directory"),
    ],
)
def test_the_embedded_shell_reads_no_file_of_this_machine(
    line: str, complaint: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(CLAIM.format("two"))
    assert run(["sh", "-c", line.format(page=page)]) != 0
    assert complaint in capfd.readouterr().err
    assert page.read_text() == CLAIM.format("two")
