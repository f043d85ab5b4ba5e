"""The CA bundles in every namespace, which pods find beside their token.

Source: kube-controller-manager, certificates/rootcacertpublisher; OpenShift's service CA publisher (4.20).
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import CONFIGMAPS, NAMESPACES
from simulator.changes.workloads import ROOT_CA_CONFIGMAPS
from simulator.controllers.certificates import kube_ca, service_ca
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.errors import AlreadyExists, Object

KUBE_CA, SERVICE_CA = "kube-root-ca.crt", "openshift-service-ca.crt"
_DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)


def reconcile(context: Context, key: Key) -> Result:
    """Keep both ConfigMaps of one namespace as they have to be."""
    namespace = context.client.get_or_none(NAMESPACES, key.name)
    if namespace is None or "deletionTimestamp" in namespace["metadata"] or not ROOT_CA_CONFIGMAPS.at(context.release):
        return DONE
    _publish(context, key.name, KUBE_CA, {"kubernetes.io/description": _DESCRIPTION}, {"ca.crt": kube_ca(context)})
    inject = {"service.beta.openshift.io/inject-cabundle": "true"}
    _publish(context, key.name, SERVICE_CA, inject, {"service-ca.crt": service_ca(context)})
    return DONE


def _publish(context: Context, namespace: str, name: str, annotations: dict[str, str], data: dict[str, str]) -> None:
    present = context.client.get_or_none(CONFIGMAPS, name, namespace)
    if present is None:
        meta = {"name": name, "namespace": namespace, "annotations": annotations}
        made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
        try:
            context.client.create(CONFIGMAPS, made)
        except AlreadyExists:
            return
    elif present.get("data") != data:
        context.client.update(CONFIGMAPS, {**present, "data": data})


def _namespace_key(_context: Context, configmap: Object) -> Iterable[Key]:
    """One that was deleted or changed is put right."""
    meta = configmap["metadata"]
    return (Key("", meta["namespace"]),) if meta["name"] in (KUBE_CA, SERVICE_CA) else ()


CONTROLLER = Controller(
    name="root-ca-cert-publisher",
    user="system:serviceaccount:kube-system:root-ca-cert-publisher",
    watches=(Watches(NAMESPACES, own_key), Watches(CONFIGMAPS, _namespace_key)),
    reconcile=reconcile,
)
