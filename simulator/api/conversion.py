"""Versions of a kind that have another shape than the one that is stored. Pure.

Source: kubernetes, pkg/apis/autoscaling/v1/conversion.go. What version 1 has no field for, annotations carry there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from simulator.api.resourcetable import ResourceType
from simulator.errors import Object


class Conversion(NamedTuple):
    """Both directions; each returns a new object, or the same when nothing is to be done."""

    store: Callable[[Object], Object]
    show: Callable[[Object], Object]


_PREFIX = "autoscaling.alpha.kubernetes.io/"
_METRICS, _CONDITIONS, _CURRENT, _BEHAVIOR = (
    f"{_PREFIX}{name}" for name in ("metrics", "conditions", "current-metrics", "behavior")
)


def _is_cpu(metric: Object) -> bool:
    resource = metric.get("resource") or {}
    kind = (resource.get("target") or {}).get("type")
    return metric.get("type") == "Resource" and resource.get("name") == "cpu" and kind == "Utilization"


def _show_autoscaler(obj: Object) -> Object:
    """As version 1: the share of the CPU is a field, all other metrics and the conditions are annotations."""
    meta, spec, status = obj["metadata"], dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    metrics = spec.pop("metrics", None) or []
    cpu = next((metric for metric in metrics if _is_cpu(metric)), None)
    if cpu is not None:
        spec["targetCPUUtilizationPercentage"] = cpu["resource"]["target"].get("averageUtilization", 0)
    notes = {
        _METRICS: [metric for metric in metrics if metric is not cpu],
        _BEHAVIOR: spec.pop("behavior", None),
        _CONDITIONS: status.pop("conditions", None),
        _CURRENT: status.pop("currentMetrics", None),
    }
    told = {key: json.dumps(value, separators=(",", ":")) for key, value in notes.items() if value}
    if told:
        meta = {**meta, "annotations": {**(meta.get("annotations") or {}), **told}}
    return {**obj, "metadata": meta, "spec": spec, "status": status}


def _store_autoscaler(obj: Object) -> Object:
    meta, spec, status = obj.get("metadata") or {}, dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    notes = dict(meta.get("annotations") or {})
    found = {key: _parsed(notes.pop(key, "")) for key in (_METRICS, _BEHAVIOR, _CONDITIONS, _CURRENT)}
    share = spec.pop("targetCPUUtilizationPercentage", None)
    metrics = list(found[_METRICS] or ())
    if share is not None:
        target = {"averageUtilization": share, "type": "Utilization"}
        metrics.insert(0, {"resource": {"name": "cpu", "target": target}, "type": "Resource"})
    spec |= {key: value for key, value in (("metrics", metrics), ("behavior", found[_BEHAVIOR])) if value}
    status |= {key: value for key, value in (("conditions", found[_CONDITIONS]), ("currentMetrics", found[_CURRENT]))
               if value}  # fmt: skip
    kept = {key: value for key, value in meta.items() if key != "annotations"}
    result = {**obj, "metadata": {**kept, "annotations": notes} if notes else kept, "spec": spec}
    return {**result, "status": status} if status else result


def _parsed(text: object) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) and text else None
    except ValueError:
        return None


_CONVERSIONS: Final[Mapping[tuple[str, str], Conversion]] = {
    ("horizontalpodautoscalers.autoscaling", "v1"): Conversion(_store_autoscaler, _show_autoscaler)
}


def conversion_of(resource: ResourceType) -> Conversion | None:
    """How the objects that ``resource`` shows differ from those that are stored; None when they do not."""
    return _CONVERSIONS.get((resource.qualified, resource.version)) if resource.stored_as else None
