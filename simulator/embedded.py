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
        """Run a script in the embedded shell: ``Cluster.from_profile("ocp-4.2").sh("oc get sc").stdout``.

        One that would wait for ever, as ``oc get -w`` of what does not change, ends with status 1 and says so.
        """
        from simulator.runtime.tasks import Deadlock
        from simulator.shell.streams import Buffer

        stdout, stderr = Buffer(), Buffer()
        try:
            status = self.console.drive(self.console.run_streams(script, Buffer(stdin), stdout, stderr))
        except Deadlock as error:
            return Result(stdout.text(), f"{stderr.text()}error: {error}\n", 1)
        return Result(stdout.text(), stderr.text(), status)
