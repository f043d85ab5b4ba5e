from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.quantity import BadQuantity, canonical, parse


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("100Gi", "100Gi"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5", "500m"),
        ("1000m", "1"),
        ("100000", "100k"),
        ("0", "0"),
        ("1e3", "1e3"),
        ("512Ki", "512Ki"),
        ("1000Mi", "1000Mi"),
        ("2", "2"),
        ("-5", "-5"),
    ],
)
def test_the_stored_form(text: str, stored: str) -> None:
    assert canonical(text) == stored


@pytest.mark.parametrize("text", ["", "100Gx", "Gi", "1.2.3", "1 Gi", "ten"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(BadQuantity, match="quantities must match the regular expression"):
        parse(text)


@given(st.integers(0, 10**12), st.sampled_from(["", "m", "k", "M", "G", "Ki", "Mi", "Gi", "Ti", "e3"]))
def test_the_stored_form_means_the_same_and_is_stable(number: int, suffix: str) -> None:
    text = canonical(f"{number}{suffix}")
    assert parse(text) == parse(f"{number}{suffix}")
    assert canonical(text) == text


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("1e999999999", "9223372036854775807"),
        ("-10E", "-9223372036854775807"),
        ("1e-999999999", "1e-9"),
        ("0e9999999", "0"),
    ],
)
def test_a_huge_quantity_is_capped_at_an_int64(text: str, stored: str) -> None:
    assert canonical(text) == stored


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    with pytest.raises(BadQuantity):
        parse("9" * 5000)
