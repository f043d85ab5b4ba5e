"""Who asks: tokens of people and of accounts, certificates, nobody."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.authentication import (
    ANONYMOUS,
    Certificate,
    Credentials,
    authenticate,
    credentials_of,
)
from simulator.api.boundtokens import ISSUER, Bound, bound_token, read_token
from simulator.api.types import User
from simulator.errors import Forbidden, InternalError, Unauthorized

from .conftest import START, Api

CORE = "/api/v1"


def who(api: Api, **headers: str) -> User:
    return authenticate(api.server, credentials_of((name.replace("_", "-"), text) for name, text in headers.items()))


def bearer(api: Api, token: str) -> User:
    return who(api, authorization=f"Bearer {token}")


def account_token(api: Api, **body: Any) -> str:
    path = f"{CORE}/namespaces/demo/serviceaccounts/default/token"
    token: str = api.post(path, {"spec": body})["status"]["token"]
    return token


def give_token(api: Api, name: str, user: str, uid: str, lifetime_s: int = 86400) -> None:
    body = {
        "metadata": {"name": name},
        "userName": user,
        "userUID": uid,
        "expiresIn": lifetime_s,
        "scopes": ["user:full"],
    }
    api.post("/apis/oauth.openshift.io/v1/oauthaccesstokens", body)


def new_user(api: Api, name: str) -> str:
    uid: str = api.post("/apis/user.openshift.io/v1/users", {"metadata": {"name": name}})["metadata"]["uid"]
    return uid


def test_nobody_is_anonymous(modern: Api) -> None:
    assert who(modern) == who(modern, authorization="Basic ZGV2OmRldg==") == ANONYMOUS
    assert who(modern, authorization="Bearer  two-spaces") == ANONYMOUS


def test_a_wrong_token_is_refused_in_the_words_of_the_real_server(modern: Api) -> None:
    with pytest.raises(Unauthorized) as refused:
        bearer(modern, "sha256~wrong")
    assert refused.value.to_status() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "Unauthorized",
        "reason": "Unauthorized",
        "code": 401,
    }


def test_a_certificate_names_user_and_groups(modern: Api) -> None:
    certificate = Certificate("system:admin", ("system:masters",), "ab" * 32)
    user = authenticate(modern.server, credentials_of([("authorization", "Bearer wrong")], certificate))
    assert (user.name, user.groups) == ("system:admin", ("system:masters", "system:authenticated"))
    assert user.extra == (("authentication.kubernetes.io/credential-id", (f"X509SHA256={'ab' * 32}",)),)


def test_a_token_never_prints() -> None:
    assert "secret" not in repr(Credentials("sha256~secret"))


# -- people


def test_an_access_token_is_kept_under_its_hash(modern: Api) -> None:
    uid = new_user(modern, "alice")
    # base64url without padding of the SHA-256 of "abc" (FIPS 180-2, appendix B.1)
    digest = bytes.fromhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    name = "sha256~" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    give_token(modern, name, "alice", uid)
    user = bearer(modern, "sha256~abc")
    assert (user.name, user.uid) == ("alice", uid)
    assert user.groups == ("system:authenticated:oauth", "system:authenticated")
    assert user.extra == (("scopes.authorization.openshift.io", ("user:full",)),)
    with pytest.raises(Unauthorized):
        bearer(modern, name)  # who reads the object has no token


def test_before_that_it_is_kept_as_it_is(api: Api) -> None:
    give_token(api, "plain", "alice", new_user(api, "alice"))
    assert bearer(api, "plain").name == "alice"


def test_groups_are_those_that_list_the_person(api: Api) -> None:
    give_token(api, "plain", "alice", new_user(api, "alice"))
    for name, users in (("writers", ["alice"]), ("admins", ["bob", "alice"]), ("readers", ["bob"])):
        api.post("/apis/user.openshift.io/v1/groups", {"metadata": {"name": name}, "users": users})
    assert bearer(api, "plain").groups == ("admins", "writers", "system:authenticated:oauth", "system:authenticated")
    api.patch("/apis/user.openshift.io/v1/groups/admins", {"users": ["bob"]})
    assert bearer(api, "plain").groups == ("writers", "system:authenticated:oauth", "system:authenticated")


def test_an_access_token_ends(api: Api) -> None:
    uid = new_user(api, "alice")
    give_token(api, "day", "alice", uid)
    give_token(api, "ever", "alice", uid, lifetime_s=0)
    api.clock.advance(86399)
    assert bearer(api, "day").name == "alice"
    api.clock.advance(2)
    with pytest.raises(Unauthorized):
        bearer(api, "day")
    assert bearer(api, "ever").name == "alice"
    api.delete("/apis/user.openshift.io/v1/users/alice")
    new_user(api, "alice")  # a namesake, not the one that the token was given to
    with pytest.raises(Unauthorized):
        bearer(api, "ever")


# -- service accounts


def test_a_bound_token_is_the_accounts(modern: Api) -> None:
    user = bearer(modern, account_token(modern))
    assert user.name == "system:serviceaccount:demo:default"
    assert user.groups == ("system:serviceaccounts", "system:serviceaccounts:demo", "system:authenticated")
    assert user.uid == modern.get(f"{CORE}/namespaces/demo/serviceaccounts/default")["metadata"]["uid"]
    assert [key for key, _ in user.extra] == ["authentication.kubernetes.io/credential-id"]


def test_a_bound_token_ends_with_its_time(modern: Api) -> None:
    token = account_token(modern, expirationSeconds=600)
    modern.clock.advance(599)
    assert bearer(modern, token).name.endswith(":default")
    modern.clock.advance(1)
    with pytest.raises(Unauthorized):
        bearer(modern, token)


def test_a_bound_token_is_for_its_audience(modern: Api) -> None:
    assert bearer(modern, account_token(modern, audiences=["vault", ISSUER]))
    with pytest.raises(Unauthorized):
        bearer(modern, account_token(modern, audiences=["vault"]))


def test_a_bound_token_ends_with_its_pod(modern: Api, pod: dict[str, Any]) -> None:
    uid = modern.post(f"{CORE}/namespaces/demo/pods", pod)["metadata"]["uid"]
    token = account_token(modern, boundObjectRef={"kind": "Pod", "apiVersion": "v1", "name": "web"})
    extra = dict(bearer(modern, token).extra)
    assert extra["authentication.kubernetes.io/pod-name"] == ("web",)
    assert extra["authentication.kubernetes.io/pod-uid"] == (uid,)
    modern.delete(f"{CORE}/namespaces/demo/pods/web", {"gracePeriodSeconds": 0})
    with pytest.raises(Unauthorized):
        bearer(modern, token)


def test_a_token_ends_with_its_account(modern: Api) -> None:
    token = account_token(modern)
    modern.delete(f"{CORE}/namespaces/demo/serviceaccounts/default")
    modern.post(f"{CORE}/namespaces/demo/serviceaccounts", {"metadata": {"name": "default"}})
    with pytest.raises(Unauthorized):
        bearer(modern, token)


def test_a_signature_is_checked(modern: Api) -> None:
    head, claims, signature = account_token(modern).split(".")
    said = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).replace(b":default", b":builder")
    other = base64.urlsafe_b64encode(said).rstrip(b"=").decode()
    with pytest.raises(Unauthorized):
        bearer(modern, f"{head}.{other}.{signature}")


def test_a_token_is_told_by_a_websockets_protocol(modern: Api) -> None:
    name = base64.urlsafe_b64encode(account_token(modern).encode()).rstrip(b"=").decode()
    protocols = f"v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.{name}"
    assert who(modern, sec_websocket_protocol=protocols).name == "system:serviceaccount:demo:default"


@given(st.text(max_size=40) | st.builds(".".join, st.lists(st.text("abeyJ0-_=", max_size=12), min_size=3, max_size=3)))
def test_any_other_text_is_no_token(text: str) -> None:
    assert read_token(text) is None


@given(
    st.lists(st.sampled_from([Bound("pod", "p", "1"), Bound("secret", "s", "2"), Bound("node", "n", "3")]), max_size=3)
)
def test_a_token_says_what_it_was_made_of(objects: list[Bound]) -> None:
    unique = sorted(set(objects), key=lambda one: ("pod", "secret", "node").index(one.kind))
    claims = read_token(bound_token("ns", "sa", "uid", unique, issued=START, lifetime_s=700, audience=["a", "b"]))
    assert claims is not None
    assert (claims.namespace, claims.account, claims.uid, claims.objects) == ("ns", "sa", "uid", tuple(unique))
    assert (claims.audiences, claims.not_before, claims.expires) == (("a", "b"), START, START + 700)


# -- somebody else


ADMIN = Certificate("system:admin", ("system:masters",))


def as_somebody(api: Api, certificate: Certificate | None, *headers: tuple[str, str]) -> User:
    return authenticate(api.server, credentials_of(headers, certificate))


def test_impersonation(modern: Api) -> None:
    user = as_somebody(
        modern,
        ADMIN,
        ("impersonate-user", "bob"),
        ("impersonate-group", "writers"),
        ("impersonate-group", "readers"),
        ("impersonate-uid", "12"),
        ("impersonate-extra-Scopes%2Fown", "view"),
        ("impersonate-extra-scopes%2fown", "edit"),
    )
    assert user == User(
        "bob", ("writers", "readers", "system:authenticated"), "12", (("scopes/own", ("view", "edit")),)
    )


def test_an_impersonated_account_has_the_groups_of_accounts(modern: Api) -> None:
    user = as_somebody(modern, ADMIN, ("impersonate-user", "system:serviceaccount:demo:builder"))
    assert user.groups == ("system:serviceaccounts", "system:serviceaccounts:demo", "system:authenticated")


def test_nobody_is_not_made_somebody(modern: Api) -> None:
    assert as_somebody(modern, ADMIN, ("impersonate-user", "system:anonymous")) == ANONYMOUS


def test_a_uid_is_told_since_1_22(api: Api) -> None:
    assert as_somebody(api, ADMIN, ("impersonate-user", "bob"), ("impersonate-uid", "12")).uid == ""


def test_groups_of_nobody(modern: Api) -> None:
    with pytest.raises(InternalError, match=r"requested \[\{Group  writers    \}\] without impersonating a user"):
        as_somebody(modern, ADMIN, ("impersonate-group", "writers"))


def test_impersonation_is_refused(modern: Api) -> None:
    with pytest.raises(Forbidden) as refused:
        as_somebody(modern, Certificate("dev"), ("impersonate-user", "bob"))
    assert refused.value.message == (
        'users "bob" is forbidden: User "dev" cannot impersonate resource "users" in API group "" at the cluster scope'
    )
    with pytest.raises(Forbidden, match=r'serviceaccounts "default" is forbidden: .* in the namespace "demo"'):
        as_somebody(modern, Certificate("dev"), ("impersonate-user", "system:serviceaccount:demo:default"))
