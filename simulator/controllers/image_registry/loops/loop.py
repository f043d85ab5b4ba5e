"""What the loops share: their beginning, and the condition that tells how it went.

Source: pkg/operator/starter.go, and the sync function of each controller, release-4.20.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from simulator.api.gvrs import DEPLOYMENTS, REGISTRYCONFIGS
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.environment import read_environment
from simulator.controllers.image_registry.errors import OperatorError, SyncFailed
from simulator.controllers.image_registry.names import CONFIG, NAMESPACE, OPERATOR, OPERATOR_USER, REGISTRY
from simulator.controllers.image_registry.watching import watches
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object, StatusError, not_found
from simulator.release import Change

KEY: Final = Key("", "instance")

Step = Callable[[Work], None]
"""One pass of a loop. It raises OperatorError or StatusError to be repeated with back-off."""


def loop(name: str, change: Change[Any], step: Step, *watched: Watches) -> Controller:
    """A loop of the operator, in the releases in which ``change`` has happened. A new process looks at everything."""

    def reconcile(context: Context, _key: Key) -> Result:
        environment = read_environment(context)
        if environment is None or not change.at(environment.release):
            return DONE
        stored = context.client.get_or_none(REGISTRYCONFIGS, CONFIG)
        if stored is None:  # the main loop makes it
            raise not_found("config", CONFIG, REGISTRYCONFIGS.group)
        config = RegistryConfig(stored, context.now, environment.release)
        deployment = context.client.get_or_none(DEPLOYMENTS, REGISTRY, NAMESPACE)
        try:
            step(Work(context, environment, config, deployment))
        except OperatorError as error:
            raise SyncFailed(str(error)) from error
        return DONE

    process = watches(DEPLOYMENTS, KEY, _is_operator, since=change)
    return Controller(name, OPERATOR_USER, (process, *watched), reconcile, component=OPERATOR)


def reported(condition: str, act: Step) -> Step:
    """``act``, and then the condition that says whether it failed, written together with what else it said."""

    def step(work: Work) -> None:
        try:
            act(work)
        except (OperatorError, StatusError) as error:
            work.config.set_condition(condition, "True", "Error", str(error))
            write_status(work)
            raise
        work.config.set_condition(condition, "False", "AsExpected")
        write_status(work)

    return step


def write_status(work: Work) -> None:
    """Write the Config's status, if it changed."""
    if work.config.status_changed():
        work.client.update_status(REGISTRYCONFIGS, work.config.to_object())


def _is_operator(obj: Object) -> bool:
    return bool(obj["metadata"].get("namespace") == NAMESPACE and obj["metadata"]["name"] == OPERATOR)
