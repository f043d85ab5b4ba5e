"""Who asks to be taken for somebody else. Source: apiserver, endpoints/filters/impersonation.go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from simulator.api.authentication.accounts import PREFIX, groups_of_account
from simulator.api.authentication.credentials import Impersonation
from simulator.api.authorization import Attributes, authorize_attributes
from simulator.api.types import User
from simulator.changes.access import IMPERSONATED_UIDS
from simulator.errors import InternalError

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

_GROUP: Final = "authentication.k8s.io"
_AUTHENTICATED, _UNAUTHENTICATED = "system:authenticated", "system:unauthenticated"


def impersonate(server: ApiServer, requestor: User, wanted: Impersonation) -> User:
    """The wanted user, if the requestor may be taken for it. Forbidden; InternalError for groups of nobody."""
    if not wanted.user:
        asked = " ".join(_references(wanted))
        raise InternalError(f"requested [{asked}] without impersonating a user")
    uid = wanted.uid if IMPERSONATED_UIDS.at(server.release) else ""
    namespace, name = _account(wanted.user)
    asks = [Attributes("impersonate", "", "serviceaccounts" if namespace else "users", "", namespace, name)]
    asks += [Attributes("impersonate", "", "groups", name=group) for group in wanted.groups]
    for key, values in wanted.extra:
        asks += [Attributes("impersonate", _GROUP, "userextras", key, name=value) for value in values]
    asks += [Attributes("impersonate", _GROUP, "uids", name=uid)] if uid else []
    for attributes in asks:
        authorize_attributes(server, requestor, attributes)
    return User(wanted.user, _groups(wanted, namespace), uid, wanted.extra)


def _account(user: str) -> tuple[str, str]:
    """(namespace, name) of a service account; ("", name) of anybody else."""
    namespace, colon, name = user.removeprefix(PREFIX).partition(":")
    return (namespace, name) if user.startswith(PREFIX) and colon and ":" not in name else ("", user)


def _groups(wanted: Impersonation, namespace: str) -> tuple[str, ...]:
    """An account's groups are known; somebody with a name is authenticated."""
    groups = wanted.groups or (groups_of_account(namespace) if namespace else ())
    if _AUTHENTICATED in groups or _UNAUTHENTICATED in groups:
        return groups
    return (*groups, _UNAUTHENTICATED if wanted.user == "system:anonymous" else _AUTHENTICATED)


def _references(wanted: Impersonation) -> Iterator[str]:
    """As Go prints ObjectReferences: {Kind Namespace Name UID APIVersion ResourceVersion FieldPath}."""
    for group in wanted.groups:
        yield f"{{Group  {group}    }}"
    for key, values in wanted.extra:
        yield from (f"{{UserExtra  {value}  {_GROUP}/v1  {key}}}" for value in values)
    if wanted.uid:
        yield f"{{UID  {wanted.uid}  {_GROUP}/v1  }}"
