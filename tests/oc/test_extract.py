"""``oc extract``. The messages are those of oc, pkg/cli/extract."""

from __future__ import annotations

import base64
from typing import Any

import pytest


@pytest.fixture
def made(bench: Any) -> Any:
    data = {"tls.crt": base64.b64encode(b"cert\n").decode(), "tls.key": base64.b64encode(b"key").decode()}
    bench.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "certs"}, "data": data})
    bench.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "site"}, "data": {"a": "1", "b": "2\n"}}
    )
    return bench


def test_every_key_becomes_a_file(made: Any) -> None:
    assert made.run("oc extract secret/certs").stdout == "tls.crt\ntls.key\n"
    assert (made.fs.read("/tls.crt"), made.fs.read("/tls.key")) == (b"cert\n", b"key")


def test_keys_choose(made: Any) -> None:
    assert made.run("oc extract secret/certs --keys=tls.crt").stdout == "tls.crt\n"
    assert "tls.key" not in made.fs.list("/")


def test_a_file_that_is_there_is_overwritten_only_with_confirm(made: Any) -> None:
    made.fs.write("/tls.crt", b"mine")
    ran = made.run("oc extract secret/certs")
    assert (ran.status, ran.stdout) == (1, "tls.key\n")
    assert ran.stderr == "error: tls.crt: file exists, pass --confirm to overwrite\n"
    assert made.fs.read("/tls.crt") == b"mine"
    assert made.run("oc extract secret/certs --confirm").stdout == "tls.crt\ntls.key\n"
    assert made.fs.read("/tls.crt") == b"cert\n"


def test_the_target_folder_is_made_only_with_confirm(made: Any) -> None:
    ran = made.run("oc extract cm/site --to=out/deep")
    wanted = "error: use --confirm if you want to create target directory: stat out/deep: no such file or directory\n"
    assert (ran.status, ran.stderr) == (1, wanted)
    assert made.run("oc extract cm/site --to=out/deep --confirm").stdout == "out/deep/a\nout/deep/b\n"


def test_to_standard_output(made: Any) -> None:
    ran = made.run("oc extract cm/site --to=-")
    assert (ran.stdout, ran.stderr) == ("1\n2\n", "# a\n# b\n")


def test_what_holds_no_files(made: Any) -> None:
    made.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}})
    ran = made.run("oc extract sa/robot")
    assert ran.status == 1
    assert ran.stderr == (
        "warning: serviceaccounts/robot does not support extraction\n"
        "error: you must specify at least one resource to extract\n"
    )
    assert made.run("oc extract").stderr.startswith("error: You must provide one or more resources by argument or ")
    assert made.run("oc extract cm/none").stderr == 'Error from server (NotFound): configmaps "none" not found\n'
