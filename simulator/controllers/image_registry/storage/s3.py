"""An S3 bucket, the user's or one that the operator makes, on AWS or at spec.storage.s3.regionEndpoint.

Source: pkg/storage/s3/s3.go, release-4.2 and release-4.20.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from simulator.changes.registry import (
    BUCKET_NAME_IS_FIXED,
    CREDENTIALS_FILE,
    OWNERSHIP_IN_SPEC,
    RESOURCE_TAGS,
    STORAGE_CA,
)
from simulator.controllers.image_registry import listers
from simulator.controllers.image_registry.errors import OperatorError, SyncFailed
from simulator.controllers.image_registry.storage import s3pod
from simulator.controllers.image_registry.storage.credentials import cloud_credentials, credentials_file
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.controllers.image_registry.storage.objectstore import Credentials, ObjectStore, Refusal
from simulator.controllers.image_registry.storage.s3names import bucket_tags, fixed_storage_name, storage_name
from simulator.controllers.image_registry.storage.s3settings import ca_bundle, effective_settings, system_bundle
from simulator.errors import Object, StatusError
from simulator.infra.sharedcredentials import keys_in_file

USER_KEYS: Final = ("REGISTRY_STORAGE_S3_ACCESSKEY", "REGISTRY_STORAGE_S3_SECRETKEY")
MINTED_KEYS: Final = ("aws_access_key_id", "aws_secret_access_key")
_NOT_THERE: Final = frozenset({"NoSuchBucket", "Forbidden", "NotFound"})  # a refusal too: it then tries to create
_NAME_ATTEMPTS: Final = 5000


class S3(Driver):
    key = "s3"
    title = "S3"

    @property
    def bucket(self) -> str:
        bucket: str = self.settings.get("bucket", "")
        return bucket

    # -- the pod

    def env(self) -> list[Object]:
        return s3pod.variables(self._effective(), USER_KEYS, self.work.release)

    def volumes(self) -> tuple[list[Object], list[Object]]:
        return s3pod.volumes(self.settings, self.work.release)

    def secrets(self) -> Mapping[str, str]:
        if CREDENTIALS_FILE.at(self.work.release):
            return {s3pod.CREDENTIALS_KEY: self._credentials_file()}
        return dict(zip(USER_KEYS, self._credentials(), strict=True))

    def ca_bundle(self) -> str:
        if not STORAGE_CA.at(self.work.release):
            return ""
        return ca_bundle(self.work.client, self.settings)

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
        infrastructure = listers.infrastructure(self.work.client)
        if self._is_accessible(store):
            if OWNERSHIP_IN_SPEC.at(self.work.release):
                self.set_owned(False)
            self.apply_to_status()
            self.set_exists("True", "S3 Bucket Exists", "User supplied S3 bucket exists and is accessible")
        else:
            self._make_bucket(store, infrastructure.get("infrastructureName", ""))
        self._wait_for_bucket(store)
        # In 4.2 it stays owned when a user's bucket follows one of the operator's: that is then configured too.
        if self.is_owned:
            self._configure(store, infrastructure)
        self.apply_to_status()

    def remove(self) -> None:
        """Empty and delete the bucket, if the operator made it."""
        if not self.is_owned or not self.bucket:
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
        if CREDENTIALS_FILE.at(self.work.release):
            return keys_in_file(self._credentials_file())
        access_key, secret_key = cloud_credentials(self.work.client, USER_KEYS, MINTED_KEYS)
        return access_key, secret_key

    def _credentials_file(self) -> str:
        return credentials_file(self.work.client, USER_KEYS, MINTED_KEYS)

    def _effective(self) -> Object:
        return effective_settings(self.work.client, self.settings, self.work.release)

    def _connect(self) -> ObjectStore:
        """The store as these credentials see it. From here on the settings are the effective ones."""
        credentials = self._credentials()
        self.settings = self._effective()
        try:
            bundle = self.ca_bundle()
        except OperatorError as error:
            raise OperatorError(f"unable to get S3 CA bundle: {error}") from error
        if not (self.settings.get("trustedCA") or {}).get("name"):  # a named one is all that is trusted
            bundle += system_bundle(self.work.client)
        endpoint = self.settings.get("regionEndpoint", "")
        virtual_hosted = bool(self.settings.get("virtualHostedStyle"))
        return ObjectStore(self.work.store(endpoint, virtual_hosted, bundle), credentials)

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
        create = self._create_or_reuse if BUCKET_NAME_IS_FIXED.at(self.work.release) else self._create_under_new_name
        create(store, infrastructure)
        self.set_owned(True)
        self._keep()
        self.set_exists("True", "Creation Successful", "S3 bucket was successfully created")

    def _create_under_new_name(self, store: ObjectStore, infrastructure: str) -> None:
        """Until 4.21: a name that somebody else has is drawn anew."""
        generated = not self.bucket
        for _ in range(_NAME_ATTEMPTS):
            if not self.bucket:
                name = storage_name(self.work.context.names, infrastructure, self._region)
                self.settings["bucket"] = name
            try:
                store.create(self.bucket, self._region)
            except Refusal as error:
                if error.code != "BucketAlreadyExists":
                    raise self._refused(error) from error
                if generated:
                    self.settings["bucket"] = ""
                    continue
                # Somebody else's. The operator notes that, and then goes on as if it had made the bucket.
            return
        self.set_exists("False", "Unable to Generate Unique Bucket Name")
        raise OperatorError("unable to generate a unique s3 bucket name")

    def _create_or_reuse(self, store: ObjectStore, infrastructure: str) -> None:
        """Since 4.22: the name follows from the cluster's, so that a bucket lost in a failure is found again."""
        if not self.bucket:
            self.settings["bucket"] = fixed_storage_name(infrastructure, self._region)
        try:
            store.create(self.bucket, self._region)
        except Refusal as error:
            if error.code == "BucketAlreadyOwnedByYou":
                return
            if error.code != "BucketAlreadyExists":
                raise self._refused(error) from error
            text = f"bucket {self.bucket} exists, but is owned by another account"
            self.set_exists("False", "Unable to Access Bucket", f"The {text}")
            raise OperatorError(text.replace(",", "")) from error

    def _refused(self, error: Refusal) -> OperatorError:
        self.set_exists("False", error.code, str(error))
        return OperatorError(str(error))

    @property
    def _region(self) -> str:
        region: str = self.settings.get("region", "")
        return region

    def _keep(self) -> None:
        """The effective settings become those of spec and status."""
        self.config.spec["storage"][self.key] = self.settings
        self.apply_to_status()

    def _wait_for_bucket(self, store: ObjectStore) -> None:
        """The bucket is there at once. A refusal ends the SDK's waiting as well as success does."""
        try:
            store.head(self.bucket)
        except Refusal as error:
            if error.status_code != 403:
                self.set_exists("False", error.code, str(error))
                raise OperatorError(str(error)) from error

    def _configure(self, store: ObjectStore, infrastructure: Object) -> None:
        """Four settings, each with its own condition. That one fails does not fail the pass."""
        bucket, key_id = self.bucket, self.settings.get("keyID", "")
        algorithm = "aws:kms" if key_id else "AES256"
        tags = bucket_tags(infrastructure, with_resource_tags=RESOURCE_TAGS.at(self.work.release))
        if self._follow_up(
            "StoragePublicAccessBlocked",
            lambda: store.block_public_access(bucket),
            "Public Access Block Successful",
            "Public access to the S3 bucket and its contents have been successfully blocked.",
        ):
            self._keep()
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
            self._keep()
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
