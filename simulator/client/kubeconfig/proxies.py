"""Which proxy leads to a server: ``proxy-url`` of the cluster, else HTTPS_PROXY and NO_PROXY.

Source: golang.org/x/net, http/httpproxy: loopback is never behind a proxy of the environment.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from simulator.client.config import Choice
from simulator.errors import InputError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_SCHEMES = ("http", "https", "socks5", "socks5h")


def proxy_of(choice: Choice, environment: Mapping[str, str]) -> str:
    """The URL of the proxy; "" for a direct connection. InputError for one that will not do."""
    own = str(choice.cluster.get("proxy-url") or "")
    if own:
        if urlsplit(own).scheme not in _SCHEMES or not urlsplit(own).hostname:
            raise InputError(
                f"invalid proxy URL {own!r}; its scheme must be one of {', '.join(_SCHEMES)}",
                file=choice.cluster_file,
                field=f"clusters[{choice.cluster_name}].proxy-url",
            )
        return own
    url = urlsplit(choice.server)
    name = f"{url.scheme}_proxy"
    found = environment.get(name.upper()) or environment.get(name) or ""
    if not found or _is_direct(
        url.hostname or "", url.port, environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    ):
        return ""
    return found if "://" in found else f"http://{found}"


def _is_direct(host: str, port: int | None, exceptions: str) -> bool:
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    words = [word.strip().lower() for word in exceptions.split(",") if word.strip()]
    return any(_matches(word, host.lower(), port, address) for word in words)


def _matches(word: str, host: str, port: int | None, address: _Address | None) -> bool:
    """``*``; ``10.0.0.0/8``; a domain with all below it; ``.example.com``: only what is below. A port may follow."""
    if word == "*":
        return True
    if address is not None and "/" in word:
        try:
            return address in ipaddress.ip_network(word, strict=False)
        except ValueError:
            return False
    name, colon, wanted = word.partition(":")
    if colon and wanted.isdecimal():
        if int(wanted) != port:
            return False
        word = name
    word = word.removeprefix("*")
    return host == word or host.endswith(word if word.startswith(".") else f".{word}")


def _address(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
