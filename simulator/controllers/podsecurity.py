"""Pod security labels of namespaces, by what their service accounts may use.

Privileges are told by role bindings here: a namespace in which an account was bound to a privileged SCC is privileged,
any other is restricted. Source: cluster-policy-controller, psalabelsyncer/podsecurity_label_sync_controller.go and
nsexemptions.go (4.20).
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import NAMESPACES, ROLEBINDINGS, SERVICEACCOUNTS
from simulator.changes.workloads import POD_SECURITY_ANNOTATION, POD_SECURITY_VERSION
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.labels import annotations_of, labels_of
from simulator.controllers.namespace import UID_RANGE
from simulator.errors import Object

SYNC = "security.openshift.io/scc.podSecurityLabelSync"
SUFFICIENT = "security.openshift.io/MinimallySufficientPodSecurityStandard"
_PREFIX = "pod-security.kubernetes.io/"
_PAYLOAD = """
    apiserver apiserver-operator authentication authentication-operator cloud-controller-manager
    cloud-controller-manager-operator cloud-credential-operator cloud-network-config-controller cluster-csi-drivers
    cluster-machine-approver cluster-node-tuning-operator cluster-samples-operator cluster-storage-operator
    cluster-version config config-managed config-operator console console-operator console-user-settings
    controller-manager controller-manager-operator dns dns-operator etcd etcd-operator host-network image-registry infra
    ingress ingress-canary ingress-operator insights kni-infra kube-apiserver kube-apiserver-operator
    kube-controller-manager kube-controller-manager-operator kube-scheduler kube-scheduler-operator
    kube-storage-version-migrator kube-storage-version-migrator-operator machine-api machine-config-operator marketplace
    monitoring multus network-diagnostics network-operator node nutanix-infra oauth-apiserver openstack-infra
    operator-lifecycle-manager ovirt-infra sdn service-ca service-ca-operator user-workload-monitoring vsphere-infra
"""
_EXEMPT = {"default", "kube-node-lease", "kube-public", "kube-system", "openshift"}
_EXEMPT |= {f"openshift-{name}" for name in _PAYLOAD.split()}
"""The namespaces of the payload, which set their labels themselves."""
_LEVELS = {"privileged": 3, "baseline": 2, "restricted": 1}
_SCC_LEVELS = {
    "restricted": "baseline", "nonroot": "baseline", "anyuid": "baseline",
    "restricted-v2": "restricted", "restricted-v3": "restricted", "nonroot-v2": "restricted",
}  # fmt: skip
_SCC_ROLE = "system:openshift:scc:"


def reconcile(context: Context, key: Key) -> Result:
    """Label one namespace, once it has its ranges and its accounts."""
    version = POD_SECURITY_VERSION.at(context.release)
    namespace = context.client.get_or_none(NAMESPACES, key.name)
    if not version or namespace is None or not _is_controlled(namespace):
        return DONE
    if UID_RANGE not in annotations_of(namespace) or not context.client.list(SERVICEACCOUNTS, key.name):
        return DONE
    changed = _labelled(context, namespace, _level(context, key.name), version)
    if changed != namespace:
        context.client.update(NAMESPACES, changed)
    return DONE


def _is_controlled(namespace: Object) -> bool:
    """Projects, unless they opt out, and platform namespaces that opt in."""
    name, wish = namespace["metadata"]["name"], labels_of(namespace).get(SYNC)
    if "deletionTimestamp" in namespace["metadata"] or name in _EXEMPT or wish == "false":
        return False
    return wish == "true" or not name.startswith("openshift-")


def _labelled(context: Context, namespace: Object, level: str, version: str) -> Object:
    """A label that somebody else set stays, unless the namespace asks to be kept in step."""
    labels, forced = dict(labels_of(namespace)), labels_of(namespace).get(SYNC) == "true"
    before = annotations_of(namespace).get(SUFFICIENT)
    for mode in ("audit", "warn"):
        for name, value in ((f"{_PREFIX}{mode}", level), (f"{_PREFIX}{mode}-version", version)):
            if forced or labels.get(name) in (None, before):
                labels[name] = value
    meta = {**namespace["metadata"], "labels": labels}
    if POD_SECURITY_ANNOTATION.at(context.release):
        meta["annotations"] = {**annotations_of(namespace), SUFFICIENT: level}
    return {**namespace, "metadata": meta}


def _level(context: Context, namespace: str) -> str:
    """The least restrictive that an account of the namespace was given."""
    levels = ["restricted"]
    for binding in context.client.list(ROLEBINDINGS, namespace):
        role = binding["roleRef"]["name"]
        accounts = [one for one in binding.get("subjects") or () if one.get("kind") == "ServiceAccount"]
        if role.startswith(_SCC_ROLE) and any(one.get("namespace", namespace) == namespace for one in accounts):
            levels.append(_SCC_LEVELS.get(role.removeprefix(_SCC_ROLE), "privileged"))
    return max(levels, key=_LEVELS.__getitem__)


def _namespace_key(_context: Context, obj: Object) -> Iterable[Key]:
    return (Key("", obj["metadata"]["namespace"]),)


CONTROLLER = Controller(
    name="pod-security-admission-label-synchronization-controller",
    user="system:serviceaccount:openshift-kube-controller-manager:pod-security-admission-label-synchronization-controller",
    watches=(
        Watches(NAMESPACES, own_key),
        Watches(SERVICEACCOUNTS, _namespace_key),
        Watches(ROLEBINDINGS, _namespace_key),
    ),
    reconcile=reconcile,
)
