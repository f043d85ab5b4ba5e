"""Cells of nodes, events, rights and what counts keys."""

from __future__ import annotations

from typing import Any

from simulator.api.ages import age, human_duration
from simulator.api.printers.text import NONE
from simulator.errors import Object

__all__ = [
    "apiservice_available",
    "apiservice_service",
    "binding_accounts",
    "binding_groups",
    "binding_role",
    "binding_users",
    "component_error",
    "component_message",
    "component_status",
    "csr_condition",
    "csr_duration",
    "data_count",
    "event_count",
    "event_first",
    "event_last",
    "event_message",
    "event_object",
    "event_source",
    "event_source_or_controller",
    "event_times",
    "node_external_ip",
    "node_internal_ip",
    "node_kernel",
    "node_os_image",
    "node_roles",
    "node_runtime",
    "node_status",
    "policy_binding_parameters",
    "policy_parameters",
    "policy_validations",
    "quota_limits",
    "quota_requests",
    "secret_count",
    "webhook_count",
]
_ROLE_PREFIX = "node-role.kubernetes.io/"


def data_count(obj: Object, now: float) -> int:
    return len(obj.get("data") or ()) + len(obj.get("binaryData") or ())


def secret_count(obj: Object, now: float) -> int:
    return len(obj.get("secrets") or ())


def node_status(obj: Object, now: float) -> str:
    ready = [item for item in (obj.get("status") or {}).get("conditions") or () if item["type"] == "Ready"]
    text = "Unknown" if not ready else "Ready" if ready[0]["status"] == "True" else "NotReady"
    return text + (",SchedulingDisabled" if (obj.get("spec") or {}).get("unschedulable") else "")


def node_roles(obj: Object, now: float) -> str:
    labels = obj["metadata"].get("labels") or {}
    roles = {key.removeprefix(_ROLE_PREFIX) for key in labels if key.startswith(_ROLE_PREFIX)}
    roles |= {labels["kubernetes.io/role"]} if labels.get("kubernetes.io/role") else set()
    return ",".join(sorted(role for role in roles if role)) or NONE


def node_internal_ip(obj: Object, now: float) -> str:
    return _address(obj, "InternalIP")


def node_external_ip(obj: Object, now: float) -> str:
    return _address(obj, "ExternalIP")


def _address(obj: Object, kind: str) -> str:
    for item in (obj.get("status") or {}).get("addresses") or ():
        if item["type"] == kind:
            return str(item["address"])
    return NONE


def _info(obj: Object, key: str) -> str:
    return str(((obj.get("status") or {}).get("nodeInfo") or {}).get(key) or "<unknown>")


def node_os_image(obj: Object, now: float) -> str:
    return _info(obj, "osImage")


def node_kernel(obj: Object, now: float) -> str:
    return _info(obj, "kernelVersion")


def node_runtime(obj: Object, now: float) -> str:
    return _info(obj, "containerRuntimeVersion")


def event_object(obj: Object, now: float) -> str:
    about = obj.get("involvedObject") or {}
    kind, name = str(about.get("kind", "")).lower(), about.get("name", "")
    return f"{kind}/{name}" if name else kind


def event_source(obj: Object, now: float) -> str:
    source = obj.get("source") or {}
    return ", ".join(source[key] for key in ("component", "host") if source.get(key))


def event_message(obj: Object, now: float) -> str:
    return str(obj.get("message", "")).strip()


def event_count(obj: Object, now: float) -> str:
    return str(obj.get("count", 0))


def event_first(obj: Object, now: float) -> str:
    """An event of events.k8s.io has a time of its own instead of a first and a last one."""
    return age(obj.get("firstTimestamp") or obj.get("eventTime"), now)


def event_last(obj: Object, now: float) -> str:
    last = (obj.get("series") or {}).get("lastObservedTime") or obj.get("lastTimestamp")
    return age(last, now) if last else event_first(obj, now)


