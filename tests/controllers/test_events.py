from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulator.api.gvrs import CONFIGMAPS, EVENTS, NAMESPACES
from simulator.api.types import ADMIN, Request, Response
from simulator.client.client import Client
from simulator.client.inprocess import InProcess
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.events import record
from simulator.errors import ServiceUnavailable


def tell(context: Context, key: Key) -> Result:
    about = context.client.get_or_none(CONFIGMAPS, key.name, key.namespace)
    if about is not None:
        record(context, about, "Normal", "Seen", "was seen")
    return DONE


TELLER = Controller("teller", "system:teller", (Watches(CONFIGMAPS, own_key),), tell)


def test_the_same_event_again_raises_its_count(kit: Any) -> None:
    world = kit.World([TELLER], nodes=0).start()
    world.create(CONFIGMAPS, {"metadata": {"name": "c", "namespace": "lab"}})
    world.settle()
    world.clock.advance(60)
    world.change(CONFIGMAPS, "c", {"data": {"a": "b"}})
    world.settle()
    (event,) = world.items(EVENTS)
    assert (event["count"], event["message"], event["source"]) == (2, "was seen", {"component": "teller"})
    assert event["firstTimestamp"] < event["lastTimestamp"]


def test_a_namespace_that_terminates_takes_no_events(kit: Any) -> None:
    """They are dropped: whoever recorded them goes on."""
    world = kit.World([TELLER], nodes=0, admission=None).start()
    world.client.delete(NAMESPACES, "lab")
    about = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {
        "name": "c", "namespace": "lab", "uid": "u", "resourceVersion": "1"}}  # fmt: skip
    record(world.manager.runners[0].context, about, "Normal", "Seen", "was seen")
    assert world.items(EVENTS) == []


class Refusing(InProcess):
    """A transport through which everything can be read and nothing written."""

    def request(self, request: Request) -> Response:
        if request.method == "GET":
            return super().request(request)
        refusal = ServiceUnavailable("not now")
        return Response(refusal.code, refusal.to_status())


@pytest.mark.parametrize("words", ["was seen", "was seen for the first time"])
def test_an_event_that_is_refused_is_dropped(kit: Any, words: str) -> None:
    """A new one as well as a higher count: what the recorder does besides is not held up."""
    world = kit.World([TELLER], nodes=0).start()
    about = world.create(CONFIGMAPS, {"metadata": {"name": "c", "namespace": "lab"}})
    world.settle()
    before = world.items(EVENTS)
    client = Client(Refusing(world.server, "https://api.test:6443"), ADMIN)
    record(replace(world.manager.runners[0].context, client=client), about, "Normal", "Seen", words)
    assert world.items(EVENTS) == before


def test_events_of_one_moment_are_listed_in_the_order_in_which_they_were_said(kit: Any) -> None:
    """As with the real recorder, whose names end in nanoseconds: Created comes before Started."""
    words = ["Scheduled", "Pulling", "Pulled", "Created", "Started"]

    def narrate(context: Context, key: Key) -> Result:
        about = context.client.get(CONFIGMAPS, key.name, key.namespace)
        for word in words:
            record(context, about, "Normal", word, f"{word} it")
        return DONE

    world = kit.World([Controller("narrator", "system:n", (Watches(CONFIGMAPS, own_key),), narrate)], nodes=0).start()
    world.create(CONFIGMAPS, {"metadata": {"name": "c", "namespace": "lab"}})
    world.settle()
    assert [event["reason"] for event in world.items(EVENTS)] == words
    nanoseconds = int(world.items(EVENTS)[0]["metadata"]["name"].removeprefix("c."), 16)
    assert nanoseconds // 10**9 == int(kit.START)


def test_many_alike_are_combined_and_then_told_no_more(kit: Any) -> None:
    """Nine of their own, one for all others; no more than 25 in all, and one each five minutes. events_cache.go."""
    world = kit.World([TELLER], nodes=0).start()
    about = world.create(CONFIGMAPS, {"metadata": {"name": "c", "namespace": "lab"}})
    world.settle()  # of the 25, the teller itself has had one
    context = world.manager.runners[0].context
    about = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": about["metadata"]}
    for number in range(100):
        record(context, about, "Normal", "Made", f"made {number}")
    counts = {event["message"]: event["count"] for event in world.items(EVENTS)}
    alike = {f"made {number}": 1 for number in range(9)}
    assert counts == {"was seen": 1, **alike, "(combined from similar events): made 23": 15}
    world.clock.advance(301)
    record(context, about, "Normal", "Made", "made 100")
    counts = {event["message"]: event["count"] for event in world.items(EVENTS)}
    assert counts["(combined from similar events): made 100"] == 16
    record(context, about, "Warning", "Made", "of another type")
    assert len(world.items(EVENTS)) == 12
    world.clock.advance(601)
    record(context, about, "Normal", "Made", "made after ten quiet minutes")
    assert "made after ten quiet minutes" in {event["message"] for event in world.items(EVENTS)}
