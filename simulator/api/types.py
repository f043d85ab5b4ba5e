"""Requests and responses of the API, before any transport."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simulator.errors import Object
from simulator.log.encoding import encoded

APPLY_PATCH = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
TABLE_V1BETA1 = "application/json;as=Table;v=v1beta1;g=meta.k8s.io"


class GVR(NamedTuple):
    """Group, version and resource (the plural). The core group is ``""``."""

    group: str
    version: str
    resource: str

    @property
    def group_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """``deployments.apps``; ``pods`` in the core group. The key of the log."""
        return f"{self.resource}.{self.group}" if self.group else self.resource

    def path(self, namespace: str | None = None, name: str = "", subresource: str = "") -> str:
        """The URL path of the collection, of one object, or of its subresource."""
        parts = [f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"]
        if namespace:
            parts.append(f"namespaces/{namespace}")
        parts.append(self.resource)
        parts.extend(part for part in (name, subresource) if part)
        return "/".join(parts)


@dataclass(frozen=True, slots=True)
class User:
    """Who asks. ``name`` is recorded in the log as the cause of a write. ``extra``: (key, values), as of scopes."""

    name: str
    groups: tuple[str, ...] = ("system:authenticated",)
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()


ADMIN = User("kube:admin", ("system:cluster-admins", "system:authenticated"))


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``body`` is decoded JSON; ``content_type`` chooses the patch type; ``accept`` asks for a Table.

    A parameter that repeats in a URL (``command`` of exec) has its values joined by NUL in ``query``. ``agent`` is the
    program that asks, the User-Agent up to its first slash: who manages the fields that it writes. ``duplicates`` are
    what the text of the body said twice (``bodies.decode_body``); ``body`` is an ``Unreadable`` if it was none.
    ``if_none_match`` is that header: the entity tags of what the client has.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str = "application/json"
    accept: str = "application/json"
    user: User = ADMIN
    agent: str = ""
    duplicates: tuple[str, ...] = ()
    if_none_match: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """``body`` is an API object or ``Status``, never to be changed by the receiver; text for ``log``.

    ``encode`` gives the bytes of the body where they are at hand, so that nobody encodes it again. ``content_type`` is
    that of the bytes; "" stands for JSON, and for plain text where the body is a text. ``headers`` are those beside it
    and beside Warning: (name, value). One of code 304 has no body.
    """

    code: int
    body: Any
    warnings: tuple[str, ...] = ()
    encode: Callable[[], bytes] | None = None
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def data(self) -> bytes:
        """The body as bytes in UTF-8."""
        if self.encode is not None:
            return self.encode()
        if isinstance(self.body, str):
            return self.body.encode("utf-8", "replace")
        return encoded(self.body) + b"\n"


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """``type`` is ADDED, MODIFIED, DELETED, BOOKMARK or ERROR (then ``object`` is a Status).

    ``encode`` gives the bytes of the object where they are at hand.
    """

    type: str
    object: Object
    encode: Callable[[], bytes] | None = field(default=None, compare=False)

    def data(self) -> bytes:
        """The event as a line of a watch's body."""
        content = self.encode() if self.encode is not None else encoded(self.object)
        return b'{"type":"%b","object":%b}\n' % (self.type.encode(), content)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The answer to ``exec``, ``attach`` and ``portforward`` (``kind``): the transport connects to the kubelet."""

    namespace: str
    pod: str
    container: str
    command: tuple[str, ...]
    stdin: bool = False
    tty: bool = False
    kind: str = "exec"
    stdout: bool = True
    stderr: bool = True
    ports: tuple[int, ...] = ()  # those that a port-forward over WebSocket names in its URL
