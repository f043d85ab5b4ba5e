"""The rights that service accounts have in every namespace: pods pull its images, builders push, deployers roll out.

Source: openshift-controller-manager, pkg/authorization/defaultrolebindings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from simulator.api.gvrs import NAMESPACES, ROLEBINDINGS
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.errors import AlreadyExists, Object

_RBAC: Final = "rbac.authorization.k8s.io"
_MANAGED: Final = "  It is auto-managed by a controller; remove subjects to disable."
_DESCRIPTIONS: Final = {
    "system:image-pullers": "Allows all pods in this namespace to pull images from this namespace.",
    "system:image-builders": "Allows builds in this namespace to push images to this namespace.",
    "system:deployers": "Allows deploymentconfigs in this namespace to rollout pods in this namespace.",
}


def reconcile(context: Context, key: Key) -> Result:
    """Make those that a namespace lacks. One whose subjects were removed stays as it is."""
    namespace = context.client.get_or_none(NAMESPACES, key.name)
    if namespace is None or "deletionTimestamp" in namespace["metadata"]:
        return DONE
    for name in _DESCRIPTIONS:
        if context.client.get_or_none(ROLEBINDINGS, name, key.name) is None:
            try:
                context.client.create(ROLEBINDINGS, default_binding(name, key.name))
            except AlreadyExists:
                continue
    return DONE


def default_binding(name: str, namespace: str) -> Object:
    """One of the three."""
    account = {"system:image-builders": "builder", "system:deployers": "deployer"}.get(name)
    subject: Object = {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    if account is None:
        subject = {"apiGroup": _RBAC, "kind": "Group", "name": f"system:serviceaccounts:{namespace}"}
    description = {"openshift.io/description": _DESCRIPTIONS[name] + _MANAGED}
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace, "annotations": description},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": name.removesuffix("s")},
        "subjects": [subject],
    }


def _namespace_key(_context: Context, binding: Object) -> Iterable[Key]:
    """One that was deleted comes again."""
    meta = binding["metadata"]
    return (Key("", meta["namespace"]),) if meta["name"] in _DESCRIPTIONS else ()


CONTROLLER = Controller(
    name="default-rolebindings-controller",
    user="system:serviceaccount:openshift-infra:default-rolebindings-controller",
    watches=(Watches(NAMESPACES, own_key), Watches(ROLEBINDINGS, _namespace_key)),
    reconcile=reconcile,
)
