"""Sets of fields and the difference of two objects. Source: structured-merge-diff, fieldpath and typed."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.api.fields.comparing import Unfit, compare, fields_of
from simulator.api.fields.merging import merge, remove
from simulator.api.fields.sets import contains, difference, insert, intersection, ordered, path_text, paths, union
from simulator.api.fields.shapes import named, of_schema
from simulator.release import Release

MINOR = Release("4.20.1", "v1.33.5", ()).minor
POD_SPEC = named(MINOR, "PodSpec")

PATHS = st.lists(
    st.lists(st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', 'v:"y"']), min_size=1, max_size=4).map(tuple)
)


def made(several: Any) -> Any:
    fields: Any = {}
    for path in several:
        insert(fields, path)
    return fields


@settings(max_examples=40)
@given(PATHS, PATHS)
def test_sets_are_what_their_paths_are(one: Any, other: Any) -> None:
    a, b = made(one), made(other)
    before = copy.deepcopy((a, b))
    assert set(paths(a)) == set(one)
    assert set(paths(union(a, b))) == {*one, *other}
    assert set(paths(intersection(a, b))) == set(one) & set(other)
    assert set(paths(difference(a, b))) == set(one) - set(other)
    assert all(contains(a, path) for path in one)
    assert ordered(a) == a
    assert (a, b) == before


def test_the_text_of_a_path() -> None:
    path = ("f:spec", 'k:{"containerPort":80,"protocol":"TCP"}', 'v:"a"', "i:1")
    assert path_text(path) == '.spec[containerPort=80,protocol="TCP"][="a"][1]'


def test_the_fields_of_an_object() -> None:
    spec = {
        "containers": [{"name": "web", "ports": [{"containerPort": 80}], "env": [], "command": ["a"]}],
        "nodeSelector": {"a": "b"},
        "volumes": [{"name": "v", "emptyDir": {}}],
    }
    port = 'k:{"containerPort":80,"protocol":"TCP"}'  # TCP is the default of a key
    web = {".": {}, "f:name": {}, "f:ports": {port: {".": {}, "f:containerPort": {}}}, "f:command": {}}
    assert fields_of(POD_SPEC, spec) == {
        "f:containers": {'k:{"name":"web"}': web},
        "f:nodeSelector": {},
        "f:volumes": {'k:{"name":"v"}': {".": {}, "f:name": {}, "f:emptyDir": {}}},
    }


def test_the_difference_of_two_objects() -> None:
    old = {"hostname": "a", "containers": [{"name": "x", "image": "1"}], "tolerations": [{"key": "k"}]}
    new = {"hostname": "b", "containers": [{"name": "x", "image": "1", "env": [{"name": "E", "value": "1"}]}]}
    found = compare(POD_SPEC, old, new)
    entry = {".": {}, 'k:{"name":"E"}': {".": {}, "f:name": {}, "f:value": {}}}
    assert found.added == {"f:containers": {'k:{"name":"x"}': {"f:env": entry}}}
    assert found.modified == {"f:hostname": {}}
    assert found.removed == {"f:tolerations": {}}


SCHEMA = {
    "type": "object",
    "properties": {
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "map": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["a", "b"],
            "items": {
                "type": "object",
                "properties": {"a": {"type": "string"}, "b": {"type": "integer", "default": 1}},
            },
        },
        "plain": {"type": "array", "items": {"type": "string"}},
        "whole": {"type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": {"type": "string"}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}


def test_the_lists_and_maps_of_a_custom_resource() -> None:
    value = {"set": ["x"], "map": [{"a": "1"}], "plain": ["y"], "whole": {"k": "v"}, "free": {"any": {"deep": [1]}}}
    assert fields_of(of_schema(MINOR, SCHEMA), value) == {
        "f:set": {'v:"x"': {}},
        "f:map": {'k:{"a":"1","b":1}': {".": {}, "f:a": {}}},
        "f:plain": {},
        "f:whole": {},
        "f:free": {"f:any": {".": {}, "f:deep": {}}},
    }


def test_an_item_without_its_key() -> None:
    with pytest.raises(Unfit, match='omits key field "name"'):
        fields_of(POD_SPEC, {"containers": [{"image": "a"}]})


NAMES = st.lists(st.sampled_from("abcd"), unique=True, max_size=4)
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "hostname": st.sampled_from("xy"),
        "containers": st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12")).map(
            lambda images: [{"name": name, "image": image} for name, image in images.items()]
        ),
        "nodeSelector": st.dictionaries(st.sampled_from("ab"), st.sampled_from("12"), max_size=2),
        "imagePullSecrets": NAMES.map(lambda names: [{"name": name} for name in names]),
        "tolerations": st.lists(st.fixed_dictionaries({"key": st.sampled_from("kl")}), max_size=2),
    },
)


@settings(max_examples=40)
@given(SPECS)
def test_an_object_differs_from_itself_in_nothing(spec: Any) -> None:
    found = compare(POD_SPEC, spec, copy.deepcopy(spec))
    assert (found.added, found.modified, found.removed) == ({}, {}, {})


@settings(max_examples=40)
@given(SPECS, SPECS)
def test_what_was_added_one_way_is_removed_the_other(old: Any, new: Any) -> None:
    there, back = compare(POD_SPEC, old, new), compare(POD_SPEC, new, old)
    assert (there.added, there.modified) == (back.removed, back.modified)


@settings(max_examples=40)
@given(SPECS, SPECS)
def test_merging_keeps_both_and_is_idempotent(live: Any, config: Any) -> None:
    before = copy.deepcopy((live, config))
    merged = merge(POD_SPEC, live, config)
    assert (live, config) == before
    assert merge(POD_SPEC, merged, config) == merged
    wanted = fields_of(POD_SPEC, config)
    assert intersection(wanted, compare(POD_SPEC, config, merged).modified) == {}
    assert difference(fields_of(POD_SPEC, live), union(fields_of(POD_SPEC, merged), {"f:nodeSelector": {}})) == {}


@settings(max_examples=40)
@given(SPECS, SPECS)
def test_what_is_removed_is_gone(spec: Any, other: Any) -> None:
    gone = fields_of(POD_SPEC, other)
    left = remove(POD_SPEC, spec, gone) or {}
    assert intersection(fields_of(POD_SPEC, {key: value for key, value in left.items() if value}), gone) == {}


@pytest.mark.parametrize(
    ("live", "config", "order"),
    [("abc", "cb", "acb"), ("abc", "xa", "xabc"), ("ab", "bxa", "bxa"), ("", "ab", "ab"), ("abcd", "db", "acdb")],
)
def test_the_order_of_merged_items(live: str, config: str, order: str) -> None:
    """What only the live object has stays where it is; the rest stands as the applied configuration says."""
    merged = merge(POD_SPEC, *({"imagePullSecrets": [{"name": name} for name in names]} for names in (live, config)))
    assert "".join(item["name"] for item in merged["imagePullSecrets"]) == order
