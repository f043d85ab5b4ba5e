"""Cells of what makes pods: deployments, sets, jobs."""

from __future__ import annotations

from typing import Any

from simulator.api.ages import age, human_duration
from simulator.api.printers.text import NONE, containers, images, pairs, selector
from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339

__all__ = [
    "budget_max",
    "budget_min",
    "cronjob_active",
    "cronjob_last",
    "cronjob_suspend",
    "deployment_ready",
    "hpa_metrics",
    "hpa_min",
    "hpa_named_metrics",
    "hpa_reference",
    "hpa_targets",
    "job_completions",
    "job_duration",
    "job_status",
    "job_template_containers",
    "job_template_images",
    "label_selector",
    "node_selector",
    "plain_selector",
    "podtemplate_containers",
    "podtemplate_images",
    "podtemplate_labels",
    "replicas_current",
    "replicas_desired",
    "replicas_ready",
    "revision_controller",
    "statefulset_ready",
    "template_containers",
    "template_images",
]


def _spec(obj: Object) -> Object:
    return obj.get("spec") or {}


def _status(obj: Object) -> Object:
    return obj.get("status") or {}


def _template(obj: Object) -> Object:
    return (_spec(obj).get("template") or {}).get("spec") or {}


def deployment_ready(obj: Object, now: float) -> str:
    return f"{_status(obj).get('readyReplicas', 0)}/{_spec(obj).get('replicas', 0)}"


statefulset_ready = deployment_ready


def replicas_desired(obj: Object, now: float) -> int:
    return int(_spec(obj).get("replicas", 0))


def replicas_current(obj: Object, now: float) -> int:
    return int(_status(obj).get("replicas", 0))


def replicas_ready(obj: Object, now: float) -> int:
    return int(_status(obj).get("readyReplicas", 0))


def template_containers(obj: Object, now: float) -> str:
    return containers(_template(obj))


def template_images(obj: Object, now: float) -> str:
    return images(_template(obj))


def label_selector(obj: Object, now: float) -> str:
    return selector(_spec(obj).get("selector"))


def plain_selector(obj: Object, now: float) -> str:
    return pairs(_spec(obj).get("selector"))


def node_selector(obj: Object, now: float) -> str:
    return pairs(_template(obj).get("nodeSelector"))


def podtemplate_containers(obj: Object, now: float) -> str:
    return containers(obj.get("template", {}).get("spec") or {})


def podtemplate_images(obj: Object, now: float) -> str:
    return images(obj.get("template", {}).get("spec") or {})


def podtemplate_labels(obj: Object, now: float) -> str:
    return pairs(obj.get("template", {}).get("metadata", {}).get("labels"))


def revision_controller(obj: Object, now: float) -> str:
    for owner in obj["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            group = owner["apiVersion"].rpartition("/")[0]
            kind = owner["kind"].lower()
            return f"{kind}.{group}/{owner['name']}" if group else f"{kind}/{owner['name']}"
    return NONE


def job_completions(obj: Object, now: float) -> str:
    """``1/1``; a job of parallel workers that need no count shows ``0/1 of 3``."""
    done, spec = _status(obj).get("succeeded", 0), _spec(obj)
    if spec.get("completions") is not None:
        return f"{done}/{spec['completions']}"
    workers = spec.get("parallelism", 0)
    return f"{done}/1 of {workers}" if workers > 1 else f"{done}/1"


def job_status(obj: Object, now: float) -> str:
    """Source: printJob of Kubernetes 1.30."""
    true = {item["type"] for item in _status(obj).get("conditions") or () if item["status"] == "True"}
    if ended := next((kind for kind in ("Complete", "Failed") if kind in true), ""):
        return ended
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    return next((kind for kind in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if kind in true), "Running")


def job_duration(obj: Object, now: float) -> str:
    status = _status(obj)
    if not status.get("startTime"):
        return ""
    end = parse_rfc3339(status["completionTime"]) if status.get("completionTime") else now
    return human_duration(end - parse_rfc3339(status["startTime"]))


def _job_template(obj: Object) -> Object:
    return _template(_spec(obj).get("jobTemplate") or {})


def job_template_containers(obj: Object, now: float) -> str:
    return containers(_job_template(obj))


def job_template_images(obj: Object, now: float) -> str:
    return images(_job_template(obj))


def cronjob_suspend(obj: Object, now: float) -> str:
    return "True" if _spec(obj).get("suspend") else "False"


def cronjob_active(obj: Object, now: float) -> int:
    return len(_status(obj).get("active") or ())


def cronjob_last(obj: Object, now: float) -> str:
    last = _status(obj).get("lastScheduleTime")
    return age(last, now) if last else NONE


def budget_min(obj: Object, now: float) -> Any:
    return str(_spec(obj).get("minAvailable", "N/A"))


def budget_max(obj: Object, now: float) -> Any:
    return str(_spec(obj).get("maxUnavailable", "N/A"))


def hpa_reference(obj: Object, now: float) -> str:
    target = _spec(obj).get("scaleTargetRef") or {}
    return f"{target.get('kind', '')}/{target.get('name', '')}"


def hpa_targets(obj: Object, now: float) -> str:
    wanted = _spec(obj).get("targetCPUUtilizationPercentage")
    if wanted is None:
        return NONE
    current = _status(obj).get("currentCPUUtilizationPercentage")
    return f"{'<unknown>' if current is None else f'{current}%'}/{wanted}%"


def hpa_metrics(obj: Object, now: float) -> str:
    """``<unknown>/80%`` for each metric, as far as they are about the use of a resource."""
    return ", ".join(text for _, text in _metrics(obj)) or NONE


def hpa_named_metrics(obj: Object, now: float) -> str:
    """``cpu: <unknown>/80%``"""
    return ", ".join(f"{name}: {text}" for name, text in _metrics(obj)) or NONE


def _metrics(obj: Object) -> list[tuple[str, str]]:
    current = {
        item["resource"]["name"]: item["resource"].get("current") or {}
        for item in _status(obj).get("currentMetrics") or ()
        if item.get("type") == "Resource"
    }
    found = []
    for metric in _spec(obj).get("metrics") or ():
        if metric.get("type") == "Resource":
            name, target = metric["resource"]["name"], metric["resource"]["target"]
            key, unit = ("averageUtilization", "%") if "averageUtilization" in target else ("averageValue", "")
            used = current.get(name, {}).get(key)
            found.append((name, f"{'<unknown>' if used is None else f'{used}{unit}'}/{target.get(key)}{unit}"))
    return found


def hpa_min(obj: Object, now: float) -> str:
    return str(_spec(obj).get("minReplicas", "<unset>"))
