"""The authorities that the registry's pods and the nodes trust: ``serviceca``, filled by the service CA operator, and
``image-registry-certificates``, one key a registry. Source: pkg/resource/{serviceca,caconfig,imageregistryca}.go."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import CONFIGMAPS, IMAGECONFIGS
from simulator.changes.registry import OWNING_COMPONENT as NAMES_ITS_COMPONENT
from simulator.changes.registry import SINGLE_PURPOSE_LOOPS
from simulator.controllers.image_registry import listers
from simulator.controllers.image_registry.checksum import metadata_differs, replace_metadata
from simulator.controllers.image_registry.errors import MultipleStorages, OperatorError
from simulator.controllers.image_registry.names import (
    CERTIFICATES,
    CONFIG,
    NAMESPACE,
    OPENSHIFT_CONFIG,
    OPENSHIFT_CONFIG_MANAGED,
    OWNING_COMPONENT,
    REGISTRY_CA,
    SERVICE_CA,
)
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.resources.service import service_hostnames
from simulator.controllers.image_registry.storage import configured_driver
from simulator.errors import Object, StatusError


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


class RegistryCA(Generated):
    """``image-registry-ca``: the authority of the registry itself, for the nodes."""

    resource, kind, name, namespace = CONFIGMAPS, "ConfigMap", REGISTRY_CA, OPENSHIFT_CONFIG_MANAGED

    def wanted(self) -> Object:
        """OperatorError when the storage's authority cannot be read."""
        own = self._own_names()
        return {"metadata": self._metadata(), "data": self._with_storage_ca(own, own, self._storage_ca())}

    def body(self, wanted: Object) -> Object:
        return {key: value for key, value in super().body(wanted).items() if value}

    def _metadata(self) -> Object:
        if not NAMES_ITS_COMPONENT.at(self.work.release):
            return self.metadata()
        return self.metadata(annotations={OWNING_COMPONENT: "Image Registry"})

    def _own_names(self) -> dict[str, str]:
        """The service CA under each name of the Service, with ``..`` where a key must not have ``:``."""
        configmap = self.work.client.get_or_none(CONFIGMAPS, SERVICE_CA, NAMESPACE) or {}
        certificate = (configmap.get("data") or {}).get("service-ca.crt")
        if certificate is None:
            return {}
        return {name.replace(":", ".."): certificate for name in service_hostnames(self.work.client)}

    def _with_storage_ca(self, data: dict[str, str], own: Iterable[str], storage_ca: str) -> dict[str, str]:
        """Who trusts the registry must trust its storage too: it sends clients on to it, unless it is told not to."""
        if not storage_ca or self.work.config.spec.get("disableRedirect"):
            return data
        return {**data, **{name: f"{data[name]}\n{storage_ca}" for name in own}}

    def _storage_ca(self) -> str:
        if not SINGLE_PURPOSE_LOOPS.at(self.work.release) or self.work.config.management_state == "Removed":
            return ""
        try:
            driver = configured_driver(self.work, self.work.config.spec["storage"])
        except MultipleStorages:
            return ""
        try:
            return driver.ca_bundle() if driver else ""
        except OperatorError as error:
            raise OperatorError(f"{self.name}: {error}") from error


class Certificates(RegistryCA):
    """``image-registry-certificates``: that, the storage's authority on its own, and those of the administrator."""

    name, namespace = CERTIFICATES, NAMESPACE

    def wanted(self) -> Object:
        """NotFound, or OperatorError, while the ConfigMap that additionalTrustedCA names does not exist."""
        own, additional, storage_ca = self._own_names(), self._additional(), self._storage_ca()
        data = self._with_storage_ca({**own, **(additional.get("data") or {})}, own, storage_ca)
        if storage_ca:
            data = {**data, "storage-ca-bundle.pem": storage_ca}
        return {"metadata": self._metadata(), "data": data, "binaryData": additional.get("binaryData") or {}}

    def _additional(self) -> Object:
        image_config = self.work.client.get_or_none(IMAGECONFIGS, CONFIG) or {}
        name = ((image_config.get("spec") or {}).get("additionalTrustedCA") or {}).get("name")
        try:
            return listers.listed(self.work.client, CONFIGMAPS, name, OPENSHIFT_CONFIG) if name else {}
        except StatusError as error:
            if SINGLE_PURPOSE_LOOPS.at(self.work.release):
                raise OperatorError(f"{self.name}: {error}") from error
            raise
