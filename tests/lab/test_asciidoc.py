"""The foreign form: what each block of a document is taken for, and the seed lab run as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.lab import Lab, Verdict, load, parse
from simulator.lab.asciidoc import looks_like_command
from simulator.lab.model import Change, Command, Excerpt, Heading, Unknown, View

REGISTRY = Path(__file__).parent / "foreign" / "registry.adoc"


def page(text: str) -> Lab:
    return parse(text, name="page.adoc")


def execute(*lines: str) -> str:
    return "\n".join(['[source,role="execute"]', "----", *lines, "----", ""])


def literal(*lines: str) -> str:
    return "\n".join(["----", *lines, "----", ""])


def shown(command: Command) -> list[str] | None:
    return command.expected.lines if command.expected else None


@pytest.mark.parametrize(
    "style",
    ['[source,role="execute"]', "[source,bash,role=execute]", "[.execute]", "[source,shell,role='copy execute']"],
)
def test_the_execute_role_makes_a_command(style: str) -> None:
    lab = page(f"= T\n\n== H\n\n.Do it\n{style}\n----\noc get sc\n----\nText\n\n.Output\n....\na\nb\n....\n")
    assert lab.title == "T"
    assert [step for step in lab.steps if isinstance(step, Heading)] == [Heading(1, 1, "T"), Heading(3, 2, "H")]
    assert [(command.line, command.script, shown(command)) for command in lab.commands] == [
        (8, "oc get sc", ["a", "b"])
    ]


def test_a_command_without_a_block_after_it_shows_nothing() -> None:
    first, second = page(execute("oc project x") + execute("$ oc get sc") + literal("a")).commands
    assert (shown(first), second.script, shown(second)) == (None, "oc get sc", ["a"])


def test_an_execute_block_that_cannot_be_a_command_is_an_output() -> None:
    lab = page(execute("oc describe project x|grep Status") + execute("Status:\t\t\tActive"))
    assert [shown(command) for command in lab.commands] == [["Status:\t\t\tActive"]]


@pytest.mark.parametrize(
    "line", ["oc get sc", "$ oc get sc", "./run.sh", "A=b oc get", "export A=b", "for i in a; do", "ls"]
)
def test_commands(line: str) -> None:
    assert looks_like_command(line)


@pytest.mark.parametrize(
    "line",
    [
        "Status:   Active",
        "NAME   READY",
        "# Please edit",
        "pvc/x created",
        "172.30.1.1:6789 x",
        "storage:",
        '"a": 1',
        "- a",
        "{",
    ],
)
def test_no_commands(line: str) -> None:
    assert not looks_like_command(line)


def test_prompts_belong_to_the_session_before_them() -> None:
    lab = page(
        execute("oc rsh web-1")
        + execute("sh-4.2$ df -h")
        + literal("100G")
        + literal("sh-4.2$ ls", "a", "b", "sh-4.2$ exit")
        + execute("oc get sc")
        + execute("sh-4.2$ mount")
    )
    rsh, _ = lab.commands
    assert [(typed.text, typed.expected.lines if typed.expected else None) for typed in rsh.inputs] == [
        ("df -h", ["100G"]),
        ("ls", ["a", "b"]),
        ("exit", None),
    ]
    unknown = lab.steps[-1]
    assert isinstance(unknown, Unknown)
    assert "session" in unknown.reason


def test_a_transcript_is_commands_with_their_outputs() -> None:
    one, two = page(literal("$ oc get a", "A", "$ oc get b", "B", "B")).commands
    assert (one.script, shown(one), two.line, shown(two)) == ("oc get a", ["A"], 4, ["B", "B"])


def test_a_prompt_of_the_author_s_own_machine_is_a_command() -> None:
    lab = page(execute("[root@bastion ~]# oc get a") + literal("A") + literal("[root@bastion ~]# oc get b", "B"))
    assert [(command.script, shown(command)) for command in lab.commands] == [("oc get a", ["A"]), ("oc get b", ["B"])]


OBJECT = ("# Please edit", "apiVersion: v1", "kind: Config", "spec:", "  storage:", "    s3:", "      bucket: x")


def test_after_an_edit_an_object_is_what_the_editor_shows_and_a_fragment_is_the_change() -> None:
    lab = page(
        execute("oc edit config/cluster")
        + literal(*OBJECT)
        + "NOTE: look.\n\n"
        + literal("storage:", "   s3:", "     bucket: x")
        + execute("oc edit config")
        + literal("  storage:", "    pvc: {}")
        + literal("config/cluster edited")
    )
    look, change = lab.commands
    (view,) = look.edits
    assert isinstance(view, View)
    assert view.expected.lines == list(OBJECT)
    (excerpt,) = [step for step in lab.steps if isinstance(step, Excerpt)]
    assert excerpt.of == 10
    assert change.edits == [Change(26, "stanza", "  storage:\n    pvc: {}\n")]
    assert shown(change) == ["config/cluster edited"]


def test_an_edit_with_its_fragment_in_one_block() -> None:
    (command,) = page(execute("oc edit config", "", "  storage:", "    pvc: {}")).commands
    assert command.script == "oc edit config"
    assert command.edits == [Change(4, "stanza", "\n  storage:\n    pvc: {}\n")]


def test_an_object_that_the_document_damaged_is_still_an_object() -> None:
    (command,) = page(
        execute("oc edit x") + literal("apiVersion: v1", "kind: Config", "status:", "  - a: 1", "b: 2", "    c: 3")
    ).commands
    assert isinstance(command.edits[0], View)


def test_a_repeated_part_of_an_output_is_an_excerpt() -> None:
    lab = page(execute("oc get x") + literal("a", "b", "c") + literal("b") + literal("d"))
    excerpt, unknown = lab.steps[1:]
    assert isinstance(excerpt, Excerpt)
    assert excerpt.of == 7
    assert isinstance(unknown, Unknown)
    assert unknown.line == 14
    assert "line 3" in unknown.reason


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (literal("a: b"), "before any command"),
        ("include::other.adoc[]\n", "`include::` is not followed"),
        ("ifdef::aws[]\n", "`ifdef::`"),
        ("----\nx\n", "not closed"),
        (execute("sh-4.2$ ls"), "session"),
        (execute("oc get x") + literal("a") + "Then:\n\n  indented text\n", "no excerpt"),
    ],
)
def test_what_cannot_be_understood_is_a_step_of_its_own(text: str, says: str) -> None:
    assert any(isinstance(step, Unknown) and says in step.reason for step in page(text).steps)


def test_what_is_no_lab_in_a_document_is_left_alone() -> None:
    lab = page(
        ":name: web\n////\n----\nold\n----\n////\n|===\n|a\n|===\n++++\n<b>\n++++\n* item\n  more of it\n\n"
        + "  ** nested\n\n"
        + '[source,role="execute",subs="attributes+"]\n----\noc get {name} {other} # <1>\n----\n<1> callout\n'
    )
    assert [step.script for step in lab.steps if isinstance(step, Command)] == ["oc get web {other}"]
    assert len(lab.steps) == 1


# -- the seed lab


def test_the_seed_lab_is_understood_as_it_stands() -> None:
    lab = load(REGISTRY)
    assert not [step for step in lab.steps if isinstance(step, Unknown)]
    assert len([step for step in lab.steps if isinstance(step, Excerpt)]) == 1
    assert len(lab.commands) == 12
    without_output = [command.script for command in lab.commands if not [*command.outputs()]]
    assert without_output == [
        "oc describe configs.imageregistry.operator.openshift.io",
        "oc project openshift-image-registry",
        "oc edit configs.imageregistry.operator.openshift.io",
    ]


PODS = """\
NAME                                               READY   STATUS    RESTARTS   AGE
cluster-image-registry-operator-8c7d9f5b6c-vv2xw   2/2     Running   0          3h20m
{registry}                    1/1     Running   0          3h20m
node-ca-2bbbb                                      1/1     Running   0          3h20m
node-ca-2cccc                                      1/1     Running   0          120m
node-ca-2dddd                                      1/1     Running   0          120m
node-ca-2ffff                                      1/1     Running   0          120m
node-ca-2gggg                                      1/1     Running   0          3h20m
node-ca-2hhhh                                      1/1     Running   0          3h20m
node-ca-2jjjj                                      1/1     Running   0          3h20m
node-ca-2kkkk                                      1/1     Running   0          3h20m
"""
MOUNT = "172.30.1.1:6789,172.30.2.2:6789,172.30.3.3:6789:/volumes/csi/csi-vol-11111111-2222-11e9-9939-0a580a820206"


def seed_outputs() -> dict[str, str]:
    """What the document itself shows, by command."""
    return {
        command.script: "\n".join(command.expected.lines) + "\n"
        for command in load(REGISTRY).commands
        if command.expected is not None
    }


def whole_object() -> str:
    """The object as a real editor shows it: the lines that the document damaged stand where they belong."""
    view = next(edit for command in load(REGISTRY).commands for edit in command.edits if isinstance(edit, View))
    return (
        "\n".join(view.expected.lines)
        .replace("\nreason: S3", "\n    reason: S3")
        .replace("\n    successfully", "\n      successfully")
        .replace('"16463"', '"17001"')
        .replace("52880e6b-", "62880e6b-")
        + "\n"
    )


def answers(bench: Any, saved: list[str]) -> dict[str, Any]:
    after = "image-registry-5f5f5f5f5f-zz222"
    pods = [command.script for command in load(REGISTRY).commands if command.script.startswith("oc get pods")]
    return seed_outputs() | {
        "oc describe configs.imageregistry.operator.openshift.io": "Name: cluster\n",
        "oc project openshift-image-registry": "Now using project\n",
        "oc edit configs.imageregistry.operator.openshift.io/cluster": bench.editor(whole_object(), saved),
        "oc edit configs.imageregistry.operator.openshift.io": bench.editor(whole_object(), saved),
        pods[0]: PODS.format(registry="image-registry-6b6b6b6b6b-xx222"),
        pods[1]: PODS.format(registry=after),
        f"oc rsh {after}": bench.session(
            "sh-4.2$ ",
            {
                "df -h | grep registry": f"{MOUNT}  100G     0  100G   0% /registry\n",
                "mount | grep registry": f"{MOUNT} on /registry type ceph (rw,relatime,name=csi-cephfs-node,"
                "secret=<hidden>,acl,mds_namespace=ocs-storagecluster-cephfilesystem)\n",
            },
        ),
    }


def test_the_seed_lab_runs_on_a_cluster_with_other_names(bench: Any) -> None:
    saved: list[str] = []
    result = bench.run(REGISTRY.read_text(), answers(bench, saved), name="registry.adoc")
    assert result.is_good, [(step.line, step.message, step.diff) for step in result.problems]
    assert (result.count(Verdict.VERIFIED), result.count(Verdict.EXCERPT)) == (11, 1)
    assert saved[0] == whole_object()
    assert "  storage:\n    pvc:\n     claim: ocs4registry\nstatus:\n" in saved[1]
    (view,) = [step for step in result.steps if isinstance(step.part, View)]
    assert [note.split(":")[0] for note in view.notes] == ["line 153", "line 174"]


def test_a_difference_in_the_seed_lab_is_found(bench: Any) -> None:
    given = answers(bench, [])
    given["oc get sc"] = seed_outputs()["oc get sc"].replace("gp2 ", "gp3 ")
    result = bench.run(REGISTRY.read_text(), given, name="registry.adoc")
    (problem,) = result.problems
    assert (problem.file, problem.line) == ("registry.adoc", 235)
    assert [line[:4] for line in problem.diff if line[:2] in ("-g", "+g")] == ["-gp2", "+gp3"]
