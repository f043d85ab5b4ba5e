"""The status of ``images.config.openshift.io/cluster``: the names under which the registry is reached.

Source: pkg/resource/imageconfig.go, release-4.2; pkg/operator/imageconfig.go, release-4.20.
"""

from __future__ import annotations

from simulator.api.gvrs import IMAGECONFIGS, ROUTES
from simulator.client.client import Client
from simulator.controllers.image_registry.names import CONFIG, DEFAULT_ROUTE, NAMESPACE
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.resources.routes import is_own_route
from simulator.controllers.image_registry.resources.service import service_hostnames
from simulator.errors import Object


class ImageConfig(Generated):
    resource, kind, name, namespace, owned = IMAGECONFIGS, "Image", CONFIG, "", False

    def wanted(self) -> Object:
        return {"metadata": self.metadata()}

    def create(self) -> None:
        self.update(self._create(self.wanted()))

    def update(self, existing: Object) -> None:
        old = existing.get("status") or {}
        external = external_hostnames(self.work.client)
        internal = next(iter(service_hostnames(self.work.client)), "")
        known = (old.get("externalRegistryHostnames") or [], old.get("internalRegistryHostname") or "")
        if known == (external, internal):
            return
        status = {**old, "externalRegistryHostnames": external, "internalRegistryHostname": internal}
        shown = {key: value for key, value in status.items() if value}
        self.work.client.update_status(self.resource, {**existing, "status": shown})


def external_hostnames(client: Client) -> list[str]:
    """The hosts at which routers admitted the operator's routes, the default route's first."""
    hosts = [
        ingress["host"]
        for route in client.list(ROUTES, NAMESPACE)
        if is_own_route(route)
        for ingress in (route.get("status") or {}).get("ingress") or ()
        if ingress.get("host")
    ]
    default = [host for host in hosts if host.startswith(f"{DEFAULT_ROUTE}-{NAMESPACE}")]
    return [*default[-1:], *sorted(host for host in hosts if host not in default)]
