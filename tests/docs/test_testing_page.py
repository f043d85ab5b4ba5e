"""The files that docs/testing.md shows are written out and run, as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "testing.md"
OCSIM = Path(sys.executable).with_name("ocsim")
FILE = re.compile(r'^``` \{ \.\w+ title="([\w.]+)" \}\n(.*?)^```', re.DOTALL | re.MULTILINE)


def test_the_files_of_the_page_pass(tmp_path: Path) -> None:
    found = FILE.findall(PAGE.read_text())
    for name, text in found:
        (tmp_path / name).write_text(text)
    program = tmp_path / "bin" / "oc"  # the one of a machine without oc
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{OCSIM}" oc "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    tests = sum(text.count("\ndef test_") for _, text in found)
    assert tests == 4
    assert done.stdout.splitlines()[-1].startswith(f"{tests} passed"), done.stdout
