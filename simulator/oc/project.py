"""``oc project``: show or change the current project. Source: oc, pkg/cli/project."""

from __future__ import annotations

from simulator.api.types import GVR
from simulator.errors import Forbidden, NotFound, Object
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation

PROJECTS = GVR("project.openshift.io", "v1", "projects")


async def run(invocation: Invocation) -> int:
    session, args = invocation.session, invocation.args
    if len(args) > 1:
        raise fail("Only one argument is supported (project name or context name).")
    short = invocation.flags.flag("short")
    if not args:
        shown = session.namespace if short else f'Using project "{session.namespace}" on server "{session.server}".'
        await invocation.line(shown)
        return 0
    name = args[0]
    if name == session.namespace:
        await invocation.line(name if short else f'Already on project "{name}" on server "{session.server}".')
        return 0
    _check(invocation, name)
    session.namespace = name
    await invocation.line(name if short else f'Now using project "{name}" on server "{session.server}".')
    return 0


def _check(invocation: Invocation, name: str) -> None:
    """Refuse a project that does not exist or is not the user's, with the list of those that are."""
    try:
        invocation.client.get(PROJECTS, name)
    except NotFound:
        first = f'A project named "{name}" does not exist on "{invocation.session.server}".'
    except Forbidden:
        first = f'You are not a member of project "{name}".'
    else:
        return
    raise CommandError(f"error: {first}\n{_others(projects(invocation))}")


def _others(found: list[Object]) -> str:
    if len(found) == 1:
        return f"You have one project on this server: {title(found[0])}"
    return "\n".join(["Your projects are:", *(f"* {title(project)}" for project in found)])


def projects(invocation: Invocation) -> list[Object]:
    """The projects that the user may see, by name."""
    return sorted(invocation.client.list(PROJECTS), key=lambda project: str(project["metadata"]["name"]))


def title(project: Object) -> str:
    """The name, or ``Display name (name)``."""
    name: str = project["metadata"]["name"]
    display = (project["metadata"].get("annotations") or {}).get("openshift.io/display-name")
    return f"{display} ({name})" if display and display != name else name


COMMAND = Command(
    path="oc project",
    usage="oc project [NAME] [flags]",
    short="Switch to another project",
    long="Switch to another project and make it the default for the commands that follow. Without a name, show it.",
    examples=("# Switch to project 'myapp'", "oc project myapp", "# Show the project in use", "oc project"),
    flags=(Flag("short", "If true, display only the project name", "bool", "q"),),
    run=run,
)
