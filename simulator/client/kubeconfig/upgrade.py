"""Opening the WebSocket of a command in a container."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import websocket

from simulator.api.types import Request
from simulator.client.kubeconfig.execution import PROTOCOLS
from simulator.client.kubeconfig.refusals import generic_status, unreachable
from simulator.errors import from_status

if TYPE_CHECKING:
    from simulator.client.kubeconfig.transport import Kubeconfig

_CONNECT_S = 30.0
_SILENCE_S = 3600.0


def connect(transport: Kubeconfig, request: Request) -> websocket.WebSocket:
    """The open WebSocket; the StatusError of a server that refuses. It is a GET, whatever the request says."""
    url = transport.url(request)
    headers = transport.headers(request)
    lines = [f"{name}: {value}" for name in headers for value in headers.getlist(name) if name.lower() != "accept"]
    try:
        opened = websocket.create_connection(
            "ws" + url.removeprefix("http"),
            timeout=_CONNECT_S,
            header=lines,
            subprotocols=list(PROTOCOLS),
            suppress_origin=True,
            enable_multithread=True,
            sslopt=_tls(transport),
            **_proxy(transport.proxy),
        )
    except websocket.WebSocketBadStatusException as error:
        raise from_status(_status(error, request)) from None
    except (websocket.WebSocketException, OSError) as error:
        raise unreachable(error, transport.server()) from error
    opened.settimeout(_SILENCE_S)  # with one, the socket does not block: two threads may use its TLS
    return opened


def _tls(transport: Kubeconfig) -> dict[str, Any]:
    context = transport.tls
    if context is None:
        return {}
    name = transport.choice.cluster.get("tls-server-name")
    return {"context": context, **({"server_hostname": name} if name else {})}


def _proxy(url: str) -> dict[str, Any]:
    """Only what was chosen: the library would look at the environment itself."""
    if not url:
        return {"http_no_proxy": ["*"]}
    proxy = urlsplit(url)
    details: dict[str, Any] = {
        "http_proxy_host": proxy.hostname,
        "http_proxy_port": proxy.port or 80,
        "proxy_type": "socks5h" if proxy.scheme.startswith("socks") else "http",
        "http_no_proxy": ["none.invalid"],
    }
    if proxy.username:
        details["http_proxy_auth"] = (proxy.username, proxy.password or "")
    return details


def _status(error: websocket.WebSocketBadStatusException, request: Request) -> dict[str, Any]:
    said = bytes(error.resp_body or b"").decode(errors="replace")
    try:
        body = json.loads(said)
    except ValueError:
        body = None
    if isinstance(body, dict) and body.get("kind") == "Status":
        return body
    return generic_status(error.status_code, "GET", request.path, said)
