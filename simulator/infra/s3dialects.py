"""What the three kinds of object store answer in their own way: texts, request ids, and what they do not implement.

Source: the error tables of AWS, noobaa-core (endpoint/s3/s3_errors.js, endpoint_utils.js) and Ceph (rgw_common.cc).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from simulator.runtime.names import Names

_HOST_ID_BYTES = 56  # printed as 76 characters of base64
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"

STATUS_CODES: Final[Mapping[str, int]] = {
    "AccessDenied": 403,
    "BucketAlreadyExists": 409,
    "BucketAlreadyOwnedByYou": 409,
    "BucketNotEmpty": 409,
    "Forbidden": 403,
    "InternalError": 500,
    "InvalidAccessKeyId": 403,
    "InvalidBucketState": 409,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NotFound": 404,
    "NotImplemented": 501,
    "QuotaExceeded": 403,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "SlowDown": 503,
    "TooManyBuckets": 400,
    "UnknownError": 500,
}
HEAD_CODES: Final[Mapping[str, str]] = {
    "AccessDenied": "Forbidden",
    "InvalidAccessKeyId": "Forbidden",
    "NoSuchBucket": "NotFound",
    "NoSuchKey": "NotFound",
    "SignatureDoesNotMatch": "Forbidden",
}
"""An answer to HEAD has no body, so that the SDK makes the code from the status."""
_HTTP_TEXTS: Final[Mapping[str, str]] = {
    "Forbidden": "Forbidden",
    "NotFound": "Not Found",
    "ServiceUnavailable": "Service Unavailable",
}
_AWS_MESSAGES: Final[Mapping[str, str]] = {
    "AccessDenied": "Access Denied",
    "BucketAlreadyExists": "The requested bucket name is not available. The bucket namespace is shared by all users of "
    "the system. Please select a different name and try again.",
    "BucketAlreadyOwnedByYou": "Your previous request to create the named bucket succeeded and you already own it.",
    "BucketNotEmpty": "The bucket you tried to delete is not empty",
    "InternalError": "We encountered an internal error. Please try again.",
    "InvalidAccessKeyId": "The AWS Access Key Id you provided does not exist in our records.",
    "NoSuchBucket": "The specified bucket does not exist",
    "NoSuchKey": "The specified key does not exist.",
    "SignatureDoesNotMatch": "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method.",
    "SlowDown": "Please reduce your request rate.",
}
_NOOBAA_MESSAGES: Final[Mapping[str, str]] = {
    **_AWS_MESSAGES,
    "BucketAlreadyOwnedByYou": "Your previous request to create the named bucket succeeded and you already own it. You "
    "get this error in all AWS regions except US East (N. Virginia) region, us-east-1. In us-east-1 region, you will "
    "get 200 OK, but it is no-op (if bucket exists it Amazon S3 will not do anything).",
    "BucketNotEmpty": "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
    "InvalidAccessKeyId": "The AWS access key Id you provided does not exist in our records.",
    "InvalidBucketState": "The request is not valid with the current state of the bucket.",
    "NotImplemented": "A header you provided implies functionality that is not implemented.",
    "SignatureDoesNotMatch": "The request signature we calculated does not match the signature you provided. Check "
    "your AWS secret access key and signing method. For more information, see REST Authentication and SOAP "
    "Authentication for details.",
    "SlowDown": "Reduce your request rate.",
}


@dataclass(frozen=True)
class Dialect:
    """``store``: what a Bucket's ``spec.store`` says, "" for AWS. ``target``: how a Fault names the store."""

    store: str
    target: str
    messages: Mapping[str, str]
    ids: Callable[[Names, float], tuple[str, str]]  # names, now -> (request id, host id)
    no_room: str = "InternalError"  # the code for a write that finds no room below
    no_creation: str = "AccessDenied"  # the code for an account that may not make buckets
    accounts: str = ""  # the pattern of the Secrets that hold accounts which may
    account_keys: tuple[str, str] = ("", "")
    accounts_own_all: bool = False  # whether those may use everybody's buckets

    def message(self, code: str) -> str:
        return self.messages.get(code, _HTTP_TEXTS.get(code, "" if self.store == "rgw" else code))


def _aws_ids(names: Names, _now: float) -> tuple[str, str]:
    host = base64.b64encode(bytes.fromhex(names.hex(_HOST_ID_BYTES * 2))).decode()
    return names.hex(16).upper(), host


def _noobaa_ids(names: Names, now: float) -> tuple[str, str]:
    """Milliseconds, nanoseconds and a random number to the base 36; both headers carry it."""
    parts = (int(now * 1000), names.integer(10**9), names.integer(65536))
    request = "-".join(map(_base36, parts))
    return request, request


def _rgw_ids(names: Names, now: float) -> tuple[str, str]:
    """A transaction id; the gateway sends no host id in the header that the SDK reads."""
    return f"tx00000{names.hex(16)}-{int(now):010x}-{names.hex(4)}-ocs-storagecluster-cephobjectstore", ""


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
    return digits or "0"


AWS: Final = Dialect("", "s3", _AWS_MESSAGES, _aws_ids)
NOOBAA: Final = Dialect(
    "noobaa", "noobaa", _NOOBAA_MESSAGES, _noobaa_ids, "InvalidBucketState",
    accounts="noobaa-admin", account_keys=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), accounts_own_all=True,
)  # fmt: skip
RGW: Final = Dialect(
    "rgw", "rgw", {}, _rgw_ids, "UnknownError", "TooManyBuckets",
    accounts="rook-ceph-object-user-.*", account_keys=("AccessKey", "SecretKey"),
)  # fmt: skip
