"""One seed, one world: a registry moves its storage while faults strike; then they stop, and all has to be well."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from simulator import migration, profiles
from simulator.api.gvrs import DEPLOYMENTS, PERSISTENTVOLUMECLAIMS, REGISTRYCONFIGS
from simulator.client.client import Client
from simulator.errors import Object, ServiceUnavailable, StatusError
from simulator.log.entry import Entry, Log
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from tests.simulation.faults import NAMED, TARGETS, Dice, Faults, Killed, Strike, Trouble, Victim, strikes

PROFILES = tuple(TARGETS)
REGISTRY = "openshift-image-registry"
TARGET = migration.Target()
PATIENCE_S = 20.0  # between two attempts of the person who moves the registry
CONVERGENCE_S = 4 * 3600.0  # a back-off lasts up to 1000 s, an eviction 300 s
Fold = dict[str, dict[tuple[str, str], Object]]
"""resource -> (namespace, name) -> object"""


@dataclass(frozen=True)
class Step:
    """One entry, and what it did. ``fold`` is the whole world after it, ``bearers`` who bore each UID so far."""

    entry: Entry
    before: Object | None
    fold: Fold
    bearers: dict[str, tuple[str, str, str]]
    revision: int  # of the entry before
    time: float


@dataclass
class History:
    """What a world wrote, entry by entry, on top of the state that it began with."""

    base: State
    entries: list[Entry] = field(default_factory=list)

    def steps(self) -> Iterator[Step]:
        fold = fold_of(self.base)
        bearers = {uid_of(obj): (kind, *key) for kind, table in fold.items() for key, obj in table.items()}
        revision, time = self.base.revision, self.base.time
        for entry in self.entries:
            table, key = fold.setdefault(entry.resource, {}), (entry.namespace, entry.name)
            before = table.get(key)
            if entry.verb == "put":
                table[key] = entry.object
            else:
                table.pop(key, None)
            yield Step(entry, before, fold, bearers, revision, time)
            bearers.setdefault(uid_of(entry.object), (entry.resource, *key))
            revision, time = entry.revision, entry.time

    def to_json(self) -> str:
        return "\n".join(entry.to_json() for entry in self.entries)


class Recorder:
    """A log that keeps what is compacted away from the log behind it."""

    def __init__(self, log: Log, entries: list[Entry]) -> None:
        self._log, self._entries = log, entries
        self.read, self.wait, self.head = log.read, log.wait, log.head
        self.snapshot, self.compact = log.snapshot, log.compact

    def append(self, after: int, entries: Sequence[Entry]) -> None:
        self._log.append(after, entries)
        self._entries.extend(entries)


class Simulation:
    """The move of the registry under the faults that a named seed has, and that a number draws.

    ``profile``: one of PROFILES. ``open_log(start)`` opens the log of this world each time that a process begins; a
    list that they share otherwise.
    """

    def __init__(self, seed: int | str, profile: str, open_log: Callable[[int], Log] | None = None) -> None:
        self.seed, self._name = seed, profile
        dice = Dice(f"faults:{seed}")
        self.faults = NAMED[seed] if isinstance(seed, str) else Faults.drawn(dice)
        self.profile, base = profiles.frozen(profile)
        shared = MemoryLog(base.revision)
        self._open_log = open_log or (lambda _: shared)
        self.history = History(base)
        self.notes: list[str] = []
        chaos = Dice(f"chaos:{seed}")
        self._strikes = strikes(self.faults, dice, self.profile.start, chaos, TARGETS[profile])
        end = Strike(self.profile.start + self.faults.window_s, "requests fail no more", lambda _: self._trouble.end())
        self._strikes = sorted([*self._strikes, end], key=lambda strike: strike.when)
        self.moved_at = float("inf")  # seconds after the start
        self._trouble = Trouble(self.faults, Dice(f"trouble:{seed}"), self._note)
        self._by_engine = dice.chance(0.5)
        self.cluster = self._open()

    def run(self) -> bool:
        """Live through it all. Whether the world came to rest in the end."""
        while True:
            try:
                self._live()
                break
            except Killed:
                self.cluster.stop()
                self._trouble.revive()
                self.cluster = self._open()
        self._note("the faults have ended")
        self._retire_what_stayed_behind()
        return self.cluster.clock.run_until_idle(CONVERGENCE_S, TARGETS[self._name].quiet_s)

    def replay_hint(self) -> str:
        return f"make replay SEED={self.seed}@{self._name}"

    def client(self) -> Client:
        return self.cluster.client()

    def transcript(self) -> str:
        return "\n".join([f"seed {self.seed} on {self._name}: {self.faults}", *self.notes])

    # -- a process

    def _open(self) -> Victim:
        """A process on what the log holds."""
        log = Recorder(self._open_log(self.history.base.revision), self.history.entries)
        cluster = Victim.from_profile(self._name, seed=self.seed, log=log)
        cluster.unreliable.trouble = self._trouble
        for strike in self._strikes:
            cluster.clock.call_at(strike.when, partial(self._strike, cluster, strike))
        return cluster

    def _strike(self, cluster: Victim, strike: Strike) -> None:
        self._strikes.remove(strike)
        self._note(strike.text)
        strike.do(cluster)

    def _live(self) -> None:
        self._move_until_moved()
        self.moved_at = min(self.moved_at, self.cluster.clock.now() - self.profile.start)
        while self._strikes:
            assert self.cluster.clock.run_next()

    def _note(self, text: str) -> None:
        passed = self.cluster.clock.now() - self.profile.start
        self.notes.append(f"{passed:9.3f} s, revision {self.cluster.state.revision}: {text}")

    # -- what a person does

    def _move_until_moved(self) -> None:
        """Try until it is done, as often as needed: each attempt looks anew at what there is."""
        for _ in range(1000):
            try:
                return self._move_by_engine() if self._by_engine else self._move_by_hand()
            except StatusError as error:
                self._note(f"the move is held up: {error.reason}: {error.message}")
                self.cluster.clock.advance(PATIENCE_S)
        raise AssertionError("the registry could not be moved")

    def _retire_what_stayed_behind(self) -> None:
        """The images that the registry served stay in the bucket: no engine copies them yet, nobody can pull them."""
        self.client().patch(DEPLOYMENTS, "spring-petclinic", {"spec": {"replicas": 0}}, "petclinic")

    def _move_by_engine(self) -> None:
        client = self.client()
        if storage_of(client).get("pvc"):
            return
        plan = migration.make_plan(client, TARGET)
        if not plan.possible():
            failed = [f"{check.id}: {check.saw}" for check in plan.checks if check.outcome == "fail"]
            raise ServiceUnavailable(", ".join(failed))
        for step in migration.apply(client, plan):
            self._note(step.text)

    def _move_by_hand(self) -> None:
        """As in the lab, which does not wait for the claim."""
        client = self.client()
        if client.get_or_none(PERSISTENTVOLUMECLAIMS, TARGET.claim, REGISTRY) is None:
            client.create(PERSISTENTVOLUMECLAIMS, TARGET.manifest())
        if not storage_of(client).get("pvc"):
            patch = {"spec": {"storage": {"s3": None, "pvc": {"claim": TARGET.claim}}}}
            client.patch(REGISTRYCONFIGS, "cluster", patch)


def storage_of(client: Client) -> Object:
    storage: Object = client.get(REGISTRYCONFIGS, "cluster")["spec"].get("storage") or {}
    return storage


def fold_of(state: State) -> Fold:
    fold: Fold = {}
    for resource, namespace, name, obj in state.snapshot().objects:
        fold.setdefault(resource, {})[namespace, name] = obj
    return fold


def uid_of(obj: Object) -> Any:
    return obj["metadata"]["uid"]
