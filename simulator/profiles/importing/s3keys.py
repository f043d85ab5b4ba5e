"""Keys of S3 as Secrets of OpenShift hold them: under one of three pairs of names, or in a file for the AWS SDK."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

USER: Final = ("REGISTRY_STORAGE_S3_ACCESSKEY", "REGISTRY_STORAGE_S3_SECRETKEY")
MINTED: Final = ("aws_access_key_id", "aws_secret_access_key")
CLAIMED: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
FILE: Final = "credentials"
SETTING: Final = re.compile(r"(?m)^(\s*(aws_access_key_id|aws_secret_access_key|aws_session_token)\s*=\s*)(\S+)")


def keys_in(data: Mapping[str, str]) -> tuple[str, str] | None:
    """(access key id, secret access key) of the decoded data of a Secret; None when there are none."""
    for key, secret in (USER, MINTED, CLAIMED):
        if data.get(key) and data.get(secret):
            return data[key], data[secret]
    told = {match.group(2): match.group(3) for match in SETTING.finditer(data.get(FILE, ""))}
    return (told[MINTED[0]], told[MINTED[1]]) if set(MINTED) <= set(told) else None


def file_of(key: str, secret: str) -> str:
    """The file with one pair of keys."""
    return f"[default]\n{MINTED[0]} = {key}\n{MINTED[1]} = {secret}"
