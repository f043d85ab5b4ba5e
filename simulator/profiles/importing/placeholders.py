"""What stands in the place of a secret value: of the same shape, and the same for the same value everywhere.

Nothing of a value can be told from its placeholder: that is made of a number, in the order in which values come up.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Final

from simulator.controllers.certificates import certificate, private_key
from simulator.profiles.importing import s3keys

WORD: Final = "imported-placeholder"
NAMED: Final[Mapping[str, str]] = {
    ".dockerconfigjson": '{"auths":{}}',
    ".dockercfg": "{}",
}
_KEY_ID: Final = (
    "a key of AWS",
    "aws_access_key_id",
    "AWS_ACCESS_KEY_ID",
    "REGISTRY_STORAGE_S3_ACCESSKEY",
    "access-key",
    "accesskey",
)
_CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----"


PUBLIC: Final = ("fsid", "cluster-name", "mon-host", "mon_host", "mon_initial_members", "region", "clusterID")
"""Keys of Secrets whose values are no secrets: replaced there, as all are, and let stand elsewhere."""


class Placeholders:
    """``of`` gives the placeholder of a value; ``known`` are all so far, by value; ``public`` stand elsewhere, too."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.public: set[str] = set()

    def of(self, value: str, key: str = "") -> str:
        """``key``: the name under which the value stands, which tells what shape readers of it expect."""
        found = self.known.get(value)
        if key in PUBLIC:
            self.public.add(value)
        if found is None:
            if s3keys.SETTING.search(value):
                found = s3keys.SETTING.sub(
                    lambda match: match.group(1) + self.of(match.group(3), match.group(2)), value
                )
            else:
                found = _made(key, value, f"{WORD}-{len(self.known) + 1}")
            self.known[value] = found
        return found

    def encoded(self, data: str, key: str) -> str:
        """The same for a value in base64, as Secrets have them; what is no base64 counts as it stands."""
        return base64.b64encode(self.of(_decoded(data), key).encode()).decode()


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode("utf-8", "surrogateescape")
    except ValueError:
        return data


def _made(key: str, value: str, name: str) -> str:
    if key in NAMED:
        return NAMED[key]
    if key in _KEY_ID:
        return "AKIA" + hashlib.sha256(name.encode()).hexdigest()[:16].upper()
    if "PRIVATE KEY-----" in value or key.endswith(".key"):
        return private_key(name)
    if _CERTIFICATE in value or key.endswith((".crt", ".pem")):
        return certificate(name)
    return name
