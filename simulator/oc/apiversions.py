"""``oc api-versions``: the groups and versions of the server, sorted."""

from __future__ import annotations

from simulator.oc.command import Command
from simulator.oc.errors import misuse
from simulator.oc.invocation import Invocation
from simulator.oc.resources import resource_map


async def run(invocation: Invocation) -> int:
    if invocation.args:
        raise misuse("oc api-versions", f"unexpected arguments: [{' '.join(invocation.args)}]")
    versions = sorted({resource.api_version for resource in resource_map(invocation.session, fresh=True).rows})
    await invocation.out("".join(f"{version}\n" for version in versions))
    return 0


COMMAND = Command(
    path="oc api-versions",
    usage="oc api-versions [flags]",
    short='Print the supported API versions on the server, in the form of "group/version"',
    run=run,
)
