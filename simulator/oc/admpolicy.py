"""``oc adm policy`` and ``oc policy``: roles and constraints of people. Source: oc, cli/admin/policy, cli/policy."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from simulator.api.gvrs import CLUSTERROLES
from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.flags import DRY_RUN, OUTPUT, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format
from simulator.oc.rolebindings import Change, accounts, add, groups, remove, tell, users
from simulator.oc.whocan import who_can

_Run = Callable[[Invocation], Awaitable[int]]
_Change = Callable[[Invocation, Change], Awaitable[None]]
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAME_RULE: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def _people(invocation: Invocation, what: str) -> tuple[list[Object], list[str]]:
    """The subjects of users and of -z, and how they are told; CommandError when there are none."""
    args, names = invocation.args, list(invocation.flags.texts("serviceaccount"))
    if not args:
        raise fail(f"you must specify a {what}")
    if not args[1:] and not names:
        raise fail("you must specify at least one user or service account")
    if what == "role":
        _check_accounts(names)
    subjects = [*users(args[1:]), *accounts(names, invocation.namespace)]
    if what == "role":
        return subjects, [*args[1:], *names]
    return subjects, [subject["name"] for subject in subjects]


def _check_accounts(names: list[str]) -> None:
    for name in names:
        if name.startswith("system:serviceaccount"):
            raise fail(
                "--serviceaccount (-z) should only be used with short-form serviceaccount names (e.g. `default`)"
            )
        if _NAME.fullmatch(name) is None:
            raise fail(f"{json.dumps(name)} is not a valid serviceaccount name:\n  {_NAME_RULE}")


def _teams(invocation: Invocation, what: str) -> tuple[list[Object], list[str]]:
    args = invocation.args
    if len(args) < 2:
        one = "[group]..."
        raise fail(f"you must specify at least two arguments: <{what}> <group> {one}")
    return groups(args[1:]), args[1:]


_SUBJECTS: Final = {"user": _people, "group": _teams}


def _role_runner(change: _Change, whom: str, *, everywhere: bool) -> _Run:
    async def run(invocation: Invocation) -> int:
        form = await output_format(invocation)
        subjects, targets = _SUBJECTS[whom](invocation, "role")
        kind, namespace = "ClusterRole", "" if everywhere else invocation.namespace
        home = "" if everywhere else invocation.flags.text("role-namespace")
        if home:
            kind = "Role"
            if home != namespace:
                raise fail(
                    f'role binding in namespace "{namespace}" can\'t reference role in different namespace "{home}"'
                )
        name = invocation.flags.text("rolebinding-name")
        await change(invocation, Change(invocation.args[0], kind, namespace, subjects, targets, name, form=form))
        return 0

    return run


def _constraint_runner(change: _Change, whom: str) -> _Run:
    """Constraints are used by a role of their own. Source: modify_scc.go."""

    async def run(invocation: Invocation) -> int:
        form = await output_format(invocation)
        subjects, targets = _SUBJECTS[whom](invocation, "scc")
        subjects = [{key: subject[key] for key in subject if key != "apiGroup"} for subject in subjects]
        name = f"system:openshift:scc:{invocation.args[0]}"
        namespace = invocation.flags.text("namespace")
        wanted = Change(name, "ClusterRole", namespace, subjects, targets, name, warns=False, form=form)
        if change is add:
            await _make_role(invocation, wanted)
        await change(invocation, wanted)
        return 0

    return run


async def _make_role(invocation: Invocation, change: Change) -> None:
    """The role that lets its subjects use the constraint, unless there is one."""
    rule = {
        "apiGroups": ["security.openshift.io"],
        "resourceNames": [invocation.args[0]],
        "resources": ["securitycontextconstraints"],
        "verbs": ["use"],
    }
    metadata = {"creationTimestamp": None, "name": change.role}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": metadata, "rules": [rule]}
    if invocation.client.get_or_none(CLUSTERROLES, change.role) is not None:
        return
    if invocation.dry_run == "client":
        await tell(invocation, change, "added", role)
    else:
        invocation.client.create(CLUSTERROLES, role)


_ACCOUNTS: Final = Flag("serviceaccount", "Service accounts of the project, beside users", "list", "z")
_BINDING: Final = Flag("rolebinding-name", "The binding to change; without it any, or a new one.")
_ROLE_NAMESPACE: Final = Flag("role-namespace", "The project of the role; without it the role is the cluster's.")
_COMMON: Final = (*DRY_RUN, OUTPUT, TEMPLATE)


def _command(group: str, name: str, usage: str, short: str, run: _Run, *flags: Flag) -> Command:
    path = f"{group} {name}"
    return Command(path, f"{path} {usage} [flags]", short, f"{short}.", flags=(*_COMMON, *flags), run=run)


def _roles(group: str) -> dict[str, Command]:
    """The commands for roles in a project."""
    rows = (
        ("add-role-to-user", "ROLE (USER | -z SERVICEACCOUNT) [USER ...]", add, "user",
         "Add a role to users or service accounts for the current project"),
        ("add-role-to-group", "ROLE GROUP [GROUP ...]", add, "group", "Add a role to groups for the project"),
        ("remove-role-from-user", "ROLE USER [USER ...]", remove, "user", "Remove a role from users for the project"),
        ("remove-role-from-group", "ROLE GROUP [GROUP ...]", remove, "group",
         "Remove a role from groups for the project"),
    )  # fmt: skip
    return {
        name: _command(
            group, name, usage, short, _role_runner(change, whom, everywhere=False),
            _BINDING, _ROLE_NAMESPACE, *([_ACCOUNTS] if whom == "user" else []),
        )
        for name, usage, change, whom, short in rows
    }  # fmt: skip


def _cluster_roles() -> dict[str, Command]:
    rows = (
        ("add-cluster-role-to-user", add, "user", "Add a role to users for all projects in the cluster"),
        ("add-cluster-role-to-group", add, "group", "Add a role to groups for all projects in the cluster"),
        ("remove-cluster-role-from-user", remove, "user", "Remove a role from users for all projects in the cluster"),
        ("remove-cluster-role-from-group", remove, "group",
         "Remove a role from groups for all projects in the cluster"),
    )  # fmt: skip
    return {
        name: _command(
            "oc adm policy", name, f"ROLE {whom.upper()} [{whom.upper()}...]", short,
            _role_runner(change, whom, everywhere=True), _BINDING, *([_ACCOUNTS] if whom == "user" else []),
        )
        for name, change, whom, short in rows
    }  # fmt: skip


def _constraints() -> dict[str, Command]:
    rows = (
        ("add-scc-to-user", add, "user", "Add a security context constraint to users or a service account"),
        ("add-scc-to-group", add, "group", "Add a security context constraint to groups"),
        ("remove-scc-from-user", remove, "user", "Remove a user from a security context constraint"),
        ("remove-scc-from-group", remove, "group", "Remove a group from a security context constraint"),
    )  # fmt: skip
    return {
        name: _command(
            "oc adm policy", name, f"SCC {whom.upper()} [{whom.upper()} ...]", short,
            _constraint_runner(change, whom), *([_ACCOUNTS] if whom == "user" else []),
        )
        for name, change, whom, short in rows
    }  # fmt: skip


def _sorted(commands: Mapping[str, Command]) -> dict[str, Command]:
    return dict(sorted(commands.items()))


ADM_POLICY: Final = Command(
    path="oc adm policy",
    usage="oc adm policy [flags]",
    short="Manage policy on the cluster",
    long="Give roles and security context constraints to users, groups and service accounts, or take them away.",
    subcommands=_sorted(
        {**_roles("oc adm policy"), **_cluster_roles(), **_constraints(), "who-can": who_can("oc adm policy")}
    ),
)
POLICY: Final = Command(
    path="oc policy",
    usage="oc policy [flags]",
    short="Manage authorization policy",
    subcommands=_sorted({**_roles("oc policy"), "who-can": who_can("oc policy")}),
)
