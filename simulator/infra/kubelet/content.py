"""What stands in volumes of API content: secrets, config maps, the downward API, tokens.

A token is renewed when four fifths of its time are over. It follows from the pod and the time, so that nothing has to
wake up for it. Source: kubelet, token/token_manager.go.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.api.boundtokens import ISSUER, Bound, bound_token
from simulator.api.gvrs import CONFIGMAPS, NODES, SECRETS, SERVICEACCOUNTS
from simulator.errors import Object
from simulator.infra.kubelet.environment import field
from simulator.infra.tree import Node, StaticTree, text_file
from simulator.runtime.clock import parse_rfc3339

if TYPE_CHECKING:
    from simulator.infra import Machines

_DEFAULT_MODE, _LIFETIME_S, _RENEWED_AT = 0o644, 3600, 0.8
_MAX_AGE_S = 24 * 3600.0


def content(machines: Machines, pod: Object, kind: str, source: Mapping[str, Any]) -> StaticTree:
    """The files of a volume as they are now. ``kind``: secret, configMap, projected or downwardAPI."""
    sources = source.get("sources") or () if kind == "projected" else [{kind: source}]
    mode = source.get("defaultMode") or _DEFAULT_MODE
    files: dict[str, Node] = {}
    for entry in sources:
        for part, body in entry.items():
            files.update(_part(machines, pod, part, body, mode))
    return StaticTree(files)


def _part(machines: Machines, pod: Object, kind: str, body: Mapping[str, Any], mode: int) -> dict[str, Node]:
    if kind == "downwardAPI":
        items = body.get("items") or ()
        return {"/" + one["path"]: text_file(field(pod, one["fieldRef"]["fieldPath"]), mode) for one in items}
    if kind == "serviceAccountToken":
        text, issued = token(machines, pod, body)
        return {"/" + body["path"]: text_file(text, mode, mtime=issued)}
    name = body.get("secretName") or body.get("name", "")
    resource = SECRETS if kind == "secret" else CONFIGMAPS
    obj = machines.client.get_or_none(resource, name, pod["metadata"]["namespace"])
    return {} if obj is None else _files(kind, obj, body, mode)


def _files(kind: str, obj: Object, body: Mapping[str, Any], mode: int) -> dict[str, Node]:
    data = _bytes_of(kind, obj)
    items = body.get("items") or [{"key": key, "path": key} for key in sorted(data)]
    made = parse_rfc3339(obj["metadata"]["creationTimestamp"])
    return {
        "/" + item["path"]: text_file(data[item["key"]], item.get("mode", mode), mtime=made)
        for item in items
        if item["key"] in data
    }


def token(machines: Machines, pod: Object, wanted: Mapping[str, Any]) -> tuple[str, float]:
    """The pod's token for an audience, and when it was issued."""
    meta, spec = pod["metadata"], pod["spec"]
    account = spec.get("serviceAccountName") or "default"
    lifetime_s = wanted.get("expirationSeconds") or _LIFETIME_S
    return bound_token(
        meta["namespace"],
        account,
        _uid(machines.client.get_or_none(SERVICEACCOUNTS, account, meta["namespace"])),
        [
            Bound("pod", meta["name"], meta["uid"]),
            Bound("node", spec["nodeName"], _uid(machines.client.get_or_none(NODES, spec["nodeName"]))),
        ],
        issued=(issued := _issued(pod, lifetime_s, machines.clock.now())),
        lifetime_s=lifetime_s,
        audience=wanted.get("audience") or ISSUER,
    ), issued


def _issued(pod: Object, lifetime_s: int, now: float) -> float:
    """The last renewal, counted from the pod's start."""
    started = (pod.get("status") or {}).get("startTime") or pod["metadata"]["creationTimestamp"]
    first = parse_rfc3339(started)
    period = min(lifetime_s * _RENEWED_AT, _MAX_AGE_S)
    return first + max(now - first, 0.0) // period * period


def _uid(obj: Object | None) -> str:
    return obj["metadata"]["uid"] if obj is not None else ""


def _bytes_of(kind: str, obj: Object) -> dict[str, bytes]:
    data = obj.get("data") or {}
    if kind == "secret":
        return {key: base64.b64decode(text) for key, text in data.items()}
    binary = {key: base64.b64decode(text) for key, text in (obj.get("binaryData") or {}).items()}
    return {**{key: text.encode() for key, text in data.items()}, **binary}
