"""Discovery: /version, /api, /apis and each group version's resources, from the resource table."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.resourcetable import ResourceTable
from simulator.errors import Object


def answer(table: ResourceTable, kubernetes: str, parts: Sequence[str]) -> Object | None:
    """The discovery document at this path, or None when the path is not one of discovery."""
    if list(parts) == ["version"]:
        return {"gitVersion": kubernetes}
    return None
