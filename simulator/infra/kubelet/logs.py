"""A container's log: what its program wrote at its start, its output, and the lines of requests; read or followed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.api.gvrs import PODS
from simulator.errors import BadRequest, Object
from simulator.infra.kubelet.changes import PodChanges
from simulator.infra.kubelet.environment import ConfigError
from simulator.infra.kubelet.output import Line, lines_of
from simulator.infra.kubelet.record import Record
from simulator.infra.programs import behaviour_of
from simulator.runtime.clock import parse_rfc3339, rfc3339
from simulator.shell.streams import encode

if TYPE_CHECKING:
    from simulator.infra import Machines
    from simulator.infra.kubelet.live import Live

_WAITS = {"ImagePullBackOff": "trying and failing to pull image", "ErrImagePull": "image can't be pulled"}

_ENOUGH = 1 << 16  # bytes that wait for a slow reader; what comes then stays where it is


class Place(NamedTuple):
    """How much of a log was read: lines of its start and of its output, and the number of the next line of requests."""

    starts: int = 0
    output: int = 0
    notes: int = 0


class Part(NamedTuple):
    """Some lines of a log; ``first`` is the number of the first of them, after those that are not kept."""

    first: int
    lines: list[Line]

    def since(self, place: int) -> list[Line]:
        return self.lines[max(place - self.first, 0) :]

    def end(self) -> int:
        return self.first + len(self.lines)


class Log:
    """One container's log."""

    def __init__(self, machines: Machines, pod: Object, spec: Object) -> None:
        self._machines, self._pod, self._spec = machines, pod, spec

    def record(self) -> Record:
        """What the kubelet knows of the container; {} when its pod is gone, or has not come so far."""
        meta = self._pod["metadata"]
        pod = self._machines.client.get_or_none(PODS, meta["name"], meta["namespace"])
        if pod is None or pod["metadata"]["uid"] != meta["uid"]:
            return {}
        found: Record = self._machines.kubelet.record(pod)["containers"].get(self._spec["name"], {})
        return found

    def live(self) -> Live | None:
        """The program, if somebody at a terminal keeps it running."""
        return self._machines.kubelet.live(self._pod, self._spec["name"])

    def after(self, place: Place, one: Record, started: float) -> tuple[list[Line], Place, float]:
        """The lines of the run that began at ``started`` which have come since ``place``.

        And the place behind them, and when the next line is known to come.
        """
        now = self._machines.clock.now()
        output, notes = self._written(one, started)
        starts = self._starts(started)
        due = min((line.time for line in (*starts, *output.lines) if line.time > now), default=math.inf)
        starts = [line for line in starts if line.time <= now]
        output = Part(output.first, [line for line in output.lines if line.time <= now])
        fresh = [*starts[place.starts :], *output.since(place.output), *notes.since(place.notes)]
        return fresh, Place(len(starts), output.end(), notes.end()), due

    def previous(self, one: Record) -> list[Line]:
        """The lines of the run before the present one."""
        ended = (one.get("lastState") or {}).get("terminated") or {}
        last = one.get("lastRun") or {}
        started = last.get("started") or (parse_rfc3339(ended["startedAt"]) if ended.get("startedAt") else 0.0)
        return [*self._starts(started), *lines_of(last, started)]

    def _written(self, one: Record, started: float) -> tuple[Part, Part]:
        """The output and the lines of requests of a run. Of long ones only the newest lines may be kept."""
        live = self.live()
        if live is not None and live.started == started:
            return Part(live.recorder.dropped, live.recorder.lines(finished=live.ended)), Part(0, [])
        if one.get("started") == started:
            kept = [Line(entry["time"], f"{entry['line']}\n") for entry in one.get("log", ())]
            notes = Part(one.get("logged", len(kept)) - len(kept), kept)
            run = one.get("run", {})
            return Part(run.get("dropped", 0), lines_of(run, started)), notes
        last = one.get("lastRun") or {}
        return Part(0, lines_of(last, started) if last.get("started") == started else []), Part(0, [])

    def _starts(self, started: float) -> list[Line]:
        """The lines that the program writes at its start."""
        behaviour = behaviour_of(self._pod, self._spec, self._machines.release)
        step = behaviour.boot_s / max(len(behaviour.log), 1)
        times = [started + step * (number + 1) for number in range(len(behaviour.log))]
        fields = self._fields() if behaviour.log else {}
        texts = zip(times, behaviour.log, strict=True)
        return [Line(at, line.format(**fields, time=nanos(at), klog=_klog(at)) + "\n") for at, line in texts]

    def _fields(self) -> dict[str, str]:
        try:
            env = self._machines.kubelet.environment(self._pod, self._spec)
        except ConfigError:
            env = {}
        storage = env.get("REGISTRY_STORAGE", "")
        place = env.get("REGISTRY_STORAGE_S3_BUCKET") or env.get("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "")
        return {
            "container": self._spec["name"],
            "storage": f"{storage} {place}".strip(),
            "server": env.get("REGISTRY_OPENSHIFT_SERVER_ADDR", ""),
            "address": env.get("REGISTRY_HTTP_ADDR", ":5000"),
        }


class LogTail:
    """A followed log: what ``query`` chooses of the lines that are there, then what comes until the run ends.

    BadRequest when the container has not started.
    """

    def __init__(self, machines: Machines, pod: Object, spec: Object, query: Mapping[str, str]) -> None:
        self._machines, self._pod, self._log = machines, pod, Log(machines, pod, spec)
        self._stamped, self._limit = is_on(query, "timestamps"), int(query.get("limitBytes") or -1)
        one = self._log.record()
        demand_started(pod, spec, one)
        self._started: float = one["started"]
        lines, self._place, self._due = self._log.after(Place(), one, self._started)
        self._waiting = rendered(select(lines, query, machines.clock.now()), self._stamped)

    def read(self) -> bytes:
        self._take()
        data, self._waiting = self._waiting, b""
        if self._limit >= 0:
            data = data[: self._limit]
            self._limit -= len(data)
        return data

    def pending(self) -> bool:
        self._take()
        return bool(self._waiting) and self._limit != 0

    @property
    def ended(self) -> bool:
        one = self._log.record()
        return self._limit == 0 or one.get("state") != "running" or one["started"] != self._started

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        def changed() -> None:
            if len(self._waiting) < _ENOUGH:
                self._take()
            wake_for_the_next_line()
            callback()

        def wake_for_the_next_line() -> None:
            changes.at(self._due if self._machines.clock.now() < self._due < math.inf else None)

        changes = PodChanges(self._machines.client, self._machines.clock, self._pod, changed)
        live = self._log.live()
        forget = live.subscribe(changed) if live is not None else lambda: None
        wake_for_the_next_line()

        def end() -> None:
            changes.close()
            forget()

        return end

    def _take(self) -> None:
        one = self._log.record()
        if one:
            lines, self._place, self._due = self._log.after(self._place, one, self._started)
            self._waiting += rendered(lines, self._stamped)


def demand_started(pod: Object, spec: Object, one: Record) -> None:
    """BadRequest when the container has not written anything because it has not begun."""
    if "started" not in one:
        reason: str = one.get("reason", "ContainerCreating")
        text = f'container "{spec["name"]}" in pod "{pod["metadata"]["name"]}" is waiting to start: '
        raise BadRequest(text + _WAITS.get(reason, reason))


def select(lines: Sequence[Line], query: Mapping[str, str], now: float) -> Sequence[Line]:
    """Those that ``sinceSeconds``, ``sinceTime`` and ``tailLines`` leave."""
    since = now - float(query["sinceSeconds"]) if query.get("sinceSeconds") else 0.0
    if query.get("sinceTime"):
        try:
            since = parse_rfc3339(query["sinceTime"])
        except ValueError as error:
            raise BadRequest(str(error)) from None
    chosen = [line for line in lines if line.time >= since]
    if query.get("tailLines"):
        count = int(query["tailLines"])
        chosen = chosen[-count:] if count else []
    return chosen


def rendered(lines: Sequence[Line], stamped: bool) -> bytes:
    """The lines as bytes, with their times if ``stamped``."""
    return encode("".join(f"{nanos(line.time) + ' ' if stamped else ''}{line.text}" for line in lines))


def is_on(query: Mapping[str, str], key: str) -> bool:
    return query.get(key) in ("true", "1")


def nanos(seconds: float) -> str:
    """RFC 3339 with nanoseconds."""
    return f"{rfc3339(seconds)[:-1]}.{int(seconds % 1 * 1_000_000):06d}000Z"


def _klog(seconds: float) -> str:
    """``I1028 09:07:56.123456       1``."""
    text = rfc3339(seconds)
    return f"I{text[5:7]}{text[8:10]} {text[11:19]}.{int(seconds % 1 * 1_000_000):06d}       1"
