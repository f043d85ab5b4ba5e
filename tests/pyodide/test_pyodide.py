"""The core is pure: labs of both releases give the same bytes again, in another process, and in Pyodide."""

import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent


def transcript() -> str:
    text: str = runpy.run_path(str(HERE / "transcript.py"))["text"]
    return text


def in_another_process(hash_seed: str) -> str:
    code = f"import runpy; print(runpy.run_path({str(HERE / 'transcript.py')!r})['text'], end='')"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=True)
    return done.stdout.decode()


def test_same_seed_same_bytes_twice_in_a_row_and_in_other_processes() -> None:
    first = transcript()
    assert first.replace("  ", " ").count("0 100G") >= 2  # df, in both labs: they went to their ends
    assert transcript() == first
    assert in_another_process("1") == first
    assert in_another_process("2") == first


def test_same_bytes_in_pyodide() -> None:
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "pyodide").is_dir():
        if "node" in os.environ.get("OCSIM_REQUIRE", ""):
            pytest.fail("node and the npm package pyodide are required (npm install --prefix tests/pyodide)")
        pytest.skip("needs node, and npm install --prefix tests/pyodide")
    packages = sysconfig.get_path("purelib")
    done = subprocess.run(
        [node, str(HERE / "run.mjs"), str(CHECKOUT), packages, str(HERE / "transcript.py")],
        capture_output=True,
        cwd=HERE,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert done.stdout.decode() == transcript()