def event_times(obj: Object, now: float) -> str:
    return str((obj.get("series") or {}).get("count") or obj.get("count") or 1)


def event_source_or_controller(obj: Object, now: float) -> str:
    source = obj.get("source") or {}
    component = source.get("component") or obj.get("reportingComponent")
    instance = source.get("host") or obj.get("reportingInstance")
    return ", ".join(part for part in (component, instance) if part)


def binding_role(obj: Object, now: float) -> str:
    role = obj.get("roleRef") or {}
    return f"{role.get('kind', '')}/{role.get('name', '')}"


def _subjects(obj: Object, kind: str) -> list[Any]:
    return [subject for subject in obj.get("subjects") or () if subject.get("kind") == kind]


def binding_users(obj: Object, now: float) -> str:
    return ", ".join(subject["name"] for subject in _subjects(obj, "User"))


def binding_groups(obj: Object, now: float) -> str:
    return ", ".join(subject["name"] for subject in _subjects(obj, "Group"))


def binding_accounts(obj: Object, now: float) -> str:
    return ", ".join(f"{item.get('namespace', '')}/{item['name']}" for item in _subjects(obj, "ServiceAccount"))


def _condition(obj: Object) -> Any:
    healthy = [item for item in obj.get("conditions") or () if item["type"] == "Healthy"]
    return healthy[0] if healthy else {}


def component_status(obj: Object, now: float) -> str:
    return {"True": "Healthy", "False": "Unhealthy"}.get(_condition(obj).get("status", ""), "Unknown")


def component_message(obj: Object, now: float) -> str:
    return str(_condition(obj).get("message", ""))


def component_error(obj: Object, now: float) -> str:
    return str(_condition(obj).get("error", ""))


def csr_condition(obj: Object, now: float) -> str:
    status = obj.get("status") or {}
    types = [item["type"] for item in status.get("conditions") or ()]
    text = "Denied" if "Denied" in types else "Approved" if "Approved" in types else "Pending"
    return text + (",Issued" if status.get("certificate") else "")


def csr_duration(obj: Object, now: float) -> str:
    seconds = (obj.get("spec") or {}).get("expirationSeconds")
    return NONE if seconds is None else human_duration(seconds)


def quota_requests(obj: Object, now: float) -> str:
    return _quota(obj, limits=False)


def quota_limits(obj: Object, now: float) -> str:
    return _quota(obj, limits=True)


def _quota(obj: Object, *, limits: bool) -> str:
    """``pods: 2/5, requests.storage: 100Gi/10Gi``; what begins with ``limits.`` stands apart."""
    status = obj.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    names = [name for name in sorted(hard) if name.startswith("limits.") == limits]
    return ", ".join(f"{name}: {used.get(name, '0')}/{hard[name]}" for name in names)


def webhook_count(obj: Object, now: float) -> int:
    return len(obj.get("webhooks") or ())


def policy_validations(obj: Object, now: float) -> int:
    return len((obj.get("spec") or {}).get("validations") or ())


def policy_parameters(obj: Object, now: float) -> str:
    kind = (obj.get("spec") or {}).get("paramKind")
    return f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else "<unset>"


def policy_binding_parameters(obj: Object, now: float) -> str:
    reference = (obj.get("spec") or {}).get("paramRef")
    if not reference:
        return "<unset>"
    name = str(reference.get("name", "*"))
    return f"{reference['namespace']}/{name}" if reference.get("namespace") else name


def apiservice_service(obj: Object, now: float) -> str:
    service = (obj.get("spec") or {}).get("service")
    return f"{service['namespace']}/{service['name']}" if service else "Local"


def apiservice_available(obj: Object, now: float) -> str:
    for item in (obj.get("status") or {}).get("conditions") or ():
        if item["type"] == "Available":
            return "True" if item["status"] == "True" else f"{item['status']} ({item.get('reason', '')})"
    return "Unknown"
