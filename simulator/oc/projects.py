"""``oc projects``: list the projects. Source: oc, pkg/cli/projects."""

from __future__ import annotations

from simulator.changes.client import NAME_IN_PROJECTS
from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.project import NO_PROJECTS, display_name, projects, using

HEAD = "You have access to the following projects and can switch between them with '{oc} project <projectname>':"
"""The name of the command is missing here in later releases (but not in oc login)."""


async def run(invocation: Invocation) -> int:
    found = projects(invocation)
    if invocation.flags.flag("short"):
        await invocation.out("".join(f"{project['metadata']['name']}\n" for project in found))
        return 0
    head = HEAD.format(oc=NAME_IN_PROJECTS.at(invocation.release))
    await invocation.line("\n".join([*_listed(found, invocation.session.namespace, head), using(invocation)]))
    return 0


def _listed(found: list[Object], namespace: str, head: str) -> list[str]:
    if not found:
        return [NO_PROJECTS, ""]
    if len(found) == 1:
        return [f'You have one project on this server: "{_shown(found[0])}".', ""]
    marks = {True: "  * ", False: "    "}
    return [head, "", *(marks[item["metadata"]["name"] == namespace] + _shown(item) for item in found), ""]


def _shown(project: Object) -> str:
    """``name``, or ``name - Display name``."""
    name, display = project["metadata"]["name"], display_name(project)
    return f"{name} - {display}" if display else name


COMMAND = Command(
    path="oc projects",
    usage="oc projects [flags]",
    short="Display existing projects",
    long="Display the projects that you may use; the current one is marked.",
    examples=("# List all projects", "oc projects"),
    flags=(Flag("short", "If true, display only the project names", "bool", "q"),),
    run=run,
)
