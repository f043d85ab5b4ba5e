"""The ASGI application: a request from the wire becomes one of the API server's, its reply becomes bytes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from simulator.api import oauth
from simulator.api.admission.serviceaccount import LOOKING_UP
from simulator.api.authentication import authenticate, credentials_of
from simulator.api.bodies import decode_body
from simulator.api.logstream import LogStream
from simulator.api.server import ApiServer, Reply
from simulator.api.types import Request, Response, Upgrade
from simulator.api.watch import Watch
from simulator.errors import InternalError, RequestEntityTooLarge, StatusError
from simulator.server.flow import Flow
from simulator.server.protocol import Protocol
from simulator.server.streaming import send_log, send_watch

if TYPE_CHECKING:
    from simulator.server.upgrades import Upgrades

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 3 * 1024 * 1024  # apiserver, server/config.go: MaxRequestBodyBytes
_PATIENT_BODY = 4 * MAX_BODY
_JSON = "application/json"
_WHAT = frozenset({b"accept", b"content-type", b"if-none-match", b"user-agent"})  # the headers that are read
_WHO = frozenset({b"authorization", b"sec-websocket-protocol"})
_ATTEMPTS, _RETRY_S = 9, 0.1
_logger = logging.getLogger("ocsim.server")


class _Gone(Exception):
    """The client left before its request was whole."""


class App:
    """Serves one API server. All of it runs in one event loop, one request at a time."""

    def __init__(self, api: ApiServer, flow: Flow, upgrades: Callable[[], Upgrades]) -> None:
        self.api, self.flow, self._upgrades = api, flow, upgrades
        self._streams: set[Watch | LogStream] = set()

    def end_streams(self) -> None:
        """End all watches and followed logs, as a server does that goes down."""
        for stream in tuple(self._streams):
            stream.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _body(receive) if scope["method"] not in ("GET", "HEAD") else b""
            reply = await self._patiently(scope, body)
        except _Gone:
            return
        except StatusError as error:
            reply = Response(error.code, error.to_status())
        if isinstance(reply, Watch | LogStream):
            await self._stream(reply, scope, receive, send)
            return
        connection: Protocol = scope["state"]["connection"]
        if isinstance(reply, Upgrade) or connection.upgrading:
            answer = self._upgrade(scope, reply, connection)
            if answer is None:
                return
            reply = answer
        await _send_response(reply, send, closing=connection.upgrading)
        self.flow.arm()

    async def _patiently(self, scope: Scope, body: bytes) -> Reply:
        """A pod that comes right after its namespace waits for its service account.

        Source: kubernetes, plugin/pkg/admission/serviceaccount: ten attempts, a tenth of a second apart.
        """
        reply = self.handle(scope, body)
        for _ in range(_ATTEMPTS):
            if not _lacks_account(reply):
                break
            await asyncio.sleep(_RETRY_S)
            reply = self.handle(scope, body)
        return reply

    async def _stream(self, reply: Watch | LogStream, scope: Scope, receive: Receive, send: Send) -> None:
        self._streams.add(reply)
        self.flow.arm()  # a log may wait for a time
        try:
            if isinstance(reply, Watch):
                await send_watch(reply, receive, send)
            else:
                await send_log(reply, receive, send)
        finally:
            self._streams.discard(reply)
        self.flow.arm()

    def _upgrade(self, scope: Scope, reply: Upgrade | Response, connection: Protocol) -> Response | None:
        """Let the connection go on in another protocol; or why it does not."""
        from simulator.server.upgraded import Upgraded  # here: most who serve a cluster need none of it

        self.flow.wrote()
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        upgrades = self._upgrades()
        answer = upgrades.answer(headers, reply) if isinstance(reply, Upgrade) else upgrades.refused(headers, reply)
        if isinstance(answer, Response):
            return answer
        early = connection.early
        Upgraded(connection.give_away(), self.flow, connection.connections).take_over(answer, early)
        return None

    def handle(self, scope: Scope, body: bytes) -> Reply:
        """What the API server says to a request. An error of ours becomes a Status as well, and a line in the log."""
        self.flow.turn()
        try:
            if oauth.serves(scope["path"]):
                self.flow.wrote()
                return oauth.answer(self.api, _oauth_request(scope, body))
            request = self._request(scope, body)
            if request.method != "GET":
                self.flow.wrote()
            return self.api.handle(request)
        except StatusError as error:
            return Response(error.code, error.to_status())
        except Exception:
            _logger.exception("%s %s", scope["method"], scope["path"])
            failure = InternalError("Internal error occurred: the simulator failed; its log tells more")
            return Response(failure.code, failure.to_status())

    def _request(self, scope: Scope, body: bytes) -> Request:
        found: dict[bytes, str] = {}
        who: list[tuple[str, str]] = []
        for name, value in scope["headers"]:
            if name in _WHAT:
                found[name] = value.decode("latin-1")
            elif name in _WHO or name.startswith(b"impersonate-"):
                who.append((name.decode("latin-1"), value.decode("latin-1")))
        content_type = found.get(b"content-type", _JSON)
        read = decode_body(body, content_type)
        return Request(
            method=scope["method"],
            path=scope["path"],
            query=query_of(scope["query_string"]),
            body=read.value,
            content_type=content_type.partition(";")[0].strip() or _JSON,
            accept=found.get(b"accept", _JSON),
            user=authenticate(self.api, credentials_of(who, scope["state"].get("certificate"))),
            agent=found.get(b"user-agent", "").partition("/")[0],
            duplicates=read.duplicates,
            if_none_match=found.get(b"if-none-match", ""),
        )


def _oauth_request(scope: Scope, body: bytes) -> oauth.OAuthRequest:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    base = f"https://{headers.get('host', '')}"
    query = scope["query_string"].decode("latin-1")
    return oauth.OAuthRequest(scope["method"], scope["path"], base, query, headers, body)


def _lacks_account(reply: Reply) -> bool:
    return isinstance(reply, Response) and reply.code == HTTPStatus.FORBIDDEN and LOOKING_UP in reply.body["message"]


def query_of(raw: bytes) -> dict[str, str]:
    """The parameters of a URL; the values of one that repeats are joined by NUL."""
    if not raw:
        return {}
    query: dict[str, str] = {}
    for key, value in parse_qsl(raw.decode("latin-1"), keep_blank_values=True):
        query[key] = f"{query[key]}\0{value}" if key in query else value
    return query


async def _body(receive: Receive) -> bytes:
    """The body of a request; RequestEntityTooLarge over 3 MiB.

    What is too much is read on and dropped, within limits: a client that is still sending would not hear the answer.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more and size <= _PATIENT_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        size, more = size + len(message["body"]), message["more_body"]
        if size <= MAX_BODY:
            parts.append(message["body"])
    if size > MAX_BODY:
        raise _too_large()
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large() -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"Request entity too large: limit is {MAX_BODY}")


