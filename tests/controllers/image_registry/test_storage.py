"""One storage pass at a time: selection, claims, buckets."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.api.gvrs import BUCKETS, CONFIGMAPS, FAULTS, INFRASTRUCTURES, PERSISTENTVOLUMECLAIMS, SECRETS
from simulator.controllers.image_registry.errors import StorageNotConfigured
from simulator.controllers.image_registry.storage import driver_for, sync_storage
from simulator.controllers.image_registry.storage.s3names import storage_name
from simulator.errors import Forbidden
from simulator.runtime.names import Names
from tests.controllers.image_registry.passes import BUCKET_CASES, CLAIMS, S3_STATUS, condition, masked, run

GOLDEN = Path(__file__).parent / "golden"
NS = "openshift-image-registry"


# -- selection


@pytest.mark.parametrize(
    ("storage", "names"),
    [
        ({"s3": {}, "pvc": {}}, "2: [S3 PVC]"),
        ({"pvc": {}, "emptyDir": {}}, "2: [EmptyDir PVC]"),
        (
            {key: {} for key in ("azure", "pvc", "gcs", "swift", "s3", "emptyDir")},
            "6: [EmptyDir S3 Swift GCS PVC Azure]",
        ),
    ],
)
def test_more_than_one_storage_is_refused(storage: dict[str, Any], names: str, cluster: Any) -> None:
    text = f"exactly one storage type should be configured at the same time, got {names}"
    assert run(cluster.work({"storage": storage})) == text


@pytest.mark.parametrize(
    ("platform", "offered"), [("AWS", "s3"), ("BareMetal", "emptyDir"), ("Libvirt", "emptyDir"), ("GCP", "gcs")]
)
def test_an_empty_storage_is_the_platforms(platform: str, offered: str, new_cluster: Callable[..., Any]) -> None:
    work = new_cluster(platform).work({})
    driver_for(work, work.config.spec["storage"])
    assert list(work.config.spec["storage"]) == [offered]


@pytest.mark.parametrize("platform", ["None", "VSphere", "oVirt"])
def test_a_platform_may_offer_nothing(platform: str, new_cluster: Callable[..., Any]) -> None:
    with pytest.raises(StorageNotConfigured, match=r"^storage backend not configured$"):
        sync_storage(new_cluster(platform).work({}))


def test_a_platform_must_be_known(cluster: Any) -> None:
    cluster.client.delete(INFRASTRUCTURES, "cluster")
    assert run(cluster.work({})) == (
        "unable to get storage configuration from cluster install config: "
        'infrastructure.config.openshift.io "cluster" not found'
    )


def test_a_cluster_upgraded_from_4_1_knows_its_region_from_the_installer(cluster: Any) -> None:
    infrastructure = cluster.client.get(INFRASTRUCTURES, "cluster")
    status = {"infrastructureName": "old", "platform": "AWS"}
    cluster.client.update_status(INFRASTRUCTURES, {**infrastructure, "status": status})
    assert run(cluster.work({})) == (
        'unable to get storage configuration from cluster install config: configmap "cluster-config-v1" not found'
    )
    install = {"install-config": "platform:\n  aws:\n    region: eu-west-1\n"}
    metadata = {"name": "cluster-config-v1", "namespace": "kube-system"}
    cluster.create(CONFIGMAPS, {"metadata": metadata, "data": install})
    work = cluster.work({})
    assert run(work) is None
    assert work.config.spec["storage"]["s3"]["region"] == "eu-west-1"


@pytest.mark.parametrize(
    ("storage", "key"),
    [("gcs", "service_account.json"), ("swift", "clouds.yaml"), ("azure", "azure_subscription_id")],
)
def test_another_cloud_lacks_its_credentials(storage: str, key: str, cluster: Any) -> None:
    text = f'secret "{NS}/installer-cloud-credentials" does not contain required key "{key}"'
    assert run(cluster.work({"storage": {storage: {}}})) == text


def test_a_status_with_two_storages_is_repaired(cluster: Any) -> None:
    cluster.create_claim("ocs4registry")
    pvc = {"pvc": {"claim": "ocs4registry"}}
    work = cluster.work({"storage": pvc}, {"storage": {**S3_STATUS["storage"], **pvc}})
    assert run(work) is None
    assert work.config.status["storage"] == pvc


# -- claims


@pytest.mark.parametrize(
    "case", yaml.safe_load((GOLDEN / "4.2" / "pvc.yaml").read_text()), ids=lambda case: case["case"]
)
def test_claims_are_taken_as_by_the_real_operator(case: dict[str, Any], cluster: Any) -> None:
    CLAIMS[case["case"]](cluster)
    work = cluster.work({"storage": {"pvc": {"claim": case["claim"]}}}, S3_STATUS)
    assert run(work) == case["error"]
    assert condition(work) == case["StorageExists"]
    assert work.config.spec["storage"] == {"pvc": {"claim": case.get("specClaimAfter", case["claim"])}}
    if case["error"] is not None:
        assert work.config.status["storageManaged"] is True
        assert work.config.status["storage"]["s3"]["bucket"] == "old"
    else:
        assert work.config.status["storageManaged"] is case["storageManaged"]
        assert work.config.status["storage"] == case["statusStorage"]
    if created := case.get("createdPVC"):
        claim = cluster.client.get(PERSISTENTVOLUMECLAIMS, created["name"], NS)
        assert claim["metadata"]["annotations"] == created["annotations"]
        assert claim["spec"]["accessModes"] == created["accessModes"]
        assert claim["spec"]["resources"]["requests"]["storage"] == created["storage"]


def test_only_the_access_modes_of_a_claim_count(cluster: Any) -> None:
    claim = cluster.create_claim("ocs4registry", "ReadWriteOnce", "ReadWriteMany", storageClassName="nope")
    cluster.client.update_status(PERSISTENTVOLUMECLAIMS, {**claim, "status": {"phase": "Lost"}})
    assert run(cluster.work({"storage": {"pvc": {"claim": "ocs4registry"}}})) is None


def test_a_claim_that_cannot_be_made_is_not_tried_again(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_more: Any) -> None:
        raise Forbidden('persistentvolumeclaims "image-registry-storage" is forbidden: exceeded quota')

    work = cluster.work({"storage": {"pvc": {}}})
    monkeypatch.setattr(work.client, "create", refuse)
    text = 'persistentvolumeclaims "image-registry-storage" is forbidden: exceeded quota'
    assert run(work) == text
    assert condition(work) == {"status": "False", "reason": "Creation Failed", "message": text}
    again = cluster.work({"storage": work.config.spec["storage"]})
    assert run(again) == 'persistentvolumeclaims "image-registry-storage" not found'


def test_emptydir_is_there_at_once(cluster: Any) -> None:
    work = cluster.work({"storage": {"emptyDir": {}}}, S3_STATUS)
    assert run(work) is None
    assert condition(work)["message"] == "EmptyDir storage successfully created"
    assert work.config.status["storage"] == {"emptyDir": {}}


# -- buckets


@pytest.mark.parametrize(
    "case", yaml.safe_load((GOLDEN / "4.2" / "s3.yaml").read_text()), ids=lambda case: case["case"]
)
def test_buckets_are_taken_as_by_the_real_operator(case: dict[str, Any], cluster: Any) -> None:
    settings, setup = BUCKET_CASES[case["case"]]
    setup(cluster)
    work = cluster.work({"storage": {"s3": settings}})
    assert masked(run(work)) == case["error"]
    shown = [{"type": one["type"], **condition(work, one["type"])} for one in work.config.conditions]
    for one in shown:
        if "message" in one:
            one["message"] = masked(one["message"]) or ""
    assert shown == case["conditions"]


def test_a_new_bucket_is_named_tagged_encrypted_and_managed(cluster: Any) -> None:
    work = cluster.work({"storage": {"s3": {}}})
    assert run(work) is None
    settings = work.config.spec["storage"]["s3"]
    assert re.fullmatch(r"cluster-abcde-xyz12-image-registry-us-east-2-[a-y]{17}", settings["bucket"])
    assert (settings["region"], settings["encrypt"]) == ("us-east-2", True)
    assert work.config.status["storage"] == work.config.spec["storage"]
    assert work.config.status["storageManaged"] is True
    bucket = cluster.client.get(BUCKETS, settings["bucket"])
    assert bucket["status"]["tags"] == {
        "kubernetes.io/cluster/cluster-abcde-xyz12": "owned",
        "Name": "cluster-abcde-xyz12-image-registry",
    }
    assert bucket["status"]["encryption"] == {"algorithm": "AES256"}


def test_a_key_of_the_users_encrypts_with_it(cluster: Any) -> None:
    work = cluster.work({"storage": {"s3": {"keyID": "arn:key"}}})
    assert run(work) is None
    assert condition(work, "StorageEncrypted")["message"].startswith("Default aws:kms encryption")


def test_a_users_bucket_is_not_managed_and_gets_its_region(cluster: Any) -> None:
    cluster.create_bucket("mybucket")
    work = cluster.work({"storage": {"s3": {"bucket": "mybucket"}}})
    assert run(work) is None
    assert work.config.status["storageManaged"] is False
    assert work.config.spec["storage"]["s3"]["region"] == "us-east-2"
    assert work.config.status["storage"] == work.config.spec["storage"]


@pytest.mark.parametrize("effect", ["SlowDown", "ServiceUnavailable"])
def test_a_failing_cloud_is_an_unknown_error(effect: str, cluster: Any) -> None:
    cluster.create_bucket("mybucket")
    cluster.create(FAULTS, {"metadata": {"name": "f"}, "spec": {"target": "s3", "effect": effect}})
    storage = {"s3": {"bucket": "mybucket", "region": "us-east-2"}}
    work = cluster.work({"storage": storage}, {"storage": storage})
    text = run(work)
    assert text is not None
    assert text.startswith(f"{effect}: ")
    assert condition(work) == {"status": "Unknown", "reason": "Unknown Error Occurred", "message": text}


MINTED_MISSING = (
    f'unable to get cluster minted credentials "{NS}/installer-cloud-credentials": '
    'secret "installer-cloud-credentials" not found'
)


def test_missing_credentials_stop_the_check_of_a_known_bucket(cluster: Any) -> None:
    cluster.client.delete(SECRETS, "installer-cloud-credentials", NS)
    storage = {"s3": {"bucket": "mybucket", "region": "us-east-2"}}
    work = cluster.work({"storage": storage}, {"storage": storage})
    assert run(work) == MINTED_MISSING
    assert condition(work) == {"status": "Unknown", "reason": "Unknown Error Occurred", "message": MINTED_MISSING}


def test_the_administrators_credentials_win_and_must_be_whole(cluster: Any) -> None:
    name = "image-registry-private-configuration-user"
    data = {"REGISTRY_STORAGE_S3_ACCESSKEY": "QUtJQTE="}
    secret = cluster.create(SECRETS, {"metadata": {"name": name, "namespace": NS}, "data": data})
    text = f'secret "{NS}/{name}" does not contain required key "REGISTRY_STORAGE_S3_SECRETKEY"'
    assert run(cluster.work({"storage": {"s3": {}}})) == text
    cluster.client.update(SECRETS, {**secret, "data": {**data, "REGISTRY_STORAGE_S3_SECRETKEY": "Qg=="}})
    work = cluster.work({"storage": {"s3": {}}})
    assert run(work) is None
    bucket = cluster.client.get(BUCKETS, work.config.spec["storage"]["s3"]["bucket"])
    assert bucket["spec"]["credentials"] == [{"accessKeyID": "AKIA1", "secretAccessKey": "B"}]


def test_bucket_names_are_62_characters() -> None:
    for infrastructure in ("a", "cluster-abcde", "x" * 40, "x" * 34 + "-", "double--dash"):
        name = storage_name(Names(1), infrastructure, "us-east-2")
        assert len(name) == 62
        assert "--" not in name
        assert not name.endswith("-")
