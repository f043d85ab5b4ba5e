"""The node selector of a project goes into its pods. Source: origin, OriginPodNodeEnvironment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api.admission.refusal import forbidden, is_new_pod
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_ANNOTATION = "openshift.io/node-selector"


def apply_project_node_selector(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    if not is_new_pod(operation, resource, subresource):
        return obj
    wanted = _project_selector(server, obj["metadata"]["namespace"])
    given = obj["spec"].get("nodeSelector") or {}
    if any(given.get(key, value) != value for key, value in wanted.items()):
        raise forbidden(resource, obj, "pod node label selector conflicts with its project node label selector")
    return {**obj, "spec": {**obj["spec"], "nodeSelector": {**given, **wanted}}} if wanted else obj


def _project_selector(server: ApiServer, name: str) -> dict[str, str]:
    """The project's own; without that annotation (an empty one counts) the cluster's default."""
    namespace = server.state.get("namespaces", "", name)
    annotations: Any = (namespace.object["metadata"].get("annotations") or {}) if namespace is not None else {}
    scheduler = server.state.get("schedulers.config.openshift.io", "", "cluster")
    default = (scheduler.object.get("spec") or {}).get("defaultNodeSelector", "") if scheduler is not None else ""
    terms = str(annotations.get(_ANNOTATION, default)).split(",")
    return {key.strip(): value.strip() for key, equals, value in (term.partition("=") for term in terms) if equals}
