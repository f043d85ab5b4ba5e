"""``oc create token``: a token of a service account. Source: kubectl, cmd/create/create_token.go."""

from __future__ import annotations

from typing import Final

from simulator.api.gvrs import SERVICEACCOUNTS
from simulator.errors import Object, StatusError
from simulator.oc.command import Command
from simulator.oc.containers import at_terminal
from simulator.oc.errors import fail, misuse
from simulator.oc.flags import OUTPUT, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format, print_result

_KINDS: Final = ("Node", "Pod", "Secret")


async def run(invocation: Invocation) -> int:
    """Print the token; a newline follows only where a person reads it."""
    if len(invocation.args) != 1:
        raise misuse(invocation.command.path, f"exactly one NAME is required, got {len(invocation.args)}")
    form = await output_format(invocation)
    _check(invocation)
    name = invocation.args[0]
    path = SERVICEACCOUNTS.path(invocation.namespace, name, "token")
    try:
        made: Object = invocation.client.request("POST", path, body=_request(invocation)).body
    except StatusError as error:
        raise fail(f"failed to create token: {error.message}") from None
    if form.name:
        await print_result(invocation, form, f"tokenrequest.authentication.k8s.io/{name}", made, "created")
        return 0
    end = "\n" if at_terminal(invocation.process) else ""
    await invocation.out(made["status"]["token"] + end)
    return 0


def _check(invocation: Invocation) -> None:
    flags = invocation.flags
    duration, kind = flags.seconds("duration"), flags.text("bound-object-kind")
    if duration < 0:
        raise fail("--duration must be greater than or equal to 0")
    if duration % 1:
        raise fail("--duration cannot be expressed in units less than seconds")
    if "" in flags.texts("audience"):
        raise fail("--audience must not be an empty string")
    for name in ("bound-object-name", "bound-object-uid"):
        if flags.text(name) and not kind:
            raise fail(f"--{name} can only be set if --bound-object-kind is provided")
    if kind and kind not in _KINDS:
        raise fail(f"supported --bound-object-kind values are {', '.join(_KINDS)}")
    if kind and not flags.text("bound-object-name"):
        raise fail("--bound-object-name is required if --bound-object-kind is provided")


def _request(invocation: Invocation) -> Object:
    flags = invocation.flags
    spec: Object = {"audiences": list(flags.texts("audience"))} if flags.texts("audience") else {}
    if flags.seconds("duration"):
        spec["expirationSeconds"] = int(flags.seconds("duration"))
    if flags.text("bound-object-kind"):
        bound = {"kind": flags.text("bound-object-kind"), "apiVersion": "v1", "name": flags.text("bound-object-name")}
        spec["boundObjectRef"] = {**bound, "uid": flags.text("bound-object-uid")}
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {}, "spec": spec}


COMMAND = Command(
    path="oc create token",
    usage="oc create token SERVICE_ACCOUNT_NAME [flags]",
    short="Request a service account token",
    long="The server issues the token; it ends with its time, or with the object that it is bound to.",
    examples=("# Request a token for the service account 'robot'", "oc create token robot"),
    flags=(
        Flag("audience", "Whom the token is for; repeat it for several. Default: the API server.", "array"),
        Flag("bound-object-kind", "Kind of the object that the token is bound to: Node, Pod or Secret."),
        Flag("bound-object-name", "Name of the object that the token is bound to."),
        Flag("bound-object-uid", "UID of that object; without it, that of the object as it is now."),
        Flag("duration", "How long the token is to be valid; 0 leaves it to the server.", "duration"),
        OUTPUT,
        TEMPLATE,
    ),
    run=run,
    since="4.11",
)
