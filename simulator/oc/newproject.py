"""``oc new-project``: request a project and switch to it. Source: oc, pkg/cli/requestproject."""

from __future__ import annotations

from simulator.api.gvrs import PROJECTREQUESTS
from simulator.changes.client import EXAMPLE_APP, HELLO_NODE
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.project import switched, user_name

_NEXT = """
You can add applications to this project with the 'new-app' command. For example, try:

    oc new-app {example}

to build a new example application in {language}. Or use kubectl to deploy a simple Kubernetes application:

    kubectl create deployment hello-node --image={image}
"""


async def run(invocation: Invocation) -> int:
    if len(invocation.args) != 1:
        raise fail("must have exactly one argument")
    name, session = invocation.args[0], invocation.session
    request = {
        "apiVersion": "project.openshift.io/v1",
        "kind": "ProjectRequest",
        "metadata": {"name": name},
        "displayName": invocation.flags.text("display-name"),
        "description": invocation.flags.text("description"),
    }
    invocation.client.request("GET", PROJECTREQUESTS.path())  # refuses who may not, in the administrator's words
    invocation.client.create(PROJECTREQUESTS, request)
    if invocation.flags.flag("skip-config-write"):
        return 0
    session.enter(name, user_name(invocation))
    example, language = EXAMPLE_APP.at(invocation.release)
    text = _NEXT.format(example=example, language=language, image=HELLO_NODE.at(invocation.release))
    await invocation.line(f"{switched(invocation)}\n{text}")
    return 0


COMMAND = Command(
    path="oc new-project",
    usage="oc new-project NAME [--display-name=DISPLAYNAME] [--description=DESCRIPTION] [flags]",
    short="Request a new project",
    long="Create a new project for yourself, and make it the current one.",
    examples=("# Create a new project with minimal information", "oc new-project web-team-dev"),
    flags=(
        Flag("description", "Project description"),
        Flag("display-name", "Project display name"),
        Flag("skip-config-write", "If true, the project will not be set as the current one", "bool"),
    ),
    run=run,
)
