"""Apply: the steps of the move, each of which may be run again without harm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.api.types import JSON_PATCH
from simulator.client.client import Client
from simulator.errors import Conflict, Object, Timeout
from simulator.migration import world
from simulator.migration.plan import Plan, fingerprint

BIND_TIMEOUT_S = 300.0
ROLL_OUT_TIMEOUT_S = 900.0


@dataclass(frozen=True)
class StepDone:
    """One step that has ended well."""

    name: str
    text: str


def apply(client: Client, plan: Plan) -> Iterator[StepDone]:
    """Carry out the plan, a step at a time. StatusError when a step fails; what was done stays and is safe to repeat.

    Conflict when the world is not the one that the plan was made from; Timeout names what did not happen.
    """
    if fingerprint(client, plan.target) != plan.seen:
        raise Conflict("the cluster has changed since this plan was made; look at it and make a new plan")
    yield StepDone("claim", _create_claim(client, plan))
    yield StepDone("bound", _wait_bound(client, plan))
    yield StepDone("switch", _switch(client, plan))
    yield StepDone("roll-out", _wait_ready(client, plan))


def _create_claim(client: Client, plan: Plan) -> str:
    claim = plan.target.claim
    if client.get_or_none(world.CLAIMS, claim, world.NAMESPACE) is not None:
        return f"claim {claim} is there already"
    client.create(world.CLAIMS, plan.target.manifest(), world.NAMESPACE)
    return f"claim {claim} created"


def _wait_bound(client: Client, plan: Plan) -> str:
    def bound(claim: Object | None) -> bool:
        return claim is not None and claim.get("status", {}).get("phase") == "Bound"

    claim = client.wait(world.CLAIMS, plan.target.claim, bound, world.NAMESPACE, timeout_s=BIND_TIMEOUT_S)
    assert claim is not None
    return f"claim {plan.target.claim} is bound to {claim['spec']['volumeName']}"


def _switch(client: Client, plan: Plan) -> str:
    client.patch(world.CONFIGS, "cluster", plan.patch, content_type=JSON_PATCH)
    return f"storage switched from {world.describe(plan.storage)} to pvc {plan.target.claim}"


def _wait_ready(client: Client, plan: Plan) -> str:
    """First the Deployment, then the Config: right after a switch its conditions still speak of the old Deployment."""

    def rolled_out(deployment: Object | None) -> bool:
        return deployment is not None and world.is_rolled_out(deployment, plan.target.claim)

    def switched(config: Object | None) -> bool:
        status = (config or {}).get("status", {}).get("storage", {})
        return world.is_ready(config) and status.get("pvc", {}).get("claim") == plan.target.claim

    try:
        client.wait(world.DEPLOYMENTS, world.DEPLOYMENT, rolled_out, world.NAMESPACE, timeout_s=ROLL_OUT_TIMEOUT_S)
        client.wait(world.CONFIGS, "cluster", switched, timeout_s=ROLL_OUT_TIMEOUT_S)
    except Timeout as error:
        config = world.config(client) or {}
        raise Timeout(f"the roll-out did not end: {world.condition(config, 'Progressing').get('message')}") from error
    return "the registry is rolled out"
