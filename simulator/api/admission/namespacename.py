"""Every namespace bears its name as a label. Source: kube-apiserver, core/v1/defaults.go (1.21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.changes.workloads import METADATA_NAME
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

LABEL = "kubernetes.io/metadata.name"


def label_namespace(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    """Who takes the label away finds it again."""
    if resource.key != "namespaces" or operation == "DELETE" or not METADATA_NAME.at(server.release):
        return obj
    meta = obj["metadata"]
    if not meta.get("name") or (meta.get("labels") or {}).get(LABEL) == meta["name"]:
        return obj
    return {**obj, "metadata": {**meta, "labels": {**(meta.get("labels") or {}), LABEL: meta["name"]}}}
