from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from simulator.api.gvrs import NAMESPACES, SECRETS, SERVICEACCOUNTS, SERVICES
from simulator.controllers import garbagecollector, serviceaccount, serviceaccount_tokens


@pytest.fixture
def world(kit: Any) -> Any:
    loops = (serviceaccount.CONTROLLER, serviceaccount_tokens.CONTROLLER, garbagecollector.CONTROLLER)
    return kit.World(loops, nodes=0).start()


def kinds(world: Any, account: str) -> list[tuple[str, str]]:
    """Prefix and type of the account's secrets."""
    found = [(one["metadata"]["name"][:-5], one["type"].removeprefix("kubernetes.io/")) for one in world.items(SECRETS)]
    return [pair for pair in found if pair[0].startswith(account)]


def test_every_namespace_has_three_accounts(world: Any) -> None:
    world.settle()
    assert [one["metadata"]["name"] for one in world.items(SERVICEACCOUNTS)] == ["builder", "default", "deployer"]
    world.client.delete(SERVICEACCOUNTS, "builder", "lab")
    world.settle()
    assert world.get(SERVICEACCOUNTS, "builder")
    world.assert_settled()


def test_an_account_has_two_tokens_and_a_pull_secret(world: Any) -> None:
    world.create(SERVICEACCOUNTS, {"metadata": {"name": "registry", "namespace": "lab"}})
    world.settle()
    assert kinds(world, "registry") == [
        ("registry-dockercfg-", "dockercfg"),
        ("registry-token-", "service-account-token"),
        ("registry-token-", "service-account-token"),
    ]
    account = world.get(SERVICEACCOUNTS, "registry")
    pull = account["imagePullSecrets"][0]["name"]
    assert [one["name"][:-5] for one in account["secrets"]] == ["registry-token-", "registry-dockercfg-"]
    assert account["secrets"][1]["name"] == pull
    by_name = {one["metadata"]["name"]: one for one in world.items(SECRETS)}
    mounted, dockercfg = by_name[account["secrets"][0]["name"]], by_name[pull]
    assert sorted(mounted["data"]) == ["ca.crt", "namespace", "service-ca.crt", "token"]
    assert base64.b64decode(mounted["data"]["namespace"]) == b"lab"
    assert "kubernetes.io/created-by" not in mounted["metadata"]["annotations"]
    password = by_name[dockercfg["metadata"]["annotations"]["openshift.io/token-secret.name"]]
    assert password["metadata"]["annotations"]["kubernetes.io/created-by"] == "openshift.io/create-dockercfg-secrets"
    assert dockercfg["metadata"]["ownerReferences"][0]["uid"] == password["metadata"]["uid"]


def test_the_token_names_its_account(world: Any) -> None:
    world.settle()
    secret = next(one for one in world.items(SECRETS) if one["metadata"]["name"].startswith("default-token-"))
    head, claims, _ = base64.b64decode(secret["data"]["token"]).decode().split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["alg"] == "RS256"
    assert decoded["sub"] == "system:serviceaccount:lab:default"
    assert decoded["kubernetes.io/serviceaccount/secret.name"] == secret["metadata"]["name"]


def test_the_pull_secret_knows_the_registry(world: Any) -> None:
    world.create(NAMESPACES, {"metadata": {"name": "openshift-image-registry"}})
    spec = {"clusterIP": "172.30.1.2", "ports": [{"port": 5000}]}
    meta = {"name": "image-registry", "namespace": "openshift-image-registry"}
    world.create(SERVICES, {"metadata": meta, "spec": spec})
    world.create(SERVICEACCOUNTS, {"metadata": {"name": "late", "namespace": "lab"}})
    world.settle()
    secret = next(one for one in world.items(SECRETS) if one["metadata"]["name"].startswith("late-dockercfg-"))
    config = json.loads(base64.b64decode(secret["data"][".dockercfg"]))
    assert list(config) == [
        "172.30.1.2:5000",
        "image-registry.openshift-image-registry.svc:5000",
        "image-registry.openshift-image-registry.svc.cluster.local:5000",
    ]


def test_a_deleted_token_is_made_again(world: Any) -> None:
    world.settle()
    account = world.get(SERVICEACCOUNTS, "default")
    before = account["secrets"][0]["name"]
    world.client.delete(SECRETS, before, "lab")
    world.settle()
    names = [one["name"] for one in world.get(SERVICEACCOUNTS, "default")["secrets"]]
    assert before not in names
    assert sorted(name[:-5] for name in names) == ["default-dockercfg-", "default-token-"]
    assert len(kinds(world, "default")) == 3
    world.assert_settled()


def test_the_pull_secret_goes_with_its_token(world: Any) -> None:
    world.settle()
    pull = world.get(SERVICEACCOUNTS, "default")["imagePullSecrets"][0]["name"]
    token = world.get(SECRETS, pull)["metadata"]["annotations"]["openshift.io/token-secret.name"]
    world.client.delete(SECRETS, token, "lab")
    world.settle()
    assert world.client.get_or_none(SECRETS, pull, "lab") is None
    assert len(kinds(world, "default")) == 3
    assert len(world.get(SERVICEACCOUNTS, "default")["imagePullSecrets"]) == 1


def test_what_people_link_stays(world: Any) -> None:
    world.settle()
    account = world.get(SERVICEACCOUNTS, "default")
    linked = [*account["imagePullSecrets"], {"name": "my-registry"}]
    world.change(SERVICEACCOUNTS, "default", {"imagePullSecrets": linked})
    world.settle()
    assert world.get(SERVICEACCOUNTS, "default")["imagePullSecrets"] == linked


def test_secrets_go_with_their_account(world: Any) -> None:
    world.create(SERVICEACCOUNTS, {"metadata": {"name": "brief", "namespace": "lab"}})
    world.settle()
    world.client.delete(SERVICEACCOUNTS, "brief", "lab")
    world.settle()
    assert kinds(world, "brief") == []
    world.assert_settled()
