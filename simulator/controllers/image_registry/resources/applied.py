"""Objects that are applied by their generation: what anybody else changes in their spec is changed back at once.

The hash of the wanted spec stands in an annotation, and the generation of the operator's own last write in the Config's
status. When either is another one, the whole spec is written; labels and annotations of others stay.

Source: library-go, pkg/operator/resource/resourceapply/apps.go, ApplyDeployment and ApplyDaemonSet.
"""

from __future__ import annotations

import hashlib

from simulator.controllers.image_registry import events
from simulator.controllers.image_registry.names import SPEC_HASH
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.typed import go_json, typed
from simulator.errors import Object, StatusError


class Applied(Generated):
    """Its writes are told in events, and end with the new generation in ``status.generations`` of the pass."""

    @property
    def goes_by_generation(self) -> bool:
        """Where not, it goes by its checksum like other objects."""
        return True

    def create(self) -> None:
        if not self.goes_by_generation:
            super().create()
            return
        required = self._required()
        try:
            created = self._create(required)
        except StatusError as error:
            events.report(self.work, "Warning", f"{self.kind}CreateFailed", f"Failed to create {self._called}: {error}")
            raise
        events.report(self.work, "Normal", f"{self.kind}Created", f"Created {self._called} because it was missing")
        self._remember(created)

    def update(self, existing: Object) -> None:
        if not self.goes_by_generation:
            super().update(existing)
            return
        required = self._required()
        metadata = merged_metadata(existing["metadata"], required["metadata"])
        if metadata == existing["metadata"] and metadata.get("generation") == self._last_generation():
            return
        try:
            updated = self._update({**existing, "metadata": metadata, "spec": required["spec"]})
        except StatusError as error:
            events.report(self.work, "Warning", f"{self.kind}UpdateFailed", f"Failed to update {self._called}: {error}")
            raise
        events.report(self.work, "Normal", f"{self.kind}Updated", f"Updated {self._called} because it changed")
        self._remember(updated)

    def stamped(self, wanted: Object) -> Object:
        """Metadata of ``wanted`` with what stands in it beside the hash."""
        metadata: Object = wanted["metadata"]
        return metadata

    @property
    def _called(self) -> str:
        return f"{self.kind}.{self.resource.group}/{self.name} -n {self.namespace}"

    def _required(self) -> Object:
        wanted = self.wanted()
        metadata = self.stamped(wanted)
        annotations = {**metadata.get("annotations", {}), SPEC_HASH: self.spec_hash(wanted["spec"])}
        return {"metadata": {**metadata, "annotations": annotations}, "spec": wanted["spec"]}

    def spec_hash(self, spec: Object) -> str:
        encoded = go_json(typed(f"{self.kind}Spec", spec, self.work.release))
        return hashlib.sha256(encoded.encode()).hexdigest()

    # -- the generation of the last write

    def _last_generation(self) -> int:
        own = self.reference()
        for one in self.work.config.status.get("generations", ()):
            if own.items() <= one.items():
                return int(one["lastGeneration"])
        return -1

    def _remember(self, written: Object) -> None:
        generations: list[Object] = self.work.config.status.setdefault("generations", [])
        own, last = self.reference(), {"lastGeneration": written["metadata"].get("generation", 0)}
        for one in generations:
            if own.items() <= one.items():
                one.update(last)
                return
        generations.append({**own, **last, "hash": ""})


def merged_metadata(existing: Object, required: Object) -> Object:
    """``existing`` with the labels and annotations of ``required``. Source: resourcemerge.EnsureObjectMeta."""
    merged: Object = {
        key: {**(existing.get(key) or {}), **required[key]} for key in ("labels", "annotations") if key in required
    }
    return {**existing, **merged}
