"""YAML as go-yaml v2 has it. Expectations marked [V] were seen from a compiled client."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.oc import goyaml

_KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=140)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200) | st.text(
    "ab :#-'\"\\\n,[]{}\t. ", max_size=200
)
_SCALARS = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | _TEXTS
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4))


@given(_VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert goyaml.load(goyaml.dump(value)) == value


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("", '""'),
        ("true", '"true"'),
        ("yes", '"yes"'),
        ("y", '"y"'),
        ("null", '"null"'),
        ("~", '"~"'),
        ("16463", '"16463"'),
        ("0x1f", '"0x1f"'),
        ("1_000", '"1_000"'),
        ("1e3", '"1e3"'),
        ("1e", "1e"),
        ("2019-10-28T09:07:09Z", '"2019-10-28T09:07:09Z"'),
        ("12:30", '"12:30"'),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ("a:", "'a:'"),
        ("a:b", "a:b"),
        ("- a", "'- a'"),
        ("-a", "-a"),
        ("<<", "<<"),
        ("[a]", "'[a]'"),
        ("it's", "it's"),
        ("'q'", "'''q'''"),
        ("tab\there", '"tab\\there"'),
        ("trail ", "'trail '"),
        ("100Gi", "100Gi"),
        ("25%", "25%"),
        ("😀", '"\\U0001F600"'),
    ],
)
def test_a_string_is_quoted_only_when_it_must_be(text: str, written: str) -> None:
    assert goyaml.dump({"k": text}) == f"k: {written}\n"


def test_keys_are_sorted_with_numbers_by_value_and_letters_last() -> None:
    keys = ["k10", "k9", "a", "B", "_x", "1", "k"]
    assert goyaml.sorted_keys(dict.fromkeys(keys)) == ["_x", "1", "B", "a", "k", "k9", "k10"]


def test_lists_are_not_indented_under_their_key() -> None:
    value = {"spec": {"list": [{"a": 1, "b": [2]}, "x", [], {}, ["u", {"z": None}]]}}
    assert goyaml.dump(value) == (
        "spec:\n  list:\n  - a: 1\n    b:\n    - 2\n  - x\n  - []\n  - {}\n  - - u\n    - z: null\n"
    )


def test_a_long_plain_text_is_folded_at_the_first_space_past_column_80() -> None:
    message = "Public access to the S3 bucket and its contents have been successfully blocked."
    assert goyaml.dump({"conditions": [{"message": message}]}) == (
        "conditions:\n- message: Public access to the S3 bucket and its contents have been successfully\n    blocked.\n"
    )


def test_texts_of_several_lines_are_literal_blocks() -> None:
    assert goyaml.dump({"a": "x\ny\n", "b": "x\ny", "c": "x\n\n", "d": " x\ny"}) == (
        "a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2-\n   x\n  y\n"
    )
    assert goyaml.dump({"a": "x \ny"}) == 'a: "x \\ny"\n'


def test_a_key_too_long_for_a_simple_key() -> None:
    assert goyaml.dump({"k" * 129: "v"}) == f"? {'k' * 129}\n: v\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [("yes", True), ("Off", False), ("010", 8), ("0x10", 16), ("1_000", 1000), ("0b11", 3), ("1.5", 1.5), ("~", None),
     ("2019-10-28", "2019-10-28"), ("12:30", "12:30"), ('"1"', "1"), (".5", 0.5), ("1e3", 1000.0)],
)  # fmt: skip
def test_plain_scalars_are_resolved_as_go_does(text: str, value: Any) -> None:
    assert goyaml.load(f"k: {text}") == {"k": value}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b\n c: d\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a: [1, 2\nb: 3\n", "yaml: line 1: did not find expected ',' or ']'"),
        ("a:\n- b\n c\nd: e: f\n", "yaml: line 4: mapping values are not allowed in this context"),
        ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
        ("a: b\n\tc: d\n", "yaml: line 2: found character that cannot start any token"),
    ],
)
def test_what_cannot_be_read_is_named_in_go_yamls_words(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        goyaml.load(text)
    assert str(caught.value) == message


def test_documents_are_split_at_dashes() -> None:
    assert goyaml.split_documents("a: 1\n---\nb: 2\n---\nc: ---\n") == ["a: 1\n", "b: 2\n", "c: ---\n"]
