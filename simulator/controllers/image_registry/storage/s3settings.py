"""The settings that the S3 driver works with: those of the Config, and what the cluster's platform fills in.

Source: UpdateEffectiveConfig and CABundle in pkg/storage/s3/s3.go, release-4.20; GetConfig, release-4.2.
"""

from __future__ import annotations

from simulator.api.gvrs import CONFIGMAPS
from simulator.changes.registry import EFFECTIVE_S3_SETTINGS
from simulator.client.client import Client
from simulator.controllers.image_registry import listers
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.names import (
    CLOUD_CONFIG,
    NAMESPACE,
    OPENSHIFT_CONFIG,
    OPENSHIFT_CONFIG_MANAGED,
    TRUSTED_CA,
)
from simulator.errors import NotFound, Object
from simulator.release import Release


def effective_settings(client: Client, settings: Object, release: Release) -> Object:
    """``settings`` with the cluster's region where they name none. In 4.2 it is filled into the given ones in place."""
    aws = listers.infrastructure(client)["platformStatus"].get("aws") or {}
    if not EFFECTIVE_S3_SETTINGS.at(release):
        settings["region"] = settings["region"] or aws.get("region", "")
        return settings
    if settings.get("region") or settings.get("regionEndpoint"):
        return {**settings}
    endpoints = (one["url"] for one in aws.get("serviceEndpoints") or () if one["name"] == "s3")
    endpoint = next(endpoints, "")
    elsewhere = {"regionEndpoint": endpoint, "virtualHostedStyle": True} if endpoint else {}
    return {**settings, "region": aws.get("region", ""), **elsewhere}


def ca_bundle(client: Client, settings: Object) -> str:
    """The authorities that spec.storage.s3.trustedCA names, else those of the cloud; "" when the system's own will do.

    OperatorError when the named ConfigMap lacks them.
    """
    name = (settings.get("trustedCA") or {}).get("name", "")
    if not name:
        cloud = client.get_or_none(CONFIGMAPS, CLOUD_CONFIG, OPENSHIFT_CONFIG_MANAGED) or {}
        bundle: str = (cloud.get("data") or {}).get("ca-bundle.pem", "")
        return bundle
    try:
        data = listers.listed(client, CONFIGMAPS, name, OPENSHIFT_CONFIG).get("data") or {}
    except NotFound as error:
        raise OperatorError(f'failed to get trusted CA "{name}": {error}') from error
    if "ca-bundle.crt" not in data:
        raise OperatorError(f'trusted CA config map "{name}" does not contain required key "ca-bundle.crt"')
    return str(data["ca-bundle.crt"])


def system_bundle(client: Client) -> str:
    """What the operator's own pod trusts: the cluster's authorities, which overwrite those of its image.

    Source: images/bin/entrypoint.sh.
    """
    trusted = client.get_or_none(CONFIGMAPS, TRUSTED_CA, NAMESPACE) or {}
    bundle: str = (trusted.get("data") or {}).get("ca-bundle.crt", "")
    return bundle
