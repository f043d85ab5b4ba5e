from __future__ import annotations

from typing import Any

import pytest

from simulator.runtime.terminal import EditorMissing

HEADER = """\
# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
"""
CONFIG = {
    "apiVersion": "imageregistry.operator.openshift.io/v1",
    "kind": "Config",
    "metadata": {"name": "cluster"},
    "spec": {
        "managementState": "Managed",
        "replicas": 1,
        "logging": 2,
        "storage": {"s3": {"bucket": "b", "region": "us-east-1"}},
    },
}
EDIT = "oc edit configs.imageregistry.operator.openshift.io/cluster"
TITLE = "config.imageregistry.operator.openshift.io/cluster"


class Editor:
    """A terminal whose editor applies one function after the other."""

    columns = 80

    def __init__(self, *edits: Any) -> None:
        self.edits, self.seen = list(edits), list[tuple[str, str, str]]()

    async def write(self, text: str) -> None:
        raise AssertionError(text)

    async def read_line(self, prompt: str) -> str | None:
        return None

    async def edit(self, path: str, text: str, command: str) -> str:
        self.seen.append((path, text, command))
        edit = self.edits.pop(0) if self.edits else str
        return str(edit(text))


def replace(old: str, new: str) -> Any:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


@pytest.fixture
def registry(bench: Any) -> Any:
    bench.create(CONFIG)
    return bench


def test_the_object_is_shown_below_the_header(registry: Any) -> None:
    editor = Editor()
    ran = registry.run(EDIT, terminal=editor)
    assert (ran.stdout, ran.stderr, ran.status) == ("", "Edit cancelled, no changes made.\n", 0)
    path, text, command = editor.seen[0]
    assert path.startswith("/tmp/oc-edit-")
    assert path.endswith(".yaml")
    assert text.startswith(HEADER + "apiVersion: imageregistry.operator.openshift.io/v1\nkind: Config\nmetadata:\n")
    assert command == ""
    assert registry.fs.list("/tmp") == []


def test_the_lab_moves_the_registry(registry: Any) -> None:
    editor = Editor(lambda text: text[: text.index("  storage:")] + "  storage:\n    pvc:\n     claim: ocs4registry\n")
    ran = registry.run("oc edit configs.imageregistry.operator.openshift.io", terminal=editor)
    assert (ran.stdout, ran.stderr, ran.status) == (f"{TITLE} edited\n", "", 0)
    found = registry.run("oc get configs.imageregistry.operator.openshift.io cluster -o jsonpath={.spec.storage}")
    assert found.stdout == "map[pvc:map[claim:ocs4registry]]"


def test_an_emptied_file_aborts(registry: Any) -> None:
    ran = registry.run(EDIT, terminal=Editor(lambda text: "# nothing\n"))
    assert (ran.stdout, ran.stderr, ran.status) == ("", "Edit cancelled, saved file was empty.\n", 0)


def test_a_change_of_comments_or_order_is_none(registry: Any) -> None:
    ran = registry.run(EDIT, terminal=Editor(lambda text: "# more\n" + text))
    assert ran.stderr == "Edit cancelled, no changes made.\n"


def test_a_syntax_error_reopens_the_file_with_the_reason(registry: Any) -> None:
    editor = Editor(replace("  replicas: 1", "  replicas: [1"), replace("replicas: [1", "replicas: 2"))
    ran = registry.run(EDIT, terminal=editor)
    assert (ran.stdout, ran.stderr, ran.status) == (f"{TITLE} edited\n", "", 0)
    again = editor.seen[1][1]
    reason = (
        "# The edited file had a syntax error: error parsing edited-file: error converting YAML to JSON: yaml: line "
    )
    assert again.startswith(HEADER + reason)
    assert "did not find expected ',' or ']'\n#\napiVersion" in again
    assert "  replicas: [1" in again
    assert editor.seen[0][0] != editor.seen[1][0]
    assert registry.fs.list("/tmp") == []


