"""``oc project``: show or change the current project. Source: oc, pkg/cli/project."""

from __future__ import annotations

from simulator.api.gvrs import PROJECTS
from simulator.errors import Forbidden, NotFound, Object
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation

NO_PROJECTS = (
    "You are not a member of any projects. You can request a project to be created with the 'new-project' command."
)


async def run(invocation: Invocation) -> int:
    session, args = invocation.session, invocation.args
    if len(args) > 1:
        raise fail("Only one argument is supported (project name or context name).")
    before = session.namespace
    name = args[0] if args else before
    if args:
        _check(invocation, name)
        session.namespace, session.context = name, ""  # the context that this makes has the generated name
        text = f"Already on {_place(invocation)}" if name == before else switched(invocation)
    else:
        _check_current(invocation)
        text = using(invocation)
    await invocation.line(name if invocation.flags.flag("short") else text)
    return 0


def using(invocation: Invocation) -> str:
    """``Using project "web" on server "https://…".``"""
    return f"Using {_place(invocation)}"


def switched(invocation: Invocation) -> str:
    return f"Now using {_place(invocation)}"


def _place(invocation: Invocation) -> str:
    """The project, and where it is; a context that a person named is told as well."""
    session = invocation.session
    context = f' from context named "{session.context}"' if session.context else ""
    return f'project "{session.namespace}"{context} on server "{session.server}".'


def _check_current(invocation: Invocation) -> None:
    name = invocation.session.namespace
    try:
        invocation.client.get(PROJECTS, name)
    except (Forbidden, NotFound) as error:
        raise fail(
            f'you do not have rights to view project "{name}" specified in your config or the project doesn\'t exist'
        ) from error


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
    if not found:
        return NO_PROJECTS
    if len(found) == 1:
        return f"You have one project on this server: {title(found[0])}"
    return "\n".join(["Your projects are:", *(f"* {title(project)}" for project in found)])


def projects(invocation: Invocation) -> list[Object]:
    """The projects that the user may see, by name."""
    return sorted(invocation.client.list(PROJECTS), key=lambda project: str(project["metadata"]["name"]))


def display_name(project: Object) -> str:
    """What people call the project; "" when that is its name."""
    text: str = (project["metadata"].get("annotations") or {}).get("openshift.io/display-name") or ""
    return text if text != project["metadata"]["name"] else ""


def title(project: Object) -> str:
    """The name, or ``Display name (name)``."""
    name: str = project["metadata"]["name"]
    display = display_name(project)
    return f"{display} ({name})" if display else name


COMMAND = Command(
    path="oc project",
    usage="oc project [NAME] [flags]",
    short="Switch to another project",
    long="Switch to another project and make it the default for the commands that follow. Without a name, show it.",
    examples=("# Switch to project 'myapp'", "oc project myapp", "# Show the project in use", "oc project"),
    flags=(Flag("short", "If true, display only the project name", "bool", "q"),),
    run=run,
)
