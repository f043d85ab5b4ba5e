"""``limit`` and ``continue`` of a list: a token says after which object the next page begins."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence

from simulator.errors import BadRequest, Object
from simulator.log.state import Stored


def page(items: Sequence[Stored], query: Mapping[str, str], revision: int) -> tuple[Sequence[Stored], str]:
    """The items of the page that ``query`` asks for, and the token of the next one ("" after the last)."""
    limit = _limit(query.get("limit") or "0")
    start = _start(query["continue"]) if query.get("continue") else None
    if start is not None:
        items = [item for item in items if _key(item.object) > start]
    if not limit or len(items) <= limit:
        return items, ""
    token = {"v": "meta.k8s.io/v1", "rv": revision, "start": list(_key(items[limit - 1].object))}
    encoded = base64.urlsafe_b64encode(json.dumps(token, separators=(",", ":")).encode()).decode().rstrip("=")
    return items[:limit], encoded


def _limit(text: str) -> int:
    try:
        return max(int(text), 0)
    except ValueError:
        raise BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def _start(token: str) -> tuple[str, str]:
    try:
        namespace, name = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))["start"]
    except (ValueError, KeyError, TypeError):
        raise BadRequest("continue key is not valid") from None
    return str(namespace), str(name)


def _key(item: Object) -> tuple[str, str]:
    """The order of lists, which is that of etcd's keys."""
    meta = item["metadata"]
    namespace = meta.get("namespace", "")
    return (f"{namespace}/" if namespace else "", meta["name"])
