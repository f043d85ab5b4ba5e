"""``oc rollout`` for DeploymentConfigs: latest, status, history and undo.

Source: openshift/oc, pkg/cli/rollout and pkg/helpers/originpolymorphichelpers/deploymentconfigs (4.20).
"""

from __future__ import annotations

from simulator.api import deploymentconfigs as configs
from simulator.api.gvrs import DEPLOYMENTCONFIGS, REPLICATIONCONTROLLERS
from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import OC_DESCRIBE, TabWriter
from simulator.oc.targets import Target, fetch

_FAILED = ("ProgressDeadlineExceeded", "RolloutCancelled")


async def latest(invocation: Invocation) -> int:
    """Start a new version, whatever the triggers say."""
    if len(invocation.args) != 1:
        raise fail("one deployment config name is needed as argument.")
    name = invocation.args[0]
    words = [name] if "/" in name else ["deploymentconfigs", name]
    target = (await fetch(invocation, words)).check()[0]
    if target.resource.kind != "DeploymentConfig":
        raise fail(f"{target.name} is not a deployment config")
    config = target.object
    if config["spec"].get("paused"):
        raise fail("cannot deploy a paused deployment config")
    number = configs.latest_version(config)
    version = configs.version_name(target.name, number)
    running = invocation.client.get_or_none(REPLICATIONCONTROLLERS, version, target.namespace)
    if running is not None and configs.phase_of(running) not in configs.ENDED:
        raise fail(f"#{number} is already in progress ({configs.phase_of(running)}).")
    if not invocation.dry_run:
        body = {"kind": "DeploymentRequest", "apiVersion": "apps.openshift.io/v1", "name": target.name,
                "latest": not invocation.flags.flag("again"), "force": True}  # fmt: skip
        path = DEPLOYMENTCONFIGS.path(target.namespace, target.name, "instantiate")
        invocation.client.request("POST", path, body=body)
    await invocation.line(f"{target.title} rolled out{invocation.dry_suffix}")
    return 0


def config_status(config: Object, revision: int) -> tuple[str, bool]:
    """The line to print and whether the roll-out is done. CommandError when it has failed, or nobody asked for it."""
    name, state, number = config["metadata"]["name"], config.get("status") or {}, configs.latest_version(config)
    if number == 0 and configs.image_params(config):
        return f'Deployment config "{name}" waiting on image update', False
    if number == 0 and not config["spec"].get("triggers"):
        raise fail(f"Deployment config \"{name}\" waiting on manual update (use 'oc rollout latest {name}')")
    if revision > 0 and number != revision:
        raise fail(f"desired revision ({revision}) is different from the running revision ({number})")
    if config["metadata"].get("generation", 0) > state.get("observedGeneration", 0):
        return "Waiting for latest deployment config spec to be observed by the controller loop...", False
    return _progress(config, state)


def _progress(config: Object, state: Object) -> tuple[str, bool]:
    condition: Object = next((one for one in state.get("conditions") or () if one["type"] == "Progressing"), {})
    if condition.get("reason") == "NewReplicationControllerAvailable":
        return condition["message"], True
    if condition.get("reason") in _FAILED:
        raise fail(condition["message"])
    wanted, updated = config["spec"]["replicas"], state.get("updatedReplicas", 0)
    total, available = state.get("replicas", 0), state.get("availableReplicas", 0)
    waiting = "Waiting for rollout to finish: "
    if updated < wanted:
        return f"{waiting}{updated} out of {wanted} new replicas have been updated...", False
    if total > updated:
        return f"{waiting}{total - updated} old replicas are pending termination...", False
    if available < updated:
        return f"{waiting}{available} of {updated} updated replicas are available...", False
    return "Waiting for latest deployment config spec to be observed by the controller loop...", False


def versions(invocation: Invocation, owner: Target) -> dict[int, Object]:
    """The replication controllers of a config by version, the lowest first."""
    label = f"{configs.CONFIG}={owner.name}"
    found = invocation.client.list(REPLICATIONCONTROLLERS, owner.namespace, labels=label)
    return {configs.version_of(one): one for one in sorted(found, key=configs.version_of)}


def history_table(known: dict[int, Object]) -> str:
    if not known:
        return "No rollout history found."
    writer = TabWriter(OC_DESCRIBE)
    writer.line("REVISION", "STATUS", "CAUSE")
    for number, version in known.items():
        cause = configs.annotation(version, configs.REASON) or "<unknown>"
        writer.line(str(number), configs.phase_of(version), cause)
    return writer.text()


def undo(invocation: Invocation, target: Target, revision: int) -> str:
    """Have the API work out the config of an older version, and send it; what ``oc`` says of it."""
    if target.object["spec"].get("paused"):
        again = f"resume it first with 'rollout resume dc/{target.name}' and try again"
        raise fail(f"cannot rollback a paused config; {again}")
    body = {
        "kind": "DeploymentConfigRollback",
        "apiVersion": "apps.openshift.io/v1",
        "name": target.name,
        "spec": {"from": {}, "revision": revision, "includeTriggers": False, "includeTemplate": True,
                 "includeReplicationMeta": False, "includeStrategy": False},
    }  # fmt: skip
    path = DEPLOYMENTCONFIGS.path(target.namespace, target.name, "rollback")
    invocation.client.update(DEPLOYMENTCONFIGS, invocation.client.request("POST", path, body=body).body)
    return "rolled back"
