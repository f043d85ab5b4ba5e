"""Which resources hold the contents of a cluster: what a namespace deletes, and where owners and dependents may be."""

from __future__ import annotations

from simulator.api.customresources import rows_of
from simulator.api.gvrs import CUSTOMRESOURCEDEFINITIONS
from simulator.api.resourcetable import ResourceType, builtin_table
from simulator.api.types import GVR
from simulator.controllers.context import Context
from simulator.errors import Object

_APART = ("infra.ocsim.dev",)  # the machines below are nobody's dependents

# The kinds whose changes can release a namespace or an owner, in the version of some release. Others (custom resources)
# are looked at again in time.
WATCHED: tuple[GVR, ...] = (
    GVR("", "v1", "configmaps"),
    GVR("", "v1", "endpoints"),
    GVR("", "v1", "namespaces"),
    GVR("", "v1", "nodes"),
    GVR("", "v1", "persistentvolumeclaims"),
    GVR("", "v1", "persistentvolumes"),
    GVR("", "v1", "pods"),
    GVR("", "v1", "replicationcontrollers"),
    GVR("", "v1", "resourcequotas"),
    GVR("", "v1", "secrets"),
    GVR("", "v1", "serviceaccounts"),
    GVR("", "v1", "services"),
    GVR("apps", "v1", "controllerrevisions"),
    GVR("apps", "v1", "daemonsets"),
    GVR("apps", "v1", "deployments"),
    GVR("apps", "v1", "replicasets"),
    GVR("apps", "v1", "statefulsets"),
    GVR("apps.openshift.io", "v1", "deploymentconfigs"),
    GVR("batch", "v1", "jobs"),
    GVR("batch", "v1beta1", "cronjobs"),
    GVR("ceph.rook.io", "v1", "cephblockpools"),
    GVR("ceph.rook.io", "v1", "cephclusters"),
    GVR("ceph.rook.io", "v1", "cephfilesystems"),
    GVR("noobaa.io", "v1alpha1", "noobaas"),
    GVR("objectbucket.io", "v1alpha1", "objectbucketclaims"),
    GVR("objectbucket.io", "v1alpha1", "objectbuckets"),
    GVR("ocs.openshift.io", "v1", "storageclusters"),
    GVR("policy", "v1beta1", "poddisruptionbudgets"),
    GVR("rbac.authorization.k8s.io", "v1", "rolebindings"),
    GVR("rbac.authorization.k8s.io", "v1", "roles"),
    GVR("route.openshift.io", "v1", "routes"),
    GVR("storage.k8s.io", "v1", "volumeattachments"),
)


def resources(context: Context, *, namespaced: bool | None = None) -> list[GVR]:
    """All stored resources that can be listed and deleted, with the custom ones that people defined."""
    rows = [
        row for row in builtin_table(context.release).rows if _is_content(row) and namespaced in (None, row.namespaced)
    ]
    known = [row.gvr for row in rows]
    return [*known, *(gvr for gvr in _defined(context, namespaced) if gvr not in known)]


def resource_of(context: Context, api_version: str, kind: str) -> tuple[GVR, bool] | None:
    """The resource of a kind and whether it is namespaced; None when the API serves no such kind."""
    row = builtin_table(context.release).by_kind(api_version, kind)
    if row is not None:
        return row.gvr, row.namespaced
    for crd in context.client.list(CUSTOMRESOURCEDEFINITIONS):
        for row in rows_of(crd["spec"], crd["apiVersion"]):
            if (row.kind, row.api_version) == (kind, api_version):
                return row.gvr, row.namespaced
    return None


def _is_content(row: ResourceType) -> bool:
    return not row.stored_as and row.group not in _APART and {"list", "delete"} <= set(row.verbs)


def _defined(context: Context, namespaced: bool | None) -> list[GVR]:
    crds = context.client.list(CUSTOMRESOURCEDEFINITIONS)
    return [gvr_of(crd) for crd in crds if namespaced in (None, crd["spec"].get("scope") != "Cluster")]


def gvr_of(crd: Object) -> GVR:
    """The resource of a definition, in the version that is stored."""
    spec = crd["spec"]
    served = [one["name"] for one in spec.get("versions") or () if one.get("storage")]
    return GVR(spec["group"], (served or [spec.get("version", "")])[0], spec["names"]["plural"])
