"""The registry lab as one text: what was typed, what came back. Runs here, in another process and in Pyodide."""

from pathlib import Path

import simulator
from simulator import lab
from simulator.cluster import Cluster
from simulator.console import Console

page = lab.load(Path(simulator.__file__).parent.parent / "docs" / "labs" / "registry.md")
console = Console(Cluster.from_profile("ocp-4.2", seed=0))
result = console.drive(lab.run_lab(page, console))
lines = [f"{step.verdict.value} {step.prompt}{step.typed}\n{step.output}" for step in result.steps]
text = "\n".join([*lines, lab.summary(result).split(": ", 1)[1]])
text  # noqa: B018  # the value of the file, for Pyodide
