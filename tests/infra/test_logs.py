"""Logs of containers: as they are read, as they are followed, and what is left of the run before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.gvrs import PODS
from simulator.api.logstream import LogStream
from simulator.api.types import Request, Response
from simulator.errors import from_status
from simulator.infra.kubelet.output import Line, Recorder, lines_of, recorded
from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Scheduler

POD = "/api/v1/namespaces/demo/pods/web/log"


def run(lab: Any, command: str, policy: str = "Never") -> None:
    container = {"name": "app", "image": "busybox", "command": ["sh", "-c", command]}
    lab.pod("web", containers=[container], restartPolicy=policy)


def log(lab: Any, **query: str) -> Any:
    reply = lab.server.handle(Request("GET", POD, query))
    if isinstance(reply, Response):
        if reply.code >= 400:
            raise from_status(reply.body)
        return reply.body
    return reply


def drained(stream: LogStream) -> str:
    return b"".join(iter(lambda: stream.next() or b"", b"")).decode()


def until_running(lab: Any) -> None:
    while lab.get_pod("web").get("status", {}).get("phase") != "Running":
        assert lab.clock.run_next()


def test_lines_come_when_they_are_written(lab: Any) -> None:
    run(lab, "echo one; sleep 30; echo two")
    until_running(lab)
    assert log(lab) == "one\n"
    lab.clock.advance(31)
    assert log(lab) == "one\ntwo\n"
    stamps = [line.split()[0][11:19] for line in log(lab, timestamps="true").splitlines()]
    started = lab.get_pod("web")["status"]["containerStatuses"][0]["state"]["terminated"]
    assert stamps == [started["startedAt"][11:19], started["finishedAt"][11:19]]


def test_a_program_without_end_is_heard_too(lab: Any) -> None:
    run(lab, "while true; do date +%S; sleep 1; done", policy="Always")
    until_running(lab)
    lab.clock.advance(9.5)
    first = int(log(lab).splitlines()[0])
    assert [int(line) for line in log(lab).splitlines()] == [(first + n) % 60 for n in range(10)]
    assert len(log(lab, tailLines="3").splitlines()) == 3
    assert len(log(lab, sinceSeconds="4").splitlines()) == 4
    assert log(lab, limitBytes="4") == log(lab)[:4]


def test_following_tells_each_line_at_its_time_and_the_end(lab: Any) -> None:
    run(lab, "echo one; sleep 5; echo two; sleep 5; printf three")
    until_running(lab)
    stream = log(lab, follow="true")
    assert isinstance(stream, LogStream)
    calls: list[float] = []
    stream.listener = lambda: calls.append(lab.clock.now())
    assert (drained(stream), stream.closed) == ("one\n", False)
    lab.clock.advance(4.9)
    assert not stream.pending()
    lab.clock.advance(0.2)
    assert (stream.pending(), drained(stream), stream.closed) == (True, "two\n", False)
    lab.clock.advance(5)
    assert (drained(stream), stream.closed) == ("three", True)
    assert calls
    stream.close()


def test_a_follower_misses_nothing_of_a_run_that_is_over_when_it_looks(lab: Any) -> None:
    run(lab, "echo begin; sleep 5; echo end; exit 1", policy="Always")
    until_running(lab)
    stream = log(lab, follow="true")
    lab.clock.advance(20)
    assert lab.get_pod("web")["status"]["containerStatuses"][0]["restartCount"] > 0
    assert (drained(stream), stream.closed) == ("begin\nend\n", True)


def test_following_ends_when_the_pod_goes(lab: Any) -> None:
    run(lab, "echo one; sleep infinity")
    until_running(lab)
    stream = log(lab, follow="true", tailLines="0")
    lab.client.delete(PODS, "web", "demo", grace_period_s=0)
    assert (stream.next(), stream.closed) == (None, True)


def test_a_follower_who_leaves_leaves_nothing_behind(lab: Any) -> None:
    run(lab, "sleep infinity")
    until_running(lab)
    lab.settle()
    assert lab.clock.next_due() is None
    stream = log(lab, follow="true")
    stream.close()
    stream.close()
    assert (stream.closed, stream.next(), lab.clock.next_due()) == (True, None, None)
    called: list[int] = []
    stream.listener = lambda: called.append(1)
    lab.client.delete(PODS, "web", "demo", grace_period_s=0)
    assert called == []


def test_the_log_of_the_run_before(lab: Any) -> None:
    run(lab, "date +%M:%S; exit 2", policy="Always")
    until_running(lab)
    first = log(lab)
    while lab.get_pod("web")["status"]["containerStatuses"][0]["restartCount"] < 1:
        assert lab.clock.run_next()
    assert log(lab, previous="true") == first


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (
            {"tailLines": "-1"},
            'PodLogOptions "web" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
        ),
        ({"limitBytes": "0"}, 'PodLogOptions "web" is invalid: limitBytes: Invalid value: 0: must be greater than 0'),
        (
            {"sinceSeconds": "0"},
            'PodLogOptions "web" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0',
        ),
        ({"tailLines": "x"}, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ({"sinceTime": "yesterday"}, "not an RFC 3339 time in UTC: 'yesterday'"),
        ({"previous": "true"}, 'previous terminated container "app" in pod "web" not found'),
        ({"previous": "true", "follow": "true"}, 'previous terminated container "app" in pod "web" not found'),
    ],
)
def test_what_is_refused(lab: Any, query: dict[str, str], text: str) -> None:
    """Source: apis/core/validation, ValidatePodLogOptions."""
    run(lab, "sleep infinity")
    until_running(lab)
    reply = lab.server.handle(Request("GET", POD, query))
    assert (reply.body["message"], reply.code >= 400) == (text, True)


def test_a_container_that_has_not_started_has_no_log_to_follow(lab: Any) -> None:
    lab.pod("web", containers=[{"name": "app", "image": "nosuchimage"}])
    lab.settle(8)
    reply = lab.server.handle(Request("GET", POD, {"follow": "true"}))
    assert reply.body["message"] == (
        'container "app" in pod "web" is waiting to start: trying and failing to pull image'
    )


@given(st.lists(st.tuples(st.integers(0, 5), st.binary(max_size=12))))
def test_what_is_recorded_is_what_was_written(writes: list[tuple[int, bytes]]) -> None:
    clock = Clock(100.0)
    recorder = Recorder(clock.now, 1 << 20)

    async def write() -> None:
        for delay, data in writes:
            clock.advance(delay)
            await recorder.write(data)

    Scheduler(clock).run(write())
    lines = recorder.lines(finished=True)
    assert "".join(line.text for line in lines).encode("utf-8", "surrogateescape") == b"".join(d for _, d in writes)
    assert lines_of(recorded(lines, 100.0), 100.0) == lines


def test_of_much_output_the_newest_lines_are_kept() -> None:
    clock = Clock()
    recorder = Recorder(clock.now, 10)
    Scheduler(clock).run(recorder.write("one\ntwo\nthree\nfour\nfi"))
    assert (recorder.lines(), recorder.dropped) == ([Line(0.0, "four\n")], 3)
    assert recorder.lines(finished=True)[-1] == Line(0.0, "fi")
