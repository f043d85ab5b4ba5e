"""Giving roles to subjects, and taking them. Source: oc, cli/admin/policy/modify_roles.go and modify_scc.go."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from simulator.api.gvrs import CLUSTERROLEBINDINGS, CLUSTERROLES, ROLEBINDINGS, SERVICEACCOUNTS, USERS
from simulator.api.types import GVR
from simulator.errors import AlreadyExists, NotFound, Object
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import Format, print_document

_GROUP: Final = "rbac.authorization.k8s.io"
_ROLES: Final = GVR(_GROUP, "v1", "roles")
_GROUPS: Final = GVR("user.openshift.io", "v1", "groups")
_AUTOUPDATE: Final = "rbac.authorization.kubernetes.io/autoupdate"
_ACCOUNT: Final = "system:serviceaccount:"


@dataclass(frozen=True)
class Change:
    """What is to be given or taken. ``namespace``: of the binding; "" for one of the whole cluster.

    ``name``: of the binding, "" for any. ``warns`` of roles and subjects that there are not.
    """

    role: str
    kind: str
    namespace: str
    subjects: Sequence[Object]
    targets: Sequence[str]
    name: str = ""
    warns: bool = True
    form: Format = field(default_factory=Format)
    silent: bool = False

    @property
    def bindings(self) -> GVR:
        return ROLEBINDINGS if self.namespace else CLUSTERROLEBINDINGS

    def path_of(self) -> str | None:
        return self.namespace or None

    @property
    def title(self) -> str:
        return f"{self.kind.lower()}.{_GROUP}/{self.role}"


def users(names: Sequence[str]) -> list[Object]:
    """The subjects of user names; those of service accounts are recognized."""
    return [_user(name) for name in names]


def _user(name: str) -> Object:
    namespace, colon, account = name.removeprefix(_ACCOUNT).partition(":")
    if name.startswith(_ACCOUNT) and colon and namespace and account and ":" not in account:
        return {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    return {"apiGroup": _GROUP, "kind": "User", "name": name}


def groups(names: Sequence[str]) -> list[Object]:
    return [{"apiGroup": _GROUP, "kind": "Group", "name": name} for name in names]


def accounts(names: Sequence[str], namespace: str) -> list[Object]:
    return [{"kind": "ServiceAccount", "name": name, "namespace": namespace} for name in names]


def _same(one: Object, other: Object) -> bool:
    return all((one.get(key) or "") == (other.get(key) or "") for key in ("kind", "name", "namespace"))


def _with(existing: Sequence[Object], more: Sequence[Object]) -> list[Object]:
    subjects = list(existing)
    for subject in more:
        if not any(_same(subject, other) for other in subjects):
            subjects.append(subject)
    return subjects


async def add(invocation: Invocation, change: Change) -> None:
    """Give the role. A binding that has all of the subjects is enough; else there is a new one."""
    binding = _named(invocation, change) if change.name else None
    if not change.name:
        for found in _of_role(invocation, change):
            if len(_with(found.get("subjects") or (), change.subjects)) == len(found.get("subjects") or ()):
                title = _binding_title(change, found) if change.form.name else ""
                await tell(invocation, change, "added", found, title=title)
                return
    existing = list((binding or {}).get("subjects") or ())
    subjects = _with(existing, change.subjects)
    if change.warns:
        await _warn(invocation, change, subjects[len(existing) :])
    wanted = {**(binding or _new(invocation, change)), "subjects": subjects}
    if invocation.dry_run == "client":
        await tell(invocation, change, "added", wanted, title=_binding_title(change, wanted))
        return
    try:
        _write(invocation, change, wanted, new=binding is None)
    except AlreadyExists:
        await add(invocation, change)
        return
    await tell(invocation, change, "added", _role(change))


def _write(invocation: Invocation, change: Change, binding: Object, *, new: bool) -> None:
    if new:
        invocation.client.create(change.bindings, binding, change.path_of())
    else:
        invocation.client.update(change.bindings, binding)


def _role(change: Change) -> Object:
    """What is shown of the role: its name."""
    metadata = {"creationTimestamp": None, "name": change.role}
    return {"apiVersion": f"{_GROUP}/v1", "kind": change.kind, "metadata": metadata, "rules": None}


def _named(invocation: Invocation, change: Change) -> Object | None:
    """The binding of that name, if it is one of this role; CommandError if not."""
    binding = invocation.client.get_or_none(change.bindings, change.name, change.path_of())
    if binding is None:
        return None
    reference = binding["roleRef"]
    if reference["name"] != change.role:
        raise fail(f"rolebinding {change.name} found for role {reference['name']}, not {change.role}")
    if reference["kind"] != change.kind:
        raise fail(f'rolebinding {change.name} found for "{reference["kind"]}", not "{change.kind}"')
    return binding


def _of_role(invocation: Invocation, change: Change) -> list[Object]:
    found = invocation.client.list(change.bindings, change.path_of())
    wanted = (change.role, change.kind)
    return [item for item in found if (item["roleRef"]["name"], item["roleRef"]["kind"]) == wanted]


def _new(invocation: Invocation, change: Change) -> Object:
    name = change.name or _free_name(invocation, change)
    metadata: Object = {"creationTimestamp": None, "name": name}
    if change.namespace:
        metadata["namespace"] = change.namespace
    reference = {"apiGroup": _GROUP, "kind": change.kind, "name": change.role}
    kind = "RoleBinding" if change.namespace else "ClusterRoleBinding"
    return {"apiVersion": f"{_GROUP}/v1", "kind": kind, "metadata": metadata, "roleRef": reference}


def _free_name(invocation: Invocation, change: Change) -> str:
    """The role's name; with a number when there is such a binding."""
    taken = {item["metadata"]["name"] for item in invocation.client.list(change.bindings, change.path_of())}
    names = [change.role, *(f"{change.role}-{number}" for number in range(100))]
    return next(name for name in names if name not in taken)


