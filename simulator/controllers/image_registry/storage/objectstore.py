"""An object store as the S3 driver talks to it: one account's view of a port that the machines below fill.

This floor does not import theirs, so that what they raise is told by its shape and raised anew as :class:`Refusal`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Credentials = tuple[str, str]
"""(access key id, secret access key)."""


class Refusal(Exception):
    """The store says no, or nobody answers for it. ``str()`` is the SDK's text: ``CODE: MESSAGE``, and more lines."""

    def __init__(self, code: str, status_code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.status_code = code, status_code


class ObjectStore:
    """Every call may raise Refusal."""

    def __init__(self, port: Any, credentials: Credentials) -> None:
        self._port, self._credentials = port, credentials

    def head(self, bucket: str) -> None:
        """Nothing when the bucket is there and may be used; Refusal NotFound or Forbidden."""
        self._ask(self._port.head_bucket, bucket)

    def create(self, bucket: str, region: str) -> None:
        self._ask(self._port.create_bucket, bucket, region)

    def delete(self, bucket: str) -> None:
        self._ask(self._port.delete_bucket, bucket)

    def empty(self, bucket: str) -> None:
        """Delete all objects."""
        for key, _size in self._ask(self._port.list_objects, bucket, ""):
            self._ask(self._port.delete_object, bucket, key)

    def block_public_access(self, bucket: str) -> None:
        self._ask(self._port.put_public_access_block, bucket)

    def tag(self, bucket: str, tags: Mapping[str, str]) -> None:
        self._ask(self._port.put_bucket_tagging, bucket, tags)

    def encrypt(self, bucket: str, algorithm: str, key_id: str) -> None:
        self._ask(self._port.put_bucket_encryption, bucket, algorithm, key_id)

    def abort_uploads_after(self, bucket: str, days: int) -> None:
        self._ask(self._port.put_bucket_lifecycle, bucket, days)

    def _ask(self, call: Callable[..., Any], *args: Any) -> Any:
        try:
            return call(*args, credentials=self._credentials)
        except Exception as error:
            code, status_code = getattr(error, "code", None), getattr(error, "status_code", None)
            if isinstance(code, str) and isinstance(status_code, int):
                raise Refusal(code, status_code, str(error)) from error
            raise
