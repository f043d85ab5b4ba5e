"""Service accounts and namespaces of 4.20: bound tokens, one pull secret each, CA bundles, labels."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from simulator.api.admission import CHAIN
from simulator.api.gvrs import CONFIGMAPS, NAMESPACES, PODS, ROLEBINDINGS, SECRETS, SERVICEACCOUNTS, SERVICES
from simulator.controllers import namespace, podsecurity, rootca, serviceaccount, serviceaccount_tokens
from simulator.profiles.tokens import put_in, take_out
from simulator.release import Release

REFERENCE = "openshift.io/internal-registry-pull-secret-ref"
LOOPS = (
    namespace.CONTROLLER,
    serviceaccount.CONTROLLER,
    serviceaccount_tokens.CONTROLLER,
    rootca.CONTROLLER,
    podsecurity.CONTROLLER,
)


@pytest.fixture
def world(kit: Any) -> Any:
    made = kit.World(LOOPS, nodes=0, admission=CHAIN, release=kit.TODAY).start()
    made.settle()
    return made


def registry(world: Any) -> None:
    project = "openshift-image-registry"
    world.create(NAMESPACES, {"metadata": {"name": project}})
    spec = {"clusterIP": "172.30.1.5", "ports": [{"port": 5000}]}
    world.create(SERVICES, {"metadata": {"name": "image-registry", "namespace": project}, "spec": spec})
    world.settle()


def claims_of(token: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def test_an_account_has_a_pull_secret_and_no_token(world: Any) -> None:
    account = world.get(SERVICEACCOUNTS, "default")
    name = account["metadata"]["annotations"][REFERENCE]
    assert account["secrets"] == account["imagePullSecrets"] == [{"name": name}]
    secret = world.get(SECRETS, name)
    assert name.startswith("default-dockercfg-")
    assert secret["metadata"]["annotations"] == {"openshift.io/internal-registry-auth-token.service-account": "default"}
    owner = {"apiVersion": "v1", "kind": "ServiceAccount", "name": "default", "uid": account["metadata"]["uid"]}
    assert secret["metadata"]["ownerReferences"] == [owner]
    assert {one["type"] for one in world.items(SECRETS)} == {"kubernetes.io/dockercfg"}
    assert base64.b64decode(secret["data"][".dockercfg"]) == b"{}"


def test_pull_secrets_learn_of_the_registry(world: Any) -> None:
    registry(world)
    name = world.get(SERVICEACCOUNTS, "builder")["imagePullSecrets"][0]["name"]
    secret = world.get(SECRETS, name)
    assert secret["metadata"]["annotations"]["openshift.io/internal-registry-auth-token.binding"] == "bound"
    logins = json.loads(base64.b64decode(secret["data"][".dockercfg"]))
    hosts = ["172.30.1.5:5000", *(f"image-registry.openshift-image-registry.svc{end}:5000"
                                  for end in ("", ".cluster.local"))]  # fmt: skip
    assert list(logins) == hosts
    user, _, token = base64.b64decode(logins[hosts[0]]["auth"]).decode().partition(":")
    told = claims_of(token)
    assert (user, told["sub"]) == ("<token>", "system:serviceaccount:lab:builder")
    assert told["kubernetes.io"]["secret"] == {"name": name, "uid": secret["metadata"]["uid"]}
    assert told["exp"] - told["iat"] == 3600
    world.assert_settled()


def test_a_frozen_profile_holds_no_token(world: Any) -> None:
    registry(world)
    secrets = world.items(SECRETS)
    assert [put_in(take_out(one)) for one in secrets] == secrets
    assert all(len(json.dumps(take_out(one))) < 1500 for one in secrets)


def test_a_pull_secret_that_is_lost_comes_again_under_its_name(world: Any) -> None:
    name = world.get(SERVICEACCOUNTS, "default")["imagePullSecrets"][0]["name"]
    world.client.delete(SECRETS, name, "lab")
    world.settle()
    assert world.get(SECRETS, name)["type"] == "kubernetes.io/dockercfg"
    world.change(SERVICEACCOUNTS, "default", {"metadata": {"annotations": {REFERENCE: None}}})
    world.settle()
    assert world.get(SERVICEACCOUNTS, "default")["metadata"]["annotations"][REFERENCE] == name
    assert len([one for one in world.items(SECRETS) if one["metadata"]["name"].startswith("default-")]) == 1


def test_between_there_are_pull_secrets_with_tokens_and_none_to_mount(kit: Any) -> None:
    world = kit.World(LOOPS, nodes=0, release=Release("4.14.3", "v1.27.8", ())).start()
    world.settle()
    kinds = sorted(
        one["metadata"]["name"][:-6] for one in world.items(SECRETS) if "default-" in one["metadata"]["name"]
    )
    assert kinds == ["default-dockercfg", "default-token"]
    account = world.get(SERVICEACCOUNTS, "default")
    assert account["secrets"] == account["imagePullSecrets"]
    world.assert_settled()


def test_a_pod_finds_a_bound_token(world: Any) -> None:
    spec = {"containers": [{"name": "c", "image": "i"}]}
    world.create(PODS, {"metadata": {"name": "p", "namespace": "lab"}, "spec": spec})
    spec = world.get(PODS, "p")["spec"]
    volume = spec["volumes"][0]
    assert volume["name"].startswith("kube-api-access-")
    assert len(volume["name"]) == len("kube-api-access-") + 5
    mount = {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": volume["name"], "readOnly": True}
    assert spec["containers"][0]["volumeMounts"] == [mount]
    assert volume["projected"] == {
        "defaultMode": 420,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
            {"downwardAPI": {"items": [{"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                                        "path": "namespace"}]}},
            {"configMap": {"items": [{"key": "service-ca.crt", "path": "service-ca.crt"}],
                           "name": "openshift-service-ca.crt"}},
        ],
    }  # fmt: skip


def test_who_declines_gets_no_token(world: Any) -> None:
    spec = {"containers": [{"name": "c", "image": "i"}], "automountServiceAccountToken": False}
    world.create(PODS, {"metadata": {"name": "p", "namespace": "lab"}, "spec": spec})
    assert "volumes" not in world.get(PODS, "p")["spec"]


def test_ca_bundles_in_every_namespace(world: Any) -> None:
    found = {one["metadata"]["name"]: list(one["data"]) for one in world.items(CONFIGMAPS)}
    assert found == {"kube-root-ca.crt": ["ca.crt"], "openshift-service-ca.crt": ["service-ca.crt"]}
    world.client.delete(CONFIGMAPS, "kube-root-ca.crt", "lab")
    world.change(CONFIGMAPS, "openshift-service-ca.crt", {"data": {"service-ca.crt": "forged"}})
    world.settle()
    again = {one["metadata"]["name"]: one["data"] for one in world.items(CONFIGMAPS)}
    assert again["kube-root-ca.crt"]["ca.crt"].startswith("-----BEGIN CERTIFICATE-----")
    assert again["openshift-service-ca.crt"]["service-ca.crt"] != "forged"
    world.assert_settled()


def labels(world: Any, name: str = "lab") -> dict[str, str]:
    found: dict[str, str] = world.client.get(NAMESPACES, name)["metadata"].get("labels") or {}
    return {key.removeprefix("pod-security.kubernetes.io/"): value for key, value in found.items()}


RESTRICTED = {"audit": "restricted", "audit-version": "latest", "warn": "restricted", "warn-version": "latest"}


def test_a_project_is_labelled(world: Any) -> None:
    assert labels(world) == {"kubernetes.io/metadata.name": "lab", **RESTRICTED}
    notes = world.client.get(NAMESPACES, "lab")["metadata"]["annotations"]
    assert notes["security.openshift.io/MinimallySufficientPodSecurityStandard"] == "restricted"


def test_the_name_label_cannot_be_taken_away(world: Any) -> None:
    world.change(NAMESPACES, "lab", {"metadata": {"labels": {"kubernetes.io/metadata.name": None}}}, None)
    assert labels(world)["kubernetes.io/metadata.name"] == "lab"


def test_a_privileged_account_makes_a_privileged_project(world: Any) -> None:
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": "lab"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:openshift:scc:privileged"}
    binding = {"metadata": {"name": "scc", "namespace": "lab"}, "roleRef": role, "subjects": [subject]}
    world.create(ROLEBINDINGS, binding)
    world.settle()
    assert labels(world)["audit"] == labels(world)["warn"] == "privileged"
    world.assert_settled()


def test_what_a_person_has_set_stays(world: Any) -> None:
    meta = {"name": "mine", "labels": {"pod-security.kubernetes.io/warn": "privileged"}}
    world.create(NAMESPACES, {"metadata": meta})
    world.settle()
    assert labels(world, "mine")["warn"] == "privileged"
    assert labels(world, "mine")["audit"] == "restricted"


@pytest.mark.parametrize(("name", "wish", "labelled"), [
    ("openshift-image-registry", "true", False), ("openshift-mine", "", False), ("openshift-storage", "true", True),
    ("kube-system", "", False), ("other", "false", False), ("other", "", True),
])  # fmt: skip
def test_which_namespaces_are_labelled(world: Any, name: str, wish: str, labelled: bool) -> None:
    wishes = {"security.openshift.io/scc.podSecurityLabelSync": wish} if wish else {}
    world.create(NAMESPACES, {"metadata": {"name": name, "labels": wishes}})
    world.settle()
    assert ("audit" in labels(world, name)) == labelled
