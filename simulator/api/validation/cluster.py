"""Services, secrets, config maps, quotas, routes. Source: apis/core/validation of 1.14; origin for routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from simulator.api.quantity import parse
from simulator.api.validation.fields import Errors
from simulator.api.validation.names import validate_label_name, validate_subdomain
from simulator.errors import Object

_KEY = "[-._a-zA-Z0-9]+"
_KEY_TEXT = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    f"'key-name', regex used for validation is '{_KEY}')"
)
_MAX_DATA = 1024 * 1024
_SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_TERMINATIONS = ("edge", "passthrough", "reencrypt")
_TERMINATION_TEXT = (
    "invalid value for termination, acceptable values are edge, passthrough, reencrypt, or empty (no tls specified)"
)


def _service(obj: Object, errors: Errors) -> None:
    spec = obj.get("spec") or {}
    ports = spec.get("ports") or []
    if not ports and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName":
        errors.required("spec.ports")
    names: set[Any] = set()
    for index, port in enumerate(ports):
        path = f"spec.ports[{index}]"
        if not port.get("name") and len(ports) > 1:
            errors.required(f"{path}.name")
        elif port.get("name"):
            validate_label_name(f"{path}.name", port["name"], errors)
            if port["name"] in names:
                errors.duplicate(f"{path}.name", port["name"])
            names.add(port["name"])
        if not 0 < port.get("port", 0) < 65536:
            errors.invalid(f"{path}.port", port.get("port", 0), "must be between 1 and 65535, inclusive")
    if spec.get("type") not in _SERVICE_TYPES:
        errors.unsupported("spec.type", spec.get("type"), _SERVICE_TYPES)


def _service_update(obj: Object, current: Object, errors: Errors) -> None:
    old, new = current["spec"].get("clusterIP"), obj["spec"].get("clusterIP")
    if old and old != new and obj["spec"].get("type") != "ExternalName":
        errors.invalid("spec.clusterIP", new or "", "field is immutable")


def _keys(data: Mapping[str, Any], path: str, errors: Errors) -> None:
    for key in sorted(data):
        if re.fullmatch(_KEY, key) is None:
            errors.invalid(f"{path}[{key}]", key, _KEY_TEXT)


def _secret(obj: Object, errors: Errors) -> None:
    data = obj.get("data") or {}
    _keys(data, "data", errors)
    if sum(len(value) * 3 // 4 for value in data.values()) > _MAX_DATA:
        errors.invalid("data", "", f"Too long: must have at most {_MAX_DATA} characters")
    needed = {"kubernetes.io/tls": ("tls.crt", "tls.key"), "kubernetes.io/dockercfg": (".dockercfg",),
              "kubernetes.io/dockerconfigjson": (".dockerconfigjson",)}  # fmt: skip
    for key in needed.get(obj.get("type", ""), ()):
        if key not in data:
            errors.required(f"data[{key}]")


def _secret_update(obj: Object, current: Object, errors: Errors) -> None:
    if obj.get("type") != current.get("type"):
        errors.invalid("type", obj.get("type"), "field is immutable")


def _config_map(obj: Object, errors: Errors) -> None:
    _keys(obj.get("data") or {}, "data", errors)
    _keys(obj.get("binaryData") or {}, "binaryData", errors)
    for key in sorted(set(obj.get("data") or ()) & set(obj.get("binaryData") or ())):
        errors.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")


def _quota(obj: Object, errors: Errors) -> None:
    for name, size in sorted(((obj.get("spec") or {}).get("hard") or {}).items()):
        if parse(size) < 0:
            errors.invalid(f"spec.hard[{name}]", size, "must be greater than or equal to 0")


def _route(obj: Object, errors: Errors) -> None:
    spec = obj.get("spec") or {}
    if not (spec.get("to") or {}).get("name"):
        errors.required("spec.to.name")
    if spec.get("host"):
        validate_subdomain("spec.host", spec["host"], errors)
    if spec.get("path") and not spec["path"].startswith("/"):
        errors.invalid("spec.path", spec["path"], "path must begin with /")
    tls = spec.get("tls")
    if tls is not None and tls.get("termination") not in _TERMINATIONS:
        errors.invalid("spec.tls.termination", tls.get("termination", ""), _TERMINATION_TEXT)


def _role_binding(obj: Object, errors: Errors) -> None:
    role = obj.get("roleRef") or {}
    if not role.get("name"):
        errors.required("roleRef.name")
    if role.get("kind") not in ("ClusterRole", "Role"):
        errors.unsupported("roleRef.kind", role.get("kind", ""), ("ClusterRole", "Role"))


def _role_binding_update(obj: Object, current: Object, errors: Errors) -> None:
    if obj.get("roleRef") != current.get("roleRef"):
        errors.invalid("roleRef", obj.get("roleRef"), "cannot change roleRef")


CREATE: Mapping[str, Callable[[Object, Errors], None]] = {
    "clusterrolebindings.rbac.authorization.k8s.io": _role_binding,
    "configmaps": _config_map,
    "resourcequotas": _quota,
    "rolebindings.rbac.authorization.k8s.io": _role_binding,
    "routes.route.openshift.io": _route,
    "secrets": _secret,
    "services": _service,
}
UPDATE: Mapping[str, Callable[[Object, Object, Errors], None]] = {
    "clusterrolebindings.rbac.authorization.k8s.io": _role_binding_update,
    "rolebindings.rbac.authorization.k8s.io": _role_binding_update,
    "secrets": _secret_update,
    "services": _service_update,
}
