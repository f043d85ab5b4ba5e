"""What is served beside the plain objects: subresources, and kinds that are questions. One file each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from simulator.api.resourcetable import ResourceType
from simulator.api.subresources import (
    apiservices,
    binding,
    clockadvances,
    componentstatuses,
    containers,
    deploymentconfigs,
    eviction,
    imagestreamimages,
    imagestreamimports,
    imagestreammappings,
    imagestreamtags,
    leases,
    openshiftreviews,
    processedtemplates,
    projectrequests,
    reviews,
    scale,
    token,
    users,
)
from simulator.api.types import Request

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Reply, Target

Handler = Callable[["ApiServer", Request, "Target"], "Reply | None"]

_HANDLERS: Final[Mapping[tuple[str, str], Handler]] = {
    ("apiservices.apiregistration.k8s.io", ""): apiservices.read,
    ("bindings", ""): binding.create_binding,
    ("clockadvances.infra.ocsim.dev", ""): clockadvances.advance,
    ("componentstatuses", ""): componentstatuses.read,
    ("deploymentconfigs.apps.openshift.io", "instantiate"): deploymentconfigs.instantiate,
    ("deploymentconfigs.apps.openshift.io", "log"): deploymentconfigs.log,
    ("deploymentconfigs.apps.openshift.io", "rollback"): deploymentconfigs.rollback,
    ("imagestreamimages.image.openshift.io", ""): imagestreamimages.image,
    ("imagestreamimports.image.openshift.io", ""): imagestreamimports.create,
    ("imagestreammappings.image.openshift.io", ""): imagestreammappings.create,
    ("imagestreams.image.openshift.io", "layers"): imagestreamimages.layers,
    ("imagestreams.image.openshift.io", "secrets"): imagestreamimages.secrets,
    ("imagestreamtags.image.openshift.io", ""): imagestreamtags.handle,
    ("imagetags.image.openshift.io", ""): imagestreamtags.handle,
    ("leases.coordination.k8s.io", ""): leases.read,
    ("localresourceaccessreviews.authorization.openshift.io", ""): openshiftreviews.who_can,
    ("localsubjectaccessreviews.authorization.k8s.io", ""): reviews.access,
    ("localsubjectaccessreviews.authorization.openshift.io", ""): openshiftreviews.access,
    ("pods", "attach"): containers.connect,
    ("pods", "binding"): binding.create_binding,
    ("pods", "eviction"): eviction.evict,
    ("pods", "exec"): containers.connect,
    ("pods", "log"): containers.log,
    ("pods", "portforward"): containers.forward,
    ("processedtemplates.template.openshift.io", ""): processedtemplates.create,
    ("projectrequests.project.openshift.io", ""): projectrequests.request_project,
    ("selfsubjectaccessreviews.authorization.k8s.io", ""): reviews.access,
    ("selfsubjectreviews.authentication.k8s.io", ""): reviews.identity,
    ("resourceaccessreviews.authorization.openshift.io", ""): openshiftreviews.who_can,
    ("selfsubjectrulesreviews.authorization.k8s.io", ""): reviews.rules,
    ("selfsubjectrulesreviews.authorization.openshift.io", ""): openshiftreviews.rules,
    ("serviceaccounts", "token"): token.request_token,
    ("subjectaccessreviews.authorization.k8s.io", ""): reviews.access,
    ("subjectaccessreviews.authorization.openshift.io", ""): openshiftreviews.access,
    ("subjectrulesreviews.authorization.openshift.io", ""): openshiftreviews.rules,
    ("tokenreviews.authentication.k8s.io", ""): reviews.token,
    ("users.user.openshift.io", ""): users.current,
}


def builtin_subresource(resource: ResourceType, name: str) -> Handler | None:
    """Who answers; None for plain objects. A handler may answer None too: then the object is treated as a plain one."""
    return scale.scale if name == "scale" else _HANDLERS.get((resource.key, name))


_VIEWS: Final = frozenset({"approval", "ephemeralcontainers", "finalize", "resize", "status"})
"""Subresources that are the object itself, of which an update changes a part."""


def is_served(resource: ResourceType, name: str) -> bool:
    """Whether somebody answers for a subresource that discovery tells: a handler, or the object itself."""
    return name in _VIEWS or builtin_subresource(resource, name) is not None
