"""The Service in front of the registry's pods."""

from __future__ import annotations

from simulator.api.gvrs import SERVICES
from simulator.client.client import Client
from simulator.controllers.image_registry.names import LABELS, NAMESPACE, PORT, REGISTRY, TLS_SECRET
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.errors import Object


class Service(Generated):
    resource, kind, name = SERVICES, "Service", REGISTRY

    def wanted(self) -> Object:
        annotations = {"service.alpha.openshift.io/serving-cert-secret-name": TLS_SECRET}
        return {
            "metadata": self.metadata(labels=LABELS, annotations=annotations),
            "spec": {
                "ports": [{"name": f"{PORT}-tcp", "port": PORT, "protocol": "TCP", "targetPort": PORT}],
                "selector": LABELS,
            },
        }

    def merged(self, existing: Object, body: Object) -> Object:
        """Only selector, type (back to the default) and ports are the operator's; the cluster IP stays."""
        kept = {key: value for key, value in existing["spec"].items() if key != "type"}
        return {"spec": {**kept, **body["spec"], "type": "ClusterIP"}}


def service_hostnames(client: Client) -> list[str]:
    """The registry's names within the cluster, the short one first; none while the Service does not exist."""
    service = client.get_or_none(SERVICES, REGISTRY, NAMESPACE)
    if service is None:
        return []
    port = service["spec"]["ports"][0]["port"]
    suffix = "" if port == 443 else f":{port}"
    return [f"{REGISTRY}.{NAMESPACE}.{domain}{suffix}" for domain in ("svc", "svc.cluster.local")]
