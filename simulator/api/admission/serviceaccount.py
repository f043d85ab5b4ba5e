"""Every pod runs as a service account and finds its token. Source: the ServiceAccount plugin (1.14 and 1.33)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simulator.api.admission.refusal import forbidden, is_new_pod
from simulator.api.boundtokens import POD_TOKEN_S
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.changes.workloads import PROJECTED_TOKENS
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_PROJECTED = "kube-api-access-"
_NAMESPACE = {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}
_PROJECTION: Object = {
    "defaultMode": 420,
    "sources": [
        {"serviceAccountToken": {"expirationSeconds": POD_TOKEN_S, "path": "token"}},
        {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
        {"downwardAPI": {"items": [_NAMESPACE]}},
        {"configMap": {"items": [{"key": "service-ca.crt", "path": "service-ca.crt"}],
                       "name": "openshift-service-ca.crt"}},
    ],
}  # fmt: skip
LOOKING_UP: Final = "error looking up service account"
"""How the refusal of a pod begins whose account is not there, as right after its namespace was made."""


def mount_service_account(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    """Name the account (``default`` when none is named) and mount its token, unless pod or account decline it.

    An account that has no token yet gives its pods none; the real server would make them wait.
    """
    if not is_new_pod(operation, resource, subresource):
        return obj
    spec, namespace = obj["spec"], obj["metadata"]["namespace"]
    name = spec.get("serviceAccountName") or "default"
    stored = server.state.get("serviceaccounts", namespace, name)
    if stored is None:
        text = f'{LOOKING_UP} {namespace}/{name}: serviceaccount "{name}" not found'
        raise forbidden(resource, obj, text)
    account = stored.object
    spec = {**spec, "serviceAccountName": name, "serviceAccount": name}
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = account["imagePullSecrets"]
    if spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True)):
        spec = _with_token(server, account, spec)
    return {**obj, "spec": spec}


def _with_token(server: ApiServer, account: Object, spec: Object) -> Object:
    if not PROJECTED_TOKENS.at(server.release):
        token = _token(server, account)
        return _mounted(spec, token, {"secret": {"defaultMode": 420, "secretName": token}}) if token else spec
    given = [volume["name"] for volume in spec.get("volumes") or () if volume["name"].startswith(_PROJECTED)]
    return _mounted(spec, given[0] if given else _PROJECTED + server.names.suffix(), {"projected": _PROJECTION})


def _token(server: ApiServer, account: Object) -> str:
    """The first of the account's secrets that holds a token for it."""
    for reference in account.get("secrets") or ():
        secret = server.state.get("secrets", account["metadata"]["namespace"], reference["name"])
        if secret is not None and secret.object.get("type") == "kubernetes.io/service-account-token":
            return str(reference["name"])
    return ""


def _mounted(spec: Object, name: str, volume: Object) -> Object:
    """``spec`` with the volume in each container that has nothing else at that path."""
    mount = {"mountPath": _PATH, "name": name, "readOnly": True}
    changed = False
    result = dict(spec)
    for key in ("initContainers", "containers"):
        containers: list[Any] = []
        for container in spec.get(key) or ():
            mounts = container.get("volumeMounts") or []
            if all(item.get("mountPath") != _PATH for item in mounts):
                container, changed = {**container, "volumeMounts": [*mounts, mount]}, True
            containers.append(container)
        if containers:
            result[key] = containers
    volumes = spec.get("volumes") or []
    if changed and all(one["name"] != name for one in volumes):
        result["volumes"] = [*volumes, {"name": name, **volume}]
    return result
