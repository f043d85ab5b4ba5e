"""How a step says no."""

from __future__ import annotations

from simulator.api.resourcetable import ResourceType
from simulator.errors import Forbidden, Object


def forbidden(resource: ResourceType, obj: Object, text: str) -> Forbidden:
    """``pods "x" is forbidden: TEXT``"""
    name = obj["metadata"].get("name", "")
    message = f'{resource.qualified} "{name}" is forbidden: {text}'
    return Forbidden(message, group=resource.group, kind=resource.plural, name=name)


def is_new_pod(operation: str, resource: ResourceType, subresource: str) -> bool:
    return operation == "CREATE" and resource.key == "pods" and not subresource
