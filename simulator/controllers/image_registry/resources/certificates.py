"""The authorities that the registry's pods and the nodes trust: ``serviceca``, filled by the service CA operator, and
``image-registry-certificates``, one key a registry. Source: pkg/resource/{serviceca,caconfig}.go."""

from __future__ import annotations

from simulator.api.gvrs import CONFIGMAPS, IMAGECONFIGS
from simulator.controllers.image_registry import listers
from simulator.controllers.image_registry.checksum import metadata_differs, replace_metadata
from simulator.controllers.image_registry.names import CERTIFICATES, CONFIG, NAMESPACE, OPENSHIFT_CONFIG, SERVICE_CA
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.resources.service import service_hostnames
from simulator.errors import Object


class ServiceCA(Generated):
    """Only its metadata are the operator's; there is no checksum."""

    resource, kind, name = CONFIGMAPS, "ConfigMap", SERVICE_CA

    def wanted(self) -> Object:
        return {"metadata": self.metadata(annotations={"service.beta.openshift.io/inject-cabundle": "true"})}

    def create(self) -> None:
        self._create(self.wanted())

    def update(self, existing: Object) -> None:
        wanted = self.wanted()["metadata"]
        if metadata_differs(existing["metadata"], wanted):
            self._update({**existing, "metadata": replace_metadata(existing["metadata"], wanted)})


class Certificates(Generated):
    resource, kind, name = CONFIGMAPS, "ConfigMap", CERTIFICATES

    def wanted(self) -> Object:
        """NotFound while the ConfigMap that additionalTrustedCA names does not exist."""
        additional = self._additional()
        data = {**self._service_ca(), **(additional.get("data") or {})}
        return {"metadata": self.metadata(), "data": data, "binaryData": additional.get("binaryData") or {}}

    def body(self, wanted: Object) -> Object:
        return {key: value for key, value in super().body(wanted).items() if value}

    def _service_ca(self) -> dict[str, str]:
        """The service CA under each name of the Service, with ``..`` where a key must not have ``:``."""
        configmap = self.work.client.get_or_none(CONFIGMAPS, SERVICE_CA, NAMESPACE) or {}
        certificate = (configmap.get("data") or {}).get("service-ca.crt")
        if certificate is None:
            return {}
        return {name.replace(":", ".."): certificate for name in service_hostnames(self.work.client)}

    def _additional(self) -> Object:
        image_config = self.work.client.get_or_none(IMAGECONFIGS, CONFIG) or {}
        name = ((image_config.get("spec") or {}).get("additionalTrustedCA") or {}).get("name")
        return listers.listed(self.work.client, CONFIGMAPS, name, OPENSHIFT_CONFIG) if name else {}
