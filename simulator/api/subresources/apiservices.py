"""``apiservices``: one for each version of each group that is served, as the aggregator and its operators keep them.

Source: kube-aggregator and kubernetes, controlplane/apiserver/aggregator.go; openshift-apiserver-operator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.types import Request, Response
from simulator.errors import Object, not_found
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_OPENSHIFT = ("apps", "authorization", "build", "image", "project", "quota", "route", "security", "template")
_OAUTH = ("oauth", "user")
_OPENSHIFT_PRIORITY, _CUSTOM_PRIORITY, _CORE_PRIORITY = (9900, 15), (1000, 100), (18000, 1)
_BUILTIN_PRIORITY = 17800


def read(server: ApiServer, request: Request, target: Target) -> Response | None:
    """None for writes, and for names that somebody else registered: those are plain objects."""
    if request.method != "GET" or request.query.get("watch") in ("true", "1"):
        return None
    own = {stored.object["metadata"]["name"]: stored.object for stored in server.state.list(target.resource.key)}
    found = {**_services(server), **own}
    if not target.name:
        return server.answer_list(request, target, [found[name] for name in sorted(found)])
    if target.name not in found:
        raise not_found("apiservices", target.name, "apiregistration.k8s.io")
    return server.answer(request, target, found[target.name])


def _services(server: ApiServer) -> dict[str, Object]:
    groups = {(row.group, row.version): row.custom for row in server.table.rows if row.group != "infra.ocsim.dev"}
    return {_name(group, version): _service(server, group, version, custom)
            for (group, version), custom in groups.items()}  # fmt: skip


def _service(server: ApiServer, group: str, version: str, custom: bool) -> Object:
    first, is_openshift = group.partition(".")[0], group.endswith(".openshift.io") and not custom
    priority = (_BUILTIN_PRIORITY, 15)
    if not group:
        priority = _CORE_PRIORITY
    elif custom:
        priority = _CUSTOM_PRIORITY
    elif is_openshift:
        priority = _OPENSHIFT_PRIORITY
    spec: Object = {"groupPriorityMinimum": priority[0], "version": version, "versionPriority": priority[1]}
    if group:
        spec["group"] = group
    local = {"reason": "Local", "message": "Local APIServices are always available"}
    condition = {"type": "Available", "status": "True", **local}
    labels = {"kube-aggregator.kubernetes.io/automanaged": "true" if custom else "onstart"}
    if is_openshift and first in (*_OPENSHIFT, *_OAUTH):
        namespace = "openshift-oauth-apiserver" if first in _OAUTH else "openshift-apiserver"
        spec["service"] = {"name": "api", "namespace": namespace, "port": 443}
        condition |= {"reason": "Passed", "message": "all checks passed"}
        labels = {}
    namespace_of_all = server.state.get("namespaces", "", "kube-system")
    born = namespace_of_all.object["metadata"]["creationTimestamp"] if namespace_of_all else rfc3339(server.clock.now())
    meta: Object = {"name": _name(group, version), "creationTimestamp": born}
    if labels:
        meta["labels"] = labels
    kind = {"kind": "APIService", "apiVersion": "apiregistration.k8s.io/v1", "metadata": meta}
    return {**kind, "spec": spec, "status": {"conditions": [{**condition, "lastTransitionTime": born}]}}


def _name(group: str, version: str) -> str:
    """``v1.apps``; that of the core group is ``v1.``."""
    return f"{version}.{group}"
