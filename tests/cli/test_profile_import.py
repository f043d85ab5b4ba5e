"""``ocsim profile import``: what it writes and prints, and dumps that are damaged or meant to do harm."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from simulator.cli import dumps, run
from simulator.profiles.importing import files

CLUSTER = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: shop, creationTimestamp: "2024-05-01T08:00:00Z"}}
- apiVersion: v1
  kind: Secret
  metadata: {name: door, namespace: shop}
  data: {password: aHVudGVyMi1odW50ZXIy}
- apiVersion: v1
  kind: Pod
  metadata: {name: web, namespace: shop, uid: 0a1b2c3d-0000-4000-8000-000000000001}
  spec:
    nodeName: worker-1
    serviceAccountName: default
    containers:
    - name: web
      image: quay.io/shop/web:1
      env: [{name: DB_PASSWORD, value: hunter2-hunter2}]
  status:
    phase: Running
    hostIP: 10.0.0.5
    podIP: 10.128.0.7
    startTime: "2024-05-01T08:01:00Z"
    containerStatuses:
    - {name: web, image: "quay.io/shop/web:1", imageID: "", ready: true, restartCount: 0, containerID: "cri-o://1",
       state: {running: {startedAt: "2024-05-01T08:01:09Z"}}}
    conditions: [{type: Ready, status: "True", lastTransitionTime: "2024-05-01T08:01:09Z"}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dump, in a directory that is the present one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "all.yaml").write_text(CLUSTER)
    return tmp_path / "dump"


def test_a_folder_of_oc_get_becomes_a_profile(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "import", "dump"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Imported 3 objects of 3 kinds from dump (oc get, OpenShift ")
    assert shown.endswith("The profile is in dump.json. Use it with: --profile dump.json\n")
    assert run(["sh", "--profile", "dump.json", "-c", "oc get pods -n shop"]) == 0
    assert sorted(os.listdir(".")) == ["dump", "dump.json"]


def test_no_value_of_a_secret_is_written(folder: Path) -> None:
    assert run(["profile", "import", "dump", "--report", "told.json"]) == 0
    written = Path("dump.json").read_text() + Path("told.json").read_text()
    assert "hunter2" not in written
    assert "aHVudGVyMi1odW50ZXIy" not in written
    replaced = {entry["place"] for entry in json.loads(Path("told.json").read_text())["replaced"]}
    assert {"secrets shop/door data.password", "pods shop/web spec.containers[0].env[0].value"} <= replaced


def test_unless_it_is_asked_for(folder: Path) -> None:
    assert run(["profile", "import", "dump", "--secrets", "keep", "-o", "open.json"]) == 0
    assert "aHVudGVyMi1odW50ZXIy" in Path("open.json").read_text()


def test_secrets_left_out(folder: Path) -> None:
    assert run(["profile", "import", "dump", "--secrets", "leave-out", "-o", "without.json"]) == 0
    written = Path("without.json").read_text()
    assert "hunter2" not in written
    assert '"door"' not in written


def test_the_report_as_text(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.yaml").write_text("a: [1,\n")
    assert run(["profile", "import", "dump", "--report", "-", "--name", "shop", "-o", "x.json"]) == 0
    shown = capsys.readouterr().out
    assert "\nKept: 3 objects\n" in shown
    assert "\nNot understood: 1\n  broken.yaml:" in shown
    assert "        nodes worker-1" in shown


BOMB = "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 20)}]\n" for n in range(8))
POD = "apiVersion: v1\nkind: Pod\n"
DAMAGED = {
    "list.yaml": ("- 1\n- 2\n", ":1: not an object: [1, 2]"),
    "bomb.yaml": (f"a: &a [x, x]\n{BOMB}", ": not YAML: its aliases stand for more than a million values"),
    "self.yaml": ("a: &a {b: *a}\n", ": not YAML: an alias that contains itself"),
    "deep.yaml": ("[" * 50_000, ":1: not YAML: exceeded maximum nesting depth"),
    "code.yaml": ("a: !!python/object/apply:os.system [ls]\n", ":1: not YAML: could not determine a constructor"),
    "nokind.yaml": ("apiVersion: v1\nmetadata: {name: x}\n", ":1: an object needs kind and apiVersion"),
    "noname.yaml": (f"---\n---\n{POD}metadata: {{}}\n", ":3: a Pod needs metadata.name"),
    "nospec.yaml": (f"{POD}metadata: {{name: x, namespace: shop}}\n", ":1: Pod x has no spec.containers"),
    "odd.yaml": (
        "apiVersion: shop.io/v1\nkind: Cart\nmetadata: {name: x}\n",
        ":1: unknown kind Cart in version shop.io/v1",
    ),
    "where.yaml": ("apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {}\n", ":1: Service x has no namespace"),
    "nan.json": ('{"apiVersion": "v1", "kind": "Node", "metadata": {"name": NaN}}', ":1: holds what JSON cannot"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_not_understood_is_told_with_file_and_line(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text, told = DAMAGED[name]
    (folder / name).write_text(text)
    assert run(["profile", "import", "dump"]) == 0
    assert f"{name}{told}" in capsys.readouterr().out


def test_binary_unreadable_and_endless_files(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumps, "MAX_BYTES", 3000)
    monkeypatch.setattr(files, "MAX_BYTES", 3000)
    (folder / "binary.yaml").write_bytes(b"a: b\n\xff\xfe\x00")
    (folder / "large.yaml").write_text("#" * 5000)
    os.mkfifo(folder / "pipe.yaml")
    (folder / "gone.yaml").symlink_to("nowhere.yaml")
    assert run(["profile", "import", "dump"]) == 0
    shown = capsys.readouterr().out
    assert "binary.yaml:2: not text in UTF-8" in shown
    assert "large.yaml: not read: larger than" in shown
    assert "pipe.yaml: cannot be read: not a plain file" in shown
    assert "gone.yaml: cannot be read: " in shown


def test_a_link_that_leads_out_of_the_folder_is_not_followed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: stolen}\n")
    (folder / "link.yaml").symlink_to(outside / "secret.yaml")
    (folder / "linked").symlink_to(outside)
    (folder / "inside.yaml").symlink_to("all.yaml")
    assert run(["profile", "import", "dump"]) == 0
    assert "link.yaml: cannot be read: a link that leads out of the folder" in capsys.readouterr().out
    assert "stolen" not in Path("dump.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "error: nowhere: there is no such folder"),
        (["empty"], "error: empty: no objects of a cluster were found here"),
        (["must-gather.tar.gz"], "error: must-gather.tar.gz: this is an archive: unpack it first"),
        (["dump", "--name", "../x"], "a name has letters, digits"),
        (["dump", "--secrets", "show"], "is not one of"),
        (["dump", "-o", "nowhere/x.json"], "error: nowhere/x.json: cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_imported_at_all(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    Path("empty").mkdir()
    Path("must-gather.tar.gz").write_bytes(b"\x1f\x8b")
    assert run(["profile", "import", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert sorted(os.listdir(".")) == ["dump", "empty", "must-gather.tar.gz"]


def test_a_profile_that_is_there_stays_whole_when_writing_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("dump.json").write_text("old")

    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    assert run(["profile", "import", "dump"]) == 2
    assert Path("dump.json").read_text() == "old"
    assert sorted(os.listdir(".")) == ["dump", "dump.json"]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"profile": 1, "revision": 2}', "\udcff"])
def test_a_file_that_is_no_profile(folder: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    Path("x.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert run(["profile", "show", "x.json"]) == 2
    assert "x.json" in capsys.readouterr().err


def test_in_the_embedded_shell(capfd: pytest.CaptureFixture[str]) -> None:
    script = """
mkdir -p dump/b && oc get ns,pods,deployments,replicasets -n petclinic -o yaml > dump/b/all.yaml
oc get clusterversion,nodes -o json > dump/cluster.json
ocsim profile import dump -o shop.json | head -2
ocsim profile show shop.json | head -1
ocsim profile diff ocp-4.2 shop.json | head -2
"""
    assert run(["sh", "--profile", "ocp-4.2", "-c", script]) == 0, capfd.readouterr()
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("Imported ")
    assert "OpenShift 4.2.0" in lines[0]
    assert lines[2] == "Name:                shop"
    assert lines[4].startswith("+ shop ")
