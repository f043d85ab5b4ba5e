"""The ways to ask for a watch: ``?watch=1``, and the paths from before that, ``/api/v1/watch/pods``.

Source: apiserver, endpoints/request/requestinfo.go and endpoints/installer.go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from simulator.api.listoptions import is_true
from simulator.api.types import Request
from simulator.errors import BadRequest

_NAMESPACED: Final = 3  # namespaces/NAMESPACE/PLURAL
_CLUSTER: Final = 1  # PLURAL


def normalized(request: Request, parts: list[str]) -> tuple[Request, list[str]]:
    """The request and its path as one of today: ``watch`` is "true" or not there, a name is a field selector."""
    if request.query.get("watch") == "true" and "watch" not in parts:
        return request, parts
    query = {key: value for key, value in request.query.items() if key != "watch"}
    start = 2 if parts[0] == "api" else 3
    if parts[start : start + 1] != ["watch"]:
        if is_true(request.query, "watch"):
            query["watch"] = "true"
        return replace(request, query=query), parts
    rest = parts[start + 1 :]
    length = _NAMESPACED if rest[:1] == ["namespaces"] and len(rest) >= _NAMESPACED else _CLUSTER
    if len(rest) == length + 1:
        query["fieldSelector"] = _named(query.get("fieldSelector", ""), rest[length])
        rest = rest[:length]
    query["watch"] = "true"
    return replace(request, query=query), [*parts[:start], *rest]


def _named(selector: str, name: str) -> str:
    """Source: endpoints/handlers/get.go, ListResource."""
    if selector and selector not in (f"metadata.name={name}", f"metadata.name=={name}"):
        raise BadRequest("fieldSelector metadata.name doesn't match requested name")
    return f"metadata.name={name}"
