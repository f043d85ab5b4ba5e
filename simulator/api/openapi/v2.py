"""``/openapi/v2``: one document for everything, in parts, so that never more than one part of it is held as objects.

Source: kube-openapi, pkg/builder/openapi.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.api.openapi.definitions import V2, Definitions
from simulator.api.openapi.operations import STATUS, Operation, PathItem, paths_of
from simulator.api.openapi.parameters import Parameter
from simulator.api.openapi.roots import root_items
from simulator.api.resourcetable import ResourceType
from simulator.errors import Object
from simulator.release import Release

HEAD: Object = {"swagger": "2.0"}
TAIL: Object = {
    "securityDefinitions": {
        "BearerToken": {"type": "apiKey", "name": "authorization", "in": "header", "description": "Bearer Token"}
    },
    "security": [{"BearerToken": []}],
}


class Document:
    """The parts of the document for the kinds of ``rows``."""

    def __init__(self, release: Release, rows: Sequence[ResourceType]) -> None:
        self.release, self.rows = release, rows
        self.definitions = Definitions(release, rows, V2)

    def info(self) -> Object:
        return {"title": "Kubernetes", "version": self.release.kubernetes}

    def paths(self) -> Iterator[tuple[str, Object]]:
        """Each path with its item, in their order."""
        items = [*root_items(self.rows), *(item for row in self.rows for item in paths_of(row, self.definitions))]
        for item in sorted(items, key=lambda item: item.path):
            yield item.path, _item(item)

    def all_definitions(self) -> Iterator[tuple[str, Object]]:
        """Each definition with its name, in their order."""
        names = {STATUS}
        for item in root_items(self.rows):
            names.update(operation.reply for operation in item.operations)
        for row in self.rows:
            for item in paths_of(row, self.definitions):
                names.update(name for one in item.operations for name in (one.reply, one.body))
            names.add(self.definitions.name_of(row))
        yield from self.definitions.reach(names - {""}).items()


def _item(item: PathItem) -> Object:
    found: Object = {operation.method: _operation(operation) for operation in item.operations}
    return found | ({"parameters": [_parameter(one) for one in item.parameters]} if item.parameters else {})


def _operation(operation: Operation) -> Object:
    parameters = [_parameter(one) for one in operation.parameters]
    if operation.body:
        body = {"name": "body", "in": "body", "schema": V2.reference(operation.body, {})}
        optional = operation.method == "delete"
        parameters.insert(0, body if optional else {**body, "required": True})
    schema = {"type": "string"} if not operation.reply else V2.reference(operation.reply, {})
    responses: Object = {str(code): {"description": _CODES[code], "schema": schema} for code in operation.codes}
    told: Object = {
        "description": operation.description,
        "consumes": list(operation.consumes),
        "produces": list(operation.produces),
        "schemes": ["https"],
        "tags": [operation.tag],
        "operationId": operation.id,
        "parameters": parameters,
        "responses": {**responses, "401": {"description": "Unauthorized"}},
        "x-kubernetes-action": operation.action,
        "x-kubernetes-group-version-kind": operation.kind,
    }
    return {key: value for key, value in told.items() if value not in ([], "", {})}


def _parameter(parameter: Parameter) -> Object:
    text = {"description": parameter.description} if parameter.description else {}
    told: Object = {"uniqueItems": True, "type": parameter.type, **text, "name": parameter.name, "in": parameter.place}
    return told | ({"required": True} if parameter.place == "path" else {})


_CODES = {200: "OK", 201: "Created", 202: "Accepted"}
