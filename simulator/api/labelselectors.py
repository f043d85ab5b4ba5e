"""Label selectors as text: ``a=b,c!=d,e in (f,g),h,!i,j>3``. Source: apimachinery, pkg/labels/selector.go (1.14, 1.33).

The grammar has two oddities that are kept: ``in`` and ``notin`` may also be keys and values, and a value may be empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from simulator.changes.reads import SELECTOR_FAULTS_HAVE_PATHS, SELECTOR_OPERATORS
from simulator.errors import BadRequest
from simulator.release import OLDEST, Dated

Labels = Mapping[str, str]
Test = Callable[[Labels], bool]

_TOKEN: Final = re.compile(r"[ \t\r\n]*(==|!=|[=!(),<>]|[^ \t\r\n=!(),<>]+|$)")
_SYMBOLS: Final = frozenset(("==", "!=", "=", "!", "(", ")", ",", "<", ">", ""))
_QUALIFIED: Final = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_DNS_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_SUBDOMAIN: Final = rf"{_DNS_LABEL}(\.{_DNS_LABEL})*"
_CHARACTERS: Final = "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
_NAME_FAULT: Final = (
    f"must consist of {_CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', "
    f"regex used for validation is '{_QUALIFIED}')"
)
_SUBDOMAIN_FAULT: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_DNS_SUBDOMAIN}')"
)
_VALUE_FAULT: Final = (
    f"a valid label must be an empty string or consist of {_CHARACTERS} (e.g. 'MyValue',  or 'my_value',  or '12345', "
    f"regex used for validation is '({_QUALIFIED})?')"
)
_LONGEST: Final = 63
_LONGEST_PREFIX: Final = 253


def parse_labels(text: str, release: Dated = OLDEST) -> tuple[Test, ...]:
    """One test for each requirement; BadRequest in the words of the release."""
    return _Parser(text, release).parse()


@dataclass(slots=True)
class _Parser:
    text: str
    release: Dated
    position: int = 0

    def parse(self) -> tuple[Test, ...]:
        tests: list[Test] = []
        while (token := self._peek()) != "":
            if token in _SYMBOLS and token != "!":
                raise BadRequest(f"found '{token}', expected: !, identifier, or 'end of string'")
            tests.append(self._requirement())
            token = self._next()
            if token == ",":
                following = self._peek()
                if following in _SYMBOLS and following != "!":
                    raise BadRequest(f"found '{following}', expected: identifier after ','")
            elif token != "":
                raise BadRequest(f"found '{token}', expected: ',' or 'end of string'")
        return tuple(tests)

    def _requirement(self) -> Test:
        negated = self._peek() == "!"
        if negated:
            self._next()
        key = self._next()
        if key in _SYMBOLS:
            raise _unreadable(f"found '{key}', expected: identifier")
        self._check_key(key)
        if self._peek() in ("", ","):
            return (lambda labels: key not in labels) if negated else (lambda labels: key in labels)
        operator = self._next()
        if operator in ("in", "notin"):
            return self._set_test(key, operator)
        if operator not in ("=", "==", "!=", "<", ">"):
            raise _unreadable(f"found '{operator}', expected: {SELECTOR_OPERATORS.at(self.release)}")
        return self._exact_test(key, operator)

    def _set_test(self, key: str, operator: str) -> Test:
        values = self._values()
        self._check_values(key, sorted(values))
        if operator == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values

    def _exact_test(self, key: str, operator: str) -> Test:
        value = "" if self._peek() in ("", ",") else self._next()
        if value in _SYMBOLS and value != "":
            raise _unreadable(f"found '{value}', expected: identifier")
        if operator in "<>":
            return self._order_test(key, operator, value)
        self._check_values(key, [value])
        if operator == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value

    def _order_test(self, key: str, operator: str, value: str) -> Test:
        limit = _integer(value)
        if limit is None:
            text = "for 'Gt', 'Lt' operators, the value must be an integer"
            raise _unreadable(f'values[0]: Invalid value: "{value}": {text}' if self._has_paths() else text)

        def test(labels: Labels) -> bool:
            found = _integer(labels.get(key, ""))
            return found is not None and (found > limit if operator == ">" else found < limit)

        return test

    def _values(self) -> frozenset[str]:
        """``(a,b)``; what is left out between commas counts as the empty value."""
        if (token := self._next()) != "(":
            raise _unreadable(f"found '{token}' expected: '('")
        first = self._peek()
        if first in _SYMBOLS and first not in (",", ")"):
            raise _unreadable(f"found '{first}', expected: ',', ')' or identifier")
        values, value = set(), ""
        while (token := self._next()) != ")":
            if token == ",":
                values.add(value)
                value = ""
            elif token in _SYMBOLS:
                raise _unreadable(f"found '{token}', expected: ',', or identifier")
            else:
                value = token
                if (after := self._peek()) not in (",", ")"):
                    raise _unreadable(f"found '{after}', expected: ',' or ')'")
        return frozenset({*values, value})

    def _check_key(self, key: str) -> None:
        faults = "; ".join(_key_faults(key))
        if faults and self._has_paths():
            raise _unreadable(f'<nil>: Invalid value: "{key}": {faults}')
        if faults:
            raise _unreadable(f'invalid label key "{key}": {faults}')

    def _check_values(self, key: str, values: list[str]) -> None:
        texts = []
        for index, value in enumerate(values):
            if faults := "; ".join(_value_faults(value)):
                where = f"values[{index}][{key}]: Invalid value" if self._has_paths() else "invalid label value"
                texts.append(f'{where}: "{value}": {faults}')
        if texts:
            raise _unreadable(texts[0] if len(texts) == 1 or not self._has_paths() else f"[{', '.join(texts)}]")

    def _has_paths(self) -> bool:
        return SELECTOR_FAULTS_HAVE_PATHS.at(self.release)

    def _peek(self) -> str:
        match = _TOKEN.match(self.text, self.position)
        assert match is not None, "every text goes on with a token or ends"
        return match.group(1)

    def _next(self) -> str:
        match = _TOKEN.match(self.text, self.position)
        assert match is not None, "every text goes on with a token or ends"
        self.position = match.end()
        return match.group(1)


def _unreadable(text: str) -> BadRequest:
    return BadRequest(f"unable to parse requirement: {text}")


def _integer(text: str) -> int | None:
    """As ``strconv.ParseInt`` reads it."""
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text):
        return None
    value = int(text)
    return value if -(1 << 63) <= value < 1 << 63 else None


def _key_faults(key: str) -> list[str]:
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        prefixed = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return [f"a qualified name {_NAME_FAULT} {prefixed}"]
    faults = []
    if slash and not prefix:
        faults.append("prefix part must be non-empty")
    elif slash:
        if len(prefix) > _LONGEST_PREFIX:
            faults.append(f"prefix part must be no more than {_LONGEST_PREFIX} characters")
        if not re.fullmatch(_DNS_SUBDOMAIN, prefix):
            faults.append(f"prefix part {_SUBDOMAIN_FAULT}")
    if not name:
        faults.append("name part must be non-empty")
    elif len(name) > _LONGEST:
        faults.append(f"name part must be no more than {_LONGEST} characters")
    return faults if re.fullmatch(_QUALIFIED, name) else [*faults, f"name part {_NAME_FAULT}"]


def _value_faults(value: str) -> list[str]:
    faults = [f"must be no more than {_LONGEST} characters"] if len(value) > _LONGEST else []
    return faults if re.fullmatch(f"({_QUALIFIED})?", value) else [*faults, _VALUE_FAULT]
