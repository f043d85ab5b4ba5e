"""Makes ``simulator/api/schemas/kubernetes-1.33.json`` (``make type-tree``, ``python -m tools.kubernetes_types DIR``).

DIR is the unpacked wheel of lightkube-models 1.33.x (PyPI), which has a dataclass for each type of Kubernetes'
OpenAPI document. Only names and types of fields are taken. What that document does not say (which
strings are bytes) stands here. The shape of the file is that of ``simulator/api/schema.py``.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

Fields = dict[str, str]
TARGET = Path(__file__).parent.parent / "simulator/api/schemas/kubernetes-1.33.json"

# Of types with one name, that of the first module keeps the plain name; others get their group before it.
MODULES = {
    "core_v1": "", "meta_v1": "meta.k8s.io", "apps_v1": "apps", "batch_v1": "batch", "autoscaling_v2": "autoscaling",
    "autoscaling_v1": "autoscaling/v1", "policy_v1": "policy", "networking_v1": "networking.k8s.io",
    "rbac_v1": "rbac.authorization.k8s.io", "storage_v1": "storage.k8s.io", "coordination_v1": "coordination.k8s.io",
    "discovery_v1": "discovery.k8s.io", "scheduling_v1": "scheduling.k8s.io", "node_v1": "node.k8s.io",
    "certificates_v1": "certificates.k8s.io", "apiextensions_v1": "apiextensions.k8s.io",
    "apiregistration_v1": "apiregistration.k8s.io", "admissionregistration_v1": "admissionregistration.k8s.io",
    "flowcontrol_v1": "flowcontrol.apiserver.k8s.io", "authentication_v1": "authentication.k8s.io",
    "authorization_v1": "authorization.k8s.io",
}  # fmt: skip

KINDS = {
    "": "Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume "
        "PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount",
    "apps": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "autoscaling": "HorizontalPodAutoscaler",
    "autoscaling/v1": "Scale",
    "batch": "CronJob Job",
    "policy": "Eviction PodDisruptionBudget",
    "networking.k8s.io": "IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding Role RoleBinding",
    "storage.k8s.io": "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment",
    "coordination.k8s.io": "Lease",
    "discovery.k8s.io": "EndpointSlice",
    "scheduling.k8s.io": "PriorityClass",
    "node.k8s.io": "RuntimeClass",
    "certificates.k8s.io": "CertificateSigningRequest",
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "apiregistration.k8s.io": "APIService",
    "admissionregistration.k8s.io": "MutatingWebhookConfiguration ValidatingAdmissionPolicy "
        "ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "authentication.k8s.io": "SelfSubjectReview TokenRequest TokenReview",
    "authorization.k8s.io": "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview "
        "SubjectAccessReview",
}  # fmt: skip

SCALARS = {"str": "s", "int": "i", "float": "n", "bool": "b", "Quantity": "q", "Time": "t", "MicroTime": "t",
           "IntOrString": "x", "Dict": "m", "FieldsV1": "m"}  # fmt: skip
OPAQUE = {"JSON": "o", "JSONSchemaProps": "m", "JSONSchemaPropsOrBool": "o", "JSONSchemaPropsOrArray": "o",
          "CustomResourceSubresourceStatus": "m"}  # fmt: skip
QUANTITIES = {"allocatable", "allocatedResources", "capacity", "default", "defaultRequest", "hard", "limits", "max",
              "maxLimitRequestRatio", "min", "overhead", "podFixed", "requests", "used"}  # fmt: skip
SPECIAL = {
    ("ControllerRevision", "data"): "o", ("PodDisruptionBudgetStatus", "disruptedPods"): "{t",
    ("CertificateSigningRequestSpec", "extra"): "{[s", ("UserInfo", "extra"): "{[s",
    ("SubjectAccessReviewSpec", "extra"): "{[s",
    ("ConfigMap", "binaryData"): "{y", ("Secret", "data"): "{y", ("CertificateSigningRequestSpec", "request"): "y",
    ("CertificateSigningRequestStatus", "certificate"): "y", ("APIServiceSpec", "caBundle"): "y",
    ("admissionregistration.k8s.io.WebhookClientConfig", "caBundle"): "y", ("WebhookClientConfig", "caBundle"): "y",
    ("apiextensions.k8s.io.WebhookClientConfig", "caBundle"): "y",
}  # fmt: skip


def classes(folder: Path) -> dict[tuple[str, str], Mapping[str, str]]:
    """(module, class): the annotations of its fields, by their JSON names."""
    found = {}
    for module in MODULES:
        tree = ast.parse((folder / "lightkube/models" / f"{module}.py").read_text())
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found[module, node.name] = dict(_fields(node))
    return found


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            annotation = item.annotation
            assert isinstance(annotation, ast.Constant)
            yield _json_name(item), str(annotation.value)


def _json_name(item: ast.AnnAssign) -> str:
    assert isinstance(item.target, ast.Name)
    for keyword in item.value.keywords if isinstance(item.value, ast.Call) else ():
        if keyword.arg == "metadata":
            name: str = ast.literal_eval(keyword.value)["json"]
            return name
    return item.target.id


class Tree:
    """The types that the kinds reach, under the names that they have in the file."""

    def __init__(self, folder: Path) -> None:
        self.classes = classes(folder)
        self.types: dict[str, Fields] = {}

    def name(self, module: str, kind: str) -> str:
        first = next((one for one in MODULES if (one, kind) in self.classes), None)
        assert first, (module, kind)
        return kind if first == module else f"{MODULES[module]}.{kind}"

    def add(self, module: str, kind: str) -> str:
        """The name of a type; it and all that it reaches are in ``types`` then."""
        name = self.name(module, kind)
        if name not in self.types:
            fields = self.types[name] = {}
            for field, annotation in self.classes[module, kind].items():
                fields[field] = SPECIAL.get((name, field)) or self.code(module, field, _parsed(annotation))
        return name

    def code(self, module: str, field: str, node: ast.expr) -> str:
        if isinstance(node, ast.Subscript):
            inner = self.code(module, field, node.slice)
            return {"Optional": "", "List": "["}[ast.unparse(node.value)] + inner
        owner, _, kind = ast.unparse(node).rpartition(".")
        if kind == "dict":  # the package does not say of what
            return "{q" if field in QUANTITIES else "{s"
        if kind in SCALARS or kind in OPAQUE or owner == "runtime":
            return SCALARS.get(kind) or OPAQUE.get(kind, "m")
        return self.add(owner or module, kind)


def _parsed(annotation: str) -> ast.expr:
    return ast.parse(annotation, mode="eval").body


def document(folder: Path) -> str:
    """The text of the file: one type a line."""
    tree, kinds = Tree(folder), {}
    for module, group in MODULES.items():
        for kind in KINDS.get(group, "").split():
            named = group.partition("/")[0]
            kinds[f"{kind}.{named}" if named else kind] = tree.add(module, kind)
    lines = (f"{json.dumps(name)}: {json.dumps(fields)}" for name, fields in sorted(tree.types.items()))
    return '{\n"kinds": ' + json.dumps(dict(sorted(kinds.items()))) + ',\n"types": {\n' + ",\n".join(lines) + "\n}\n}\n"


if __name__ == "__main__":
    TARGET.write_text(document(Path(sys.argv[1])))
