"""What the server tells of itself, of who asks, and of its accounts' tokens."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from simulator.errors import Invalid, NotFound


def test_the_version(api: Any, modern: Any) -> None:
    old, new = api.get("/version"), modern.get("/version")
    assert (old["gitVersion"], old["minor"], old["goVersion"]) == ("v1.14.6+868bc38", "14+", "go1.12.8")
    assert (new["gitVersion"], new["minor"]) == ("v1.33.5", "33")
    assert (new["emulationMinor"], new["minCompatibilityMinor"]) == ("33", "32")
    assert "emulationMinor" not in old
    assert len(new["gitCommit"]) == 40


def listed(server: Any, path: str) -> dict[str, Any]:
    return {item["name"]: item for item in server.get(path)["resources"]}


def test_subresources_and_names_of_today(api: Any, modern: Any) -> None:
    old, new = listed(api, "/api/v1"), listed(modern, "/api/v1")
    assert (old["pods/eviction"]["group"], old["pods/eviction"]["version"]) == ("policy", "v1beta1")
    assert (new["pods/eviction"]["group"], new["pods/eviction"]["version"]) == ("policy", "v1")
    assert (old["pods"]["singularName"], new["pods"]["singularName"]) == ("", "pod")
    assert {"pods/resize", "pods/ephemeralcontainers", "serviceaccounts/token"} <= new.keys() - old.keys()
    assert new["serviceaccounts/token"]["kind"] == "TokenRequest"


def test_groups_and_their_preferred_versions(modern: Any) -> None:
    groups = {item["name"]: item for item in modern.get("/apis")["groups"]}
    assert "extensions" not in groups
    assert groups["autoscaling"]["preferredVersion"]["version"] == "v2"
    assert [item["version"] for item in groups["policy"]["versions"]] == ["v1"]
    with pytest.raises(NotFound):
        modern.get("/apis/policy/v1beta1/podsecuritypolicies")


def test_who_asks(api: Any, modern: Any) -> None:
    path, body = "/apis/authentication.k8s.io/v1/selfsubjectreviews", {"kind": "SelfSubjectReview"}
    review = modern.post(path, body)
    assert review["status"]["userInfo"] == {
        "username": "kube:admin", "groups": ["system:cluster-admins", "system:authenticated"],
    }  # fmt: skip
    with pytest.raises(NotFound):
        api.post(path, body)


# -- bound tokens

TOKEN = "/api/v1/namespaces/demo/serviceaccounts/default/token"


def claims_of(reply: Any) -> dict[str, Any]:
    part = reply["status"]["token"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_a_token_is_bound_to_time_and_audience(modern: Any) -> None:
    account = modern.get("/api/v1/namespaces/demo/serviceaccounts/default")
    reply = modern.post(TOKEN, {"spec": {"audiences": ["vault"], "expirationSeconds": 7200}})
    claims = claims_of(reply)
    assert (claims["aud"], claims["exp"] - claims["iat"]) == (["vault"], 7200)
    assert claims["sub"] == "system:serviceaccount:demo:default"
    own = {"name": "default", "uid": account["metadata"]["uid"]}
    assert claims["kubernetes.io"] == {"namespace": "demo", "serviceaccount": own}
    assert reply["status"]["expirationTimestamp"] == "2019-10-28T11:00:00Z"
    assert claims_of(modern.post(TOKEN, {}))["aud"] == ["https://kubernetes.default.svc"]


def test_a_token_can_be_bound_to_a_pod(modern: Any, pod: Any) -> None:
    made = modern.post("/api/v1/namespaces/demo/pods", pod)
    reference = {"kind": "Pod", "apiVersion": "v1", "name": "web"}
    claims = claims_of(modern.post(TOKEN, {"spec": {"boundObjectRef": reference}}))
    assert claims["kubernetes.io"]["pod"] == {"name": "web", "uid": made["metadata"]["uid"]}
    with pytest.raises(NotFound, match='pods "gone" not found'):
        modern.post(TOKEN, {"spec": {"boundObjectRef": {**reference, "name": "gone"}}})


def test_a_token_lives_ten_minutes_at_least(modern: Any) -> None:
    with pytest.raises(Invalid, match="may not specify a duration less than 10 minutes"):
        modern.post(TOKEN, {"spec": {"expirationSeconds": 60}})


def test_accounts_of_old_give_no_tokens(api: Any) -> None:
    with pytest.raises(NotFound):
        api.post(TOKEN, {})
