"""The claims of a pod: where its volumes can be used, and binding those that waited for a consumer.

Source: kube-scheduler, volumebinder; kube-controller-manager, scheduler_binder.go (1.14).
"""

from __future__ import annotations

from simulator.api import quantity
from simulator.api.gvrs import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, STORAGECLASSES
from simulator.controllers.context import Context
from simulator.controllers.labels import annotations_of, labels_of, meets, selects
from simulator.controllers.persistentvolume import BIND_COMPLETED, PROVISIONER, SELECTED_NODE
from simulator.controllers.podstate import claim_names
from simulator.controllers.scheduling.filters import matches_term
from simulator.controllers.scheduling.model import NodeInfo
from simulator.errors import Object

UNBOUND = "pod has unbound immediate PersistentVolumeClaims"
_NO_PROVISIONER = "kubernetes.io/no-provisioner"
_CONFLICT = "node(s) had volume node affinity conflict"
_NONE_TO_BIND = "node(s) didn't find available persistent volumes to bind"
_NO_ZONE = "node(s) had no available volume zone"
_ZONE_LABELS = ("failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
                "topology.kubernetes.io/zone", "topology.kubernetes.io/region")  # fmt: skip


class UnfitClaim(Exception):
    """A claim with which the pod can run nowhere; the message is the scheduler's."""


class PodVolumes:
    """The claims of one pod, sorted: ``bound`` (their volumes), ``waiting`` for a consumer, ``immediate`` but unbound.

    UnfitClaim when a claim does not exist or is being deleted.
    """

    def __init__(self, context: Context, pod: Object) -> None:
        self._context = context
        self.bound: list[Object] = []
        self.waiting: list[tuple[Object, Object]] = []  # claim and its class
        self.immediate = False
        self._chosen: list[str] = []  # nodes that were selected for claims
        for name in claim_names(pod):
            self._sort(name, pod["metadata"]["namespace"])

    @property
    def any(self) -> bool:
        """Whether the pod has claims at all."""
        return bool(self.bound or self.waiting or self.immediate)

    def reasons(self, info: NodeInfo) -> list[str]:
        """Why the volumes cannot be used on that node; none: they can."""
        reasons = []
        if any(not _reaches(volume, info.node) for volume in self.bound):
            reasons.append(_CONFLICT)
        if any(self._match(claim, info) is None and not _provisions(class_, info) for claim, class_ in self.waiting):
            reasons.append(_NONE_TO_BIND)
        if not reasons and any(not _in_zone(volume, info) for volume in self.bound):
            reasons.append(_NO_ZONE)
        return reasons

    def selected_node(self) -> str:
        """The node that was chosen for a claim before, or ""."""
        return next(filter(None, self._chosen), "")

    def given_back(self) -> str:
        """The claim of which a provisioner has tried, failed, and taken the chosen node off; "" when there is none."""
        for claim, _ in self.waiting:
            if PROVISIONER in annotations_of(claim) and SELECTED_NODE not in annotations_of(claim):
                return str(claim["metadata"]["name"])
        return ""

    def assume(self, info: NodeInfo) -> None:
        """Tell binder and provisioners where the pod will run: a volume's claimRef, or the claim's annotation."""
        for claim, _ in self.waiting:
            volume = self._match(claim, info)
            if volume is not None:
                spec = {**volume["spec"], "claimRef": _reference(claim)}
                self._context.client.update(PERSISTENTVOLUMES, {**volume, "spec": spec})
            elif annotations_of(claim).get(SELECTED_NODE) != info.name:
                chosen = {**annotations_of(claim), SELECTED_NODE: info.name}
                meta = {**claim["metadata"], "annotations": chosen}
                self._context.client.update(PERSISTENTVOLUMECLAIMS, {**claim, "metadata": meta})

    def _sort(self, name: str, namespace: str) -> None:
        client = self._context.client
        claim = client.get_or_none(PERSISTENTVOLUMECLAIMS, name, namespace)
        if claim is None:
            raise UnfitClaim(f'persistentvolumeclaim "{name}" not found')
        if "deletionTimestamp" in claim["metadata"]:
            raise UnfitClaim(f'persistentvolumeclaim "{name}" is being deleted')
        self._chosen.append(annotations_of(claim).get(SELECTED_NODE, ""))
        if is_bound(claim):
            volume = client.get_or_none(PERSISTENTVOLUMES, claim["spec"]["volumeName"])
            if volume is None:
                raise UnfitClaim(f'persistentvolume "{claim["spec"]["volumeName"]}" not found')
            self.bound.append(volume)
            return
        class_name = claim["spec"].get("storageClassName")
        class_ = client.get_or_none(STORAGECLASSES, class_name) if class_name else None
        waits = class_ is not None and class_.get("volumeBindingMode") == "WaitForFirstConsumer"
        if class_ is not None and waits and not claim["spec"].get("volumeName"):
            self.waiting.append((claim, class_))
        else:
            self.immediate = True

    def _match(self, claim: Object, info: NodeInfo) -> Object | None:
        """The smallest free volume that serves the claim on that node."""
        fitting = [
            volume
            for volume in self._context.client.list(PERSISTENTVOLUMES)
            if _serves(volume, claim) and _reaches(volume, info.node)
        ]
        return min(fitting, key=lambda volume: quantity.parse(volume["spec"]["capacity"]["storage"]), default=None)


