"""A container's environment: its ``env`` and ``envFrom``, and the variables that tell where the services are."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from simulator.api.gvrs import CONFIGMAPS, SECRETS, SERVICES
from simulator.client.client import Client
from simulator.errors import Object

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_REFERENCE = re.compile(r"\$(\$|\(([A-Za-z_][A-Za-z0-9_.-]*)\))")


class ConfigError(Exception):
    """The container cannot be created: CreateContainerConfigError. The text is the waiting message."""


def environment(client: Client, pod: Object, container: Object, referred: Mapping[str, str]) -> dict[str, str]:
    """All variables of a container, later over earlier ones; ``referred`` as :func:`references` gave at its start."""
    namespace = pod["metadata"]["namespace"]
    env: dict[str, str] = {}
    if pod["spec"].get("enableServiceLinks", True):
        env.update(service_variables(client, namespace))
    env.update(referred)
    for variable in container.get("env") or ():
        value = _value(pod, container, variable, env)
        if value is not None:
            env[variable["name"]] = value
    return env


def references(client: Client, pod: Object, container: Object) -> dict[str, str]:
    """The variables that come from Secrets and ConfigMaps, as they are now. ConfigError when a reference leads nowhere.

    A container keeps what it was started with: a later change of the Secret does not reach it.
    """
    namespace = pod["metadata"]["namespace"]
    found: dict[str, str] = {}
    for source in container.get("envFrom") or ():
        found.update(_from_source(client, namespace, source))
    for variable in container.get("env") or ():
        source = variable.get("valueFrom") or {}
        for key, kind in (("secretKeyRef", "secret"), ("configMapKeyRef", "configmap")):
            value = _key(client, kind, namespace, source[key]) if key in source else None
            if value is not None:
                found[variable["name"]] = value
    return found


def service_variables(client: Client, namespace: str) -> dict[str, str]:
    """``IMAGE_REGISTRY_SERVICE_HOST`` and so on, for the namespace's services and for kubernetes in default.

    Source: kubelet, envvars/envvars.go.
    """
    env: dict[str, str] = {}
    services = client.list(SERVICES, namespace)
    kubernetes = client.get_or_none(SERVICES, "kubernetes", "default")
    for service in [*services, *([kubernetes] if kubernetes is not None and namespace != "default" else [])]:
        address = service["spec"].get("clusterIP", "")
        if address and address != "None":
            env.update(_of_service(service, address))
    return env


def _of_service(service: Object, address: str) -> dict[str, str]:
    prefix = service["metadata"]["name"].upper().replace("-", "_")
    ports = service["spec"].get("ports") or ()
    env = {f"{prefix}_SERVICE_HOST": address}
    if ports:
        env[f"{prefix}_SERVICE_PORT"] = str(ports[0]["port"])
        env[f"{prefix}_PORT"] = f"{ports[0].get('protocol', 'TCP').lower()}://{address}:{ports[0]['port']}"
    for port in ports:
        protocol, number = port.get("protocol", "TCP"), port["port"]
        if port.get("name"):
            env[f"{prefix}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(number)
        own = f"{prefix}_PORT_{number}_{protocol}"
        env[own] = f"{protocol.lower()}://{address}:{number}"
        env |= {f"{own}_PROTO": protocol.lower(), f"{own}_PORT": str(number), f"{own}_ADDR": address}
    return env


def _from_source(client: Client, namespace: str, source: Mapping[str, Any]) -> dict[str, str]:
    prefix = source.get("prefix", "")
    if "secretRef" in source:
        found = _data(client, "secret", namespace, source["secretRef"])
    else:
        found = _data(client, "configmap", namespace, source["configMapRef"])
    return {prefix + key: value for key, value in (found or {}).items()}


def _value(pod: Object, container: Object, variable: Mapping[str, Any], env: Mapping[str, str]) -> str | None:
    source = variable.get("valueFrom")
    if not source:
        return expand(variable.get("value", ""), env)
    if "secretKeyRef" in source or "configMapKeyRef" in source:
        return None  # it is among the references
    if "fieldRef" in source:
        return field(pod, source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        kind, _, name = source["resourceFieldRef"]["resource"].partition(".")
        return str(container.get("resources", {}).get(kind, {}).get(name, "0"))
    return ""


def field(pod: Object, path: str) -> str:
    """A field of the pod by the downward API's path, such as ``metadata.labels['app']``."""
    subscript = re.fullmatch(r"(.+)\['(.+)'\]", path)
    value: Any = pod
    for part in (subscript.group(1) if subscript else path).split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    if subscript:
        value = value.get(subscript.group(2), "") if isinstance(value, Mapping) else ""
    if isinstance(value, Mapping):
        return "\n".join(f'{key}="{text}"' for key, text in sorted(value.items()))
    return str(value)


def expand(text: str, env: Mapping[str, str]) -> str:
    """``$(NAME)`` replaced by its value, ``$$`` by a dollar; an unknown name stays as it is written."""

    def replacement(match: re.Match[str]) -> str:
        if match.group(1) == "$":
            return "$"
        return env.get(match.group(2), match.group(0))

    return _REFERENCE.sub(replacement, text)


def _key(client: Client, kind: str, namespace: str, reference: Mapping[str, Any]) -> str | None:
    data = _data(client, kind, namespace, reference)
    if data is None:
        return None
    if reference["key"] not in data:
        if reference.get("optional"):
            return None
        title = {"secret": "Secret", "configmap": "ConfigMap"}[kind]
        raise ConfigError(f"couldn't find key {reference['key']} in {title} {namespace}/{reference['name']}")
    return data[reference["key"]]


def _data(client: Client, kind: str, namespace: str, reference: Mapping[str, Any]) -> dict[str, str] | None:
    """The texts of a secret or config map; None when it is missing and may be."""
    resource = SECRETS if kind == "secret" else CONFIGMAPS
    found = client.get_or_none(resource, reference["name"], namespace)
    if found is None:
        if reference.get("optional"):
            return None
        raise ConfigError(f'{kind} "{reference["name"]}" not found')
    data = found.get("data") or {}
    if kind == "configmap":
        return dict(data)
    return {key: base64.b64decode(value).decode("utf-8", "replace") for key, value in data.items()}
