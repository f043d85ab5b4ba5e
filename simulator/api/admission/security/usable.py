"""Which constraints there are, in the order in which they are tried, and who may use them; remembered until something
of it changes.

Source: openshift/apiserver-library-go, sccadmission/scc_authz_check.go, sccmatching/matcher.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simulator.api.admission.security.constraint import Constraint, compiled
from simulator.api.admission.security.provider import Provider, provider_of
from simulator.api.admission.security.standard import standard_constraints
from simulator.api.authentication.accounts import groups_of_account
from simulator.api.authorization import Attributes, decide
from simulator.api.types import User
from simulator.changes.api import RESTRICTED_CONSTRAINT
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

CONSTRAINTS: Final = "securitycontextconstraints.security.openshift.io"
BY_ACCOUNT, BY_USER = "serviceaccount", "user"
_GROUP, _PLURAL = "security.openshift.io", "securitycontextconstraints"
_AUTHENTICATED: Final = "system:authenticated"
_ROLE: Final = "system:openshift:scc:"
_REMEMBERED: Final = 1000


Candidate = tuple[Provider, str]
"""A provider, and by whose right it may be used: "" by none."""


@dataclass(slots=True)
class Place:
    """The constraints in one version of a namespace, by name and in order, and who may use them there."""

    namespace: Object
    providers: dict[str, Provider]
    candidates: dict[tuple[User, str], Sequence[Candidate]] = field(default_factory=dict)


class Constraints:
    """Of one server. ``bare``: it has none of its own, as a state that nobody has installed anything into; those that
    come with the release stand in.
    """

    def __init__(self) -> None:
        self.bare = True
        self.ordered: tuple[Constraint, ...] = ()
        self._version: tuple[int, ...] = (-1,)
        self._places: dict[str, Place] = {}
        self._everybodys = ""

    def refresh(self, server: ApiServer) -> None:
        """Before a pod is judged: forget what is out of date."""
        version = (server.state.changed_at(CONSTRAINTS), *server.policy.version())
        if version == self._version:
            return
        self._version = version
        found = [stored.object for stored in server.state.list(CONSTRAINTS)]
        self.bare = not found
        raws = found or standard_constraints(server.release)
        every = (compiled(raw, server.release) for raw in raws)
        self.ordered = tuple(sorted(every, key=lambda one: one.order))
        plain = RESTRICTED_CONSTRAINT.at(server.release)
        known = server.policy.rules_of_role("ClusterRole", f"{_ROLE}{plain}") is not None
        self._everybodys = "" if known else plain
        self._places.clear()

    def place(self, namespace: Object) -> Place:
        """The constraints in one version of a namespace."""
        name = namespace["metadata"]["name"]
        found = self._places.get(name)
        if found is None or found.namespace is not namespace:
            annotations = namespace["metadata"].get("annotations") or {}
            made = {one.name: provider_of(one, annotations) for one in self.ordered}
            found = self._places[name] = Place(namespace, made)
        return found

    def candidates(self, server: ApiServer, user: User, place: Place, account: str) -> Sequence[Candidate]:
        """All of them in order, each with whose right lets it be used."""
        found = place.candidates.get((user, account))
        if found is None:
            if len(place.candidates) > _REMEMBERED:
                place.candidates.clear()
            name = place.namespace["metadata"]["name"]
            runs_as = User(f"system:serviceaccount:{name}:{account}", groups_of_account(name))
            asked = ((BY_ACCOUNT, runs_as), (BY_USER, user)) if account else ((BY_USER, user),)
            found = place.candidates[user, account] = tuple(
                (each, next((word for word, one in asked if self._may_use(server, one, each.constraint, name)), ""))
                for each in place.providers.values()
            )
        return found

    def _may_use(self, server: ApiServer, user: User, constraint: Constraint, namespace: str) -> bool:
        if user.name in constraint.users or not constraint.groups.isdisjoint(user.groups):
            return True
        if constraint.name == self._everybodys and _AUTHENTICATED in user.groups:
            return True  # a cluster without the role of its plain constraint: its policy was left out
        asked = Attributes("use", _GROUP, _PLURAL, namespace=namespace, name=constraint.name)
        return decide(server, user, asked).allowed