def test_giving_up_after_an_error_keeps_a_copy(registry: Any) -> None:
    editor = Editor(replace("  replicas: 1", "  replicas: [1"))
    ran = registry.run(EDIT, terminal=editor)
    path = editor.seen[1][0]
    assert ran.stderr == (
        f'A copy of your changes has been stored to "{path}"\nerror: Edit cancelled, no valid changes were saved.\n'
    )
    assert ran.status == 1
    assert b"replicas: [1" in registry.fs.read(path)


def test_what_the_server_finds_invalid_is_told_on_top(registry: Any) -> None:
    editor = Editor(
        replace("managementState: Managed", "managementState: foo"), replace("State: foo", "State: Unmanaged")
    )
    ran = registry.run(EDIT, terminal=editor)
    assert ran.stderr == 'error: configs.imageregistry.operator.openshift.io "cluster" is invalid\n'
    assert ran.stdout == f"{TITLE} edited\n"
    assert editor.seen[1][1].startswith(
        HEADER + '# configs.imageregistry.operator.openshift.io "cluster" was not valid:\n# * '
        "spec.managementState: Invalid value: "
    )


def test_a_changed_name_is_looked_for_on_the_server(registry: Any) -> None:
    editor = Editor(replace("name: cluster", "name: other"))
    ran = registry.run(EDIT, terminal=editor)
    path = editor.seen[0][0]
    assert ran.stderr == (
        'error: configs.imageregistry.operator.openshift.io "other" could not be found on the server\n'
        f'The edits you made on deleted resources have been saved to "{path}"\n'
    )
    assert ran.status == 1
    assert registry.fs.stat(path).size


@pytest.mark.parametrize(
    ("environment", "editor"),
    [("EDITOR=c", "c"), ("EDITOR=c KUBE_EDITOR=b", "b"), ("EDITOR=c KUBE_EDITOR=b OC_EDITOR=a", "a")],
)
def test_the_editor_of_the_environment(registry: Any, environment: str, editor: str) -> None:
    terminal = Editor()
    registry.run(f"{environment} {EDIT}", terminal=terminal)
    assert terminal.seen[0][2] == editor


def test_an_editor_of_the_shell_runs_in_it(registry: Any) -> None:
    ran = registry.run(f"OC_EDITOR='scribble 3' {EDIT}", programs={"scribble": scribble})
    assert ran.stdout == f"{TITLE} edited\n"
    assert registry.run("oc get configs.imageregistry cluster -o jsonpath={.spec.replicas}").stdout == "3"


async def scribble(process: Any) -> int:
    text = process.fs.read(process.args[2]).replace(b"replicas: 1", b"replicas: " + process.args[1].encode())
    process.fs.write(process.args[2], text)
    return 0


def test_a_missing_editor(registry: Any) -> None:
    def missing(text: str) -> str:
        raise EditorMissing("/nonexist")

    ran = registry.run(f"EDITOR=/nonexist {EDIT}", terminal=Editor(missing))
    assert (ran.stderr, ran.status) == ('error: there was a problem with the editor "/nonexist"\n', 1)


def test_several_objects_are_one_list(bench: Any) -> None:
    for name in ("a", "b"):
        bench.run(f"oc create configmap {name} --from-literal=k=1")
    editor = Editor(lambda text: text.replace('k: "1"', 'k: "2"', 1))
    ran = bench.run("oc edit cm", terminal=editor)
    assert "\nitems:\n- apiVersion: v1\n" in editor.seen[0][1]
    assert ran.stdout == "configmap/a edited\nconfigmap/b skipped\n"


def test_json(bench: Any) -> None:
    bench.run("oc create configmap a --from-literal=k=1")
    editor = Editor(replace('"k": "1"', '"k": "2"'))
    assert bench.run("oc edit cm a -o json", terminal=editor).stdout == "configmap/a edited\n"
    assert editor.seen[0][0].endswith(".json")
    assert editor.seen[0][1].startswith('{\n    "apiVersion": "v1",\n')


def test_errors(bench: Any) -> None:
    assert bench.run("oc edit cm nope").stderr == 'Error from server (NotFound): configmaps "nope" not found\n'
    assert bench.run("oc edit cm").stderr == "error: edit cancelled, no objects found\n"
    assert bench.run("oc edit").stderr.startswith(
        "error: You must provide one or more resources by argument or filename.\n"
    )
