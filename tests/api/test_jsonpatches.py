"""JSON Patch: the examples of RFC 6902, appendix A, cases of the public json-patch-tests, the server's own habits."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.api.jsonpatches import MAX_COPIED, Rejected, json_patch, same
from simulator.api.patch import merge_patch


def op(kind: str, path: str, *value: Any, **more: Any) -> Any:
    return {"op": kind, "path": path, **({"value": value[0]} if value else {}), **more}


def move(start: str, path: str, kind: str = "move") -> Any:
    return {"op": kind, "from": start, "path": path}


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [  # RFC 6902, appendix A, by number
        pytest.param({"foo": "bar"}, [op("add", "/baz", "qux")], {"baz": "qux", "foo": "bar"}, id="A.1"),
        pytest.param({"foo": ["bar", "baz"]}, [op("add", "/foo/1", "qux")], {"foo": ["bar", "qux", "baz"]}, id="A.2"),
        pytest.param({"baz": "qux", "foo": "bar"}, [op("remove", "/baz")], {"foo": "bar"}, id="A.3"),
        pytest.param({"foo": ["bar", "qux", "baz"]}, [op("remove", "/foo/1")], {"foo": ["bar", "baz"]}, id="A.4"),
        pytest.param({"baz": "qux"}, [op("replace", "/baz", "boo")], {"baz": "boo"}, id="A.5"),
        pytest.param(
            {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
            [move("/foo/waldo", "/qux/thud")],
            {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
            id="A.6",
        ),
        pytest.param(
            {"foo": ["all", "grass", "cows", "eat"]},
            [move("/foo/1", "/foo/3")],
            {"foo": ["all", "cows", "eat", "grass"]},
            id="A.7",
        ),
        pytest.param(
            {"baz": "qux", "foo": ["a", 2, "c"]},
            [op("test", "/baz", "qux"), op("test", "/foo/1", 2)],
            {"baz": "qux", "foo": ["a", 2, "c"]},
            id="A.8",
        ),
        pytest.param(
            {"foo": "bar"}, [op("add", "/child", {"grand": {}})], {"foo": "bar", "child": {"grand": {}}}, id="A.10"
        ),
        pytest.param({"foo": "bar"}, [op("add", "/baz", "qux", xyz=123)], {"foo": "bar", "baz": "qux"}, id="A.11"),
        pytest.param({"/": 9, "~1": 10}, [op("test", "/~01", 10)], {"/": 9, "~1": 10}, id="A.14"),
        pytest.param({"foo": ["bar"]}, [op("add", "/foo/-", ["abc"])], {"foo": ["bar", ["abc"]]}, id="A.16"),
        # json-patch-tests
        pytest.param({"foo": 1}, [op("add", "/", 2)], {"foo": 1, "": 2}, id="empty key"),
        pytest.param({}, [op("add", "/foo", None)], {"foo": None}, id="null is a value"),
        pytest.param(["foo"], [op("add", "/1", "bar")], ["foo", "bar"], id="at the end"),
        pytest.param({"foo": None}, [op("replace", "/foo", "t")], {"foo": "t"}, id="null replaced"),
        pytest.param(
            {"a": [1]}, [move("/a", "/b", "copy"), op("add", "/b/-", 2)], {"a": [1], "b": [1, 2]}, id="copied apart"
        ),
        pytest.param(
            {"bar": [1, 2, 5, 4]}, [op("test", "/bar", [1, 2, 5, 4])], {"bar": [1, 2, 5, 4]}, id="test an array"
        ),
        pytest.param({"a": {"b": 1}}, [op("test", "", {"a": {"b": 1}})], {"a": {"b": 1}}, id="test the whole"),
        pytest.param({"foo": "bar"}, [op("replace", "", {"baz": 1})], {"baz": 1}, id="replace the whole"),
        pytest.param({"a/b": 1, "m~n": 8}, [op("remove", "/a~1b"), op("remove", "/m~0n")], {}, id="escapes"),
        pytest.param({"foo": 1}, [move("/foo", "/foo")], {"foo": 1}, id="to its own place"),
        # evanphx/json-patch v4
        pytest.param({"a": [1, 2]}, [op("replace", "/a/-1", 3)], {"a": [1, 3]}, id="from the end"),
        pytest.param({"a": [1, 2]}, [op("add", "/a/-1", 3)], {"a": [1, 2, 3]}, id="behind the end"),
        pytest.param({}, [op("replace", "/a", 1)], {"a": 1}, id="replace what is not there"),
        pytest.param({}, [move("/a", "/b", "copy")], {"b": None}, id="copy what is not there"),
        pytest.param({}, [op("test", "/a", None)], {}, id="what is not there is null"),
        pytest.param({"a": 1}, [op("replace", "", 5)], {"a": 1}, id="no scalar is a document"),
        pytest.param({"b": 1}, [op("replace", "a/b", 2)], {"b": 2}, id="before the first slash"),
    ],
)
def test_what_a_patch_does(document: Any, patch: Any, result: Any) -> None:
    before = copy.deepcopy((document, patch))
    assert json_patch(document, patch) == result
    assert (document, patch) == before


@pytest.mark.parametrize(
    ("document", "patch"),
    [
        pytest.param({"baz": "qux"}, [op("test", "/baz", "bar")], id="A.9"),
        pytest.param({"foo": "bar"}, [op("add", "/baz/bat", "qux")], id="A.12"),
        pytest.param({"/": 9, "~1": 10}, [op("test", "/~01", "10")], id="A.15"),
        pytest.param({"a": []}, [op("add", "/a/1", 1)], id="beyond the end"),
        pytest.param({"a": []}, [op("add", "/a/b", 1)], id="no index"),
        pytest.param({"a": [1]}, [op("remove", "/a/-")], id="nothing behind the end"),
        pytest.param({"a": [1]}, [op("remove", "/a/1e0")], id="no number"),
        pytest.param({"a": 1}, [op("remove", "/b")], id="nothing to remove"),
        pytest.param({"a": 1}, [move("/b", "/c")], id="nothing to move"),
        pytest.param({"a": 1}, [op("add", "", {})], id="add the whole"),
        pytest.param({"a": 1}, [op("test", "/a", 1.0)], id="another number"),
        pytest.param({"a": 1}, [op("test", "/a", True)], id="another type"),
        pytest.param({"a": 1}, [{"op": "add", "value": 1}], id="no path"),
        pytest.param({"a": 1}, [{"op": "move", "path": "/b"}], id="no from"),
        pytest.param({"a": 1}, [{"path": "/a"}], id="no op"),
        pytest.param({"a": 1}, [op("spam", "/a", 1)], id="unknown op"),
        pytest.param({"a": 1}, [op("add", "foo", 1)], id="no slash"),
        pytest.param({"a": "x" * (MAX_COPIED // 2)}, [move("/a", "/b", "copy")] * 3, id="too much copied"),
        pytest.param({}, [op("add", "/a" * n, {}) for n in range(1, 300)], id="too deep"),
    ],
)
def test_what_a_patch_cannot_do(document: Any, patch: Any) -> None:
    with pytest.raises(Rejected):
        json_patch(document, patch)


SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab~/", max_size=2)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("a~/", max_size=2), inner, max_size=3)
)
OBJECTS = st.dictionaries(st.text("ab~/", max_size=2), JSON, max_size=4)


def difference(old: Any, new: Any, path: str = "") -> list[Any]:
    """A patch that leads from one object to another; lists are replaced."""
    patch: list[Any] = []
    for key in {**old, **new}:
        place = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
        if key not in new:
            patch.append(op("remove", place))
        elif key not in old:
            patch.append(op("add", place, new[key]))
        elif isinstance(old[key], dict) and isinstance(new[key], dict):
            patch += difference(old[key], new[key], place)
        elif not same(old[key], new[key]):
            patch.append(op("replace", place, new[key]))
    return patch


def merge_difference(old: Any, new: Any) -> Any:
    changed = {key: value for key, value in new.items() if key not in old or not same(old[key], value)}
    inside = {
        key: merge_difference(old[key], value) if isinstance(old.get(key), dict) and isinstance(value, dict) else value
        for key, value in changed.items()
    }
    return {**inside, **{key: None for key in old if key not in new}}


@settings(max_examples=80)
@given(OBJECTS, OBJECTS)
def test_the_difference_leads_from_one_object_to_the_other(old: Any, new: Any) -> None:
    assert same(json_patch(old, difference(old, new)), new)


def has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(item is None or has_null(item) for item in value.values())
    return False


@settings(max_examples=80)
@given(OBJECTS, OBJECTS.filter(lambda value: not has_null(value)))
def test_the_kinds_of_patch_agree(old: Any, new: Any) -> None:
    assert same(merge_patch(old, merge_difference(old, new)), json_patch(old, difference(old, new)))
