"""``oc auth whoami``: who the server takes one for. Source: kubectl, cmd/auth/whoami.go."""

from __future__ import annotations

from simulator.errors import Forbidden, NotFound, Object
from simulator.oc.command import Command
from simulator.oc.describe.fields import go_list
from simulator.oc.errors import fail
from simulator.oc.flags import OUTPUT, TEMPLATE
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format, print_result
from simulator.oc.printers.tabwriter import TABLE, TabWriter

_REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_NOT_SERVED = (
    "the selfsubjectreviews API is not enabled in the cluster\n"
    "enable APISelfSubjectReview feature gate and authentication.k8s.io/v1alpha1 or authentication.k8s.io/v1beta1 API"
)
_FORBIDDEN = "the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it"


async def whoami(invocation: Invocation) -> int:
    form = await output_format(invocation)
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {}, "status": {}}
    try:
        review: Object = invocation.client.request("POST", _REVIEWS, body=body).body
    except Forbidden:
        raise fail(_FORBIDDEN) from None
    except NotFound:
        raise fail(_NOT_SERVED) from None
    if form.name:
        title = "selfsubjectreview.authentication.k8s.io/<unknown>"  # it has no name
        await print_result(invocation, form, title, review, "")
        return 0
    await invocation.out(_table(review["status"]["userInfo"]))
    return 0


def _table(user: Object) -> str:
    writer = TabWriter(TABLE)
    writer.line("ATTRIBUTE", "VALUE")
    for title, key in (("Username", "username"), ("UID", "uid")):
        if user.get(key):
            writer.line(title, user[key])
    if user.get("groups"):
        writer.line("Groups", go_list(user["groups"]))
    for key, values in sorted((user.get("extra") or {}).items()):
        writer.line(f"Extra: {key}", go_list(values))
    return writer.text()


WHOAMI = Command(
    path="oc auth whoami",
    usage="oc auth whoami [flags]",
    short="Experimental: Check self subject attributes",
    long="Shows name, groups and whatever else the server knows of you.",
    examples=("# Your attributes", "oc auth whoami"),
    flags=(OUTPUT, TEMPLATE),
    run=whoami,
    since="4.13",
)
