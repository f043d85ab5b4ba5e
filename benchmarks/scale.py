"""10,000 pods of 100 Deployments on 1,000 nodes, from ``oc create`` until all are Running; where the time goes.

    python -m benchmarks.scale                      # the whole figure
    python -m benchmarks.scale --nodes 50 --deployments 10 --replicas 50 --by-controller
    python -m benchmarks.scale --nodes 50 --deployments 10 --replicas 50 --profile out.pstats

The nodes are as those of KWOK's own gates: a label that the Deployments ask for, a taint that they tolerate, no
daemons, the image there already; below each stands a NodeMachine, and a kubelet does all that it does elsewhere.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from simulator.api.gvrs import DEPLOYMENTS, NAMESPACES, NODEMACHINES, NODES
from simulator.cluster import Cluster
from simulator.controllers.context import Key
from simulator.controllers.manager import Manager
from simulator.errors import Object
from simulator.log.entry import Entry
from simulator.runtime.clock import rfc3339
from simulator.server.process import collect_seldom

NAMESPACE, IMAGE = "scale", "docker.io/library/httpd:2.4"
_TAINT = {"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}
_HEALTHY = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


@dataclass
class Figures:
    """What one run took. ``by_controller``: name -> (seconds, passes, writes), of its own time and writes."""

    pods: int
    seconds: float
    cpu_s: float
    entries: int
    peak_mib: float
    virtual_s: float
    by_controller: dict[str, tuple[float, int, int]] = field(default_factory=dict)
    by_resource: Counter[str] = field(default_factory=Counter)


def measure(nodes: int, deployments: int, replicas: int, *, by_controller: bool = False) -> Figures:
    """Make the nodes, then the Deployments, and run until all pods are Running."""
    cluster = Cluster.from_profile()
    add_nodes(cluster, nodes)
    cluster.settle()
    watch = _Watch(cluster)
    times = _time_controllers(cluster.manager) if by_controller else {}
    collect_seldom()  # as ocsim up does
    before, began, began_cpu, virtual = cluster.state.revision, time.perf_counter(), time.process_time(), _now(cluster)
    add_deployments(cluster, deployments, replicas)
    while watch.running < deployments * replicas:
        assert cluster.clock.run_next(), f"only {watch.running} pods came up"
    figures = Figures(
        pods=watch.running,
        seconds=time.perf_counter() - began,
        cpu_s=time.process_time() - began_cpu,
        entries=cluster.state.revision - before,
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        virtual_s=_now(cluster) - virtual,
        by_resource=watch.by_resource,
    )
    figures.by_controller = {name: (*spent, watch.by_cause[_user(cluster, name)]) for name, spent in times.items()}
    return figures


def _now(cluster: Cluster) -> float:
    return cluster.clock.now()


def _user(cluster: Cluster, name: str) -> str:
    return next(one.controller.user for one in cluster.manager.runners if one.controller.name == name)


class _Watch:
    """Counts the entries of the log, and the pods that run."""

    def __init__(self, cluster: Cluster) -> None:
        self.by_resource: Counter[str] = Counter()
        self.by_cause: Counter[str] = Counter()
        self._up: set[str] = set()
        cluster.state.subscribe(self._on_entry)

    @property
    def running(self) -> int:
        return len(self._up)

    def _on_entry(self, entry: Entry) -> None:
        self.by_resource[entry.resource] += 1
        self.by_cause[entry.cause.partition(":node:")[0] if ":node:" in entry.cause else entry.cause] += 1
        pod = entry.object if entry.resource == "pods" and entry.namespace == NAMESPACE else {}
        if pod.get("status", {}).get("phase") == "Running":
            self._up.add(entry.name)


def _time_controllers(manager: Manager) -> dict[str, list[float]]:
    """CPU seconds and passes of each controller. A controller's writes wake no other within its pass."""
    times: dict[str, Any] = {}
    for runner in manager.runners:
        spent = times[runner.controller.name] = [0.0, 0]
        runner.queue._work = _timed(runner.queue._work, spent)
    return times


def _timed(work: Any, spent: list[float]) -> Any:
    def timed(key: Key) -> None:
        began = time.process_time()
        work(key)
        spent[0] += time.process_time() - began
        spent[1] += 1

    return timed


