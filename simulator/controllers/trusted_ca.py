"""The trusted CA bundle for ConfigMaps that ask for it.

Source: cluster-network-operator, proxyconfig and configmap_ca_injector (4.2).
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import CONFIGMAPS
from simulator.controllers.certificates import certificate
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.labels import labels_of
from simulator.errors import Object

LABEL, BUNDLE_KEY = "config.openshift.io/inject-trusted-cabundle", "ca-bundle.crt"
SOURCE = Key("openshift-config-managed", "trusted-ca-bundle")


def reconcile(context: Context, key: Key) -> Result:
    """Keep the bundle in one ConfigMap; its other keys stay."""
    configmap = context.client.get_or_none(CONFIGMAPS, key.name, key.namespace)
    if configmap is None or not _asks(configmap) or "deletionTimestamp" in configmap["metadata"]:
        return DONE
    source = context.client.get_or_none(CONFIGMAPS, SOURCE.name, SOURCE.namespace)
    bundle = ((source or {}).get("data") or {}).get(BUNDLE_KEY) or certificate("system trust bundle")
    data = {**(configmap.get("data") or {}), BUNDLE_KEY: bundle}
    if configmap.get("data") != data:
        context.client.update(CONFIGMAPS, {**configmap, "data": data})
    return DONE


def _asks(configmap: Object) -> bool:
    return labels_of(configmap).get(LABEL) == "true"


def _keys(context: Context, configmap: Object) -> Iterable[Key]:
    """One that asks; all that ask when the source changed."""
    meta = configmap["metadata"]
    if (meta["namespace"], meta["name"]) == SOURCE:
        asking = context.client.list(CONFIGMAPS, labels=f"{LABEL}=true")
        return [key for one in asking for key in own_key(context, one)]
    return own_key(context, configmap) if _asks(configmap) else ()


CONTROLLER = Controller(
    name="trusted-ca",
    user="system:serviceaccount:openshift-network-operator:default",
    watches=(Watches(CONFIGMAPS, _keys),),
    reconcile=reconcile,
)
