"""Frozen objects lose nothing by being packed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import ADMIN, GVR
from simulator.client.client import Client
from simulator.client.inprocess import InProcess
from simulator.controllers import serviceaccount, serviceaccount_tokens
from simulator.controllers.manager import Manager
from simulator.errors import Object
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.profiles.packing import Row, pack, unpack
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names


def again(rows: list[Row]) -> list[Row]:
    return list(unpack(json.loads(json.dumps(pack(rows)))))


def obj(kind: str, name: str, namespace: str = "", link: str = "", **fields: Any) -> Object:
    meta: Object = {"name": name}
    meta |= {"namespace": namespace} if namespace else {}
    meta |= {"selfLink": link} if link else {}
    return {"apiVersion": "v1", "kind": kind, "metadata": {**meta, "uid": "1"}, **fields}


def test_rows_come_back_as_they_were() -> None:
    rows: list[Row] = [
        ("nodes", "", "n1", obj("Node", "n1", link="/api/v1/nodes/n1", spec={})),
        ("pods", "a", "p1", obj("Pod", "p1", "a", "/api/v1/namespaces/a/pods/p1", spec={"nodeName": "n1"})),
        ("pods", "b", "p1", obj("Pod", "p1", "b", "/api/v1/namespaces/b/pods/p1")),
    ]
    assert again(rows) == rows


def test_a_release_without_self_links() -> None:
    rows: list[Row] = [("pods", "a", "p1", obj("Pod", "p1", "a", status={"phase": "Running"}))]
    assert again(rows) == rows


def test_what_its_place_does_not_tell_is_refused() -> None:
    with pytest.raises(ValueError, match="pods a/p1 is not what its place tells"):
        pack([("pods", "a", "p1", obj("Pod", "other", "a"))])


def test_what_objects_have_in_common_is_stored_once() -> None:
    spec = {"containers": [{"name": "a", "image": "quay.io/" + "x" * 90, "command": ["/bin/sleep", "infinity"]}]}
    rows: list[Row] = [("pods", "a", f"p{number}", obj("Pod", f"p{number}", "a", spec=spec)) for number in range(3)]
    packed = pack(rows)
    assert packed["shared"] == [spec]
    assert len(json.dumps(packed["tables"])) < len(json.dumps(spec)) * 3
    assert again(rows) == rows
    first, second, _ = (row[3] for row in again(rows))
    assert first["spec"] is second["spec"]


def test_the_order_of_fields_stays() -> None:
    common = {"text": "x" * 80}
    rows: list[Row] = [("pods", "a", name, obj("Pod", name, "a", spec=common, status={})) for name in ("p", "q")]
    assert [list(row[3]) for row in again(rows)] == [["apiVersion", "kind", "metadata", "spec", "status"]] * 2


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=50)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(st.lists(st.dictionaries(st.sampled_from(["spec", "status", "data"]), VALUES), max_size=6))
def test_anything_comes_back_as_it_was(bodies: list[dict[str, Any]]) -> None:
    common = {"text": "x" * 40, "list": ["y" * 40, "y" * 40]}
    rows: list[Row] = [
        ("pods", "a", str(number), obj("Pod", str(number), "a", **body, more=common))
        for number, body in enumerate([*bodies, *bodies])
    ]
    assert again(rows) == rows


def account_secrets() -> list[Row]:
    """The secrets of one account as the controller makes them, in a cluster without a registry."""
    clock, names = Clock(1_572_000_000.0), Names(1)
    server = ApiServer(State(MemoryLog()), clock, names, builtin_table())
    transport = InProcess(server, "https://api.test:6443")
    manager = Manager(transport, clock, names, [serviceaccount.CONTROLLER, serviceaccount_tokens.CONTROLLER], None)
    manager.start()
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}
    Client(transport, ADMIN).create(GVR("", "v1", "namespaces"), namespace)
    clock.run_until_idle(60)
    return [row for row in server.state.snapshot().objects if row[0] == "secrets"]


def test_tokens_of_accounts_are_not_stored_but_made_again() -> None:
    rows = account_secrets()
    packed = json.dumps(pack(rows))
    assert len(rows) == 9
    assert all(row[3]["data"].get("token", "none") not in packed for row in rows)
    assert again(rows) == rows


def test_a_token_that_somebody_changed_is_stored() -> None:
    rows = account_secrets()
    changed = [(*row[:3], {**row[3], "data": {**row[3]["data"], "token": "bWluZQ=="}}) for row in rows]
    assert again(changed) == changed
