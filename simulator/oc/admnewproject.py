"""``oc adm new-project``: a project without a request for it. Source: oc, cli/admin/project/new_project.go."""

from __future__ import annotations

from simulator.api.gvrs import PROJECTS
from simulator.errors import NotFound, StatusError
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.rolebindings import Change, add, users


async def run(invocation: Invocation) -> int:
    if len(invocation.args) != 1:
        raise fail("you must specify one argument: project name")
    name, flags = invocation.args[0], invocation.flags
    try:
        invocation.client.get(PROJECTS, name)
    except NotFound:
        pass
    else:
        raise fail(f"project {name} already exists")
    annotations = {
        "openshift.io/description": flags.text("description"),
        "openshift.io/display-name": flags.text("display-name"),
    }
    if "node-selector" in flags.given:
        annotations["openshift.io/node-selector"] = flags.text("node-selector")
    project = {"apiVersion": "project.openshift.io/v1", "kind": "Project"}
    invocation.client.create(PROJECTS, {**project, "metadata": {"annotations": annotations, "name": name}})
    await invocation.line(f"Created project {name}")
    if flags.text("admin"):
        await _appoint(invocation, name)
    return 0


async def _appoint(invocation: Invocation, project: str) -> None:
    """Give --admin the role in the project, without a word unless that fails."""
    role, admin = invocation.flags.text("admin-role"), invocation.flags.text("admin")
    change = Change(role, "ClusterRole", project, users([admin]), [admin], warns=False, silent=True)
    try:
        await add(invocation, change)
    except StatusError as error:
        await invocation.line(f"{admin} could not be added to the {role} role: {error.message}")
        raise


COMMAND = Command(
    path="oc adm new-project",
    usage="oc adm new-project NAME [--display-name=DISPLAYNAME] [--description=DESCRIPTION] [flags]",
    short="Create a new project",
    long="The project is not made the current one, and belongs to nobody unless --admin says so.",
    examples=("# A project whose pods run on some nodes only", "oc adm new-project store --node-selector=type=storage"),
    flags=(
        Flag("admin", "Who administers the project"),
        Flag("admin-role", "The role of who administers the project", default="admin"),
        Flag("description", "Project description"),
        Flag("display-name", "Project display name"),
        Flag("node-selector", "Labels of the nodes for the pods of the project."),
    ),
    run=run,
)
