from __future__ import annotations

import base64
from typing import Any

import pytest

from simulator.api.gvrs import CONFIGMAPS, NAMESPACES, SECRETS, SERVICES
from simulator.controllers import service_ca, trusted_ca


@pytest.fixture
def world(kit: Any) -> Any:
    made = kit.World([*service_ca.CONTROLLERS, trusted_ca.CONTROLLER], nodes=0)
    made.create(NAMESPACES, {"metadata": {"name": "openshift-service-ca"}})
    return made.start()


def service(prefix: str = "alpha", name: str = "web") -> dict[str, Any]:
    annotations = {f"service.{prefix}.openshift.io/serving-cert-secret-name": "web-tls"}
    meta = {"name": name, "namespace": "lab", "annotations": annotations}
    return {"metadata": meta, "spec": {"ports": [{"port": 443}]}}


@pytest.mark.parametrize("prefix", ["alpha", "beta"])
def test_a_service_gets_its_certificate(world: Any, prefix: str) -> None:
    made = world.create(SERVICES, service(prefix))
    world.settle()
    secret = world.get(SECRETS, "web-tls")
    assert secret["type"] == "kubernetes.io/tls"
    assert base64.b64decode(secret["data"]["tls.crt"]).startswith(b"-----BEGIN CERTIFICATE-----\nMII")
    assert b"RSA PRIVATE KEY" in base64.b64decode(secret["data"]["tls.key"])
    annotations = secret["metadata"]["annotations"]
    for era in ("alpha", "beta"):
        assert annotations[f"service.{era}.openshift.io/originating-service-uid"] == made["metadata"]["uid"]
        assert annotations[f"service.{era}.openshift.io/expiry"] == "2021-10-27T09:00:00Z"
    signed = world.get(SERVICES, "web")["metadata"]["annotations"]
    signer = signed["service.alpha.openshift.io/serving-cert-signed-by"]
    assert signer == f"openshift-service-serving-signer@{int(world.clock.now()) - int(world.clock.now()) % 60}"
    world.assert_settled()


def test_a_deleted_certificate_is_made_again(world: Any) -> None:
    world.create(SERVICES, service())
    world.settle()
    before = world.get(SECRETS, "web-tls")
    world.client.delete(SECRETS, "web-tls", "lab")
    world.settle()
    after = world.get(SECRETS, "web-tls")
    assert after["metadata"]["uid"] != before["metadata"]["uid"]


def test_a_secret_of_somebody_else_is_left_alone(world: Any) -> None:
    world.create(SECRETS, {"metadata": {"name": "web-tls", "namespace": "lab"}, "data": {}})
    world.create(SERVICES, service())
    world.settle()
    annotations = world.get(SERVICES, "web")["metadata"]["annotations"]
    text = annotations["service.alpha.openshift.io/serving-cert-generation-error"]
    assert text.startswith("secret lab/web-tls does not have corresponding service UID ")
    assert annotations["service.alpha.openshift.io/serving-cert-generation-error-num"] == "10"
    world.assert_settled()


def test_a_config_map_gets_the_bundle_of_the_service_ca(world: Any) -> None:
    annotations = {"service.beta.openshift.io/inject-cabundle": "true"}
    meta = {"name": "ca", "namespace": "lab", "annotations": annotations}
    world.create(CONFIGMAPS, {"metadata": meta, "data": {"stale": "x"}})
    world.settle()
    data = world.get(CONFIGMAPS, "ca")["data"]
    assert list(data) == ["service-ca.crt"]
    assert data["service-ca.crt"].startswith("-----BEGIN CERTIFICATE-----")
    world.assert_settled()


def test_a_config_map_gets_the_trusted_bundle_and_its_changes(world: Any) -> None:
    labels = {"config.openshift.io/inject-trusted-cabundle": "true"}
    asking = {"name": "trusted", "namespace": "lab", "labels": labels}
    world.create(CONFIGMAPS, {"metadata": asking, "data": {"own": "x"}})
    world.settle()
    assert set(world.get(CONFIGMAPS, "trusted")["data"]) == {"own", "ca-bundle.crt"}
    world.create(NAMESPACES, {"metadata": {"name": "openshift-config-managed"}})
    meta = {"name": "trusted-ca-bundle", "namespace": "openshift-config-managed"}
    world.create(CONFIGMAPS, {"metadata": meta, "data": {"ca-bundle.crt": "mine"}})
    world.settle()
    assert world.get(CONFIGMAPS, "trusted")["data"] == {"own": "x", "ca-bundle.crt": "mine"}
    world.assert_settled()
