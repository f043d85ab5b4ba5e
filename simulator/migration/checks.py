"""Preflight: each check looks at one thing and says what it saw and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from simulator.client.client import Client
from simulator.errors import StatusError
from simulator.migration import world

if TYPE_CHECKING:
    from simulator.migration.plan import Target

Outcome = Literal["pass", "warn", "fail", "skipped"]
SHARED_PROVISIONERS = (
    ".cephfs.csi.ceph.com",
    "efs.csi.aws.com",
    "nfs",
)  # those that can give ReadWriteMany filesystems


@dataclass(frozen=True)
class Check:
    """``saw``: what was found; ``do``: what the operator should do about it ("" when nothing)."""

    id: str
    outcome: Outcome
    saw: str
    do: str = ""


def preflight(client: Client, target: Target) -> list[Check]:
    """Run every check; one that cannot look because the API refuses it fails with the API's words."""
    results: list[Check] = []
    for name, look in CHECKS.items():
        try:
            results.append(look(client, target))
        except StatusError as error:
            results.append(Check(name, "fail", error.message, "make the API answer this request"))
    return results


def _config(client: Client, _target: Target) -> Check:
    found = world.config(client)
    if found is None:
        return Check("config", "fail", "there is no Config named cluster", "wait until the installation has finished")
    state = found["spec"].get("managementState")
    if state != "Managed":
        return Check("config", "fail", f"managementState is {state}", "set spec.managementState to Managed")
    return Check("config", "pass", "Config cluster is Managed")


def _storage(client: Client, target: Target) -> Check:
    storage = world.storage_of(world.config(client) or {})
    types = world.storage_types(storage)
    if len(types) != 1:
        return Check("storage", "fail", f"{len(types)} storage types are set: {types}", "leave exactly one of them")
    if storage.get("pvc", {}).get("claim") == target.claim:
        return Check("storage", "fail", f"the registry already uses claim {target.claim}", "nothing is left to move")
    return Check("storage", "pass", f"the registry stores in {world.describe(storage)}")


def _health(client: Client, _target: Target) -> Check:
    found = world.config(client) or {}
    degraded = world.condition(found, "Degraded")
    if degraded.get("status") == "True":
        return Check("health", "fail", f"Degraded: {degraded.get('message')}", "repair the registry before moving it")
    if not world.is_ready(found):
        text = world.condition(found, "Progressing").get("message", "the operator has not reported")
        return Check("health", "fail", text, "wait until the operator has rolled out the present configuration")
    return Check("health", "pass", "the registry is available and not progressing")


def _storage_project(client: Client, _target: Target) -> Check:
    project = client.get_or_none(world.PROJECTS, world.STORAGE_NAMESPACE)
    phase = (project or {}).get("status", {}).get("phase", "absent")
    if phase != "Active":
        return Check(
            "storage-project", "fail", f"project {world.STORAGE_NAMESPACE} is {phase}", "install the storage operator"
        )
    return Check("storage-project", "pass", f"project {world.STORAGE_NAMESPACE} is Active")


def _ceph(client: Client, _target: Target) -> Check:
    clusters = client.list(world.CEPH_CLUSTERS, world.STORAGE_NAMESPACE)
    if not clusters:
        return Check("ceph", "skipped", "there is no CephCluster; the class may be provided by something else")
    health = clusters[0].get("status", {}).get("ceph", {}).get("health", "unknown")
    if health != "HEALTH_OK":
        outcome: Outcome = "warn" if health == "HEALTH_WARN" else "fail"
        return Check("ceph", outcome, f"Ceph reports {health}", "look at the storage cluster first")
    return Check("ceph", "pass", "Ceph reports HEALTH_OK")


def _storage_class(client: Client, target: Target) -> Check:
    found = client.get_or_none(world.CLASSES, target.storage_class)
    if found is None:
        known = ", ".join(item["metadata"]["name"] for item in client.list(world.CLASSES))
        return Check(
            "storage-class", "fail", f"there is no storage class {target.storage_class}", f"choose one of: {known}"
        )
    provisioner = found["provisioner"]
    if not any(part in provisioner for part in SHARED_PROVISIONERS):
        return Check(
            "storage-class",
            "warn",
            f"{provisioner} is not known to give ReadWriteMany volumes",
            "the operator of this release accepts only a ReadWriteMany claim; choose a shared filesystem",
        )
    return Check("storage-class", "pass", f"{target.storage_class} is provided by {provisioner}")


def _claim(client: Client, target: Target) -> Check:
    found = client.get_or_none(world.CLAIMS, target.claim, world.NAMESPACE)
    if found is None:
        client.create(world.CLAIMS, target.manifest(), world.NAMESPACE, dry_run=True)
        return Check("claim", "pass", f"claim {target.claim} does not exist yet and would be accepted")
    if "ReadWriteMany" not in found["spec"]["accessModes"]:
        return Check(
            "claim", "fail", f"claim {target.claim} exists without ReadWriteMany", "choose another name for the claim"
        )
    if found.get("status", {}).get("phase") != "Bound":
        return Check("claim", "warn", f"claim {target.claim} exists and is not Bound", "find out why before applying")
    return Check("claim", "pass", f"claim {target.claim} exists, is Bound and allows ReadWriteMany")


def _quota(client: Client, _target: Target) -> Check:
    names = [quota["metadata"]["name"] for quota in client.list(world.QUOTAS, world.NAMESPACE)]
    if names:
        return Check(
            "quota", "warn", f"quotas apply in {world.NAMESPACE}: {', '.join(names)}", "see that the new claim fits"
        )
    return Check("quota", "pass", f"no quota applies in {world.NAMESPACE}")


def _images(_client: Client, _target: Target) -> Check:
    return Check(
        "images",
        "warn",
        "this engine moves the storage and not what is stored: images pushed before can no longer be pulled afterwards",
        "copy the blobs yourself, or push the images again; the old storage is left as it is",
    )


CHECKS: dict[str, Callable[[Client, Target], Check]] = {
    "config": _config,
    "storage": _storage,
    "health": _health,
    "storage-project": _storage_project,
    "ceph": _ceph,
    "storage-class": _storage_class,
    "claim": _claim,
    "quota": _quota,
    "images": _images,
}


def failures(checks: list[Check]) -> Iterator[Check]:
    return (check for check in checks if check.outcome == "fail")
