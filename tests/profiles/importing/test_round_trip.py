"""A simulated cluster, written as a must-gather and imported again: the same cluster, at rest, and fit for the lab."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from simulator import embedded, migration, profiles
from simulator.api.gvrs import PERSISTENTVOLUMECLAIMS
from simulator.cluster import Cluster
from simulator.errors import Object
from simulator.profiles.importing import Imported, import_files, to_text
from simulator.profiles.importing.rehearsal import rehearse
from simulator.runtime.clock import rfc3339
from tests.profiles.importing.mustgather import got, imported, must_gather

EVERY = tuple(stored.object["metadata"]["name"] for stored in profiles.frozen("ocp-4.20")[1].list("namespaces"))
OURS = ("imageregistry.operator.openshift.io/checksum", "operator.openshift.io/spec-hash")


def started(content: Object, kind: type[Cluster] = Cluster) -> Cluster:
    profile, state = profiles.thawed("mine", to_text(content))
    cluster = kind(profile, state.fork())
    cluster.manager.start()
    return cluster


def move(cluster: Cluster) -> None:
    """The registry moves to CephFS, and is well afterwards."""
    client = cluster.client()
    plan = migration.make_plan(client, migration.Target())
    assert plan.possible(), [check for check in plan.checks if check.outcome == "fail"]
    assert [step.name for step in migration.apply(client, plan)][-1] == "roll-out"
    assert not [check for check in migration.verify(client, plan.target.claim) if check.outcome == "fail"]


def comparable(obj: Object) -> Object:
    """An object without what an import may change: the values of Secrets, and the operator's notes to itself."""
    meta = {key: value for key, value in obj["metadata"].items() if key != "annotations"}
    annotations = obj["metadata"].get("annotations") or {}
    meta["annotations"] = {key: value for key, value in annotations.items() if key not in OURS and "token" not in key}
    return {
        **obj,
        "metadata": meta,
        "data": sorted(obj.get("data") or ()) if obj["kind"] == "Secret" else obj.get("data"),
    }


def kinds_of(places: list[str]) -> Counter[str]:
    """How many of each resource."""
    return Counter(place.split()[0] for place in places)


def without_secrets(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_secrets(item) for key, item in value.items() if key not in ("httpSecret", "value")}
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def test_every_object_is_there_as_it_was(original: Cluster, copy: Imported) -> None:
    _, state = profiles.thawed("mine", to_text(copy.content))
    for resource in original.state.resources():
        if resource.endswith(".ocsim.dev"):
            continue
        for stored in original.state.list(resource):
            meta = stored.object["metadata"]
            again = state.get(resource, meta.get("namespace", ""), meta["name"])
            assert again is not None, (resource, meta["name"])
            before, after = comparable(stored.object), comparable(again.object)
            assert without_secrets(after) == without_secrets(before)
            assert after["metadata"]["uid"] == meta["uid"]
            assert after["metadata"]["resourceVersion"] == meta["resourceVersion"]


def test_nothing_is_lost_and_all_of_it_is_told(original: Cluster, copy: Imported) -> None:
    told = copy.report.to_data()
    count = sum(len(original.state.list(name)) for name in original.state.resources() if not name.endswith("ocsim.dev"))
    computed = told["kept"].pop("apiservices.apiregistration.k8s.io")  # nobody stores them
    assert computed > 50
    assert sum(told["kept"].values()) == count
    assert told["layout"] == "must-gather"
    assert told["notUnderstood"] == []
    assert told["files"]["skipped"] == {"files without a suffix": 1, "logs of containers and hosts": 1}
    assert told["profile"]["release"] == "4.2.0"


def test_the_cluster_is_at_rest_and_no_controller_touches_anything(copy: Imported) -> None:
    assert copy.report.start["atRest"]
    assert [copy.report.start[what] for what in ("created", "changed", "deleted")] == [[], [], []]
    cluster = started(copy.content)
    assert cluster.settle()
    assert cluster.state.history(copy.content["revision"]) == []


def test_the_clock_starts_at_the_newest_time_in_the_dump(original: Cluster, copy: Imported) -> None:
    nodes, events = original.state.list("nodes"), original.state.list("events")
    heard = [one["lastHeartbeatTime"] for node in nodes for one in node.object["status"]["conditions"]]
    newest = max(*heard, *(event.object["lastTimestamp"] for event in events))
    profile, _ = profiles.thawed("mine", to_text(copy.content))
    assert newest <= rfc3339(profile.start) <= rfc3339(original.profile.start)


def test_oc_shows_the_same_pods(copy: Imported) -> None:
    command = "oc get pods -A --no-headers -o custom-columns=NS:.metadata.namespace,N:.metadata.name,P:.status.phase"
    mine = started(copy.content, embedded.Cluster)
    assert isinstance(mine, embedded.Cluster)
    mine.settle()
    assert mine.sh(command).stdout == embedded.Cluster.from_profile("ocp-4.2").sh(command).stdout


def test_the_registry_moves_to_cephfs(copy: Imported) -> None:
    move(started(copy.content))


def test_a_dump_without_secrets_runs_as_well(original: Cluster, tmp_path: Path) -> None:
    """As most must-gathers are: what pods read is made up, and nothing that runs is touched."""
    made = imported(must_gather(original, tmp_path, secrets=False))
    start = made.report.start
    assert start["atRest"]
    assert start["deleted"] == []
    assert not [place for place in [*start["created"], *start["changed"]] if place.startswith(("pods", "replicasets"))]
    cluster = started(made.content)
    cluster.settle()
    claims = cluster.client().list(PERSISTENTVOLUMECLAIMS)
    assert {claim["status"]["phase"] for claim in claims} == {"Bound"}
    move(cluster)


def test_todays_cluster() -> None:
    """It is at rest at once, as the profile is, and fit for the move."""
    original = Cluster.from_profile("ocp-4.20")
    made = import_files(got(original, namespaces=EVERY), "mine", "dump")
    assert made.report.not_understood == []
    own = rehearse(*profiles.frozen("ocp-4.20"))
    for what in ("created", "changed", "deleted"):
        assert kinds_of(made.report.start[what]) <= kinds_of(own[what])
    cluster = started(made.content)
    assert cluster.profile.release.minor == original.profile.release.minor
    assert cluster.profile.release.uid_nodes == ()
    move(cluster)
