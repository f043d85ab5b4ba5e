"""``/oauth/authorize``: show who you are, and be sent back with a token or a code.

A program is asked for a password by a challenge, a browser by a form. Source: openshift/oauth-server,
pkg/oauth/handlers, pkg/authenticator/challenger/passwordchallenger; osin, authorize.go, error.go.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

from simulator.api.oauth.clients import client_of, redirect_uri
from simulator.api.oauth.exchange import OAuthRequest, html, page, redirect, with_query
from simulator.api.oauth.providers import log_in
from simulator.api.oauth.tokens import ACCESS_S, FULL, new_access_token, new_code
from simulator.api.types import Response
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

_REALM: Final = "openshift"
_CSRF: Final = "A non-empty X-CSRF-Token header is required to receive basic-auth challenges"
ERRORS: Final = {
    "invalid_request": "The request is missing a required parameter, includes an invalid parameter value, includes a "
    "parameter more than once, or is otherwise malformed.",
    "unauthorized_client": "The client is not authorized to request a token using this method.",
    "unsupported_response_type": "The authorization server does not support obtaining an authorization code using "
    "this method.",
    "unsupported_grant_type": "The authorization grant type is not supported by the authorization server.",
    "invalid_grant": "The provided authorization grant (e.g., authorization code, resource owner credentials) or "
    "refresh token is invalid, expired, revoked, does not match the redirection URI used in the authorization "
    "request, or was issued to another client.",
    "invalid_scope": "The requested scope is invalid, unknown, or malformed.",
}
_SCOPES: Final = ("user:info", "user:check-access", "user:list-scoped-projects", "user:list-projects", FULL)


def failure(error: str) -> Response:
    return Response(400, {"error": error, "error_description": ERRORS[error]})


def authorize(server: ApiServer, request: OAuthRequest) -> Response:
    """For who shows a password in the header; a browser is sent to the form."""
    asked = request.parameters()
    client = client_of(server, asked.get("client_id", ""))
    if client is None:
        return failure("unauthorized_client")
    uri = redirect_uri(client, asked.get("redirect_uri", ""), request.base)
    if not uri:
        return failure("invalid_request")
    name, password = request.basic()
    user = log_in(server, name, password) if name else None
    if user is not None:
        return _granted(server, client, user, uri, asked)
    if client.get("respondWithChallenges"):
        return _challenge(request)
    return redirect(f"{request.base}/login?{urlencode({'then': f'{request.path}?{request.query}'})}")


def _challenge(request: OAuthRequest) -> Response:
    """A program says by a header that it is no browser that was led here."""
    if request.headers.get("x-csrf-token"):
        return page(401, "", ("WWW-Authenticate", f'Basic realm="{_REALM}"'))
    return page(401, f"{_CSRF}\n", ("Warning", f'199 Origin "{_CSRF}"'))


def _granted(server: ApiServer, client: Object, user: tuple[str, str], uri: str, asked: dict[str, str]) -> Response:
    name, kind, scope = client["metadata"]["name"], asked.get("response_type"), asked.get("scope") or FULL
    state = {"state": asked["state"]} if asked.get("state") else {}
    if kind not in ("token", "code"):
        text = ERRORS["unsupported_response_type"]
        return redirect(with_query(uri, {"error": "unsupported_response_type", "error_description": text, **state}))
    if not all(one in _SCOPES or one.startswith("role:") for one in scope.split()):
        return redirect(with_query(uri, {"error": "invalid_scope", "error_description": ERRORS["invalid_scope"]}))
    if kind == "code":
        code = new_code(server, name, user, uri, asked)
        return redirect(with_query(uri, {"code": code, "state": asked.get("state", "")}))
    token = new_access_token(server, name, user, uri, scope)
    given = {"access_token": token, "expires_in": str(ACCESS_S), "scope": scope, "token_type": "Bearer", **state}
    return redirect(f"{uri}#{urlencode(sorted(given.items()), quote_via=quote, safe='~')}")


# -- the form


def login(server: ApiServer, request: OAuthRequest) -> Response:
    """The form, and what it sends: the password, with the request that is to be answered."""
    given = request.parameters()
    then = urlsplit(given.get("then", ""))
    if then.path != "/oauth/authorize" or then.netloc:
        return page(400, "Unable to determine what to log in for\n")
    if request.method != "POST":
        return _form(given["then"])
    user = log_in(server, given.get("username", ""), given.get("password", ""))
    if user is None:
        return _form(given["then"], "Invalid login or password. Please try again.")
    asked = OAuthRequest("GET", then.path, request.base, then.query).parameters()
    client = client_of(server, asked.get("client_id", ""))
    uri = redirect_uri(client, asked.get("redirect_uri", ""), request.base) if client is not None else ""
    return _granted(server, client, user, uri, asked) if client is not None and uri else failure("invalid_request")


def _form(then: str, error: str = "") -> Response:
    note = f"<p>{escape(error)}</p>" if error else ""
    return html(
        401 if error else 200,
        f'<h2>Log in to your account</h2>{note}<form method="post" action="/login">'
        f'<input type="hidden" name="then" value="{escape(then)}">'
        '<p><input name="username" placeholder="Username" autofocus></p>'
        '<p><input name="password" type="password" placeholder="Password"></p>'
        '<p><button type="submit">Log in</button></p></form>',
    )
