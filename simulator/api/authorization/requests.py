"""What a request asks for. Source: apiserver, endpoints/request/requestinfo.go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from simulator.api.authorization.attributes import Attributes
from simulator.api.types import Request

if TYPE_CHECKING:
    from simulator.api.server import Target

_VERBS: Final = {
    ("GET", True): "get",
    ("GET", False): "list",
    ("HEAD", True): "get",
    ("HEAD", False): "list",
    ("POST", True): "create",
    ("POST", False): "create",
    ("PUT", True): "update",
    ("PUT", False): "update",
    ("PATCH", True): "patch",
    ("PATCH", False): "patch",
    ("DELETE", True): "delete",
    ("DELETE", False): "deletecollection",
}


def attributes_of(request: Request, target: Target) -> Attributes:
    """What is asked of a resource that is served. An object that is a namespace lies in itself."""
    resource, name = target.resource, target.name
    verb, name = _verb(request.method, name, request.query)
    namespace = target.namespace
    if not namespace and target.name and resource.key == "namespaces":
        namespace = target.name
    return Attributes(verb, resource.group, resource.plural, target.subresource, namespace, name)


def attributes_of_path(method: str, path: str, query: Mapping[str, str] | None = None) -> Attributes:
    """What is asked for under any path."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, rest = "", parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, rest = parts[1], parts[3:]
    else:
        return Attributes(method.lower(), path=path)
    namespace = rest[1] if rest[0] == "namespaces" and len(rest) > 1 else ""
    if namespace and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        rest = rest[2:]
    resource, name, subresource = (*rest, "", "", "")[:3]
    verb, name = _verb(method, name, query or {})
    return Attributes(verb, group, resource, subresource, namespace, name)


def _verb(method: str, name: str, query: Mapping[str, str]) -> tuple[str, str]:
    """(verb, name): a list of objects with one name is about that name."""
    verb = _VERBS.get((method, bool(name)), method.lower())
    if verb == "list":
        if query.get("watch") in ("true", "1"):
            verb = "watch"
        if "fieldSelector" in query:
            name = _name_in(query["fieldSelector"])
    return verb, name


def _name_in(selector: str) -> str:
    """The name that a field selector asks for; "" when it asks for any."""
    for term in selector.split(","):
        field, _, value = term.partition("=")
        if field == "metadata.name":
            return value.lstrip("=")
    return ""
