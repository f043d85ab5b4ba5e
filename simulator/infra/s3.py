"""Object stores that speak S3: buckets and their objects, as ``Bucket`` and ``BucketObject`` in the log.

A bucket lies on the store that its ``spec.store`` names (noobaa, rgw; absent: AWS), and those of one store are unknown
to the others; ``spec.bucket`` is its name there when the object's own differs, as another store has that one already.
It belongs to the access keys in ``spec.credentials`` ([{accessKeyID, secretAccessKey}]). At AWS a key that no bucket
knows is taken for one of another account if it looks like a key: it may make buckets of its own, and is refused at
those of others.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from simulator.api.gvrs import BUCKETOBJECTS, BUCKETS, SECRETS
from simulator.client.client import Client
from simulator.errors import Object
from simulator.infra import faults
from simulator.infra.payload import decode_payload, encode_payload
from simulator.infra.s3dialects import AWS, HEAD_CODES, STATUS_CODES, Dialect
from simulator.runtime.clock import rfc3339
from simulator.runtime.names import Names

Credentials = tuple[str, str]
"""(access key id, secret access key)."""

STORES_NAMESPACE = "openshift-storage"
_KEY_ID = re.compile(r"A[KS]IA[A-Z0-9]+")


class S3Error(Exception):
    """A refusal. ``str()`` is what the AWS SDK for Go prints of it."""

    def __init__(self, code: str, message: str, status_code: int, request_id: str, host_id: str) -> None:
        self.code, self.message, self.status_code = code, message, status_code
        self.request_id, self.host_id = request_id, host_id
        super().__init__(
            f"{code}: {message}\n\tstatus code: {status_code}, request id: {request_id}, host id: {host_id}"
        )


class SendFailed(S3Error):
    """A request that found no server: ``cause`` is what Go's HTTP client says."""

    def __init__(self, cause: str) -> None:
        super().__init__("RequestError", "send request failed", 0, "", "")
        self.args = (f"RequestError: send request failed\ncaused by: {cause}",)