async def _send_response(reply: Response, send: Send, *, closing: bool = False) -> None:
    data = reply.data()
    kind = reply.content_type or ("text/plain" if isinstance(reply.body, str) else "application/json")
    headers = [
        (b"cache-control", b"no-cache, private"),
        (b"content-type", kind.encode()),
        (b"content-length", b"%d" % len(data)),
    ]
    if reply.code == HTTPStatus.NOT_MODIFIED:
        del headers[1:]  # a cache takes them for those of the body that it keeps, as the one of oc does
    if closing:
        headers.append((b"connection", b"close"))
    if reply.warnings or reply.headers or reply.code >= HTTPStatus.BAD_REQUEST:
        headers += _rare_headers(reply)
    await send({"type": "http.response.start", "status": reply.code, "headers": headers})
    await send({"type": "http.response.body", "body": data})


def _rare_headers(reply: Response) -> list[tuple[bytes, bytes]]:
    headers = [(b"warning", f"299 - {_quoted(text)}".encode("ascii", "replace")) for text in reply.warnings]
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers]
    details = reply.body.get("details") if isinstance(reply.body, dict) else None
    if details and details.get("retryAfterSeconds") is not None:
        headers.append((b"retry-after", str(details["retryAfterSeconds"]).encode()))
    if reply.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers.append((b"connection", b"close"))  # what is left of the body is not read
    return headers


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\{char}" if char in '\\"' else " " if char < " " else char for char in text) + '"'
