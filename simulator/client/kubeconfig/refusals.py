"""What is told when an answer is no ``Status``, or when none came at all: in the words of client-go and of Go's net.

Source: apimachinery, api/errors/errors.go (NewGenericServerResponse); kubectl, cmd/util/helpers.go; Go, crypto/x509.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

from simulator.errors import Object, Unreachable

_REASONS: Final = {
    400: ("BadRequest", "the server rejected our request for an unknown reason"),
    401: ("Unauthorized", "the server has asked for the client to provide credentials"),
    403: ("Forbidden", "{said}"),
    404: ("NotFound", "the server could not find the requested resource"),
    405: ("MethodNotAllowed", "the server does not allow this method on the requested resource"),
    406: ("NotAcceptable", "{said}"),
    409: ("Conflict", "the server reported a conflict"),
    413: ("RequestEntityTooLarge", "{said}"),
    415: ("UnsupportedMediaType", "{said}"),
    422: ("Invalid", "the server rejected our request due to an error in our request"),
    429: ("TooManyRequests", "the server has received too many requests and has asked us to try again later"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: (
        "Timeout",
        "the server was unable to return a response in the time allotted, but may still be processing the request",
    ),
}
_UNKNOWN = "the server responded with the status code {code} but did not return more information"
_LONGEST = 2048  # of what a proxy says, the rest is left out
_PATH: Final = re.compile(
    r"/(?:api/[^/]+|apis/(?P<group>[^/]+)/[^/]+)(?:/namespaces/[^/]+(?=/))?/(?P<resource>[^/]+)(?:/(?P<name>[^/]+))?"
)


def generic_status(code: int, method: str, path: str, said: str) -> Object:
    """The Status that stands for an answer that is none: a proxy's page, an empty body."""
    said = said.strip()[:_LONGEST] or "unknown"
    if code >= 500 and code not in _REASONS:
        reason, text = (
            "InternalError",
            f"an error on the server ({json.dumps(said)}) has prevented the request from succeeding",
        )
    else:
        reason, text = _REASONS.get(code, ("", _UNKNOWN))
        text = text.format(said=said, code=code)
    details: Object = {"causes": [{"reason": "UnexpectedServerResponse", "message": said}]}
    if found := _PATH.fullmatch(path):
        details |= {key: value for key, value in zip(("group", "kind", "name"), found.groups(), strict=True) if value}
        resource = ".".join(part for part in (found["resource"], found["group"]) if part)
        text = f"{text} ({' '.join(part for part in (method.lower(), resource, found['name']) if part)})"
    reason = "AlreadyExists" if code == 409 and method == "POST" else reason
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": text,
            "reason": reason, "details": details, "code": code}  # fmt: skip


def unreachable(error: BaseException, server: str, name: str = "") -> Unreachable:
    """The error to raise when the connection failed. ``server``: the URL; ``name``: what its certificate should say."""
    url = urlsplit(server)
    host, port = url.hostname or "", url.port or (80 if url.scheme == "http" else 443)
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            problem = _certificate_problem(cause, name or host)
            return Unreachable(f"Unable to connect to the server: {problem}", problem, untrusted=True)
    problem = _problem(error, host, port)
    if problem.endswith("connection refused"):
        text = f"The connection to the server {url.netloc} was refused - did you specify the right host or port?"
        return Unreachable(text, problem)
    return Unreachable(f"Unable to connect to the server: {problem}", problem)


def _problem(error: BaseException, host: str, port: int) -> str:
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return f"dial tcp: lookup {host}: no such host"
        if isinstance(cause, ConnectionRefusedError):
            return f"dial tcp {host}:{port}: connect: connection refused"
        if isinstance(cause, TimeoutError) or "timed out" in str(cause):
            return f"dial tcp {host}:{port}: i/o timeout"
        if isinstance(cause, http.client.RemoteDisconnected):
            return "EOF"
        if isinstance(cause, ssl.SSLError):
            return _tls_problem(cause)
        if isinstance(cause, OSError) and cause.strerror:
            return f"dial tcp {host}:{port}: {cause.strerror.lower()}"
    return str(list(_causes(error))[-1]) or type(error).__name__


def _tls_problem(error: ssl.SSLError) -> str:
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"):
        return "http: server gave HTTP response to HTTPS client"
    alert = re.fullmatch(r"(?:SSLV3|TLSV1|TLSV13)_ALERT_(.*)", error.reason or "")
    if alert:
        return f"remote error: tls: {alert[1].replace('_', ' ').lower()}"
    return f"tls: {(error.reason or str(error)).replace('_', ' ').lower()}"


def _certificate_problem(error: ssl.SSLCertVerificationError, host: str) -> str:
    code, text = error.verify_code, error.verify_message
    if code in (18, 19, 20, 21):
        text = "certificate signed by unknown authority"
    elif code in (9, 10):
        text = "certificate has expired or is not yet valid"
    elif code in (62, 64):
        text = f"certificate is not valid for {host}"
    return f"tls: failed to verify certificate: x509: {text}"


def _causes(error: BaseException) -> list[BaseException]:
    """An error of urllib3 and what it wraps, the outermost first."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        inner = [getattr(current, "reason", None), *current.args, current.__cause__, current.__context__]
        current = next((item for item in inner if isinstance(item, BaseException)), None)
    return found
