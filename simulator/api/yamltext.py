"""YAML as go-yaml v2 reads it: what its plain scalars stand for, and its words for what is wrong.

Source: go-yaml v2.2, resolve.go, decode.go; sigs.k8s.io/yaml.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

_WORDS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_INT: Final = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0(?:o?[0-7]+)?|[1-9][0-9]*)")
_BINARY: Final = re.compile(r"([-+]?)0b([01]+)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
BASE_60: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_TIMESTAMP: Final = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([Tt ]+\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?\s*(Z|[-+]\d{1,2}(:\d{2})?)?)?"
)
_SPECIAL = object()  # a plain scalar that is no string, but is read as one: a timestamp


@lru_cache(maxsize=4096)
def resolve_plain(text: str) -> Any:
    """The value that an unquoted scalar stands for: the text itself when it is a string."""
    if text in _WORDS:
        return _WORDS[text]
    if not text or text[0] not in "0123456789+-.":
        return text
    if _TIMESTAMP.fullmatch(text):
        return _SPECIAL
    bare = text.replace("_", "")
    if _INT.fullmatch(bare):
        digits = bare.lstrip("+-")
        base = 16 if digits[:2] in ("0x", "0X") else 8 if digits.startswith("0") and len(digits) > 1 else 10
        value = int(digits.replace("o", ""), base)
        return -value if bare.startswith("-") else value
    if match := _BINARY.fullmatch(bare):
        return int(match.group(1) + match.group(2), 2)
    return float(bare) if _FLOAT.fullmatch(bare) else text


_MESSAGES: Final = (
    ("mapping values are not allowed here", "mapping values are not allowed in this context"),
    ("sequence entries are not allowed here", "block sequence entries are not allowed in this context"),
    ("mapping keys are not allowed here", "mapping keys are not allowed in this context"),
    ("expected ',' or ']'", "did not find expected ',' or ']'"),
    ("expected ',' or '}'", "did not find expected ',' or '}'"),
    ("expected the node content", "did not find expected node content"),
    ("expected '<document start>'", "did not find expected <document start>"),
    ("found character", "found character that cannot start any token"),
    ("found unknown escape character", "found unknown escape character"),
    ("expected alphabetic or numeric character", "did not find expected alphabetic or numeric character"),
    ("expected a comment or a line break", "did not find expected comment or line break"),
    ("expected chomping or indentation indicators", "did not find expected comment or line break"),
)


def split_documents(text: str) -> list[str]:
    """The documents of a stream, cut at the lines that begin with ``---``."""
    documents: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if line.rstrip() == "---" or line.startswith("--- "):
            documents.append([])
            line = line[4:]
        documents[-1].append(line)
    return ["".join(lines) for lines in documents]


def load(text: str) -> Any:
    """One document as JSON values; ValueError ``yaml: line 2: …`` in go-yaml's words."""
    import yaml

    try:
        return yaml.load(text, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        raise ValueError("yaml: " + go_message(error)) from None
    except yaml.YAMLError:
        raise ValueError("yaml: control characters are not allowed") from None


def go_message(error: Any) -> str:
    from yaml.scanner import ScannerError

    if str(error.problem).startswith("found undefined alias"):
        return f"unknown anchor {str(error.problem).split()[-1]} referenced"
    line = error.problem_mark.line if error.problem_mark else 0
    if line and isinstance(error, ScannerError):
        line += 1
    elif not line and error.context_mark:
        line = error.context_mark.line
    return (f"line {line}: " if line else "") + _problem(str(error.problem), str(error.context))


def _problem(problem: str, context: str) -> str:
    if problem.startswith("expected <block end>"):
        return "did not find expected key" if "mapping" in context else "did not find expected '-' indicator"
    return next((ours for theirs, ours in _MESSAGES if problem.startswith(theirs)), problem)


@lru_cache(maxsize=1)
def _loader() -> Any:
    """PyYAML's loader with go-yaml's idea of what a plain scalar is; a timestamp stays text."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {"<": yaml.SafeLoader.yaml_implicit_resolvers["<"]}

    def scalar(loader: Any, node: Any) -> Any:
        resolved = node.value if node.style else resolve_plain(node.value)
        return node.value if resolved is _SPECIAL else resolved

    def mapping(loader: Any, node: Any) -> dict[str, Any]:
        loader.flatten_mapping(node)
        construct = loader.construct_object
        return {json_key(construct(key)): construct(value, deep=True) for key, value in node.value}

    Loader.add_constructor("tag:yaml.org,2002:str", scalar)
    Loader.add_constructor("tag:yaml.org,2002:merge", scalar)
    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return Loader


def json_key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, Sequence | Mapping):
        raise ValueError("yaml: invalid map key")
    return literal(key)


def literal(value: Any) -> str:
    """A scalar as go-yaml writes it."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format_float(value)
    return "{}" if isinstance(value, Mapping) else "[]"


def format_float(value: float) -> str:
    """As Go's FormatFloat(value, 'g', -1): the fewest digits, an exponent below -4 and from 21 on."""
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    if math.isnan(value):
        return ".nan"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    digits, exponent, power = repr(value).partition("e")
    return f"{digits}e{power[0]}{power[1:].rjust(2, '0')}" if exponent else digits
