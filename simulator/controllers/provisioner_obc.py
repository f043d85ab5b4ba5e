"""Bucket claims: each gets a bucket on NooBaa or on Ceph's gateway, an ObjectBucket, and a Secret and a ConfigMap of
its own name.

Both operators drive the same library, and differ in what stands in ``Kind``. A claim whose class is missing, or whose
operator does not run, has no status at all; one whose store does not answer stays Pending, and nothing but the
operator's log says why. Source: lib-bucket-provisioner, noobaa-operator pkg/obc, rook pkg/operator/ceph/object/bucket.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from simulator.api.gvrs import (
    BUCKETCLASSES,
    CONFIGMAPS,
    FAULTS,
    OBJECTBUCKETCLAIMS,
    OBJECTBUCKETS,
    PODS,
    SECRETS,
    STORAGECLASSES,
)
from simulator.api.types import GVR
from simulator.changes.storage import OBJECT_BUCKET_FIELD
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
from simulator.infra import csi, faults
from simulator.infra.endpoints import Network, Url

FINALIZER = "objectbucket.io/finalizer"
_DIGITS = "0123456789"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LONGEST_PREFIX = 63 - 36  # of a generated name: a UUID follows


@dataclass(frozen=True)
class Kind:
    """One of the two provisioners. ``store``: the name of its store among the machines."""

    name: str
    user: str
    operator: str  # what the name of its pod begins with
    store: str
    labels: dict[str, str]
    service: Callable[[Object], str]  # storage class -> the Service of the store
    state: Callable[[Context, Object, Object], Object]  # claim, class -> additionalState of the ObjectBucket
    key_alphabet: str  # of access key ids

    def controller(self) -> Controller:
        return Controller(
            name=f"provisioner-obc-{self.store}",
            user=self.user,
            component=self.operator.rstrip("-"),
            watches=(
                Watches(OBJECTBUCKETCLAIMS, own_key),
                Watches(STORAGECLASSES, _unsettled),
                Watches(BUCKETCLASSES, _unsettled),
                Watches(FAULTS, _unsettled),
                Watches(PODS, self._on_pod, (csi.NAMESPACE,)),
            ),
            reconcile=self.reconcile,
        )

    def reconcile(self, context: Context, key: Key) -> Result:
        """Make bucket, Secret, ConfigMap and ObjectBucket, in this order; what is there already is left alone."""
        claim = context.client.get_or_none(OBJECTBUCKETCLAIMS, key.name, key.namespace)
        if claim is None or not self._operator_runs(context):
            return DONE
        storage_class = context.client.get_or_none(STORAGECLASSES, claim["spec"].get("storageClassName", ""))
        if storage_class is None or storage_class["provisioner"] != self.name:
            return DONE
        if "deletionTimestamp" in claim["metadata"]:
            self._release(context, claim)
        elif _phase(claim) != "Bound":
            self._provision(context, claim, storage_class)
        return DONE

    # -- making

    def _provision(self, context: Context, claim: Object, storage_class: Object) -> None:
        if not _phase(claim):
            claim = context.client.update_status(OBJECTBUCKETCLAIMS, {**claim, "status": {"phase": "Pending"}})
        claim = self._named(context, claim)
        if not self._store_answers(context, storage_class) or not self._has_class(context, claim, storage_class):
            return
        bucket = self._bucket(context, claim)
        if bucket is None:
            return  # the name is taken; only the operator's log says so
        self._secret(context, claim, bucket["spec"]["credentials"][0])
        endpoint = self._endpoint(context, claim, storage_class)
        self._config_map(context, claim, endpoint)
        self._object_bucket(context, claim, storage_class, endpoint)
        spec = {**claim["spec"], OBJECT_BUCKET_FIELD.at(context.release): object_bucket_name(claim)}
        if spec != claim["spec"]:
            claim = context.client.update(OBJECTBUCKETCLAIMS, {**claim, "spec": spec})
        context.client.update_status(OBJECTBUCKETCLAIMS, {**claim, "status": {**claim["status"], "phase": "Bound"}})

    def _named(self, context: Context, claim: Object) -> Object:
        """The claim with its finalizer and labels, and the name of the bucket."""
        spec, meta = claim["spec"], claim["metadata"]
        prefix = spec.get("generateBucketName", "")
        name = spec.get("bucketName") or f"{prefix[: _LONGEST_PREFIX - 1]}-{context.names.uid4()}"
        finalizers = [*(meta.get("finalizers") or ())]
        finalizers += [] if FINALIZER in finalizers else [FINALIZER]
        labels = {**(meta.get("labels") or {}), **self.labels}
        changed = {
            **claim,
            "metadata": {**meta, "finalizers": finalizers, "labels": labels},
            "spec": {**spec, "bucketName": name},
        }
        return claim if changed == claim else context.client.update(OBJECTBUCKETCLAIMS, changed)

    def _bucket(self, context: Context, claim: Object) -> Object | None:
        """The claim's bucket; None when the name is another's."""
        name, meta = claim["spec"]["bucketName"], claim["metadata"]
        owner, store = f"{meta['namespace']}/{meta['name']}", self._store(context)
        existing: Object | None = store.find(name)
        if existing is not None:
            return existing if existing["spec"].get("claim") == owner else None
        keys = {
            "accessKeyID": context.names.letters(20, self.key_alphabet),
            "secretAccessKey": context.names.letters(40, _UPPER + _UPPER.lower() + _DIGITS),
        }
        made: Object = store.add(name, {"region": "", "claim": owner, "credentials": [keys]})
        return made

    def _secret(self, context: Context, claim: Object, keys: Object) -> None:
        pairs = {"AWS_ACCESS_KEY_ID": keys["accessKeyID"], "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"]}
        data = {key: base64.b64encode(value.encode()).decode() for key, value in pairs.items()}
        self._create(context, SECRETS, _object("v1", "Secret", self._metadata(claim), data=data, type="Opaque"))

    def _config_map(self, context: Context, claim: Object, endpoint: Object) -> None:
        data = {
            "BUCKET_HOST": endpoint["bucketHost"],
            "BUCKET_NAME": endpoint["bucketName"],
            "BUCKET_PORT": str(endpoint["bucketPort"]),
            "BUCKET_REGION": endpoint["region"],
            "BUCKET_SUBREGION": endpoint["subRegion"],
        }
        self._create(context, CONFIGMAPS, _object("v1", "ConfigMap", self._metadata(claim), data=data))

    def _endpoint(self, context: Context, claim: Object, storage_class: Object) -> Object:
        """Where the store is; by TLS if its Service has that."""
        service = Network(context.client, context.release).service(Url.of(self.service(storage_class)))
        ports = {port["port"] for port in ((service or {}).get("spec") or {}).get("ports") or ()}
        return {
            "additionalConfig": claim["spec"].get("additionalConfig") or {},
            "bucketHost": self.service(storage_class),
            "bucketName": claim["spec"]["bucketName"],
            "bucketPort": 443 if 443 in ports or not ports else min(ports),
            "region": "",
            "subRegion": "",
        }

    def _object_bucket(self, context: Context, claim: Object, storage_class: Object, endpoint: Object) -> None:
        name = object_bucket_name(claim)
        if context.client.get_or_none(OBJECTBUCKETS, name) is not None:
            return
        reference = {"apiVersion": "objectbucket.io/v1alpha1", "kind": "ObjectBucketClaim",
                     **{key: claim["metadata"][key] for key in ("name", "namespace", "uid")}}  # fmt: skip
        spec = {
            "additionalState": self.state(context, claim, storage_class),
            "claimRef": reference,
            "endpoint": endpoint,
            "reclaimPolicy": storage_class.get("reclaimPolicy") or "Delete",
            "storageClassName": claim["spec"]["storageClassName"],
        }
        meta = {"name": name, "finalizers": [FINALIZER], "labels": self.labels}
        made = _object("objectbucket.io/v1alpha1", "ObjectBucket", meta, spec=spec)
        made = context.client.create(OBJECTBUCKETS, made)
        context.client.update_status(OBJECTBUCKETS, {**made, "status": {"phase": "Bound"}})

    def _metadata(self, claim: Object) -> Object:
        meta, owners = claim["metadata"], [owner_reference(claim)]
        return {"name": meta["name"], "namespace": meta["namespace"], "finalizers": [FINALIZER], "labels": self.labels,
                "ownerReferences": owners}  # fmt: skip

    def _create(self, context: Context, resource: GVR, obj: Object) -> None:
        meta = obj["metadata"]
        if context.client.get_or_none(resource, meta["name"], meta["namespace"]) is None:
            context.client.create(resource, obj)

    # -- releasing

    def _release(self, context: Context, claim: Object) -> None:
        """The claim is deleted: what was made for it goes, the bucket and its objects too unless they are retained."""
        client, meta = context.client, claim["metadata"]
        if FINALIZER not in (meta.get("finalizers") or ()):
            return
        made = client.get_or_none(OBJECTBUCKETS, object_bucket_name(claim))
        policy = (made or {}).get("spec", {}).get("reclaimPolicy", "Delete")
        store = self._store(context)
        if made is not None and not store.runs():
            return
        bucket = store.find(claim["spec"].get("bucketName", ""))
        if bucket is not None and policy == "Delete":
            store.purge(claim["spec"]["bucketName"])
        elif bucket is not None:
            store.revoke(claim["spec"]["bucketName"])
        if made is not None:
            client.delete(OBJECTBUCKETS, made["metadata"]["name"])
            _free(context, OBJECTBUCKETS, made["metadata"]["name"], "")
        for resource in (SECRETS, CONFIGMAPS):
            if client.get_or_none(resource, meta["name"], meta["namespace"]) is not None:
                client.delete(resource, meta["name"], meta["namespace"])
                _free(context, resource, meta["name"], meta["namespace"])
        _free(context, OBJECTBUCKETCLAIMS, meta["name"], meta["namespace"])

    # -- looking

    def _store(self, context: Context) -> Any:
        return getattr(context.machines, self.store)

    def _store_answers(self, context: Context, storage_class: Object) -> bool:
        broken = faults.find(context.client, f"provisioner:{self.name}", effects=("error",))
        network = Network(context.client, context.release)
        service = network.service(Url.of(self.service(storage_class)))
        served = service is None or network.is_served(service)
        return broken is None and served and bool(self._store(context).runs())

    def _has_class(self, context: Context, claim: Object, storage_class: Object) -> bool:
        """Whether NooBaa's bucket class is there; its absence is the one thing that an event tells."""
        name = _bucket_class(claim, storage_class)
        namespaces = (claim["metadata"]["namespace"], csi.NAMESPACE)
        if not name or any(context.client.get_or_none(BUCKETCLASSES, name, one) is not None for one in namespaces):
            return True
        text = f'BucketClass "{name}" not found in namespace "{csi.NAMESPACE}"'
        events.record(context, claim, "Warning", "MissingBucketClass", text)
        return False

    def _operator_runs(self, context: Context) -> bool:
        if faults.find(context.client, f"provisioner:{self.name}", effects=("down",)):
            return False
        pods = context.client.list(PODS, csi.NAMESPACE)
        return any(is_serving(pod) for pod in pods if pod["metadata"]["name"].startswith(self.operator))

    def _on_pod(self, context: Context, pod: Object) -> Iterable[Key]:
        concerned = ("noobaa-", "rook-ceph-")
        meta = pod["metadata"]
        mine = meta["namespace"] == csi.NAMESPACE and meta["name"].startswith(concerned)
        return _unsettled(context, pod) if mine else ()


