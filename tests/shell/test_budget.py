"""Whatever a script does, it ends: with a message and status 125."""

from __future__ import annotations

import pytest

from simulator.shell import Budget, MemoryFileSystem, run_script

SMALL = {"steps": 3000, "bytes": 100_000, "depth": 60}


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("while :; do :; done", "3000 steps"),
        ("until false; do true; done", "3000 steps"),
        ("for ((;;)); do :; done", "3000 steps"),
        ("while :; do :; done | cat", "3000 steps"),
        ("x=$(while :; do :; done); echo no", "3000 steps"),
        ("yes > /dev/null", "bytes"),
        ("yes > file", "bytes"),
        ("x=$(yes)", "bytes"),
        ("cat /dev/zero > /dev/null", "bytes"),
        ("cat <(yes) | wc -c > /dev/null; yes", "bytes"),
        ("f() { f; }; f", "60 nested calls"),
        ("f() { x=$(f); }; f", "60 nested calls"),
        ("f() { f | f; }; f", "stopped"),
        ("echo 'bash s' > s; bash s", "60 nested calls"),
        ('x=\'eval "$x"\'; eval "$x"', "60 nested calls"),
        ("awk 'BEGIN { while (1) x++ }'", "3000 steps"),
        ("awk 'BEGIN { while (1) print \"x\" }'", "stopped"),
        ("echo a | sed ':x;bx'", "3000 steps"),
        ("seq 1000000000 > /dev/null", "stopped"),
        ("trap 'while :; do :; done' EXIT; exit 0", "3000 steps"),
        ("while :; do :; done & wait", "3000 steps"),
        ("while :; do :; done || echo rescued", "3000 steps"),
    ],
)
def test_endless_scripts_are_stopped(script: str, reason: str) -> None:
    result = run_script(script, budget=Budget(**SMALL), fs=MemoryFileSystem({"/home/me/": ""}), cwd="/home/me")
    assert result.status == 125
    assert "stopped" in result.stderr
    assert reason in result.stderr
    assert "rescued" not in result.stdout
    assert "no" not in result.stdout.split()


@pytest.mark.parametrize(
    "script",
    [
        "echo " + "(" * 500,
        "echo " + "$(" * 500 + "x" + ")" * 500,
        "(" * 200 + "echo x" + ")" * 200,
        "echo $((" + "(" * 500 + "1" + ")" * 500 + "))",
        "[[ " + "( " * 300 + "a" + " )" * 300 + " ]]",
        "echo {1..100000000}",
        "echo {1..5000}{1..5000}",
        "printf '%999999999d' 1",
        "if true; then " * 300 + ":" + "; fi" * 300,
        "awk 'BEGIN { print " + "(" * 300 + "1" + ")" * 300 + " }'",
        "awk 'function f(x) { return f(x + 1) } BEGIN { f(1) }'",
        "expr " + "\\( " * 600 + "1",
    ],
)
def test_deep_and_wide_scripts_fail_with_a_message(script: str) -> None:
    result = run_script(script)
    assert result.status != 0
    assert result.stderr
    assert "Traceback" not in result.stderr


def test_the_budget_starts_anew_with_every_run() -> None:
    budget = Budget(steps=500)
    assert run_script("for i in {1..100}; do :; done", budget=budget).status == 0
    assert run_script("for i in {1..100}; do :; done", budget=budget).status == 0


def test_deep_but_finite_recursion_works() -> None:
    script = "f() { if (($1 > 0)); then f $(($1 - 1)); else echo bottom; fi; }; f 150"
    assert run_script(script).stdout == "bottom\n"
