"""Who may do what. One file each:

| file         | what                                                                          |
| ------------ | ----------------------------------------------------------------------------- |
| ``attributes`` | what is asked for, and the words of a refusal                               |
| ``requests`` | what a request asks for                                                       |
| ``rules``    | one rule of a role                                                            |
| ``bindings`` | bindings by whom they name                                                    |
| ``policy``   | roles and bindings of a state: what a user may do                             |
| ``scopes``   | what a token is limited to                                                    |
| ``escalation`` | whether somebody has what they grant                                        |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.authorization.attributes import Attributes, forbidden
from simulator.api.authorization.policy import MASTERS, Decision, Policy
from simulator.api.authorization.requests import attributes_of, attributes_of_path
from simulator.api.authorization.scopes import prevented
from simulator.api.types import Request, User

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target


def authorize(server: ApiServer, request: Request, target: Target) -> None:
    """Forbidden unless the user of the request may do this. The cluster's own components are not asked."""
    if MASTERS not in request.user.groups:
        authorize_attributes(server, request.user, attributes_of(request, target))


def authorize_path(server: ApiServer, user: User, method: str, path: str) -> None:
    """Forbidden unless the user may ask for a path that is no resource: ``/version``, ``/apis``, ``/metrics``.

    A path below ``/api`` or ``/apis`` that names a resource, served or not, is asked for as such.
    """
    if MASTERS not in user.groups:
        authorize_attributes(server, user, attributes_of_path(method, path))


def authorize_attributes(server: ApiServer, user: User, asked: Attributes) -> None:
    """Forbidden unless the user may do this."""
    decision = decide(server, user, asked)
    if not decision.allowed:
        raise forbidden(user, asked, decision.reason)


def decide(server: ApiServer, user: User, asked: Attributes) -> Decision:
    """Whether the user may do this, and why."""
    decision = server.policy.decide(user, asked)
    if user.extra and (reason := prevented(server.policy, user, asked)):
        return Decision(False, reason)
    return decision


__all__ = [
    "MASTERS",
    "Attributes",
    "Decision",
    "Policy",
    "authorize",
    "authorize_attributes",
    "authorize_path",
    "decide",
    "forbidden",
]
