"""An S3 bucket, the user's or one that the operator makes. Source: pkg/storage/s3/s3.go, release-4.2."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from simulator.controllers.image_registry import listers
from simulator.controllers.image_registry.errors import OperatorError, SyncFailed
from simulator.controllers.image_registry.names import PRIVATE_CONFIGURATION, REGISTRY
from simulator.controllers.image_registry.storage.credentials import cloud_credentials
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.controllers.image_registry.storage.objectstore import Credentials, ObjectStore, Refusal
from simulator.controllers.image_registry.typed import typed
from simulator.errors import Object, StatusError
from simulator.runtime.names import Names

USER_KEYS: Final = ("REGISTRY_STORAGE_S3_ACCESSKEY", "REGISTRY_STORAGE_S3_SECRETKEY")
MINTED_KEYS: Final = ("aws_access_key_id", "aws_secret_access_key")
BUCKET_NAME_LENGTH: Final = 62
SUFFIX_ALPHABET: Final = "abcdefghijklmnopqrstuvwxy"  # the operator draws one of 25, so z never comes up
_NOT_THERE: Final = frozenset({"NoSuchBucket", "Forbidden", "NotFound"})  # a refusal too: it then tries to create
_NAME_ATTEMPTS: Final = 5000


class S3(Driver):
    key = "s3"
    title = "S3"

    @property
    def bucket(self) -> str:
        bucket: str = self.settings["bucket"]
        return bucket

    # -- the pod

    def env(self) -> list[Object]:
        settings = self.settings
        optional = (
            ("REGISTRY_STORAGE_S3_REGIONENDPOINT", settings["regionEndpoint"]),
            ("REGISTRY_STORAGE_S3_KEYID", settings["keyID"]),
        )
        plain = (
            ("REGISTRY_STORAGE", "s3"),
            ("REGISTRY_STORAGE_S3_BUCKET", self.bucket),
            ("REGISTRY_STORAGE_S3_REGION", settings["region"]),
            ("REGISTRY_STORAGE_S3_ENCRYPT", "true" if settings["encrypt"] else "false"),
        )
        return [
            *({"name": name, "value": value} for name, value in optional if value),
            *({"name": name, "value": value} for name, value in plain),
            *({"name": key, "valueFrom": {"secretKeyRef": _secret_key(key)}} for key in USER_KEYS),
            *_cloud_front_env(settings.get("cloudFront")),
        ]

    def volumes(self) -> tuple[list[Object], list[Object]]:
        cloud_front = self.settings.get("cloudFront")
        if cloud_front is None:
            return [], []
        key = cloud_front["privateKey"]
        source = {
            "secretName": key.get("name", ""),
            "items": [{"key": key["key"], "path": "private.pem"}],
            "optional": False,
        }
        name = "registry-cloudfront"
        mount = {"name": name, "readOnly": True, "mountPath": "/etc/docker/cloudfront"}
        return [{"name": name, "secret": source}], [mount]

    def secrets(self) -> Mapping[str, str]:
        return dict(zip(USER_KEYS, self._credentials(), strict=True))

    # -- the bucket

    def exists(self) -> bool:
        if not self.bucket:
            return False
        try:
            self._connect().head(self.bucket)
        except Refusal as error:
            self._note_head(error)
            return False
        except (OperatorError, StatusError) as error:  # the credentials or the Infrastructure
            self.set_exists("Unknown", "Unknown Error Occurred", str(error))
            raise
        self.set_exists("True", "S3 Bucket Exists")
        return True

    def create(self) -> None:
        """Take the bucket that is named, or make it; name it first if nobody did."""
        store = self._connect()
        infrastructure: str = listers.infrastructure(self.work.client).get("infrastructureName", "")
        if self._is_accessible(store):
            self.apply_to_status()
            self.set_exists("True", "S3 Bucket Exists", "User supplied S3 bucket exists and is accessible")
        else:
            self._make_bucket(store, infrastructure)
        self._wait_for_bucket(store)
        # storageManaged stays true when a user's bucket follows one of the operator's: that is then configured too.
        if self.config.status["storageManaged"]:
            self._configure(store, infrastructure)
        self.apply_to_status()

    def remove(self) -> None:
        """Empty and delete the bucket, if the operator made it."""
        if not self.config.status["storageManaged"] or not self.bucket:
            return
        store = self._connect()
        self._empty_bucket(store)
        try:
            store.delete(self.bucket)
        except Refusal as error:
            if error.code == "NoSuchBucket":
                self.set_exists("False", "S3 Bucket Deleted", "The S3 bucket did not exist.")
                return
            self.set_exists("Unknown", error.code, str(error))
            raise OperatorError(str(error)) from error
        if self.config.spec["storage"].get(self.key) is None:
            # The operator looks into spec.storage.s3 without asking: its process dies, and a new one starts over.
            raise SyncFailed("runtime error: invalid memory address or nil pointer dereference")
        self.config.spec["storage"][self.key]["bucket"] = ""
        self.settings["bucket"] = ""
        self.apply_to_status()
        self.set_exists("False", "S3 Bucket Deleted", "The S3 bucket has been removed.")

    # -- steps

    def _credentials(self) -> Credentials:
        access_key, secret_key = cloud_credentials(self.work.client, USER_KEYS, MINTED_KEYS)
        return access_key, secret_key

    def _connect(self) -> ObjectStore:
        """The store as these credentials see it; the region is filled in on the way."""
        platform = listers.infrastructure(self.work.client)["platformStatus"]
        credentials = self._credentials()
        if not self.settings["region"]:
            self.settings["region"] = (platform.get("aws") or {}).get("region", "")
        return ObjectStore(self.work.s3, credentials)

    def _note_head(self, error: Refusal) -> None:
        """Note why the bucket cannot be reached; OperatorError when that is neither absence nor a refusal."""
        if error.code in _NOT_THERE:
            self.set_exists("False", error.code, str(error))
            return
        self.set_exists("Unknown", "Unknown Error Occurred", str(error))
        raise OperatorError(str(error)) from error

    def _is_accessible(self, store: ObjectStore) -> bool:
        if not self.bucket:
            return False
        try:
            store.head(self.bucket)
        except Refusal as error:
            self._note_head(error)
            return False
        return True

    def _make_bucket(self, store: ObjectStore, infrastructure: str) -> None:
        generated = not self.bucket
        for _ in range(_NAME_ATTEMPTS):
            if not self.bucket:
                self.settings["bucket"] = storage_name(self.work.context.names, infrastructure, self.settings["region"])
            try:
                store.create(self.bucket, self.settings["region"])
            except Refusal as error:
                if error.code != "BucketAlreadyExists":
                    self.set_exists("False", error.code, str(error))
                    raise OperatorError(str(error)) from error
                if generated:
                    self.settings["bucket"] = ""
                    continue
                # Somebody else's. The operator notes that, and then goes on as if it had made the bucket.
            self.config.status["storageManaged"] = True
            self.apply_to_status()
            self.set_exists("True", "Creation Successful", "S3 bucket was successfully created")
            return
        self.set_exists("False", "Unable to Generate Unique Bucket Name")
        raise OperatorError("unable to generate a unique s3 bucket name")

    def _wait_for_bucket(self, store: ObjectStore) -> None:
        """The bucket is there at once. A refusal ends the SDK's waiting as well as success does."""
        try:
            store.head(self.bucket)
        except Refusal as error:
            if error.status_code != 403:
                self.set_exists("False", error.code, str(error))
                raise OperatorError(str(error)) from error

    def _configure(self, store: ObjectStore, infrastructure: str) -> None:
        """Four settings, each with its own condition. That one fails does not fail the pass."""
        bucket, key_id = self.bucket, self.settings["keyID"]
        algorithm = "aws:kms" if key_id else "AES256"
        tags = {f"kubernetes.io/cluster/{infrastructure}": "owned", "Name": f"{infrastructure}-{REGISTRY}"}
        self._follow_up(
            "StoragePublicAccessBlocked",
            lambda: store.block_public_access(bucket),
            "Public Access Block Successful",
            "Public access to the S3 bucket and its contents have been successfully blocked.",
        )
        self._follow_up(
            "StorageTagged",
            lambda: store.tag(bucket, tags),
            "Tagging Successful",
            "Tags were successfully applied to the S3 bucket",
        )
        if self._follow_up(
            "StorageEncrypted",
            lambda: store.encrypt(bucket, algorithm, key_id),
            "Encryption Successful",
            f"Default {algorithm} encryption was successfully enabled on the S3 bucket",
        ):
            self.settings["encrypt"] = True
        self._follow_up(
            "StorageIncompleteUploadCleanupEnabled",
            lambda: store.abort_uploads_after(bucket, 1),
            "Enable Cleanup Successful",
            "Default cleanup of incomplete multipart uploads after one (1) day was successfully enabled",
        )

    def _follow_up(self, kind: str, call: Callable[[], None], reason: str, message: str) -> bool:
        try:
            call()
        except Refusal as error:
            self.config.set_condition(kind, "False", error.code, str(error))
            return False
        self.config.set_condition(kind, "True", reason, message)
        return True

    def _empty_bucket(self, store: ObjectStore) -> None:
        try:
            store.empty(self.bucket)
        except Refusal as error:
            if error.code != "NoSuchBucket":
                raise OperatorError(str(error)) from error