def object_bucket_name(claim: Object) -> str:
    meta = claim["metadata"]
    return f"obc-{meta['namespace']}-{meta['name']}"


def _noobaa_state(context: Context, claim: Object, storage_class: Object) -> Object:
    name = claim["spec"]["bucketName"]
    return {
        "account": f"obc-account.{name}.{int(context.now):x}@noobaa.io",
        "bucketclass": _bucket_class(claim, storage_class),
        "bucketclassgeneration": "1",
    }


def _rgw_state(_context: Context, claim: Object, storage_class: Object) -> Object:
    meta, parameters = claim["metadata"], storage_class.get("parameters") or {}
    return {
        "cephUser": f"obc-{meta['namespace']}-{meta['name']}-{meta['uid']}",
        "objectStoreName": parameters.get("objectStoreName", ""),
        "objectStoreNamespace": parameters.get("objectStoreNamespace", csi.NAMESPACE),
    }


def _bucket_class(claim: Object, storage_class: Object) -> str:
    wanted = (claim["spec"].get("additionalConfig") or {}).get("bucketclass")
    return str(wanted or (storage_class.get("parameters") or {}).get("bucketclass") or "")


def _rgw_service(storage_class: Object) -> str:
    store = (storage_class.get("parameters") or {}).get("objectStoreName", "ocs-storagecluster-cephobjectstore")
    return f"rook-ceph-rgw-{store}.{csi.NAMESPACE}.svc"


