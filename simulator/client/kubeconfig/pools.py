"""Connections to a server: kept open, through the proxy, with the certificates of a choice."""

from __future__ import annotations

import socket
import ssl
from typing import Any, Final
from urllib.parse import urlsplit

import urllib3

from simulator.client.config import Choice
from simulator.client.kubeconfig.credentials import Credentials
from simulator.client.kubeconfig.tls import context_of
from simulator.errors import InputError

_ALIVE: Final = [  # a server that is gone without a word is noticed within a minute and a half
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
        if hasattr(socket, name)
    ),
]
_SIZE = 8


def tls_of(choice: Choice, credentials: Credentials) -> ssl.SSLContext | None:
    """The TLS context; None for a server without TLS."""
    return context_of(choice, credentials.certificate()) if choice.server.startswith("https://") else None


def pool_of(choice: Choice, tls: ssl.SSLContext | None, proxy: str) -> urllib3.PoolManager:
    """Where requests get their connections from; ``proxy`` is a URL, or ""."""
    details: dict[str, Any] = {"maxsize": _SIZE, "socket_options": _ALIVE}
    if tls is not None:
        name = choice.cluster.get("tls-server-name") or None
        checks = {} if tls.check_hostname else {"assert_hostname": False, "cert_reqs": "CERT_NONE"}
        details |= {"ssl_context": tls, "server_hostname": name, **checks}
        if not tls.check_hostname:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # who asked for it knows
    if not proxy:
        return urllib3.PoolManager(**details)
    if proxy.startswith("socks"):
        return _socks(choice, proxy, details)
    user = urlsplit(proxy)
    told = urllib3.make_headers(proxy_basic_auth=f"{user.username}:{user.password or ''}") if user.username else None
    return urllib3.ProxyManager(proxy, proxy_headers=told, **details)


def _socks(choice: Choice, proxy: str, details: dict[str, Any]) -> urllib3.PoolManager:
    try:
        from urllib3.contrib.socks import SOCKSProxyManager
    except ImportError:
        field = f"clusters[{choice.cluster_name}].proxy-url"
        raise InputError("a SOCKS proxy needs the package PySocks", file=choice.cluster_file, field=field) from None
    return SOCKSProxyManager(proxy.replace("socks5://", "socks5h://"), **details)
