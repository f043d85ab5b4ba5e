"""Reading from the state gives what the API answers to somebody who may see all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.api.gvrs import EVENTS, NODES, PODS, PROJECTS, USERS
from simulator.api.resourcetable import ResourceType
from simulator.api.types import ADMIN, User
from simulator.client.client import Client
from simulator.cluster import Cluster
from simulator.errors import BadRequest, NotFound

INFRA = User("system:infra", ("system:masters", "system:authenticated"))


@pytest.fixture(scope="module", params=["ocp-4.2", "ocp-4.20"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    return Cluster.from_profile(request.param)


@pytest.fixture
def direct(cluster: Cluster) -> Client:
    return Client(cluster.transport, INFRA, cluster.api.table, reader=cluster.transport.reader)


def rows(cluster: Cluster) -> Iterator[ResourceType]:
    return (row for row in cluster.api.table.rows if {"get", "list"} <= set(row.verbs))


def test_every_kind_is_read_as_the_api_tells_it(cluster: Cluster, direct: Client) -> None:
    asking = cluster.client(ADMIN)
    assert sum(cluster.transport.reader.row(row.gvr) is not None for row in rows(cluster)) > 50
    for row in rows(cluster):
        found = asking.list(row.gvr)
        assert direct.list(row.gvr) == found
        for obj in found[:1]:
            name, namespace = obj["metadata"]["name"], obj["metadata"].get("namespace")
            assert direct.get(row.gvr, name, namespace) == asking.get(row.gvr, name, namespace)
            assert direct.list(row.gvr, namespace) == asking.list(row.gvr, namespace)


@pytest.mark.parametrize("resource", [PROJECTS, USERS])
def test_what_is_shown_otherwise_than_stored_is_asked_for(cluster: Cluster, resource: object) -> None:
    assert cluster.transport.reader.row(resource) is None  # type: ignore[arg-type]


def test_selectors(cluster: Cluster, direct: Client) -> None:
    asking, node = cluster.client(ADMIN), direct.list(NODES)[0]["metadata"]["name"]
    fields = [
        f"spec.nodeName={node}",
        "spec.nodeName=",
        f"spec.nodeName!={node}",
        f"spec.nodeName={node},status.phase=Running",
    ]
    for text in fields:
        assert direct.list(PODS, fields=text) == asking.list(PODS, fields=text)
    assert direct.list(PODS, labels="app", fields=fields[0]) == asking.list(PODS, labels="app", fields=fields[0])
    told = direct.list(EVENTS)
    text = f"involvedObject.name={told[0]['involvedObject']['name'] if told else 'nobody'}"
    assert direct.list(EVENTS, fields=text) == asking.list(EVENTS, fields=text)
    with pytest.raises(BadRequest, match="field label not supported"):
        direct.list(PODS, fields="spec.color=red")


def test_what_is_not_there(direct: Client) -> None:
    assert direct.get_or_none(PODS, "nope", "default") is None
    with pytest.raises(NotFound, match='pods "nope" not found') as found:
        direct.get(PODS, "nope", "default")
    assert (found.value.kind, found.value.name) == ("pods", "nope")