def _free(context: Context, resource: GVR, name: str, namespace: str) -> None:
    """Take our finalizer off an object that may have gone with its deletion."""
    found = context.client.get_or_none(resource, name, namespace)
    if found is not None:
        left = [one for one in found["metadata"].get("finalizers") or () if one != FINALIZER]
        context.client.update(resource, {**found, "metadata": {**found["metadata"], "finalizers": left}})


def _phase(claim: Object) -> str:
    return str((claim.get("status") or {}).get("phase") or "")


def _object(api_version: str, kind: str, metadata: Object, **fields: object) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def _unsettled(context: Context, _obj: Object) -> Iterable[Key]:
    """The claims that are neither bound nor free of their deletion."""
    claims = context.client.list(OBJECTBUCKETCLAIMS)
    return [key_of(one) for one in claims if _phase(one) != "Bound" or "deletionTimestamp" in one["metadata"]]


NOOBAA = Kind(
    name="openshift-storage.noobaa.io/obc",
    user=f"system:serviceaccount:{csi.NAMESPACE}:noobaa-operator",
    operator="noobaa-operator-",
    store="noobaa",
    labels={
        "app": "noobaa",
        "bucket-provisioner": "openshift-storage.noobaa.io-obc",
        "noobaa-domain": "openshift-storage.noobaa.io",
    },
    service=lambda _: f"s3.{csi.NAMESPACE}.svc",
    state=_noobaa_state,
    key_alphabet=_UPPER + _UPPER.lower() + _DIGITS,
)
RGW = Kind(
    name="openshift-storage.ceph.rook.io/bucket",
    user=f"system:serviceaccount:{csi.NAMESPACE}:rook-ceph-system",
    operator="rook-ceph-operator-",
    store="rgw",
    labels={"bucket-provisioner": "openshift-storage.ceph.rook.io-bucket"},
    service=_rgw_service,
    state=_rgw_state,
    key_alphabet=_UPPER + _DIGITS,
)
CONTROLLERS = (NOOBAA.controller(), RGW.controller())
