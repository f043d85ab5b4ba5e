"""What differs from one cluster to the next, as a table: how each kind of text looks, and what may stand in its place.

The page was written on one cluster and runs on another. A normaliser names one kind of text for which any other text of
the same kind will do: an age, a UID, a resourceVersion, the generated suffix of a name, an IP address, a time. Names,
UIDs and addresses are *carried*: what stood in the place of one is remembered, and used where the page says it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from simulator.runtime.names import SAFE_ALPHABET

_SAFE = f"[{SAFE_ALPHABET}]"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_HASH = rf"{_SAFE}{{8,10}}"  # of a ReplicaSet's template: rand.SafeEncodeString of a 32-bit number
_FUSED = rf"{_SAFE}{{9,15}}"  # hash and suffix without a dash, where the name was cut to 63 letters
_SUFFIX = rf"{_SAFE}{{5}}"  # of generateName
_UNIT = "second|minute|hour|day|week|month|year"

_TIMESTAMP = (
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:\d\d? [A-Z][a-z]{2} \d{4}|[A-Z][a-z]{2} [ \d]\d) \d\d:\d\d:\d\d"
    r"(?: (?:[A-Z]{3,4}|[+-]\d{4}))?(?: \d{4})?"
)
_VERSION = r"\"?resourceVersion\"?:[ \t]+\"?\d+\"?|Resource Version:[ \t]+\d+"
_IP = r"\d{1,3}(?:\.\d{1,3}){3}|ip(?:-\d{1,3}){4}"
_NAME = (
    rf"(?![-\w.]*{_UUID})[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?"
    rf"-(?:{_HASH}-{_SUFFIX}|{_FUSED}|{_HASH}|(?!https\b|nfsv4\b){_SUFFIX})"
)
_AGE = (
    r"(?:\d+[ydhms])+"
    rf"|(?:\d+|[Aa]bout an?|[Aa]n?|[Ll]ess than a) (?:{_UNIT})s?(?: ago)?"
)

# Earlier ones win where two could begin at the same letter.
PATTERNS: Final[Mapping[str, str]] = {
    "timestamp": _TIMESTAMP,
    "uid": _UUID,
    "resourceVersion": _VERSION,
    "ip": _IP,
    "name": _NAME,
    "age": _AGE,
}
KINDS: Final = frozenset(PATTERNS)
CARRIED: Final = frozenset({"name", "uid", "ip"})

_START, _END = r"(?<![\w.-])", r"(?![\w-]|\.\w)"
_EDGES: Final[Mapping[str, tuple[str, str]]] = {  # a UID may follow a prefix, an address may end one
    "uid": (r"(?<![0-9a-f])", r"(?![0-9a-f])"),
    "ip": (r"(?<![\w.])", r"(?![\w])"),
    "resourceVersion": ("", r"(?!\w)"),
}
_TOKEN = re.compile(
    "|".join(
        f"{_EDGES.get(kind, (_START, _END))[0]}(?P<{kind}>{pattern}){_EDGES.get(kind, (_START, _END))[1]}"
        for kind, pattern in PATTERNS.items()
    )
)
_GENERATED = re.compile(rf"(?P<stem>.+?)-(?:(?P<hash>{_HASH})-{_SUFFIX}|(?P<fused>{_FUSED}|{_HASH})|{_SUFFIX})")


@dataclass(frozen=True, slots=True)
class Rules:
    """How one expected output is compared.

    ``normalise``: the kinds for which any text of the kind will do. ``foreign``: a document that was not written for
    us; the indentation of its lines does not count (rule ``indent``: its author's editor damaged some), nor do blank
    lines around an output.
    """

    normalise: frozenset[str] = frozenset()
    foreign: bool = False


STRICT: Final = Rules()
FOREIGN: Final = Rules(KINDS, foreign=True)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a line that one of the normalisers knows."""

    kind: str
    text: str
    start: int
    end: int


def tokens(line: str) -> Iterator[Token]:
    """The pieces of ``line`` that belong to one of the KINDS, from left to right, without overlap."""
    for found in _TOKEN.finditer(line):
        kind = found.lastgroup
        assert kind is not None
        yield Token(kind, found.group(), found.start(), found.end())


def anything_like(token: Token) -> str:
    """A regular expression for every text of the token's kind; of a generated name only the generated part is free."""
    if token.kind != "name":
        return f"(?:{PATTERNS[token.kind]})"
    generated = _GENERATED.fullmatch(token.text)
    assert generated is not None
    stem = re.escape(generated["stem"])
    if generated["hash"]:
        return f"{stem}-{_HASH}-{_SUFFIX}"
    return f"{stem}-{_HASH}(?:{_SAFE}{{1,5}})?" if generated["fused"] else f"{stem}-{_SUFFIX}"


def owner(name: str) -> str:
    """The ReplicaSet in the name of its Pod: ``web-6c4dbbcdbb`` of ``web-6c4dbbcdbb-9bl8w``; "" when there is none."""
    generated = _GENERATED.fullmatch(name)
    return f"{generated['stem']}-{generated['hash']}" if generated and generated["hash"] else ""
