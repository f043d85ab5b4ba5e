"""The Groups that a person is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


def groups_of(server: ApiServer, user: str) -> list[str]:
    """The names of the Groups (``groups.user.openshift.io``) that list the user, in alphabetical order."""
    groups = (stored.object for stored in server.state.list("groups.user.openshift.io"))
    return [group["metadata"]["name"] for group in groups if user in (group.get("users") or ())]
