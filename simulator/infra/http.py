"""HTTP/1.1 as a simulated program serves it, on two streams: requests in, answers out.

Source: RFC 9112; what is said of a bad request is Go's net/http.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from simulator.shell.process import Reader, Writer

_MAX_LINE, _MAX_HEADERS, _MAX_BODY = 8192, 65536, 1 << 22
_BAD: Final = "HTTP/1.1 {text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n{text}"
TLS_EXPECTED: Final = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """``path`` is decoded; names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class _BadRequest(Exception):
    """Not a request; the text is the status line's."""


async def serve(
    reader: Reader, writer: Writer, answer: Callable[[HttpRequest], HttpAnswer], now: Callable[[], float]
) -> None:
    """Answer the requests of one connection, until either side closes it."""
    while True:
        try:
            read = await _read_request(reader)
        except _BadRequest as error:
            await writer.write(_BAD.format(text=error))
            return
        if read is None:
            return
        request, keep = read
        reply = answer(request)
        head = {
            **reply.headers,
            "Date": datetime.fromtimestamp(int(now()), UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "Content-Length": str(len(reply.body)),
            **({} if keep else {"Connection": "close"}),
        }
        lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}", *(f"{k}: {v}" for k, v in head.items())]
        await writer.write("\r\n".join([*lines, "", ""]).encode() + (b"" if request.method == "HEAD" else reply.body))
        if not keep:
            return


async def _read_request(reader: Reader) -> tuple[HttpRequest, bool] | None:
    """A request, and whether another one may follow; None at the end."""
    line = await reader.read_line()
    if not line:
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or len(line) > _MAX_LINE:
        raise _BadRequest("400 Bad Request")
    method, target, version = words
    headers = await _read_headers(reader)
    path, _, query = target.partition("?")
    if "//" in path.partition("/")[0]:  # as a proxy is asked: with scheme and host
        path = "/" + path.partition("://")[2].partition("/")[2]
    connection = headers.get("connection", "").lower()
    keep = connection == "keep-alive" if version == "HTTP/1.0" else connection != "close"
    return HttpRequest(method, unquote(path), query, headers, await _read_body(reader, headers)), keep


async def _read_headers(reader: Reader) -> dict[str, str]:
    headers: dict[str, str] = {}
    size = 0
    while (line := await reader.read_line()) not in (b"\r\n", b"\n"):
        size += len(line)
        if size > _MAX_HEADERS:
            raise _BadRequest("431 Request Header Fields Too Large")
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name != name.strip():
            raise _BadRequest("400 Bad Request")
        headers[name.lower()] = value.strip()
    return headers


async def _read_body(reader: Reader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _read_chunks(reader)
    length = headers.get("content-length", "0")
    if not length.isdecimal():
        raise _BadRequest("400 Bad Request")
    return await _exactly(reader, int(length))


async def _read_chunks(reader: Reader) -> bytes:
    body = b""
    while True:
        size = (await reader.read_line()).partition(b";")[0].strip()
        try:
            length = int(size, 16)
        except ValueError:
            raise _BadRequest("400 Bad Request") from None
        if length == 0:
            while (await reader.read_line()) not in (b"\r\n", b"\n", b""):
                pass  # trailers
            return body
        body += await _exactly(reader, length)
        if len(body) > _MAX_BODY:
            raise _BadRequest("413 Request Entity Too Large")
        await reader.read_line()


async def _exactly(reader: Reader, length: int) -> bytes:
    if length > _MAX_BODY or length < 0:
        raise _BadRequest("413 Request Entity Too Large")
    parts = []
    while length:
        data = await reader.read(length)
        if not data:
            raise _BadRequest("400 Bad Request")
        parts.append(data)
        length -= len(data)
    return b"".join(parts)
