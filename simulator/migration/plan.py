"""The plan: what is there, what will change, and a fingerprint of the world that it was made from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any, get_args

import yaml

from simulator import documents
from simulator.client.client import Client
from simulator.documents import Document
from simulator.errors import Object
from simulator.migration import world
from simulator.migration.checks import Check, Outcome, failures, preflight

_FORMAT = "ocsim.dev/migration-plan/v1"
_KEYS = ("target", "storage", "patch", "checks", "seen")


@dataclass(frozen=True)
class Target:
    """Where the registry shall store. ``size``: a quantity, as 100Gi."""

    claim: str = "ocs4registry"
    storage_class: str = "ocs-storagecluster-cephfs"
    size: str = "100Gi"

    def manifest(self) -> Object:
        """The claim that the lab creates by hand."""
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": self.claim, "namespace": world.NAMESPACE},
            "spec": {
                "storageClassName": self.storage_class,
                "accessModes": ["ReadWriteMany"],
                "resources": {"requests": {"storage": self.size}},
            },
        }


@dataclass(frozen=True)
class Plan:
    """``patch``: the JSON Patch of the switch; its ``test`` holds what was seen. ``seen``: the fingerprint."""

    target: Target
    storage: Object
    patch: list[Object]
    checks: list[Check]
    seen: str

    def possible(self) -> bool:
        return not any(failures(self.checks))

    def to_yaml(self) -> str:
        content = {
            "format": _FORMAT,
            "target": asdict(self.target),
            "storage": self.storage,
            "patch": self.patch,
            "checks": [asdict(check) for check in self.checks],
            "seen": self.seen,
        }
        return yaml.safe_dump(json.loads(json.dumps(content)), sort_keys=False, width=120)


def make_plan(client: Client, target: Target) -> Plan:
    """Look at the cluster and work out what would have to change. Writes nothing."""
    checks = preflight(client, target)
    storage = world.storage_of(world.config(client) or {})
    return Plan(target, storage, switch_patch(storage, target), checks, fingerprint(client, target))


def switch_patch(storage: Object, target: Target) -> list[Object]:
    """The JSON Patch that puts the claim in place of the present storage, and only of that.

    Where the operator notes whose storage it is (since OpenShift 4.6), the claim is noted as the user's: with the note
    that the old storage left, setting the registry to Removed would delete the claim.
    """
    patch: list[Object] = [{"op": "test", "path": "/spec/storage", "value": storage}]
    patch += [{"op": "remove", "path": f"/spec/storage/{name}"} for name in world.storage_types(storage)]
    patch.append({"op": "add", "path": "/spec/storage/pvc", "value": {"claim": target.claim}})
    if world.OWNERSHIP in storage:
        patch.append({"op": "replace", "path": f"/spec/storage/{world.OWNERSHIP}", "value": "Unmanaged"})
    return patch


def fingerprint(client: Client, target: Target) -> str:
    """A hash of what the plan depends on: the registry's configuration, the class, and the claim if there is one."""
    config = world.config(client) or {}
    storage_class = client.get_or_none(world.CLASSES, target.storage_class) or {}
    claim = client.get_or_none(world.CLAIMS, target.claim, world.NAMESPACE) or {}
    facts = {
        "spec": config.get("spec"),
        "uid": config.get("metadata", {}).get("uid"),
        "class": storage_class.get("provisioner"),
        "claim": claim.get("spec"),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def read_plan(text: str, file: str) -> Plan:
    """A plan file; InputError names what is wrong with it."""
    document = documents.parse(text, file, "a YAML file")
    if not isinstance(document.data, dict) or document.data.get("format") != _FORMAT:
        raise document.fail(f"not a plan: it must be a mapping with format: {_FORMAT}", "format")
    missing = [key for key in _KEYS if key not in document.data]
    if missing:
        raise document.fail(f"the plan is incomplete ({', '.join(missing)}); make it again with ocsim migrate plan")
    document.only({"format", *_KEYS})
    return Plan(
        target=Target(**_texts(document, Target, "target")),
        storage=document.get(dict, "storage"),
        patch=[document.get(dict, "patch", index) for index in range(len(document.get(list, "patch")))],
        checks=[_check(document, index) for index in range(len(document.get(list, "checks")))],
        seen=document.get(str, "seen"),
    )


def _check(document: Document, index: int) -> Check:
    place = ("checks", index)
    values = _texts(document, Check, *place)
    if values["outcome"] not in get_args(Outcome):
        raise document.fail(f"must be one of {', '.join(get_args(Outcome))}", *place, "outcome")
    return Check(**values)


def _texts(document: Document, kind: type[Target] | type[Check], *place: str | int) -> dict[str, Any]:
    """The fields of ``kind``, all of them texts, from the mapping at ``place``."""
    names = [field.name for field in fields(kind)]
    document.only(set(names), *place)
    return {name: document.get(str, *place, name) for name in names}
