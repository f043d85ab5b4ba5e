"""``componentstatuses``: the control plane's health, asked for at the moment of reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.types import Request, Response
from simulator.errors import Object, not_found

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_COMPONENTS = {"controller-manager": "ok", "etcd-0": '{"health":"true"}', "scheduler": "ok"}


def read(server: ApiServer, request: Request, target: Target) -> Response | None:
    if request.method != "GET":
        return None
    if not target.name:
        return server.answer_list(request, target, [_component(name) for name in _COMPONENTS])
    if target.name not in _COMPONENTS:
        raise not_found("componentstatuses", target.name)
    return server.answer(request, target, _component(target.name))


def _component(name: str) -> Object:
    return {
        "kind": "ComponentStatus",
        "apiVersion": "v1",
        "metadata": {"name": name, "selfLink": f"/api/v1/componentstatuses/{name}", "creationTimestamp": None},
        "conditions": [{"type": "Healthy", "status": "True", "message": _COMPONENTS[name]}],
    }
