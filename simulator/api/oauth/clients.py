"""Who may ask for tokens: OAuthClient objects. Source: osin, authorize.go, urivalidate.go."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

CHALLENGING, BROWSER, CLI = "openshift-challenging-client", "openshift-browser-client", "openshift-cli-client"
_OWN: Final = {CHALLENGING: "/oauth/token/implicit", BROWSER: "/oauth/token/display"}
_LOOPBACK: Final = ("127.0.0.1", "::1")


def client_of(server: ApiServer, name: str) -> Object | None:
    """The client's object. Those of OpenShift itself are there in any cluster."""
    stored = server.state.get("oauthclients.oauth.openshift.io", "", name)
    if stored is not None:
        return stored.object
    built_in: Object = {"metadata": {"name": name}, "respondWithChallenges": name == CHALLENGING}
    return built_in if name in _OWN else None


def has_secret(client: Object, secret: str) -> bool:
    return compare_digest(str(client.get("secret") or "").encode(), secret.encode())


def redirect_uri(client: Object, wanted: str, base: str) -> str:
    """Where the client is sent back to: the wanted place if that is one of its own; "" when it is not."""
    name = client["metadata"]["name"]
    own = [base + _OWN[name]] if name in _OWN else []
    allowed = [*own, *(client.get("redirectURIs") or ())]
    if not wanted:
        return str(allowed[0]) if allowed else ""
    return wanted if any(_is_below(wanted, str(uri)) for uri in allowed) else ""


def _is_below(wanted: str, uri: str) -> bool:
    """The same scheme and host, and the same path or one below; on the loopback, any port."""
    try:
        one, other = urlsplit(wanted), urlsplit(uri)
        on_loopback = one.scheme == "http" and one.hostname in _LOOPBACK and (one.port or 0) >= 0
        same_place = one.netloc == other.netloc or (on_loopback and one.hostname == other.hostname)
    except ValueError:
        return False
    if one.fragment or one.scheme != other.scheme or not same_place or "/.." in one.path:
        return False
    return one.path == other.path or one.path.startswith(other.path.rstrip("/") + "/")
