"""The short forms of what configures a cluster: pools of the Machine Config Operator, and the operators' own objects.

Names and generators are those of machine-config-operator; what a MachineConfig holds is left out but for its version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from simulator.errors import Object
from simulator.profiles.platform import Platform
from simulator.profiles.source import check_keys

_GROUP: Final = "machineconfiguration.openshift.io"
_API: Final = f"{_GROUP}/v1"
_ROLE: Final = f"{_GROUP}/role"
_GENERATED: Final = f"{_GROUP}/generated-by-controller-version"
_LEVELS: Final = {"logLevel": "Normal", "managementState": "Managed", "operatorLogLevel": "Normal"}


def machineconfigpools(item: Any, platform: Platform) -> Iterator[Object]:
    """``{name, machines, since, ignition, configs}``: a pool whose machines are all up to date, and what it is
    made of. ``configs``: names of its MachineConfigs with the ``{role}`` in them; ``*`` marks one that an admin gave.
    """
    required = ("name", "machines", "since", "ignition", "configs")
    check_keys(item, required, required)
    role = item["name"]
    controller = platform.seeded_hex("machineconfig controller", digits=40)
    rendered = f"rendered-{role}-{platform.seeded_hex('machineconfig', role, digits=32)}"
    names = [name.format(role=role) for name in item["configs"]]
    for name in (*names, f"{rendered}+"):
        given, shown = name.endswith("*"), name.rstrip("*+")
        yield _config(shown, role, item["ignition"], "" if given else controller, owned=name.endswith("+"))
    sources = [{"apiVersion": _API, "kind": "MachineConfig", "name": name.rstrip("*")} for name in names]
    yield _pool(item, rendered, sources)


def _config(name: str, role: str, ignition: str, controller: str, *, owned: bool) -> Object:
    meta: Object = {"name": name, "labels": {_ROLE: role}}
    if controller:
        meta["annotations"] = {_GENERATED: controller}
    if owned:
        del meta["labels"]
    spec: Object = {
        "baseOSExtensionsContainerImage": "",
        "config": {"ignition": {"version": ignition}},
        "extensions": [],
        "fips": False,
        "kernelArguments": [],
        "kernelType": "",
        "osImageURL": "",
    }
    return {"apiVersion": _API, "kind": "MachineConfig", "metadata": meta, "spec": spec}


def _pool(item: Any, rendered: str, sources: list[Object]) -> Object:
    role, machines, since = item["name"], item["machines"], item["since"]
    labels = {f"pools.operator.{_GROUP}/{role}": "", f"{_GROUP}/mco-built-in": ""}
    if role == "master":
        labels[f"operator.{_GROUP}/required-for-upgrade"] = ""
    configuration = {"name": rendered, "source": sources}
    told = {
        "RenderDegraded": ("False", ""),
        "NodeDegraded": ("False", ""),
        "Degraded": ("False", ""),
        "Updated": ("True", f"All nodes are updated with MachineConfig {rendered}"),
        "Updating": ("False", ""),
    }
    conditions = [
        {"lastTransitionTime": since, "message": message, "reason": "", "status": status, "type": kind}
        for kind, (status, message) in told.items()
    ]
    return {
        "apiVersion": _API,
        "kind": "MachineConfigPool",
        "metadata": {"name": role, "labels": labels},
        "spec": {
            "configuration": configuration,
            "machineConfigSelector": {"matchLabels": {_ROLE: role}},
            "nodeSelector": {"matchLabels": {f"node-role.kubernetes.io/{role}": ""}},
            "paused": False,
        },
        "status": {
            "conditions": conditions,
            "configuration": configuration,
            "degradedMachineCount": 0,
            "machineCount": machines,
            "observedGeneration": 1,
            "readyMachineCount": machines,
            "unavailableMachineCount": 0,
            "updatedMachineCount": machines,
        },
    }


def operatorconfigs(item: Any, _platform: Platform) -> Iterator[Object]:
    """``{kinds, since}``: the object ``cluster`` of each kind of operator.openshift.io, managed and at rest."""
    check_keys(item, ("kinds", "since"), ("kinds", "since"))
    for kind in item["kinds"]:
        told = (("Available", "True"), ("Degraded", "False"), ("Progressing", "False"), ("Upgradeable", "True"))
        conditions = [
            {"lastTransitionTime": item["since"], "reason": "AsExpected", "status": status, "type": name}
            for name, status in told
        ]
        yield {
            "apiVersion": "operator.openshift.io/v1",
            "kind": kind,
            "metadata": {"name": "cluster"},
            "spec": dict(_LEVELS),
            "status": {"conditions": conditions, "readyReplicas": 0},
        }
