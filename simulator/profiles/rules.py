"""The short forms of rules and subjects in a profile's files."""

from __future__ import annotations

from typing import Any

from simulator.errors import Object
from simulator.profiles.source import FormError

_ALL = "create,delete,deletecollection,get,list,patch,update,watch"


def rule(written: Any) -> Object:
    """``VERBS RESOURCES [GROUPS [NAMES]]`` or ``VERBS PATHS``, each parted by commas; a mapping is taken as it is.

    No group means the core group, which is also named ``core``; the verbs ``ALL`` are the eight of objects.
    """
    if isinstance(written, dict):
        return written
    words = str(written).split()
    if not 2 <= len(words) <= 4:
        raise FormError(f"expected VERBS RESOURCES [GROUPS [NAMES]]: {written!r}", "rules")
    verbs, resources = (_ALL if words[0] == "ALL" else words[0]).split(","), words[1].split(",")
    if resources[0].startswith("/"):
        return {"nonResourceURLs": resources, "verbs": verbs}
    groups = ["" if group == "core" else group for group in (words[2] if len(words) > 2 else "core").split(",")]
    names = {"resourceNames": words[3].split(",")} if len(words) == 4 else {}
    return {"apiGroups": groups, **names, "resources": resources, "verbs": verbs}


def subject(text: str) -> Object:
    """``user:NAME``, ``group:NAME`` or ``sa:NAMESPACE/NAME``."""
    kind, _, name = text.partition(":")
    if kind == "sa":
        namespace, _, account = name.partition("/")
        return {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    if kind not in ("user", "group"):
        raise FormError(f"expected user:, group: or sa: in {text!r}", "subjects")
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": kind.capitalize(), "name": name}
