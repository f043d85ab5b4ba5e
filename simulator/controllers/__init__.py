"""Floor 2: what moves. One reconcile loop a file; those that any cluster has are the WORKLOAD_CONTROLLERS."""

from __future__ import annotations

from simulator.controllers import (
    cronjob,
    daemonset,
    deployment,
    disruption,
    endpoints,
    endpointslice,
    garbagecollector,
    job,
    namespace,
    podsecurity,
    replicaset,
    replicationcontroller,
    resourcequota,
    rootca,
    route,
    scheduler,
    service_ca,
    serviceaccount,
    serviceaccount_tokens,
    statefulset,
    trusted_ca,
)
from simulator.controllers.context import Controller

WORKLOAD_CONTROLLERS: tuple[Controller, ...] = (
    namespace.CONTROLLER,
    serviceaccount.CONTROLLER,
    serviceaccount_tokens.CONTROLLER,
    rootca.CONTROLLER,
    podsecurity.CONTROLLER,
    garbagecollector.CONTROLLER,
    deployment.CONTROLLER,
    replicaset.CONTROLLER,
    replicationcontroller.CONTROLLER,
    daemonset.CONTROLLER,
    statefulset.CONTROLLER,
    job.CONTROLLER,
    cronjob.CONTROLLER,
    scheduler.CONTROLLER,
    endpoints.CONTROLLER,
    endpointslice.CONTROLLER,
    disruption.CONTROLLER,
    resourcequota.CONTROLLER,
    *service_ca.CONTROLLERS,
    trusted_ca.CONTROLLER,
    route.CONTROLLER,
)
