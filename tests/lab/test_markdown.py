"""Our own form: what a page means, and what is said about a page that is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.errors import InputError
from simulator.lab import Lab, load, parse
from simulator.lab.model import Change, Command, Heading, View

PAGE = """\
---
title: Move it
profile: ocp-4.2
seed: 7
normalise: [age, name]
tags: [storage]
---
# Heading

Text, and a block in a list:

- first

    ```console
    $ oc create -f - <<'EOF'
    > a: b
    > EOF
    created
    ```

```console
$ oc get nope
? 1
error: no
$ oc get sc | grep x
? 0
$ true
```

```{ .console settle="no" normalise="none" title="Now" }
$ oc rsh web-1
Defaulting container name to web.
sh-4.2$ df -h
100G
sh-4.2$ echo '
> x'

x
sh-4.2$ exit
exit
```

Prose in between.

```yaml
not: run
```

```console {.no-run}
anything at all
```

````markdown
```console
$ not run either
```
````

~~~console
$ oc edit config/cluster
~~~

```{ .yaml .view }
# Please edit
...
```

```yaml {.edit}
storage:
  pvc: {}
```

```sh {.editor}
sed -i s/a/b/
```

```console
config/cluster edited
$ false
it failed
? 1
```
"""


def page(text: str) -> Lab:
    return parse(text, name="page.md")


def commands(text: str) -> list[Command]:
    return page(text).commands


def test_front_matter_gives_the_cluster_and_the_defaults() -> None:
    lab = page(PAGE)
    assert (lab.title, lab.profile, lab.seed) == ("Move it", "ocp-4.2", 7)
    assert lab.steps[0] == Heading(8, 1, "Heading")
    assert lab.commands[0].rules.normalise == {"age", "name"}


def test_the_title_is_the_first_heading_where_the_front_matter_has_none() -> None:
    assert page("# One\n\n## Two\n").title == "One"


def test_commands_outputs_and_statuses_know_their_lines() -> None:
    create, nope, grep, true, rsh, _, false = commands(PAGE)
    assert (create.line, create.script) == (15, "oc create -f - <<'EOF'\na: b\nEOF")
    assert create.expected is not None
    assert (create.expected.line, create.expected.lines, create.expected.indent) == (18, ["created"], "    ")
    assert nope.status is not None
    assert nope.expected is not None
    assert (nope.status.code, nope.status.line, nope.expected.lines) == (1, 23, ["error: no"])
    assert grep.status is not None
    assert grep.status.code == 0
    assert true.expected is not None
    assert true.expected.lines == []
    assert not rsh.settle
    assert rsh.rules.normalise == frozenset()
    assert false.status is not None
    assert false.expected is not None
    assert (false.status.code, false.expected.lines) == (1, ["it failed"])


def test_a_session_holds_its_lines_and_what_each_shows() -> None:
    rsh = commands(PAGE)[4]
    assert rsh.expected is not None
    assert rsh.expected.lines == ["Defaulting container name to web."]
    assert [(typed.prompt, typed.text) for typed in rsh.inputs] == [
        ("sh-4.2$ ", "df -h"),
        ("sh-4.2$ ", "echo '"),
        ("> ", "x'"),
        ("sh-4.2$ ", "exit"),
    ]
    assert [typed.expected.lines for typed in rsh.inputs if typed.expected] == [["100G"], [], ["", "x"], ["exit"]]


def test_a_session_goes_on_in_the_next_block() -> None:
    rsh = commands("```console\n$ oc rsh x\n```\nThen:\n```console\nsh-4.2$ ls\na\n```\n")[0]
    assert [typed.text for typed in rsh.inputs] == ["ls"]


def test_an_edit_belongs_to_the_command_before_it_and_its_output_may_follow() -> None:
    edit = commands(PAGE)[5]
    view, stanza, editor = edit.edits
    assert isinstance(view, View)
    assert view.expected.lines == ["# Please edit", "..."]
    assert isinstance(stanza, Change)
    assert (stanza.kind, stanza.text) == ("stanza", "storage:\n  pvc: {}\n")
    assert isinstance(editor, Change)
    assert (editor.kind, editor.text) == ("command", "sed -i s/a/b/")
    assert edit.expected is not None
    assert edit.expected.lines == ["config/cluster edited"]


def test_carriage_returns_are_the_file_s_business() -> None:
    lab = page("```console\r\n$ a\r\nb\r\n```\r\n")
    assert lab.newline == "\r\n"
    assert [expected.lines for expected in lab.commands[0].outputs()] == [["b"]]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("x\n```console\n$ a\n", 2, "not closed: end it with a line ```"),
        ("```{.console .no-rum}\n$ a\n```\n", 1, "unknown attribute `no-rum`; did you mean `no-run`?"),
        ('```{.console setle="no"}\n$ a\n```\n', 1, "did you mean `settle`?"),
        ('```{.console settle="maybe"}\n$ a\n```\n', 1, "`yes` or `no`"),
        ("```{.console settle=}\n$ a\n```\n", 1, "in the braces"),
        ("```console settle=no\n$ a\n```\n", 1, "options go in braces"),
        ('```{.console normalise="ages"}\n$ a\n```\n', 1, "unknown normaliser 'ages'"),
        ("```console\n$ a\nsh-4.2$ ls\n```\n", 3, "outside of a session"),
        ("```console\nsh-4.2$ ls\n```\n", 2, "outside of a session"),
        ("```console\noutput\n```\n", 2, "output without a command"),
        ("```console\n$ a\n```\n```console\noutput\n```\n", 5, "output without a command"),
        ("```{.yaml .edit}\na: b\n```\n", 1, "needs an `oc edit`"),
        ("```console\n$ oc get x\n```\n\n```{.yaml .edit}\na: b\n```\n", 5, "needs an `oc edit`"),
        ("```console\n$ oc edit x\n```\n```{.yaml .edit}\na: b\n- c\n```\n", 6, "not YAML"),
        ("```console\n$ oc edit x\n```\n```{.yaml .edit}\n- c\n```\n", 5, "YAML mapping"),
        ("```console\n$ oc rsh [..pod]\n```\n", 2, "used before"),
        ("---\n- a\n---\n", 2, "not a mapping"),
        ("---\na: b\n: : c\n---\n", 3, "not YAML"),
        ("---\na: b\n", 1, "not closed"),
        ("---\nseed: many\n---\n", 1, "seed: must be a number"),
        ("---\nseed: true\n---\n", 1, "seed: must be a number"),
        ("---\nprofile: 4.2\n---\n", 1, "profile: must be the name of a profile"),
        ("---\nnormalize: [age]\n---\n", 1, "normalize: unknown key; did you mean `normalise`?"),
        ("---\nnormalise: [agee]\n---\n", 1, "unknown normaliser 'agee'"),
        ("---\nnormalise: 3\n---\n", 1, "must be a list"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(text: str, line: int, says: str) -> None:
    with pytest.raises(InputError) as caught:
        page(text)
    assert (caught.value.file, caught.value.line) == ("page.md", line)
    assert says in str(caught.value)


def test_a_file_that_is_no_lab_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load(tmp_path / "none.md")
    (tmp_path / "lab.txt").write_text("x")
    with pytest.raises(InputError, match="Markdown or an AsciiDoc"):
        load(tmp_path / "lab.txt")
    (tmp_path / "lab.md").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        load(tmp_path / "lab.md")
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path)


def test_the_guide_for_authors_runs_none_of_its_examples_and_each_of_them_is_a_page() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "writing-a-lab.md").read_text()
    assert page(guide).commands == []
    examples = re.findall(r"^````markdown\n(.*?)^````$", guide, re.MULTILINE | re.DOTALL)
    assert [len(commands(example)) for example in examples] == [1, 3, 2, 1]
