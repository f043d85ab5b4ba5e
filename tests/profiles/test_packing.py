"""Frozen objects lose nothing by being packed."""

import pytest

from simulator.errors import Object
from simulator.profiles.packing import pack, unpack


def obj(kind: str, name: str, namespace: str = "", link: str = "", **fields: object) -> Object:
    meta: Object = {"name": name, **({"namespace": namespace} if namespace else {}), **({"selfLink": link} if link else {})}
    return {"apiVersion": "v1", "kind": kind, "metadata": {**meta, "uid": "1"}, **fields}


def test_rows_come_back_as_they_were() -> None:
    rows = [
        ("nodes", "", "n1", obj("Node", "n1", link="/api/v1/nodes/n1", spec={})),
        ("pods", "a", "p1", obj("Pod", "p1", "a", "/api/v1/namespaces/a/pods/p1", spec={"nodeName": "n1"})),
        ("pods", "b", "p1", obj("Pod", "p1", "b", "/api/v1/namespaces/b/pods/p1")),
    ]
    assert list(unpack(pack(rows))) == rows


def test_a_release_without_self_links() -> None:
    rows = [("pods", "a", "p1", obj("Pod", "p1", "a", status={"phase": "Running"}))]
    assert list(unpack(pack(rows))) == rows


def test_what_its_place_does_not_tell_is_refused() -> None:
    with pytest.raises(ValueError, match="pods a/p1 is not what its place tells"):
        pack([("pods", "a", "p1", obj("Pod", "other", "a"))])
