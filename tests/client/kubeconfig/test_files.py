"""Kubeconfig files: which there are, and where changes go."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import yaml

from simulator.client.kubeconfig import ConfigFiles, files
from simulator.errors import InputError

ONE = {"clusters": [{"name": "c", "cluster": {"server": "https://c"}}], "current-context": "x"}
TWO = {
    "users": [{"name": "u", "user": {"token": "t"}}],
    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
}


@pytest.fixture
def pair(tmp_path: Path) -> ConfigFiles:
    """A cluster in one file, its user and context in another, and a third file that is not there."""
    for name, content in (("one", ONE), ("two", TWO)):
        (tmp_path / name).write_text(yaml.safe_dump(content))
    paths = [str(tmp_path / name) for name in ("none", "one", "two")]
    return ConfigFiles(environment={"KUBECONFIG": os.pathsep.join(paths), "HOME": str(tmp_path)})


def read(path: Path) -> object:
    return yaml.safe_load(path.read_text())


def test_several_files_are_one_kubeconfig(pair: ConfigFiles, tmp_path: Path) -> None:
    config = pair.load()
    assert (list(config.clusters), list(config.users), config.current) == (["c"], ["u"], "x")
    assert pair.name == str(tmp_path / "one")


def test_changes_go_where_the_stanza_came_from_and_new_ones_to_the_first_file(
    pair: ConfigFiles, tmp_path: Path
) -> None:
    config = pair.load()
    config.users["u"] = {"token": "other"}
    config.users["new"] = {"token": "n"}
    del config.contexts["x"]
    pair.save(config)
    one, two = read(tmp_path / "one"), read(tmp_path / "two")
    assert isinstance(one, dict)
    assert isinstance(two, dict)
    assert [item["name"] for item in one["users"]] == ["new"]
    assert two["users"] == [{"name": "u", "user": {"token": "other"}}]
    assert two["contexts"] == []
    assert not (tmp_path / "none").exists()


def test_a_context_is_cleared_where_it_is_set(pair: ConfigFiles, tmp_path: Path) -> None:
    config = pair.load()
    config.current = ""
    pair.save(config)
    assert pair.load().current == ""


def test_a_file_that_did_not_change_is_not_written(pair: ConfigFiles, tmp_path: Path) -> None:
    before = [(tmp_path / name).stat().st_mtime_ns for name in ("one", "two")]
    pair.save(pair.load())
    assert [(tmp_path / name).stat().st_mtime_ns for name in ("one", "two")] == before


def test_a_new_file_is_for_its_owner_alone_and_an_old_one_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    home = ConfigFiles(environment={"HOME": str(tmp_path)})
    config = home.load()
    config.current = "x"
    home.save(config)
    made = tmp_path / ".kube" / "config"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    made.chmod(0o640)
    made.rename(tmp_path / "real")
    made.symlink_to(tmp_path / "real")
    config.current = "y"
    home.save(config)
    assert made.is_symlink()
    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o640
    assert home.load().current == "y"
    assert [path.name for path in made.parent.iterdir()] == ["config"]


def test_a_lock_that_stays_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LOCK_PATIENCE_S", 0.05)
    place = ConfigFiles(str(tmp_path / "config"))
    (tmp_path / "config").write_text("")
    (tmp_path / "config.lock").touch()
    config = place.load()
    config.current = "x"
    with pytest.raises(InputError, match=r"config.lock: file exists; remove it"):
        place.save(config)
    assert (tmp_path / "config").read_text() == ""


def test_an_explicit_file_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"stat .*/nope: no such file or directory"):
        ConfigFiles(str(tmp_path / "nope")).load()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'error loading config file ".*": Is a directory'):
        ConfigFiles(str(tmp_path)).load()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="error loading config file"):
        ConfigFiles(str(tmp_path / "binary")).load()
