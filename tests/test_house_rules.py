"""Rules of the house that no linter knows. Each has a counter-example, so that a rule that sees nothing is noticed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from simulator.changes import all_changes

CHECKOUT = Path(__file__).parent.parent
CORE = sorted(
    path
    for path in (CHECKOUT / "simulator").rglob("*.py")
    if path.relative_to(CHECKOUT / "simulator").parts[0] not in ("cli", "server")
)
FORBIDDEN_CALLS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("uuid", "uuid1"), ("uuid", "uuid4"), ("hash",), ("id",), ("input",), ("print",), ("open",), ("breakpoint",),
}  # fmt: skip


REMEMBERS_OBJECTS = {
    "api/decoding.py", "api/defaults.py", "api/podtemplates.py", "controllers/ownership.py", "controllers/replicas.py",
}  # fmt: skip
"""Where id() is the key of a memory that keeps the object itself: the number is never shown, nor outlives it."""


def forbidden(source: str) -> Iterator[str]:
    """Calls that read a clock, draw at random, depend on the process, or do I/O."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = _dotted(node.func)
            if name in FORBIDDEN_CALLS:
                yield f"line {node.lineno}: {'.'.join(name)}()"


def _dotted(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        return (*_dotted(node.value)[-1:], node.attr)
    return ()


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_the_core_reads_no_clock_and_does_no_io(path: Path) -> None:
    found = list(forbidden(path.read_text()))
    if str(path.relative_to(CHECKOUT / "simulator")) in REMEMBERS_OBJECTS:
        found = [one for one in found if not one.endswith(": id()")]
    assert found == []


@pytest.mark.parametrize("source", ["datetime.now(UTC)", "uuid.uuid4()", "hash(x)", "a.datetime.today()", "print(1)"])
def test_the_rule_sees(source: str) -> None:
    assert list(forbidden(source))


def test_no_test_sleeps() -> None:
    naps = [
        path
        for path in (CHECKOUT / "tests").rglob("*.py")
        if "time.sleep(" in path.read_text() and path != Path(__file__)
    ]
    assert naps == []


# -- releases


TELLS_RELEASES_APART = {
    "release.py",  # where it is done for all
    "controllers/image_registry/environment.py",  # is the operator's version one that is modelled?
    "profiles/difference.py",  # when did it begin?
    "profiles/importing/origin.py",  # is the dump's version one that is modelled?
}


def compares_releases(source: str) -> bool:
    """Whether a version is compared: what depends on one has a name in ``changes``, or ``since`` and ``until``."""
    compared = (
        part
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        for part in (node.left, *node.comparators)
    )
    return any(_is_version(part) for part in compared)


def _is_version(node: ast.expr) -> bool:
    name = _dotted(node.func if isinstance(node, ast.Call) else node)
    return name[-1:] in (("minor",), ("minor_of",)) or name[-2:] == ("release", "version")


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_nobody_compares_releases_but_the_changes(path: Path) -> None:
    if str(path.relative_to(CHECKOUT / "simulator")) not in TELLS_RELEASES_APART:
        assert not compares_releases(path.read_text())


@pytest.mark.parametrize(
    "source", ["release.minor >= (4, 7)", "minor < since", "minor_of(v) == other", "context.release.version == '4.2.0'"]
)
def test_the_rule_sees_a_comparison(source: str) -> None:
    assert compares_releases(source)


def test_every_change_is_told_to_readers() -> None:
    """A sentence, a source, and no value that is the same as the one before."""
    for module, name, change in all_changes():
        assert change.title.endswith("."), f"{module}.{name}"
        assert change.source, f"{module}.{name}"
        assert change.later, f"{module}.{name}"
        values = [change.first, *(value for _, value in change.later)]
        assert all(old != new for old, new in pairwise(values)), f"{module}.{name}"
