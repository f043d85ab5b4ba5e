"""Validation: the errors that a real API server finds in an object, all of them, in one Invalid."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulator.api.resourcetable import ResourceType
from simulator.api.schema import openapi_of
from simulator.api.validation import cluster, definitions, deploymentconfigs, pods, storage, workloads
from simulator.api.validation.custom import validate_schema
from simulator.api.validation.fields import Errors, invalid
from simulator.api.validation.names import validate_metadata, validate_metadata_update
from simulator.errors import Object

CreateRule = Callable[[Object, Errors], None]
UpdateRule = Callable[[Object, Object, Errors], None]

_CREATE: Mapping[str, CreateRule] = {
    **workloads.CREATE,
    **storage.CREATE,
    **cluster.CREATE,
    **definitions.CREATE,
    **deploymentconfigs.CREATE,
}
_UPDATE: Mapping[str, UpdateRule] = {**workloads.UPDATE, **storage.UPDATE, **cluster.UPDATE, **definitions.UPDATE}


def validate_create(resource: ResourceType, obj: Object) -> None:
    """Raise Invalid with everything that is wrong with a new object."""
    errors = Errors(resource)
    validate_metadata(resource, obj["metadata"], errors)
    _validate_body(resource, obj, errors)
    _raise(resource, obj, errors)


def validate_update(
    resource: ResourceType, obj: Object, current: Object, subresource: str, wanted: Object | None = None
) -> None:
    """Raise Invalid with everything that may not be, or may not change. ``wanted`` is what the writer sent."""
    errors = Errors(resource)
    if subresource and subresource != "status":
        if (check := pods.SUBRESOURCES.get(subresource)) is not None:
            check(obj, current, errors)
            _raise(resource, obj, errors)
        return
    validate_metadata_update(resource, obj["metadata"], current["metadata"], wanted or obj, errors)
    if subresource == "status":
        if resource.custom:
            _validate_body(resource, obj, errors)
    else:
        _validate_body(resource, obj, errors)
        rule = _UPDATE.get(resource.key)
        if rule is not None and ("spec" not in obj or obj["spec"] is not current.get("spec")):
            rule(obj, current, errors)
    _raise(resource, obj, errors)


def _validate_body(resource: ResourceType, obj: Object, errors: Errors) -> None:
    schema = openapi_of(resource) if resource.custom else None
    if schema is not None:
        validate_schema(schema, obj, errors)
    rule = _CREATE.get(resource.key)
    if rule is not None:
        rule(obj, errors)


def _raise(resource: ResourceType, obj: Object, errors: Errors) -> None:
    if errors.items:
        raise invalid(resource.group, resource.kind, obj["metadata"].get("name", ""), errors)
