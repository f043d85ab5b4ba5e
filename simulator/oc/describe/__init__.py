"""``oc describe``: one file a kind, and a generic one for custom resources. Source: kubectl and oc, describe packages.

A describer takes the invocation and the object, and returns the whole text.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from simulator.changes.client import NOTHING_FOUND
from simulator.errors import NotFound
from simulator.oc.command import Command
from simulator.oc.errors import CommandError
from simulator.oc.flags import ALL_NAMESPACES, FILENAME, RECURSIVE, SELECTOR, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.targets import Target, fetch, parse_queries

DESCRIBERS: Final[Mapping[str, str]] = {
    "ClusterRole.rbac.authorization.k8s.io": "role",
    "ClusterRoleBinding.rbac.authorization.k8s.io": "rolebinding",
    "ConfigMap": "configmap",
    "CronJob.batch": "cronjob",
    "DaemonSet.apps": "daemonset",
    "DaemonSet.extensions": "daemonset",
    "Deployment.apps": "deployment",
    "Deployment.extensions": "deployment",
    "EndpointSlice.discovery.k8s.io": "endpointslice",
    "Endpoints": "endpoints",
    "Group.user.openshift.io": "user",
    "Ingress.extensions": "ingress",
    "Ingress.networking.k8s.io": "ingress",
    "ImageStream.image.openshift.io": "imagestream",
    "Job.batch": "job",
    "LimitRange": "limits",
    "Namespace": "namespace",
    "NetworkPolicy.networking.k8s.io": "networkpolicy",
    "Node": "node",
    "PersistentVolume": "volume",
    "PersistentVolumeClaim": "claim",
    "Pod": "pod",
    "PodDisruptionBudget.policy": "disruptionbudget",
    "PriorityClass.scheduling.k8s.io": "priorityclass",
    "Project.project.openshift.io": "project",
    "ReplicaSet.apps": "replicaset",
    "ReplicaSet.extensions": "replicaset",
    "ReplicationController": "replicaset",
    "ResourceQuota": "quota",
    "Role.rbac.authorization.k8s.io": "role",
    "RoleBinding.rbac.authorization.k8s.io": "rolebinding",
    "Route.route.openshift.io": "route",
    "Secret": "secret",
    "Service": "service",
    "ServiceAccount": "serviceaccount",
    "StatefulSet.apps": "statefulset",
    "StorageClass.storage.k8s.io": "storageclass",
    "User.user.openshift.io": "user",
}
"""The module of each kind (with its group) that has a describer of its own; it exports ``describe``."""


async def run(invocation: Invocation) -> int:
    if not invocation.args and not invocation.flags.texts("filename"):
        raise CommandError(
            "error: You must specify the type of resource to describe. "
            'Use "oc api-resources" for a complete list of supported resources.'
        )
    found = await fetch(invocation, invocation.args)
    if not found.targets and len(found.errors) == 1 and isinstance(found.errors[0], NotFound):
        matching = await _by_prefix(invocation)
        if matching:
            await invocation.out("".join(f"{describe(invocation, target)}\n" for target in matching))
            return 0
    await invocation.out("\n\n".join(describe(invocation, target) for target in found.targets))
    found.raise_errors()
    if not found.targets:
        everywhere = invocation.all_namespaces
        text = NOTHING_FOUND.at(invocation.release)[1 if everywhere else 0]
        await invocation.error(text.format(namespace=invocation.namespace))
    return 0


async def _by_prefix(invocation: Invocation) -> list[Target]:
    """``oc describe pod image-registry``: all objects whose names begin so. Source: kubectl, cmd/describe."""
    if invocation.flags.texts("filename"):
        return []
    queries = parse_queries(invocation, invocation.args)
    if len(queries) != 1 or len(queries[0].names) != 1:
        return []
    everything = await fetch(invocation, [queries[0].resource.qualified])
    return [target for target in everything.targets if target.name.startswith(queries[0].names[0])]


def describe(invocation: Invocation, target: Target) -> str:
    """The text for one object."""
    kind, group = target.resource.kind, target.resource.group
    name = DESCRIBERS.get(f"{kind}.{group}" if group else kind, "generic")
    module = import_module(f"simulator.oc.describe.{name}")
    text: str = module.describe(invocation, target.object)
    return text


COMMAND = Command(
    path="oc describe",
    usage="oc describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME) [flags]",
    short="Show details of a specific resource or group of resources",
    long="Show the details of a resource, together with what belongs to it and its events.",
    examples=(
        "# Show a node",
        "oc describe nodes ip-10-0-131-236.ec2.internal",
        "# Show a pod",
        "oc describe pods/nginx",
    ),
    flags=(
        ALL_NAMESPACES,
        FILENAME,
        RECURSIVE,
        SELECTOR,
        Flag("show-events", "If true, display events related to the described object.", "bool", default=True),
    ),
    run=run,
)