def requested_storage(claim: Object) -> str:
    """The size that a claim asks for."""
    requests = (claim["spec"].get("resources") or {}).get("requests") or {}
    return str(requests.get("storage", "0"))


def is_bound(claim: Object) -> bool:
    """Bound from both sides, as the binder says when it is through."""
    done = BIND_COMPLETED in annotations_of(claim) or claim.get("status", {}).get("phase") == "Bound"
    return bool(claim["spec"].get("volumeName")) and done


def _reaches(volume: Object, node: Object) -> bool:
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return required is None or any(matches_term(term, node) for term in required["nodeSelectorTerms"])


def _in_zone(volume: Object, info: NodeInfo) -> bool:
    """Whether the node lies in the volume's zone and region labels. A list of zones is joined by ``__``."""
    labels = {key: value for key, value in labels_of(volume).items() if key in _ZONE_LABELS}
    if not any(key in info.labels for key in _ZONE_LABELS):
        return True
    return all(info.labels.get(key) in value.split("__") for key, value in labels.items())


def _provisions(class_: Object, info: NodeInfo) -> bool:
    """Whether the class makes volumes that can be used on that node."""
    if class_["provisioner"] == _NO_PROVISIONER:
        return False
    terms = [term.get("matchLabelExpressions") or () for term in class_.get("allowedTopologies") or ()]
    return not terms or any(all(meets({**one, "operator": "In"}, info.labels) for one in term) for term in terms)


def _serves(volume: Object, claim: Object) -> bool:
    spec, wanted = volume["spec"], claim["spec"]
    reference = spec.get("claimRef")
    if reference is not None:
        return bool(reference.get("uid") == claim["metadata"]["uid"])
    if volume.get("status", {}).get("phase", "Available") != "Available" or "deletionTimestamp" in volume["metadata"]:
        return False
    size = quantity.parse(requested_storage(claim))
    return (
        spec.get("storageClassName", "") == wanted.get("storageClassName", "")
        and spec.get("volumeMode", "Filesystem") == wanted.get("volumeMode", "Filesystem")
        and set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ())
        and quantity.parse(spec["capacity"]["storage"]) >= size
        and selects(wanted.get("selector") or {}, labels_of(volume))
    )


def _reference(claim: Object) -> Object:
    meta = claim["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "name": meta["name"],
        "namespace": meta["namespace"],
        "resourceVersion": meta["resourceVersion"],
        "uid": meta["uid"],
    }
