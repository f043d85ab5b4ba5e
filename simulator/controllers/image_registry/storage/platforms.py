"""What the cluster's platform has to offer. The table is data: ``platforms.yaml``."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from simulator import documents
from simulator.client.client import Client
from simulator.controllers.image_registry import listers
from simulator.controllers.image_registry.names import DEFAULT_CLAIM
from simulator.errors import Object
from simulator.release import Release, is_part


class Offer(NamedTuple):
    """``storage`` is a spec.storage, {} for none; ``claim_class`` that of a claim that bootstrap is to make, or ""."""

    storage: Object
    replicas: int
    claim_class: str


@cache
def _table(release: Release) -> tuple[dict[str, Any], dict[str, Any]]:
    """(rows by platform, the row of a platform that the release does not know)."""
    loaded = documents.packaged(__package__, "platforms.yaml")
    known = {row["name"]: row for row in loaded["platforms"] if is_part(release.minor, row)}
    return known, next(row for row in loaded["unknown"] if is_part(release.minor, row))


def platform_offer(client: Client, release: Release) -> Offer:
    """What the platform of the Infrastructure offers. NotFound when there is no Infrastructure."""
    platform = listers.infrastructure(client)["platformStatus"]["type"]
    known, unknown = _table(release)
    row = known.get(platform, unknown)
    claim: str = row.get("claim", "")
    settings = {"claim": DEFAULT_CLAIM} if claim else {}
    storage = {row["storage"]: settings} if row.get("storage") else {}
    return Offer(storage, row.get("replicas", 1), claim)
