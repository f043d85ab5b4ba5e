"""``--update``: rewrites what differs, keeps what fits, verifies afterwards, and has nothing to do a second time."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.lab import parse, run_lab, update_text
from simulator.runtime.names import SAFE_ALPHABET
from simulator.runtime.terminal import Terminal


class Table:
    """A host that answers from a table, and opens a session for ``oc rsh``."""

    def __init__(self, answers: dict[str, tuple[str, int]]) -> None:
        self.answers = answers

    async def run(self, script: str, terminal: Terminal) -> int:
        if script.startswith("oc rsh "):
            while (line := await terminal.read_line("sh-4.2$ ")) is not None:
                output, status = self.answers.get(line, ("?\n", 0))
                await terminal.write(output)
                if line == "exit":
                    return status
            return self.answers.get("(Ctrl-D)", ("", 0))[1]
        if script.startswith("oc edit"):
            await terminal.edit("/tmp/x", self.answers["file"][0], "")
        output, status = self.answers.get(script, (f"unknown: {script}\n", 127))
        await terminal.write(output)
        return status

    def settle(self) -> None:
        pass


def updated(page: str, answers: dict[str, tuple[str, int]], name: str = "page.md") -> str:
    """The updated page, after checking that it verifies and that a second update leaves it alone."""
    host = Table(answers)
    lab = parse(page, name=name)
    once = update_text(asyncio.run(run_lab(lab, host)))
    again = parse(once, name=name)
    result = asyncio.run(run_lab(again, host))
    assert result.is_good, (once, [(step.line, step.message, step.diff) for step in result.problems])
    assert update_text(result) == once
    return once


def block(*lines: str, attributes: str = "") -> str:
    return "\n".join(["text", "", f"```{{ .console {attributes} }}", *lines, "```", "more", ""])


def test_a_page_that_fits_is_not_touched() -> None:
    page = block("$ a", "1  ", "...", "[..]z", "", "$ b", "? 1", "no")
    assert updated(page, {"a": ("1\n2\n3z\n", 0), "b": ("no\n", 1)}) == page


def test_what_differs_is_replaced_and_elisions_stay() -> None:
    page = block("$ a", "head", "...", "x [..]", "old", "tail", "$ b", "$ c", "gone")
    after = updated(page, {"a": ("head\n1\n2\nx yz\nnew\nmore\ntail\n", 0), "b": ("now\n", 0), "c": ("", 0)})
    assert after == block("$ a", "head", "...", "x [..]", "new", "more", "tail", "$ b", "now", "$ c")


def test_exit_statuses_come_go_and_change() -> None:
    page = block("$ a", "no", "$ b", "? 1", "ok", "$ c", "x", "? 2", "$ d", "? 7")
    after = updated(page, {"a": ("no\n", 3), "b": ("ok\n", 0), "c": ("x\n", 4), "d": ("", 8)})
    assert after == block("$ a", "? 3", "no", "$ b", "ok", "$ c", "x", "? 4", "$ d", "? 8")


def test_output_that_looks_like_syntax_is_not_taken_for_it() -> None:
    page = block("$ a", "x")
    lines = ["$ b", "$", "? 1", "> quoted", "sh-4.2$ ls", "```", "~~~~", "? 2"]
    after = updated(page, {"a": ("\n".join(lines) + "\n", 0)})
    assert "[..] b" in after


def test_indented_blocks_keep_their_indent() -> None:
    page = "- item\n\n    ```console\n    $ a\n    old\n    ```\n"
    assert updated(page, {"a": ("new\n\nlines\n", 5)}) == (
        "- item\n\n    ```console\n    $ a\n    ? 5\n    new\n\n    lines\n    ```\n"
    )


def test_blank_lines_before_the_next_command_stay() -> None:
    page = block("$ a", "old", "", "$ b", "2")
    assert updated(page, {"a": ("new\n", 0), "b": ("2\n", 0)}) == block("$ a", "new", "", "$ b", "2")


def test_carriage_returns_stay() -> None:
    page = "```console\r\n$ a\r\nold\r\n```\r\n"
    assert updated(page, {"a": ("new\n", 0)}) == "```console\r\n$ a\r\nnew\r\n```\r\n"


HERE = "web-6c4dbbcdbb-9bl8w"
PAGE_NAME = "web-7489584ddc-jhw2j"


def test_a_strict_page_gets_the_actual_names_in_its_commands_too() -> None:
    page = block("$ oc get pods", PAGE_NAME, f"$ oc rsh {PAGE_NAME}", f"sh-4.2$ echo {PAGE_NAME}", PAGE_NAME)
    after = updated(page, {"oc get pods": (f"{HERE}\n", 0), f"echo {HERE}": (f"{HERE}\n", 0)})
    assert after == page.replace(PAGE_NAME, HERE)


def test_a_page_that_lets_names_differ_keeps_its_own() -> None:
    lines = [f"{PAGE_NAME} 1/1", "$ oc logs " + PAGE_NAME, "old"]
    page = block("$ oc get pods", *lines, attributes='normalise="name"')
    after = updated(page, {"oc get pods": (f"{HERE} 1/1\n", 0), f"oc logs {HERE}": (f"new\nby {HERE}\n", 0)})
    assert after == page.replace("old", f"new\nby {PAGE_NAME}")


def test_a_name_that_the_new_page_no_longer_shows_leaves_the_commands() -> None:
    page = block("$ oc get pods", f"{PAGE_NAME} 1/1", f"$ oc logs {PAGE_NAME}", "log", attributes='normalise="name"')
    after = updated(page, {"oc get pods": (f"{HERE} 0/1\n", 0), f"oc logs {HERE}": ("log\n", 0)})
    assert f"$ oc logs {HERE}" in after


def test_sessions_views_and_prompts_are_updated() -> None:
    page = (
        block("$ oc rsh x", "sh-4.4# df", "old", "sh-4.4# ls", "a")
        + "```console\n$ oc edit c\n```\n```{.yaml .view}\na: 1\n...\n```\n```console\nold\n```\n"
    )
    answers = {"df": ("new\n", 0), "ls": ("a\n", 0), "file": ("a: 2\nb: 3\n", 0), "oc edit c": ("edited\n", 0)}
    after = updated(page, answers)
    assert "$ oc rsh x\nsh-4.2$ df\nnew\nsh-4.2$ ls\na\n" in after
    assert "```{.yaml .view}\na: 2\n...\n```\n```console\nedited\n```" in after


def test_the_status_of_a_session_stands_after_its_last_line() -> None:
    page = block("$ oc rsh x", "sh-4.2$ df", "old", "sh-4.2$ exit", "$ a", "1")
    answers = {"df": ("new\n", 0), "exit": ("exit\n", 4), "a": ("1\n", 0)}
    after = updated(page, answers)
    assert after == block("$ oc rsh x", "sh-4.2$ df", "new", "sh-4.2$ exit", "exit", "? 4", "$ a", "1")
    assert updated(after, answers | {"exit": ("exit\n", 0)}) == after.replace("? 4\n", "")


def test_the_status_of_a_session_that_the_page_does_not_end() -> None:
    page = block("$ oc rsh x", "sh-4.2$ df", "old")
    answers = {"df": ("new\n", 0), "(Ctrl-D)": ("", 7)}
    assert updated(page, answers) == block("$ oc rsh x", "sh-4.2$ df", "new", "? 7")


def test_a_foreign_document_is_updated_in_place() -> None:
    page = '[source,role="execute"]\n----\noc get pods\n----\nText\n\n----\nNAME   AGE\nold    5m\n----\n'
    after = updated(page, {"oc get pods": ("NAME   AGE\nnew    9m\n", 0)}, name="page.adoc")
    assert after == page.replace("old    5m", "new    9m")


words = st.text(alphabet="ab1 $?>[].`~-", max_size=6)
suffix = st.text(alphabet=SAFE_ALPHABET, min_size=5, max_size=5).map(lambda text: f"p-{text}")
actual_lines = st.lists(words | suffix, max_size=6)
expected_lines = st.lists(words | suffix | st.sampled_from(["...", "[..]", "a[..]", "x [..]"]), max_size=6)


def as_page(outputs: list[list[str]], attributes: str) -> str | None:
    """A page that shows these outputs; None when they read as something else."""
    lines = [line for i, output in enumerate(outputs) for line in [f"$ c{i}", *output]]
    page = block(*lines, attributes=attributes)
    try:
        lab = parse(page, name="page.md")
    except Exception:
        return None
    shown = [command.expected.lines for command in lab.commands if command.expected]
    return page if shown == outputs else None


@settings(deadline=None)
@given(
    st.lists(st.tuples(expected_lines, actual_lines, st.integers(0, 2)), min_size=1, max_size=3),
    st.sampled_from(["", 'normalise="name"', 'normalise="all"']),
)
def test_an_updated_page_verifies_and_stays(steps: list[tuple[list[str], list[str], int]], attributes: str) -> None:
    page = as_page([expected for expected, _, _ in steps], attributes)
    if page is not None:
        outputs = ["".join(f"{line}\n" for line in actual) for _, actual, _ in steps]
        updated(page, {f"c{i}": (output, steps[i][2]) for i, output in enumerate(outputs)})


def test_the_runner_s_result_and_the_update_agree(bench: Any) -> None:
    page = block("$ a", "1")
    result = bench.run(page, {"a": "1\n"})
    assert update_text(result) == page
