"""The linear-time regular expressions, against tables and, where both agree on the syntax, Python's own."""

from __future__ import annotations

import re
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.shell import run_script
from simulator.shell.regex import Dialect, RegexError, compile_regex

MATCHES: list[tuple[Dialect, str, str, str | None]] = [
    ("basic", "a*b", "xaab", "aab"),
    ("basic", "*a", "x*a", "*a"),
    ("basic", r"\(ab\)*c", "ababc", "ababc"),
    ("basic", r"a\{2,3\}", "aaaa", "aaa"),
    ("basic", "a+", "aa+", "a+"),
    ("basic", r"a\+", "baa", "aa"),
    ("basic", r"a\|b", "cb", "b"),
    ("basic", "a^b$c", "a^b$c", "a^b$c"),
    ("extended", "a|ab", "abc", "ab"),  # the longest, not the first
    ("extended", "(a|ab)(c|bcd)", "abcd", "abcd"),
    ("extended", "a{,2}b", "aaab", "aab"),
    ("extended", r"\bfoo\b", "a foo b", "foo"),
    ("extended", r"\<o", "foo o", "o"),
    ("extended", r"[[:digit:]]+", "ab12", "12"),
    ("extended", "[]a]+", "x]a]", "]a]"),
    ("extended", "[^]a]", "]ab", "b"),
    ("extended", r"[\n]", "a\\", "\\"),
    ("extended", "[a-c-]+", "x-ab", "-ab"),
    ("extended", "[!x]+", "x!", "x!"),
    ("extended", "^$", "", ""),
    ("extended", "x", "abc", None),
    ("extended", "(a*)*", "aab", "aa"),
    ("extended", r"\w+\s\W", "ab !", "ab !"),
    ("extended", "(^a|b)c", "xbc", "bc"),
]


@pytest.mark.parametrize(("dialect", "pattern", "text", "expected"), MATCHES)
def test_finds_the_leftmost_longest_match(dialect: Dialect, pattern: str, text: str, expected: str | None) -> None:
    regex = compile_regex(pattern, dialect)
    match = regex.search(text)
    assert (None if match is None else match.group()) == expected
    assert regex.test(text) == (expected is not None)


def test_groups_and_case() -> None:
    match = compile_regex("(a+)(b)?(c)", "extended").search("xaac")
    assert match is not None
    assert [match.group(i) for i in range(4)] == ["aac", "aa", "", "c"]
    assert compile_regex("straße", ignore_case=True).test("STRAßE")
    assert compile_regex("[a-c]x", ignore_case=True).test("BX")
    assert not compile_regex("[^a]", ignore_case=False).test("a")
    assert compile_regex("a.b", literal=True).search("aXb a.b") is not None


@pytest.mark.parametrize(
    ("dialect", "pattern", "message"),
    [
        ("extended", "(", "Unmatched ( or \\("),
        ("basic", r"\)", "Unmatched ) or \\)"),
        ("basic", "[a", "Unmatched [, [^, [:, [., or [="),
        ("extended", "a{3,2}", "Invalid content of \\{\\}"),
        ("basic", "a\\", "Trailing backslash"),
        ("basic", r"\(a\)\1", "back-references are not supported"),
        ("extended", "a{99999}", "Regular expression too big"),
        ("extended", "((a{100}){100}){100}", "Regular expression too big"),
        ("extended", "(" * 500 + ")" * 500, "Regular expression too big"),
    ],
)
def test_wrong_patterns_say_what_is_wrong(dialect: Dialect, pattern: str, message: str) -> None:
    with pytest.raises(RegexError) as caught:
        compile_regex(pattern, dialect)
    assert str(caught.value) == message


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|a)*b", "(a*)*b", "(a|aa)+$", "(.*)(.*)(.*)(.*)x", "(a?){30}a{30}"])
def test_hostile_patterns_take_linear_time(pattern: str) -> None:
    started = perf_counter()
    regex = compile_regex(pattern, "extended")
    regex.test("a" * 3000 + "!")
    regex.search("a" * 300 + "!")
    assert perf_counter() - started < 5  # a backtracking engine would need longer than the universe exists


def test_hostile_patterns_cannot_hang_the_programs() -> None:
    text = "a" * 200 + "!"
    script = f"echo {text} | grep -cE '^(a+)+$'; echo {text} | sed -E 's/^(a+)+$/x/' | wc -c; [[ {text} =~ ^(a+)+$ ]]"
    script += "; echo $?"
    script += f"; echo {text} | awk '/^(a+)+$/' | wc -l; case {text} in *a*a*a*a*a*b) echo y;; *) echo n;; esac"
    assert run_script(script).stdout == "0\n202\n1\n0\nn\n"


atoms = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "(a|b)", "(ab)", "(a|bc)"])
pieces = st.tuples(atoms, st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}"])).map("".join)
patterns = st.lists(pieces, min_size=1, max_size=4).map("".join)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(patterns, st.text(alphabet="abc", max_size=8))
def test_agrees_with_python_on_what_matches(pattern: str, text: str) -> None:
    regex, reference = compile_regex(pattern, "extended"), re.compile(pattern)
    assert regex.test(text) == (reference.search(text) is not None)
    assert regex.fullmatch(text) == any(reference.fullmatch(text) is not None for _ in [0])
    match, other = regex.search(text), reference.search(text)
    assert (match is None) == (other is None)
    if match is not None and other is not None:
        assert match.start == other.start()
        assert match.end >= other.end()
        assert reference.fullmatch(match.group())
