"""What a client wants to be answered in: JSON, YAML or protobuf. Source: apiserver, handlers/negotiation (1.33)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from simulator.api.resourcetable import ResourceType
from simulator.api.types import Response, WatchEvent
from simulator.api.watch import Watch
from simulator.errors import NotAcceptable

if TYPE_CHECKING:
    from simulator.api.server import Reply

JSON: Final = "application/json"
YAML: Final = "application/yaml"
PROTOBUF: Final = "application/vnd.kubernetes.protobuf"
_ALL: Final = (JSON, YAML, PROTOBUF)
_RANGES: Final = {"*/*": JSON, "application/*": JSON, "": JSON}
UNNEGOTIATED: Final = frozenset({"attach", "exec", "log", "portforward", "proxy"})
"""Subresources that are answered in their own way."""
_SHAPES: Final = frozenset({"Table", "PartialObjectMetadata", "PartialObjectMetadataList"})


@lru_cache(maxsize=512)
def clauses(accept: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """The media types of an Accept header with their parameters; those of a higher ``q`` first."""
    found = []
    for clause in accept.split(","):
        media_type, *rest = (part.strip() for part in clause.split(";"))
        pairs = (part.partition("=") for part in rest)
        found.append((media_type.lower(), {key.strip().lower(): value.strip() for key, _, value in pairs}))
    return tuple(sorted(found, key=lambda clause: -_quality(clause[1])))


def _quality(parameters: Mapping[str, str]) -> float:
    try:
        return float(parameters.get("q", 1))
    except ValueError:
        return 0.0


@lru_cache(maxsize=512)
def encoding(accept: str, protobuf: bool = True) -> str:
    """JSON, YAML or PROTOBUF, whichever comes first of those that can be had; NotAcceptable when none can.

    Protobuf is for who takes nothing else: it costs more to make. ``protobuf``: whether the kind can be had in it.
    """
    wanted = [
        _RANGES.get(media_type, media_type)
        for media_type, parameters in clauses(accept)
        if _quality(parameters) > 0 and parameters.get("as", "Table") in _SHAPES
    ]
    for chosen in sorted(wanted, key=lambda media_type: media_type == PROTOBUF):
        if chosen in _ALL and (protobuf or chosen != PROTOBUF):
            return chosen
    served = _ALL if protobuf else _ALL[:2]
    raise NotAcceptable("only the following media types are accepted: " + ", ".join(served))


@lru_cache(maxsize=512)
def document_encoding(accept: str) -> str:
    """JSON or YAML for a document of discovery, whatever shape is asked for with ``as``."""
    for media_type, parameters in clauses(accept):
        chosen = _RANGES.get(media_type, media_type)
        if chosen in (JSON, YAML) and _quality(parameters) > 0:
            return chosen
    raise NotAcceptable("only the following media types are accepted: " + ", ".join(_ALL[:2]))


def negotiate(accept: str, resource: ResourceType) -> str:
    """The encoding of what is answered of a resource."""
    return encoding(accept, not resource.custom)


def encoded_as(form: str, reply: Reply) -> Reply:
    """A reply in another encoding than JSON; a text stays as it is."""
    if isinstance(reply, Watch):
        return _watched(form, reply)
    if not isinstance(reply, Response) or not isinstance(reply.body, dict):
        return reply
    if form == YAML:
        return as_yaml(reply)
    from simulator.api import protobuf  # few clients ask for it

    body = reply.body
    if not protobuf.is_encodable(body.get("apiVersion", ""), body.get("kind", "")):
        return reply
    return replace(reply, encode=lambda: protobuf.encode_object(body), content_type=PROTOBUF)


def as_yaml(reply: Response) -> Response:
    """The same in YAML."""

    def encode() -> bytes:
        import yaml  # few clients ask for it

        return yaml.safe_dump(json.loads(reply.data()), allow_unicode=True, width=float("inf")).encode()

    return replace(reply, encode=encode, content_type=YAML)


def _watched(form: str, watch: Watch) -> Watch:
    if form == PROTOBUF:
        watch.content_type, watch.frame = f"{PROTOBUF};stream=watch", _framed
    return watch


def _framed(event: WatchEvent) -> bytes:
    from simulator.api import protobuf

    return protobuf.encode_event(event.type, event.object)
