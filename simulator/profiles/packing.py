"""The objects of a frozen profile in its file: what an object's place tells anyway is left out, and put back.

    [{"resource": "pods", "apiVersion": "v1", "kind": "Pod", "path": "/api/v1",
      "namespaces": {"petclinic": {"petclinic-db-7d9c-x2x4z": {"metadata": {"uid": ...}, "spec": ...}}}}]

apiVersion, kind, name, namespace and selfLink are a third of the text of a small object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from simulator.errors import Object

Row = tuple[str, str, str, Object]
"""(resource, namespace, name, object), as a snapshot has them."""

_TOLD = ("apiVersion", "kind")
_TOLD_OF_METADATA = ("name", "namespace", "selfLink")


def pack(rows: Iterable[Row]) -> list[Object]:
    """Tables by resource; ValueError if an object cannot be told from its place."""
    tables: dict[str, Object] = {}
    for resource, namespace, name, obj in rows:
        table = tables.get(resource)
        if table is None:
            table = tables[resource] = _table(resource, obj)
        meta = {key: value for key, value in obj["metadata"].items() if key not in _TOLD_OF_METADATA}
        packed = {"metadata": meta, **{key: value for key, value in obj.items() if key not in (*_TOLD, "metadata")}}
        if _whole(table, namespace, name, packed) != obj:
            raise ValueError(f"{resource} {namespace}/{name} is not what its place tells")
        table["namespaces"].setdefault(namespace, {})[name] = packed
    return list(tables.values())


def unpack(tables: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """The rows that were packed."""
    for table in tables:
        resource = table["resource"]
        for namespace, shelf in table["namespaces"].items():
            for name, packed in shelf.items():
                yield resource, namespace, name, _whole(table, namespace, name, packed)


def _table(resource: str, obj: Object) -> Object:
    """``path``: of the API group, from the selfLink; "" for a release without them."""
    link: str = obj["metadata"].get("selfLink", "")
    path = "/".join(link.split("/")[: 3 if link.startswith("/api/") else 4])
    return {"resource": resource, "apiVersion": obj["apiVersion"], "kind": obj["kind"], "path": path, "namespaces": {}}


def _whole(table: Mapping[str, Any], namespace: str, name: str, packed: Object) -> Object:
    meta: Object = {"name": name}
    if namespace:
        meta["namespace"] = namespace
    if table["path"]:
        plural = table["resource"].partition(".")[0]
        where = f"{table['path']}/namespaces/{namespace}" if namespace else table["path"]
        meta["selfLink"] = f"{where}/{plural}/{name}"
    meta.update(packed["metadata"])
    return {"apiVersion": table["apiVersion"], "kind": table["kind"], **packed, "metadata": meta}
