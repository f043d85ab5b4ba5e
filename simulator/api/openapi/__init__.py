"""OpenAPI v2 and v3 of what the server serves, made when a client first asks.

Documents are kept as bytes, one set for each set of kinds: a CustomResourceDefinition makes new ones of its group and
of the whole. Source: kube-openapi, pkg/handler/handler.go and pkg/handler3/handler.go.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simulator.api.negotiation import clauses
from simulator.api.openapi import gnostic, v2, v3
from simulator.api.resourcetable import Rows
from simulator.api.types import Request, Response
from simulator.changes.api import OPENAPI_V3
from simulator.errors import NotAcceptable
from simulator.release import Release

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

JSON: Final = "application/json"
PROTOBUF: Final = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_OLD_NAME: Final = PROTOBUF.replace("v2.v1.0", "v2@v1.0")  # which is no media type, but what clients send
_FOREVER: Final = (("Cache-Control", "public, immutable"), ("Expires", "Thu, 31 Dec 2037 23:55:55 GMT"))
_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def answer(server: ApiServer, request: Request, rows: Rows, parts: Sequence[str]) -> Response | None:
    """The document at /openapi/...; None when there is none."""
    match list(parts):
        case ["openapi", "v2"]:
            return _tagged(request, _second(rows, server.release, _form(request.accept)))
        case ["openapi", "v3", *name] if OPENAPI_V3.at(server.release):
            return _third(server, request, rows, "/".join(name))
    return None


def _form(accept: str) -> str:
    """JSON or PROTOBUF, as the client likes better; NotAcceptable when it takes neither."""
    for media_type, _ in clauses(accept):
        if media_type in (_OLD_NAME, PROTOBUF):
            return PROTOBUF
        if media_type in (JSON, "application/*", "*/*", ""):
            return JSON
    raise NotAcceptable(f"only the following media types are accepted: {JSON}, {PROTOBUF}")


class _Document(NamedTuple):
    data: bytes
    content_type: str
    tag: str


def _of(data: bytes, content_type: str) -> _Document:
    return _Document(data, content_type, f'"{hashlib.sha512(data).hexdigest().upper()}"')


def _tagged(request: Request, document: _Document, more: tuple[tuple[str, str], ...] = ()) -> Response:
    headers = (("ETag", document.tag), ("Vary", "Accept"), *more)
    if request.if_none_match == document.tag:
        return Response(304, None, encode=bytes, headers=headers)
    return Response(200, None, (), lambda: document.data, document.content_type, headers)


# -- v2


@lru_cache(maxsize=2)  # JSON and protobuf of one set of kinds: 10 MB
def _second(rows: Rows, release: Release, form: str) -> _Document:
    document = v2.Document(release, rows.rows)
    if form == PROTOBUF:
        return _of(gnostic.document(document.info(), document.paths(), document.all_definitions()), PROTOBUF)
    return _of(b"".join(_json(document)), JSON)


def _json(document: v2.Document) -> Iterator[bytes]:
    yield b'{"swagger":"2.0","info":' + _compact(document.info()).encode() + b',"paths":'
    yield from _object(document.paths())
    yield b',"definitions":'
    yield from _object(document.all_definitions())
    yield b"," + _compact(v2.TAIL).encode()[1:]


def _object(pairs: Iterator[tuple[str, Any]]) -> Iterator[bytes]:
    before = b"{"
    for name, value in pairs:
        yield before + _compact(name).encode() + b":" + _compact(value).encode()
        before = b","
    yield b"}"


# -- v3


def _third(server: ApiServer, request: Request, rows: Rows, name: str) -> Response | None:
    """The index, or a document. One that is asked for by its hash may be kept for ever; by a wrong one it has moved."""
    if not name:
        return _tagged(request, _index(rows, server.release))
    document = _group(rows, server.release, name)
    if document is None:
        return None
    asked, known = request.query.get("hash"), document.tag.strip('"')
    if asked is not None and asked != known:
        return Response(301, None, encode=bytes, headers=(("Location", f"{v3.ROOT}/{name}?hash={known}"),))
    return _tagged(request, document, _FOREVER if asked else ())


@lru_cache(maxsize=4)
def _index(rows: Rows, release: Release) -> _Document:
    return _of(_compact(v3.index(release, rows.rows)).encode(), JSON)


@lru_cache(maxsize=256)
def _group(rows: Rows, release: Release, name: str) -> _Document | None:
    document = v3.document(name, release, rows.rows)
    if document is None:
        return None
    return _Document(_compact(document).encode(), JSON, f'"{v3.hash_of(name, release, rows.rows)}"')
