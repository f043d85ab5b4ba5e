"""In which shape a client wants objects: as they are, as a Table, or as their metadata alone.

Source: apiserver, endpoints/handlers/negotiation/negotiate.go and rest.go (1.33).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from simulator.api.negotiation import JSON, PROTOBUF, YAML, clauses
from simulator.api.types import Request
from simulator.changes.api import TABLE_VERSIONS
from simulator.errors import NotAcceptable
from simulator.release import Dated

TABLE: Final = "Table"
PARTIAL: Final = "PartialObjectMetadata"
PARTIAL_LIST: Final = "PartialObjectMetadataList"
_RANGES: Final = {"*/*": JSON, "application/*": JSON, "": JSON}
_BROWSERS: Final = ("curl", "Wget", "Mozilla")


@dataclass(frozen=True, slots=True)
class Shape:
    """``kind`` is "" for objects as they are, else that of meta.k8s.io they become, in ``version``."""

    kind: str = ""
    version: str = ""


_PLAIN: Final = Shape()


def shape(request: Request, release: Dated) -> Shape:
    """What the request accepts first of all that can be had; NotAcceptable when there is nothing."""
    return _PLAIN if request.accept == JSON else _shape(request.accept, TABLE_VERSIONS.at(release), False)


def stream_shape(request: Request, release: Dated) -> Shape:
    """The same of a watch, which cannot be had as YAML."""
    return _PLAIN if request.accept == JSON else _shape(request.accept, TABLE_VERSIONS.at(release), True)


@lru_cache(maxsize=512)
def _shape(accept: str, versions: tuple[str, ...], stream: bool) -> Shape:
    served = (JSON, PROTOBUF) if stream else (JSON, YAML, PROTOBUF)
    for media_type, parameters in clauses(accept):
        kind, version = parameters.get("as", ""), parameters.get("v", "")
        if _RANGES.get(media_type, media_type) not in served or parameters.get("stream", "watch") not in ("", "watch"):
            continue
        known = kind in (TABLE, PARTIAL, PARTIAL_LIST) and parameters.get("g") == "meta.k8s.io" and version in versions
        if known or not (kind or version or parameters.get("g")):
            return Shape(kind, version)
    names = (f"{name};stream=watch" if stream else name for name in served)
    raise NotAcceptable("only the following media types are accepted: " + ", ".join(names))


def is_pretty(request: Request) -> bool:
    """Whether a person reads it: ``?pretty=true``, or curl, wget or a browser that does not say otherwise."""
    if request.query.get("pretty"):
        return request.query["pretty"] in ("1", "t", "T", "true", "TRUE", "True")
    return request.agent in _BROWSERS or "pretty=1" in request.accept
