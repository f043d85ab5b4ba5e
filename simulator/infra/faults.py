"""Faults: what a trainer has broken below the cluster. ``oc create -f`` one, ``oc delete`` it, undo rewinds it.

    apiVersion: infra.ocsim.dev/v1
    kind: Fault
    metadata: {name: bucket-refused}
    spec: {target: s3, effect: AccessDenied, message: Access Denied}

| target                 | effects                                                                       |
|------------------------|-------------------------------------------------------------------------------|
| ``s3``, ``s3/BUCKET``  | an error code: AccessDenied, NoSuchBucket, SlowDown, ServiceUnavailable, ...  |
| ``noobaa``, ``rgw``    | the same for the stores inside the cluster, /BUCKET too; ``down`` (no connection) |
| ``ceph``               | ``down`` (no answer), ``full`` (writes fail), ``read-only``                   |
| ``ebs``                | ``down``                                                                      |
| ``provisioner:DRIVER`` | ``error`` with the text in ``message``; ``down``                              |
| ``node:NAME``          | ``down``                                                                      |
| ``registry``           | ``unhealthy`` (/healthz answers 503), ``error`` (every request fails with message) |
| ``volume:NAME``        | ``read-only``, ``full``, ``permission-denied``                                |
| ``image:PREFIX``       | ``unavailable``: the pull of images whose name starts so fails with ``message`` |
"""

from __future__ import annotations

from simulator.api.gvrs import FAULTS
from simulator.client.client import Client
from simulator.errors import Object


def active(client: Client) -> list[Object]:
    """All faults, by name."""
    return client.list(FAULTS)


def find(client: Client, *targets: str, effects: tuple[str, ...] = ()) -> Object | None:
    """The first fault on one of ``targets``; with ``effects`` only one that has such an effect."""
    for fault in active(client):
        spec = fault["spec"]
        if spec["target"] in targets and (not effects or spec["effect"] in effects):
            return fault
    return None
