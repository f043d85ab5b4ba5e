"""Admission: small functions, in order; each sees one request and returns the object, changed or not, or refuses it.

One file a step, and the order is that of a 4.2 API server: what changes the object comes first, the quota last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from simulator.api.admission.escalation import GUARDED, prevent_escalation
from simulator.api.admission.imagelookup import resolve_local_images
from simulator.api.admission.infrastructure import protect_infrastructure
from simulator.api.admission.limits import apply_limit_ranges
from simulator.api.admission.namespacename import label_namespace
from simulator.api.admission.namespaces import check_namespace
from simulator.api.admission.nodeselector import apply_project_node_selector
from simulator.api.admission.podsecurity import PODS_MADE_BY, check_pod_security
from simulator.api.admission.priority import resolve_priority
from simulator.api.admission.protection import add_protection_finalizer
from simulator.api.admission.quota import enforce_quota
from simulator.api.admission.requester import name_requester
from simulator.api.admission.resize import check_resize
from simulator.api.admission.security import assign_security_context
from simulator.api.admission.serviceaccount import mount_service_account
from simulator.api.admission.storageclass import set_default_class
from simulator.api.admission.tolerations import add_default_tolerations
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

Admission = Callable[["ApiServer", str, User, ResourceType, Object, Object | None, str], Object]
"""(server, operation CREATE|UPDATE|DELETE, user, resource, object, old object, subresource) -> object."""

CHAIN: tuple[Admission, ...] = (
    protect_infrastructure,
    check_namespace,
    label_namespace,
    name_requester,
    resolve_local_images,
    apply_limit_ranges,
    mount_service_account,
    add_default_tolerations,
    apply_project_node_selector,
    resolve_priority,
    assign_security_context,
    set_default_class,
    add_protection_finalizer,
    check_resize,
    check_pod_security,
    prevent_escalation,
    enforce_quota,
)


_PODS = ("pods",)
_ONLY: Mapping[Admission, tuple[str, ...]] = {
    label_namespace: ("namespaces",),
    name_requester: ("certificatesigningrequests.certificates.k8s.io",),
    resolve_local_images: _PODS,
    apply_limit_ranges: ("pods", "persistentvolumeclaims"),
    mount_service_account: _PODS,
    add_default_tolerations: _PODS,
    apply_project_node_selector: _PODS,
    resolve_priority: _PODS,
    assign_security_context: _PODS,
    set_default_class: ("persistentvolumeclaims",),
    add_protection_finalizer: ("persistentvolumeclaims", "persistentvolumes"),
    check_resize: ("persistentvolumeclaims",),
    check_pod_security: ("pods", *PODS_MADE_BY),
    prevent_escalation: GUARDED,
}
"""Steps that leave all other resources alone, so that these need not ask them. A step that is not here sees all."""


@lru_cache(maxsize=1024)
def _chain(key: str) -> tuple[Admission, ...]:
    return tuple(step for step in CHAIN if key in _ONLY.get(step, (key,)))


def admit(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str = "",
) -> Object:
    """Run the chain; the server's own list wins over the default one."""
    for step in _chain(resource.key) if server.admission is None else server.admission:
        obj = step(server, operation, user, resource, obj, old, subresource)
    return obj
