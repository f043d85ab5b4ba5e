"""What the registry's pod is told of its bucket: variables, and files in volumes.

Source: ConfigEnv and Volumes in pkg/storage/s3/s3.go, release-4.2 and release-4.20.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from simulator.changes.registry import CLOUD_FRONT_AS_LIST, CREDENTIALS_FILE, S3_DUAL_STACK, S3_PATH_STYLE
from simulator.controllers.image_registry.names import PRIVATE_CONFIGURATION
from simulator.controllers.image_registry.typed import go_json, typed
from simulator.errors import Object
from simulator.release import Release

Variable = tuple[str, str]

CREDENTIALS_KEY: Final = "credentials"  # in the Secret image-registry-private-configuration
_CREDENTIALS_AT: Final = "/var/run/secrets/cloud"
_CLOUD_FRONT_AT: Final = "/etc/docker/cloudfront"
_CLOUD_FRONT_KEY: Final = "private.pem"
_CHUNK_SIZES_MIB: Final = range(5, 5121)  # what S3 takes as a part of an upload


def variables(settings: Object, keys: Sequence[str], release: Release) -> list[Object]:
    """``settings`` is a spec.storage.s3. ``keys``: what of the Secret becomes variables, where no file holds it."""
    in_file = CREDENTIALS_FILE.at(release)
    return [
        *({"name": name, "value": value} for name, value in _plain(settings, release)),
        *([] if in_file else [{"name": key, "valueFrom": {"secretKeyRef": _secret_key(key)}} for key in keys]),
        *({"name": name, "value": value} for name, value in _cloud_front(settings.get("cloudFront"), release)),
    ]


def volumes(settings: Object, release: Release) -> tuple[list[Object], list[Object]]:
    """Volumes, and where they are mounted."""
    sources: list[tuple[str, Object, str]] = []
    if CREDENTIALS_FILE.at(release):
        source: Object = {"secretName": PRIVATE_CONFIGURATION, "optional": False}
        sources.append((PRIVATE_CONFIGURATION, source, _CREDENTIALS_AT))
    if (cloud_front := settings.get("cloudFront")) is not None:
        key = cloud_front["privateKey"]
        items = [{"key": key["key"], "path": _CLOUD_FRONT_KEY}]
        source = {"secretName": key.get("name", ""), "items": items, "optional": False}
        sources.append(("registry-cloudfront", source, _CLOUD_FRONT_AT))
    return (
        [{"name": name, "secret": source} for name, source, _at in sources],
        [{"name": name, "readOnly": True, "mountPath": at} for name, _source, at in sources],
    )


def _plain(settings: Object, release: Release) -> list[Variable]:
    chunk_mib = settings.get("chunkSizeMiB", 0)
    optional = (
        ("REGIONENDPOINT", settings.get("regionEndpoint")),
        ("KEYID", settings.get("keyID")),
        ("CHUNKSIZE", str(chunk_mib << 20) if chunk_mib in _CHUNK_SIZES_MIB else ""),
    )
    always = (
        ("BUCKET", settings.get("bucket", "")),
        ("REGION", settings.get("region", "")),
        ("ENCRYPT", _bool(settings.get("encrypt"))),
    )
    since = (
        (S3_PATH_STYLE, "FORCEPATHSTYLE", _bool(not settings.get("virtualHostedStyle"))),
        (CREDENTIALS_FILE, "CREDENTIALSCONFIGPATH", f"{_CREDENTIALS_AT}/{CREDENTIALS_KEY}"),
        (S3_DUAL_STACK, "USEDUALSTACK", "true"),  # all regions but those of a few secret partitions have it
    )
    prefix = "REGISTRY_STORAGE_S3_"
    return [
        *((prefix + name, str(value)) for name, value in optional if value),
        ("REGISTRY_STORAGE", "s3"),
        *((prefix + name, value) for name, value in always),
        *((prefix + name, value) for change, name, value in since if change.at(release)),
    ]


def _cloud_front(cloud_front: Object | None, release: Release) -> list[Variable]:
    if cloud_front is None:
        return []
    settings: Object = typed("ConfigStorageS3CloudFront", cloud_front)
    key_file = f"{_CLOUD_FRONT_AT}/{_CLOUD_FRONT_KEY}"
    if not CLOUD_FRONT_AS_LIST.at(release):
        values = (
            ("BASEURL", settings["baseURL"]),
            ("KEYPAIRID", settings["keypairID"]),
            ("DURATION", settings["duration"]),
            ("PRIVATEKEY", key_file),
        )
        return [(f"REGISTRY_MIDDLEWARE_STORAGE_CLOUDFRONT_{name}", value) for name, value in values]
    options = {
        "baseurl": settings["baseURL"],
        "privatekey": key_file,
        "keypairid": settings["keypairID"],
        "duration": "1200s" if settings["duration"] == "0s" else settings["duration"],
        "ipfilteredby": "none",
    }
    return [("REGISTRY_MIDDLEWARE_STORAGE", go_json([{"name": "cloudfront", "options": options}]))]


def _secret_key(key: str) -> Object:
    return {"name": PRIVATE_CONFIGURATION, "key": key}


def _bool(value: object) -> str:
    return "true" if value else "false"
