"""A profile that stands on another one."""

import json
from pathlib import Path

import pytest

from simulator.api.resourcetable import builtin_table
from simulator.errors import InputError, Object
from simulator.profiles import frozen
from simulator.profiles.layers import read_layers
from simulator.profiles.platform import Platform
from simulator.profiles.references import check
from simulator.profiles.timeline import Placed
from simulator.release import Release

RELEASE = Release("4.20.1", "v1.33.5", ())
SMALL = """base: ocp-4.20
title: mine
leave-out:
- {files: [72-ceph.yaml, 73-csi-nodes.yaml, 74-noobaa.yaml, 80-petclinic.yaml, 82-petclinic-images.yaml]}
"""


def placed(folder: Path, head: str, **files: str) -> list[Placed]:
    (folder / "profile.yaml").write_text(head)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    layers = read_layers("mine", folder)
    steps = layers.steps(Platform("mine", 1_762_943_400.0, layers.head["platform"], RELEASE))
    check(steps, builtin_table(RELEASE))
    return [one for step in steps for one in step.objects]


def find(objects: list[Placed], kind: str, name: str) -> Object:
    return next(one.object for one in objects if one.object["kind"] == kind and one.name == name)


def names(objects: list[Placed], kind: str) -> set[str]:
    return {one.name for one in objects if one.object["kind"] == kind}


def test_what_is_left_out_and_what_stays(tmp_path: Path) -> None:
    made = placed(tmp_path, SMALL + "- {kind: StorageClass, name: gp2-*}\n")
    assert names(made, "StorageClass") == {"gp3-csi"}
    assert "cluster-image-registry-operator" in names(made, "Deployment")


def test_a_namespace_is_left_out_with_all_that_is_in_it(tmp_path: Path) -> None:
    made = placed(tmp_path, SMALL + "- {namespace: openshift-storage}\n")
    assert "openshift-storage" not in names(made, "Namespace")
    assert "odf-console" not in names(made, "Deployment")


def test_an_object_is_changed_where_it_first_comes(tmp_path: Path) -> None:
    made = placed(
        tmp_path,
        SMALL + "change:\n"
        "- {kind: Infrastructure, name: cluster, merge: {status: {platform: None, platformStatus: null}}}\n"
        "- {kind: Deployment, name: console, patch: [{op: replace, path: /spec/replicas, value: 1}]}\n",
    )
    status = find(made, "Infrastructure", "cluster")["status"]
    assert status["platform"] == "None"
    assert "platformStatus" not in status
    assert status["infrastructureName"] == "cluster-7xk2p-m8tvz"
    assert find(made, "Deployment", "console")["spec"]["replicas"] == 1


def test_words_of_the_base_become_others(tmp_path: Path) -> None:
    words = "replace: {ip-10-0-12-84: first, .us-east-2.compute.internal: .lab, cluster-7xk2p: mine}\n"
    made = placed(tmp_path, words + SMALL)
    assert "first.lab" in names(made, "Node")
    assert "etcd-first.lab" in names(made, "Pod")
    assert find(made, "Infrastructure", "cluster")["status"]["infrastructureName"] == "mine-m8tvz"


def test_own_files_come_beside_those_of_the_base(tmp_path: Path) -> None:
    own = "- {age: 1h, projects: [{firstBlock: 90, names: [extra]}]}\n"
    assert "extra" in names(placed(tmp_path, SMALL, own=own), "Namespace")


def test_the_head_is_laid_over_that_of_the_base(tmp_path: Path) -> None:
    (tmp_path / "profile.yaml").write_text("base: ocp-4.20\nplatform: {region: eu-west-1, zoneIDs: null}\nseed: x\n")
    head = read_layers("mine", tmp_path).head
    assert (head["platform"]["region"], head["seed"]) == ("eu-west-1", "x")
    assert "zoneIDs" not in head["platform"]
    assert head["release"]["version"] == "4.20.1"


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("base: ocp-9.9\n", "mine/profile.yaml:1: base: there is no profile 'ocp-9.9' that comes with ocsim"),
        ("base: ocp-4.20\nreplace: [a]\n", "mine/profile.yaml:2: replace: expected a mapping of words to words"),
        ("base: ocp-4.20\nleave-out: {a: b}\n", "mine/profile.yaml:2: leave-out: expected a list"),
        ("base: ocp-4.20\nleave-out:\n- {knd: Node}\n", "mine/profile.yaml:3: leave-out.knd: unknown field; known"),
        ("base: ocp-4.20\nchange:\n- {kind: Node}\n", "mine/profile.yaml:3: change.name: is missing"),
        (
            "base: ocp-4.20\nchange:\n- {kind: DNS, name: cluster}\n",
            "mine/profile.yaml:3: change: expected one of merge and patch",
        ),
        (
            "base: ocp-4.20\nleave-out:\n- {kind: Nude}\n",
            "mine/profile.yaml:3: leave-out: nothing of the base is that",
        ),
        (
            "base: ocp-4.20\nchange:\n- {kind: DNS, name: x, merge: {}}\n",
            "mine/profile.yaml:3: change: nothing of the base is that",
        ),
        (
            "base: ocp-4.20\nchange:\n- {kind: DNS, name: cluster, patch: [{op: remove, path: /a}]}\n",
            "mine/profile.yaml:3: change.patch: cannot be applied",
        ),
        ("base: ocp-4.20\nleave-out:\n- {files: [99-x.yaml]}\n", "ocp-4.20: leave-out: there is no file 99-x.yaml"),
        # Without Ceph, but with what needs it:
        (
            "base: ocp-4.20\nleave-out:\n- {files: [72-ceph.yaml]}\n",
            "ocp-4.20/74-noobaa.yaml:4: NooBaa/noobaa: metadata.ownerReferences: StorageCluster",
        ),
    ],
)
def test_a_bad_overlay_is_refused_with_file_line_and_field(tmp_path: Path, head: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        placed(tmp_path, head)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("name", ["ocp-4.20-small", "ocp-4.20-baremetal"])
def test_a_variant_is_of_the_release_of_its_base(name: str) -> None:
    profile, _ = frozen(name)
    base, _ = frozen("ocp-4.20")
    assert profile.release == base.release
    assert json.dumps(profile.title) != json.dumps(base.title)
