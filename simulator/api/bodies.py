"""From the bytes of a request's body to JSON values, with what is wrong with them in the words of a real server.

Source: apimachinery, runtime/serializer/json; sigs.k8s.io/json and sigs.k8s.io/yaml.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NoReturn

from simulator.api import jsontext
from simulator.errors import BadRequest, UnsupportedMediaType

JSON: Final = "application/json"
YAML: Final = "application/yaml"
PROTOBUF: Final = "application/vnd.kubernetes.protobuf"
_YAML: Final = frozenset({YAML, "application/apply-patch+yaml"})
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_SUMMARY: Final = 30  # bytes of a body that a refusal shows; handlers/rest.go, transformDecodeError
_SHOWN = 1000  # digits of a number that a refusal repeats; the real server repeats all
_MAX_INT, _MIN_INT = 2**63 - 1, -(2**63)
_SHAPE = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands in ``Request.body`` for a body that could not be read; who needs the body refuses it by ``refusal``."""

    text: str
    summary: str
    yaml: bool = False

    def refusal(self, kind: str) -> BadRequest:
        """For a request that has to carry an object of a ``kind``."""
        text = self.text if self.yaml else f"couldn't get version/kind; json parse error: {self.text}"
        return unrecognized(kind, text, self.summary)


class Body(NamedTuple):
    """A body as JSON values, and what it says twice: ``duplicate field "spec.replicas"``. No body is None."""

    value: Any
    duplicates: tuple[str, ...] = ()


def decode_body(data: bytes, content_type: str) -> Body:
    """The value of a body; never an exception: what cannot be read is an ``Unreadable``."""
    if not data:
        return Body(None)
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == PROTOBUF:
        return _decode_protobuf(data)
    if media_type in _YAML and not data.lstrip().startswith(b"{"):
        return _decode_yaml(data)
    body = _decode_json(data)
    return _decode_yaml(data) if media_type in _YAML and isinstance(body.value, Unreadable) else body


def check_media_type(content_type: str, *, custom: bool) -> None:
    """UnsupportedMediaType for a body in a form that objects cannot have. Source: apiserver, negotiation/errors.go."""
    if content_type == JSON:
        return
    accepted = (JSON, YAML) if custom else (JSON, YAML, PROTOBUF)
    if content_type.partition(";")[0].strip().lower() not in ("", *accepted):
        raise UnsupportedMediaType(
            f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
        )


def unrecognized(kind: str, text: str, summary: str) -> BadRequest:
    """``the object provided is unrecognized (must be of type Pod): ... (7b5d)``"""
    return BadRequest(f"the object provided is unrecognized (must be of type {kind}): {text} ({summary})")


def no_object(kind: str, value: Any) -> BadRequest:
    """The refusal of a body that is JSON and no object of a ``kind``."""
    if isinstance(value, Unreadable):
        return value.refusal(kind)
    if value is None:
        return Unreadable(jsontext.END, "<empty>").refusal(kind)
    text = f"json: cannot unmarshal {word(value)} into Go value of type {_SHAPE}"
    return Unreadable(text, _summary(json.dumps(value).encode())).refusal(kind)


def word(value: Any) -> str:
    """What Go's JSON calls a value."""
    return {str: "string", bool: "bool", list: "array", dict: "object"}.get(type(value), "number")


# -- JSON


class _Found(Exception):
    """Something in the text that JSON has not, or that Go cannot hold."""


class _Repeated(Exception):
    """An object has a name twice."""


class _Pairs(list[Any]):
    """The members of an object as they stand in the text, names that repeat among them."""


def _decode_json(data: bytes) -> Body:
    try:
        if jsontext.is_too_deep(data):
            return Body(Unreadable(jsontext.fault_of(data) or jsontext.END, _summary(data)))
        text = data.decode("utf-8", "replace")
        try:
            value = _ONCE.decode(text)
            duplicates: tuple[str, ...] = ()
        except _Repeated:
            value, duplicates = _LAST.decode(text), tuple(_duplicates(_ALL.decode(text)))
    except _Found as found:
        return Body(Unreadable(jsontext.fault_of(data) or str(found), _summary(data)))
    except (ValueError, RecursionError):
        return Body(Unreadable(jsontext.fault_of(data) or "invalid JSON", _summary(data)))
    return Body(_whole(value) if b"\\u" in data and _SURROGATE.search(data) else value, duplicates)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Repeated
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and its like are Python's, not JSON's


def _integer(text: str) -> int | float:
    """Go keeps what fits 64 bits, and makes the rest a float."""
    if len(text) < 19:
        return int(text)
    value = int(text) if len(text) < 21 else None
    return value if value is not None and _MIN_INT <= value <= _MAX_INT else _float(text)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _Found(f"json: cannot unmarshal number {text[:_SHOWN]} into Go value of type float64")
    return value


def _whole(value: Any) -> Any:
    """The value with the halves of surrogate pairs replaced, which are no text."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def _decoder(hook: Any) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=hook, parse_constant=_no_constant, parse_int=_integer, parse_float=_float)


_ONCE, _LAST, _ALL = _decoder(_once), _decoder(dict), _decoder(_Pairs)


def _duplicates(value: Any, path: str = "") -> Iterator[str]:
    if not isinstance(value, _Pairs):
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from _duplicates(item, f"{path}[{index}]")
        return
    seen: set[str] = set()
    for key, item in value:
        below = f"{path}.{key}" if path else key
        if key in seen:
            yield f'duplicate field "{below}"'
        seen.add(key)
        yield from _duplicates(item, below)


# -- YAML and protobuf


def _decode_yaml(data: bytes) -> Body:
    from simulator.api import yamlbodies  # few clients send it

    try:
        value, repeated = yamlbodies.load(data.decode("utf-8", "replace"))
    except ValueError as error:
        return Body(Unreadable(str(error), _summary(data), yaml=True))
    lines = "".join(f'\n  line {line}: key "{key}" already set in map' for line, key in repeated)
    return Body(value, (f"yaml: unmarshal errors:{lines}",) if lines else ())


def _decode_protobuf(data: bytes) -> Body:
    from simulator.api import protobuf  # programs in Go send it, kubectl create among them

    try:
        return Body(protobuf.decode_object(data))
    except BadRequest as error:
        return Body(Unreadable(error.message, _summary(data), yaml=True))


def _summary(data: bytes) -> str:
    """The beginning of a body as a refusal shows it. Source: apiserver, handlers/rest.go, summarizeData."""
    if not data:
        return "<empty>"
    shown = data[:_SUMMARY].decode("utf-8", "replace") if data[:1] == b"{" else data[:_SUMMARY].hex()
    return f"{shown} ..." if len(data) > _SUMMARY else shown
