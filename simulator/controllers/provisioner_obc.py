"""NooBaa's bucket claims: each gets an ObjectBucket, a bucket, and a Secret and a ConfigMap of its own name.

Source: lib-bucket-provisioner, as NooBaa 2.0 (OCS 4.2) uses it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from simulator.api.gvrs import (
    BUCKETS,
    CONFIGMAPS,
    OBJECTBUCKETCLAIMS,
    OBJECTBUCKETS,
    PODS,
    SECRETS,
    STORAGECLASSES,
)
from simulator.controllers import events
from simulator.controllers.context import (
    DONE,
    Context,
    Controller,
    Key,
    Result,
    Watches,
    key_of,
    own_key,
    owner_reference,
)
from simulator.controllers.podstate import is_serving
from simulator.errors import Object
from simulator.infra import csi

PROVISIONER = "openshift-storage.noobaa.io/obc"
FINALIZER = "objectbucket.io/finalizer"
_LABELS = {"bucket-provisioner": "openshift-storage.noobaa.io-obc", "noobaa-domain": "openshift-storage.noobaa.io"}
_KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def reconcile(context: Context, key: Key) -> Result:
    """Make, in this order, bucket, Secret, ConfigMap and ObjectBucket; each is left alone where it is there already."""
    claim = context.client.get_or_none(OBJECTBUCKETCLAIMS, key.name, key.namespace)
    if claim is None or not _is_ours(context, claim) or not _runs(context):
        return DONE
    if "deletionTimestamp" in claim["metadata"]:
        _release(context, claim)
        return DONE
    if (claim.get("status") or {}).get("phase") == "Bound":
        return DONE
    claim = _named(context, claim)
    bucket = _bucket(context, claim)
    keys = bucket["spec"]["credentials"][0]
    _secret(context, claim, keys)
    _config_map(context, claim, bucket)
    _object_bucket(context, claim, bucket)
    context.client.update_status(OBJECTBUCKETCLAIMS, {**claim, "status": {"phase": "Bound"}})
    events.record(context, claim, "Normal", "Bound", f"bound to object bucket {_object_bucket_name(claim)}")
    return DONE


def _named(context: Context, claim: Object) -> Object:
    """The claim with its finalizer, and the bucket's and the object bucket's name in its spec."""
    spec, meta = claim["spec"], claim["metadata"]
    name = spec.get("bucketName") or f"{spec['generateBucketName']}-{context.names.uid4()}"
    wanted = {**spec, "bucketName": name, "ObjectBucketName": _object_bucket_name(claim)}
    if wanted == spec and FINALIZER in (meta.get("finalizers") or ()):
        return claim
    finalizers = sorted({*(meta.get("finalizers") or ()), FINALIZER})
    labels = {**(meta.get("labels") or {}), **_LABELS, "app": "noobaa"}
    changed = {**claim, "metadata": {**meta, "finalizers": finalizers, "labels": labels}, "spec": wanted}
    return context.client.update(OBJECTBUCKETCLAIMS, changed)


def _bucket(context: Context, claim: Object) -> Object:
    name, meta = claim["spec"]["bucketName"], claim["metadata"]
    existing = context.client.get_or_none(BUCKETS, name)
    if existing is not None:
        return existing
    keys = {
        "accessKeyID": context.names.letters(20, _KEY_ALPHABET),
        "secretAccessKey": context.names.letters(40, _KEY_ALPHABET),
    }
    spec = {"region": "", "service": "noobaa", "claim": f"{meta['namespace']}/{meta['name']}", "credentials": [keys]}
    return context.client.create(BUCKETS, _object("infra.ocsim.dev/v1", "Bucket", {"name": name}, spec=spec))


def _secret(context: Context, claim: Object, keys: Object) -> None:
    pairs = {"AWS_ACCESS_KEY_ID": keys["accessKeyID"], "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"]}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in pairs.items()}
    meta = _owned_metadata(claim)
    if context.client.get_or_none(SECRETS, meta["name"], meta["namespace"]) is None:
        context.client.create(SECRETS, _object("v1", "Secret", meta, data=data, type="Opaque"))


def _config_map(context: Context, claim: Object, bucket: Object) -> None:
    data = {
        "BUCKET_HOST": f"s3.{csi.NAMESPACE}.svc",
        "BUCKET_NAME": bucket["metadata"]["name"],
        "BUCKET_PORT": "443",
        "BUCKET_REGION": "",
        "BUCKET_SUBREGION": "",
    }
    meta = _owned_metadata(claim)
    if context.client.get_or_none(CONFIGMAPS, meta["name"], meta["namespace"]) is None:
        context.client.create(CONFIGMAPS, _object("v1", "ConfigMap", meta, data=data))


def _object_bucket(context: Context, claim: Object, bucket: Object) -> None:
    name = _object_bucket_name(claim)
    if context.client.get_or_none(OBJECTBUCKETS, name) is not None:
        return
    endpoint = {
        "bucketHost": f"s3.{csi.NAMESPACE}.svc",
        "bucketName": bucket["metadata"]["name"],
        "bucketPort": 443,
        "region": "",
        "subRegion": "",
    }
    reference = {"apiVersion": "objectbucket.io/v1alpha1", "kind": "ObjectBucketClaim",
                 **{key: claim["metadata"][key] for key in ("name", "namespace", "uid")}}  # fmt: skip
    spec = {
        "claimRef": reference,
        "endpoint": endpoint,
        "reclaimPolicy": "Delete",
        "storageClassName": claim["spec"]["storageClassName"],
    }
    meta = {"name": name, "finalizers": [FINALIZER], "labels": _LABELS}
    made = context.client.create(OBJECTBUCKETS, _object("objectbucket.io/v1alpha1", "ObjectBucket", meta, spec=spec))
    context.client.update_status(OBJECTBUCKETS, {**made, "status": {"phase": "Bound"}})


def _release(context: Context, claim: Object) -> None:
    """The claim is deleted: everything made for it goes, the bucket with its objects."""
    client, meta = context.client, claim["metadata"]
    name = claim["spec"].get("bucketName", "")
    if client.get_or_none(BUCKETS, name) is not None:
        for key, _ in context.machines.s3.list_objects(name):
            context.machines.s3.delete_object(name, key)
        client.delete(BUCKETS, name)
    for resource in (SECRETS, CONFIGMAPS):
        if client.get_or_none(resource, meta["name"], meta["namespace"]) is not None:
            client.delete(resource, meta["name"], meta["namespace"])
    bucket = client.get_or_none(OBJECTBUCKETS, _object_bucket_name(claim))
    if bucket is not None:
        free = {key: value for key, value in bucket["metadata"].items() if key != "finalizers"}
        client.update(OBJECTBUCKETS, {**bucket, "metadata": free})
        client.delete(OBJECTBUCKETS, bucket["metadata"]["name"])
    left = [finalizer for finalizer in meta.get("finalizers") or () if finalizer != FINALIZER]
    client.update(OBJECTBUCKETCLAIMS, {**claim, "metadata": {**meta, "finalizers": left}})


def _object_bucket_name(claim: Object) -> str:
    """``obc-NAMESPACE-NAME``, shortened by a hash where a label could not hold it."""
    meta = claim["metadata"]
    name = f"obc-{meta['namespace']}-{meta['name']}"
    return name if len(name) <= 63 else f"{name[:54]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _owned_metadata(claim: Object) -> Object:
    meta = claim["metadata"]
    owners = [owner_reference(claim)]
    return {"name": meta["name"], "namespace": meta["namespace"], "labels": _LABELS, "ownerReferences": owners}


def _object(api_version: str, kind: str, metadata: Object, **fields: object) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def _is_ours(context: Context, claim: Object) -> bool:
    storage_class = context.client.get_or_none(STORAGECLASSES, claim["spec"].get("storageClassName", ""))
    return storage_class is not None and storage_class["provisioner"] == PROVISIONER


def _runs(context: Context) -> bool:
    """NooBaa answers: its operator and its core are ready."""
    pods = context.client.list(PODS, csi.NAMESPACE)
    ready = [pod["metadata"]["name"] for pod in pods if is_serving(pod)]
    return all(any(name.startswith(prefix) for name in ready) for prefix in ("noobaa-core-", "noobaa-operator-"))


def _all_claims(context: Context, _obj: Object) -> Iterable[Key]:
    claims = context.client.list(OBJECTBUCKETCLAIMS)
    return [key_of(one) for one in claims]


def _on_noobaa(context: Context, pod: Object) -> Iterable[Key]:
    if pod["metadata"]["namespace"] == csi.NAMESPACE and pod["metadata"]["name"].startswith("noobaa-"):
        return _all_claims(context, pod)
    return ()


CONTROLLERS = (
    Controller(
        name="provisioner-obc",
        user=f"system:serviceaccount:{csi.NAMESPACE}:noobaa-operator",
        component="openshift-storage.noobaa.io-obc",
        watches=(
            Watches(OBJECTBUCKETCLAIMS, own_key),
            Watches(STORAGECLASSES, _all_claims),
            Watches(PODS, _on_noobaa),
        ),
        reconcile=reconcile,
    ),
)
