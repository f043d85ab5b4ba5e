"""What a client wants to be answered in: JSON, YAML or protobuf. Source: apiserver, handlers/negotiation (1.33)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from simulator.errors import NotAcceptable

JSON: Final = "application/json"
YAML: Final = "application/yaml"
PROTOBUF: Final = "application/vnd.kubernetes.protobuf"
_ALL: Final = (JSON, YAML, PROTOBUF)
_RANGES: Final = {"*/*": JSON, "application/*": JSON, "": JSON}


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

    ``protobuf`` is False for custom resources.
    """
    served = _ALL if protobuf else _ALL[:2]
    for media_type, parameters in clauses(accept):
        chosen = _RANGES.get(media_type, media_type)
        if chosen in served and _quality(parameters) > 0:
            return chosen
    raise NotAcceptable("only the following media types are accepted: " + ", ".join(served))
