"""Who is given which role where: the bindings, found by whom they name. Source: kubernetes, validation/rule.go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.api.types import User
from simulator.errors import Object

_ACCOUNT: Final = "system:serviceaccount:"


@dataclass(frozen=True, slots=True)
class Binding:
    """One subject of a binding: the role that it gets, and how a review tells of it."""

    order: int  # of the binding among those of its kind and namespace
    place: int  # of the subject in the binding
    role_kind: str
    role: str
    reason: str


Index = Mapping[str, list[Binding]]
"""By subject: ``User:alice``, ``Group:writers``, ``ServiceAccount:builder/demo``."""


def index_of(bindings: Iterable[Object], namespace: str = "") -> Index:
    """The subjects of the bindings of one namespace, or of the cluster's own."""
    index: dict[str, list[Binding]] = {}
    for order, binding in enumerate(bindings):
        for place, subject in enumerate(binding.get("subjects") or ()):
            key = _key(subject, namespace)
            if key:
                index.setdefault(key, []).append(_binding(order, place, binding, key, namespace))
    return index


def of_user(index: Index, user: User) -> Iterator[Binding]:
    """The bindings that name the user, in their order, each once."""
    found = [binding for key in subjects_of(user) for binding in index.get(key, ())]
    seen: set[int] = set()
    for binding in sorted(found, key=lambda one: (one.order, one.place)):
        if binding.order not in seen:
            seen.add(binding.order)
            yield binding


def subjects_of(user: User) -> list[str]:
    """As what a binding may name the user."""
    keys = [f"User:{user.name}", *(f"Group:{group}" for group in user.groups)]
    if user.name.startswith(_ACCOUNT):
        namespace, _, name = user.name.removeprefix(_ACCOUNT).partition(":")
        keys.append(f"ServiceAccount:{name}/{namespace}")
    return keys


def _key(subject: Mapping[str, Any], namespace: str) -> str:
    kind, name = subject.get("kind", ""), subject.get("name", "")
    if kind == "ServiceAccount":
        home = subject.get("namespace") or namespace
        return f"{kind}:{name}/{home}" if home else ""
    return f"{kind}:{name}" if kind in ("User", "Group") else ""


def _binding(order: int, place: int, binding: Object, key: str, namespace: str) -> Binding:
    role = binding.get("roleRef") or {}
    kind, name = role.get("kind", ""), role.get("name", "")
    whom, _, whose = key.partition(":")
    of = "RoleBinding" if namespace else "ClusterRoleBinding"
    title = f"{binding['metadata']['name']}/{namespace}" if namespace else binding["metadata"]["name"]
    return Binding(order, place, kind, name, f'{of} "{title}" of {kind} "{name}" to {whom} "{whose}"')
