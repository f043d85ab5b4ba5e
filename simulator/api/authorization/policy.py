"""RBAC: what a user may do follows from the roles and bindings in the state.

What was found out is kept until one of them changes, so that a request costs a look-up. A server whose state lacks the
role ``cluster-admin`` has been given no policy yet: then its administrators, as a real server's, may do all the same.
Source: kubernetes, plugin/pkg/auth/authorizer/rbac/rbac.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from simulator.api.authorization import bindings
from simulator.api.authorization.attributes import Attributes
from simulator.api.authorization.bindings import Binding, Index
from simulator.api.authorization.rules import EVERYTHING, Rule, compiled
from simulator.api.types import User
from simulator.log.state import State, Stored

MASTERS: Final = "system:masters"
_ADMINS: Final = "system:cluster-admins"
_RBAC: Final = "rbac.authorization.k8s.io"
CLUSTERROLES, ROLES = f"clusterroles.{_RBAC}", f"roles.{_RBAC}"
CLUSTERROLEBINDINGS, ROLEBINDINGS = f"clusterrolebindings.{_RBAC}", f"rolebindings.{_RBAC}"
_WATCHED: Final = (CLUSTERROLES, CLUSTERROLEBINDINGS, ROLES, ROLEBINDINGS)
_REMEMBERED: Final = 20_000
_BOOTSTRAP: Final = f'ClusterRoleBinding "cluster-admins" of ClusterRole "cluster-admin" to Group "{_ADMINS}"'


@dataclass(frozen=True, slots=True)
class Decision:
    """``reason``: by which binding, or what is wrong with the user's bindings; "" mostly."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """A rule that somebody has, and by which binding."""

    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True)
class Grants:
    """All that somebody has in a namespace. ``errors``: of bindings whose role is missing."""

    grants: tuple[Grant, ...]
    errors: tuple[str, ...] = ()


_Key = tuple[str, tuple[str, ...], str, str, str, str, str]


class Policy:
    """Answers who may do what at the state's present revision."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._versions: tuple[int, ...] = ()
        self._rules: dict[tuple[str, str, str], tuple[Stored, tuple[Rule, ...]]] = {}
        self._indexes: dict[str, Index] = {}
        self._grants: dict[tuple[str, tuple[str, ...], str], Grants] = {}
        self._decisions: dict[_Key, tuple[tuple[frozenset[str], str], ...]] = {}

    def decide(self, user: User, asked: Attributes) -> Decision:
        """Whether the user may; masters may without a reason."""
        if MASTERS in user.groups:
            return Decision(True)
        self._forget_what_changed()
        for names, reason in self._matching(user, asked):
            if not names or asked.name in names:
                return Decision(True, f"RBAC: allowed by {reason}")
        errors = self.grants(user, asked.namespace).errors
        return Decision(False, f"RBAC: {_joined(errors)}" if errors else "")

    def grants(self, user: User, namespace: str = "") -> Grants:
        """Every rule that the user has in the namespace: those of the whole cluster first."""
        self._forget_what_changed()
        key = (user.name, user.groups, namespace)
        found = self._grants.get(key)
        if found is None:
            found = self._grants[key] = self._resolved(user, namespace)
        return found

    def rules_of_role(self, kind: str, name: str, namespace: str = "") -> tuple[Rule, ...] | None:
        """The rules of a Role of the namespace, or of a ClusterRole; None when there is none such."""
        self._forget_what_changed()
        key = (ROLES, namespace, name) if kind == "Role" else (CLUSTERROLES, "", name)
        stored = self._state.get(*key)
        if stored is None:
            return None
        known = self._rules.get(key)
        if known is None or known[0] is not stored:
            known = self._rules[key] = (stored, tuple(map(compiled, stored.object.get("rules") or ())))
        return known[1]

    def role_allows(self, kind: str, name: str, namespace: str, asked: Attributes) -> bool:
        """Whether a role alone allows this."""
        covers = _test_of(asked)
        rules = self.rules_of_role(kind, name, namespace) or ()
        return any(covers(rule) and (not rule.names or asked.name in rule.names) for rule in rules)

    def index(self, namespace: str = "") -> Index:
        """The bindings of a namespace, or of the cluster, by whom they name."""
        self._forget_what_changed()
        found = self._indexes.get(namespace)
        if found is None:
            kept = self._state.list(ROLEBINDINGS, namespace) if namespace else self._state.list(CLUSTERROLEBINDINGS)
            found = self._indexes[namespace] = bindings.index_of((stored.object for stored in kept), namespace)
        return found

    def version(self) -> tuple[int, ...]:
        """Another one whenever an answer may be: for who keeps answers."""
        return tuple(map(self._state.changed_at, _WATCHED))

    def has_bootstrap(self) -> bool:
        """Whether the state has been given a policy."""
        return self._state.get(CLUSTERROLES, "", "cluster-admin") is not None

    def _matching(self, user: User, asked: Attributes) -> tuple[tuple[frozenset[str], str], ...]:
        """The names that the user's rules about this are limited to, with their reasons."""
        key = (user.name, user.groups, asked.verb, asked.group, asked.what, asked.namespace, asked.path)
        found = self._decisions.get(key)
        if found is None:
            if len(self._decisions) > _REMEMBERED:
                self._decisions.clear()
            grants = self.grants(user, asked.namespace).grants
            covers = _test_of(asked)
            found = tuple((grant.rule.names, grant.reason) for grant in grants if covers(grant.rule))
            self._decisions[key] = found
        return found

    def _resolved(self, user: User, namespace: str) -> Grants:
        grants: list[Grant] = []
        errors: list[str] = []
        if _ADMINS in user.groups and not self.has_bootstrap():
            grants += (Grant(rule, _BOOTSTRAP) for rule in EVERYTHING)
        for home, binding in self._bindings(user, namespace):
            rules = self.rules_of_role(binding.role_kind, binding.role, home)
            if rules is None:
                errors.append(f'{binding.role_kind.lower()}.{_RBAC} "{binding.role}" not found')
            else:
                grants += (Grant(rule, binding.reason) for rule in rules)
        return Grants(tuple(grants), tuple(errors))

    def _bindings(self, user: User, namespace: str) -> Iterator[tuple[str, Binding]]:
        for home in ("", namespace) if namespace else ("",):
            for binding in bindings.of_user(self.index(home), user):
                yield home, binding

    def _forget_what_changed(self) -> None:
        versions = self.version()
        if versions != self._versions:
            self._versions = versions
            self._indexes.clear()
            self._grants.clear()
            self._decisions.clear()


def _test_of(asked: Attributes) -> Callable[[Rule], bool]:
    if asked.path:
        return lambda rule: rule.covers_path(asked.verb, asked.path)
    return lambda rule: rule.covers(asked.verb, asked.group, asked.resource, asked.subresource)


def _joined(errors: tuple[str, ...]) -> str:
    """As Go's aggregate of errors prints: each once."""
    unique = tuple(dict.fromkeys(errors))
    return unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]"
