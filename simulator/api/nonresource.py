"""What is served beside the resources: health, metrics, discovery, OpenAPI, the keys of service accounts' tokens.

Source: apiserver, pkg/server/{healthz,routes}; kube-aggregator, pkg/apiserver; serviceaccount/openidmetadata.go.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from simulator.api import discovery, metrics
from simulator.api.boundtokens import ISSUER
from simulator.api.resourcetable import ResourceType, Rows
from simulator.api.types import Request, Response
from simulator.changes.api import OPENAPI_V3, TOKEN_KEYS
from simulator.errors import MethodNotAllowed, Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

TEXT: Final = "text/plain; charset=utf-8"
_KEYS: Final = "/openid/v1/jwks"
_CHECKS: Final = {
    "healthz": ("ping", "log", "etcd"),
    "livez": ("ping", "log", "etcd"),
    "readyz": ("ping", "log", "etcd", "informer-sync", "shutdown"),
}


def answer(server: ApiServer, request: Request, parts: Sequence[str]) -> Response | None:
    """The answer at a path that is not one of a resource; None when nothing is served there."""
    found = _document(server, request, parts)
    if found is not None and request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed("the server does not allow this method on the requested resource")
    return found


def _document(server: ApiServer, request: Request, parts: Sequence[str]) -> Response | None:
    if parts[:1] in (["api"], ["apis"], ["version"]):
        return discovery.answer(server, request, parts)
    if parts[:1] == ["openapi"] and len(parts) > 1 and parts[1] in ("v2", "v3"):
        from simulator.api import openapi  # most processes never need it

        return openapi.answer(server, request, Rows.of(discovery.rows_of(server)), parts)
    if parts and parts[0] in _CHECKS:
        return _health(server, request, parts)
    served = _SERVED.get("/" + "/".join(parts))
    return served(server, request) if served is not None else None


# -- health


def _health(server: ApiServer, request: Request, parts: Sequence[str]) -> Response | None:
    """``ok``; with ``verbose``, or when something fails, a line for each check. ``exclude`` leaves some out."""
    name, *one = parts
    if one:
        return _check(server, one[0]) if one[0] in _CHECKS[name] and len(one) == 1 else None
    excluded = request.query.get("exclude", "").split("\0")
    failed = [check for check in _CHECKS[name] if check not in excluded and not _is_well(server, check)]
    if failed or "verbose" in request.query:
        verdict = f"{name} check failed" if failed else f"{name} check passed"
        lines = [*_verdicts(_CHECKS[name], excluded, failed), verdict, ""]
        return _text(500 if failed else 200, "\n".join(lines))
    return _text(200, "ok")


def _verdicts(checks: Sequence[str], excluded: Sequence[str], failed: Sequence[str]) -> Iterator[str]:
    for check in checks:
        if check in excluded:
            yield f"[+]{check} excluded: ok"
        elif check in failed:
            yield f"[-]{check} failed: reason withheld"
        else:
            yield f"[+]{check} ok"


def _check(server: ApiServer, check: str) -> Response:
    return (
        _text(200, "ok") if _is_well(server, check) else _text(500, "internal server error: process is shutting down")
    )


def _is_well(server: ApiServer, check: str) -> bool:
    return check != "shutdown" or not server.stopping


def _text(code: int, text: str) -> Response:
    return Response(code, text, content_type=TEXT, headers=(("X-Content-Type-Options", "nosniff"),))


# -- documents


def _root(server: ApiServer, request: Request) -> Response:
    """``/``: all paths that are none of a resource."""
    rows = discovery.rows_of(server)
    return Response(200, {"paths": sorted({*_paths(rows), *_more_paths(server)})})


def _paths(rows: Sequence[ResourceType]) -> Iterator[str]:
    yield from ("/api", "/apis", "/apis/")
    for row in rows:
        if row.group:
            yield f"/apis/{row.group}"
        yield f"/apis/{row.api_version}" if row.group else "/api/v1"


def _more_paths(server: ApiServer) -> Iterator[str]:
    for name in _CHECKS:
        yield f"/{name}"
        yield from (f"/{name}/{check}" for check in _CHECKS[name])
    yield "/version"
    yield "/openapi/v2"
    if OPENAPI_V3.at(server.release):
        yield from ("/openapi/v3", "/openapi/v3/")
    yield from (path for path in _SERVED if path != "/" and (TOKEN_KEYS.at(server.release) or path not in _IDENTITY))


def _metrics(server: ApiServer, request: Request) -> Response:
    return Response(200, server.metrics.text(server.release), content_type=metrics.CONTENT_TYPE)


def _issuer(server: ApiServer, request: Request) -> Response | None:
    host = server.url or "https://kubernetes.default.svc"
    return _identity(
        server,
        {
            "issuer": ISSUER,
            "jwks_uri": host + _KEYS,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        },
        "application/json",
    )


def _token_keys(server: ApiServer, request: Request) -> Response | None:
    return _identity(server, {"keys": list(server.token_keys)}, "application/jwk-set+json")


def _identity(server: ApiServer, body: Object, content_type: str) -> Response | None:
    if not TOKEN_KEYS.at(server.release):
        return None
    data = json.dumps(body, separators=(",", ":")).encode()
    return Response(200, body, (), lambda: data, content_type, (("Cache-Control", "public, max-age=3600"),))


_IDENTITY: Final = ("/.well-known/openid-configuration", _KEYS)
_SERVED: Final[Mapping[str, Callable[[ApiServer, Request], Response | None]]] = {
    "/": _root,
    "/.well-known/openid-configuration": _issuer,
    "/metrics": _metrics,
    _KEYS: _token_keys,
}
