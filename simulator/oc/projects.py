"""``oc projects``: list the projects. Source: oc, pkg/cli/projects."""

from __future__ import annotations

from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.project import projects


async def run(invocation: Invocation) -> int:
    session = invocation.session
    found = projects(invocation)
    if invocation.flags.flag("short"):
        await invocation.out("".join(f"{project['metadata']['name']}\n" for project in found))
        return 0
    using = f'Using project "{session.namespace}" on server "{session.server}".'
    if len(found) == 1:
        await invocation.line(f'You have one project on this server: "{_shown(found[0])}".\n\n{using}')
        return 0
    marks = {True: "  * ", False: "    "}
    lines = [marks[project["metadata"]["name"] == session.namespace] + _shown(project) for project in found]
    head = "You have access to the following projects and can switch between them with 'oc project <projectname>':"
    await invocation.line("\n".join([head, "", *lines, "", using]))
    return 0


def _shown(project: Object) -> str:
    """``name``, or ``name - Display name``."""
    name: str = project["metadata"]["name"]
    display = (project["metadata"].get("annotations") or {}).get("openshift.io/display-name")
    return f"{name} - {display}" if display and display != name else name


COMMAND = Command(
    path="oc projects",
    usage="oc projects [flags]",
    short="Display existing projects",
    long="Display the projects that you may use; the current one is marked.",
    examples=("# List all projects", "oc projects"),
    flags=(Flag("short", "If true, display only the project names", "bool", "q"),),
    run=run,
)
