"""Amazon S3: buckets and their objects, as ``Bucket`` and ``BucketObject`` in the log.

A bucket belongs to the access keys in ``spec.credentials`` ([{accessKeyID, secretAccessKey}]). A key that no bucket
knows is taken for one of another account if it looks like a key of AWS: it may make buckets of its own, and is refused
at those of others.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.api.gvrs import BUCKETOBJECTS, BUCKETS
from simulator.client.client import Client
from simulator.errors import Object
from simulator.infra import faults
from simulator.infra.payload import decode_payload, encode_payload
from simulator.runtime.clock import rfc3339
from simulator.runtime.names import Names

Credentials = tuple[str, str]
"""(access key id, secret access key)."""

_STATUS_CODES = {
    "AccessDenied": 403,
    "BucketAlreadyExists": 409,
    "BucketAlreadyOwnedByYou": 409,
    "BucketNotEmpty": 409,
    "Forbidden": 403,
    "InternalError": 500,
    "InvalidAccessKeyId": 403,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NotFound": 404,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "SlowDown": 503,
}
_MESSAGES = {
    "AccessDenied": "Access Denied",
    "BucketAlreadyExists": "The requested bucket name is not available. The bucket namespace is shared by all users of "
    "the system. Please select a different name and try again.",
    "BucketAlreadyOwnedByYou": "Your previous request to create the named bucket succeeded and you already own it.",
    "BucketNotEmpty": "The bucket you tried to delete is not empty",
    "Forbidden": "Forbidden",
    "InternalError": "We encountered an internal error. Please try again.",
    "InvalidAccessKeyId": "The AWS Access Key Id you provided does not exist in our records.",
    "NoSuchBucket": "The specified bucket does not exist",
    "NoSuchKey": "The specified key does not exist.",
    "NotFound": "Not Found",
    "ServiceUnavailable": "Service Unavailable",
    "SignatureDoesNotMatch": "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method.",
    "SlowDown": "Please reduce your request rate.",
}
_HEAD_CODES = {
    "AccessDenied": "Forbidden",
    "InvalidAccessKeyId": "Forbidden",
    "NoSuchBucket": "NotFound",
    "NoSuchKey": "NotFound",
    "SignatureDoesNotMatch": "Forbidden",
}
_KEY_ID = re.compile(r"A[KS]IA[A-Z0-9]+")
_HOST_ID_BYTES = 56  # printed as 76 characters of base64


class S3Error(Exception):
    """A refusal. ``str()`` is what the AWS SDK for Go prints of it."""

    def __init__(self, code: str, message: str, status_code: int, request_id: str, host_id: str) -> None:
        self.code, self.message, self.status_code = code, message, status_code
        self.request_id, self.host_id = request_id, host_id
        super().__init__(
            f"{code}: {message}\n\tstatus code: {status_code}, request id: {request_id}, host id: {host_id}"
        )


class S3:
    """The object store. ``credentials`` None is the cloud itself (a profile's loader, a test): never refused."""

    def __init__(self, client: Client, names: Names) -> None:
        self._client, self._names = client, names

    # -- buckets

    def head_bucket(self, name: str, credentials: Credentials | None = None) -> Object:
        """The Bucket. S3Error NotFound or Forbidden: a HEAD has no body, so the SDK makes the code from the status."""
        try:
            return self._bucket(name, credentials)
        except S3Error as error:
            raise self.error(_HEAD_CODES.get(error.code, error.code)) from None

    def create_bucket(self, name: str, region: str, credentials: Credentials | None = None) -> Object:
        """S3Error BucketAlreadyExists (of another account), BucketAlreadyOwnedByYou, AccessDenied."""
        self._check_faults(name)
        self._check_secret(credentials)
        existing = self._client.get_or_none(BUCKETS, name)
        if existing is not None:
            raise self.error("BucketAlreadyOwnedByYou" if _owns(existing, credentials) else "BucketAlreadyExists")
        keys = [] if credentials is None else [_credential(credentials)]
        bucket = _new("Bucket", name, {"region": region, "credentials": keys})
        return self._client.create(BUCKETS, bucket)

    def delete_bucket(self, name: str, credentials: Credentials | None = None) -> None:
        """S3Error BucketNotEmpty while there are objects."""
        self._bucket(name, credentials)
        if self._objects(name):
            raise self.error("BucketNotEmpty")
        self._client.delete(BUCKETS, name)

    def put_public_access_block(self, name: str, credentials: Credentials | None = None) -> None:
        block = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        self._configure(name, credentials, {"publicAccessBlock": dict.fromkeys(block, True)})

    def put_bucket_tagging(self, name: str, tags: Mapping[str, str], credentials: Credentials | None = None) -> None:
        """Replace all tags."""
        self._configure(name, credentials, {"tags": dict(tags)})

    def put_bucket_encryption(
        self, name: str, algorithm: str, kms_key: str = "", credentials: Credentials | None = None
    ) -> None:
        """``algorithm``: AES256 or aws:kms."""
        rule = {"algorithm": algorithm, **({"kmsKeyID": kms_key} if kms_key else {})}
        self._configure(name, credentials, {"encryption": rule})

    def put_bucket_lifecycle(self, name: str, days: int = 1, credentials: Credentials | None = None) -> None:
        """Abort incomplete multipart uploads after ``days``."""
        self._configure(name, credentials, {"lifecycle": {"abortIncompleteMultipartUploadDays": days}})

    # -- objects

    def list_objects(
        self, name: str, prefix: str = "", credentials: Credentials | None = None
    ) -> list[tuple[str, int]]:
        """(key, size) of the objects whose key starts with ``prefix``, by key."""
        self._bucket(name, credentials)
        specs = [obj["spec"] for obj in self._objects(name)]
        return sorted((spec["key"], spec["size"]) for spec in specs if spec["key"].startswith(prefix))

    def get_object(self, name: str, key: str, credentials: Credentials | None = None) -> bytes:
        """The payload, which may be shorter than the recorded size. S3Error NoSuchKey."""
        return decode_payload(self._object(name, key, credentials)["spec"])

    def head_object(self, name: str, key: str, credentials: Credentials | None = None) -> int:
        """The recorded size in bytes. S3Error NotFound."""
        try:
            size: int = self._object(name, key, credentials)["spec"]["size"]
        except S3Error as error:
            raise self.error(_HEAD_CODES.get(error.code, error.code)) from None
        return size

    def put_object(
        self, name: str, key: str, data: bytes, credentials: Credentials | None = None, *, size: int | None = None
    ) -> None:
        """Store ``data`` under ``key``; ``size`` is recorded instead of the payload's own length."""
        self._bucket(name, credentials)
        obj = bucket_object(name, key, data, size=size, time=self._client.transport.now())
        existing = self._client.get_or_none(BUCKETOBJECTS, obj["metadata"]["name"])
        if existing is None:
            self._client.create(BUCKETOBJECTS, obj)
        else:
            self._client.update(BUCKETOBJECTS, {**existing, "spec": obj["spec"]})

    def delete_object(self, name: str, key: str, credentials: Credentials | None = None) -> None:
        """Delete; a key that is not there is no error."""
        self._bucket(name, credentials)
        if self._client.get_or_none(BUCKETOBJECTS, object_name(name, key)) is not None:
            self._client.delete(BUCKETOBJECTS, object_name(name, key))

    # -- shared

    def error(self, code: str, message: str = "") -> S3Error:
        """A new S3Error with its own request and host id."""
        host = base64.b64encode(bytes.fromhex(self._names.hex(_HOST_ID_BYTES * 2))).decode()
        request = self._names.hex(16).upper()
        return S3Error(code, message or _MESSAGES.get(code, code), _STATUS_CODES.get(code, 400), request, host)

    def _bucket(self, name: str, credentials: Credentials | None) -> Object:
        self._check_faults(name)
        self._check_secret(credentials)
        bucket = self._client.get_or_none(BUCKETS, name)
        if bucket is None:
            raise self.error("NoSuchBucket")
        if not _owns(bucket, credentials):
            raise self.error("AccessDenied")
        return bucket

    def _object(self, name: str, key: str, credentials: Credentials | None) -> Object:
        self._bucket(name, credentials)
        found = self._client.get_or_none(BUCKETOBJECTS, object_name(name, key))
        if found is None:
            raise self.error("NoSuchKey")
        return found

    def _objects(self, name: str) -> list[Object]:
        return [obj for obj in self._client.list(BUCKETOBJECTS) if obj["spec"]["bucket"] == name]

    def _configure(self, name: str, credentials: Credentials | None, change: Object) -> None:
        bucket = self._bucket(name, credentials)
        status = {**bucket.get("status", {}), **change}
        if status != bucket.get("status"):
            self._client.update_status(BUCKETS, {**bucket, "status": status})

    def _check_faults(self, bucket: str) -> None:
        """A Fault on ``s3`` or ``s3/BUCKET``: its effect is the error code, such as AccessDenied or SlowDown."""
        fault = faults.find(self._client, "s3", f"s3/{bucket}")
        if fault is not None:
            raise self.error(fault["spec"]["effect"], fault["spec"].get("message", ""))

    def _check_secret(self, credentials: Credentials | None) -> None:
        if credentials is None:
            return
        key_id, secret = credentials
        known = [pair for bucket in self._client.list(BUCKETS) for pair in _credentials(bucket)]
        secrets = {pair["secretAccessKey"] for pair in known if pair["accessKeyID"] == key_id}
        if secrets and secret not in secrets:
            raise self.error("SignatureDoesNotMatch")
        if not secrets and not _KEY_ID.fullmatch(key_id):
            raise self.error("InvalidAccessKeyId")


def object_name(bucket: str, key: str) -> str:
    """The name of the BucketObject of a key."""
    return f"{bucket}.{hashlib.sha256(key.encode()).hexdigest()[:20]}"


def bucket_object(bucket: str, key: str, data: bytes, *, size: int | None = None, time: float = 0.0) -> Object:
    """A BucketObject, also for a profile that fills a bucket."""
    spec = {
        "bucket": bucket,
        "key": key,
        "size": len(data) if size is None else size,
        "etag": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "lastModified": rfc3339(time),
        **encode_payload(data),
    }
    return _new("BucketObject", object_name(bucket, key), spec)


def _new(kind: str, name: str, spec: Object) -> Object:
    return {"apiVersion": "infra.ocsim.dev/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def _credentials(bucket: Object) -> Sequence[Mapping[str, Any]]:
    pairs: Sequence[Mapping[str, Any]] = bucket["spec"].get("credentials") or ()
    return pairs


def _credential(credentials: Credentials) -> Object:
    return {"accessKeyID": credentials[0], "secretAccessKey": credentials[1]}


def _owns(bucket: Object, credentials: Credentials | None) -> bool:
    return credentials is None or _credential(credentials) in _credentials(bucket)
