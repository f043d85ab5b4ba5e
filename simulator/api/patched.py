"""What a patch made of an object, read as its kind reads it; what does not fit is held against the patch.

Source: apiserver, handlers/patch.go, jsonPatcher and smpPatcher; apimachinery, runtime/converter.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from simulator.api.decoding import decode
from simulator.api.jsontext import dumps
from simulator.api.patch import unknown_members
from simulator.api.strategiclists import go_value
from simulator.api.structural import pruned
from simulator.api.types import JSON_PATCH, STRATEGIC_MERGE_PATCH, Request
from simulator.api.unknownfields import IGNORE, STRICT, directive, unknown_fields
from simulator.api.validation.fields import Errors, invalid
from simulator.changes.api import GO_JSON
from simulator.errors import BadRequest, Invalid, Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_HANDLED: Final = re.compile(r'^\S+ in version "[^"]*" cannot be handled as a \S+: ')
_MISMATCH: Final = re.compile(r"cannot unmarshal (\w+)(?: [-.\w]+)? into Go (?:struct field|value).* of type (\S.*)$")
_KINDS: Final = {"string": "string", "number": "int64", "bool": "bool", "object": "map", "array": "slice"}


def read_patched(server: ApiServer, request: Request, target: Target, patched: Object, current: Object) -> Object:
    """The object as its kind reads it. Invalid when a value is of the wrong type, and for a strict client when there is
    more than the kind knows; warnings of that go to the server.
    """
    check_name(target, patched)
    resource = target.resource
    try:
        read = pruned(resource, decode(resource, patched, current))
    except BadRequest as error:
        if not GO_JSON.at(server.release):
            raise
        raise _invalid(request, patched, _mismatch(request, error.message)) from None
    wanted = directive(request, server.release)
    if wanted != IGNORE:
        texts = _told_twice(request)
        texts += [f'unknown field "{path}"' for path in sorted(unknown_fields(patched, read))]
        if texts and wanted == STRICT:
            raise _invalid(request, patched, f"strict decoding error: {', '.join(texts)}")
        for text in texts:
            server.warn(text)
    return read


def check_name(target: Target, patched: Object) -> None:
    """BadRequest when a patch names another object. Source: apiserver, handlers/rest.go, checkName."""
    meta: Any = patched.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    if isinstance(name, str) and name and name != target.name:
        raise BadRequest(f"the name of the object ({name}) does not match the name on the URL ({target.name})")
    namespace = meta.get("namespace") if isinstance(meta, dict) else None
    if target.namespace and isinstance(namespace, str) and namespace and namespace != target.namespace:
        raise BadRequest("the namespace of the provided object does not match the namespace sent on the request")


def _told_twice(request: Request) -> list[str]:
    if request.content_type != JSON_PATCH:
        return list(request.duplicates)
    twice = [f"json patch {text}" for text in request.duplicates]
    return [*twice, *unknown_members(request.body)]


def _invalid(request: Request, patched: Object, text: str) -> Invalid:
    """It shows the patched object; of a strategic merge patch, the patch."""
    shown = go_value(request.body) if request.content_type == STRATEGIC_MERGE_PATCH else dumps(patched) + "\n"
    errors = Errors()
    errors.invalid("patch", shown, text)
    return invalid("", "", "", errors)


def _mismatch(request: Request, message: str) -> str:
    """A value of the wrong type, as the decoder of JSON tells it; a strategic merge patch is converted without JSON."""
    text = _HANDLED.sub("", message)
    found = _MISMATCH.search(text)
    if request.content_type != STRATEGIC_MERGE_PATCH or found is None:
        return text
    kind, wanted = _KINDS.get(found.group(1), "string"), found.group(2)
    if wanted.startswith("map"):
        return f"cannot restore map from {kind}"
    if wanted.startswith("[]"):
        return f"cannot restore slice from {kind}"
    if wanted.startswith("v1."):
        return f"cannot restore struct from: {kind}"
    return f"unrecognized type: {wanted}"
