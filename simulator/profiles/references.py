"""What the objects of a profile refer to, and whether it is there: told with the file, the line and the field.

``check`` goes through a timeline twice. As it goes on: namespaces, owners, storage classes and priority classes must be
there before what names them. At its end: claims, config maps, secrets, accounts, nodes and services only have to be
there some time, as a pod waits for them; what controllers make of the objects counts, too (``made_later``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from simulator.api.resourcetable import ResourceTable
from simulator.controllers.serviceaccount import ACCOUNTS
from simulator.errors import Object
from simulator.profiles.mounts import check_mounts, pod_template
from simulator.profiles.timeline import Placed, Step, row_of

Name = tuple[str, str, str]
"""(kind, namespace, name); the namespace is "" for what has none."""

Reference = tuple[str, Name]
"""(field, what it names)."""

_ROOT_CAS: Final = ("kube-root-ca.crt", "openshift-service-ca.crt")
_SERVING_CERTS: Final = tuple(f"service.{stage}.openshift.io/serving-cert-secret-name" for stage in ("alpha", "beta"))
_DEFAULT_CLASS: Final = "storageclass.kubernetes.io/is-default-class"
_OF_THE_SERVER: Final = "system-"  # priority classes that an API server comes with
_OPERATOR: Final = "cluster-image-registry-operator"
_OF_THE_REGISTRY: Final[tuple[Name, ...]] = (
    ("Deployment", "openshift-image-registry", "image-registry"),
    ("DaemonSet", "openshift-image-registry", "node-ca"),
    ("Service", "openshift-image-registry", "image-registry"),
    ("CronJob", "openshift-image-registry", "image-pruner"),
)
_CLASS_SECRETS: Final = ("provisioner", "node-stage", "controller-expand")


def check(steps: Sequence[Step], table: ResourceTable) -> list[str]:
    """InputError for the first thing wrong; else warnings, as of two default storage classes."""
    placed = [one for step in steps for one in step.objects]
    known: set[Name] = set()
    for one in placed:
        _check_in_time(one, table, known)
    objects = _merged(placed, known)
    present = known | {name for obj in objects.values() for name in made_later(obj)}
    for one in placed:
        for field, wanted in references(one.object):
            if wanted not in present:
                raise one.error(f"there is no {wanted[0]} {wanted[2]!r}{_where(wanted)}", field)
        check_mounts(one, objects)
    return list(_warnings(placed, objects))


# -- as the timeline goes on


def _check_in_time(placed: Placed, table: ResourceTable, known: set[Name]) -> None:
    row = row_of(placed, table)
    obj, meta = placed.object, placed.object["metadata"]
    if not meta.get("name"):
        raise placed.error("is missing", "metadata.name")
    namespace = meta.get("namespace", "") if row.namespaced else ""
    if row.namespaced:
        _expect(placed, known, ("Namespace", "", namespace), "metadata.namespace")
    for owner in meta.get("ownerReferences", ()):
        if not {(owner["kind"], namespace, owner["name"]), (owner["kind"], "", owner["name"])} & known:
            raise placed.error(f"{owner['kind']} {owner['name']!r} does not exist yet", "metadata.ownerReferences")
    for field, wanted in _needed_before(obj):
        _expect(placed, known, wanted, field)
    known.add((row.kind, namespace, meta["name"]))
    known.update(made_later(obj))


def _expect(placed: Placed, known: set[Name], wanted: Name, field: str) -> None:
    if wanted not in known:
        raise placed.error(f"{wanted[0]} {wanted[2]!r} does not exist yet", field)


def _needed_before(obj: Object) -> Iterator[Reference]:
    """What has to be there when the object comes."""
    spec = obj.get("spec") or {}
    if obj["kind"] in ("PersistentVolumeClaim", "ObjectBucketClaim") and spec.get("storageClassName"):
        yield "spec.storageClassName", ("StorageClass", "", spec["storageClassName"])
    if obj["kind"] == "StatefulSet":
        for template in spec.get("volumeClaimTemplates", ()):
            if template["spec"].get("storageClassName"):
                yield "spec.volumeClaimTemplates", ("StorageClass", "", template["spec"]["storageClassName"])
    path, pod = pod_template(obj)
    if not pod.get("priorityClassName", _OF_THE_SERVER).startswith(_OF_THE_SERVER):
        yield f"{path}.priorityClassName", ("PriorityClass", "", pod["priorityClassName"])


# -- at its end


def _merged(placed: Iterable[Placed], known: set[Name]) -> dict[Name, Object]:
    """Each object as far as the profile writes it: later blocks laid over earlier ones, one level deep."""
    objects: dict[Name, Object] = {}
    for one in placed:
        meta = one.object["metadata"]
        name = (one.object["kind"], meta.get("namespace", ""), meta["name"])
        before = objects.get(name, {"metadata": {}})
        objects[name] = {**before, **one.object, "metadata": _laid_over(before["metadata"], meta)}
    assert known or not objects
    return objects


def _laid_over(before: Object, meta: Object) -> Object:
    annotations = {**(before.get("annotations") or {}), **(meta.get("annotations") or {})}
    labels = {**(before.get("labels") or {}), **(meta.get("labels") or {})}
    return {**before, **meta, "annotations": annotations, "labels": labels}


def made_later(obj: Object) -> Iterator[Name]:
    """What controllers make of an object, by fixed names."""
    kind, name = obj["kind"], obj["metadata"]["name"]
    namespace = obj["metadata"].get("namespace", "")
    if kind == "Namespace":
        yield from (("ServiceAccount", name, account) for account in ACCOUNTS)
        yield from (("ConfigMap", name, bundle) for bundle in _ROOT_CAS)
    elif kind == "Service":
        annotations = obj["metadata"].get("annotations") or {}
        yield from (("Secret", namespace, annotations[key]) for key in _SERVING_CERTS if key in annotations)
    elif kind == "ObjectBucketClaim":
        yield from ((made, namespace, name) for made in ("Secret", "ConfigMap"))
    elif kind == "Deployment" and name == _OPERATOR:
        yield from _OF_THE_REGISTRY
    elif kind == "StatefulSet":
        for template in obj["spec"].get("volumeClaimTemplates", ()):
            for ordinal in range(obj["spec"].get("replicas", 1)):
                yield "PersistentVolumeClaim", namespace, f"{template['metadata']['name']}-{name}-{ordinal}"


def references(obj: Object) -> Iterator[Reference]:
    """What the object names that has to be there some time."""
    namespace = obj["metadata"].get("namespace", "")
    yield from _REFERENCES.get(obj["kind"], _no_references)(obj)
    path, pod = pod_template(obj)
    if pod:
        yield from ((f"{path}.{field}", name) for field, name in _of_pod(pod, namespace))


def _no_references(_obj: Object) -> Iterator[Reference]:
    yield from ()


def _of_claim(claim: Object) -> Iterator[Reference]:
    if claim["spec"].get("volumeName"):
        yield "spec.volumeName", ("PersistentVolume", "", claim["spec"]["volumeName"])


def _of_route(route: Object) -> Iterator[Reference]:
    yield "spec.to", ("Service", route["metadata"]["namespace"], route["spec"]["to"]["name"])


def _of_account(account: Object) -> Iterator[Reference]:
    for reference in account.get("imagePullSecrets") or ():
        yield "imagePullSecrets", ("Secret", account["metadata"]["namespace"], reference["name"])


def _of_class(storage_class: Object) -> Iterator[Reference]:
    parameters = storage_class.get("parameters") or {}
    for use in _CLASS_SECRETS:
        key = f"csi.storage.k8s.io/{use}-secret-name"
        if key in parameters:
            name = parameters[key], parameters.get(f"csi.storage.k8s.io/{use}-secret-namespace", "")
            yield f"parameters.{key}", ("Secret", name[1], name[0])


def _of_backing_store(store: Object) -> Iterator[Reference]:
    for kind, spec in store["spec"].items():
        if isinstance(spec, dict) and "secret" in spec:
            secret = spec["secret"]
            yield f"spec.{kind}.secret", ("Secret", secret["namespace"], secret["name"])


def _of_bucket_class(bucket_class: Object) -> Iterator[Reference]:
    for tier in bucket_class["spec"].get("placementPolicy", {}).get("tiers", ()):
        for store in tier.get("backingStores", ()):
            field = "spec.placementPolicy.tiers"
            yield field, ("BackingStore", bucket_class["metadata"]["namespace"], store)


_REFERENCES: Final = {
    "PersistentVolumeClaim": _of_claim,
    "Route": _of_route,
    "ServiceAccount": _of_account,
    "StorageClass": _of_class,
    "BackingStore": _of_backing_store,
    "BucketClass": _of_bucket_class,
}


# -- pods


def _of_pod(pod: Object, namespace: str) -> Iterator[Reference]:
    if pod.get("nodeName"):
        yield "nodeName", ("Node", "", pod["nodeName"])
    if pod.get("serviceAccountName"):
        yield "serviceAccountName", ("ServiceAccount", namespace, pod["serviceAccountName"])
    for reference in pod.get("imagePullSecrets") or ():
        yield "imagePullSecrets", ("Secret", namespace, reference["name"])
    for volume in pod.get("volumes") or ():
        for field, kind, name in _of_volume(volume):
            yield f"volumes.{volume['name']}.{field}", (kind, namespace, name)
    for container in [*(pod.get("initContainers") or ()), *(pod.get("containers") or ())]:
        for field, kind, name in _of_environment(container):
            yield f"containers.{container['name']}.{field}", (kind, namespace, name)


def _of_volume(volume: Object) -> Iterator[tuple[str, str, str]]:
    if "persistentVolumeClaim" in volume:
        yield "persistentVolumeClaim", "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
    for source in [volume, *(volume.get("projected") or {}).get("sources", ())]:
        secret, configmap = source.get("secret"), source.get("configMap")
        if secret and not secret.get("optional"):
            yield "secret", "Secret", secret.get("secretName") or secret["name"]
        if configmap and not configmap.get("optional"):
            yield "configMap", "ConfigMap", configmap["name"]


def _of_environment(container: Object) -> Iterator[tuple[str, str, str]]:
    for variable in container.get("env") or ():
        for key, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
            reference = (variable.get("valueFrom") or {}).get(key)
            if reference and not reference.get("optional"):
                yield f"env.{variable['name']}", kind, reference["name"]
    for source in container.get("envFrom") or ():
        for key, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            if key in source and not source[key].get("optional"):
                yield "envFrom", kind, source[key]["name"]


def _where(wanted: Name) -> str:
    return f" in {wanted[1]}" if wanted[1] else ""


# -- warnings


def _warnings(placed: Sequence[Placed], objects: dict[Name, Object]) -> Iterator[str]:
    defaults = [
        name[2]
        for name, obj in objects.items()
        if name[0] == "StorageClass" and _is_default(obj["metadata"].get("annotations") or {})
    ]
    if len(defaults) > 1:
        last = [one for one in placed if one.object["kind"] == "StorageClass" and one.name in defaults][-1]
        others = ", ".join(sorted(defaults))
        yield str(last.error(f"more than one default class: {others}", "metadata.annotations"))


def _is_default(annotations: dict[str, Any]) -> bool:
    return annotations.get(_DEFAULT_CLASS) == "true"
