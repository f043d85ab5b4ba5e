"""Digests of objects, and the rule by which the operator decides on them whether an object must be written.

An annotation on each object holds the digest of what the operator wanted when it last wrote it. As long as it wants the
same, it compares nothing else: what people changed by hand stays. The Deployment goes by another rule since 4.4:
``resources/applied.py``.

Source: pkg/resource/strategy and pkg/resource/dependencies.go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from simulator.api.gvrs import CONFIGMAPS, SECRETS
from simulator.client.client import Client
from simulator.controllers.image_registry.names import CHECKSUM, NAMESPACE
from simulator.controllers.image_registry.typed import LATEST_4_2, go_json, typed
from simulator.errors import Object
from simulator.release import Release

_CONTENT = ("immutable", "data", "binaryData", "type")  # of ConfigMaps and Secrets; their metadata do not count
_REPLACED_METADATA = ("annotations", "labels", "ownerReferences", "finalizers")


def digest(preimage: str) -> str:
    return f"sha256:{hashlib.sha256(preimage.encode()).hexdigest()}"


def checksum(kind: str, obj: Object, release: Release = LATEST_4_2) -> str:
    """The digest of an object's Go JSON. The operator sets kind and apiVersion in hardly any object that it wants."""
    return digest(go_json(typed(kind, obj, release)))


def dependencies_checksum(
    client: Client, configmaps: Iterable[str], secrets: Iterable[str], release: Release = LATEST_4_2
) -> str:
    """The digest of what the registry's pods read. Those that do not exist are skipped; none at all is JSON null."""
    sums = [
        f"{kind.lower()}:{name}:{checksum(kind, {key: found[key] for key in _CONTENT if key in found}, release)}"
        for kind, resource, names in (("ConfigMap", CONFIGMAPS, configmaps), ("Secret", SECRETS, secrets))
        for name in sorted(set(names))
        if (found := client.get_or_none(resource, name, NAMESPACE)) is not None
    ]
    return digest(go_json(sums or None))


def metadata_differs(existing: Object, wanted: Object) -> bool:
    """Whether annotations, labels, owners or finalizers are others than wanted."""
    return any((existing.get(key) or None) != (wanted.get(key) or None) for key in _REPLACED_METADATA)


def replace_metadata(existing: Object, wanted: Object) -> Object:
    """``existing`` with annotations, labels, owners and finalizers as wanted, which are often none at all."""
    kept = {key: value for key, value in existing.items() if key not in _REPLACED_METADATA}
    return {**kept, **{key: value for key, value in wanted.items() if value}}


def is_current(existing: Object, sum_of_wanted: str) -> bool:
    annotations = existing.get("metadata", {}).get("annotations") or {}
    return bool(annotations.get(CHECKSUM) == sum_of_wanted)


def stamped(wanted: Object, sum_of_wanted: str) -> Object:
    """Metadata of ``wanted`` with the checksum."""
    metadata = wanted["metadata"]
    return {**metadata, "annotations": {**(metadata.get("annotations") or {}), CHECKSUM: sum_of_wanted}}
