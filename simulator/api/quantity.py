"""Quantities of resources: ``100Gi``, ``500m``. Source: apimachinery, api/resource/quantity.go."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

PATTERN = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
"""The expression that the error message quotes."""

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([KMGTPE]i|[numkMGTPE]?|[eE][+-]?[0-9]+)")
_BINARY = {suffix: 1024**power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_LARGEST = Fraction(2**63 - 1)
_LONGEST = 1000  # digits: a limit of ours


class BadQuantity(ValueError):
    """The text is no quantity; the message is the API server's."""


def parse(text: str) -> Fraction:
    """The exact value; BadQuantity when there is none."""
    return _split(text)[0]


@lru_cache(maxsize=1024)
def canonical(text: str) -> str:
    """The form that is stored: no fraction, the largest suffix (``0.5`` is ``500m``, ``1024Mi`` is ``1Gi``)."""
    value, suffix = _split(text)
    if suffix in _BINARY and abs(value) >= 1024:
        return _binary(value)
    if suffix[:1] in ("e", "E") and suffix not in _DECIMAL:
        number, power = _decimal(value)
        return f"{number}e{power}" if power else str(number)
    number, power = _decimal(value)
    return f"{number}{_SUFFIXES[power]}"


def render(value: Fraction, like: str) -> str:
    """``value`` in the family of suffixes that ``like`` uses: sums of sizes stay ``Gi``, sums of CPUs stay ``m``."""
    if _split(like)[1] in _BINARY and abs(value) >= 1024:
        return _binary(value)
    number, power = _decimal(value)
    return f"{number}{_SUFFIXES[power]}"


_SUFFIXES = {power: suffix for suffix, power in _DECIMAL.items()}


@lru_cache(maxsize=4096)
def _split(text: str) -> tuple[Fraction, str]:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise BadQuantity(f"quantities must match the regular expression '{PATTERN}'")
    number, suffix = match.groups()
    if len(number) > _LONGEST:
        raise BadQuantity(f"quantities must match the regular expression '{PATTERN}'")
    value = Fraction(number + "0" if number.endswith(".") else number)
    if suffix in _BINARY:
        return _capped(value * _BINARY[suffix]), suffix
    power = _DECIMAL[suffix] if suffix in _DECIMAL else _exponent(suffix[1:])
    return _capped(value * Fraction(10) ** power), suffix


def _exponent(text: str) -> int:
    """The power of ten; a huge one as one that leads to the cap, or to nothing, without a number of as many digits."""
    digits = text.lstrip("+-0")
    size = int(digits or 0) if len(digits) <= 3 else 2 * _LONGEST
    return -size if text.startswith("-") else size


def _capped(value: Fraction) -> Fraction:
    """Larger ones than an int64 become the largest, as in quantity.go."""
    return max(-_LARGEST, min(value, _LARGEST))


def _binary(value: Fraction) -> str:
    whole = _ceil(value)
    best = ""
    for suffix, factor in _BINARY.items():
        if whole % factor == 0:
            best = suffix
    return f"{whole // _BINARY[best]}{best}" if best else str(whole)


def _decimal(value: Fraction) -> tuple[int, int]:
    """The whole number and the power of ten, a multiple of three, that give ``value``; rounded up below a nano."""
    if value == 0:
        return 0, 0
    number, power = _ceil(value * 10**9), -9
    while power < 18 and number % 1000 == 0:
        number, power = number // 1000, power + 3
    return number, power


def _ceil(value: Fraction) -> int:
    return -((-value.numerator) // value.denominator)
