"""Reviews are answered as requests are decided."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.boundtokens import ISSUER
from simulator.api.types import User
from simulator.errors import Forbidden, Invalid

from .conftest import CORE, Api

KUBE, OPENSHIFT = "/apis/authorization.k8s.io/v1", "/apis/authorization.openshift.io/v1"
DEV = User("dev", ("system:authenticated",))


@pytest.fixture
def granted(modern: Api) -> Api:
    """A server on which dev may edit pods of demo, and a service account may read them."""
    modern.allow(DEV, "get,list", "pods,pods/log", namespace="demo")
    modern.allow(User("system:serviceaccount:demo:robot"), "list", "pods")
    account = {"kind": "ServiceAccount", "name": "robot", "namespace": "demo"}
    path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    for binding in modern.get(path)["items"]:
        modern.patch(f"{path}/{binding['metadata']['name']}", {"subjects": [account]})
    return modern


def status(api: Api, kind: str, spec: dict[str, Any], path: str = KUBE, **more: Any) -> Any:
    return api.post(f"{path}/{kind}", {"spec": spec}, **more)["status"]


@pytest.mark.parametrize(
    ("verb", "namespace", "allowed"), [("get", "demo", True), ("get", "other", False), ("delete", "demo", False)]
)
def test_may_somebody(granted: Api, verb: str, namespace: str, allowed: bool) -> None:
    attributes = {"verb": verb, "resource": "pods", "namespace": namespace}
    spec = {"resourceAttributes": attributes, "user": "dev"}
    found = status(granted, "subjectaccessreviews", spec)
    assert found["allowed"] is allowed
    assert (found.get("reason", "").startswith('RBAC: allowed by RoleBinding "')) is allowed
    flat = {**attributes, "user": "dev"}
    assert granted.post(f"{OPENSHIFT}/subjectaccessreviews", flat)["allowed"] is allowed


def test_a_review_says_what_is_asked_once(granted: Api) -> None:
    attributes = {"resourceAttributes": {"verb": "get", "resource": "pods"}}
    with pytest.raises(Invalid, match="at least one of user or group must be specified"):
        status(granted, "subjectaccessreviews", attributes)
    with pytest.raises(Invalid, match="exactly one of nonResourceAttributes or resourceAttributes must be specified"):
        status(granted, "selfsubjectaccessreviews", {})
    local = f"{KUBE}/namespaces/demo/localsubjectaccessreviews"
    with pytest.raises(Invalid, match=r"must match metadata.namespace"):
        granted.post(local, {"spec": {**attributes, "user": "dev"}})


def test_what_may_i(granted: Api) -> None:
    granted.allow(DEV, "create", "selfsubjectrulesreviews", "authorization.k8s.io")
    found = status(granted, "selfsubjectrulesreviews", {"namespace": "demo"}, user=DEV)
    assert {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]} in found["resourceRules"]
    assert found["incomplete"] is False
    with pytest.raises(Forbidden):
        status(granted, "selfsubjectrulesreviews", {"namespace": "demo"}, user=User("nobody"))


def test_who_may(granted: Api) -> None:
    """What ``oc policy who-can list pods`` asks."""
    body = {"verb": "list", "resource": "pods", "namespace": ""}
    local = granted.post(f"{OPENSHIFT}/namespaces/demo/localresourceaccessreviews", body)
    assert local["kind"] == "ResourceAccessReviewResponse"
    assert (local["users"], local["groups"]) == (["dev", "system:serviceaccount:demo:robot"], ["system:masters"])
    assert granted.post(f"{OPENSHIFT}/resourceaccessreviews", body)["users"] == ["system:serviceaccount:demo:robot"]


def test_the_rules_of_somebody(granted: Api) -> None:
    path = f"{OPENSHIFT}/namespaces/demo/subjectrulesreviews"
    rules = granted.post(path, {"spec": {"user": "dev"}})["status"]["rules"]
    assert rules == [
        {"verbs": ["get", "list"], "attributeRestrictions": None, "apiGroups": [""], "resources": ["pods", "pods/log"]}
    ]


def test_whose_token_is_this(modern: Api) -> None:
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    token = modern.post(f"{CORE}/namespaces/demo/serviceaccounts/default/token", {})["status"]["token"]
    found = modern.post(path, {"spec": {"token": token}})["status"]
    assert (found["authenticated"], found["audiences"]) == (True, [ISSUER])
    assert found["user"]["username"] == "system:serviceaccount:demo:default"
    wrong = {"token": token, "audiences": ["vault"]}
    assert modern.post(path, {"spec": wrong})["status"] == {"user": {}, "error": "invalid bearer token"}


def test_who_am_i(modern: Api) -> None:
    modern.allow(DEV, "create", "selfsubjectreviews", "authentication.k8s.io")
    somebody = User("dev", ("a",), "12", (("scopes", ("x",)),))
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    info = modern.post(path, {}, user=somebody)["status"]["userInfo"]
    assert info == {"username": "dev", "uid": "12", "groups": ["a"], "extra": {"scopes": ["x"]}}
