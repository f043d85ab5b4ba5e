"""Patches: the RFCs' own vectors, the rules of strategic merge, and properties of all three."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.bodies import Unreadable
from simulator.api.patch import apply_patch, merge_patch
from simulator.api.resourcetable import builtin_table
from simulator.api.schema import types
from simulator.api.strategic import strategic_merge
from simulator.api.types import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH
from simulator.errors import BadRequest, Invalid, RequestEntityTooLarge, StatusError, UnsupportedMediaType
from tests.api.conftest import MODERN

PODS = builtin_table().find("", "v1", "pods")
CONFIGS = builtin_table().find("imageregistry.operator.openshift.io", "v1", "configs")
MODERN_PODS = builtin_table(MODERN).find("", "v1", "pods")
assert PODS is not None
assert MODERN_PODS is not None
assert CONFIGS is not None

NO_MAP = "json: cannot unmarshal array into Go value of type map[string]interface {}"
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3)
)
OBJECTS = st.dictionaries(st.text("abc", max_size=2), JSON, max_size=4)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [  # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_vectors(target: Any, patch: Any, result: Any) -> None:
    assert merge_patch(target, patch) == result


@given(JSON, JSON)
def test_merge_patch_is_idempotent_and_changes_no_argument(target: Any, patch: Any) -> None:
    before = copy.deepcopy((target, patch))
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once
    assert (target, patch) == before


@given(OBJECTS, OBJECTS)
def test_the_difference_as_json_patch_leads_from_one_object_to_the_other(old: Any, new: Any) -> None:
    difference = jsonpatch.make_patch(old, new).patch
    assert apply_patch(PODS, JSON_PATCH, old, difference) == new


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "replace", "path": "/spec/nothing/here", "value": 1}],
        [{"op": "remove", "path": "/nothing"}],
        [{"op": "test", "path": "/a", "value": 2}],
        [{"op": "jump", "path": "/a"}],
        [{"op": "add"}],
    ],
)
def test_a_json_patch_that_cannot_be_applied(patch: Any) -> None:
    with pytest.raises(Invalid) as error:
        apply_patch(PODS, JSON_PATCH, {"a": 1}, patch)
    assert error.value.message == "the server rejected our request due to an error in our request"


@pytest.mark.parametrize(
    ("content_type", "patch", "text"),
    [
        (
            MERGE_PATCH,
            [1],
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        (STRATEGIC_MERGE_PATCH, [1], "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        (JSON_PATCH, {}, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
        (JSON_PATCH, ["add"], "json: cannot unmarshal string into Go value of type jsonpatch.Operation"),
    ],
)
def test_a_patch_of_the_wrong_form(content_type: str, patch: Any, text: str) -> None:
    with pytest.raises(BadRequest) as error:
        apply_patch(PODS, content_type, {}, patch)
    assert error.value.message == text


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ({}, "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
        ([1], "json: cannot unmarshal number into Go value of type handlers.jsonPatchOp"),
        ([{"op": 1}], "json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string"),
        (Unreadable("unexpected end of JSON input", "5b"), "unexpected end of JSON input"),
    ],
)
def test_a_json_patch_of_the_wrong_form_since_fields_are_validated(patch: Any, text: str) -> None:
    with pytest.raises(BadRequest) as error:
        apply_patch(MODERN_PODS, JSON_PATCH, {}, patch)
    assert error.value.message == f"error decoding patch: {text}"


def test_too_many_operations() -> None:
    with pytest.raises(RequestEntityTooLarge, match="maximum operations in a JSON patch is 10000, got 10001"):
        apply_patch(MODERN_PODS, JSON_PATCH, {"a": 1}, [{"op": "test", "path": "/a", "value": 1}] * 10_001)


def test_custom_resources_know_no_strategic_merge() -> None:
    with pytest.raises(UnsupportedMediaType) as error:
        apply_patch(CONFIGS, STRATEGIC_MERGE_PATCH, {}, {})
    assert error.value.message == (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json"
    )


CONTAINERS = {"containers": [{"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}]}, {"name": "b"}]}


@pytest.mark.parametrize(
    ("patch", "result"),
    [
        (
            {"containers": [{"name": "a", "image": "a:2"}]},
            {"containers": [{"name": "a", "image": "a:2", "env": [{"name": "X", "value": "1"}]}, {"name": "b"}]},
        ),
        (
            {"containers": [{"name": "c"}]},
            {"containers": [{"name": "c"}, *CONTAINERS["containers"]]},
        ),  # the new one first
        ({"containers": [{"name": "a", "$patch": "delete"}]}, {"containers": [{"name": "b"}]}),
        ({"containers": [{"$patch": "replace"}, {"name": "z"}]}, {"containers": [{"name": "z"}]}),
        (
            {"containers": [{"name": "a", "env": [{"name": "X", "value": None}]}]},
            {"containers": [{"name": "a", "image": "a:1", "env": [{"name": "X"}]}, {"name": "b"}]},
        ),
        (
            {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]},
            {"containers": [CONTAINERS["containers"][1], CONTAINERS["containers"][0]]},
        ),
        (
            {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}], "containers": [{"name": "c"}]},
            {"containers": [{"name": "c"}, *CONTAINERS["containers"]]},
        ),
        ({"$patch": "replace", "hostname": "h"}, {"hostname": "h"}),
        ({"$retainKeys": ["hostname"], "hostname": "h"}, {"hostname": "h"}),
        ({"containers": None}, {}),
        ({"tolerations": [{"key": "a"}]}, {**CONTAINERS, "tolerations": [{"key": "a"}]}),
    ],
)
def test_strategic_merge(patch: Any, result: Any) -> None:
    assert strategic_merge(types(), "PodSpec", CONTAINERS, patch) == result


def test_strategic_merge_of_sets() -> None:
    meta = {"finalizers": ["a", "b"]}
    assert strategic_merge(types(), "ObjectMeta", meta, {"finalizers": ["b", "c"]}) == {"finalizers": ["a", "b", "c"]}
    without = strategic_merge(types(), "ObjectMeta", meta, {"$deleteFromPrimitiveList/finalizers": ["a"]})
    assert without == {"finalizers": ["b"]}


def test_a_list_item_without_its_key_is_refused() -> None:
    with pytest.raises(StatusError, match=r"map: map\[image:x\] does not contain declared merge key: name"):
        strategic_merge(types(), "PodSpec", CONTAINERS, {"containers": [{"image": "x"}]})


IMAGES = st.text("xy", max_size=2)
NAMED = st.lists(st.sampled_from("abc"), unique=True, max_size=3).flatmap(
    lambda names: st.tuples(*(st.fixed_dictionaries({"name": st.just(name), "image": IMAGES}) for name in names))
)


@given(NAMED, NAMED)
def test_strategic_merge_is_idempotent(current: Any, patch: Any) -> None:
    target, change = {"containers": list(current)}, {"containers": list(patch)}
    once = strategic_merge(types(), "PodSpec", target, change)
    assert strategic_merge(types(), "PodSpec", once, change) == once
    assert {item["name"] for item in once["containers"]} == {item["name"] for item in (*current, *patch)}


FLAT = st.dictionaries(st.sampled_from("abc"), st.text("xy", max_size=1) | st.none(), max_size=3)


@given(FLAT, FLAT)
def test_strategic_merge_is_a_merge_where_there_are_no_lists(data: Any, change: Any) -> None:
    target = {"data": {key: value for key, value in data.items() if value is not None}, "kind": "ConfigMap"}
    patch = {"data": change}
    assert strategic_merge(types(), "ConfigMap", target, patch) == merge_patch(target, patch)
