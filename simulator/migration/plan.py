"""The plan: what is there, what will change, and a fingerprint of the world that it was made from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import yaml

from simulator.client.client import Client
from simulator.errors import InputError, Object
from simulator.migration import world
from simulator.migration.checks import Check, failures, preflight

_FORMAT = "ocsim.dev/migration-plan/v1"


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
    """The JSON Patch that puts the claim in place of the present storage, and only of that."""
    patch: list[Object] = [{"op": "test", "path": "/spec/storage", "value": storage}]
    patch += [{"op": "remove", "path": f"/spec/storage/{name}"} for name in world.storage_types(storage)]
    return [*patch, {"op": "add", "path": "/spec/storage/pvc", "value": {"claim": target.claim}}]


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
    try:
        raw: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError("not a YAML file", file=file, line=mark.line + 1 if mark else None) from error
    if not isinstance(raw, dict) or raw.get("format") != _FORMAT:
        raise InputError(f"not a plan: it must be a mapping with format: {_FORMAT}", file=file, field="format")
    try:
        checks = [Check(**check) for check in raw["checks"]]
        return Plan(Target(**raw["target"]), raw["storage"], raw["patch"], checks, raw["seen"])
    except (KeyError, TypeError) as error:
        raise InputError(
            f"the plan is incomplete ({error}); make it again with ocsim migrate plan", file=file
        ) from error
