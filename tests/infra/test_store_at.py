"""Object stores behind endpoints: who answers, whom the client trusts, and what else there is to hear."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator.api.gvrs import CONFIGMAPS, INGRESSCONFIGS, PODS, ROUTES, SERVICES
from simulator.controllers.certificates import certificate
from simulator.infra.s3 import S3Error

STORAGE, DOMAIN = "openshift-storage", "apps.test.example.com"
SERVICE_CA, INGRESS_CA = certificate("service ca"), certificate("ingress ca")
NOOBAA_URL = f"https://s3.{STORAGE}.svc:443"
RGW_HOST = f"rook-ceph-rgw-ocs-storagecluster-cephobjectstore.{STORAGE}.svc"
KEYS = ("obc-key", "obc-secret")


@pytest.fixture
def stores(today: Any) -> Any:
    """NooBaa with a service and a route, a gateway with a service, a bucket of the same name on each."""
    today.create(INGRESSCONFIGS, {"metadata": {"name": "cluster"}, "spec": {"domain": DOMAIN}})
    for name, namespace, ca in (("signing-cabundle", "openshift-service-ca", SERVICE_CA),
                                ("default-ingress-cert", "openshift-config-managed", INGRESS_CA)):  # fmt: skip
        today.client.create(CONFIGMAPS, {"metadata": {"name": name, "namespace": namespace},
                                         "data": {"ca-bundle.crt": ca}})  # fmt: skip
    ports = [{"name": "s3", "port": 80}, {"name": "s3-https", "port": 443}]
    for name, app, ip in (("s3", "noobaa-endpoint", "172.30.1.2"), (RGW_HOST.split(".")[0], "rook-ceph-rgw",
                          "172.30.1.3")):  # fmt: skip
        today.create(SERVICES, {"metadata": {"name": name, "namespace": STORAGE},
                                "spec": {"clusterIP": ip, "ports": ports, "selector": {"app": app}}})  # fmt: skip
        today.pod(f"{app}-1", STORAGE, labels={"app": app})
    spec = {"host": f"s3-{STORAGE}.{DOMAIN}", "to": {"kind": "Service", "name": "s3"},
            "tls": {"termination": "reencrypt", "insecureEdgeTerminationPolicy": "Allow"}}  # fmt: skip
    admitted = {"ingress": [{"host": spec["host"], "conditions": [{"type": "Admitted", "status": "True"}]}]}
    today.create(ROUTES, {"metadata": {"name": "s3", "namespace": STORAGE}, "spec": spec, "status": admitted})
    today.secret("noobaa-admin", STORAGE, {"AWS_ACCESS_KEY_ID": "admin", "AWS_SECRET_ACCESS_KEY": "word"})
    assert today.settle()
    for number, store in enumerate((today.machines.s3, today.machines.noobaa, today.machines.rgw)):
        pair = {"accessKeyID": f"{KEYS[0]}-{number}", "secretAccessKey": KEYS[1]}
        store.add("images", {"region": "", "credentials": [pair]})
        store.put_object("images", "which", store.dialect.target.encode())
    return today


def keys(number: int) -> tuple[str, str]:
    return f"{KEYS[0]}-{number}", KEYS[1]


def refusal(call: Any, *args: Any) -> str:
    with pytest.raises(S3Error) as refused:
        call(*args)
    return str(refused.value)


@pytest.mark.parametrize(
    ("endpoint", "ca", "number"),
    [
        ("", "", 0),
        ("https://s3.us-east-2.amazonaws.com", "", 0),
        (NOOBAA_URL, SERVICE_CA, 1),
        (f"s3.{STORAGE}.svc", SERVICE_CA, 1),
        (f"https://s3.{STORAGE}.svc.cluster.local", SERVICE_CA, 1),
        (f"http://s3.{STORAGE}", "", 1),
        ("http://172.30.1.2", "", 1),
        (f"https://s3-{STORAGE}.{DOMAIN}", INGRESS_CA, 1),
        (f"http://s3-{STORAGE}.{DOMAIN}", "", 1),
        (f"https://{RGW_HOST}", SERVICE_CA + INGRESS_CA, 2),
        (f"http://{RGW_HOST}:80", "", 2),
    ],
)
def test_each_endpoint_has_its_own_buckets(stores: Any, endpoint: str, ca: str, number: int) -> None:
    store = stores.machines.store_at(endpoint, False, ca)
    expected = ("s3", "noobaa", "rgw")[number]
    assert store.get_object("images", "which", keys(number)) == expected.encode()
    assert "status code: 403" in refusal(store.head_bucket, "images", keys((number + 1) % 3))


@pytest.mark.parametrize(
    ("endpoint", "ca", "cause"),
    [
        (
            "https://s3.nowhere.svc",
            "",
            'Head "https://s3.nowhere.svc/images": dial tcp: lookup s3.nowhere.svc on 172.30.0.10:53: no such host',
        ),
        (
            NOOBAA_URL,
            "",
            f'Head "{NOOBAA_URL}/images": tls: failed to verify certificate: x509: certificate signed by unknown '
            "authority",
        ),
        (
            f"https://s3.{STORAGE}",
            SERVICE_CA,
            f'Head "https://s3.{STORAGE}/images": tls: failed to verify certificate: x509: certificate is valid for '
            f"s3.{STORAGE}.svc, s3.{STORAGE}.svc.cluster.local, not s3.{STORAGE}",
        ),
        (
            "https://172.30.1.2",
            SERVICE_CA,
            'Head "https://172.30.1.2/images": tls: failed to verify certificate: x509: cannot validate certificate '
            "for 172.30.1.2 because it doesn't contain any IP SANs",
        ),
        (
            f"https://s3.{STORAGE}.svc:80",
            SERVICE_CA,
            f'Head "https://s3.{STORAGE}.svc:80/images": http: server gave HTTP response to HTTPS client',
        ),
        (f"http://s3.{STORAGE}.svc:443", "", f'Head "http://s3.{STORAGE}.svc:443/images": EOF'),
        (
            f"https://s3.{STORAGE}.svc:6443",
            SERVICE_CA,
            f'Head "https://s3.{STORAGE}.svc:6443/images": dial tcp 172.30.1.2:6443: connect: connection timed out',
        ),
    ],
)
def test_no_answer(stores: Any, endpoint: str, ca: str, cause: str) -> None:
    store = stores.machines.store_at(endpoint, ca_bundle=ca)
    assert refusal(store.head_bucket, "images", keys(1)) == f"RequestError: send request failed\ncaused by: {cause}"


def test_virtual_hosted_style_asks_for_a_name_that_no_service_has(stores: Any) -> None:
    store = stores.machines.store_at(NOOBAA_URL, True, SERVICE_CA)
    host = f"images.s3.{STORAGE}.svc"
    text = refusal(store.put_bucket_tagging, "images", {}, keys(1))
    assert text.endswith(f'Put "https://{host}:443/?tagging=": dial tcp: lookup {host} on 172.30.0.10:53: no such host')
    routed = stores.machines.store_at(f"https://s3-{STORAGE}.{DOMAIN}", True, INGRESS_CA)
    assert f"certificate is valid for *.{DOMAIN}, not images.s3-" in refusal(routed.head_bucket, "images", keys(1))


def test_nobody_behind_the_service(stores: Any) -> None:
    stores.client.delete(PODS, "noobaa-endpoint-1", STORAGE, grace_period_s=0)
    store = stores.machines.store_at(NOOBAA_URL, ca_bundle=SERVICE_CA)
    text = refusal(store.get_object, "images", "a/b", keys(1))
    assert text.endswith(f'Get "{NOOBAA_URL}/images/a/b": dial tcp 172.30.1.2:443: connect: connection refused')
    routed = stores.machines.store_at(f"https://s3-{STORAGE}.{DOMAIN}", ca_bundle=INGRESS_CA)
    expected = "ServiceUnavailable: Service Unavailable\n\tstatus code: 503, request id: , host id: "
    assert refusal(routed.head_bucket, "images", keys(1)) == expected
    unknown = stores.machines.store_at(f"https://nothing.{DOMAIN}", ca_bundle=INGRESS_CA)
    assert refusal(unknown.head_bucket, "images", keys(1)) == expected


def test_request_ids_are_each_store_s_own(stores: Any) -> None:
    noobaa = stores.machines.store_at(NOOBAA_URL, ca_bundle=SERVICE_CA)
    pattern = (r"NoSuchBucket: The specified bucket does not exist\n\tstatus code: 404, "
               r"request id: ([0-9a-z]{8}(-[0-9a-z]+){2}), host id: \1")  # fmt: skip
    assert re.fullmatch(pattern, refusal(noobaa.list_objects, "none", "", ("admin", "word")))
    rgw = stores.machines.store_at(f"http://{RGW_HOST}")
    pattern = (
        r"NoSuchBucket: \n\tstatus code: 404, request id: tx[0-9a-f-]+-ocs-storagecluster-cephobjectstore, host id: "
    )
    assert re.fullmatch(pattern, refusal(rgw.list_objects, "none", "", keys(2)))


def test_who_may_make_buckets(stores: Any) -> None:
    noobaa = stores.machines.store_at(NOOBAA_URL, ca_bundle=SERVICE_CA)
    assert refusal(noobaa.create_bucket, "mine", "", keys(1)).startswith("AccessDenied: Access Denied\n")
    assert refusal(noobaa.create_bucket, "mine", "", ("admin", "wrong")).startswith("SignatureDoesNotMatch: ")
    assert refusal(noobaa.create_bucket, "images", "", ("admin", "word")).startswith("BucketAlreadyOwnedByYou: ")
    noobaa.create_bucket("mine", "", ("admin", "word"))
    assert noobaa.list_objects("images", "", ("admin", "word")) == [("which", 6)]
    rgw = stores.machines.store_at(f"http://{RGW_HOST}")
    assert refusal(rgw.create_bucket, "mine", "", keys(2)).startswith("TooManyBuckets: \n\tstatus code: 400")
    assert refusal(rgw.head_bucket, "mine", keys(2)).startswith("NotFound: Not Found\n")


def test_settings(stores: Any) -> None:
    noobaa = stores.machines.store_at(NOOBAA_URL, ca_bundle=SERVICE_CA)
    noobaa.put_bucket_encryption("images", "AES256", "", keys(1))
    noobaa.put_public_access_block("images", keys(1))
    noobaa.put_bucket_lifecycle("images", 1, keys(1))
    assert set(noobaa.head_bucket("images", keys(1))["status"]) == {"encryption", "publicAccessBlock", "lifecycle"}


def test_a_store_that_is_down(stores: Any) -> None:
    noobaa = stores.machines.store_at(NOOBAA_URL, ca_bundle=SERVICE_CA)
    stores.fault("gone", "noobaa", "down")
    assert refusal(noobaa.head_bucket, "images", keys(1)).endswith(
        "dial tcp 172.30.1.2:443: connect: connection refused"
    )
    stores.repair("gone")
    stores.fault("slow", "noobaa/images", "SlowDown")
    assert refusal(noobaa.list_objects, "images", "", keys(1)).startswith("SlowDown: Reduce your request rate.\n")
    stores.fault("ceph", "ceph", "down")
    rgw = stores.machines.store_at(f"http://{RGW_HOST}")
    assert refusal(rgw.head_bucket, "images", keys(2)).endswith("connect: connection refused")
    stores.client.delete(PODS, "noobaa-core-0", STORAGE, grace_period_s=0)
    assert refusal(noobaa.list_objects, "images", "", keys(1)).startswith("InternalError: We encountered an internal")


def test_a_full_ceph_takes_no_objects(stores: Any) -> None:
    stores.fault("full", "ceph", "full")
    rgw = stores.machines.store_at(f"http://{RGW_HOST}")
    assert refusal(rgw.put_object, "images", "a", b"", keys(2)).startswith("UnknownError: \n\tstatus code: 500")
    assert rgw.get_object("images", "which", keys(2)) == b"rgw"
