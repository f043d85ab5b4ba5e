"""Storage passes of the operator of 4.20: who owns the storage, claims for one node, buckets, other object stores."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.api.gvrs import BUCKETS, CONFIGMAPS, INFRASTRUCTURES, PERSISTENTVOLUMECLAIMS, SECRETS
from simulator.controllers.image_registry.errors import SyncFailed
from simulator.controllers.image_registry.storage import configured_driver, driver_for, known_driver
from simulator.controllers.image_registry.storage.s3names import fixed_storage_name
from simulator.controllers.image_registry.work import Work
from simulator.infra.s3 import S3, S3Error
from simulator.release import Release
from tests.controllers.image_registry.passes import BUCKET_CASES, MODERN_CLAIMS, S3_STATUS, condition, masked, run

GOLDEN = Path(__file__).parent / "golden"
NS = "openshift-image-registry"
CASES = {minor: yaml.safe_load((GOLDEN / minor / "s3.yaml").read_text()) for minor in ("4.20", "4.22")}
CLAIM_CASES = yaml.safe_load((GOLDEN / "4.20" / "pvc.yaml").read_text())
TWO = {"replicas": 2, "rolloutStrategy": "RollingUpdate"}
MINTED_MISSING = "credentials Secret missing, bucket named"
REMOVAL = "removal (status s3, managed) while spec.storage already holds pvc"
NAMES = {  # as a request is called in the golden cases
    "create_bucket": "PUT bucket",
    "head_bucket": "HEAD bucket",
    "put_public_access_block": "PUT ?publicAccessBlock",
    "put_bucket_tagging": "PUT ?tagging",
    "put_bucket_encryption": "PUT ?encryption",
    "put_bucket_lifecycle": "PUT ?lifecycle",
    "list_objects": "GET bucket (list)",
    "delete_bucket": "DELETE bucket",
}


class Recorded:
    """A store that notes what it is asked. Of the same request twice in a row only one is noted."""

    def __init__(self, store: S3) -> None:
        self.store, self.calls = store, []  # type: S3, list[str]

    def __getattr__(self, name: str) -> Any:
        if name in NAMES and self.calls[-1:] != [NAMES[name]]:
            self.calls.append(NAMES[name])
        return getattr(self.store, name)


def recorded(cluster: Any) -> Recorded:
    cluster.machines.s3 = Recorded(cluster.machines.s3)
    store: Recorded = cluster.machines.s3
    return store


def state(work: Work) -> str:
    said: str = work.config.spec["storage"].get("managementState", "")
    return said


def shown(work: Work) -> list[dict[str, str]]:
    conditions = [{"type": one["type"], **condition(work, one["type"])} for one in work.config.conditions]
    return [{**one, **({"message": masked(one["message"]) or ""} if "message" in one else {})} for one in conditions]


# -- selection


@pytest.mark.parametrize(
    ("platform", "offered"),
    [("AWS", "s3"), ("IBMCloud", "ibmcos"), ("oVirt", "pvc"), ("Libvirt", "emptyDir"), ("SomethingNew", "emptyDir")],
)
def test_an_empty_storage_is_the_platforms(platform: str, offered: str, new_modern: Callable[..., Any]) -> None:
    work = new_modern(platform).work({})
    driver_for(work, work.config.spec["storage"])
    assert list(work.config.spec["storage"]) == [offered]


def test_an_owner_without_a_storage_is_no_storage(modern: Any) -> None:
    work = modern.work({"storage": {"managementState": "Unmanaged"}})
    assert run(work) is None
    assert work.config.spec["storage"]["managementState"] == "Managed"
    assert work.config.spec["storage"]["s3"]["bucket"].startswith("cluster-abcde-xyz12-image-registry-us-east-2-")


def test_more_than_one_storage_is_refused(modern: Any) -> None:
    storage = {key: {} for key in ("azure", "pvc", "ibmcos", "gcs", "swift", "s3", "emptyDir")}
    text = "exactly one storage type should be configured at the same time, got 7: "
    assert run(modern.work({"storage": storage})) == text + "[EmptyDir S3 Swift GCS IBMCOS PVC Azure]"


def test_where_nothing_is_made_no_storage_is_no_error(new_modern: Callable[..., Any]) -> None:
    work = new_modern("None").work({})
    assert known_driver(work, work.config.spec["storage"]) is None


def test_an_emptydir_is_the_operators(modern: Any) -> None:
    work = modern.work({"storage": {"emptyDir": {}}})
    assert run(work) is None
    assert work.config.status["storage"] == {"emptyDir": {}, "managementState": "Managed"}


def test_an_older_status_says_who_owns_a_storage_that_has_not_changed(modern: Any) -> None:
    modern.create_bucket("mybucket")
    s3 = {"s3": {"bucket": "mybucket", "region": "us-east-2"}}
    work = modern.work({"storage": s3}, {"storage": s3, "storageManaged": True})
    assert run(work) is None
    assert state(work) == "Managed"
    assert work.config.status["storage"]["managementState"] == "Managed"


# -- claims


def test_golden_cases_are_all_here() -> None:
    assert {case["case"] for case in CLAIM_CASES} == set(MODERN_CLAIMS)
    assert {case["case"] for case in CASES["4.20"]} == {*BUCKET_CASES, MINTED_MISSING, REMOVAL}
    assert len(CASES["4.22"]) == 2


@pytest.mark.parametrize("case", CLAIM_CASES, ids=lambda case: case["case"])
def test_claims_are_taken_as_by_the_real_operator(case: dict[str, Any], modern: Any) -> None:
    setup, more = MODERN_CLAIMS[case["case"]]
    setup(modern)
    spec = {**TWO, **more}
    owner = {"managementState": spec.pop("managementState")} if "managementState" in spec else {}
    work = modern.work({**spec, "storage": {"pvc": {"claim": case["claim"]}, **owner}}, S3_STATUS)
    assert run(work) == case["error"]
    assert condition(work) == case["StorageExists"]
    assert work.config.spec["storage"]["pvc"]["claim"] == case.get("specClaimAfter", case["claim"])
    if case["error"] is not None:
        assert state(work) == ""
        assert work.config.status["storageManaged"] is True
    else:
        assert state(work) == case["managementState"]
        assert work.config.status["storageManaged"] is (case["managementState"] == "Managed")
        assert work.config.status["storage"] == work.config.spec["storage"]
    if created := case.get("createdPVC"):
        claim = modern.client.get(PERSISTENTVOLUMECLAIMS, created["name"], NS)
        assert claim["metadata"]["annotations"] == created["annotations"]
        assert claim["spec"]["accessModes"] == created["accessModes"]
        assert claim["spec"]["resources"]["requests"]["storage"] == created["storage"]


# -- buckets


@pytest.mark.parametrize(
    ("minor", "case"),
    [
        pytest.param(minor, case, id=f"{minor}: {case['case']}")
        for minor, cases in CASES.items()
        for case in cases
        if case["case"] in BUCKET_CASES
    ],
)
def test_buckets_are_taken_as_by_the_real_operator(
    minor: str, case: dict[str, Any], new_cluster: Callable[..., Any]
) -> None:
    cluster = new_cluster(release=Release(f"{minor}.1", "v1.33.5", ()))
    settings, setup = BUCKET_CASES[case["case"]]
    setup(cluster)
    store = recorded(cluster)
    work = cluster.work({"storage": {"s3": settings}})
    assert masked(run(work)) == case["error"]
    assert shown(work) == case["conditions"]
    assert state(work) == {"unchanged": ""}.get(case.get("managementState", ""), case.get("managementState", ""))
    if "calls" in case:
        assert store.calls == list(dict.fromkeys(case["calls"]))
    spec, status = work.config.spec["storage"]["s3"], work.config.status["storage"].get("s3")
    for part, known in ((spec, "specAfter"), (status, "statusAfter")):
        for key, value in case.get(known, {}).items():
            assert part[key].startswith(value.removesuffix("LETTERS")) if key == "bucket" else part[key] == value
    if case.get("statusEqualsSpec"):
        assert status == spec
    if "specAfter" in case and "region" not in case["specAfter"]:
        assert "region" not in spec
        assert configured_driver(work, work.config.spec["storage"]).changed(), case["note"]  # type: ignore[union-attr]
    if case.get("note") == "encrypt stays false":
        assert not spec.get("encrypt")


def test_no_permission_at_all_looks_like_no_bucket_at_first(modern: Any) -> None:
    (case,) = (one for one in CASES["4.20"] if "afterStorageExistsCheck" in one)
    settings, setup = BUCKET_CASES[case["case"]]
    setup(modern)
    work = modern.work({"storage": {"s3": {**settings, "region": "us-east-2"}}})
    driver = configured_driver(work, work.config.spec["storage"])
    assert driver is not None
    assert driver.exists() is False
    assert shown(work) == case["afterStorageExistsCheck"]


def test_missing_credentials_are_noticed_before_any_call(modern: Any) -> None:
    (case,) = (one for one in CASES["4.20"] if one["case"] == MINTED_MISSING)
    store = recorded(modern)
    modern.client.delete(SECRETS, "installer-cloud-credentials", NS)
    storage = {"s3": {"bucket": "mybucket", "region": "us-east-2"}}
    work = modern.work({"storage": storage}, {"storage": storage})
    assert run(work) == case["error"]
    assert shown(work) == case["conditions"]
    assert store.calls == case["calls"]


def test_a_removal_while_spec_has_another_type_kills_the_operator(modern: Any) -> None:
    (case,) = (one for one in CASES["4.20"] if one["case"] == REMOVAL)
    modern.create_bucket("old")
    store = recorded(modern)
    work = modern.work({"storage": {"pvc": {"claim": "x"}, "managementState": "Managed"}}, S3_STATUS)
    driver = configured_driver(work, work.config.status["storage"])
    assert driver is not None
    with pytest.raises(SyncFailed, match=r"invalid memory address or nil pointer dereference") as caught:
        driver.remove()
    assert "invalid memory address or nil pointer dereference" in case["result"]
    assert "panics" in case["result"]
    assert caught.value.code == 500
    assert store.calls == [call for call in case["calls"] if "->" not in call], "all but the waiting"
    assert modern.client.get_or_none(BUCKETS, "old") is None


def test_the_platforms_tags_are_the_buckets(modern: Any) -> None:
    infrastructure = modern.client.get(INFRASTRUCTURES, "cluster")
    status = infrastructure["status"]
    aws = {"region": "us-east-2", "resourceTags": [{"key": "team", "value": "storage"}]}
    platform = {"type": "AWS", "aws": aws}
    modern.client.update_status(INFRASTRUCTURES, {**infrastructure, "status": {**status, "platformStatus": platform}})
    work = modern.work({"storage": {"s3": {}}})
    assert run(work) is None
    bucket = modern.client.get(BUCKETS, work.config.spec["storage"]["s3"]["bucket"])
    assert bucket["status"]["tags"]["team"] == "storage"
    assert bucket["status"]["tags"]["Name"] == "cluster-abcde-xyz12-image-registry"


@pytest.mark.parametrize(
    ("infrastructure", "name"),
    [
        ("cluster-abcde-xyz12", "cluster-abcde-xyz12-image-registry-us-east-2"),
        ("x" * 60, "x" * 60 + "-i"),
        ("x" * 61, "x" * 61 + "s"),
        ("Double--Dash", "double-dash-image-registry-us-east-2"),
    ],
)
def test_since_4_22_the_name_follows_from_the_clusters(infrastructure: str, name: str) -> None:
    assert fixed_storage_name(infrastructure, "us-east-2") == name


# -- credentials


def test_the_minted_secret_may_hold_a_file(modern: Any) -> None:
    text = "[default]\nsts_regional_endpoints = regional\nrole_arn = arn:aws:iam::1:role/x\n"
    modern.client.patch(SECRETS, "installer-cloud-credentials", {"stringData": {"credentials": text}}, NS)
    work = modern.work({"storage": {"s3": {"bucket": "b", "region": "r"}}})
    driver = configured_driver(work, work.config.spec["storage"])
    assert driver is not None
    assert driver.secrets() == {"credentials": text}


def test_a_minted_secret_without_keys_is_invalid(modern: Any) -> None:
    modern.client.patch(SECRETS, "installer-cloud-credentials", {"data": {"aws_access_key_id": None}}, NS)
    text = "failed to generate shared secrets data: invalid secret for aws credentials"
    assert run(modern.work({"storage": {"s3": {}}})) == text


# -- other object stores

SYSTEM = "BUNDLE"  # what the ConfigMap trusted-ca holds
ENDPOINT = "https://s3-openshift-storage.apps.example.com"
USERS = {"REGISTRY_STORAGE_S3_ACCESSKEY": "QUtJQVVTRVI=", "REGISTRY_STORAGE_S3_SECRETKEY": "Qg=="}


def use_own_store(cluster: Any, key: str, *buckets: str) -> Recorded:
    """Another object store at an endpoint, with the administrator's keys for it."""
    name = "image-registry-private-configuration-user"
    cluster.create(SECRETS, {"metadata": {"name": name, "namespace": NS}, "data": USERS})
    for bucket in buckets:
        cluster.s3.create_bucket(bucket, "us-east-1", ("AKIAUSER", "B"))
    cluster.stores[key if " " in key else f"{key} {SYSTEM}"] = Recorded(cluster.s3)
    store: Recorded = next(iter(cluster.stores.values()))
    return store


