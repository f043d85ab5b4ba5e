"""Two labs as one text: what was typed, what came back. Runs here, in another process and in Pyodide."""

from collections.abc import Iterator
from pathlib import Path

import simulator
from simulator import lab
from simulator.cluster import Cluster
from simulator.console import Console

LABS = Path(simulator.__file__).parent.parent / "docs" / "labs"


def told(name: str) -> Iterator[str]:
    page = lab.load(LABS / f"{name}.md")
    console = Console(Cluster.from_profile(page.profile, seed=page.seed))
    result = console.drive(lab.run_lab(page, console))
    for step in result.steps:
        yield f"{step.verdict.value} {step.prompt}{step.typed}\n{step.output}"
    yield lab.summary(result).split(": ", 1)[1]


text = "\n".join(line for name in ("registry", "odf-cephfs") for line in told(name))
text  # noqa: B018  # the value of the file, for Pyodide