# -- what is made


def add_nodes(cluster: Cluster, count: int) -> None:
    client, now = cluster.client(), rfc3339(cluster.clock.now())
    for index in range(count):
        name = f"kwok-node-{index:04}"
        cluster.machines.client.create(NODEMACHINES, _machine(name))
        made = client.create(NODES, _node(name, index))
        client.update_status(NODES, {**made, "status": _node_status(name, index, now)})


def _machine(name: str) -> Object:
    spec = {"memory": "32Gi", "images": [IMAGE]}
    return {"apiVersion": "infra.ocsim.dev/v1", "kind": "NodeMachine", "metadata": {"name": name}, "spec": spec}


def _node(name: str, index: int) -> Object:
    labels = {"kubernetes.io/hostname": name, "type": "kwok", "topology.kubernetes.io/zone": f"zone-{index % 3}"}
    spec = {"podCIDR": f"10.{200 + index // 256}.{index % 256}.0/24", "taints": [_TAINT]}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "spec": spec}


def _node_status(name: str, index: int, now: str) -> Object:
    size = {"cpu": "32", "memory": "256Gi", "pods": "110"}
    since = {"lastHeartbeatTime": now, "lastTransitionTime": now}
    keys = ("type", "status", "reason", "message")
    return {
        "addresses": [{"type": "InternalIP", "address": f"10.1.{index // 256}.{index % 256}"}],
        "allocatable": size,
        "capacity": size,
        "conditions": [{**dict(zip(keys, one, strict=True)), **since} for one in _HEALTHY],
    }


def add_deployments(cluster: Cluster, count: int, replicas: int) -> None:
    client = cluster.client()
    client.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    cluster.settle()
    for index in range(count):
        client.create(DEPLOYMENTS, _deployment(f"web-{index:03}", replicas))


def _deployment(name: str, replicas: int) -> Object:
    pod = {
        "containers": [{"name": "web", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "ports": [_PORT],
                        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}}}],
        "nodeSelector": {"type": "kwok"},
        "tolerations": [{"key": _TAINT["key"], "operator": "Exists", "effect": "NoSchedule"}],
    }  # fmt: skip
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
    }
    meta = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


_PORT = {"containerPort": 8080, "protocol": "TCP"}


# -- what is told


def tell(figures: Figures) -> None:
    print(
        f"{figures.pods} pods Running after {figures.seconds:.2f} s ({figures.cpu_s:.2f} s of CPU), "
        f"{figures.virtual_s:.0f} s of the cluster's time; {figures.entries} writes, "
        f"{figures.entries / figures.seconds:.0f}/s; {figures.peak_mib:.0f} MiB at most"
    )
    print("writes:", ", ".join(f"{count} {name}" for name, count in figures.by_resource.most_common()))
    ranked = sorted(figures.by_controller.items(), key=lambda item: -item[1][0])
    for name, (seconds, passes, writes) in ranked:
        if passes:
            print(f"  {name:<36}{seconds:8.3f} s {passes:8} passes {seconds / passes * 1e6:8.0f} us {writes:8} writes")


def rows() -> list[tuple[str, float, float, str]]:
    """For ``make bench``: in a process of its own, as the highest use of memory is that of a process."""
    command = [sys.executable, "-m", "benchmarks.scale", "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    what = "10,000 pods of 100 Deployments on 1,000 nodes"
    return [
        (f"{what}: until all run", told["seconds"], 20.0, "s"),
        (f"{what}: memory", told["peak_mib"], 600.0, "MiB"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--deployments", type=int, default=100)
    parser.add_argument("--replicas", type=int, default=100)
    parser.add_argument("--by-controller", action="store_true", help="own time, passes and writes of each")
    parser.add_argument("--profile", help="write cProfile's statistics to this file")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    sizes = (options.nodes, options.deployments, options.replicas)
    if options.profile:
        import cProfile

        profiler = cProfile.Profile()
        tell(profiler.runcall(measure, *sizes))
        profiler.dump_stats(options.profile)
        return
    figures = measure(*sizes, by_controller=options.by_controller)
    if options.json:
        print(json.dumps(vars(figures)))
    else:
        tell(figures)


if __name__ == "__main__":
    main()
