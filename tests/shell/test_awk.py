"""awk where the host may have mawk and the simulated images have gawk, and where programs are wrong."""

from __future__ import annotations

import pytest

from simulator.shell import run_script

POD_LIST = "NAME READY STATUS RESTARTS AGE\nregistry-1 1/1 Running 0 3h\nnode-ca-2 1/1 Pending 12 5m\n"


@pytest.mark.parametrize(
    ("program", "output"),
    [
        ("NR > 1 { print $1 }", "registry-1\nnode-ca-2\n"),
        ('$3 == "Running" { n++ } END { print n + 0 }', "1\n"),
        ("$4 > 9 { print $1, $4 * 2 }", "NAME 0\nnode-ca-2 24\n"),  # a word compares as text, a number as number
        ('/node/ { sub(/-.*/, "", $1); print $1 }', "node\n"),
        ('{ split($2, p, "/"); total += p[2] } END { print total }', "2\n"),
        ("END { print NR, $1 }", "3 node-ca-2\n"),
        ('BEGIN { printf "%-6s|%6.2f|%03d|%s\\n", "ab", 3.14159, 7, "x" }', "ab    |  3.14|007|x\n"),
        ('BEGIN { print substr("hello", 0, 3), substr("hello", 2) }', "he ello\n"),
        ("function max(a, b) { return a > b ? a : b } { m = max(m, NF) } END { print m }", "5\n"),
        ('function add(t, k) { t[k]++ } { add(seen, $2) } END { print seen["1/1"] }', "2\n"),
        ("NR == 1, /registry/ { print NR }", "1\n2\n"),
        ('BEGIN { x = "A"; y = x++; print x, y, length(x y) }', "1 0 2\n"),
        ('NR == 2 { $6 = "new"; print NF; print }', "6\nregistry-1 1/1 Running 0 3h new\n"),
        ("BEGIN { print 1e300 * 1e300, -log(0) }", "inf inf\n"),
        ('BEGIN { print toupper(substr("abc", 2)) index("abc", "c") }', "BC3\n"),
        ("NR==2 { print $NF; print $(NF-1) }", "3h\n0\n"),
        ('BEGIN { s = "a.b.c"; n = gsub(/\\./, "[&]", s); print n, s }', "2 a[.]b[.]c\n"),
        ('BEGIN { if (!(3 in a)) print "no"; a[3]; delete a; for (k in a) print k; print length(a) }', "no\n0\n"),
    ],
)
def test_programs(program: str, output: str) -> None:
    result = run_script(f"awk '{program}'", stdin=POD_LIST)
    assert (result.stdout, result.stderr, result.status) == (output, "", 0)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("{ print $1", "awk: line 1: syntax error at or near end of file"),
        ("BEGIN { print 1/0 }", "awk: division by zero"),
        ("BEGIN { f() }", "awk: function f never defined"),
        ("/(/", "awk: regular expression compile failed (Unmatched ( or \\()"),
        ('BEGIN { system("ls") }', "awk: system() is not supported"),
        ("BEGIN { getline }", "awk: getline is not supported"),
        ("BEGIN { $(-1) }", "awk: attempt to access field -1"),
    ],
)
def test_wrong_programs_say_so(program: str, message: str) -> None:
    result = run_script(f"awk '{program}'", stdin="x\n")
    assert result.status == 2
    assert result.stderr.splitlines()[0] == message


def test_output_goes_to_files_and_commands() -> None:
    script = """awk '{ print $1 > "/tmp/names"; print $1 | "sort -r" }'; echo --; cat /tmp/names"""
    assert run_script(script, stdin="a\nc\nb\n").stdout == "c\nb\na\n--\na\nc\nb\n"
