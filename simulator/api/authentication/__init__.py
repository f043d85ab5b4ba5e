"""Who asks: credentials in, a user out. One file each:

| file            | whose credentials                                                       |
| --------------- | ----------------------------------------------------------------------- |
| ``credentials`` | what a request can carry, read from its headers and its certificate      |
| ``oauthtokens`` | people: access tokens of the OAuth server                                |
| ``accounts``    | service accounts: tokens in Secrets, and bound ones                      |
| ``groups``      | the Groups that a person is in                                           |
| ``impersonation``| who is taken for somebody else, if it may                              |

Source: kube-apiserver, pkg/kubeapiserver/authenticator; openshift/oauth-apiserver, pkg/tokenvalidation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.api.authentication.accounts import user_of_account_token
from simulator.api.authentication.credentials import Certificate, Credentials, Impersonation, credentials_of
from simulator.api.authentication.impersonation import impersonate
from simulator.api.authentication.oauthtokens import user_of_access_token
from simulator.api.types import User
from simulator.changes.access import CREDENTIAL_IDS
from simulator.errors import Unauthorized

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

AUTHENTICATED: Final = "system:authenticated"
UNAUTHENTICATED: Final = "system:unauthenticated"
ANONYMOUS: Final = User("system:anonymous", (UNAUTHENTICATED,))


def authenticate(server: ApiServer, credentials: Credentials) -> User:
    """Whom the request comes from. Unauthorized for credentials that are none, or no longer.

    Forbidden for who may not impersonate.
    """
    requestor = _requestor(server, credentials)
    return impersonate(server, requestor, credentials.impersonate) if credentials.impersonate else requestor


def _requestor(server: ApiServer, credentials: Credentials) -> User:
    """A certificate goes before a token; who brings neither is anonymous."""
    certificate = credentials.certificate
    if certificate is not None and certificate.common_name:
        return _user_of_certificate(server, certificate)
    if credentials.token:
        return user_of_token(server, credentials.token)
    return ANONYMOUS


def user_of_token(server: ApiServer, token: str, audiences: tuple[str, ...] = ()) -> User:
    """Whose bearer token this is, when it is good for one of ``audiences`` (none: for the API server itself)."""
    user = user_of_account_token(server, token, audiences) or user_of_access_token(server, token)
    if user is None:
        raise Unauthorized("Unauthorized")
    return User(user.name, (*user.groups, AUTHENTICATED), user.uid, user.extra)


def _user_of_certificate(server: ApiServer, certificate: Certificate) -> User:
    """CN is the name, each O a group. Source: apiserver, authentication/request/x509/x509.go."""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()
    if certificate.fingerprint and CREDENTIAL_IDS.at(server.release):
        extra = (("authentication.kubernetes.io/credential-id", (f"X509SHA256={certificate.fingerprint}",)),)
    return User(certificate.common_name, (*certificate.organizations, AUTHENTICATED), extra=extra)


__all__ = [
    "ANONYMOUS",
    "AUTHENTICATED",
    "UNAUTHENTICATED",
    "Certificate",
    "Credentials",
    "Impersonation",
    "authenticate",
    "credentials_of",
    "user_of_token",
]
