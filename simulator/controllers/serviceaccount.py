"""The service accounts of every namespace: default, and OpenShift's builder and deployer."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import NAMESPACES, SERVICEACCOUNTS
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.errors import AlreadyExists, Object

ACCOUNTS = ("builder", "default", "deployer")


def reconcile(context: Context, key: Key) -> Result:
    """Create what is missing in one namespace."""
    namespace = context.client.get_or_none(NAMESPACES, key.name)
    if namespace is None or "deletionTimestamp" in namespace["metadata"]:
        return DONE
    for name in ACCOUNTS:
        if context.client.get_or_none(SERVICEACCOUNTS, name, key.name) is None:
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": key.name}}
            try:
                context.client.create(SERVICEACCOUNTS, account)
            except AlreadyExists:
                continue
    return DONE


def _namespace_key(_context: Context, account: Object) -> Iterable[Key]:
    meta = account["metadata"]
    return (Key("", meta["namespace"]),) if meta["name"] in ACCOUNTS else ()


CONTROLLER = Controller(
    name="serviceaccount",
    user="system:serviceaccount:kube-system:service-account-controller",
    watches=(Watches(NAMESPACES, own_key), Watches(SERVICEACCOUNTS, _namespace_key)),
    reconcile=reconcile,
)
