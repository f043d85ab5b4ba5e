"""Fields that a kind does not have: dropped, and told of if the client asks. Source: apiserver, KEP-2885."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from simulator.api.resourcetable import ResourceType
from simulator.api.types import Request
from simulator.changes.api import FIELD_VALIDATION
from simulator.errors import BadRequest, Object
from simulator.release import Dated

IGNORE, WARN, STRICT = "Ignore", "Warn", "Strict"


def directive(request: Request, release: Dated) -> str:
    """What the client asks for, else Warn. Components within, who name no program, send nothing unknown."""
    if not FIELD_VALIDATION.at(release):
        return IGNORE
    within = not request.agent and request.user.name.startswith("system:")
    return request.query.get("fieldValidation") or (IGNORE if within else WARN)


def unknown_fields(sent: Any, read: Any, path: str = "") -> Iterator[str]:
    """The paths of what was ``sent`` and is not among what was ``read``; nulls mean nothing."""
    if sent is read:
        return
    if isinstance(sent, dict) and isinstance(read, dict):
        for key, value in sent.items():
            below = f"{path}.{key}" if path else str(key)
            if key in read:
                yield from unknown_fields(value, read[key], below)
            elif value is not None:
                yield below
    elif isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        for index, (value, item) in enumerate(zip(sent, read, strict=True)):
            yield from unknown_fields(value, item, f"{path}[{index}]")


def warnings_of(
    wanted: str, resource: ResourceType, sent: Object, read: Object, duplicates: Sequence[str] = ()
) -> list[str]:
    """What to warn of; BadRequest when the client wants to be strict. ``duplicates``: as of ``Request``."""
    if wanted == IGNORE:
        return []
    texts = [f'unknown field "{path}"' for path in sorted(unknown_fields(sent, read))]
    texts = [*duplicates, *texts] if resource.custom else [*texts, *duplicates]
    if texts and wanted == STRICT:
        kind, version = resource.kind, resource.version
        raise BadRequest(
            f'{kind} in version "{version}" cannot be handled as a {kind}: strict decoding error: {", ".join(texts)}'
        )
    return texts
