"""Events are gone three hours after they were written last."""

from simulator.api.types import GVR
from simulator.cluster import Cluster

EVENTS = GVR("", "v1", "events")


def event(name: str) -> dict[str, object]:
    return {
        "metadata": {"name": name, "namespace": "default"},
        "involvedObject": {"namespace": "default"},
        "reason": "X",
    }


def names(cluster: Cluster) -> set[str]:
    return {item["metadata"]["name"] for item in cluster.client().list(EVENTS, "default")} & {"once", "again"}


def test_an_event_lives_for_three_hours_from_its_last_write() -> None:
    cluster = Cluster.from_profile("ocp-4.20")
    client = cluster.client()
    for name in ("once", "again"):
        client.create(EVENTS, event(name))
    watch = client.watch(EVENTS, "default", fields="metadata.name=once")
    cluster.clock.advance(2 * 3600)
    client.patch(EVENTS, "again", {"count": 2}, "default")
    cluster.clock.advance(3600 - 60)
    assert names(cluster) == {"once", "again"}
    cluster.clock.advance(660)
    assert names(cluster) == {"again"}
    cluster.clock.advance(2 * 3600)
    assert names(cluster) == set()
    told = []
    while (item := watch.poll()) is not None:
        told.append(item.type)
    assert told == ["ADDED", "DELETED"]


def test_events_of_the_profile_go_as_well() -> None:
    cluster = Cluster.from_profile("ocp-4.2")
    before = {item["metadata"]["uid"] for item in cluster.client().list(EVENTS)}
    assert before
    cluster.clock.advance(3 * 3600 + 600)
    assert not before & {item["metadata"]["uid"] for item in cluster.client().list(EVENTS)}
