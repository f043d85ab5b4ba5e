"""Rules of the house that no linter knows. Each has a counter-example, so that a rule that sees nothing is noticed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    assert list(forbidden(path.read_text())) == []


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
