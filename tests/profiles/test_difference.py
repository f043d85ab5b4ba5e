"""What ``ocsim profile diff`` finds between two profiles, and how it reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.changes import MODULES, between
from simulator.errors import Object
from simulator.profiles import Profile, frozen
from simulator.profiles.difference import AREAS, Side, difference
from simulator.profiles.difftext import as_text
from simulator.release import Release

TODAY = Release("4.20.1", "v1.33.5", ())
NODE, REGISTRY = "ip-10-0-131-236.ec2.internal", "configs.imageregistry.operator.openshift.io"


@pytest.fixture
def old() -> Side:
    return frozen("ocp-4.2")


def newer(side: Side) -> Side:
    """The same objects under today's release."""
    profile: Profile = replace(side[0], name="today", title="The same, today", release=TODAY)
    return profile, side[1].fork()


def put(side: Side, resource: str, obj: Object, namespace: str = "") -> None:
    side[1].commit("put", resource, namespace, obj["metadata"]["name"], obj, time=side[1].time, cause="test")


def test_a_profile_does_not_differ_from_itself(old: Side) -> None:
    assert as_text(difference(old, old)).splitlines()[2:] == ["", "Nothing differs."]


def test_each_named_change_between_the_releases_is_told_with_its_source(old: Side) -> None:
    found = difference(old, newer(old))
    assert [one["name"] for one in found["changes"]] == [name for _, name, _ in between(old[0].release, TODAY)]
    told = next(one for one in found["changes"] if one["name"] == "SELF_LINKS")
    assert told == {
        "area": "api", "name": "SELF_LINKS", "title": "Objects and lists have metadata.selfLink.",
        "before": True, "after": False, "since": "4.7", "source": "Kubernetes 1.20, KEP-1164",
    }  # fmt: skip
    text = as_text(found)
    assert (
        "  * Objects and lists have metadata.selfLink.\n      yes → no, since 4.7 (Kubernetes 1.20, KEP-1164)\n" in text
    )
    assert "  openshift: 4.2.0 → 4.20.1\n" in text


def test_the_way_back_tells_the_same_changes_with_the_values_exchanged(old: Side) -> None:
    forth, back = difference(old, newer(old)), difference(newer(old), old)
    exchanged = [{**one, "before": one["after"], "after": one["before"]} for one in back["changes"]]
    assert exchanged == forth["changes"]
    assert back["kinds"]["gone"] == forth["kinds"]["new"]


def test_every_area_of_changes_has_a_name_for_readers() -> None:
    assert set(AREAS) == set(MODULES)


def test_an_object_that_went_and_a_field_that_changed(old: Side) -> None:
    new = old[0], old[1].fork()
    new[1].commit("delete", "nodes", "", NODE, new[1].get("nodes", "", NODE).object, time=new[1].time, cause="test")  # type: ignore[union-attr]
    config = new[1].get(REGISTRY, "", "cluster").object  # type: ignore[union-attr]
    claim = {"pvc": {"claim": "registry"}}
    put(new, REGISTRY, {**config, "spec": {**config["spec"], "storage": claim, "replicas": 2}})
    found = difference(old, new)
    assert list(found["nodes"]["gone"]) == [NODE]
    assert found["registry"]["replicas"] == {"before": 1, "after": 2}
    text = as_text(found)
    assert f"  - {NODE}   worker   m4.4xlarge   us-east-1a   16    62.0Gi\n" in text
    assert "  storage.pvc.claim: (none) → registry\n" in text
    assert "  nodes      8 →     7\n" in text


def test_members_that_changed_alike_share_a_line(old: Side) -> None:
    new = old[0], old[1].fork()
    for name in ("dns", "console"):
        operator = new[1].get("clusteroperators.config.openshift.io", "", name).object  # type: ignore[union-attr]
        put(
            new,
            "clusteroperators.config.openshift.io",
            {**operator, "status": {"versions": [{"name": "operator", "version": "4.3.1"}], "conditions": []}},
        )
    assert "  ~ console, dns: version: 4.2.0 → 4.3.1\n" in as_text(difference(old, new))
