"""An index finds what looking at all objects finds, whatever happened before and after it was made."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.log.indexes import Index
from simulator.log.memory import MemoryLog
from simulator.log.state import State

BY_NODE = Index("node", lambda obj: obj["spec"].get("nodeName"))
PLACES = ("demo", "demo-2", "lab")
writes = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from("abc"), st.sampled_from(["n1", "n2", None, "gone"])), max_size=25
)


def write(state: State, namespace: str, name: str, node: str | None) -> None:
    verb = "delete" if node == "gone" else "put"
    if verb == "put" or state.get("pods", namespace, name):
        spec: dict[str, Any] = {"nodeName": node} if node else {}
        obj = {"metadata": {"name": name, "namespace": namespace}, "spec": spec}
        state.commit("delete" if node == "gone" else "put", "pods", namespace, name, obj, time=1.0, cause="test")


def check(state: State) -> None:
    for namespace in (None, *PLACES):
        for word in ("n1", "n2", "n3"):
            every = [one for one in state.list("pods", namespace) if BY_NODE.value(one.object) == word]
            assert state.find("pods", BY_NODE, word, namespace) == every


@settings(max_examples=60, deadline=None)
@given(writes, writes, writes)
def test_an_index_finds_what_a_look_at_all_finds(before: list[Any], after: list[Any], forked: list[Any]) -> None:
    state = State(MemoryLog())
    for one in before:
        write(state, *one)
    check(state)
    for one in after:
        write(state, *one)
    check(state)
    fork = state.fork()
    for one in forked:
        write(fork, *one)
    check(state)
    check(fork)
