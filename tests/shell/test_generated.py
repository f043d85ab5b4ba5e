"""Generated scripts (words, quoting, expansions, arithmetic, patterns, pipelines), compared with the host's bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simulator.shell import MemoryFileSystem, run_script

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C", "TZ": "UTC"}
BATCH = 25

pytestmark = pytest.mark.skipif(shutil.which("bash") is None or os.name != "posix", reason="bash is the oracle")

# Runs every argument as a script of its own, and separates the outputs by their statuses.
DRIVER = r"""for script in "$@"; do bash -c "$script" 2>/dev/null; printf '\0%d\0' $?; done"""


def host(scripts: list[str]) -> list[tuple[str, int]]:
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            ["bash", "-c", DRIVER, "driver", *scripts],
            cwd=empty,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60,
        )
    fields = done.stdout.decode(errors="surrogateescape").split("\0")
    return [(fields[i], int(fields[i + 1])) for i in range(0, len(fields) - 1, 2)]


def ours(script: str) -> tuple[str, int]:
    result = run_script(script, fs=MemoryFileSystem({"/home/me/": ""}), cwd="/home/me", env=ENVIRONMENT)
    return result.stdout, result.status


plain = st.text(alphabet="abcxyz019 .:-_/=,+", min_size=0, max_size=8)
name = st.sampled_from(["x", "y", "z", "unset"])
bare = st.text(alphabet="abcxyz019.:_,+-", min_size=1, max_size=5).filter(lambda text: not text.startswith("-"))
pattern = st.text(alphabet="ab*?c", min_size=1, max_size=4)
operator = st.sampled_from([":-", "-", ":+", "+"])


def quoted(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f"'{text}'", f'"{text}"', f"$'{text}'"])


@st.composite
def parameter(draw: st.DrawFn) -> str:
    variable = draw(name)
    form = draw(st.integers(0, 5))
    if form == 0:
        return f"${variable}"
    if form == 1:
        return f"${{{variable}{draw(operator)}{draw(bare)}}}"
    if form == 2:
        return f"${{#{variable}}}"
    if form == 3:
        return f"${{{variable}{draw(st.sampled_from(['#', '##', '%', '%%']))}{draw(pattern)}}}"
    if form == 4:
        return f"${{{variable}{draw(st.sampled_from(['/', '//']))}{draw(pattern)}/{draw(bare)}}}"
    return f"${{{variable}:{draw(st.integers(0, 4))}:{draw(st.integers(0, 4))}}}"


@st.composite
def arithmetic(draw: st.DrawFn, depth: int = 2) -> str:
    if depth == 0 or draw(st.booleans()):
        return str(draw(st.integers(0, 40)))
    left, right = draw(arithmetic(depth=depth - 1)), draw(arithmetic(depth=depth - 1))
    sign = draw(st.sampled_from(["+", "-", "*", "/", "%", "<", ">", "==", "!=", "&&", "||", "&", "|", "^", "<<", ">>"]))
    return f"({left} {sign} {right})" if draw(st.booleans()) else f"{left} {sign} {right}"


@st.composite
def word(draw: st.DrawFn, depth: int = 1) -> str:
    pieces = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.integers(0, 6))
        if kind == 0:
            pieces.append(draw(bare))
        elif kind == 1:
            pieces.append(draw(plain.flatmap(quoted)))
        elif kind == 2:
            pieces.append(draw(parameter()))
        elif kind == 3:
            pieces.append('"' + draw(plain) + draw(parameter()) + '"')
        elif kind == 4:
            pieces.append(f"$(({draw(arithmetic())}))")
        elif kind == 5:
            pieces.append("{" + ",".join(draw(st.lists(bare, min_size=1, max_size=3))) + "}")
        elif depth:
            pieces.append(f"{draw(st.sampled_from(['$(', chr(34) + '$(']))}echo {draw(word(depth=depth - 1))})")
            pieces[-1] += '"' if pieces[-1].startswith('"') else ""
        else:
            pieces.append("\\" + draw(st.sampled_from(list("ab $\"'\\*"))))
    return "".join(pieces)


@st.composite
def command(draw: st.DrawFn) -> str:
    kind = draw(st.integers(0, 6))
    words = " ".join(draw(st.lists(word(), min_size=1, max_size=3)))
    if kind == 0:
        return f'for w in {words}; do echo "<$w>"; done'
    if kind == 1:
        return f"printf '[%s]\\n' {words}"
    if kind == 2:
        return f'set -- {words}; echo $# "$1" "$*"'
    if kind == 3:
        return f"case {draw(word())} in {draw(pattern)}) echo one;; *) echo other;; esac"
    if kind == 4:
        stage = st.sampled_from(
            ["cat", "tr a-c A-C", "sort", "wc -w", "grep -c a", "head -n 1", "sed 's/a/X/g'", "rev"]
        )
        return " | ".join([f"printf '%s\\n' {words}", *draw(st.lists(stage, min_size=1, max_size=3))])
    if kind == 5:
        return f"if [[ {draw(word())} == {draw(pattern)} ]]; then echo yes; else echo no; fi"
    return f'{draw(name.filter(lambda n: n != "unset"))}={draw(word())}; echo "$x|$y|$z"'


@st.composite
def script(draw: st.DrawFn) -> str:
    start = f"x={draw(plain.flatmap(quoted))} y={draw(bare)} z="
    commands = draw(st.lists(command(), min_size=1, max_size=3))
    joins = [draw(st.sampled_from(["; ", " && ", " || ", "\n"])) for _ in commands[1:]]
    return start + "\n" + "".join(c + j for c, j in zip(commands, [*joins, ""], strict=True))


# No shrinking: it would start thousands of processes, and the assertion names the scripts that disagree anyway.
@settings(
    max_examples=14,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(script(), min_size=BATCH, max_size=BATCH))
def test_generated_scripts_agree_with_bash(scripts: list[str]) -> None:
    outcomes = [(text, expected, ours(text)) for text, expected in zip(scripts, host(scripts), strict=True)]
    assert [outcome for outcome in outcomes if outcome[1] != outcome[2]] == []