class S3:
    """An object store. ``credentials`` None is the store itself (a profile's loader, a test): never refused."""

    def __init__(self, client: Client, names: Names, dialect: Dialect = AWS) -> None:
        self._client, self._names, self.dialect = client, names, dialect

    def reach(self, verb: str, bucket: str, rest: str = "") -> None:
        """Called before each request, with what its URL is made of. SendFailed or S3Error when it gets no answer."""

    # -- buckets

    def head_bucket(self, name: str, credentials: Credentials | None = None) -> Object:
        """The Bucket. S3Error NotFound or Forbidden: a HEAD has no body, so the SDK makes the code from the status."""
        self.reach("Head", name)
        try:
            return self._bucket(name, credentials)
        except S3Error as error:
            raise self.error(HEAD_CODES.get(error.code, error.code)) from None

    def create_bucket(self, name: str, region: str, credentials: Credentials | None = None) -> Object:
        """S3Error BucketAlreadyExists (of another account), BucketAlreadyOwnedByYou, AccessDenied."""
        self.reach("Put", name)
        self._check_faults(name)
        self._check_secret(credentials)
        self._check_creation(credentials)
        existing = self.find(name)
        if existing is not None:
            owned = self._may_use(existing, credentials)
            raise self.error("BucketAlreadyOwnedByYou" if owned else "BucketAlreadyExists")
        keys = [] if credentials is None else [_credential(credentials)]
        return self.add(name, {"region": region, "credentials": keys})

    def delete_bucket(self, name: str, credentials: Credentials | None = None) -> None:
        """S3Error BucketNotEmpty while there are objects."""
        self.reach("Delete", name)
        bucket = self._bucket(name, credentials)
        if self._objects(bucket):
            raise self.error("BucketNotEmpty")
        self._client.delete(BUCKETS, bucket["metadata"]["name"])

    def put_public_access_block(self, name: str, credentials: Credentials | None = None) -> None:
        block = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        self._configure(name, "publicAccessBlock", credentials, {"publicAccessBlock": dict.fromkeys(block, True)})

    def put_bucket_tagging(self, name: str, tags: Mapping[str, str], credentials: Credentials | None = None) -> None:
        """Replace all tags."""
        self._configure(name, "tagging", credentials, {"tags": dict(tags)})

    def put_bucket_encryption(
        self, name: str, algorithm: str, kms_key: str = "", credentials: Credentials | None = None
    ) -> None:
        """``algorithm``: AES256 or aws:kms."""
        rule = {"algorithm": algorithm, **({"kmsKeyID": kms_key} if kms_key else {})}
        self._configure(name, "encryption", credentials, {"encryption": rule})

    def put_bucket_lifecycle(self, name: str, days: int = 1, credentials: Credentials | None = None) -> None:
        """Abort incomplete multipart uploads after ``days``."""
        rule = {"abortIncompleteMultipartUploadDays": days}
        self._configure(name, "lifecycle", credentials, {"lifecycle": rule})

    # -- objects

    def list_objects(
        self, name: str, prefix: str = "", credentials: Credentials | None = None
    ) -> list[tuple[str, int]]:
        """(key, size) of the objects whose key starts with ``prefix``, by key."""
        self.reach("Get", name, f"?list-type=2&max-keys=1000&prefix={quote(prefix, safe='')}")
        specs = [obj["spec"] for obj in self._objects(self._bucket(name, credentials))]
        return sorted((spec["key"], spec["size"]) for spec in specs if spec["key"].startswith(prefix))

    def get_object(self, name: str, key: str, credentials: Credentials | None = None) -> bytes:
        """The payload, which may be shorter than the recorded size. S3Error NoSuchKey."""
        self.reach("Get", name, f"/{key}")
        return decode_payload(self._object(name, key, credentials)["spec"])

    def head_object(self, name: str, key: str, credentials: Credentials | None = None) -> int:
        """The recorded size in bytes. S3Error NotFound."""
        self.reach("Head", name, f"/{key}")
        try:
            size: int = self._object(name, key, credentials)["spec"]["size"]
        except S3Error as error:
            raise self.error(HEAD_CODES.get(error.code, error.code)) from None
        return size

    def put_object(
        self, name: str, key: str, data: bytes, credentials: Credentials | None = None, *, size: int | None = None
    ) -> None:
        """Store ``data`` under ``key``; ``size`` is recorded instead of the payload's own length."""
        self.reach("Put", name, f"/{key}")
        bucket = self._bucket(name, credentials)["metadata"]["name"]
        self.check_room()
        obj = bucket_object(bucket, key, data, size=size, time=self._client.transport.now())
        existing = self._client.get_or_none(BUCKETOBJECTS, obj["metadata"]["name"])
        if existing is None:
            self._client.create(BUCKETOBJECTS, obj)
        else:
            self._client.update(BUCKETOBJECTS, {**existing, "spec": obj["spec"]})

    def delete_object(self, name: str, key: str, credentials: Credentials | None = None) -> None:
        """Delete; a key that is not there is no error."""
        self.reach("Delete", name, f"/{key}")
        found = object_name(self._bucket(name, credentials)["metadata"]["name"], key)
        if self._client.get_or_none(BUCKETOBJECTS, found) is not None:
            self._client.delete(BUCKETOBJECTS, found)

    # -- without the wire: for the store's own provisioner

    def find(self, name: str) -> Object | None:
        """The Bucket of that name on this store."""
        for candidate in (name, self._prefixed(name)):
            found = self._client.get_or_none(BUCKETS, candidate)
            if found is not None and self._is_here(found) and found["spec"].get("bucket", candidate) == name:
                return found
        return None

    def add(self, name: str, spec: Object) -> Object:
        """Make a Bucket on this store."""
        taken = self._client.get_or_none(BUCKETS, name) is not None
        store = {"store": self.dialect.store} if self.dialect.store else {}
        own = {"bucket": name} if taken else {}
        return self._client.create(
            BUCKETS, _new("Bucket", self._prefixed(name) if taken else name, {**spec, **store, **own})
        )

    def purge(self, name: str) -> None:
        """Remove a bucket with all that is in it; nothing happens if it is not there."""
        bucket = self.find(name)
        if bucket is not None:
            for obj in self._objects(bucket):
                self._client.delete(BUCKETOBJECTS, obj["metadata"]["name"])
            self._client.delete(BUCKETS, bucket["metadata"]["name"])

    def revoke(self, name: str) -> None:
        """Take a bucket from everybody who may use it; it stays."""
        bucket = self.find(name)
        if bucket is not None:
            self._client.update(BUCKETS, {**bucket, "spec": {**bucket["spec"], "credentials": []}})

    # -- shared

    def error(self, code: str, message: str = "") -> S3Error:
        """A new S3Error with its own request and host id."""
        request, host = self.dialect.ids(self._names, self._client.transport.now())
        return S3Error(code, message or self.dialect.message(code), STATUS_CODES.get(code, 400), request, host)

    def check_room(self) -> None:
        """S3Error when what the store stands on takes no more."""

    def _prefixed(self, name: str) -> str:
        return f"{self.dialect.target}.{name}"

    def _is_here(self, bucket: Object) -> bool:
        return bool(bucket["spec"].get("store", "") == self.dialect.store)

    def _bucket(self, name: str, credentials: Credentials | None) -> Object:
        self._check_faults(name)
        self._check_secret(credentials)
        bucket = self.find(name)
        if bucket is None:
            raise self.error("NoSuchBucket")
        if not self._may_use(bucket, credentials):
            raise self.error("AccessDenied")
        return bucket

    def _object(self, name: str, key: str, credentials: Credentials | None) -> Object:
        bucket = self._bucket(name, credentials)
        found = self._client.get_or_none(BUCKETOBJECTS, object_name(bucket["metadata"]["name"], key))
        if found is None:
            raise self.error("NoSuchKey")
        return found

    def _objects(self, bucket: Object) -> list[Object]:
        name = bucket["metadata"]["name"]
        return [obj for obj in self._client.list(BUCKETOBJECTS) if obj["spec"]["bucket"] == name]

    def _configure(self, name: str, setting: str, credentials: Credentials | None, change: Object) -> None:
        self.reach("Put", name, f"?{setting}=")
        bucket = self._bucket(name, credentials)
        self.check_setting(setting, credentials)
        status = {**bucket.get("status", {}), **change}
        if status != bucket.get("status"):
            self._client.update_status(BUCKETS, {**bucket, "status": status})

    def check_setting(self, setting: str, credentials: Credentials | None) -> None:
        """S3Error when the store has no such setting of buckets."""

    def _check_faults(self, bucket: str) -> None:
        """A Fault on ``s3`` or ``s3/BUCKET``: its effect is the error code, such as AccessDenied or SlowDown."""
        target = self.dialect.target
        fault = faults.find(self._client, target, f"{target}/{bucket}")
        if fault is not None:
            raise self.error(fault["spec"]["effect"], fault["spec"].get("message", ""))

    # -- accounts

    def _check_secret(self, credentials: Credentials | None) -> None:
        """A key that a bucket of the store or an account knows must come with its secret."""
        if credentials is None:
            return
        secrets = {secret for key, secret in self._known() if key == credentials[0]}
        if secrets and credentials[1] not in secrets:
            raise self.error("SignatureDoesNotMatch")
        if not secrets and (self.dialect.store or not _KEY_ID.fullmatch(credentials[0])):
            raise self.error("InvalidAccessKeyId")

    def _known(self) -> Iterator[Credentials]:
        yield from self._accounts()
        for bucket in filter(self._is_here, self._client.list(BUCKETS)):
            for pair in _credentials(bucket):
                yield pair["accessKeyID"], pair["secretAccessKey"]

    def _accounts(self) -> list[Credentials]:
        """Those that may make buckets, as the Secrets of the store's operator tell them."""
        found = []
        for secret in self._client.list(SECRETS, STORES_NAMESPACE) if self.dialect.accounts else ():
            if re.fullmatch(self.dialect.accounts, secret["metadata"]["name"]):
                data = {key: base64.b64decode(text).decode() for key, text in (secret.get("data") or {}).items()}
                found.append(tuple(data.get(key, "") for key in self.dialect.account_keys))
        return [(key, secret) for key, secret in found if key]

    def _check_creation(self, credentials: Credentials | None) -> None:
        if credentials is not None and self.dialect.store and credentials not in self._accounts():
            raise self.error(self.dialect.no_creation)

    def _may_use(self, bucket: Object, credentials: Credentials | None) -> bool:
        if credentials is None or _credential(credentials) in _credentials(bucket):
            return True
        return self.dialect.accounts_own_all and credentials in self._accounts()


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
