"""From a URL to what answers behind it, as a program in a pod finds out: name, address, port, certificate.

Services answer under their names and addresses, the router under every name of the applications' domain. What goes
wrong is told in the words of Go's HTTP client. Source: net, net/http and crypto/x509 of Go.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from simulator.api.gvrs import CONFIGMAPS, ENDPOINTS, INGRESSCONFIGS, PODS, ROUTES, SECRETS, SERVICES
from simulator.changes.storage import TLS_ERROR_PREFIX
from simulator.client.client import Client
from simulator.controllers.certificates import certificate
from simulator.controllers.podstate import is_serving
from simulator.errors import Object
from simulator.release import Release

_PORTS = {"http": 80, "https": 443}
_TLS_PORTS = (443, 6443, 8443)
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class NoAnswer(Exception):
    """No connection, or none that the client trusts. The text is what follows the URL in Go's error."""


class NotServed(Exception):
    """The router's own answer: it knows no such host, or has nobody behind it."""

    def __init__(self, status_code: int) -> None:
        super().__init__(status_code)
        self.status_code = status_code


@dataclass(frozen=True)
class Url:
    scheme: str
    host: str
    port: int
    text: str  # as given, with the scheme that the SDK adds

    @classmethod
    def of(cls, endpoint: str) -> Url:
        """An endpoint without scheme is one of https. Source: aws-sdk-go, endpoints.AddScheme."""
        text = (endpoint if "://" in endpoint else f"https://{endpoint}").rstrip("/")
        parts = urlsplit(text)
        return cls(parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443), text)

    def below(self, label: str) -> Url:
        """The same with ``label.`` before the host."""
        return Url(self.scheme, f"{label}.{self.host}", self.port, self.text.replace("://", f"://{label}.", 1))


