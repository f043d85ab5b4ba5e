"""The annotation in which ``oc apply`` keeps what it applied last. Source: kubectl, util/apply.go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from simulator.errors import Object
from simulator.oc import gojson

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def with_last_applied(obj: Mapping[str, Any]) -> Object:
    """A copy of ``obj`` that carries itself, as compact JSON with a newline at the end, in its annotation."""
    metadata = dict(obj["metadata"])
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != LAST_APPLIED}
    bare = {**obj, "metadata": {**metadata, "annotations": annotations}}
    return {**obj, "metadata": {**metadata, "annotations": {**annotations, LAST_APPLIED: gojson.dumps(bare) + "\n"}}}


def last_applied(obj: Mapping[str, Any]) -> str | None:
    """The annotation's text, None when there is none."""
    text: str | None = (obj["metadata"].get("annotations") or {}).get(LAST_APPLIED)
    return text
