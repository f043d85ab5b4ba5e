"""``oc status``: an overview of the current project. Source: oc, pkg/helpers/describe/projectstatus.go."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.api.ages import long_duration
from simulator.api.types import GVR
from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.flags import ALL_NAMESPACES, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.project import PROJECTS, title
from simulator.runtime.clock import parse_rfc3339

SERVICES = GVR("", "v1", "services")
PODS = GVR("", "v1", "pods")
DEPLOYMENTS = GVR("apps", "v1", "deployments")
DAEMON_SETS = GVR("apps", "v1", "daemonsets")
STATEFUL_SETS = GVR("apps", "v1", "statefulsets")
_WORKLOADS = {"deployment": DEPLOYMENTS, "daemonset": DAEMON_SETS, "statefulset": STATEFUL_SETS}
_HELP = "View details with 'oc describe <resource>/<name>' or list everything with 'oc get all'."
_NOTHING = "You have no services, deployment configs, or build configs.\nRun 'oc new-app' to create an application."


async def run(invocation: Invocation) -> int:
    session, client, namespace = invocation.session, invocation.client, invocation.namespace
    project = client.get(PROJECTS, namespace)
    services = client.list(SERVICES, namespace)
    pods = client.list(PODS, namespace)
    workloads = [(kind, item) for kind, resource in _WORKLOADS.items() for item in client.list(resource, namespace)]
    lines = [f"In project {title(project)} on server {session.server}", ""]
    shown: set[str] = set()
    for service in services:
        lines += [*_service(service, workloads, pods, invocation.now(), shown), ""]
    for kind, item in workloads:
        if _name(item) not in shown:
            lines += [*_workload(kind, item, pods, invocation.now(), ""), ""]
    for pod in pods:
        if not pod["metadata"].get("ownerReferences"):
            lines += [f"pod/{_name(pod)} runs {_images(pod['spec'])}", ""]
    if len(lines) == 2:
        await invocation.line("\n".join([*lines, _NOTHING]))
        return 0
    await invocation.line("\n".join([*lines, _HELP]))
    return 0


def _service(
    service: Object, workloads: list[tuple[str, Object]], pods: list[Object], now: float, shown: set[str]
) -> Iterator[str]:
    spec = service["spec"]
    ports = ", ".join(_port(port) for port in spec.get("ports") or ())
    address = spec.get("clusterIP", "None")
    yield f"svc/{_name(service)} (headless)" if address == "None" else f"svc/{_name(service)} - {address}{ports}"
    selector = spec.get("selector") or {}
    for kind, item in workloads:
        labels = item["spec"]["template"]["metadata"].get("labels") or {}
        if selector and selector.items() <= labels.items():
            shown.add(_name(item))
            yield from _workload(kind, item, pods, now, "  ")


def _port(port: Object) -> str:
    target = port.get("targetPort", port["port"])
    return f":{port['port']}" if target == port["port"] else f":{port['port']} -> {target}"


def _workload(kind: str, item: Object, pods: list[Object], now: float, indent: str) -> Iterator[str]:
    verb = "deploys" if kind == "deployment" else "manages"
    yield f"{indent}{kind}/{_name(item)} {verb} {_images(item['spec']['template']['spec'])}"
    revision = item["metadata"].get("annotations", {}).get("deployment.kubernetes.io/revision", "1")
    number = f" #{revision}" if kind == "deployment" else f" #{item['metadata'].get('generation', 1)}"
    age = long_duration(now - parse_rfc3339(item["metadata"]["creationTimestamp"]))
    selector = item["spec"]["selector"].get("matchLabels") or {}
    running = [pod for pod in pods if selector.items() <= (pod["metadata"].get("labels") or {}).items()]
    count = f"{len(running)} pod{'' if len(running) == 1 else 's'}"
    yield f"{indent}  {kind}{number} running for {age} - {count}"


def _images(spec: Object) -> str:
    return ", ".join(container["image"] for container in spec.get("containers") or ())


def _name(obj: Object) -> str:
    name: str = obj["metadata"]["name"]
    return name


COMMAND = Command(
    path="oc status",
    usage="oc status [-o dot | --suggest ] [flags]",
    short="Show an overview of the current project",
    long="Show the services of the current project, what stands behind them, and the pods that run on their own.",
    examples=("# See an overview of the current project", "oc status"),
    flags=(ALL_NAMESPACES, Flag("suggest", "See details for resolving issues.", "bool")),
    run=run,
)
