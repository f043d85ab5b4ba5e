from __future__ import annotations

import re
from typing import Any

import pytest

from simulator.infra.s3 import S3Error

OURS, WRONG, THEIRS = ("AKIA1", "one"), ("AKIA1", "two"), ("AKIA2", "two")


@pytest.fixture
def s3(lab: Any) -> Any:
    lab.machines.s3.create_bucket("images", "us-east-1", OURS)
    return lab.machines.s3


def code(call: Any, *args: Any) -> str:
    with pytest.raises(S3Error) as refused:
        call(*args)
    return refused.value.code


def test_text_is_the_sdks(s3: Any) -> None:
    with pytest.raises(S3Error) as refused:
        s3.head_bucket("nope", OURS)
    pattern = r"NotFound: Not Found\n\tstatus code: 404, request id: [0-9A-F]{16}, host id: \S{76}"
    assert re.fullmatch(pattern, str(refused.value))
    assert refused.value.status_code == 404


def test_whose_bucket_it_is(s3: Any) -> None:
    s3.head_bucket("images", OURS)
    assert code(s3.head_bucket, "images", THEIRS) == "Forbidden"
    assert code(s3.head_bucket, "images", WRONG) == "Forbidden"
    assert code(s3.list_objects, "images", "", WRONG) == "SignatureDoesNotMatch"
    assert code(s3.head_bucket, "images", ("nonsense", "two")) == "Forbidden"
    assert code(s3.create_bucket, "images", "us-east-1", ("nonsense", "two")) == "InvalidAccessKeyId"
    assert code(s3.put_public_access_block, "images", THEIRS) == "AccessDenied"
    assert code(s3.create_bucket, "images", "us-east-1", THEIRS) == "BucketAlreadyExists"
    assert code(s3.create_bucket, "images", "us-east-1", OURS) == "BucketAlreadyOwnedByYou"
    assert code(s3.get_object, "none", "key", OURS) == "NoSuchBucket"


def test_objects(s3: Any) -> None:
    s3.put_object("images", "a/b", b"\xff\x00", OURS, size=1000)
    s3.put_object("images", "a/c", b"text", OURS)
    s3.put_object("images", "a/c", b"other", OURS)
    assert s3.list_objects("images", "a/", OURS) == [("a/b", 1000), ("a/c", 5)]
    assert s3.get_object("images", "a/b", OURS) == b"\xff\x00"
    assert s3.get_object("images", "a/c", OURS) == b"other"
    assert code(s3.get_object, "images", "a", OURS) == "NoSuchKey"
    assert code(s3.delete_bucket, "images", OURS) == "BucketNotEmpty"
    for key, _ in s3.list_objects("images"):
        s3.delete_object("images", key, OURS)
    s3.delete_bucket("images", OURS)
    assert code(s3.head_bucket, "images") == "NotFound"


def test_settings_are_in_the_status(s3: Any, lab: Any) -> None:
    s3.put_public_access_block("images", OURS)
    s3.put_bucket_tagging("images", {"Name": "x"}, OURS)
    s3.put_bucket_encryption("images", "AES256", "", OURS)
    s3.put_bucket_lifecycle("images", 1, OURS)
    status = s3.head_bucket("images", OURS)["status"]
    assert status["tags"] == {"Name": "x"}
    assert status["encryption"] == {"algorithm": "AES256"}
    assert set(status["publicAccessBlock"].values()) == {True}
    before = lab.state.revision
    s3.put_bucket_tagging("images", {"Name": "x"}, OURS)
    assert lab.state.revision == before


def test_a_fault_refuses(s3: Any, lab: Any) -> None:
    lab.fault("refused", "s3/images", "AccessDenied")
    assert code(s3.head_bucket, "images", OURS) == "Forbidden"
    assert code(s3.list_objects, "images", "", OURS) == "AccessDenied"
    lab.repair("refused")
    assert s3.list_objects("images", "", OURS) == []
