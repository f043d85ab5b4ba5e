"""``/openapi/v3``: an index, and a document for each group version. Source: kube-openapi, pkg/{builder3,handler3}."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from simulator.api.openapi.definitions import V3, Definitions
from simulator.api.openapi.operations import STATUS, Operation, PathItem, paths_of
from simulator.api.openapi.parameters import Parameter
from simulator.api.openapi.roots import root_items
from simulator.api.resourcetable import ResourceType
from simulator.errors import Object
from simulator.release import Release

ROOT = "/openapi/v3"


def index(release: Release, rows: Sequence[ResourceType]) -> Object:
    """All documents with their URLs. A hash is that of what a document is made of: none is made for it."""
    paths = {name: {"serverRelativeURL": f"{ROOT}/{name}?hash={hash_of(name, release, rows)}"} for name in names(rows)}
    return {"paths": paths}


def names(rows: Sequence[ResourceType]) -> list[str]:
    """``api``, ``api/v1``, ``apis/apps``, ``apis/apps/v1``, ``version``, in their order."""
    return sorted({item.path.strip("/") for item in root_items(rows)})


def hash_of(name: str, release: Release, rows: Sequence[ResourceType]) -> str:
    """Changes when the document of this name may have changed."""
    facts = [repr((row, release)) for row in rows if _document_of(row) == name]
    return hashlib.sha512("\n".join([name, release.kubernetes, *facts]).encode()).hexdigest().upper()


def document(name: str, release: Release, rows: Sequence[ResourceType]) -> Object | None:
    """The document of a name; None when there is none."""
    mine = [row for row in rows if _document_of(row) == name]
    definitions = Definitions(release, rows, V3)
    items = [item for item in root_items(rows) if item.path.strip("/") == name]
    if not items:
        return None
    items += [item for row in mine for item in paths_of(row, definitions)]
    wanted = {definitions.name_of(row) for row in mine} | ({STATUS} if mine else set())
    wanted |= {used for item in items for one in item.operations for used in (one.reply, one.body)}
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": release.kubernetes},
        "paths": {item.path: _item(item) for item in sorted(items, key=lambda item: item.path)},
        "components": {
            "schemas": definitions.reach(wanted - {""}),
            "securitySchemes": {
                "BearerToken": {
                    "type": "apiKey", "description": "Bearer Token", "name": "authorization", "in": "header",
                }
            },
        },
    }  # fmt: skip


def _document_of(row: ResourceType) -> str:
    return f"apis/{row.group}/{row.version}" if row.group else f"api/{row.version}"


def _item(item: PathItem) -> Object:
    found: Object = {operation.method: _operation(operation) for operation in item.operations}
    return found | ({"parameters": [_parameter(one) for one in item.parameters]} if item.parameters else {})


def _operation(operation: Operation) -> Object:
    schema = {"type": "string"} if not operation.reply else V3.reference(operation.reply, {})
    content = {media_type: {"schema": schema} for media_type in operation.produces}
    responses: Object = {str(code): {"description": _CODES[code], "content": content} for code in operation.codes}
    told: Object = {
        "tags": [operation.tag],
        "description": operation.description,
        "operationId": operation.id,
        "parameters": [_parameter(one) for one in operation.parameters],
        "requestBody": _body(operation),
        "responses": {**responses, "401": {"description": "Unauthorized"}},
        "x-kubernetes-action": operation.action,
        "x-kubernetes-group-version-kind": operation.kind,
    }
    return {key: value for key, value in told.items() if value not in ([], "", {})}


def _body(operation: Operation) -> Object:
    if not operation.body:
        return {}
    content = {media_type: {"schema": V3.reference(operation.body, {})} for media_type in operation.consumes}
    return {"content": content} | ({} if operation.method == "delete" else {"required": True})


def _parameter(parameter: Parameter) -> Object:
    text = {"description": parameter.description} if parameter.description else {}
    schema = {"type": parameter.type, "uniqueItems": True}
    told: Object = {"name": parameter.name, "in": parameter.place, **text, "schema": schema}
    return told | ({"required": True} if parameter.place == "path" else {})


_CODES = {200: "OK", 201: "Created", 202: "Accepted"}
