"""A lab on a scripted host: order, settling, sessions, edits, names, and what is said when something differs."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.lab import StepResult, Verdict, show_problem, show_step, summary
from simulator.runtime.terminal import Terminal


def console(*lines: str, attributes: str = "") -> str:
    return "\n".join([f"```{{ .console {attributes} }}", *lines, "```", ""])


def test_commands_run_in_order_and_the_cluster_settles_between_them(bench: Any) -> None:
    host = bench.host({"a": "1\n", "b": "2\n", "c": "3\n"})
    text = console("$ a", "1", "$ b", "2") + console("$ c", "3", attributes='settle="no"')
    result = bench.run_on(text, host)
    assert bench.marks(result) == "✓✓✓"
    assert host.log == ["a", "(settle)", "b", "c"]


def test_each_result_is_told_as_soon_as_it_is_there(bench: Any) -> None:
    host = bench.host({"a": "1\n", "b": "2\n"})
    told: list[tuple[str, int]] = []
    bench.run_on(
        console("$ a", "1", "$ b", "2"), host, on_step=lambda step: told.append((step.typed, len(host.scripts)))
    )
    assert told == [("a", 1), ("b", 2)]


def test_a_difference_has_file_line_and_diff(bench: Any) -> None:
    result = bench.run("\n" + console("$ a", "1", "...", "3", "4"), {"a": "1\n2\n2\n3\n5\n"})
    (step,) = result.steps
    assert not result.is_good
    assert (step.file, step.line, step.verdict) == ("page.md", 3, Verdict.MISMATCH)
    assert step.diff == ("--- page", "+++ actual", "@@ -2,4 +2,4 @@", " 2", " 2", " 3", "-4", "+5")
    assert show_problem(step).split("\n")[:2] == ["page.md:3: the output differs", "$ a"]


def test_an_exit_status_is_part_of_the_promise(bench: Any) -> None:
    given = {"a": ("no\n", 1), "b": "ok\n"}
    assert bench.run(console("$ a", "? 1", "no"), given).is_good
    assert bench.run(console("$ a", "no", "? 1"), given).is_good
    wrong = bench.run(console("$ a", "no", "$ b", "? 2", "ok"), given)
    assert [step.message for step in wrong.steps] == [
        "the exit status is 1, the page has 0",
        "the exit status is 0, the page has 2",
    ]


def test_a_command_that_shows_something_where_the_page_shows_nothing_differs(bench: Any) -> None:
    assert bench.marks(bench.run(console("$ a"), {"a": "surprise\n"})) == "✗"
    assert bench.marks(bench.run(console("$ a"), {"a": ""})) == "✓"


def test_a_missing_last_newline_and_carriage_returns_do_not_count(bench: Any) -> None:
    assert bench.run(console("$ a", "x", "y"), {"a": "x\r\ny"}).is_good


SESSION = console("$ oc rsh web-1", "sh-4.2$ df", "100G", "sh-4.2$ ls", "a", "sh-4.2$ exit", "exit", "$ b", "2")


def test_a_session_is_typed_line_by_line(bench: Any) -> None:
    shell = bench.session("sh-4.2$ ", {"df": "100G\n", "ls": "a\n"})
    host = bench.host({"oc rsh web-1": shell, "b": "2\n"})
    result = bench.run_on(SESSION, host)
    assert result.is_good
    assert [(step.line, step.prompt, step.typed, step.output) for step in result.steps] == [
        (2, "$ ", "oc rsh web-1", ""),
        (3, "sh-4.2$ ", "df", "100G\n"),
        (5, "sh-4.2$ ", "ls", "a\n"),
        (7, "sh-4.2$ ", "exit", "exit\n"),
        (9, "$ ", "b", "2\n"),
    ]


def test_a_session_without_exit_ends_with_the_page(bench: Any) -> None:
    shell = bench.session("sh-4.2$ ", {"df": "100G\n"})
    assert bench.run(console("$ oc rsh x", "sh-4.2$ df", "100G"), {"oc rsh x": shell}).is_good


def test_a_session_that_does_not_open_is_reported_for_every_line(bench: Any) -> None:
    result = bench.run(SESSION, {"oc rsh web-1": ("error: no such pod\n", 1), "b": "2\n"})
    assert bench.marks(result) == "✗✗✗✗✓"
    assert "status is 1" in result.steps[0].message
    assert result.steps[1].message == "the session ended before this line could be typed"


def test_another_prompt_is_a_difference(bench: Any) -> None:
    shell = bench.session("sh-4.4# ", {"df": "100G\n"})
    result = bench.run(console("$ oc rsh x", "sh-4.2$ df", "100G"), {"oc rsh x": shell})
    assert result.problems[0].message == "the prompt is 'sh-4.4#', the page has 'sh-4.2$'"


def test_a_program_that_writes_its_prompt_itself_is_typed_at_all_the_same(bench: Any) -> None:
    async def shell(terminal: Terminal) -> int:
        await terminal.write("welcome\nsh-4.2$ ")
        await terminal.write(f"you said {await terminal.read_line('')}\n")
        return 0

    page = console("$ oc rsh x", "welcome", "sh-4.2$ hello", "you said hello")
    assert bench.run(page, {"oc rsh x": shell}).is_good


def test_a_name_is_carried_into_commands_and_sessions(bench: Any) -> None:
    text = "---\nnormalise: [name, age]\n---\n" + console(
        "$ oc get pods",
        "NAME                   AGE",
        "web-7489584ddc-jhw2j   3h",
        "$ oc rsh web-7489584ddc-jhw2j",
        "sh-4.2$ echo web-7489584ddc-jhw2j",
        "web-7489584ddc-jhw2j",
        "sh-4.2$ exit",
        "exit",
        "$ oc get rs web-7489584ddc",
        "web-7489584ddc",
    )
    here = "web-6c4dbbcdbb-9bl8w"
    host = bench.host(
        {
            "oc get pods": f"NAME                   AGE\n{here}   5s\n",
            f"oc rsh {here}": bench.session("sh-4.2$ ", {f"echo {here}": f"{here}\n"}),
            "oc get rs web-6c4dbbcdbb": "web-6c4dbbcdbb\n",
        }
    )
    result = bench.run_on(text, host)
    assert result.is_good, result.problems
    assert host.scripts == ["oc get pods", f"oc rsh {here}", "oc get rs web-6c4dbbcdbb"]


def test_names_are_carried_even_past_a_difference_so_that_one_fault_stays_one(bench: Any) -> None:
    text = console("$ oc get pods", "web-7489584ddc-jhw2j", "$ oc logs web-7489584ddc-jhw2j", "hello")
    here = "web-6c4dbbcdbb-9bl8w"
    result = bench.run(text, {"oc get pods": f"{here}\n", f"oc logs {here}": "hello\n"})
    assert bench.marks(result) == "✗✓"


def test_a_page_can_be_run_with_more_normalisers_than_it_asks_for(bench: Any) -> None:
    text, given = console("$ oc get pods", "web-7489584ddc-jhw2j"), {"oc get pods": "web-6c4dbbcdbb-9bl8w\n"}
    assert not bench.run(text, given).is_good
    assert bench.run(text, given, normalise=["name"]).is_good


def test_placeholders_are_carried_into_commands(bench: Any) -> None:
    text = console("$ oc get pods -o name", "pod/[..pod]", "$ oc delete pod [..pod]", 'pod "[..pod]" deleted')
    given = {"oc get pods -o name": "pod/a-1\n", "oc delete pod a-1": 'pod "a-1" deleted\n'}
    assert bench.run(text, given).is_good


def test_a_placeholder_that_was_not_captured_skips_the_command(bench: Any) -> None:
    text = console("$ a", "pod/[..pod]", "$ oc delete pod [..pod]", "gone")
    host = bench.host({"a": "none\n"})
    result = bench.run_on(text, host)
    assert bench.marks(result) == "✗–"
    assert host.scripts == ["a"]


FILE = "apiVersion: v1\nkind: Config\nspec:\n  storage:\n    s3: {}\n"


def edit_page(*blocks: str) -> str:
    return "```console\n$ oc edit config\n```\n" + "".join(blocks)


def test_an_edit_is_done_in_the_editor(bench: Any) -> None:
    saved: list[str] = []
    text = edit_page(
        "```{.yaml .view}\napiVersion: v1\n...\n    s3: {}\n```\n",
        "```{.yaml .edit}\nstorage:\n  pvc: {}\n```\n",
        "```console\nconfig/cluster edited\n```\n",
    )
    result = bench.run(text, {"oc edit config": bench.editor(FILE, saved)})
    assert result.is_good, result.problems
    assert saved == [FILE.replace("s3: {}", "pvc: {}")]
    assert [type(step.part).__name__ for step in result.steps] == ["Command", "View", "Change"]


def test_an_editor_that_shows_something_else_is_a_difference_at_the_view(bench: Any) -> None:
    text = edit_page("```{.yaml .view}\nkind: Other\n```\n", "```console\nEdit cancelled, no changes made.\n```\n")
    result = bench.run(text, {"oc edit config": bench.editor(FILE, [])})
    (problem,) = result.problems
    assert (problem.line, problem.message) == (5, "the editor shows something else")


def test_an_edit_that_cannot_be_done_leaves_the_file_alone(bench: Any) -> None:
    saved: list[str] = []
    text = edit_page("```{.yaml .edit}\nstroage: {}\n```\n", "```console\n[..]\n```\n")
    result = bench.run(text, {"oc edit config": bench.editor(FILE, saved)})
    assert saved == [FILE]
    assert [(step.line, step.verdict) for step in result.problems] == [(5, Verdict.NOT_UNDERSTOOD)]


def test_an_edit_for_which_no_editor_opened_is_reported(bench: Any) -> None:
    text = edit_page("```{.yaml .edit}\nstorage: {}\n```\n", "```console\n[..]\n? 1\n```\n")
    result = bench.run(text, {"oc edit config": ("Error from server (NotFound)\n", 1)})
    assert [(step.line, step.message) for step in result.problems] == [
        (5, "the command did not open the editor for this")
    ]


def test_an_editor_command_runs_in_the_host_s_shell(bench: Any) -> None:
    saved: list[str] = []
    host = bench.host({"oc edit config": bench.editor(FILE, saved)})

    async def shell(script: str, terminal: Terminal) -> int:
        if script == "oc edit config":
            return int(await type(host).run(host, script, terminal))
        body, _, commands = script.partition("END_OF_FILE'\n")[2].partition("END_OF_FILE\n")
        assert commands.startswith("sed -i s/s3/efs/ /tmp/oc-edit-a1b2c.yaml\n")
        marker = commands.split("'")[3]
        await terminal.write(f"{marker}\n{body.replace('s3', 'efs')}")
        return 0

    host.run = shell
    text = edit_page("```{.sh .editor}\nsed -i s/s3/efs/\n```\n", "```console\nconfig/cluster edited\n```\n")
    result = bench.run_on(text, host)
    assert result.is_good, result.problems
    assert saved == [FILE.replace("s3", "efs")]


def test_a_reopened_editor_gets_the_next_edit(bench: Any) -> None:
    seen: list[str] = []

    async def reopening(terminal: Terminal) -> int:
        first = await terminal.edit("/tmp/x.yaml", FILE, "")
        seen.append(first)
        seen.append(await terminal.edit("/tmp/y.yaml", "# was not valid\n" + first, ""))
        return 0

    text = edit_page(
        "```{.yaml .edit}\nstorage: {a: 1}\n```\n",
        "```{.yaml .view}\n# was not valid\n...\n```\n",
        "```{.yaml .edit}\nstorage: {b: 1}\n```\n",
    )
    result = bench.run(text, {"oc edit config": reopening})
    assert result.is_good, result.problems
    assert "a: 1" in seen[0]
    assert "a: 1" not in seen[1]
    assert "b: 1" in seen[1]


def test_without_an_edit_on_the_page_the_editor_is_closed_as_it_is(bench: Any) -> None:
    saved: list[str] = []
    text = console("$ oc edit config", "Edit cancelled, no changes made.")
    assert bench.run(text, {"oc edit config": bench.editor(FILE, saved, command="vi")}).is_good
    assert saved == [FILE]


def test_a_command_that_breaks_off_does_not_end_the_lab(bench: Any) -> None:
    async def broken(terminal: Terminal) -> int:
        await terminal.write("so far\n")
        raise RuntimeError("out of budget")

    result = bench.run(console("$ a", "$ b", "2"), {"a": broken, "b": "2\n"})
    assert bench.marks(result) == "✗✓"
    assert (result.steps[0].message, result.steps[0].output) == (
        "the command broke off: RuntimeError: out of budget",
        "so far\n",
    )


def test_a_foreign_command_without_an_output_must_succeed(bench: Any) -> None:
    text = '[source,role="execute"]\n----\noc project x\n----\n'
    assert bench.marks(bench.run(text, {"oc project x": "Now using\n"}, name="x.adoc")) == "·"
    assert bench.marks(bench.run(text, {"oc project x": ("error\n", 1)}, name="x.adoc")) == "✗"


def test_what_was_not_understood_makes_the_lab_fail(bench: Any) -> None:
    result = bench.run("----\nwhat is this\n----\n", {}, name="x.adoc")
    assert bench.marks(result) == "?"
    assert not result.is_good
    assert show_problem(result.steps[0]) == "x.adoc:2: a literal block before any command"
    assert summary(result) == "x.adoc: 1 not understood"


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_step_is_shown_with_its_mark(bench: Any, verdict: Verdict) -> None:
    (command,) = bench.lab(console("$ cat <<E", "> x", "> E", "x")).commands
    step = StepResult("p.md", 2, verdict, command, typed=command.script, output="x\n", prompt="$ ", message="why")
    lines = show_step(step).split("\n")
    assert lines[:4] == [f"{verdict.value} $ cat <<E", "  > x", "  > E", "  x"]
    assert (lines[4:] == []) is verdict.is_good
    assert verdict.is_good or "p.md:2: why" in lines[4]


def test_a_page_without_commands_has_nothing_to_run(bench: Any) -> None:
    result = bench.run("# Title\n", {})
    assert result.is_good
    assert summary(result) == "page.md: nothing to run"