@dataclass(frozen=True)
class Network:
    """What a pod can reach. ``trusted``: PEM text of the authorities that the client trusts beside the public ones."""

    client: Client
    release: Release
    trusted: str = ""

    def service(self, url: Url) -> Object | None:
        """The Service behind a URL, whether it answers or not."""
        found = self._named(url.host)
        if found is not None:
            return found
        route = self._route(url.host)
        return None if route is None else self._target(route)

    def dial(self, url: Url) -> None:
        """Nothing when a server answers. NoAnswer, NotServed."""
        service = self._named(url.host)
        if service is not None:
            self._dial_service(url, service)
        elif self._is_routers(url.host):
            self._dial_router(url)
        else:
            raise NoAnswer(f"dial tcp: lookup {url.host} on {self._nameserver()}: no such host")

    # -- a Service

    def _named(self, host: str) -> Object | None:
        """``NAME.NAMESPACE``, with ``.svc`` and ``.svc.cluster.local``, or the cluster's address of one."""
        if re.fullmatch(r"[\d.]+", host):
            found = self.client.list(SERVICES)
            return next((one for one in found if one["spec"].get("clusterIP") == host), None)
        name, _, rest = host.partition(".")
        namespace = re.fullmatch(r"([^.]+)(\.svc(\.cluster\.local)?)?", rest)
        return self.client.get_or_none(SERVICES, name, namespace[1]) if namespace else None

    def _dial_service(self, url: Url, service: Object) -> None:
        address = f"{service['spec'].get('clusterIP', '')}:{url.port}"
        port = next((one for one in service["spec"].get("ports") or () if one["port"] == url.port), None)
        if port is None:
            raise NoAnswer(f"dial tcp {address}: connect: connection timed out")
        if not self.is_served(service):
            raise NoAnswer(f"dial tcp {address}: connect: connection refused")
        encrypted = "https" in port.get("name", "") or url.port in _TLS_PORTS
        if encrypted != (url.scheme == "https"):
            raise NoAnswer("EOF" if encrypted else "http: server gave HTTP response to HTTPS client")
        if encrypted:
            self._verify(url.host, _service_names(service), self._service_ca())

    def is_served(self, service: Object) -> bool:
        """Whether a ready pod stands behind a Service."""
        meta = service["metadata"]
        endpoints = self.client.get_or_none(ENDPOINTS, meta["name"], meta["namespace"])
        if endpoints is not None:
            return any(subset.get("addresses") for subset in endpoints.get("subsets") or ())
        labels = ",".join(f"{key}={value}" for key, value in (service["spec"].get("selector") or {}).items())
        return bool(labels) and any(map(is_serving, self.client.list(PODS, meta["namespace"], labels=labels)))

    # -- the router

    def _domain(self) -> str:
        config = self.client.get_or_none(INGRESSCONFIGS, "cluster") or {}
        return str((config.get("spec") or {}).get("domain") or "")

    def _is_routers(self, host: str) -> bool:
        domain = self._domain()
        return bool(domain) and host.endswith(f".{domain}")

    def _route(self, host: str) -> Object | None:
        found = (one for one in self.client.list(ROUTES) if one["spec"].get("host") == host and _is_admitted(one))
        return next(found, None)

    def _target(self, route: Object) -> Object | None:
        return self.client.get_or_none(SERVICES, route["spec"]["to"]["name"], route["metadata"]["namespace"])

    def _dial_router(self, url: Url) -> None:
        route = self._route(url.host)
        tls: Any = {} if route is None else route["spec"].get("tls") or {}
        if url.scheme == "https":
            self._verify_route(url, route, tls)
        elif tls.get("insecureEdgeTerminationPolicy") == "Redirect":
            raise NotServed(302)
        open_to_all = not tls or tls.get("insecureEdgeTerminationPolicy") == "Allow"
        accepted = bool(tls) if url.scheme == "https" else open_to_all
        service = None if route is None else self._target(route)
        if not accepted or service is None or not self.is_served(service):
            raise NotServed(503)

    def _verify_route(self, url: Url, route: Object | None, tls: Any) -> None:
        service = None if route is None else self._target(route)
        if tls.get("termination") == "passthrough" and service is not None:
            self._verify(url.host, _service_names(service), self._service_ca())
        elif tls.get("certificate"):
            self._verify(url.host, (url.host,), tls["certificate"] + tls.get("caCertificate", ""))
        else:
            self._verify(url.host, (f"*.{self._domain()}",), self._ingress_ca())

    # -- certificates

    def _verify(self, host: str, names: Sequence[str], authority: str) -> None:
        """The name first, then who signed it. Source: crypto/x509, Certificate.Verify."""
        prefix = TLS_ERROR_PREFIX.at(self.release)
        if re.fullmatch(r"[\d.]+", host):
            raise NoAnswer(
                f"{prefix}x509: cannot validate certificate for {host} because it doesn't contain any IP SANs"
            )
        if not any(host == name or (name[0] == "*" and host.partition(".")[2] == name[2:]) for name in names):
            raise NoAnswer(f"{prefix}x509: certificate is valid for {', '.join(names)}, not {host}")
        if not set(_PEM.findall(authority)) & set(_PEM.findall(self.trusted)):
            raise NoAnswer(f"{prefix}x509: certificate signed by unknown authority")

    def _service_ca(self) -> str:
        held = self._held("signing-cabundle", "openshift-service-ca")
        return held or certificate("openshift-service-serving-signer")

    def _ingress_ca(self) -> str:
        held = self._held("default-ingress-cert", "openshift-config-managed")
        secret = self.client.get_or_none(SECRETS, "router-ca", "openshift-ingress-operator") or {}
        encoded = (secret.get("data") or {}).get("tls.crt", "")
        return held or base64.b64decode(encoded).decode() or certificate("ingress-operator")

    def _held(self, name: str, namespace: str) -> str:
        config = self.client.get_or_none(CONFIGMAPS, name, namespace) or {}
        return str((config.get("data") or {}).get("ca-bundle.crt") or "")

    def _nameserver(self) -> str:
        service = self.client.get_or_none(SERVICES, "dns-default", "openshift-dns") or {}
        return f"{(service.get('spec') or {}).get('clusterIP', '172.30.0.10')}:53"


def _service_names(service: Object) -> tuple[str, ...]:
    """What a serving certificate is made out to. Source: service-ca-operator."""
    meta = service["metadata"]
    name = f"{meta['name']}.{meta['namespace']}.svc"
    return name, f"{name}.cluster.local"


def _is_admitted(route: Object) -> bool:
    ingresses = (route.get("status") or {}).get("ingress") or ()
    conditions = [one for ingress in ingresses for one in ingress.get("conditions") or ()]
    return any(one["type"] == "Admitted" and one["status"] == "True" for one in conditions)
