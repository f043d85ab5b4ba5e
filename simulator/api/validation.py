"""Validation: the errors that a real API server finds in an object."""

from __future__ import annotations

from simulator.api.resourcetable import ResourceType
from simulator.errors import Invalid, Object


def validate_create(resource: ResourceType, obj: Object) -> None:
    if not obj["metadata"].get("name"):
        raise Invalid(
            f'{resource.kind} "" is invalid: metadata.name: Required value: name or generateName is required',
            group=resource.group,
            kind=resource.kind,
            causes=[
                {
                    "reason": "FieldValueRequired",
                    "message": "Required value: name or generateName is required",
                    "field": "metadata.name",
                }
            ],
        )


def validate_update(resource: ResourceType, obj: Object, current: Object, subresource: str) -> None:
    return None
