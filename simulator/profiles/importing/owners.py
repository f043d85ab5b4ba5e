"""Owners that a dump does not hold, so that neither the garbage collector nor a roll-out takes down what runs.

A ReplicaSet or ControllerRevision follows from its workload and the hash on its pods. A reference to any other owner
that is not there is left out. A workload that had come to rest keeps its pods, whatever small differences there are
between its template and the one that its history holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from simulator.controllers.context import controller_of, owner_reference
from simulator.controllers.replicasets import HASH, REVISION, find_new, revision_of
from simulator.controllers.revisions import HASH as REVISION_HASH
from simulator.errors import Object
from simulator.profiles.importing.kinds import Item, Items, Kinds, place_of
from simulator.profiles.importing.report import Report

_REPLICASETS: Final = "replicasets.apps"
_DEPLOYMENTS: Final = "deployments.apps"
_REVISIONS: Final = "controllerrevisions.apps"


def mend(items: Items, kinds: Kinds, report: Report) -> None:
    """Changes ``items``."""
    work = _Work(items, kinds, report)
    work.deployments()
    for item in work.of("deployments.apps"):
        work.replicasets(item)
    for item in [*work.of("daemonsets.apps"), *work.of("statefulsets.apps")]:
        work.revisions(item)
    work.references()


class _Work:
    def __init__(self, items: Items, kinds: Kinds, report: Report) -> None:
        self._items, self._kinds, self._report = items, kinds, report
        self._pods: dict[str, list[Object]] = {}  # by the UID of their controller
        for item in self.of("pods"):
            owner = controller_of(item.object)
            if owner is not None:
                self._pods.setdefault(str(owner.get("uid")), []).append(item.object)

    def of(self, resource: str) -> list[Item]:
        return [item for key, item in self._items.items() if key[0] == resource]

    # -- Deployments

    def deployments(self) -> None:
        """Those that ReplicaSets name and that are not there, from the newest of their ReplicaSets."""
        found: dict[tuple[str, str], list[Object]] = {}
        for item in self.of(_REPLICASETS):
            owner = controller_of(item.object)
            key = (item.key[1], str((owner or {}).get("name")))
            if owner is not None and owner.get("kind") == "Deployment" and (_DEPLOYMENTS, *key) not in self._items:
                found.setdefault(key, []).append(item.object)
        for (namespace, name), replicasets in found.items():
            self._make_deployment(namespace, name, replicasets)

    def _make_deployment(self, namespace: str, name: str, replicasets: list[Object]) -> None:
        newest = max(replicasets, key=revision_of)
        spec, owner = newest["spec"], controller_of(newest) or {}
        match = {key: value for key, value in (spec["selector"].get("matchLabels") or {}).items() if key != HASH}
        count = sum(one["spec"].get("replicas", 1) for one in replicasets)
        ready = sum((one.get("status") or {}).get("availableReplicas", 0) for one in replicasets)
        meta = {
            "name": name,
            "namespace": namespace,
            "uid": owner.get("uid"),
            "creationTimestamp": min(one["metadata"]["creationTimestamp"] for one in replicasets),
            "generation": 1,
            "annotations": {REVISION: str(revision_of(newest))},
        }
        status = {"observedGeneration": 1, "replicas": count, "updatedReplicas": count}
        status |= {"readyReplicas": ready, "availableReplicas": ready} if ready else {}
        body = {"replicas": count, "selector": {**spec["selector"], "matchLabels": match},
                "template": _without_hash(spec["template"])}  # fmt: skip
        self._add(_DEPLOYMENTS, {"metadata": meta, "spec": body, "status": status}, "the Deployment of ReplicaSets")

    def replicasets(self, deployment: Item) -> None:
        """The ReplicaSets that pods name; and one of the present template, if all had been rolled out."""
        obj, namespace = deployment.object, deployment.key[1]
        for name, pods in self._orphans_of(deployment).items():
            self._make_replicaset(obj, name, pods)
        owned = [item for item in self.of(_REPLICASETS) if item.key[1] == namespace and _owns(obj, item.object)]
        if not owned or not _is_rolled_out(obj) or find_new(obj, [item.object for item in owned]) is not None:
            return
        current = max(owned, key=lambda item: revision_of(item.object))
        template = _with_hash(obj["spec"]["template"], _hash(current.object))
        self._put(current, {**current.object, "spec": {**current.object["spec"], "template": template}})
        self._report.replace(f"{place_of(current.key)} spec.template", "the template of its Deployment, rolled out")

    def _orphans_of(self, deployment: Item) -> dict[str, list[Object]]:
        """Pods of ReplicaSets that are not there, by the name of those."""
        prefix, found = f"{deployment.key[2]}-", dict[str, list[Object]]()
        for pods in self._pods.values():
            owner = controller_of(pods[0]) or {}
            name, namespace = str(owner.get("name")), pods[0]["metadata"]["namespace"]
            hash_ = (pods[0]["metadata"].get("labels") or {}).get(HASH)
            is_its = owner.get("kind") == "ReplicaSet" and namespace == deployment.key[1] and name == f"{prefix}{hash_}"
            if is_its and (_REPLICASETS, namespace, name) not in self._items:
                found[name] = pods
        return found

    def _make_replicaset(self, deployment: Object, name: str, pods: list[Object]) -> None:
        """Of the Deployment's template; of the pods' own images, if those are others."""
        spec, owner = deployment["spec"], controller_of(pods[0]) or {}
        hash_ = pods[0]["metadata"]["labels"][HASH]
        template = _with_hash(spec["template"], hash_)
        if _images(template["spec"]) != _images(pods[0]["spec"]):
            template = {**template, "spec": _with_images(template["spec"], pods[0]["spec"])}
        match = {**(spec["selector"].get("matchLabels") or {}), HASH: hash_}
        meta = {
            "name": name,
            "namespace": deployment["metadata"]["namespace"],
            "uid": owner.get("uid"),
            "creationTimestamp": min(pod["metadata"]["creationTimestamp"] for pod in pods),
            "labels": template["metadata"]["labels"],
            "annotations": {REVISION: (deployment["metadata"].get("annotations") or {}).get(REVISION, "1")},
            "ownerReferences": [owner_reference(deployment)],
        }
        count = {"replicas": len(pods)}
        body = {"spec": {**count, "selector": {**spec["selector"], "matchLabels": match}, "template": template}}
        self._add(_REPLICASETS, {"metadata": meta, **body, "status": count}, "the ReplicaSet that pods belong to")

    # -- DaemonSets and StatefulSets

    def revisions(self, owner: Item) -> None:
        """The revision of the present template under the hash that the pods have, if all had been rolled out."""
        obj, data = owner.object, {"spec": {"template": {**owner.object["spec"]["template"], "$patch": "replace"}}}
        pods = self._pods.get(str(obj["metadata"].get("uid")), [])
        owned = [item for item in self.of(_REVISIONS) if _owns(obj, item.object)]
        if not pods or not _is_rolled_out(obj) or any(item.object.get("data") == data for item in owned):
            return
        labels = Counter((pod["metadata"].get("labels") or {}).get(REVISION_HASH, "") for pod in pods)
        hash_ = labels.most_common(1)[0][0]
        name = hash_ if obj["kind"] == "StatefulSet" else f"{owner.key[2]}-{hash_}"
        current = next((item for item in owned if item.key[2] == name), None)
        if current is not None:
            self._put(current, {**current.object, "data": data})
            self._report.replace(f"{place_of(current.key)} data", "the template of its owner, rolled out")
        elif hash_:
            self._make_revision(obj, name, hash_, data, owned)

    def _make_revision(self, owner: Object, name: str, hash_: str, data: Object, owned: list[Item]) -> None:
        labels = (owner["spec"]["template"].get("metadata") or {}).get("labels") or {}
        meta = {
            "name": name,
            "namespace": owner["metadata"]["namespace"],
            "creationTimestamp": owner["metadata"]["creationTimestamp"],
            "labels": {**labels, REVISION_HASH: hash_},
            "ownerReferences": [owner_reference(owner)],
        }
        number = 1 + max((int(item.object.get("revision") or 0) for item in owned), default=0)
        self._add(_REVISIONS, {"metadata": meta, "data": data, "revision": number}, "the revision that pods belong to")

    # -- all others

    def references(self) -> None:
        """Leave out references to owners that are not there."""
        for item in list(self._items.values()):
            references = item.object["metadata"].get("ownerReferences")
            if not isinstance(references, list) or not references:
                continue
            gone = [one for one in references if not self._is_there(one, item)]
            if gone:
                kept = [one for one in references if one not in gone]
                meta = {key: value for key, value in item.object["metadata"].items() if key != "ownerReferences"}
                self._put(item, {**item.object, "metadata": {**meta, **({"ownerReferences": kept} if kept else {})}})
                for one in gone:
                    where = f"{place_of(item.key)} metadata.ownerReferences"
                    self._report.replace(where, f"left out: its {one.get('kind')} is not in the dump")

    def _is_there(self, reference: Object, item: Item) -> bool:
        row = self._kinds.row_of(str(reference.get("apiVersion")), str(reference.get("kind")))
        if row is None:
            return True  # nobody can look, so nobody deletes
        namespace = item.key[1] if row.namespaced else ""
        owner = self._items.get((row.key, namespace, str(reference.get("name"))))
        return owner is not None and owner.object["metadata"].get("uid") == reference.get("uid")

    # -- writes

    def _put(self, item: Item, obj: Object) -> None:
        self._items[item.key] = item.with_object(obj)

    def _add(self, resource: str, body: Object, why: str) -> None:
        row = self._kinds.row_of_key(resource)
        assert row is not None
        made = Item({"apiVersion": row.api_version, "kind": row.kind, **body}, row)
        self._items[made.key] = made
        self._report.make_up(place_of(made.key), why)


def _owns(owner: Object, obj: Object) -> bool:
    reference = controller_of(obj)
    return reference is not None and reference.get("uid") == owner["metadata"].get("uid")


def _is_rolled_out(owner: Object) -> bool:
    """Its controller had seen the present template, and all of its pods were of it."""
    meta, status = owner["metadata"], owner.get("status") or {}
    if status.get("observedGeneration", 0) < meta.get("generation", 0):
        return False
    if owner["kind"] == "DaemonSet":
        return bool(status.get("updatedNumberScheduled", 0) >= status.get("currentNumberScheduled", 0))
    if owner["kind"] == "StatefulSet":
        return bool(status.get("updateRevision") == status.get("currentRevision"))
    return bool(status.get("updatedReplicas", 0) >= status.get("replicas", 0))


def _hash(replicaset: Object) -> str:
    labels = replicaset["metadata"].get("labels") or {}
    return str(labels.get(HASH) or replicaset["metadata"]["name"].rpartition("-")[2])


def _with_hash(template: Object, hash_: str) -> Object:
    meta = template.get("metadata") or {}
    return {**template, "metadata": {**meta, "labels": {**(meta.get("labels") or {}), HASH: hash_}}}


def _without_hash(template: Object) -> Object:
    meta = template.get("metadata") or {}
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key != HASH}
    return {**template, "metadata": {**meta, "labels": labels}}


def _containers(spec: Object) -> Iterable[Object]:
    return (*(spec.get("initContainers") or ()), *spec["containers"])


def _images(spec: Object) -> dict[str, str]:
    return {str(one.get("name")): str(one.get("image")) for one in _containers(spec)}


def _with_images(spec: Object, of: Object) -> Object:
    images = _images(of)

    def changed(containers: Iterable[Object]) -> Iterator[Object]:
        return ({**one, "image": images.get(one.get("name", ""), one.get("image"))} for one in containers)

    return {**spec, "containers": list(changed(spec["containers"]))}
