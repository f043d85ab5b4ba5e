"""What is asked for, as a policy sees it, and the words in which it is refused.

Source: apiserver, authorization/authorizer/interfaces.go; endpoints/handlers/responsewriters/errors.go.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.api.types import User
from simulator.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Attributes:
    """One action. ``path`` is that of a request for no resource, as ``/metrics``; its verb is the HTTP method."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def what(self) -> str:
        """``pods/log``: as rules name it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def forbidden(user: User, asked: Attributes, reason: str = "") -> Forbidden:
    """The refusal; ``reason`` is what the policy has to say for it."""
    text = _text(user, asked) + (f": {reason}" if reason else "")
    if asked.path:
        return Forbidden(f"forbidden: {text}")
    qualified = f"{asked.resource}.{asked.group}" if asked.group else asked.resource
    subject = f'{qualified} "{asked.name}"' if asked.name else qualified
    return Forbidden(f"{subject} is forbidden: {text}", group=asked.group, kind=asked.resource, name=asked.name)


def _text(user: User, asked: Attributes) -> str:
    if asked.path:
        return f'User "{user.name}" cannot {asked.verb} path "{asked.path}"'
    where = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    return f'User "{user.name}" cannot {asked.verb} resource "{asked.what}" in API group "{asked.group}" {where}'
