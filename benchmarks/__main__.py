"""Measures the figures that we hold ourselves to, and prints each beside its bound."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks import https, scale

CHECKOUT = Path(__file__).parent.parent
OCSIM = Path(sys.executable).with_name("ocsim")
# As on a user's machine: modules are compiled once and kept.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


PROFILES = ("ocp-4.2", "ocp-4.20")


def main() -> None:
    rows = [("import simulator (over an empty Python)", import_ms(), 100.0, "ms")]
    for name in PROFILES:
        rows += [
            (f"{name}: a fresh cluster, first in the process", fresh_ms(name), 50.0, "ms"),
            (f"{name}: a second cluster in the same process", second_ms(name), 5.0, "ms"),
            (f"{name}: an idle cluster on top of the shared profile", idle_mib(name), 1.0, "MiB"),
            (f"{name}: the process with one cluster, resident", resident_mib(name), 80.0, "MiB"),
        ]
    rows += [
        ("the registry lab with verification, in process", lab_ms(), 1000.0, "ms"),
        ("ocsim lab run registry, as a command", command_ms(), 2000.0, "ms"),
        ("oc get pods in ocsim shell, as a process", shell_ms(), 150.0, "ms"),
        *(
            (f"{profile}: import of a must-gather, for 2,000 objects", import_dump_ms(profile), 2000.0, "ms")
            for profile in PROFILES
        ),
    ]
    for name, value, bound, unit in [*rows, *https.rows(), *scale.rows()]:
        print(f"{name:<62} {value:8.2f} {unit:<3}  bound {bound:6.0f}  {value / bound:5.2f} of it")


def timed_ms(work: Callable[[], object], repeats: int = 5) -> float:
    """The median of several runs."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT
    ).stdout


def import_ms() -> float:
    run("from simulator import Cluster")
    full = timed_ms(lambda: run("from simulator import Cluster"))
    return full - timed_ms(lambda: run("pass"))


def fresh_ms(profile: str) -> float:
    code = (
        "import time; from simulator import Cluster; began = time.perf_counter(); "
        f"Cluster.from_profile({profile!r}); print((time.perf_counter() - began) * 1000)"
    )
    return median(float(run(code)) for _ in range(5))


def second_ms(profile: str) -> float:
    from simulator import Cluster

    Cluster.from_profile(profile)
    return timed_ms(lambda: Cluster.from_profile(profile), 20)


def lab_ms() -> float:
    from simulator import lab
    from simulator.cluster import Cluster
    from simulator.console import Console

    def once() -> None:
        page = lab.load(CHECKOUT / "docs" / "labs" / "registry.md")
        console = Console(Cluster.from_profile("ocp-4.2"))
        assert console.drive(lab.run_lab(page, console)).is_good

    once()
    return timed_ms(once)


def command_ms() -> float:
    return timed_ms(
        lambda: subprocess.run(
            [OCSIM, "lab", "run", "registry"], stdout=subprocess.DEVNULL, check=True, env=ENVIRONMENT
        )
    )


def shell_ms() -> float:
    """The time of ``oc get pods`` as the sub-shell of ``ocsim shell`` sees it: median of ten."""
    script = """#!/bin/bash
exec 3>"$RESULTS"
for i in 1 2 3 4 5 6 7 8 9 10 11; do
  began=$(date +%s%N); oc get pods -n openshift-image-registry > /dev/null || exit 1
  echo $(( ($(date +%s%N) - began) / 1000 )) >&3
done
"""
    with tempfile.TemporaryDirectory() as folder:
        shell, results = Path(folder, "shell"), Path(folder, "results")
        shell.write_text(script)
        shell.chmod(0o755)
        environment = {**ENVIRONMENT, "SHELL": str(shell), "RESULTS": str(results)}
        subprocess.run([OCSIM, "shell"], env=environment, stderr=subprocess.DEVNULL, check=True)
        times = [int(line) / 1000 for line in results.read_text().split()]
    return median(times[1:])


def import_dump_ms(profile: str) -> float:
    """A must-gather of such a cluster, read, made fit to run, started, packed; brought to 2,000 objects."""
    from simulator.cluster import Cluster
    from simulator.profiles.importing import import_files
    from simulator.profiles.importing.files import files_of
    from tests.profiles.importing.mustgather import must_gather

    with tempfile.TemporaryDirectory() as folder:
        files = list(files_of(must_gather(Cluster.from_profile(profile), Path(folder))))
        count = sum(import_files(files, "dump", folder).report.kept.values())
        return timed_ms(lambda: import_files(files, "dump", folder), 3) * 2000 / count


def idle_mib(profile: str) -> float:
    """With all objects read: what is not shared."""
    from simulator import Cluster

    keep = [Cluster.from_profile(profile)]
    keep[0].state.snapshot()
    gc.collect()
    tracemalloc.start()
    keep += [Cluster.from_profile(profile) for _ in range(5)]
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / 5 / 2**20


def resident_mib(profile: str) -> float:
    code = (
        f"import resource; from simulator import Cluster; cluster = Cluster.from_profile({profile!r}); "
        "cluster.sh('oc get pods -A'); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    return float(run(code))


if __name__ == "__main__":
    main()
