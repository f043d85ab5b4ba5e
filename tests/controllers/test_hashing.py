from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.controllers.hashing import fnv1a_32, object_hash, safe_encode


@pytest.mark.parametrize(("data", "value"), [(b"", 0x811C9DC5), (b"a", 0xE40C292C), (b"foobar", 0xBF9CF968)])
def test_vectors_of_fnv(data: bytes, value: int) -> None:
    assert fnv1a_32(data) == value


def test_safe_encoding_of_digits() -> None:
    """The hashes of real clusters, such as 7489584ddc, hold these ten letters only."""
    assert safe_encode("0123456789") == "456789bcdf"


def test_order_and_nulls_do_not_matter() -> None:
    assert object_hash({"a": 1, "b": [{"c": None}]}) == object_hash({"b": [{}], "a": 1})


@given(st.dictionaries(st.text(), st.integers()), st.integers(1, 5))
def test_a_collision_gives_another_name(value: dict[str, int], collisions: int) -> None:
    assert object_hash(value) != object_hash(value, collisions)
    assert len(object_hash(value)) <= 10
