"""``projectrequests``: how a person without rights on namespaces gets one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.api.authorization import Attributes, decide
from simulator.api.subresources.body import mapping
from simulator.api.types import GVR, Request, Response, User
from simulator.errors import AlreadyExists, BadRequest, Forbidden, Object, from_status

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_SERVER = User("system:openshift-apiserver", ("system:masters",))
_NAMESPACES = GVR("", "v1", "namespaces")
_RESERVED = ("openshift", "kubernetes", "kube")
_ROLE_BINDINGS = GVR("rbac.authorization.k8s.io", "v1", "rolebindings")


def request_project(server: ApiServer, request: Request, target: Target) -> Response | None:
    """POST makes the project and its requester's rights in it; a list only tells that one may ask."""
    if request.method == "GET" and not target.name:
        _check_may_request(server, request.user)
        return Response(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})
    if request.method != "POST":
        return None
    if not isinstance(request.body, Mapping):
        raise BadRequest("the object provided is unrecognized (must be of type ProjectRequest)")
    namespace = _namespace(request.body, request.user)
    name = namespace["metadata"]["name"]
    if not isinstance(name, str):
        raise BadRequest("the object provided is unrecognized (must be of type ProjectRequest)")
    _check_name(name)
    if server.state.get("namespaces", "", name) is not None:
        text = f'project.project.openshift.io "{name}" already exists'
        raise AlreadyExists(text, group="project.openshift.io", kind="project", name=name)
    created = _post(server, request, _NAMESPACES.path(), namespace)
    if created.code >= 400:
        return _as_request(created)
    if request.query.get("dryRun"):
        return created
    _post(server, request, _ROLE_BINDINGS.path(name), _admin(request.user))
    project = server.table.find("project.openshift.io", "v1", "projects")
    assert project is not None, "projects are part of every table"
    return Response(201, server.present(project, created.body))


def _check_may_request(server: ApiServer, user: User) -> None:
    """Who may not is told what the administrator has to say to that."""
    asked = Attributes("create", "project.openshift.io", "projectrequests")
    if not decide(server, user, asked).allowed:
        config = server.state.get("projects.config.openshift.io", "", "cluster")
        spec = (config.object.get("spec") or {}) if config is not None else {}
        text = spec.get("projectRequestMessage") or "You may not request a new project via this API."
        raise Forbidden(text, group="project.openshift.io", kind="projectrequest")


def _check_name(name: str) -> None:
    """Names of the platform's own projects are not given away."""
    prefix = next((one for one in _RESERVED if name.startswith(f"{one}-")), "")
    if name not in _RESERVED and not prefix:
        return
    why = f'starting with "{prefix}-"' if prefix else f'with the name "{name}"'
    text = f'project.project.openshift.io "{name}" is forbidden: cannot request a project {why}'
    raise Forbidden(text, group="project.openshift.io", kind="project", name=name)


def _as_request(refused: Response) -> Response:
    """A refusal of the namespace in the words of the request: the person knows no namespaces."""
    error = from_status(refused.body)
    message = error.message.replace("Namespace ", "ProjectRequest.project.openshift.io ", 1)
    status = type(error)(
        message, group="project.openshift.io", kind="ProjectRequest", name=error.name, causes=error.causes
    ).to_status()
    return Response(refused.code, status)


def _post(server: ApiServer, request: Request, path: str, body: Object) -> Response:
    reply = server.handle(Request("POST", path, request.query, body, user=_SERVER))
    assert isinstance(reply, Response), "a create is answered at once"
    return reply


def _namespace(body: Mapping[str, Object], user: User) -> Object:
    meta = mapping(body.get("metadata"), "ProjectRequest")
    annotations = {
        "openshift.io/description": body.get("description") or "",
        "openshift.io/display-name": body.get("displayName") or "",
        "openshift.io/requester": user.name,
        **mapping(meta.get("annotations"), "ProjectRequest"),
    }
    wanted: Object = {"name": meta.get("name", ""), "annotations": annotations}
    if meta.get("labels"):
        wanted["labels"] = meta["labels"]
    return {"kind": "Namespace", "apiVersion": "v1", "metadata": wanted}


def _admin(user: User) -> Object:
    subject = {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user.name}
    role = {"kind": "ClusterRole", "apiGroup": "rbac.authorization.k8s.io", "name": "admin"}
    return {"metadata": {"name": "admin"}, "subjects": [subject], "roleRef": role}
