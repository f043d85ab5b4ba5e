"""A process that is killed at any revision, and another one that opens the same log, come to the same end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fakeredis
import pytest
import redis

from simulator import profiles
from simulator.api.types import GVR
from simulator.embedded import Cluster
from simulator.log.entry import Log
from simulator.log.redis import RedisLog

CONFIGS = GVR("imageregistry.operator.openshift.io", "v1", "configs")
CRONJOBS, JOBS = GVR("batch", "v1", "cronjobs"), GVR("batch", "v1", "jobs")
PODS = GVR("", "v1", "pods")
DAY_S = 24 * 3600.0
REGISTRY = "openshift-image-registry"
CLAIM = """
oc create -n openshift-image-registry -f - <<'END'
{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "ocs4registry"},
 "spec": {"storageClassName": "ocs-storagecluster-cephfs", "accessModes": ["ReadWriteMany"],
          "resources": {"requests": {"storage": "100Gi"}}}}
END
"""
SWITCH = """oc patch configs.imageregistry.operator.openshift.io/cluster --type merge -p '
{"spec": {"storage": {"s3": null, "pvc": {"claim": "ocs4registry"}}}}'"""


def redis_log(server: Any, profile: str) -> Log:
    _, base = profiles.frozen(profile)
    return RedisLog(server, "school", start=base.revision)


@pytest.fixture(params=["fakeredis", "redis"])
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "fakeredis":
        yield fakeredis.FakeStrictRedis()
        return
    client = redis.Redis(port=request.getfixturevalue("redis_port"))
    client.flushall()
    yield client
    client.close()


def outcome(cluster: Cluster) -> dict[str, Any]:
    """What a person would look at: the conditions, the storage, the phases and mounts."""
    config = cluster.client().get(CONFIGS, "cluster")
    pods = cluster.client().list(PODS, REGISTRY, labels="docker-registry=default")
    conditions = {item["type"]: (item["status"], item.get("reason")) for item in config["status"]["conditions"]}
    mounted = [cluster.client().exec(pod["metadata"]["name"], REGISTRY, ["df", "-h", "/registry"]) for pod in pods]
    return {
        "conditions": conditions,
        "storage": config["status"]["storage"],
        "phases": [pod["status"]["phase"] for pod in pods],
        "size": [line.stdout.splitlines()[-1].split()[1:] for line in mounted],
    }


@pytest.mark.parametrize(("profile", "amid"), [("ocp-4.2", 2), ("ocp-4.20", 4)])
def test_killed_in_mid_roll_out_and_opened_again_from_redis(server: Any, profile: str, amid: int) -> None:
    """``amid``: the pods of the registry that there are then."""
    whole = Cluster.from_profile(profile, seed=3)
    assert whole.sh(CLAIM + SWITCH).status == 0
    whole.settle()
    wanted = outcome(whole)
    assert wanted["conditions"]["Progressing"] == ("False", "Ready")

    first = Cluster.from_profile(profile, seed=3, log=redis_log(server, profile))
    assert first.sh(CLAIM + SWITCH).status == 0
    first.clock.advance(4)
    pods = first.client().list(PODS, REGISTRY, labels="docker-registry=default")
    assert len(pods) == amid, "the roll-out should be in the middle"
    first.stop()

    second = Cluster.from_profile(profile, seed=3, log=redis_log(server, profile))
    assert second.state.revision == first.state.revision
    second.settle()
    assert outcome(second) == wanted


@pytest.mark.parametrize(
    ("profile", "fraction"),
    [*(("ocp-4.2", share) for share in (0.1, 0.3, 0.5, 0.7, 0.9)), ("ocp-4.20", 0.2), ("ocp-4.20", 0.6)],
)
def test_killed_anywhere(server: Any, profile: str, fraction: float) -> None:
    whole = Cluster.from_profile(profile, seed=5)
    before = whole.state.revision
    whole.sh(CLAIM + SWITCH)
    whole.settle()
    stop_at = before + int((whole.state.revision - before) * fraction)

    first = Cluster.from_profile(profile, seed=5, log=redis_log(server, profile))
    first.sh(CLAIM + SWITCH)
    while first.state.revision < stop_at:
        assert first.clock.run_next()
    first.stop()

    second = Cluster.from_profile(profile, seed=5, log=redis_log(server, profile))
    second.settle()
    assert outcome(second) == outcome(whole)


@pytest.mark.parametrize("profile", ["ocp-4.2", "ocp-4.20"])
def test_a_settled_cluster_that_is_listed_anew_writes_nothing(profile: str) -> None:
    described, base = profiles.frozen(profile)
    cluster = Cluster(described, base.fork())
    cluster.manager.start()
    cluster.settle()
    assert cluster.state.revision == base.revision, [
        (entry.cause, entry.verb, entry.resource, entry.name) for entry in cluster.state.history(base.revision)
    ]


def test_a_fresh_cluster_is_at_rest() -> None:
    cluster = Cluster.from_profile("ocp-4.2")
    revision = cluster.state.revision
    assert cluster.clock.next_due() is None
    cluster.clock.advance(DAY_S)
    assert {(entry.cause, entry.resource) for entry in cluster.state.history(revision)} == {("etcd", "events")}
    assert cluster.clock.next_due() is None


def test_a_day_of_a_cluster_of_today_has_one_pruning_and_nothing_else() -> None:
    """No controller fails; nothing is heard but the pruner's Job, at midnight, and events that expire."""
    cluster = Cluster.from_profile("ocp-4.20")
    revision, start = cluster.state.revision, cluster.clock.now()
    midnight = start - start % DAY_S + DAY_S
    cluster.clock.advance(DAY_S)
    written = [entry for entry in cluster.state.history(revision) if entry.cause != "etcd"]
    assert cluster.manager.errors == []
    assert {(entry.namespace or REGISTRY, "image-pruner" in entry.name) for entry in written} == {(REGISTRY, True)}
    assert all(midnight <= entry.time < midnight + 60 for entry in written)
    assert len(written) <= 25
    done = [entry.object["status"] for entry in written if entry.resource == "jobs.batch"][-1]
    assert [one["type"] for one in done["conditions"] if one["status"] == "True"] == ["SuccessCriteriaMet", "Complete"]


def test_old_prunings_go() -> None:
    """Days pass, and the Jobs, pods and sandboxes stay as many as the history limits say."""
    cluster = Cluster.from_profile("ocp-4.20")
    sizes = []
    for _ in range(3):
        cluster.clock.advance(DAY_S)
        kinds = [resource for resource, *_ in cluster.state.snapshot().objects if resource != "events"]
        sizes.append(len(kinds))
    assert cluster.manager.errors == []
    assert len(set(sizes)) == 1
    jobs = cluster.client().list(JOBS, REGISTRY)
    assert len(jobs) == cluster.client().get(CRONJOBS, "image-pruner", REGISTRY)["spec"]["successfulJobsHistoryLimit"]
