"""The objects that the operator of 4.20 makes, against those of the real one, to the last digit of their digests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.api.gvrs import CONFIGMAPS, DEPLOYMENTS, NODES, SECRETS
from simulator.controllers.image_registry.checksum import checksum, dependencies_checksum
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.resources import generated_objects
from simulator.controllers.image_registry.resources.deployment import Deployment, rolling_update
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.storage import driver_for
from simulator.controllers.image_registry.work import Work
from simulator.release import Release

NS = "openshift-image-registry"
GOLDEN = Path(__file__).parent / "golden"
CHECKSUM = "imageregistry.operator.openshift.io/checksum"
SPEC_HASH = "operator.openshift.io/spec-hash"
BUCKET = "cluster-abcde-xyz12-image-registry-us-east-2-abcdefghijklmnopq"
STORAGES = {
    "s3": {"s3": {"bucket": BUCKET, "region": "us-east-2", "encrypt": True}},
    "pvc": {"pvc": {"claim": "ocs4registry"}},
    "emptydir": {"emptyDir": {}},
}
SPECS: dict[str, dict[str, Any]] = {
    "emptydir.nozone": {"replicas": 1},
    "pvc.recreate": {"replicas": 1, "rolloutStrategy": "Recreate"},
    "pvc.replicas1": {"replicas": 1},
    "pvc.replicas2": {"replicas": 2},
    "s3.replicas2": {"replicas": 2},
}


def deployment(work: Work) -> Deployment:
    return Deployment(work, driver_for(work, work.config.spec["storage"]))


def pod(work: Work) -> dict[str, Any]:
    spec: dict[str, Any] = deployment(work).wanted()["spec"]["template"]["spec"]
    return spec


def variables(work: Work) -> dict[str, str]:
    return {variable["name"]: variable.get("value") for variable in pod(work)["containers"][0]["env"]}


def add_zone(cluster: Any) -> None:
    cluster.create(NODES, {"metadata": {"name": "w1", "labels": {"topology.kubernetes.io/zone": "us-east-2a"}}})


def digests(document: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """The digests in its annotations, and the document without them."""
    annotations = dict(document["metadata"].get("annotations") or {})
    found = {key: annotations.pop(key) for key in (CHECKSUM, SPEC_HASH) if key in annotations}
    metadata = {key: value for key, value in document["metadata"].items() if key != "annotations"}
    body = {key: value for key, value in document.items() if key not in ("apiVersion", "kind")}
    return found, {**body, "metadata": {**metadata, **({"annotations": annotations} if annotations else {})}}


def test_golden_deployments_are_all_here() -> None:
    files = {path.name.removesuffix(".yaml") for path in (GOLDEN / "4.20").glob("deployment.*")}
    assert files == {f"deployment.{name}" for name in SPECS}


@pytest.mark.parametrize("name", SPECS)
def test_deployment_is_that_of_the_real_operator(name: str, modern: Any, golden: Callable[[str], Any]) -> None:
    modern.client.delete(CONFIGMAPS, "trusted-ca", NS)
    if not name.endswith("nozone"):
        add_zone(modern)
    generated = deployment(modern.work({"storage": STORAGES[name.partition(".")[0]], **SPECS[name]}))
    found, document = digests(golden(f"4.20/deployment.{name}"))
    wanted = generated.wanted()
    assert wanted == document
    assert generated.checksum(wanted) == found[CHECKSUM]
    assert generated.spec_hash(wanted["spec"]) == found[SPEC_HASH]


@pytest.mark.parametrize("storage", ["s3", "pvc"])
def test_other_objects_are_those_of_the_real_operator(storage: str, modern: Any, golden: Callable[[str], Any]) -> None:
    modern.client.delete(SECRETS, "pull-secret", "openshift-config")
    work = modern.work({"storage": STORAGES[storage], "defaultRoute": True, "replicas": 2})
    objects: dict[tuple[str, str], Generated] = {(one.kind, one.name): one for one in generated_objects(work)}
    documents = golden(f"4.20/objects.{storage}")
    assert len(documents) == len(objects) - 1 == 8, "all but the Deployment"
    for document in documents:
        generated = objects[document["kind"], document["metadata"]["name"]]
        found, expected = digests(document)
        if "roleRef" in expected:  # written out, but empty
            assert expected["roleRef"].pop("apiGroup") == ""
        assert generated.wanted() == expected
        assert found.get(CHECKSUM) in (None, generated.checksum(generated.wanted()))


def test_the_objects_are_applied_in_the_operators_order(modern: Any) -> None:
    work = modern.work({"storage": STORAGES["s3"], "defaultRoute": True})
    assert [f"{one.kind} {one.name}" for one in generated_objects(work)] == [
        "ClusterRole system:registry",
        "ClusterRoleBinding registry-registry-role",
        "ServiceAccount registry",
        "Secret installation-pull-secrets",
        "Secret image-registry-private-configuration",
        "Service image-registry",
        "Deployment image-registry",
        "PodDisruptionBudget image-registry",
        "Route default-route",
    ]


# -- what rolls the pods

DEPENDENCIES = {
    "configmap image-registry-certificates": {
        f"image-registry.{NS}.svc{domain}..5000": "CERT\n" for domain in ("", ".cluster.local")
    },
    "configmap trusted-ca": {"ca-bundle.crt": "BUNDLE <&>\n"},
    "secret image-registry-tls": {"tls.crt": "Q1JU", "tls.key": "S0VZ"},
    "secret image-registry-private-configuration": {
        "REGISTRY_STORAGE_S3_ACCESSKEY": "QUtJQUVYQU1QTEU=",
        "REGISTRY_STORAGE_S3_SECRETKEY": "c2VjcmV0RXhhbXBsZQ==",
    },
}
TYPES = {"secret image-registry-tls": "kubernetes.io/tls", "secret image-registry-private-configuration": "Opaque"}


@pytest.mark.parametrize(("minor", "file"), [("4.2", "4.2"), ("4.20", "4.2"), ("4.22", "4.22")])
def test_digests_of_dependencies(minor: str, file: str, modern: Any, golden: Callable[[str], Any]) -> None:
    release, vectors = Release(minor), golden(f"{file}/dependencies")
    configmaps, secrets = ["image-registry-certificates", "trusted-ca"], ["image-registry-tls"]
    with_s3 = [*secrets, "image-registry-private-configuration", "installation-pull-secrets"]
    modern.client.delete(CONFIGMAPS, "trusted-ca", NS)
    checked = {"dependencies none present": dependencies_checksum(modern.client, configmaps, with_s3, release)}
    for called, data in DEPENDENCIES.items():
        kind, name = called.split(" ")
        obj = {"data": data, **({"type": TYPES[called]} if called in TYPES else {})}
        checked[called] = checksum({"configmap": "ConfigMap", "secret": "Secret"}[kind], obj, release)
        resource = CONFIGMAPS if kind == "configmap" else SECRETS
        modern.create(resource, {"metadata": {"name": name, "namespace": NS, "labels": {"a": "b"}}, **obj})
    checked["dependencies pvc"] = dependencies_checksum(modern.client, configmaps, secrets, release)
    checked["dependencies s3"] = dependencies_checksum(modern.client, configmaps, with_s3, release)
    assert checked == {called: vector["digest"] for called, vector in vectors.items()}


@pytest.mark.parametrize("name", ["installation-pull-secrets", "image-registry-private-configuration"])
def test_new_secrets_roll_the_pods(name: str, modern_running: Any) -> None:
    generation = modern_running.deployment["metadata"]["generation"]
    modern_running.client.patch(SECRETS, name, {"data": {"x": "eA=="}}, NS)
    modern_running.settle()
    assert modern_running.deployment["metadata"]["generation"] == generation + 1


# -- what the Config says

EMPTY = {"storage": {"emptyDir": {}}}


@pytest.mark.parametrize(
    ("spec", "level"),
    [
        ({"logging": 0}, "info"),
        ({"logging": 1}, "warn"),
        ({"logging": 3}, "info"),
        ({"logging": 4}, "debug"),
        ({"logLevel": "Normal", "logging": 1}, "warn"),
        ({"logLevel": "Debug"}, "debug"),
        ({"logLevel": "Trace"}, "debug"),
        ({"logLevel": "TraceAll", "logging": 1}, "debug"),
    ],
)
def test_log_level(spec: dict[str, Any], level: str, modern: Any) -> None:
    assert variables(modern.work({**EMPTY, "logging": 0, **spec}))["REGISTRY_LOG_LEVEL"] == level


@pytest.mark.parametrize(
    ("replicas", "unavailable", "surge"), [(0, -1, "25%"), (1, 0, "25%"), (2, 1, 1), (3, 2, "25%"), (6, 5, "25%")]
)
def test_how_many_may_be_missing_while_pods_roll(replicas: int, unavailable: int, surge: int | str) -> None:
    assert rolling_update(replicas) == {"maxUnavailable": unavailable, "maxSurge": surge}


def test_no_replicas_and_a_rolling_update_are_refused_by_the_api(modern_running: Any) -> None:
    modern_running.edit(replicas=0)
    modern_running.clock.advance(1)
    assert modern_running.condition("Progressing") == (
        "True",
        "Error",
        "Unable to apply resources: unable to apply objects: failed to update object *v1.Deployment, "
        f'Namespace={NS}, Name=image-registry: Deployment.apps "image-registry" is invalid: '
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: -1: must be greater than or equal to 0",
    )
    assert modern_running.deployment["spec"]["replicas"] == 2
    modern_running.edit(rolloutStrategy="Recreate")
    modern_running.settle()
    assert modern_running.deployment["spec"]["replicas"] == 0


def test_the_users_affinity_and_spread_take_the_place_of_the_operators(modern: Any) -> None:
    term = {"matchExpressions": [{"key": "infra", "operator": "Exists"}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    constraint = {"maxSkew": 3, "topologyKey": "rack", "whenUnsatisfiable": "ScheduleAnyway"}
    own = pod(modern.work({**EMPTY, "replicas": 2}))
    assert list(own["affinity"]) == ["podAntiAffinity"]
    assert [one["topologyKey"] for one in own["topologySpreadConstraints"]] == [
        "kubernetes.io/hostname",
        "node-role.kubernetes.io/worker",
    ]
    spec = {"affinity": {"nodeAffinity": required}, "topologySpreadConstraints": [constraint], "replicas": 2}
    users = pod(modern.work({**EMPTY, **spec}))
    assert users["affinity"] == {"nodeAffinity": required}
    assert users["topologySpreadConstraints"] == [constraint]


def test_a_node_selector_takes_the_place_of_the_spread(modern: Any) -> None:
    selected = pod(modern.work({**EMPTY, "nodeSelector": {"infra": ""}}))
    assert "topologySpreadConstraints" not in selected
    assert selected["nodeSelector"] == {"infra": "", "kubernetes.io/os": "linux"}
    assert pod(modern.work({**EMPTY, "nodeSelector": {"kubernetes.io/os": "windows"}}))["nodeSelector"] == {
        "kubernetes.io/os": "windows"
    }


def test_overrides_reach_deployment_and_pod(modern: Any) -> None:
    overrides = {"deployment": {"annotations": {"a": "b"}, "runtimeClassName": "kata"}}
    wanted = deployment(modern.work({**EMPTY, "unsupportedConfigOverrides": overrides})).wanted()
    assert wanted["metadata"]["annotations"]["a"] == "b"
    assert wanted["spec"]["template"]["metadata"]["annotations"]["a"] == "b"
    assert wanted["spec"]["template"]["spec"]["runtimeClassName"] == "kata"


def test_the_s3_driver_tells_the_registry_of_another_store(modern: Any) -> None:
    own = {"regionEndpoint": "https://s3.example.com", "virtualHostedStyle": True, "chunkSizeMiB": 5, "keyID": "k"}
    work = modern.work({"storage": {"s3": {**STORAGES["s3"]["s3"], **own}}})
    shown = {name.removeprefix("REGISTRY_STORAGE_S3_"): value for name, value in variables(work).items()}
    assert list(shown)[:4] == ["REGIONENDPOINT", "KEYID", "CHUNKSIZE", "REGISTRY_STORAGE"]
    assert shown["REGIONENDPOINT"] == "https://s3.example.com"
    assert shown["CHUNKSIZE"] == "5242880"
    assert shown["FORCEPATHSTYLE"] == "false"


def test_cloud_front_is_one_variable(modern: Any) -> None:
    front = {"baseURL": "https://cf", "privateKey": {"name": "cf", "key": "pem"}, "keypairID": "K"}
    work = modern.work({"storage": {"s3": {**STORAGES["s3"]["s3"], "cloudFront": front}}})
    (middleware,) = json.loads(variables(work)["REGISTRY_MIDDLEWARE_STORAGE"])
    assert middleware["options"]["duration"] == "1200s"
    assert pod(work)["volumes"][1]["secret"]["items"] == [{"key": "pem", "path": "private.pem"}]


def test_without_a_storage_there_is_no_deployment(modern: Any) -> None:
    with pytest.raises(OperatorError, match=r"^no storage driver present$"):
        Deployment(modern.work({}), None).wanted()


def test_each_release_wants_what_it_knows(modern: Any, new_cluster: Callable[..., Any]) -> None:
    """Nothing asks for a version but the data and the named changes, so that those in between come out as well."""
    between = new_cluster(release=Release("4.8.0", "v1.21.1", ()))
    wanted = deployment(between.work({**EMPTY, "replicas": 2})).wanted()["spec"]
    assert wanted["progressDeadlineSeconds"] == 60
    assert "topologySpreadConstraints" not in wanted["template"]["spec"]
    assert "required" in next(iter(wanted["template"]["spec"]["affinity"]["podAntiAffinity"]))
    between.start()
    assert between.condition("Available")[1] == "Ready"
    assert between.client.get_or_none(DEPLOYMENTS, "image-registry", NS) is not None
