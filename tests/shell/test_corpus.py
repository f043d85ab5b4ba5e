"""The corpus: every script must print and return here what it does on the host's bash and coreutils."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from simulator.runtime.clock import Clock
from simulator.shell import MemoryFileSystem, Result, run_script
from simulator.shell.process import System

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
NOON = 1_700_000_000.0


def read_corpus() -> list[str]:
    text = (Path(__file__).parent / "corpus.txt").read_text()
    head, _, rest = text.partition("\n\n") if text.startswith("\n") else ("", "", text)
    lines = rest.split("\n")
    while lines[0].startswith("#"):
        lines.pop(0)
    return [head + script.strip("\n") for script in "\n".join(lines).split("\n%%\n")]


CORPUS = read_corpus()


def has_bash_5() -> bool:
    bash = shutil.which("bash")
    if bash is None or os.name != "posix":
        return False
    version = subprocess.run([bash, "-c", "echo ${BASH_VERSINFO[0]}"], capture_output=True, text=True, check=False)
    return version.stdout.strip().isdigit() and int(version.stdout) >= 5


needs_bash = pytest.mark.skipif(not has_bash_5(), reason="the oracle is bash 5 with GNU coreutils")


def host(script: str, directory: Path) -> Result:
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=directory,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=30,
    )
    texts = [
        data.decode(errors="surrogateescape").replace(str(directory), "/home/me") for data in (done.stdout, done.stderr)
    ]
    return Result(texts[0], texts[1], done.returncode)


def ours(script: str) -> Result:
    system = System(clock=Clock(NOON))
    return run_script(script, fs=MemoryFileSystem({"/home/me/": b""}), cwd="/home/me", env=ENVIRONMENT, system=system)


def shell_messages(text: str) -> list[str]:
    """The lines in which the shell itself (not a program, whose texts change between versions) complains."""
    return [line for line in text.splitlines() if line.startswith("bash:")]


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 200
    assert len(set(CORPUS)) == len(CORPUS)


@needs_bash
@pytest.mark.parametrize("script", CORPUS, ids=[f"{i:03d}" for i in range(len(CORPUS))])
def test_script(script: str, tmp_path: Path) -> None:
    expected, actual = host(script, tmp_path), ours(script)
    assert (actual.stdout, actual.status) == (expected.stdout, expected.status), actual.stderr
    assert shell_messages(actual.stderr) == shell_messages(expected.stderr)
