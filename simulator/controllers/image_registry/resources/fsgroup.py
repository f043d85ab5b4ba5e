"""The group that owns the files of the registry's volume. Source: generateSecurityContext in podtemplatespec.go."""

from __future__ import annotations

import re

from simulator.api.gvrs import NAMESPACES
from simulator.client.client import Client
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.names import NAMESPACE, SUPPLEMENTAL_GROUPS
from simulator.errors import StatusError


def fs_group(client: Client) -> int:
    """The first supplemental group of the namespace's range ``1000320000/10000``."""
    try:
        annotations = client.get(NAMESPACES, NAMESPACE)["metadata"].get("annotations") or {}
        return _first_group(annotations.get(SUPPLEMENTAL_GROUPS))
    except (StatusError, OperatorError) as error:
        raise OperatorError(f"generate security context for deployment config: {error}") from error


def _first_group(groups: str | None) -> int:
    if groups is None:
        raise OperatorError(f'namespace "{NAMESPACE}" doesn\'t have annotation {SUPPLEMENTAL_GROUPS}')
    first, slash, _ = groups.partition("/")
    if not slash:
        raise OperatorError(f"annotation {SUPPLEMENTAL_GROUPS} in namespace \"{NAMESPACE}\" doesn't contain '/'")
    if not re.fullmatch(r"[+-]?\d+", first):
        raise OperatorError(
            f'unable to parse annotation {SUPPLEMENTAL_GROUPS} in namespace "{NAMESPACE}": '
            f'strconv.ParseInt: parsing "{first}": invalid syntax'
        )
    return int(first)
