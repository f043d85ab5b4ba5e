"""Namespaces: the SCC ranges of a new one, the end of one that is deleted.

Source: kube-controller-manager, namespace/deletion (1.14); openshift-controller-manager, security/controller (4.2).
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import EVENTS, NAMESPACES
from simulator.api.types import GVR
from simulator.controllers.content import WATCHED, resources
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.labels import annotations_of
from simulator.errors import MethodNotAllowed, NotFound, Object

MCS = "openshift.io/sa.scc.mcs"
UID_RANGE = "openshift.io/sa.scc.uid-range"
SUPPLEMENTAL_GROUPS = "openshift.io/sa.scc.supplemental-groups"

_FIRST_UID, _BLOCK = 1_000_000_000, 10_000  # the range 1000000000-1999999999/10000
_LABELS_PER_BLOCK = 5  # MCS labels that each block of UIDs gets
_POLL_S = 15.0  # for contents whose end nobody announces: custom resources


def reconcile(context: Context, key: Key) -> Result:
    """Allocate the ranges of one namespace, or empty and finalize it while it terminates."""
    namespace = context.client.get_or_none(NAMESPACES, key.name)
    if namespace is None:
        return DONE
    if "deletionTimestamp" in namespace["metadata"]:
        return _terminate(context, namespace)
    if UID_RANGE not in annotations_of(namespace):
        _allocate(context, namespace)
    return DONE


# -- ranges


def _allocate(context: Context, namespace: Object) -> None:
    blocks = {block_of(one) for one in context.client.list(NAMESPACES)}
    block = next(number for number in range(len(blocks) + 1) if number not in blocks)
    meta = namespace["metadata"]
    annotations = {**(meta.get("annotations") or {}), **scc_annotations(block)}
    context.client.update(NAMESPACES, {**namespace, "metadata": {**meta, "annotations": annotations}})


def block_of(namespace: Object) -> int | None:
    """The number of the UID block that a namespace has."""
    start = annotations_of(namespace).get(UID_RANGE, "").partition("/")[0]
    return (int(start) - _FIRST_UID) // _BLOCK if start.isdigit() else None


def scc_annotations(block: int) -> dict[str, str]:
    """The annotations of a block; block 34 has ``s0:c18,c17`` and ``1000340000/10000``."""
    range_ = f"{_FIRST_UID + block * _BLOCK}/{_BLOCK}"
    return {MCS: mcs_label(block * _LABELS_PER_BLOCK), SUPPLEMENTAL_GROUPS: range_, UID_RANGE: range_}


def mcs_label(offset: int) -> str:
    """The ``offset``-th pair of categories: c1,c0 then c2,c0, c2,c1, c3,c0 and so on."""
    high = 1
    while high * (high + 1) // 2 <= offset:
        high += 1
    return f"s0:c{high},c{offset - high * (high - 1) // 2}"


# -- the end


def _terminate(context: Context, namespace: Object) -> Result:
    """Delete all contents; when nothing is left, give the namespace free."""
    name = namespace["metadata"]["name"]
    left = [resource for resource in resources(context, namespaced=True) if _empty(context, resource, name)]
    if not left:
        _finalize(context, namespace)
        return DONE
    return DONE if any(resource in WATCHED for resource in left) else Result(_POLL_S)


def _empty(context: Context, resource: GVR, namespace: str) -> bool:
    """Delete all objects of one resource; whether some are still there."""
    present = context.client.list(resource, namespace)
    for obj in present:
        if "deletionTimestamp" in obj["metadata"]:
            continue
        try:
            context.client.delete(resource, obj["metadata"]["name"], namespace, propagation="Background")
        except (NotFound, MethodNotAllowed):
            continue
    return bool(present) and bool(context.client.list(resource, namespace))


def _finalize(context: Context, namespace: Object) -> None:
    kept = [name for name in namespace.get("spec", {}).get("finalizers") or () if name != "kubernetes"]
    spec = {**namespace.get("spec", {}), "finalizers": kept}
    try:
        context.client.update(NAMESPACES, {**namespace, "spec": spec}, subresource="finalize")
    except NotFound:
        return


def _content_keys(_context: Context, obj: Object) -> Iterable[Key]:
    """What is being deleted may be the last thing in its namespace."""
    namespace = obj["metadata"].get("namespace")
    return (Key("", namespace),) if namespace and "deletionTimestamp" in obj["metadata"] else ()


CONTROLLER = Controller(
    name="namespace",
    user="system:serviceaccount:kube-system:namespace-controller",
    watches=(
        Watches(NAMESPACES, own_key),
        *(Watches(resource, _content_keys) for resource in WATCHED),
        Watches(EVENTS, _content_keys),
    ),
    reconcile=reconcile,
    component="namespace-controller",
)