def test_a_users_bucket_elsewhere_is_only_looked_at(modern: Any) -> None:
    store = use_own_store(modern, ENDPOINT, "registry")
    settings = {"bucket": "registry", "region": "us-east-1", "regionEndpoint": ENDPOINT}
    work = modern.work({"storage": {"s3": settings}}, S3_STATUS)
    assert run(work) is None
    assert store.calls == ["HEAD bucket"]
    assert (state(work), work.config.status["storageManaged"]) == ("Unmanaged", False)
    assert work.config.status["storage"] == work.config.spec["storage"]


def test_a_missing_bucket_elsewhere_is_made_and_configured(modern: Any) -> None:
    store = use_own_store(modern, ENDPOINT)
    work = modern.work({"storage": {"s3": {"regionEndpoint": ENDPOINT, "bucket": "new", "region": "us-east-1"}}})
    assert run(work) is None
    assert store.calls == ["HEAD bucket", "PUT bucket", "HEAD bucket", *list(NAMES.values())[2:6]]
    assert state(work) == "Managed"


def test_what_the_other_store_cannot_do_is_a_condition_and_no_error(modern: Any) -> None:
    class Plain(S3):
        def put_bucket_lifecycle(self, *_args: Any, **_credentials: Any) -> None:
            text = "A header you provided implies functionality that is not implemented."
            raise S3Error("NotImplemented", text, 501, "REQ", "HOST")

    use_own_store(modern, ENDPOINT)
    modern.stores[f"{ENDPOINT} {SYSTEM}"] = Plain(modern.client, modern.names)
    work = modern.work({"storage": {"s3": {"regionEndpoint": ENDPOINT, "bucket": "new", "region": "us-east-1"}}})
    assert run(work) is None
    assert condition(work, "StorageTagged")["status"] == "True"
    assert condition(work, "StorageIncompleteUploadCleanupEnabled")["reason"] == "NotImplemented"


