"""A PersistentVolumeClaim in the registry's namespace. Only its access modes are ever looked at.

Source: pkg/storage/pvc/pvc.go, release-4.2 and release-4.20.
"""

from __future__ import annotations

from contextlib import suppress

from simulator.api.gvrs import PERSISTENTVOLUMECLAIMS
from simulator.changes.registry import CLAIMS_OF_ONE_NODE
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.names import DEFAULT_CLAIM, NAMESPACE, OWNER
from simulator.controllers.image_registry.storage.driver import FilesystemDriver
from simulator.controllers.labels import annotations_of
from simulator.errors import NotFound, Object, StatusError

MANY, ONCE = "ReadWriteMany", "ReadWriteOnce"


class PersistentVolumeClaim(FilesystemDriver):
    key = "pvc"
    title = "PVC"
    old_state = "an old state"

    @property
    def claim(self) -> str:
        claim: str = self.settings.get("claim", "")
        return claim

    def exists(self) -> bool:
        if self.claim:
            try:
                self._get()
            except NotFound:
                pass
            except StatusError as error:
                reason = f"Unknown error occurred checking for volume claim {self.claim}"
                self.set_exists("Unknown", reason, str(error))
                raise
            else:
                self.set_exists("True", "PVC Exists")
                return True
        self.set_exists("False", "PVC does not exist")
        return False

    def create(self) -> None:
        """Take the claim that is named; with no name, the operator's own one, which is made if it is missing."""
        managed = not self.claim
        if managed:
            # Written into spec even if the pass fails from here on: from the next pass the name counts as the user's.
            self.settings["claim"] = DEFAULT_CLAIM
            claim = self._own_claim()
        else:
            self.set_exists("True", "PVC Exists")
            claim = None
        try:
            self._check(claim or self._get())
        except (OperatorError, StatusError) as error:
            self.set_exists("False", "PVC Issues Found", str(error))
            raise
        self.set_owned(managed)
        self.apply_to_status()

    def remove(self) -> None:
        """Delete the claim, if the operator made it."""
        if not self.is_owned or not self.claim:
            return
        with suppress(NotFound):
            self.work.client.delete(PERSISTENTVOLUMECLAIMS, self.claim, NAMESPACE)

    def source(self) -> Object:
        return {"persistentVolumeClaim": {"claimName": self.claim}}

    def _get(self) -> Object:
        return self.work.client.get(PERSISTENTVOLUMECLAIMS, self.claim, NAMESPACE)

    def _own_claim(self) -> Object:
        existing = self.work.client.get_or_none(PERSISTENTVOLUMECLAIMS, self.claim, NAMESPACE)
        if existing is None:
            return self._create_claim()
        if OWNER not in annotations_of(existing):
            text = "could not create default PVC, it already exists and is not owned by the operator"
            self.set_exists("False", "PVC Already Exists", text)
            raise OperatorError(text)
        return existing

    def _create_claim(self) -> Object:
        try:
            created = self.work.client.create(PERSISTENTVOLUMECLAIMS, wanted_claim(self.claim))
        except StatusError as error:
            self.set_exists("False", "Creation Failed", str(error))
            raise
        self.set_exists("True", "PVC Created")
        return created

    def _check(self, claim: Object) -> None:
        """OperatorError unless all replicas can use it, also while they roll."""
        modes = claim["spec"].get("accessModes") or ()
        if MANY in modes:
            return
        if not CLAIMS_OF_ONE_NODE.at(self.work.release):
            raise OperatorError(f"PVC {self.claim} does not contain the necessary access mode ({MANY})")
        if ONCE not in modes:
            raise OperatorError(f"PVC {self.claim} does not contain the necessary access modes: {MANY} or {ONCE}")
        if self.config.spec["replicas"] > 1:
            raise OperatorError(f"cannot use {ONCE} access mode with more than one replica of the image registry")
        strategy = self.config.spec.get("rolloutStrategy", "")
        if strategy != "Recreate":
            raise OperatorError(f"cannot use {ONCE} access mode with {strategy} rollout strategy")


def wanted_claim(name: str, mode: str = MANY, storage_class: str = "") -> Object:
    """The claim that the operator makes for itself: of the cluster's default class unless it names another."""
    spec: Object = {"accessModes": [mode], "resources": {"requests": {"storage": "100Gi"}}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": NAMESPACE, "annotations": {OWNER: "true"}},
        "spec": {**spec, **({"storageClassName": storage_class} if storage_class else {})},
    }
