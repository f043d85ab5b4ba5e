"""``oc expose``: a route to a service, or a service for pods. Source: oc, cli/expose; kubectl, cmd/expose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, fail
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.flags import DRY_RUN, FILENAME, OUTPUT, RECORD, RECURSIVE, TEMPLATE, Flag
from simulator.oc.generated import OVERRIDES, create, overridden, parse_labels, show
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format
from simulator.oc.targets import NO_RESOURCES, Target, fetch

_EXPOSED: Final = ("Deployment", "DeploymentConfig", "Pod", "ReplicaSet", "ReplicationController", "Service")
_NO_PORT: Final = "couldn't find port via --port flag or introspection"


async def run(invocation: Invocation) -> int:
    flags, policy = invocation.flags, invocation.flags.text("wildcard-policy")
    form = await output_format(invocation)
    if policy not in ("", "Subdomain", "None"):
        raise fail('only "Subdomain" or "None" are supported for wildcard-policy')
    if not invocation.args and not flags.texts("filename"):
        raise CommandError(NO_RESOURCES)
    targets = (await fetch(invocation, invocation.args, default_all=False)).check()
    if len(targets) > 1:
        raise fail(f"multiple resources provided: [{' '.join(invocation.args)}]")
    target = targets[0]
    made = route_to(invocation, target) if target.resource.qualified == "services" else service_for(invocation, target)
    await show(invocation, form, create(invocation, made), "exposed")
    return 0


def route_to(invocation: Invocation, target: Target) -> Object:
    """A route without TLS to the service, on --port or on the service's first port for TCP."""
    flags, service = invocation.flags, target.object
    if flags.text("type"):
        raise fail("cannot use --type when exposing route")
    ports = [port for port in service["spec"].get("ports") or () if port.get("protocol", "TCP") == "TCP"]
    if not ports:
        raise fail(f'service "{target.name}" doesn\'t support TCP')
    port = flags.text("port") or ports[0].get("name") or service["spec"]["ports"][0].get("targetPort", 0)
    metadata = {"creationTimestamp": None, "name": flags.text("name") or target.name}
    labels = service["metadata"].get("labels")
    spec = {
        "host": flags.text("hostname"),
        "path": flags.text("path"),
        "port": {"targetPort": _number_or_name(port)},
        "to": {"kind": "", "name": target.name, "weight": None},
        "wildcardPolicy": flags.text("wildcard-policy"),
    }
    return {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": {**metadata, **({"labels": labels} if labels else {})},
        "spec": {key: value for key, value in spec.items() if value},
        "status": {},
    }


def _number_or_name(port: object) -> int | str:
    return int(str(port)) if str(port).isdigit() else str(port)


def service_for(invocation: Invocation, target: Target) -> Object:
    """A service for the pods that the object stands for; CommandError for one that has none."""
    flags, resource = invocation.flags, target.resource
    if resource.kind not in _EXPOSED:
        raise fail(f"cannot expose a {resource.kind}{f'.{resource.group}' if resource.group else ''}")
    selector = parse_labels(flags.text("selector")) if flags.text("selector") else _selector(target)
    ports = flags.text("port").split(",") if flags.text("port") else _ports(target.object)
    if not ports and flags.text("cluster-ip") != "None":
        raise fail(_NO_PORT)
    labels = parse_labels(flags.text("labels")) if flags.text("labels") else target.object["metadata"].get("labels")
    metadata: Object = {"creationTimestamp": None, "name": flags.text("name") or target.name[:63]}
    if labels:
        metadata["labels"] = dict(labels)
    spec: Object = {**_details(invocation), "selector": selector}
    if ports:
        spec["ports"] = _service_ports(invocation, ports)
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    return overridden(invocation, {**service, "status": {"loadBalancer": {}}})


def _details(invocation: Invocation) -> Object:
    flags = invocation.flags
    affinity = flags.text("session-affinity")
    if affinity not in ("", "None", "ClientIP"):
        raise fail(f"unknown session affinity: {affinity}")
    balanced = flags.text("load-balancer-ip") if flags.text("type") == "LoadBalancer" else ""
    details: Object = {
        "clusterIP": flags.text("cluster-ip"),
        "externalIPs": [flags.text("external-ip")] if flags.text("external-ip") else [],
        "loadBalancerIP": balanced,
        "sessionAffinity": affinity,
        "type": flags.text("type"),
    }
    return {key: value for key, value in details.items() if value}


