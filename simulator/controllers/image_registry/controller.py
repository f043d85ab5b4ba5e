"""The main loop: one key, one pass over the one Config. Source: pkg/operator/controller.go, release-4.2 and 4.20."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from simulator.api.gvrs import (
    CLUSTEROPERATORS,
    CLUSTERROLEBINDINGS,
    CLUSTERROLES,
    CONFIGMAPS,
    DAEMONSETS,
    DEPLOYMENTS,
    IMAGECONFIGS,
    INFRASTRUCTURES,
    PODDISRUPTIONBUDGETS,
    PROXIES,
    REGISTRYCONFIGS,
    ROUTES,
    SECRETS,
    SERVICEACCOUNTS,
    SERVICES,
)
from simulator.changes.registry import DISRUPTION_BUDGET, SECRET_MADE_BY_FIRST_PASS, SINGLE_PURPOSE_LOOPS
from simulator.controllers.context import DONE, Context, Controller, Key, Result
from simulator.controllers.image_registry.bootstrap import bootstrap, http_secret
from simulator.controllers.image_registry.clusteroperator import ClusterOperator, apply_cluster_operator
from simulator.controllers.image_registry.conditions import look_again_in, set_conditions
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.environment import read_environment
from simulator.controllers.image_registry.errors import OperatorError, PermanentError, StorageNotConfigured, SyncFailed
from simulator.controllers.image_registry.facts import Facts
from simulator.controllers.image_registry.names import (
    CONFIG,
    DEFAULT_ROUTE,
    FINALIZER,
    INSTALL_CONFIG,
    KUBE_SYSTEM,
    NAMESPACE,
    OPENSHIFT_CONFIG,
    OPENSHIFT_CONFIG_MANAGED,
    OPERATOR,
    OPERATOR_USER,
    REGISTRY,
)
from simulator.controllers.image_registry.removal import finalize, remove_resources
from simulator.controllers.image_registry.resources import apply_objects, clean_routes, generated_objects
from simulator.controllers.image_registry.resources.routes import routes
from simulator.controllers.image_registry.storage import sync_storage
from simulator.controllers.image_registry.watching import watches, within
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object, StatusError

KEY: Final = Key("", "changes")


def reconcile(context: Context, _key: Key) -> Result:
    """One pass. It raises SyncFailed, after it has written the status, when it is to be repeated with back-off."""
    environment = read_environment(context)
    if environment is None:
        return DONE  # nobody is there to act; the operator's Deployment is watched
    stored = context.client.get_or_none(REGISTRYCONFIGS, CONFIG)
    if stored is None:
        bootstrap(context, environment)
        return DONE
    deployment = context.client.get_or_none(DEPLOYMENTS, REGISTRY, NAMESPACE)
    config = RegistryConfig(stored, context.now, environment.release)
    work = Work(context, environment, config, deployment)
    if "deletionTimestamp" in stored["metadata"]:
        finalize(work)
        return DONE
    _sync(work)
    return Result(look_again_in(config, work.release, context.now))


def _sync(work: Work) -> None:
    config = work.config
    error: OperatorError | None = None
    try:
        ACTIONS.get(config.management_state, _nothing)(work)
    except OperatorError as failure:
        error = failure
    facts = Facts(config.management_state, work.deployment, error, work.release, _asked_routes(work))
    set_conditions(config, facts, work.context.now)
    _write(work)
    if error is not None and not isinstance(error, PermanentError):
        raise SyncFailed(str(error))


def _asked_routes(work: Work) -> list[Object]:
    found = (work.client.get_or_none(ROUTES, route.name, NAMESPACE) for route in routes(work))
    return [route for route in found if route is not None]


def _write(work: Work) -> None:
    """Write spec (the storage, filled in) and status, each only if it changed."""
    config, stored = work.config, None
    tells = not SINGLE_PURPOSE_LOOPS.at(work.release)
    if config.changed():
        if tells:
            apply_cluster_operator(work)
        stored = work.client.update(REGISTRYCONFIGS, config.to_object())
    config.observe_generation()
    if config.status_changed():
        if tells:
            apply_cluster_operator(work)
        work.client.update_status(REGISTRYCONFIGS, config.to_object(stored))


# -- what a management state does


def _create_or_update(work: Work) -> None:
    """Managed: storage first, and nothing else while that fails; then all objects, in 4.2 the ClusterOperator last."""
    finalizers = work.config.metadata.setdefault("finalizers", [])
    if FINALIZER not in finalizers:
        finalizers.append(FINALIZER)
    _verify(work.config.spec)
    if SECRET_MADE_BY_FIRST_PASS.at(work.release) and not work.config.spec.get("httpSecret"):
        work.config.spec["httpSecret"] = http_secret(work.context.names)
    try:
        sync_storage(work)
    except StorageNotConfigured as error:
        raise PermanentError("StorageNotConfigured", str(error)) from error
    except (OperatorError, StatusError) as error:
        raise OperatorError(f"unable to sync storage configuration: {error}") from error
    objects = generated_objects(work)
    told = [] if SINGLE_PURPOSE_LOOPS.at(work.release) else [ClusterOperator(work, objects)]
    apply_objects([*objects, *told])
    clean_routes(work)


def _nothing(work: Work) -> None:
    """Unmanaged, Force, or no state at all: only the status is kept."""


ACTIONS: Final[Mapping[str, Callable[[Work], None]]] = {"Managed": _create_or_update, "Removed": remove_resources}


def _verify(spec: Object) -> None:
    """PermanentError for settings that no later pass could apply either."""
    names = [DEFAULT_ROUTE, *(route["name"] for route in spec.get("routes", ()))]
    if spec["replicas"] < 0:
        problem = "replicas must be greater than or equal to 0"
    elif len(set(names)) < len(names):
        problem = "duplication of names has been detected in the additional routes"
    else:
        return
    raise PermanentError("VerificationFailed", f"unable to complete resource: {problem}")


# -- what leads to a pass


def _install_config(obj: Object) -> bool:
    return (obj["metadata"].get("namespace"), obj["metadata"]["name"]) == (KUBE_SYSTEM, INSTALL_CONFIG)


def _own_cluster_operator(obj: Object) -> bool:
    return bool(obj["metadata"]["name"] == REGISTRY)


LOOPS: Final = SINGLE_PURPOSE_LOOPS
WATCHES: Final = (
    watches(DEPLOYMENTS, KEY, within(NAMESPACE)),
    watches(DAEMONSETS, KEY, within(NAMESPACE), until=LOOPS),
    watches(SERVICES, KEY, within(NAMESPACE)),
    watches(SECRETS, KEY, within(NAMESPACE)),
    watches(CONFIGMAPS, KEY, within(NAMESPACE, OPENSHIFT_CONFIG)),
    watches(CONFIGMAPS, KEY, _install_config, until=LOOPS),
    watches(CONFIGMAPS, KEY, within(OPENSHIFT_CONFIG_MANAGED), since=LOOPS),
    watches(SERVICEACCOUNTS, KEY, within(NAMESPACE)),
    watches(PODDISRUPTIONBUDGETS, KEY, within(NAMESPACE), since=DISRUPTION_BUDGET),
    watches(ROUTES, KEY, within(NAMESPACE)),
    watches(CLUSTERROLES, KEY),
    watches(CLUSTERROLEBINDINGS, KEY),
    watches(IMAGECONFIGS, KEY, until=LOOPS),
    watches(CLUSTEROPERATORS, KEY, _own_cluster_operator, until=LOOPS),
    watches(PROXIES, KEY),
    watches(REGISTRYCONFIGS, KEY),
    watches(INFRASTRUCTURES, KEY),
)
"""Not watched: claims, volumes, storage classes, pods, nodes, namespaces. A claim made late waits for the back-off."""

CONTROLLER: Final = Controller(OPERATOR, OPERATOR_USER, WATCHES, reconcile)