async def _warn(invocation: Invocation, change: Change, subjects: Sequence[Object]) -> None:
    """Say which of role and subjects there are not."""
    resource, namespace = (_ROLES, change.namespace) if change.kind == "Role" else (CLUSTERROLES, None)
    if _is_missing(invocation, resource, change.role, namespace):
        await invocation.error(f"Warning: role '{change.role}' not found")
    kinds = {"ServiceAccount": SERVICEACCOUNTS, "User": USERS, "Group": _GROUPS}
    for subject in subjects:
        if _is_missing(invocation, kinds[subject["kind"]], subject["name"], subject.get("namespace")):
            await invocation.error(f"Warning: {subject['kind']} '{subject['name']}' not found")


def _is_missing(invocation: Invocation, resource: GVR, name: str, namespace: str | None) -> bool:
    try:
        invocation.client.get(resource, name, namespace)
    except NotFound:
        return True
    return False


async def remove(invocation: Invocation, change: Change) -> None:
    """Take the role from the subjects in every binding; one that is empty then goes."""
    found = _to_search(invocation, change)
    left = [(binding, _without(binding, change.subjects)) for binding in found]
    changed = [
        (binding, _shrunk(binding, rest)) for binding, rest in left if len(rest) != len(binding.get("subjects") or ())
    ]
    if not changed:
        raise fail(f"unable to find target [{' '.join(change.targets)}]")
    if change.form.name:
        items = [result for _, result in changed]
        await print_document(
            invocation, change.form, {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}}
        )
        return
    if invocation.dry_run != "client":
        for _, result in changed:
            await _shrink(invocation, change, result)
    await tell(invocation, change, "removed", _role(change))


def _to_search(invocation: Invocation, change: Change) -> list[Object]:
    if not change.name:
        found = _of_role(invocation, change)
        if not found:
            kind = "RoleBinding" if change.namespace else "ClusterRoleBinding"
            raise fail(f'unable to locate any {kind} for {change.kind} "{change.role}"')
        return found
    binding = invocation.client.get(change.bindings, change.name, change.path_of())
    reference = binding["roleRef"]
    if reference["name"] != change.role:
        raise fail(f"rolebinding {change.name} contains role {reference['name']}, instead of role {change.role}")
    if reference["kind"] != change.kind:
        kinds = f'of kind "{reference["kind"]}", not "{change.kind}"'
        raise fail(f"rolebinding {change.name} contains role {change.role} {kinds}")
    return [binding]


def _shrunk(binding: Object, subjects: list[Object]) -> Object:
    """No list is written of no subjects."""
    rest = {key: value for key, value in binding.items() if key != "subjects"}
    return {**rest, "subjects": subjects} if subjects else rest


def _without(binding: Object, subjects: Sequence[Object]) -> list[Object]:
    there = binding.get("subjects") or ()
    return [subject for subject in there if not any(_same(subject, other) for other in subjects)]


async def _shrink(invocation: Invocation, change: Change, binding: Object) -> None:
    meta = binding["metadata"]
    updated = (meta.get("annotations") or {}).get(_AUTOUPDATE)
    if binding.get("subjects") or updated == "false":
        invocation.client.update(change.bindings, binding)
    else:
        invocation.client.delete(change.bindings, meta["name"], change.path_of())
    if updated == "true":
        kind = "rolebinding" if change.namespace else "clusterrolebinding"
        await invocation.error(
            "Warning: Your changes may get lost whenever a master is restarted, unless you prevent reconciliation of "
            f"this rolebinding using the following command: oc annotate {kind}.rbac {meta['name']} "
            f"'{_AUTOUPDATE}=false' --overwrite"
        )


def _binding_title(change: Change, binding: Object) -> str:
    kind = "rolebinding" if change.namespace else "clusterrolebinding"
    return f"{kind}.{_GROUP}/{binding['metadata']['name']}"


async def tell(invocation: Invocation, change: Change, done: str, obj: Object, *, title: str = "") -> None:
    """``clusterrole.rbac.authorization.k8s.io/edit added: "bob"``."""
    if change.silent:
        return
    if change.form.name == "name":
        await invocation.line(title or change.title)
    elif change.form.name:
        await print_document(invocation, change.form, obj)
    else:
        names = [json.dumps(name, ensure_ascii=False) for name in change.targets]
        shown = names[0] if len(names) == 1 else f"[{' '.join(names)}]"
        suffix = " (dry run)" if invocation.dry_run == "client" else ""
        await invocation.line(f"{title or change.title} {done}: {shown}{suffix}")
