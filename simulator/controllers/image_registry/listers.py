"""Reads as the operator's listers give them: their errors name the kind in the singular, unlike those of the API."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from simulator import documents
from simulator.api.gvrs import CONFIGMAPS, INFRASTRUCTURES, SECRETS
from simulator.api.types import GVR
from simulator.client.client import Client
from simulator.controllers.image_registry.names import CONFIG, INSTALL_CONFIG, KUBE_SYSTEM, NAMESPACE
from simulator.errors import Object, not_found


def listed(client: Client, resource: GVR, name: str, namespace: str | None = None) -> Object:
    """The object. NotFound as a lister words it: ``secret "x" not found``."""
    found = client.get_or_none(resource, name, namespace)
    if found is None:
        raise not_found(resource.resource.removesuffix("s"), name, resource.group)
    return found


def secret_data(secret: Object) -> Mapping[str, str]:
    """The Secret's values as text. A value that is no UTF-8 keeps its length, not its bytes."""
    data = secret.get("data") or {}
    return {key: base64.b64decode(value).decode(errors="replace") for key, value in data.items()}


def secret(client: Client, name: str) -> Object:
    return listed(client, SECRETS, name, NAMESPACE)


def infrastructure(client: Client) -> Object:
    """``status`` of the Infrastructure; the installer's file says what is missing on a cluster upgraded from 4.1."""
    status: Object = listed(client, INFRASTRUCTURES, CONFIG).get("status") or {}
    if status.get("platformStatus"):
        return status
    install = listed(client, CONFIGMAPS, INSTALL_CONFIG, KUBE_SYSTEM).get("data", {}).get("install-config", "")
    aws = ((documents.load(install) or {}).get("platform") or {}).get("aws")
    region = {"aws": {"region": aws.get("region", "")}} if aws else {}
    return {**status, "platformStatus": {"type": status.get("platform", ""), **region}}
