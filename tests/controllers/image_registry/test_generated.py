"""The objects that the operator makes, against those of the real one: a checksum is equal only if every byte is."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator.api.gvrs import CONFIGMAPS, IMAGECONFIGS, PROXIES, ROUTES, SECRETS, SERVICES
from simulator.controllers.image_registry.checksum import checksum, dependencies_checksum
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.resources import generated_objects
from simulator.controllers.image_registry.resources.deployment import Deployment
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.storage import driver_for
from simulator.controllers.image_registry.work import Work

NS = "openshift-image-registry"
CHECKSUM = "imageregistry.operator.openshift.io/checksum"
BUCKET = "cluster-abcde-xyz12-image-registry-us-east-2-abcdefghijklmnopq"
STORAGES = {
    "s3": {"s3": {"bucket": BUCKET, "region": "us-east-2", "encrypt": True}},
    "pvc": {"pvc": {"claim": "ocs4registry"}},
    "emptydir": {"emptyDir": {}},
}


def wanted_deployment(work: Work) -> dict[str, Any]:
    return Deployment(work, driver_for(work, work.config.spec["storage"])).wanted()


def variables(work: Work) -> dict[str, str]:
    container = wanted_deployment(work)["spec"]["template"]["spec"]["containers"][0]
    return {variable["name"]: variable.get("value") for variable in container["env"]}


def without_checksum(document: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    annotations = dict(document["metadata"].get("annotations") or {})
    sum_of_golden = annotations.pop(CHECKSUM, None)
    metadata = {key: value for key, value in document["metadata"].items() if key != "annotations"}
    body = {key: value for key, value in document.items() if key not in ("apiVersion", "kind")}
    return sum_of_golden, {**body, "metadata": {**metadata, **({"annotations": annotations} if annotations else {})}}


@pytest.mark.parametrize("storage", sorted(STORAGES))
def test_deployment_is_that_of_the_real_operator(storage: str, cluster: Any, golden: Callable[[str], Any]) -> None:
    cluster.client.delete(CONFIGMAPS, "trusted-ca", NS)
    wanted = wanted_deployment(cluster.work({"storage": STORAGES[storage]}))
    sum_of_golden, document = without_checksum(golden(f"4.2/deployment.{storage}"))
    assert wanted == document
    assert checksum("Deployment", wanted) == sum_of_golden


@pytest.mark.parametrize("storage", ["s3", "pvc"])
def test_other_objects_are_those_of_the_real_operator(storage: str, cluster: Any, golden: Callable[[str], Any]) -> None:
    work = cluster.work({"storage": STORAGES[storage], "defaultRoute": True})
    objects: dict[tuple[str, str], Generated] = {(one.kind, one.name): one for one in generated_objects(work)}
    documents = golden(f"4.2/objects.{storage}")
    assert len(documents) == 7
    for document in documents:
        generated = objects[document["kind"], document["metadata"]["name"]]
        sum_of_golden, expected = without_checksum(document)
        assert generated.wanted() == expected
        assert sum_of_golden in (None, generated.checksum(generated.wanted()))


def test_what_rolls_the_pods(cluster: Any, golden: Callable[[str], Any]) -> None:
    vectors = golden("4.2/dependencies")
    configmaps, secrets = ("image-registry-certificates", "trusted-ca"), ("image-registry-tls",)
    with_s3 = (*secrets, "image-registry-private-configuration")
    cluster.client.delete(CONFIGMAPS, "trusted-ca", NS)
    assert dependencies_checksum(cluster.client, configmaps, with_s3) == vectors["dependencies none present"]["digest"]
    names = [f"image-registry.{NS}.svc{domain}..5000" for domain in ("", ".cluster.local")]
    for name, data in (
        ("image-registry-certificates", dict.fromkeys(names, "CERT\n")),
        ("trusted-ca", {"ca-bundle.crt": "BUNDLE <&>\n"}),
    ):
        cluster.create(CONFIGMAPS, {"metadata": {"name": name, "namespace": NS, "labels": {"a": "b"}}, "data": data})
    for name, kind, data in (
        ("image-registry-tls", "kubernetes.io/tls", {"tls.crt": "Q1JU", "tls.key": "S0VZ"}),
        (
            "image-registry-private-configuration",
            "Opaque",
            {
                "REGISTRY_STORAGE_S3_ACCESSKEY": "QUtJQUVYQU1QTEU=",
                "REGISTRY_STORAGE_S3_SECRETKEY": "c2VjcmV0RXhhbXBsZQ==",
            },
        ),
    ):
        cluster.create(SECRETS, {"metadata": {"name": name, "namespace": NS}, "type": kind, "data": data})
    assert dependencies_checksum(cluster.client, configmaps, secrets) == vectors["dependencies pvc"]["digest"]
    assert dependencies_checksum(cluster.client, configmaps, with_s3) == vectors["dependencies s3"]["digest"]


@pytest.mark.parametrize(
    ("logging", "level"), [(0, "error"), (1, "warn"), (2, "info"), (3, "info"), (4, "debug"), (9, "debug")]
)
def test_log_level(logging: int, level: str, cluster: Any) -> None:
    assert variables(cluster.work({"storage": {"emptyDir": {}}, "logging": logging}))["REGISTRY_LOG_LEVEL"] == level


def test_read_only_redirect_and_requests_are_variables(cluster: Any) -> None:
    requests = {"read": {"maxRunning": 3}, "write": {"maxInQueue": 2, "maxWaitInQueue": "90s"}}
    spec = {"storage": {"emptyDir": {}}, "readOnly": True, "disableRedirect": True, "requests": requests}
    shown = variables(cluster.work(spec))
    assert shown["REGISTRY_STORAGE_MAINTENANCE_READONLY"] == "{enabled: true}"
    assert shown["REGISTRY_STORAGE_REDIRECT_DISABLE"] == "true"
    prefix = "REGISTRY_OPENSHIFT_REQUESTS"
    assert {key: value for key, value in shown.items() if key.startswith(prefix)} == {
        f"{prefix}_READ_MAXRUNNING": "3",
        f"{prefix}_READ_MAXINQUEUE": "0",
        f"{prefix}_READ_MAXWAITINQUEUE": "0s",
        f"{prefix}_WRITE_MAXRUNNING": "0",
        f"{prefix}_WRITE_MAXINQUEUE": "2",
        f"{prefix}_WRITE_MAXWAITINQUEUE": "1m30s",
    }


@pytest.mark.parametrize(
    ("requests", "text"),
    [
        ({"read": {"maxRunning": -1}}, "Requests.Read.MaxRunning must be positive number"),
        ({"write": {"maxRunning": 1, "maxInQueue": -1}}, "Requests.Write.MaxInQueue must be positive number"),
    ],
)
def test_negative_requests_are_refused(requests: dict[str, Any], text: str, cluster: Any) -> None:
    with pytest.raises(OperatorError, match=f"^{text}$"):
        wanted_deployment(cluster.work({"storage": {"emptyDir": {}}, "requests": requests}))


def test_each_proxy_variable_is_the_configs_or_else_the_clusters(cluster: Any) -> None:
    status = {"httpProxy": "http://cluster", "noProxy": ".cluster"}
    cluster.create_with_status(PROXIES, {"metadata": {"name": "cluster"}, "spec": {}}, status)
    shown = variables(cluster.work({"storage": {"emptyDir": {}}, "proxy": {"http": "http://own"}}))
    assert shown["HTTP_PROXY"] == "http://own"
    assert shown["NO_PROXY"] == ".cluster"
    assert "HTTPS_PROXY" not in shown


def test_the_users_resources_tolerations_and_node_selector_reach_the_pod(cluster: Any) -> None:
    spec = {
        "storage": {"emptyDir": {}},
        "resources": {"limits": {"memory": "1Gi"}},
        "tolerations": [{"key": "infra", "operator": "Exists"}],
        "nodeSelector": {"node-role.kubernetes.io/infra": ""},
    }
    pod = wanted_deployment(cluster.work(spec))["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"] == {"limits": {"memory": "1Gi"}}
    assert pod["tolerations"] == spec["tolerations"]
    assert pod["nodeSelector"] == spec["nodeSelector"]


def test_cloud_front_brings_its_variables_and_the_key_as_a_volume(cluster: Any) -> None:
    key = {"name": "cf", "key": "pem"}
    front = {"baseURL": "https://cf", "privateKey": key, "keypairID": "K", "duration": "3600s"}
    work = cluster.work({"storage": {"s3": {**STORAGES["s3"]["s3"], "cloudFront": front}}})
    assert variables(work)["REGISTRY_MIDDLEWARE_STORAGE_CLOUDFRONT_DURATION"] == "1h0m0s"
    volume = wanted_deployment(work)["spec"]["template"]["spec"]["volumes"][0]
    assert volume["secret"] == {"secretName": "cf", "items": [{"key": "pem", "path": "private.pem"}], "optional": False}


def test_routes_come_with_their_certificates_and_go_when_nobody_asks(running: Any) -> None:
    tls = {"tls.crt": "Q1JU", "tls.key": "S0VZ", "tls.cacrt": "Q0E="}
    running.create(SECRETS, {"metadata": {"name": "public", "namespace": NS}, "data": tls})
    running.edit(defaultRoute=True, routes=[{"name": "public", "hostname": "reg.example.com", "secretName": "public"}])
    running.settle()
    public = running.client.get(ROUTES, "public", NS)
    assert public["spec"]["host"] == "reg.example.com"
    assert public["spec"]["tls"] == {
        "termination": "reencrypt",
        "certificate": "CRT",
        "key": "KEY",
        "caCertificate": "CA",
    }
    related = running.cluster_operator["status"]["relatedObjects"]
    assert [one["name"] for one in related if one["resource"] == "routes"] == ["default-route", "public"]
    running.edit(defaultRoute=False)
    running.settle()
    assert [route["metadata"]["name"] for route in running.client.list(ROUTES, NS)] == ["public"]


def test_a_route_without_its_secret_stops_the_pass(running: Any) -> None:
    running.edit(routes=[{"name": "public", "secretName": "nope"}])
    running.clock.advance(1)
    assert running.condition("Progressing") == (
        "True",
        "Error",
        "Unable to apply resources: unable to apply objects: failed to create object *v1.Route, "
        f'Namespace={NS}, Name=public: secret "nope" not found',
    )


def test_admitted_routes_become_the_external_host_names(running: Any) -> None:
    running.edit(defaultRoute=True, routes=[{"name": "a", "hostname": "a.example.com"}])
    running.settle()
    for name, host in (("a", "a.example.com"), ("default-route", f"default-route-{NS}.apps.example.com")):
        route = running.client.get(ROUTES, name, NS)
        running.client.update_status(ROUTES, {**route, "status": {"ingress": [{"host": host}]}})
    running.settle()
    assert running.client.get(IMAGECONFIGS, "cluster")["status"] == {
        "externalRegistryHostnames": [f"default-route-{NS}.apps.example.com", "a.example.com"],
        "internalRegistryHostname": f"image-registry.{NS}.svc:5000",
    }


def test_certificates_hold_the_service_ca_and_the_administrators(running: Any) -> None:
    serviceca = running.client.get(CONFIGMAPS, "serviceca", NS)
    running.client.update(CONFIGMAPS, {**serviceca, "data": {"service-ca.crt": "CERT"}})
    extra = {"metadata": {"name": "extra", "namespace": "openshift-config"}, "data": {"reg..5000": "X"}}
    running.create(CONFIGMAPS, extra)
    running.client.patch(IMAGECONFIGS, "cluster", {"spec": {"additionalTrustedCA": {"name": "extra"}}})
    before = running.deployment["metadata"]["generation"]
    running.settle()
    assert running.client.get(CONFIGMAPS, "image-registry-certificates", NS)["data"] == {
        f"image-registry.{NS}.svc..5000": "CERT",
        f"image-registry.{NS}.svc.cluster.local..5000": "CERT",
        "reg..5000": "X",
    }
    assert running.deployment["metadata"]["generation"] > before


def test_a_missing_additional_ca_stops_the_pass(running: Any) -> None:
    running.client.patch(IMAGECONFIGS, "cluster", {"spec": {"additionalTrustedCA": {"name": "extra"}}})
    running.clock.advance(1)
    assert running.condition("Progressing")[2] == (
        "Unable to apply resources: unable to apply objects: failed to update object *v1.ConfigMap, "
        f'Namespace={NS}, Name=image-registry-certificates: configmap "extra" not found'
    )


def test_the_service_keeps_what_is_not_the_operators(running: Any) -> None:
    service = running.client.get(SERVICES, "image-registry", NS)
    spec = {**service["spec"], "sessionAffinity": "ClientIP", "ports": [{"name": "x", "port": 80}]}
    metadata = {**service["metadata"], "annotations": {}}
    running.client.update(SERVICES, {**service, "metadata": metadata, "spec": spec})
    running.settle()
    service = running.client.get(SERVICES, "image-registry", NS)
    assert service["spec"]["sessionAffinity"] == "ClientIP"
    assert [port["port"] for port in service["spec"]["ports"]] == [5000]
