"""The service CA: serving certificates for Services, its bundle for ConfigMaps. Source: service-ca-operator (4.2)."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import CONFIGMAPS, NAMESPACES, SECRETS, SERVICES
from simulator.controllers.certificates import certificate, encoded, private_key, service_ca
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.labels import annotations_of
from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339, rfc3339

_ALPHA, _BETA = "service.alpha.openshift.io/", "service.beta.openshift.io/"
SECRET_NAME, SIGNED_BY, ERROR, ERROR_COUNT = (
    "serving-cert-secret-name",
    "serving-cert-signed-by",
    "serving-cert-generation-error",
    "serving-cert-generation-error-num",
)
INJECT, BUNDLE_KEY = "inject-cabundle", "service-ca.crt"
_LIFETIME_S = 2 * 365 * 24 * 3600  # of a serving certificate
_MAX_TRIES = 10


def reconcile_service(context: Context, key: Key) -> Result:
    """Give one Service the secret that its annotation asks for, and sign the Service with the signer's name."""
    service = context.client.get_or_none(SERVICES, key.name, key.namespace)
    name = _annotation(service, SECRET_NAME) if service is not None else ""
    if service is None or not name or "deletionTimestamp" in service["metadata"]:
        return DONE
    secret, signer = context.client.get_or_none(SECRETS, name, key.namespace), signer_name(context)
    if secret is None:
        context.client.create(SECRETS, new_secret(context, service, name))
    elif _annotation(secret, "originating-service-uid") != service["metadata"]["uid"]:
        _refuse(context, service, secret)
        return DONE
    if _annotation(service, SIGNED_BY) != signer:
        _annotate(context, service, {SIGNED_BY: signer}, drop=(ERROR, ERROR_COUNT))
    return DONE


def _annotation(obj: Object, name: str) -> str:
    """The beta annotation, or the alpha one."""
    found = annotations_of(obj)
    text: str = found.get(_BETA + name) or found.get(_ALPHA + name) or ""
    return text


def _both(pairs: dict[str, str]) -> dict[str, str]:
    return {prefix + name: value for prefix in (_ALPHA, _BETA) for name, value in pairs.items()}


def signer_name(context: Context) -> str:
    """``openshift-service-serving-signer@1571997600``: made when the namespace of the service CA was."""
    namespace = context.client.get_or_none(NAMESPACES, "openshift-service-ca")
    made = parse_rfc3339(namespace["metadata"]["creationTimestamp"]) if namespace is not None else 0
    return f"openshift-service-serving-signer@{int(made)}"


def new_secret(context: Context, service: Object, name: str) -> Object:
    """The kubernetes.io/tls secret of a Service. Its certificate is followed by the signer's, as the real one's."""
    meta = service["metadata"]
    seed = f"{meta['uid']}/{name}"
    pairs = {
        "expiry": rfc3339(context.now + _LIFETIME_S),
        "originating-service-name": meta["name"],
        "originating-service-uid": meta["uid"],
    }
    owner = {"apiVersion": "v1", "kind": "Service", "name": meta["name"], "uid": meta["uid"]}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": meta["namespace"],
            "annotations": _both(pairs),
            "ownerReferences": [owner],
        },
        "type": "kubernetes.io/tls",
        "data": {"tls.crt": encoded(certificate(seed) + service_ca(context)), "tls.key": encoded(private_key(seed))},
    }


def _refuse(context: Context, service: Object, secret: Object) -> None:
    """The secret belongs to somebody else. Ten tries are counted at once: nothing would change between them."""
    meta = secret["metadata"]
    said = _annotation(secret, "originating-service-uid")
    wanted = service["metadata"]["uid"]
    text = f"secret {meta['namespace']}/{meta['name']} does not have corresponding service UID {wanted}"
    if said:
        text = f"secret {meta['namespace']}/{meta['name']} references serviceUID {said}, which does not match {wanted}"
    if _annotation(service, ERROR) != text:
        _annotate(context, service, {ERROR: text, ERROR_COUNT: str(_MAX_TRIES)})


def _annotate(context: Context, service: Object, pairs: dict[str, str], drop: Iterable[str] = ()) -> None:
    gone = {prefix + name for prefix in (_ALPHA, _BETA) for name in drop}
    kept = {name: value for name, value in annotations_of(service).items() if name not in gone}
    meta = {**service["metadata"], "annotations": {**kept, **_both(pairs)}}
    context.client.update(SERVICES, {**service, "metadata": meta})


def reconcile_configmap(context: Context, key: Key) -> Result:
    """Keep the CA bundle, and nothing else, in one ConfigMap that asks for it."""
    configmap = context.client.get_or_none(CONFIGMAPS, key.name, key.namespace)
    if configmap is None or not _asks_for_bundle(configmap) or "deletionTimestamp" in configmap["metadata"]:
        return DONE
    data = {BUNDLE_KEY: service_ca(context)}
    if configmap.get("data") != data:
        context.client.update(CONFIGMAPS, {**configmap, "data": data})
    return DONE


def _asks_for_bundle(configmap: Object) -> bool:
    return _annotation(configmap, INJECT) == "true"


def _service_keys(context: Context, service: Object) -> Iterable[Key]:
    return own_key(context, service) if _annotation(service, SECRET_NAME) else ()


def _secret_keys(_context: Context, secret: Object) -> Iterable[Key]:
    """A secret that was deleted is made again."""
    name = _annotation(secret, "originating-service-name")
    return (Key(secret["metadata"]["namespace"], name),) if name else ()


def _configmap_keys(context: Context, configmap: Object) -> Iterable[Key]:
    return own_key(context, configmap) if _asks_for_bundle(configmap) else ()


SERVING_CERTS = Controller(
    name="service-serving-cert",
    user="system:serviceaccount:openshift-service-ca:service-serving-cert-signer-sa",
    watches=(Watches(SERVICES, _service_keys), Watches(SECRETS, _secret_keys)),
    reconcile=reconcile_service,
)
CA_BUNDLES = Controller(
    name="service-ca-bundle",
    user="system:serviceaccount:openshift-service-ca:configmap-cabundle-injector-sa",
    watches=(Watches(CONFIGMAPS, _configmap_keys),),
    reconcile=reconcile_configmap,
)
CONTROLLERS = (SERVING_CERTS, CA_BUNDLES)
