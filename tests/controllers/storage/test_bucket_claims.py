"""Bucket claims on NooBaa and on Ceph's gateway: what they give, what opens it, what holds it up."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from simulator.api.gvrs import (
    BUCKETCLASSES,
    BUCKETS,
    CONFIGMAPS,
    OBJECTBUCKETCLAIMS,
    OBJECTBUCKETS,
    PODS,
    SECRETS,
    SERVICES,
    STORAGECLASSES,
)
from simulator.infra.s3 import S3Error

STORAGE = "openshift-storage"
NOOBAA, RGW = "openshift-storage.noobaa.io", "ocs-storagecluster-ceph-rgw"
HOSTS = {NOOBAA: f"s3.{STORAGE}.svc", RGW: f"rook-ceph-rgw-ocs-storagecluster-cephobjectstore.{STORAGE}.svc"}


@pytest.fixture(params=[NOOBAA, RGW])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def claim(lab: Any, storage_class: str, name: str = "backup", **spec: Any) -> None:
    spec = {"generateBucketName": name, "storageClassName": storage_class, **spec}
    lab.client.create(OBJECTBUCKETCLAIMS, {"metadata": {"name": name, "namespace": "demo"}, "spec": spec})
    assert lab.settle()


def get_claim(lab: Any, name: str = "backup") -> Any:
    return lab.client.get(OBJECTBUCKETCLAIMS, name, "demo")


def store_of(lab: Any, storage_class: str) -> Any:
    return lab.machines.noobaa if storage_class == NOOBAA else lab.machines.rgw


def keys_of(lab: Any, name: str = "backup") -> tuple[str, str]:
    data = lab.client.get(SECRETS, name, "demo")["data"]
    first, second = (base64.b64decode(data[f"AWS_{key}"]).decode() for key in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"))
    return first, second


def test_what_it_gives(lab: Any, kind: str) -> None:
    claim(lab, kind)
    made = get_claim(lab)
    bucket = made["spec"]["bucketName"]
    assert made["status"] == {"phase": "Bound"}
    assert made["metadata"]["finalizers"] == ["objectbucket.io/finalizer"]
    assert made["metadata"]["labels"]["bucket-provisioner"] == {
        NOOBAA: "openshift-storage.noobaa.io-obc", RGW: "openshift-storage.ceph.rook.io-bucket"}[kind]  # fmt: skip
    assert bucket.startswith("backup-")
    config = lab.client.get(CONFIGMAPS, "backup", "demo")
    assert config["data"] == {"BUCKET_HOST": HOSTS[kind], "BUCKET_NAME": bucket, "BUCKET_PORT": "443",
                              "BUCKET_REGION": "", "BUCKET_SUBREGION": ""}  # fmt: skip
    assert [owner["uid"] for owner in config["metadata"]["ownerReferences"]] == [made["metadata"]["uid"]]
    object_bucket = lab.client.get(OBJECTBUCKETS, "obc-demo-backup")
    assert object_bucket["status"] == {"phase": "Bound"}
    assert object_bucket["spec"]["reclaimPolicy"] == "Delete"
    assert object_bucket["spec"]["claimRef"]["name"] == "backup"
    assert object_bucket["spec"]["endpoint"]["bucketHost"] == HOSTS[kind]
    state = {NOOBAA: {"account", "bucketclass", "bucketclassgeneration"},
             RGW: {"cephUser", "objectStoreName", "objectStoreNamespace"}}[kind]  # fmt: skip
    assert set(object_bucket["spec"]["additionalState"]) == state
    lab.assert_settled()


def test_its_keys_open_the_bucket_through_its_endpoint(today: Any, kind: str) -> None:
    service, namespace = HOSTS[kind].split(".")[:2]
    spec = {"clusterIP": "172.30.1.2", "ports": [{"name": "http", "port": 80}], "selector": {"app": "store"}}
    today.create(SERVICES, {"metadata": {"name": service, "namespace": namespace}, "spec": spec})
    today.pod("store-1", STORAGE, labels={"app": "store"})
    assert today.settle()
    claim(today, kind)
    config = today.client.get(CONFIGMAPS, "backup", "demo")["data"]
    assert config["BUCKET_PORT"] == "80"
    store = today.machines.store_at(f"http://{config['BUCKET_HOST']}:{config['BUCKET_PORT']}")
    store.put_object(config["BUCKET_NAME"], "a", b"b", keys_of(today))
    assert store.list_objects(config["BUCKET_NAME"], "", keys_of(today)) == [("a", 1)]
    with pytest.raises(S3Error, match="Forbidden"):
        store.head_bucket(config["BUCKET_NAME"], ("AKIA1", "nobody"))


def test_the_field_of_the_name_is_the_era_s(lab: Any, today: Any) -> None:
    for one, field in ((lab, "ObjectBucketName"), (today, "objectBucketName")):
        claim(one, NOOBAA)
        assert get_claim(one)["spec"][field] == "obc-demo-backup"


def test_a_deleted_claim_takes_all_with_it(lab: Any, kind: str) -> None:
    claim(lab, kind)
    store_of(lab, kind).put_object(get_claim(lab)["spec"]["bucketName"], "a", b"b", keys_of(lab))
    lab.client.delete(OBJECTBUCKETCLAIMS, "backup", "demo")
    assert lab.settle()
    for resource, namespace in ((OBJECTBUCKETS, None), (BUCKETS, None), (OBJECTBUCKETCLAIMS, "demo")):
        assert lab.client.list(resource, namespace) == []
    assert lab.client.get_or_none(SECRETS, "backup", "demo") is None
    lab.assert_settled()


def test_a_retained_bucket_keeps_its_objects_and_loses_its_keys(lab: Any, kind: str) -> None:
    made = {**lab.client.get(STORAGECLASSES, kind), "reclaimPolicy": "Retain"}
    meta = {"name": "retained"}
    lab.client.create(STORAGECLASSES, {**made, "metadata": meta})
    claim(lab, "retained")
    bucket, keys = get_claim(lab)["spec"]["bucketName"], keys_of(lab)
    store = store_of(lab, kind)
    store.put_object(bucket, "a", b"b", keys)
    lab.client.delete(OBJECTBUCKETCLAIMS, "backup", "demo")
    assert lab.settle()
    assert lab.client.list(OBJECTBUCKETCLAIMS, "demo") == []
    assert store.get_object(bucket, "a") == b"b"
    with pytest.raises(S3Error, match="InvalidAccessKeyId"):
        store.list_objects(bucket, "", keys)


def test_a_class_that_is_missing_leaves_no_trace(lab: Any) -> None:
    claim(lab, "nope")
    assert "status" not in get_claim(lab)
    assert lab.events("backup") == []


def test_an_operator_that_does_not_run(lab: Any, kind: str) -> None:
    pod = {NOOBAA: "noobaa-operator-1", RGW: "rook-ceph-operator-1"}[kind]
    lab.client.delete(PODS, pod, STORAGE, grace_period_s=0)
    claim(lab, kind)
    assert "status" not in get_claim(lab)
    lab.pod(pod, STORAGE)
    assert lab.settle()
    assert get_claim(lab)["status"]["phase"] == "Bound"


def test_a_store_that_does_not_answer(lab: Any, kind: str) -> None:
    lab.fault("broken", *{NOOBAA: ("noobaa", "down"), RGW: ("ceph", "down")}[kind])
    claim(lab, kind)
    assert get_claim(lab)["status"] == {"phase": "Pending"}
    assert get_claim(lab)["spec"]["bucketName"].startswith("backup-")
    assert lab.client.get_or_none(SECRETS, "backup", "demo") is None
    lab.repair("broken")
    assert lab.settle()
    assert get_claim(lab)["status"]["phase"] == "Bound"
    lab.fault("again", *{NOOBAA: ("noobaa", "down"), RGW: ("ceph", "down")}[kind])
    lab.client.delete(OBJECTBUCKETCLAIMS, "backup", "demo")
    assert lab.settle()
    assert "deletionTimestamp" in get_claim(lab)["metadata"]
    lab.repair("again")
    assert lab.settle()
    assert lab.client.list(OBJECTBUCKETCLAIMS, "demo") == []


def test_a_name_that_is_taken(lab: Any, kind: str) -> None:
    store_of(lab, kind).add("taken", {"region": "", "credentials": []})
    claim(lab, kind, bucketName="taken")
    assert get_claim(lab)["status"]["phase"] == "Pending"
    other = RGW if kind == NOOBAA else NOOBAA
    claim(lab, other, name="second", bucketName="taken")
    assert get_claim(lab, "second")["status"]["phase"] == "Bound"


def test_a_bucket_class_that_is_missing(lab: Any) -> None:
    claim(lab, NOOBAA, additionalConfig={"bucketclass": "fast"})
    text = 'BucketClass "fast" not found in namespace "openshift-storage"'
    assert lab.events("backup") == [("MissingBucketClass", text)]
    lab.create(BUCKETCLASSES, {"metadata": {"name": "fast", "namespace": STORAGE}, "spec": {}})
    assert lab.settle()
    assert get_claim(lab)["status"]["phase"] == "Bound"
