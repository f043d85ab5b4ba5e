"""Cells of OpenShift's own kinds. Source: origin, printers/internalversion of 4.2."""

from __future__ import annotations

from typing import Any

from simulator.api.ages import long_duration
from simulator.api.printers.text import NONE, pairs, selector
from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339, rfc3339

__all__ = [
    "build_duration",
    "build_from",
    "build_started",
    "build_status",
    "build_type",
    "client_redirects",
    "client_token_age",
    "config_triggers",
    "constraint_capabilities",
    "constraint_priority",
    "constraint_volumes",
    "group_users",
    "list_scopes",
    "operator_message",
    "quota_annotations",
    "quota_labels",
    "stream_tags",
    "stream_updated",
    "tag_updated",
    "template_description",
    "template_objects",
    "template_parameters",
    "token_expires",
    "user_identities",
]
_TAGS_WIDTH = 40  # of the TAGS column of an image stream
_DESCRIPTION_WIDTH = 80


def _ago(timestamp: str | None, now: float) -> str:
    return f"{long_duration(now - parse_rfc3339(timestamp))} ago" if timestamp else ""


def stream_tags(obj: Object, now: float) -> str:
    """As many tags as fit, by name."""
    tags = {tag["tag"] for tag in (obj.get("status") or {}).get("tags") or ()}
    tags |= {tag["name"] for tag in (obj.get("spec") or {}).get("tags") or ()}
    shown: list[str] = []
    for tag in sorted(tags):
        if shown and len(",".join([*shown, tag])) > _TAGS_WIDTH:
            break
        shown.append(tag)
    more = len(tags) - len(shown)
    return ",".join(shown) + (f" + {more} more..." if more else "")


def stream_updated(obj: Object, now: float) -> str:
    times = [
        item["created"]
        for tag in (obj.get("status") or {}).get("tags") or ()
        for item in (tag.get("items") or ())[:1]
        if item.get("created")
    ]
    return _ago(max(times, default=None), now)


def tag_updated(obj: Object, now: float) -> str:
    return _ago(obj["metadata"].get("creationTimestamp"), now)


def _strategy(obj: Object) -> Any:
    return (obj.get("spec") or {}).get("strategy") or {}


def build_type(obj: Object, now: float) -> str:
    return str(_strategy(obj).get("type", ""))


def build_from(obj: Object, now: float) -> str:
    source = (obj.get("spec") or {}).get("source") or {}
    kinds = [name for name, key in (("Dockerfile", "dockerfile"), ("Binary", "binary")) if key in source]
    if "git" in source:
        commit = (((obj.get("spec") or {}).get("revision") or {}).get("git") or {}).get("commit", "")
        reference = commit[:7] or source["git"].get("ref", "")
        kinds.append(f"Git@{reference}" if reference else "Git")
    return ",".join(kinds)


def build_status(obj: Object, now: float) -> str:
    status = obj.get("status") or {}
    reason = status.get("reason")
    return f"{status.get('phase', '')} ({reason})" if reason else str(status.get("phase", ""))


def build_started(obj: Object, now: float) -> str:
    return _ago((obj.get("status") or {}).get("startTimestamp"), now)


def build_duration(obj: Object, now: float) -> str:
    status = obj.get("status") or {}
    if not status.get("startTimestamp"):
        return ""
    end = parse_rfc3339(status["completionTimestamp"]) if status.get("completionTimestamp") else now
    seconds = int(end - parse_rfc3339(status["startTimestamp"]))
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{rest}s" if hours else f"{minutes}m{rest}s" if minutes else f"{rest}s"


def config_triggers(obj: Object, now: float) -> str:
    triggers = []
    for trigger in (obj.get("spec") or {}).get("triggers") or ():
        if trigger.get("type") == "ConfigChange":
            triggers.append("config")
        elif trigger.get("type") == "ImageChange":
            triggers.append(f"image({((trigger.get('imageChangeParams') or {}).get('from') or {}).get('name', '')})")
    return ",".join(triggers)


def template_description(obj: Object, now: float) -> str:
    text = str((obj["metadata"].get("annotations") or {}).get("description", "")).partition("\n")[0]
    return text if len(text) <= _DESCRIPTION_WIDTH else text[: _DESCRIPTION_WIDTH - 3] + "..."


def template_parameters(obj: Object, now: float) -> str:
    """``4 (1 blank)``, ``3 (2 generated)``, ``2 (all set)``."""
    parameters = obj.get("parameters") or []
    generated = sum(1 for item in parameters if item.get("generate"))
    blank = sum(1 for item in parameters if not item.get("generate") and not item.get("value"))
    state = f"{blank} blank" if blank else f"{generated} generated" if generated else "all set"
    return f"{len(parameters)} ({state})"


def template_objects(obj: Object, now: float) -> int:
    return len(obj.get("objects") or ())


def user_identities(obj: Object, now: float) -> str:
    return ", ".join(obj.get("identities") or ())


def group_users(obj: Object, now: float) -> str:
    return ", ".join(obj.get("users") or ())


def operator_message(obj: Object, now: float) -> str:
    """What is wrong with a cluster operator, or what it is at; nothing when all is well."""
    conditions = {item["type"]: item for item in (obj.get("status") or {}).get("conditions") or ()}
    for kind, status in (("Available", "False"), ("Degraded", "True"), ("Progressing", "True")):
        condition = conditions.get(kind) or {}
        if condition.get("status") == status:
            return str(condition.get("message", ""))
    return ""


def constraint_capabilities(obj: Object, now: float) -> str:
    return _list(obj.get("allowedCapabilities"))


def constraint_volumes(obj: Object, now: float) -> str:
    return _list(obj.get("volumes"))


def _list(items: Any) -> str:
    return f"[{' '.join(items)}]" if items else "[]"


def constraint_priority(obj: Object, now: float) -> str:
    return str(obj["priority"]) if obj.get("priority") is not None else NONE


def client_token_age(obj: Object, now: float) -> str:
    seconds = obj.get("accessTokenMaxAgeSeconds")
    return "default" if seconds is None else str(seconds)


def client_redirects(obj: Object, now: float) -> str:
    return ",".join(obj.get("redirectURIs") or ())


def list_scopes(obj: Object, now: float) -> str:
    return ",".join(obj.get("scopes") or ())


def token_expires(obj: Object, now: float) -> str:
    """As Go prints a time: ``2025-11-13 10:30:00 +0000 UTC``. Source: oauth-apiserver, pkg/oauth/printers (4.20)."""
    seconds = obj.get("expiresIn") or 0
    if seconds <= 0:
        return "never"
    moment = rfc3339(parse_rfc3339(obj["metadata"]["creationTimestamp"]) + seconds)
    return f"{moment[:10]} {moment[11:19]} +0000 UTC"


def quota_labels(obj: Object, now: float) -> str:
    """Source: openshift-apiserver, pkg/quota/printers (4.20)."""
    return selector(obj["spec"]["selector"].get("labels"))


def quota_annotations(obj: Object, now: float) -> str:
    return pairs(obj["spec"]["selector"].get("annotations"))
