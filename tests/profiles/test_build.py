"""A small profile, built from its files: times, owners, pins, events, and what is refused."""

import json
from pathlib import Path

import pytest

from simulator.errors import InputError, Object
from simulator.profiles.build import build, overlay, to_text
from simulator.profiles.packing import Row, unpack

HEAD = """
title: A small cluster
start: "2019-10-28T12:00:00Z"
server: https://api.test:6443
release: {version: 4.2.0, kubernetes: v1.14.6, uidNodes: [12a861d1434e]}
platform: {infraID: t, domain: t.example.com, region: r, repositories: {release: quay.io/x/y}}
eventTTL: 1h
"""
FILE = """
- age: 3h
  projects: [{firstBlock: 3, names: [shop]}]
- age: 2h
  objects:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: boss, namespace: shop}}
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: clerk, namespace: shop, ownerReferences: [
      {apiVersion: v1, kind: ConfigMap, name: boss}]}, data: {a: "1"}}
- age: 30m
  objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: clerk, namespace: shop}, data: {b: "2"}}]
"""


def built(folder: Path, file: str = FILE, head: str = HEAD) -> Object:
    (folder / "profile.yaml").write_text(head)
    (folder / "a.yaml").write_text(file)
    return build("small", folder)


def rows(content: Object) -> list[Row]:
    return list(unpack(json.loads(to_text(content))))


def named(content: Object, resource: str, name: str) -> Object:
    return next(row[3] for row in rows(content) if row[0] == resource and row[2] == name)


def test_objects_are_as_old_as_the_profile_says(tmp_path: Path) -> None:
    assert named(built(tmp_path), "configmaps", "boss")["metadata"]["creationTimestamp"] == "2019-10-28T10:00:00Z"


def test_controllers_were_at_work_at_the_time(tmp_path: Path) -> None:
    account = named(built(tmp_path), "serviceaccounts", "default")
    assert account["metadata"]["creationTimestamp"] == "2019-10-28T09:00:00Z"


def test_a_later_block_changes_what_an_earlier_one_made(tmp_path: Path) -> None:
    assert named(built(tmp_path), "configmaps", "clerk")["data"] == {"a": "1", "b": "2"}


def test_owners_get_their_uids(tmp_path: Path) -> None:
    content = built(tmp_path)
    (owner,) = named(content, "configmaps", "clerk")["metadata"]["ownerReferences"]
    assert owner["uid"] == named(content, "configmaps", "boss")["metadata"]["uid"]


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    assert to_text(built(tmp_path)) == to_text(built(tmp_path))


def test_pins_are_laid_over_what_was_computed(tmp_path: Path) -> None:
    pins = "pins: [{resource: configmaps, namespace: shop, name: boss, set: {metadata: {resourceVersion: '7'}}}]\n"
    boss = named(built(tmp_path, head=HEAD + pins), "configmaps", "boss")
    assert boss["metadata"]["resourceVersion"] == "7"
    assert boss["metadata"]["name"] == "boss"


def test_a_pin_of_nothing_is_refused(tmp_path: Path) -> None:
    pins = "pins: [{resource: configmaps, namespace: shop, name: nobody, set: {}}]\n"
    with pytest.raises(InputError, match=r"small/profile.yaml:\d+: pins: there is no configmaps shop nobody to pin"):
        built(tmp_path, head=HEAD + pins)


def test_old_events_are_dropped(tmp_path: Path) -> None:
    event = "{apiVersion: v1, kind: Event, metadata: {name: %s, namespace: shop}, lastTimestamp: '2019-10-28T%sZ', \
involvedObject: {kind: ConfigMap, name: boss, namespace: shop}}"
    events = f"- age: 20m\n  objects:\n  - {event % ('old', '10:59:59')}\n  - {event % ('new', '11:00:00')}\n"
    assert [row[2] for row in rows(built(tmp_path, FILE + events)) if row[0] == "events"] == ["new"]


def test_what_the_api_server_refuses_is_told_with_its_line(tmp_path: Path) -> None:
    bad = (
        FILE
        + "- age: 10m\n  objects:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: No_Name, namespace: shop}}\n"
    )
    with pytest.raises(
        InputError, match=r'small/a.yaml:13: ConfigMap/No_Name: refused: ConfigMap "No_Name" is invalid'
    ):
        built(tmp_path, bad)


@pytest.mark.parametrize("field", ["title", "start", "server", "release", "platform"])
def test_a_head_without_a_field_is_refused(tmp_path: Path, field: str) -> None:
    head = "".join(line + "\n" for line in HEAD.splitlines() if not line.startswith(f"{field}:"))
    with pytest.raises(InputError, match=f"small/profile.yaml:2: {field}: is missing"):
        built(tmp_path, head=head)


def test_conditions_are_pinned_by_their_type() -> None:
    conditions = [{"type": "Ready", "status": "True"}, {"type": "Synced", "status": "True"}]
    assert overlay({"conditions": conditions}, {"conditions": [{"type": "Synced", "since": "now"}]}) == {
        "conditions": [conditions[0], {"type": "Synced", "status": "True", "since": "now"}]
    }
