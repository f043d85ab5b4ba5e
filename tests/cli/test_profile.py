"""``ocsim profile``: list, show, diff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from simulator import profiles
from simulator.cli import run


def test_list_names_each_profile_with_its_title(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == profiles.names()
    assert lines[0].split(None, 1)[1] == "OpenShift 4.2 on AWS, OpenShift Container Storage 4.2, registry on S3"


def test_show_tells_what_a_profile_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "show", "ocp-4.2"]) == 0
    shown = capsys.readouterr().out
    assert "Release:             4.2.0 (Kubernetes v1.14.6+868bc38)\n" in shown
    assert "  ocs-storagecluster-cephfs     openshift-storage.cephfs.csi.ceph.com" in shown
    assert "  storage.s3.region: us-east-1\n" in shown
    assert "    189  pods\n" in shown


def test_show_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "show", "ocp-4.2", "-o", "json"]) == 0
    as_json = json.loads(capsys.readouterr().out)
    assert run(["profile", "show", "ocp-4.2", "-o", "yaml"]) == 0
    assert yaml.safe_load(capsys.readouterr().out) == as_json
    assert as_json["objects"]["byResource"]["pods"] == 189
    assert len(as_json["nodes"]) == 8


def test_what_is_secret_in_the_registry_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "show", "ocp-4.2", "-o", "json"]) == 0
    assert "httpSecret" not in capsys.readouterr().out


def test_diff_as_text_and_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "diff", "ocp-4.2", "ocp-4.2"]) == 0
    assert capsys.readouterr().out.endswith("\nNothing differs.\n")
    assert run(["profile", "diff", "ocp-4.2", "ocp-4.2", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


@pytest.mark.parametrize("arguments", [["show", "ocp-5"], ["diff", "ocp-4.2", "ocp-5"]])
def test_a_profile_that_is_not_there(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", *arguments]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_in_the_embedded_shell(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sh", "-c", "ocsim profile list | head -1 | cut -d' ' -f1"]) == 0
    assert capfd.readouterr().out == f"{profiles.names()[0]}\n"


PROFILE = """\
title: A shop
start: "2024-05-01T12:00:00Z"
server: https://api.shop.example.com:6443
release: {version: 4.14.3, kubernetes: v1.27.6}
platform: {infraID: shop, domain: shop.example.com, region: r, repositories: {release: quay.io/x}}
"""
BLOCK = """\
- age: 3h
  projects:
  - {firstBlock: 0, names: [default, shop]}
  objects:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: prices, namespace: shop}}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a small profile."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "profile.yaml").write_text(PROFILE)
    (tmp_path / "shop" / "10-shop.yaml").write_text(BLOCK)
    return tmp_path / "shop"


def test_a_profile_of_ones_own_is_built_and_used(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "build", "shop", "-o", "shop.json"]) == 0
    assert capfd.readouterr().out.startswith("shop: OpenShift 4.14.3, ")
    for name in ("shop.json", "./shop"):
        assert run(["sh", "--profile", name, "-c", "oc get cm -n shop -o name | tail -1"]) == 0
        assert capfd.readouterr().out == "configmap/prices\n"


def test_what_is_wrong_in_it_is_told_with_its_line(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (shop / "10-shop.yaml").write_text(BLOCK.replace("namespace: shop", "namespace: shoes"))
    assert run(["profile", "build", "shop", "-o", "shop.json"]) == 2
    assert "error: shop/10-shop.yaml:5: ConfigMap/prices: metadata.namespace: " in capfd.readouterr().err
    assert not (shop.parent / "shop.json").exists()
    assert run(["profile", "build", "nowhere"]) == 2


def test_a_changed_file_is_another_profile(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "build", "shop", "-o", "x.json"]) == 0
    assert run(["profile", "show", "x.json"]) == 0
    (shop / "profile.yaml").write_text(PROFILE.replace("A shop", "Another"))
    assert run(["profile", "build", "shop", "-o", "x.json"]) == 0
    assert run(["profile", "show", "x.json"]) == 0
    assert "Title:               Another\n" in capfd.readouterr().out
