"""Routes: a host for each, and the router's word that it serves it.

Source: openshift router, controller/status.go (4.2).
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import INGRESSCONFIGS, ROUTES
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.errors import Object
from simulator.runtime.clock import rfc3339

HOST_GENERATED = "openshift.io/host.generated"
ROUTER = "default"
_DEFAULT_DOMAIN = "apps.cluster.example.com"
_CLAIMED = "HostAlreadyClaimed"


def reconcile(context: Context, key: Key) -> Result:
    """Name the host of one Route if it has none, then admit it or say which older Route has that host."""
    route = context.client.get_or_none(ROUTES, key.name, key.namespace)
    if route is None or "deletionTimestamp" in route["metadata"]:
        return DONE
    domain = apps_domain(context)
    if not route["spec"].get("host"):
        route = context.client.update(ROUTES, with_generated_host(route, domain))
    wanted = ingress(context, route, domain)
    others = [one for one in _ingresses(route) if one.get("routerName") != ROUTER]
    if [*others, wanted] != _ingresses(route):
        status = {**(route.get("status") or {}), "ingress": [*others, wanted]}
        context.client.update_status(ROUTES, {**route, "status": status})
    return DONE


def apps_domain(context: Context) -> str:
    config = context.client.get_or_none(INGRESSCONFIGS, "cluster")
    domain: str = ((config or {}).get("spec") or {}).get("domain") or _DEFAULT_DOMAIN
    return domain


def with_generated_host(route: Object, domain: str) -> Object:
    """``NAME-NAMESPACE.DOMAIN``, marked as generated."""
    meta = route["metadata"]
    annotations = {**(meta.get("annotations") or {}), HOST_GENERATED: "true"}
    spec = {**route["spec"], "host": f"{meta['name']}-{meta['namespace']}.{domain}"}
    return {**route, "metadata": {**meta, "annotations": annotations}, "spec": spec}


def _ingresses(route: Object) -> list[Object]:
    return (route.get("status") or {}).get("ingress") or []


def ingress(context: Context, route: Object, domain: str) -> Object:
    """What the default router says of the Route. The time of its condition moves only with the status."""
    older = _claimant(context, route)
    if older is None:
        condition: Object = {"type": "Admitted", "status": "True"}
    else:
        host = route["spec"]["host"]
        message = f"route {older['metadata']['name']} already exposes {host} and is older"
        condition = {"type": "Admitted", "status": "False", "reason": _CLAIMED, "message": message}
    known = next((one for one in _ingresses(route) if one.get("routerName") == ROUTER), {})
    before = next(iter(known.get("conditions") or ()), None)
    same = before is not None and before["status"] == condition["status"]
    since = before["lastTransitionTime"] if same and before else rfc3339(context.now)
    return {
        "host": route["spec"]["host"],
        "routerName": ROUTER,
        "conditions": [{**condition, "lastTransitionTime": since}],
        "wildcardPolicy": route["spec"].get("wildcardPolicy", "None"),
        "routerCanonicalHostname": domain,
    }


def _claimant(context: Context, route: Object) -> Object | None:
    """The older Route of another namespace that has the host, or of this one if the path is the same too."""
    rivals = [one for one in _same_host(context, route) if _age(one) < _age(route) and _clash(one, route)]
    return min(rivals, key=_age, default=None)


def _clash(one: Object, other: Object) -> bool:
    apart = one["metadata"]["namespace"] != other["metadata"]["namespace"]
    return bool(apart or one["spec"].get("path", "") == other["spec"].get("path", ""))


def _same_host(context: Context, route: Object) -> list[Object]:
    host, uid = route["spec"].get("host"), route["metadata"]["uid"]
    found = context.client.list(ROUTES)
    return [one for one in found if one["spec"].get("host") == host and one["metadata"]["uid"] != uid]


def _age(route: Object) -> tuple[str, str, str]:
    meta = route["metadata"]
    return meta["creationTimestamp"], meta["namespace"], meta["name"]


def _keys(context: Context, route: Object) -> Iterable[Key]:
    """The Route, and those that may get its host when it goes."""
    yield from own_key(context, route)
    if context.client.get_or_none(ROUTES, route["metadata"]["name"], route["metadata"]["namespace"]) is None:
        for one in _same_host(context, route):
            yield from own_key(context, one)


CONTROLLER = Controller(
    name="route",
    user="system:serviceaccount:openshift-ingress:router",
    watches=(Watches(ROUTES, _keys),),
    reconcile=reconcile,
)
