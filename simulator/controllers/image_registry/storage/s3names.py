"""What the operator calls a bucket that it makes, and what it writes on it. Source: pkg/storage/util/util.go."""

from __future__ import annotations

import re
from typing import Final

from simulator.controllers.image_registry.names import REGISTRY
from simulator.errors import Object
from simulator.runtime.names import Names

BUCKET_NAME_LENGTH: Final = 62
SUFFIX_ALPHABET: Final = "abcdefghijklmnopqrstuvwxy"  # the operator draws one of 25, so z never comes up


def bucket_tags(infrastructure: Object, with_resource_tags: bool) -> dict[str, str]:
    """``infrastructure`` is the status of the Infrastructure, whose platform may ask for tags of its own."""
    name = infrastructure.get("infrastructureName", "")
    tags = {f"kubernetes.io/cluster/{name}": "owned", "Name": f"{name}-{REGISTRY}"}
    if with_resource_tags:
        aws = infrastructure["platformStatus"].get("aws") or {}
        tags.update((tag["key"], tag["value"]) for tag in aws.get("resourceTags") or ())
    return tags


def storage_name(names: Names, infrastructure: str, region: str) -> str:
    """``INFRASTRUCTURE-image-registry-REGION-`` and random letters, 62 characters."""
    stem = _stem(infrastructure, region)
    missing = BUCKET_NAME_LENGTH - len(stem)
    if missing > 0:
        return f"{stem}-{names.letters(missing - 1, SUFFIX_ALPHABET)}"
    cut = stem[:BUCKET_NAME_LENGTH]
    return cut[:-1] + names.letters(1, SUFFIX_ALPHABET) if cut.endswith("-") and missing < 0 else cut


def fixed_storage_name(infrastructure: str, region: str) -> str:
    """The same without letters; one that would end in a dash ends in ``s``."""
    cut = _stem(infrastructure, region)[:BUCKET_NAME_LENGTH]
    return (cut[:-1] + "s" if cut.endswith("-") else cut).lower()


def _stem(infrastructure: str, region: str) -> str:
    return re.sub("-{2,}", "-", "-".join(part for part in (infrastructure, REGISTRY, region) if part))
