"""``oc auth can-i`` and ``oc auth whoami``: ask the server what one may do, and as whom. Source: kubectl, cmd/auth."""

from __future__ import annotations

from simulator.errors import Object
from simulator.oc.authwhoami import WHOAMI
from simulator.oc.command import Command
from simulator.oc.describe.fields import go_list
from simulator.oc.describe.role import compact
from simulator.oc.errors import Exit, fail
from simulator.oc.flags import ALL_NAMESPACES, NO_HEADERS, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import TABLE, TabWriter
from simulator.oc.resources import resource_map

_REVIEWS = "/apis/authorization.k8s.io/v1/"
_TWO_ARGUMENTS = (
    "you must specify two arguments: verb resource or verb resource/resourceName.\n"
    "See 'kubectl auth can-i -h' for help and examples."
)


async def can_i(invocation: Invocation) -> int:
    """Print yes or no, which is the exit status as well; with ``--list`` all that is allowed."""
    flags, args = invocation.flags, invocation.args
    if flags.flag("list"):
        if args:
            raise fail("list option must be specified with no arguments")
        await _list(invocation)
        return 0
    if len(args) != 2:
        raise fail(_TWO_ARGUMENTS)
    if args[1].startswith("/"):
        status = _ask(invocation, {"nonResourceAttributes": {"verb": args[0], "path": args[1]}})
    else:
        status = _ask(invocation, {"resourceAttributes": await _attributes(invocation)})
    reasons = [status[key] for key in ("reason", "evaluationError") if status.get(key)]
    if not flags.flag("quiet"):
        await invocation.line("yes" if status.get("allowed") else " - ".join(["no", *reasons]))
    if not status.get("allowed"):
        raise Exit(1)
    return 0


async def _attributes(invocation: Invocation) -> Object:
    """What is asked about, with warnings for what the server does not have or what lies in no project."""
    verb, text = invocation.args
    word, _, name = text.partition("/")
    plural, _, group = word.partition(".")
    found = resource_map(invocation.session).find(word) if word not in ("*", "") else None
    if found is None and word not in ("*", ""):
        where = f" in group '{group}'" if group else ""
        await invocation.error(f"Warning: the server doesn't have a resource type '{plural}'{where}\n")
    elif found is not None and not found.namespaced and not invocation.all_namespaces:
        where = f" in group '{found.group}'" if found.group else ""
        await invocation.error(f"Warning: resource '{found.plural}' is not namespace scoped{where}\n")
    attributes = {
        "namespace": "" if invocation.all_namespaces else invocation.namespace,
        "verb": verb,
        "group": found.group if found is not None else group,
        "resource": found.plural if found is not None else plural,
        "subresource": invocation.flags.text("subresource"),
        "name": name,
    }
    return {key: value for key, value in attributes.items() if value}


def _ask(invocation: Invocation, spec: Object) -> Object:
    return _review(invocation, "SelfSubjectAccessReview", spec)


def _review(invocation: Invocation, kind: str, spec: Object) -> Object:
    """The status of a review that is created."""
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}
    status: Object = invocation.client.request("POST", f"{_REVIEWS}{kind.lower()}s", body=body).body["status"]
    return status


async def _list(invocation: Invocation) -> None:
    status = _review(invocation, "SelfSubjectRulesReview", {"namespace": invocation.namespace})
    writer = TabWriter(TABLE)
    if not invocation.flags.flag("no-headers"):
        writer.line("Resources", "Non-Resource URLs", "Resource Names", "Verbs")
    for grant in compact([*(status.get("resourceRules") or ()), *(status.get("nonResourceRules") or ())]):
        urls, names = ([text] if text else [] for text in (grant.url, grant.name))
        writer.line(grant.target(), go_list(urls), go_list(names), go_list(grant.verbs))
    await invocation.out(writer.text())


CAN_I = Command(
    path="oc auth can-i",
    usage="oc auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL] [flags]",
    short="Check whether an action is allowed",
    long="The answer is yes or no; the exit status is 0 or 1.",
    examples=(
        "# May I create claims in this project?",
        "oc auth can-i create pvc",
        "# May somebody else?",
        "oc auth can-i create pvc --as developer",
    ),
    flags=(
        ALL_NAMESPACES,
        Flag("list", "If true, print all allowed actions.", "bool"),
        NO_HEADERS,
        Flag("quiet", "If true, print nothing and answer by the exit status only.", "bool", "q"),
        Flag("subresource", "A subresource such as pods/log or deployments/scale"),
    ),
    run=can_i,
)

COMMAND = Command(
    path="oc auth",
    usage="oc auth [flags]",
    short="Inspect authorization",
    long="Ask what one may do.",
    subcommands={"can-i": CAN_I, "whoami": WHOAMI},
)