def test_a_store_that_does_not_answer_is_an_unknown_error(modern: Any) -> None:
    class Silent(S3):
        def head_bucket(self, *_args: Any, **_credentials: Any) -> Any:
            error = S3Error("RequestError", "send request failed", 0, "", "")
            error.args = ("RequestError: send request failed\ncaused by: Head https://x/b: dial tcp: no such host",)
            raise error

    use_own_store(modern, ENDPOINT)
    modern.stores[f"{ENDPOINT} {SYSTEM}"] = Silent(modern.client, modern.names)
    work = modern.work({"storage": {"s3": {"regionEndpoint": ENDPOINT, "bucket": "b", "region": "us-east-1"}}})
    text = run(work)
    assert text == "RequestError: send request failed\ncaused by: Head https://x/b: dial tcp: no such host"
    assert condition(work) == {"status": "Unknown", "reason": "Unknown Error Occurred", "message": text}


def test_an_endpoint_without_a_region_is_not_given_the_clusters(modern: Any) -> None:
    """The operator gets on without, as the SDK signs for us-east-1 then. The registry itself will not start."""
    use_own_store(modern, ENDPOINT, "registry")
    work = modern.work({"storage": {"s3": {"bucket": "registry", "regionEndpoint": ENDPOINT}}})
    assert run(work) is None
    assert "region" not in work.config.status["storage"]["s3"]


