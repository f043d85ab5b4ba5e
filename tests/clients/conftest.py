"""Real clients on a served cluster."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.server.service import Service


@dataclass(frozen=True)
class Kubectl:
    """A kubectl of this machine, on the served cluster. ``run`` gives (exit status, stdout, stderr)."""

    binary: str
    kubeconfig: Path
    home: Path

    def environment(self) -> dict[str, str]:
        path = os.environ.get("PATH", os.defpath)
        return {"HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig), "PATH": path}

    def run(self, line: str, stdin: str = "") -> tuple[int, str, str]:
        words = [self.binary, *line.split(" ")] if isinstance(line, str) else [self.binary, *line]
        done = subprocess.run(
            words, input=stdin, capture_output=True, text=True, timeout=60, env=self.environment(), check=False
        )
        return done.returncode, done.stdout, done.stderr

    def out(self, line: str, stdin: str = "") -> str:
        """What a command that succeeds prints."""
        status, stdout, stderr = self.run(line, stdin)
        assert status == 0, f"kubectl {line}: {stdout}{stderr}"
        return stdout

    def version(self) -> tuple[int, int]:
        text = self.out("version --client=true -o yaml")
        major, minor = (text.partition(f"{part}: ")[2].split()[0].strip('"') for part in ("major", "minor"))
        return int(major), int(minor.rstrip("+"))


@pytest.fixture(scope="module", autouse=True)
def _garbage() -> Iterator[None]:
    """Clients of others leave connections to the garbage collector: they go here, not in somebody else's test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def binaries() -> list[str]:
    """Debian's ($OCSIM_KUBECTL), and what else is on the PATH."""
    found = [os.environ.get("OCSIM_KUBECTL", ""), shutil.which("kubectl") or ""]
    return list(dict.fromkeys(one for one in found if one and os.access(one, os.X_OK)))


@pytest.fixture(scope="module", params=binaries() or [""], ids=lambda path: "debian" if "debian" in path else "path")
def kubectl(request: pytest.FixtureRequest, service: Service, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    """Each kubectl of this machine. OCSIM_REQUIRE=kubectl makes it a failure that there is none."""
    if not request.param:
        report = pytest.fail if "kubectl" in os.environ.get("OCSIM_REQUIRE", "") else pytest.skip
        report("no kubectl on this machine")
    return Kubectl(request.param, service.folder / "kubeconfig", tmp_path_factory.mktemp("home"))
