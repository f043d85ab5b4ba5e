"""The registry's doors to the outside: the default one, and those of spec.routes. Source: pkg/resource/route.go."""

from __future__ import annotations

from simulator.api.gvrs import ROUTES
from simulator.controllers.image_registry import listers
from simulator.controllers.image_registry.names import DEFAULT_ROUTE, NAMESPACE, OWNER, REGISTRY
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.work import Work
from simulator.controllers.labels import annotations_of
from simulator.errors import Object

_FROM_SECRET = (("certificate", "tls.crt"), ("key", "tls.key"), ("caCertificate", "tls.cacrt"))


class Route(Generated):
    """``settings`` is one entry of spec.routes: name, hostname, secretName."""

    resource, kind = ROUTES, "Route"

    def __init__(self, work: Work, settings: Object) -> None:
        super().__init__(work)
        self.settings = settings
        self.name = settings["name"]

    def wanted(self) -> Object:
        """NotFound when the Secret with its certificate does not exist."""
        tls = {"termination": "reencrypt"}
        if secret_name := self.settings.get("secretName"):
            data = listers.secret_data(listers.secret(self.work.client, secret_name))
            tls.update({field: data[key] for field, key in _FROM_SECRET if key in data})
        host = {"host": self.settings["hostname"]} if self.settings.get("hostname") else {}
        return {
            "metadata": self.metadata(annotations={OWNER: "true"}),
            "spec": {**host, "to": {"kind": "Service", "name": REGISTRY}, "tls": tls},
        }


def routes(work: Work) -> list[Route]:
    """The routes that the Config asks for."""
    spec = work.config.spec
    default = [{"name": DEFAULT_ROUTE}] if spec.get("defaultRoute") else []
    return [Route(work, settings) for settings in (*default, *spec.get("routes", ()))]


def is_own_route(route: Object) -> bool:
    return OWNER in annotations_of(route)


def remove_obsolete_routes(work: Work) -> None:
    """Delete the operator's routes that nobody asks for any more."""
    wanted = {route.name for route in routes(work)}
    for route in work.client.list(ROUTES, NAMESPACE):
        if is_own_route(route) and route["metadata"]["name"] not in wanted:
            work.client.delete(ROUTES, route["metadata"]["name"], NAMESPACE, propagation="Foreground", grace_period_s=0)