def test_the_platforms_own_endpoint_is_used_and_names_buckets_in_the_host(modern: Any) -> None:
    infrastructure = modern.client.get(INFRASTRUCTURES, "cluster")
    aws = {"region": "us-east-2", "serviceEndpoints": [{"name": "s3", "url": "https://vpce.example.com"}]}
    status = {**infrastructure["status"], "platformStatus": {"type": "AWS", "aws": aws}}
    modern.client.update_status(INFRASTRUCTURES, {**infrastructure, "status": status})
    modern.stores[f"https://vpce.example.com {SYSTEM} virtual"] = modern.s3
    work = modern.work({"storage": {"s3": {}}})
    assert run(work) is None
    assert work.config.spec["storage"]["s3"]["regionEndpoint"] == "https://vpce.example.com"
    assert work.config.spec["storage"]["s3"]["virtualHostedStyle"] is True


def ca(cluster: Any, data: dict[str, str]) -> None:
    metadata = {"name": "store-ca", "namespace": "openshift-config"}
    cluster.create(CONFIGMAPS, {"metadata": metadata, "data": data})


def test_the_stores_authority_comes_from_a_configmap(modern: Any) -> None:
    ca(modern, {"ca-bundle.crt": "PEM"})
    store = use_own_store(modern, f"{ENDPOINT} PEM virtual", "registry")
    own = {"virtualHostedStyle": True, "trustedCA": {"name": "store-ca"}}
    settings = {"bucket": "registry", "region": "us-east-1", "regionEndpoint": ENDPOINT, **own}
    assert run(modern.work({"storage": {"s3": settings}})) is None
    assert store.calls == ["HEAD bucket"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (None, 'failed to get trusted CA "store-ca": configmap "store-ca" not found'),
        ({"tls.crt": "PEM"}, 'trusted CA config map "store-ca" does not contain required key "ca-bundle.crt"'),
    ],
)
def test_an_authority_that_is_not_there_stops_the_pass(data: dict[str, str] | None, text: str, modern: Any) -> None:
    if data is not None:
        ca(modern, data)
    settings = {"bucket": "b", "regionEndpoint": ENDPOINT, "trustedCA": {"name": "store-ca"}}
    assert run(modern.work({"storage": {"s3": settings}})) == f"unable to get S3 CA bundle: {text}"
