"""The loop: one key, one pass over the one Config. Source: pkg/operator/controller.go, release-4.2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    PROXIES,
    REGISTRYCONFIGS,
    ROUTES,
    SECRETS,
    SERVICEACCOUNTS,
    SERVICES,
)
from simulator.api.types import GVR
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches
from simulator.controllers.image_registry.bootstrap import bootstrap
from simulator.controllers.image_registry.clusteroperator import ClusterOperator, apply_cluster_operator
from simulator.controllers.image_registry.conditions import Facts, set_conditions
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.environment import read_environment
from simulator.controllers.image_registry.errors import OperatorError, PermanentError, StorageNotConfigured, SyncFailed
from simulator.controllers.image_registry.names import (
    CONFIG,
    DEFAULT_ROUTE,
    FINALIZER,
    INSTALL_CONFIG,
    KUBE_SYSTEM,
    NAMESPACE,
    OPENSHIFT_CONFIG,
    OPERATOR,
    REGISTRY,
)
from simulator.controllers.image_registry.removal import finalize, remove_resources
from simulator.controllers.image_registry.resources import apply_objects, clean_routes, generated_objects
from simulator.controllers.image_registry.storage import sync_storage
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object, StatusError

KEY: Final = Key("", "changes")


def reconcile(context: Context, _key: Key) -> Result:
    """One pass. It raises SyncFailed, after it has written the status, when it is to be repeated with back-off."""
    environment = read_environment(context.client)
    if environment is None:
        return DONE  # nobody is there to act; the operator's Deployment is watched
    stored = context.client.get_or_none(REGISTRYCONFIGS, CONFIG)
    if stored is None:
        bootstrap(context, environment)
        return DONE
    deployment = context.client.get_or_none(DEPLOYMENTS, REGISTRY, NAMESPACE)
    config = RegistryConfig(stored, context.now, environment.version)
    work = Work(context, environment, config, deployment)
    if "deletionTimestamp" in stored["metadata"]:
        finalize(work)
    else:
        _sync(work)
    return DONE


def _sync(work: Work) -> None:
    config = work.config
    error: OperatorError | None = None
    try:
        ACTIONS.get(config.management_state, _nothing)(work)
    except OperatorError as failure:
        error = failure
    set_conditions(config, Facts(config.management_state, work.deployment, error))
    _write(work)
    if error is not None and not isinstance(error, PermanentError):
        raise SyncFailed(str(error))


def _write(work: Work) -> None:
    """Write spec (the storage, filled in) and status, each only if it changed."""
    config, stored = work.config, None
    if config.changed():
        apply_cluster_operator(work)
        stored = work.client.update(REGISTRYCONFIGS, config.to_object())
    config.observe_generation()
    if config.status_changed():
        apply_cluster_operator(work)
        work.client.update_status(REGISTRYCONFIGS, config.to_object(stored))


# -- what a management state does


def _create_or_update(work: Work) -> None:
    """Managed: storage first, and nothing else while that fails; then all objects, the ClusterOperator last."""
    finalizers = work.config.metadata.setdefault("finalizers", [])
    if FINALIZER not in finalizers:
        finalizers.append(FINALIZER)
    _verify(work.config.spec)
    try:
        sync_storage(work)
    except StorageNotConfigured as error:
        raise PermanentError("StorageNotConfigured", str(error)) from error
    except (OperatorError, StatusError) as error:
        raise OperatorError(f"unable to sync storage configuration: {error}") from error
    objects = generated_objects(work)
    apply_objects([*objects, ClusterOperator(work, objects)])
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


def _all(_obj: Object) -> bool:
    return True


def _of_namespace(obj: Object) -> bool:
    return bool(obj["metadata"].get("namespace") == NAMESPACE)


def _watched_configmap(obj: Object) -> bool:
    namespace, name = obj["metadata"].get("namespace"), obj["metadata"]["name"]
    return namespace in (NAMESPACE, OPENSHIFT_CONFIG) or (namespace, name) == (KUBE_SYSTEM, INSTALL_CONFIG)


def _own_cluster_operator(obj: Object) -> bool:
    return bool(obj["metadata"]["name"] == REGISTRY)


WATCHED: Final[Mapping[GVR, Callable[[Object], bool]]] = {
    DEPLOYMENTS: _of_namespace,
    DAEMONSETS: _of_namespace,
    SERVICES: _of_namespace,
    SECRETS: _of_namespace,
    CONFIGMAPS: _watched_configmap,
    SERVICEACCOUNTS: _of_namespace,
    ROUTES: _of_namespace,
    CLUSTERROLES: _all,
    CLUSTERROLEBINDINGS: _all,
    IMAGECONFIGS: _all,
    CLUSTEROPERATORS: _own_cluster_operator,
    PROXIES: _all,
    REGISTRYCONFIGS: _all,
    INFRASTRUCTURES: _all,
}
"""Not watched: claims, volumes, storage classes, pods, nodes, namespaces. A claim made late waits for the back-off."""


def _watches(resource: GVR, relevant: Callable[[Object], bool]) -> Watches:
    def keys(_context: Context, obj: Object) -> Iterable[Key]:
        return (KEY,) if relevant(obj) else ()

    return Watches(resource, keys)


CONTROLLER: Final = Controller(
    name=OPERATOR,
    user=f"system:serviceaccount:{NAMESPACE}:{OPERATOR}",
    watches=tuple(_watches(resource, relevant) for resource, relevant in WATCHED.items()),
    reconcile=reconcile,
)