def storage_name(names: Names, infrastructure: str, region: str) -> str:
    """``INFRASTRUCTURE-image-registry-REGION-`` and random letters, 62 characters. Source: pkg/storage/util/util.go."""
    stem = re.sub("-{2,}", "-", "-".join(part for part in (infrastructure, REGISTRY, region) if part))
    missing = BUCKET_NAME_LENGTH - len(stem)
    if missing > 0:
        return f"{stem}-{names.letters(missing - 1, SUFFIX_ALPHABET)}"
    cut = stem[:BUCKET_NAME_LENGTH]
    return cut[:-1] + names.letters(1, SUFFIX_ALPHABET) if cut.endswith("-") and missing < 0 else cut


def _secret_key(key: str) -> Object:
    return {"name": PRIVATE_CONFIGURATION, "key": key}


def _cloud_front_env(cloud_front: Object | None) -> list[Object]:
    if cloud_front is None:
        return []
    settings: Object = typed("ConfigStorageS3CloudFront", cloud_front)
    values = (
        ("BASEURL", settings["baseURL"]),
        ("KEYPAIRID", settings["keypairID"]),
        ("DURATION", settings["duration"]),
        ("PRIVATEKEY", "/etc/docker/cloudfront/private.pem"),
    )
    return [{"name": f"REGISTRY_MIDDLEWARE_STORAGE_CLOUDFRONT_{name}", "value": value} for name, value in values]
