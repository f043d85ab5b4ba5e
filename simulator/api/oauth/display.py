"""Tokens for who has a browser: request one, log in, see it. Source: oauth-server, pkg/server/tokenrequest."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from simulator.api.oauth.clients import BROWSER
from simulator.api.oauth.exchange import OAuthRequest, html, page, redirect, with_query
from simulator.api.oauth.tokens import new_access_token, take_code
from simulator.api.types import Response

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

_AGAIN = '<p><a href="/oauth/token/request">Request another token</a></p>'


def request(_server: ApiServer, asked: OAuthRequest) -> Response:
    """The way to a token: over the form."""
    uri = f"{asked.base}/oauth/token/display"
    wanted = {"client_id": BROWSER, "redirect_uri": uri, "response_type": "code"}
    return redirect(with_query(f"{asked.base}/oauth/authorize", wanted))


def display(server: ApiServer, asked: OAuthRequest) -> Response:
    """A button first: who follows a link by accident uses no code up. Then the token."""
    code = asked.parameters().get("code", "")
    if not code:
        return html(400, f"Error handling auth request: Requested parameter not sent{_AGAIN}")
    if asked.method != "POST":
        return html(
            200,
            '<form method="post" action="/oauth/token/display">'
            f'<input type="hidden" name="code" value="{escape(code)}">'
            '<button type="submit">Display Token</button></form>',
        )
    taken = take_code(server, code)
    if taken is None or taken["clientName"] != BROWSER:
        return html(500, f"Error getting token: invalid_grant{_AGAIN}")
    user, uri = (taken["userName"], taken["userUID"]), taken["redirectURI"]
    token = new_access_token(server, BROWSER, user, uri, " ".join(taken["scopes"]))
    return html(
        200,
        f"<h2>Your API token is</h2><code>{token}</code><h2>Log in with this token</h2>"
        f"<pre>oc login --token={token} --server={escape(asked.base)}</pre>"
        "<h3>Use this token directly against the API</h3>"
        f'<pre>curl -H "Authorization: Bearer {token}" '
        f'"{escape(asked.base)}/apis/user.openshift.io/v1/users/~"</pre>{_AGAIN}',
    )


def implicit(_server: ApiServer, _asked: OAuthRequest) -> Response:
    """Where a program is sent with its token in the fragment: it need not follow."""
    return page(200, "The access token is in the fragment of the Location header that led here (access_token).\n")
