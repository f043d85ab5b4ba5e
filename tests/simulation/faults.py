"""What goes wrong in a simulation, drawn from its seed: requests that fail, and strikes at moments of virtual time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from simulator.api.gvrs import DEPLOYMENTS, FAULTS, NODES, PODS
from simulator.api.server import ApiServer
from simulator.api.types import Request, Response, User
from simulator.client.client import Client
from simulator.client.inprocess import InProcess, InProcessStream, Kubelet
from simulator.cluster import Cluster
from simulator.errors import Conflict, InternalError, Object, ServiceUnavailable, StatusError, Timeout
from simulator.runtime.names import Names

T = TypeVar("T")
CHAOS = User("chaos", ("system:masters", "system:authenticated"))
_MACHINES = "system:infra"  # disks and clouds: they can die with the process, but do not answer Conflict
_STORAGE, _REGISTRY = "openshift-storage", "openshift-image-registry"
_ANY_WRITE: tuple[type[StatusError], ...] = (InternalError, ServiceUnavailable, Timeout)
_ANY_CHANGE = (*_ANY_WRITE, Conflict)


_DRIVER = "openshift-storage.cephfs.csi.ceph.com"
_EFFECTS = (
    ("ceph", "down"),
    (f"provisioner:{_DRIVER}", "down"),
    (f"provisioner:{_DRIVER}", "error"),
    ("registry", "unhealthy"),
    ("image:", "unavailable"),
    ("s3", "AccessDenied"),
    ("ebs", "down"),
)


@dataclass(frozen=True)
class Targets:
    """What can be struck on the clusters of a release, and when such a cluster is at rest.

    ``provisioner``: the Deployment that provides CephFS volumes, and the label ``app`` of its pods. ``effects``: what a
    Fault can do to what. ``quiet_s``: for how long nothing is due at rest; None: for ever.
    """

    provisioner: str
    effects: tuple[tuple[str, str], ...]
    quiet_s: float | None


TARGETS = {
    "ocp-4.2": Targets("csi-cephfsplugin-provisioner", _EFFECTS, None),
    "ocp-4.20": Targets(  # the csi operator's names; NooBaa; its pruner is due each night
        f"{_DRIVER}-ctrlplugin",
        (*_EFFECTS, ("noobaa", "down"), ("noobaa", "AccessDenied"), ("provisioner:ebs.csi.aws.com", "down")),
        3600.0,
    ),
}


class Killed(BaseException):
    """The process dies here: nobody catches it but the simulation."""


class Dice:
    """Seeded draws, the same on every Python."""

    def __init__(self, seed: str) -> None:
        self._names = Names(seed)

    def chance(self, probability: float) -> bool:
        return self._names.integer(1_000_000) < probability * 1_000_000

    def between(self, low: float, high: float) -> float:
        """With milliseconds."""
        return low + self._names.integer(int((high - low) * 1000) + 1) / 1000

    def one(self, choices: Sequence[T]) -> T:
        return choices[self._names.integer(len(choices))]


@dataclass(frozen=True)
class Faults:
    """How bad it gets. ``refused`` and ``lost`` are probabilities of a write; the others are counts in ``window_s``.

    A refused write is not done; of a lost one only the answer is missing. A kill ends the process within a write.
    ``machines``: machines, pods and deployments are struck; without, the registry has to stay available throughout.
    """

    refused: float = 0.0
    lost: float = 0.0
    drops: int = 0
    kills: int = 0
    machines: int = 0
    compactions: int = 0
    window_s: float = 90.0

    @classmethod
    def drawn(cls, dice: Dice) -> Faults:
        """A mixture: each kind is absent in about half of all seeds, so that single causes are seen too."""

        def up_to(most: int) -> int:
            return int(dice.between(1, most + 0.999)) if dice.chance(0.5) else 0

        return cls(
            refused=dice.between(0.02, 0.4) if dice.chance(0.5) else 0.0,
            lost=dice.between(0.02, 0.2) if dice.chance(0.4) else 0.0,
            drops=up_to(4),
            kills=up_to(3),
            machines=up_to(4),
            compactions=up_to(2),
            window_s=dice.between(10, 200),
        )


NAMED = {
    "calm": Faults(),
    "refused": Faults(refused=0.5, window_s=600),
    "lost": Faults(lost=0.4, window_s=600),
    "dropped": Faults(drops=30),
    "compacted": Faults(drops=15, compactions=15),
    "killed": Faults(kills=12),
    "machines": Faults(machines=10, window_s=400),
    "everything": Faults(refused=0.2, lost=0.1, drops=5, kills=5, machines=6, compactions=3, window_s=300),
    "sustained": Faults(refused=0.35, window_s=4 * 3600),
    "redis": Faults(refused=0.05, kills=4),
}
"""Seeds with a name: the faults of these worlds are chosen, not drawn."""


class Trouble:
    """The failing requests of one simulation. ``note`` is told what was done to whom."""

    def __init__(self, faults: Faults, dice: Dice, note: Callable[[str], None]) -> None:
        self._faults, self._dice, self._note = faults, dice, note
        self._kills = faults.kills
        self._writes_to_live = 0
        self._active = True
        self.revive()

    def end(self) -> None:
        self._active = False

    def revive(self) -> None:
        """A new process: it will die after some writes, unless all deaths are spent."""
        self._writes_to_live = int(self._dice.between(1, 80)) if self._kills else -1

    def write(self, request: Request, send: Callable[[Request], Response]) -> Response:
        """Let a write through, or not."""
        if not self._active or request.user == CHAOS:
            return send(request)
        self._writes_to_live -= 1
        if self._writes_to_live == 0:
            self._die(request, send)
        if request.user.name == _MACHINES:
            return send(request)
        if self._dice.chance(self._faults.refused):
            return self._error(request, "refused")
        response = send(request)
        return self._error(request, "lost") if self._dice.chance(self._faults.lost) else response

    def _die(self, request: Request, send: Callable[[Request], Response]) -> None:
        self._kills -= 1
        written = self._dice.chance(0.5)
        if written:
            send(request)
        self._note(f"killed {'after' if written else 'before'} {request.method} {request.path} by {request.user.name}")
        raise Killed

    def _error(self, request: Request, fate: str) -> Response:
        kinds = _ANY_WRITE if request.method == "POST" or fate == "lost" else _ANY_CHANGE
        error = self._dice.one(kinds)(f"{fate} by the simulation")
        self._note(f"{fate}: {request.method} {request.path} by {request.user.name}: {error.reason}")
        return Response(error.code, error.to_status())


class Unreliable(InProcess):
    """A transport that lets ``trouble`` decide about each write, and can drop the watches that go through it."""

    def __init__(self, server: ApiServer, url: str, kubelet: Kubelet | None = None) -> None:
        super().__init__(server, url, kubelet)
        self.trouble: Trouble | None = None
        self._streams: list[InProcessStream] = []

    def request(self, request: Request) -> Response:
        if self.trouble is None or request.method == "GET" or request.query.get("dryRun"):
            return super().request(request)
        return self.trouble.write(request, super().request)

    def stream(self, request: Request) -> InProcessStream:
        stream = super().stream(request)
        self._streams = [*(one for one in self._streams if not one.closed), stream]
        return stream

    def drop(self, dice: Dice, probability: float) -> int:
        """Close watches from the side of the server; how many."""
        chosen = [stream for stream in self._streams if not stream.closed and dice.chance(probability)]
        for stream in chosen:
            stream.close()
        return len(chosen)


class Victim(Cluster):
    """A cluster whose API can be troubled."""

    transport_type = Unreliable

    @property
    def unreliable(self) -> Unreliable:
        assert isinstance(self.transport, Unreliable)
        return self.transport


# -- strikes


@dataclass(frozen=True)
class Strike:
    """Something that happens to a cluster at ``when`` (virtual seconds since the epoch)."""

    when: float
    text: str
    do: Callable[[Victim], object]


def strikes(faults: Faults, dice: Dice, start: float, chaos: Dice, targets: Targets) -> list[Strike]:
    """All strikes of a simulation, in order. ``chaos`` chooses the victims when a strike comes."""
    planned: list[Strike] = []
    end = start + faults.window_s
    for _ in range(faults.drops):
        when, share = dice.between(start, end), dice.between(0.1, 1)
        planned.append(Strike(when, f"{share:.0%} of the watches dropped", _drop(chaos, share)))
    for _ in range(faults.compactions):
        planned.append(Strike(dice.between(start, end), "log compacted", _compact))
    for _ in range(faults.machines):
        planned += dice.one(_BLOWS)(dice, dice.between(start, end), chaos, targets)
    return sorted(planned, key=lambda strike: strike.when)


def _drop(chaos: Dice, share: float) -> Callable[[Victim], object]:
    return lambda cluster: cluster.unreliable.drop(chaos, share)


def _compact(cluster: Victim) -> None:
    cluster.state.log.compact(cluster.state.snapshot())


def _provisioner_deleted(dice: Dice, when: float, chaos: Dice, targets: Targets) -> list[Strike]:
    def do(cluster: Victim) -> None:
        client = cluster.client(CHAOS)
        for pod in client.list(PODS, _STORAGE, labels=f"app={targets.provisioner}"):
            _delete_pod(client, pod, forced=False)

    return [Strike(when, "provisioner pods deleted", do)]


def _provisioner_scaled(dice: Dice, when: float, chaos: Dice, targets: Targets) -> list[Strike]:
    def scale(replicas: int) -> Callable[[Victim], object]:
        patch = {"spec": {"replicas": replicas}}
        return lambda cluster: cluster.client(CHAOS).patch(DEPLOYMENTS, targets.provisioner, patch, _STORAGE)

    back = when + dice.between(1, 120)
    return [Strike(when, "provisioner scaled to 0", scale(0)), Strike(back, "provisioner scaled back", scale(2))]


def _pod_deleted(dice: Dice, when: float, chaos: Dice, targets: Targets) -> list[Strike]:
    namespace = dice.one(("", _REGISTRY, _STORAGE))
    forced = dice.chance(0.3)

    def do(cluster: Victim) -> None:
        client = cluster.client(CHAOS)
        owned = [pod for pod in client.list(PODS, namespace or None) if pod["metadata"].get("ownerReferences")]
        if owned:
            _delete_pod(client, chaos.one(owned), forced)

    return [Strike(when, f"a pod of {namespace or 'any namespace'} deleted{' by force' * forced}", do)]


def _node_lost(dice: Dice, when: float, chaos: Dice, targets: Targets) -> list[Strike]:
    name = f"node-{int(when * 1000)}"

    def fall(cluster: Victim) -> None:
        workers = cluster.client(CHAOS).list(NODES, labels="node-role.kubernetes.io/worker")
        _create_fault(cluster, name, f"node:{chaos.one(workers)['metadata']['name']}", "down")

    back = when + dice.between(5, 500)
    return [Strike(when, "a node is lost", fall), Strike(back, "the node is back", _lift(name))]


def _machine_fault(dice: Dice, when: float, chaos: Dice, targets: Targets) -> list[Strike]:
    target, effect = dice.one(targets.effects)
    name = f"fault-{int(when * 1000)}"
    back = when + dice.between(1, 200)
    begin = Strike(when, f"{target}: {effect}", lambda cluster: _create_fault(cluster, name, target, effect))
    return [begin, Strike(back, f"{target}: repaired", _lift(name))]


def _create_fault(cluster: Victim, name: str, target: str, effect: str) -> None:
    spec = {"target": target, "effect": effect, "message": "broken by the simulation"}
    body = {"apiVersion": "infra.ocsim.dev/v1", "kind": "Fault", "metadata": {"name": name}, "spec": spec}
    cluster.client(CHAOS).create(FAULTS, body)


def _lift(name: str) -> Callable[[Victim], object]:
    return lambda cluster: cluster.client(CHAOS).delete(FAULTS, name)


def _delete_pod(client: Client, pod: Object, forced: bool) -> None:
    meta = pod["metadata"]
    with suppress(StatusError):
        client.delete(PODS, meta["name"], meta["namespace"], grace_period_s=0 if forced else None)


_BLOWS = (_provisioner_deleted, _provisioner_scaled, _pod_deleted, _pod_deleted, _node_lost, _machine_fault)
