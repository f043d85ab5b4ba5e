import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.log.entry import Entry, Snapshot

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4)
objects: st.SearchStrategy[dict[str, Any]] = st.dictionaries(st.text(), values, max_size=4)
words = st.text(min_size=1, max_size=8)
times = st.floats(min_value=0, max_value=4e9)
verbs = st.sampled_from(["put", "delete"])
namespaces = st.text(max_size=5)
entries = st.builds(
    Entry, st.integers(1), times, words, verbs, words, namespaces, words, objects, created=st.booleans()
)
snapshots = st.builds(
    Snapshot, st.integers(0), times, st.lists(st.tuples(words, namespaces, words, objects), max_size=4)
)


@settings(max_examples=50)
@given(entries)
def test_an_entry_survives_json(entry):
    assert Entry.from_json(entry.to_json()) == entry
    assert Entry.from_json(entry.to_json().encode()) == entry


@settings(max_examples=50)
@given(snapshots)
def test_a_snapshot_survives_json(snapshot):
    assert Snapshot.from_json(snapshot.to_json()) == snapshot


def test_json_names_the_fields():
    entry = Entry(7, 1.5, "kube:admin", "delete", "pods", "demo", "a", {"kind": "Pod"})
    assert json.loads(entry.to_json()) == {
        "revision": 7,
        "time": 1.5,
        "cause": "kube:admin",
        "verb": "delete",
        "resource": "pods",
        "namespace": "demo",
        "name": "a",
        "object": {"kind": "Pod"},
        "created": False,
    }
