"""``processedtemplates``: a template in, the template with its objects filled in out; nothing is stored.

Source: openshift-apiserver, pkg/template/apiserver/registry/template/rest.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.decoding import decode
from simulator.api.subresources.body import mapping
from simulator.api.templates import process
from simulator.api.types import Request, Response
from simulator.api.validation.fields import Errors, invalid
from simulator.errors import MethodNotAllowed

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target


def create(server: ApiServer, request: Request, target: Target) -> Response:
    if request.method != "POST":
        raise MethodNotAllowed("the server does not allow this method on the requested resource")
    resource = target.resource
    template = {**decode(resource, mapping(request.body, "Template"))}
    template |= {"kind": resource.kind, "apiVersion": resource.api_version}
    errors = Errors(resource)
    processed = process(template, server.names.integer, errors)
    if errors.items:
        raise invalid(resource.group, resource.kind, str((template.get("metadata") or {}).get("name", "")), errors)
    meta = {**(processed.get("metadata") or {}), "namespace": target.namespace}
    meta.setdefault("creationTimestamp", None)
    return Response(201, {**processed, "metadata": meta})
