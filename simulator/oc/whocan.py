"""``oc policy who-can``: who may do something. Source: oc, cli/admin/policy/who_can.go."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.flags import ALL_NAMESPACES, OUTPUT, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format, print_document
from simulator.oc.resources import resource_map

_GROUP = "/apis/authorization.openshift.io/v1"


async def run(invocation: Invocation) -> int:
    args = invocation.args
    if len(args) not in (2, 3):
        raise fail("you must specify two or three arguments: verb, resource, and optional resourceName")
    form = await output_format(invocation)
    group, plural = await _resource(invocation, args[1])
    below = invocation.flags.text("subresource")
    suffix = f"/{below}" if below else ""
    action = {
        "verb": args[0],
        "resourceAPIGroup": group,
        "resource": plural + suffix,
        "resourceName": "".join(args[2:]),
        "namespace": "",
        "resourceAPIVersion": "",
        "path": "",
        "isNonResourceURL": False,
    }
    review = _ask(invocation, action)
    if form.name == "name":
        await invocation.line("resourceaccessreviewresponse.authorization.openshift.io/<unknown>")
    elif form.name:
        await print_document(invocation, form, review)
    else:
        shown = f"{plural}.{group}" if group else plural
        await invocation.out(_text(review, args[0], shown + suffix))
    return 0


async def _resource(invocation: Invocation, word: str) -> tuple[str, str]:
    """Group and plural of a word; of one that the server does not know the word itself, with a warning."""
    found = resource_map(invocation.session).find(word)
    if found is None:
        plural, _, group = word.lower().partition(".")
        where = f" in group '{group}'" if group else ""
        await invocation.error(f"Warning: the server doesn't have a resource type '{plural}'{where}")
        return "", word
    below = invocation.flags.text("subresource")
    if below and below not in found.subresources:
        where = f" in group '{found.group}'" if found.group else ""
        await invocation.error(f"Warning: the server doesn't have a subresource '{found.plural}/{below}'{where}")
    return found.group, found.plural


def _ask(invocation: Invocation, action: Object) -> Object:
    everywhere = invocation.all_namespaces
    kind = "ResourceAccessReview" if everywhere else "LocalResourceAccessReview"
    where = "" if everywhere else f"/namespaces/{invocation.namespace}"
    body = {"apiVersion": "authorization.openshift.io/v1", "kind": kind, **action}
    answer: Object = invocation.client.request("POST", f"{_GROUP}{where}/{kind.lower()}s", body=body).body
    return answer


def _text(review: Object, verb: str, resource: str) -> str:
    """The printer names what it prints, of which there is no name."""
    place = review.get("namespace") or "<all>"
    lines = [f"\nNamespace: {place}", f"Verb:      {verb}", f"Resource:  {resource}\n"]
    lines.append(_people("Users:  ", review.get("users") or ()))
    lines.append(("" if review.get("groups") else "\n") + _people("Groups: ", review.get("groups") or ()))
    if review.get("evalutionError"):
        lines.append(f"\nError during evaluation, results may not be complete: {review['evalutionError']}")
    title = "resourceaccessreviewresponse.authorization.openshift.io/<unknown>"
    return f"{title} \n" + "\n".join(lines) + "\n\n"


def _people(title: str, names: Sequence[str]) -> str:
    return title + ("\n        ".join(sorted(set(names))) if names else "none")


def who_can(group: str) -> Command:
    """The command below ``oc policy`` or ``oc adm policy``."""
    return Command(
        path=f"{group} who-can",
        usage=f"{group} who-can VERB RESOURCE [NAME] [flags]",
        short="List who can perform the specified action on a resource",
        long="List who can perform the specified action on a resource.",
        examples=("# Who may delete claims?", f"{group} who-can delete pvc"),
        flags=(ALL_NAMESPACES, OUTPUT, Flag("subresource", "A subresource such as log or scale"), TEMPLATE),
        run=run,
    )