def _selector(target: Target) -> dict[str, str]:
    """The labels of the pods, as far as plain labels tell; CommandError in kubectl's words."""
    kind, obj = target.resource.kind, target.object
    what = "couldn't retrieve selectors via --selector flag or introspection: "
    if kind == "Pod":
        if not obj["metadata"].get("labels"):
            raise fail(f"{what}the pod has no labels and cannot be exposed")
        return dict(obj["metadata"]["labels"])
    selector = (obj["spec"] or {}).get("selector") or {}
    if kind in ("DeploymentConfig", "ReplicationController"):
        return dict(selector)
    if not selector.get("matchLabels"):
        raise fail(f"{what}invalid {kind.lower()}: no selectors, therefore cannot be exposed")
    if selector.get("matchExpressions"):
        expressions = selector["matchExpressions"]
        raise fail(f'{what}couldn\'t convert expressions - "{expressions}" to map-based selector format')
    return dict(selector["matchLabels"])


def _container_ports(obj: Object) -> Sequence[Mapping[str, Any]]:
    spec = obj["spec"] if obj["kind"] == "Pod" else obj["spec"]["template"]["spec"]
    return [port for container in spec["containers"] for port in container.get("ports") or ()]


def _ports(obj: Object) -> list[str]:
    return list(dict.fromkeys(str(port["containerPort"]) for port in _container_ports(obj)))


def _service_ports(invocation: Invocation, ports: Sequence[str]) -> list[Object]:
    """All of one protocol: ``oc`` sets it even where nobody asked, so that those of the containers do not count."""
    wanted, made = invocation.flags.text("protocol") or "TCP", []
    for at, text in enumerate(ports, 1):
        if not text.lstrip("+-").isdigit():
            raise fail(f'strconv.Atoi: parsing "{text}": invalid syntax')
        number, name = int(text), f"port-{at}" if len(ports) > 1 else ""
        port: Object = {"name": name} if name else {}
        made.append({**port, "port": number, "protocol": wanted, "targetPort": _target_port(invocation, number)})
    return made


def _target_port(invocation: Invocation, port: int) -> int | str:
    wanted = invocation.flags.text("target-port")
    return _number_or_name(wanted) if wanted else port


COMMAND = Command(
    path="oc expose",
    usage="oc expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] "
    "[--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type] [flags]",
    short="Expose a replicated application as a service or route",
    long="A service is exposed by a route, a workload or a pod by a service.",
    examples=(
        "# A route to a service",
        "oc expose service web --hostname=www.example.com",
        "",
        "# A service for a deployment",
        "oc expose deployment/web --port=8080",
    ),
    flags=(
        Flag("cluster-ip", "The address of the service; None makes a headless one."),
        *DRY_RUN,
        Flag("external-ip", "Another address of the service, which the cluster does not look after."),
        field_manager("expose"),
        FILENAME,
        Flag("hostname", "The host name of the route"),
        Flag("labels", "Labels of what is made.", short="l"),
        Flag("load-balancer-ip", "The address of the load balancer."),
        Flag("name", "The name of what is made; without it, that of the object."),
        OUTPUT,
        *OVERRIDES,
        Flag("path", "The path of the route"),
        Flag("port", "The port of the service; without it, those of the object."),
        Flag("protocol", "The protocol of the service's ports: TCP, UDP or SCTP."),
        *RECORD,
        RECURSIVE,
        Flag("save-config", "If true, keep the configuration of the object in its annotation.", "bool"),
        Flag("selector", "The labels of the service's pods."),
        Flag("session-affinity", "None or ClientIP"),
        Flag("target-port", "Number or name of the container's port"),
        TEMPLATE,
        Flag("type", "ClusterIP, NodePort, LoadBalancer or ExternalName"),
        Flag("wildcard-policy", "None or Subdomain"),
    ),
    run=run,
)
