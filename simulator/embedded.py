"""Floor 4: the cluster of the Python API: with a shell that has ``oc``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from simulator import cluster

if TYPE_CHECKING:
    from simulator.console import Console


@dataclass(frozen=True)
class Result:
    """What a script printed, and its exit status."""

    stdout: str
    stderr: str
    status: int


class Cluster(cluster.Cluster):
    """A simulated OpenShift with ``sh``."""

    @cached_property
    def console(self) -> Console:
        """The shell session; it lasts as long as the cluster. Imported here: who never types needs no shell."""
        from simulator.console import Console

        return Console(self)

    def sh(self, script: str, stdin: str = "") -> Result:
        """Run a script in the embedded shell: ``Cluster.from_profile("ocp-4.2").sh("oc get sc").stdout``."""
        from simulator.shell.streams import Buffer

        stdout, stderr = Buffer(), Buffer()
        status = self.console.drive(self.console.run_streams(script, Buffer(stdin), stdout, stderr))
        return Result(stdout.text(), stderr.text(), status)
