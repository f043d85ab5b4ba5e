"""The image registry's HTTP interface, as far as clients read: health, and the reading half of the distribution API.

Source: distribution, docs/spec/api; OpenShift's registry asks for a token of the cluster, as a bearer or as a password.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from simulator.api.types import GVR
from simulator.errors import Object
from simulator.infra import images
from simulator.infra.http import HttpAnswer, HttpRequest
from simulator.infra.registrystorage import RegistryError, Storage

if TYPE_CHECKING:
    from simulator.infra import Machines

_TOKENREVIEWS: Final = GVR("authentication.k8s.io", "v1", "tokenreviews")
_PATH: Final = re.compile(r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs|tags)/(?P<reference>[^/]+)")
_VERSION: Final = {"Docker-Distribution-Api-Version": "registry/2.0", "X-Registry-Supports-Signatures": "1"}
_ERRORS: Final = {
    "UNAUTHORIZED": (401, "authentication required"),
    "MANIFEST_UNKNOWN": (404, "manifest unknown"),
    "BLOB_UNKNOWN": (404, "blob unknown to registry"),
    "NAME_UNKNOWN": (404, "repository name not known to registry"),
    "UNSUPPORTED": (405, "The operation is unsupported."),
    "UNKNOWN": (500, "unknown error"),
}


class RegistryHttp:
    """What one registry container answers."""

    def __init__(self, machines: Machines, pod: Object, spec: Object) -> None:
        self._machines, self._pod, self._spec = machines, pod, spec

    def answer(self, request: HttpRequest) -> HttpAnswer:
        if request.path in ("/healthz", "/"):
            return self._health()
        if request.path == "/openshift/token":
            return self._token(request)
        if request.path != "/v2" and not request.path.startswith("/v2/"):
            return HttpAnswer(404, b"404 page not found\n", {"Content-Type": "text/plain; charset=utf-8"})
        if not self._knows(request):
            realm = f'Bearer realm="https://{request.headers.get("host", "")}/openshift/token"'
            return _error("UNAUTHORIZED", {"Www-Authenticate": realm})
        if request.method not in ("GET", "HEAD"):
            return _error("UNSUPPORTED")
        try:
            return self._read(request.path)
        except RegistryError as error:
            return _error("UNKNOWN", detail=error.detail or str(error))

    def _health(self) -> HttpAnswer:
        code = self._machines.registry.health(self._pod, self._spec, self._machines.kubelet.record(self._pod))
        return HttpAnswer(code, b"" if code == 200 else b"{}\n")

    def _read(self, path: str) -> HttpAnswer:
        if path.rstrip("/") == "/v2":
            return _json({})
        storage = self._machines.registry.storage(self._pod)
        if path == "/v2/_catalog":
            return _json({"repositories": _repositories(storage)})
        found = _PATH.fullmatch(path)
        if found is None:
            return _error("NAME_UNKNOWN")
        name, kind, reference = found.group("name", "kind", "reference")
        if kind == "tags":
            return _tags(storage, name) if reference == "list" else _error("NAME_UNKNOWN")
        return _manifest(storage, name, reference) if kind == "manifests" else _blob(storage, name, reference)

    def _token(self, request: HttpRequest) -> HttpAnswer:
        """The token that was sent as a password, for a client that asks with it from now on."""
        token = _token_of(request.headers)
        if not self._knows(request):
            return _error("UNAUTHORIZED", {"Www-Authenticate": 'Basic realm="openshift"'})
        return _json({"access_token": token, "token": token})

    def _knows(self, request: HttpRequest) -> bool:
        token = _token_of(request.headers)
        if not token:
            return False
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "metadata": {},
            "spec": {"token": token},
        }
        review: Any = self._machines.client.create(_TOKENREVIEWS, body)
        return bool(review.get("status", {}).get("authenticated"))


def _token_of(headers: Mapping[str, str]) -> str:
    """The bearer token of a request, or the password of its basic authentication."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _repositories(storage: Storage) -> list[str]:
    root = f"{images.ROOT}/repositories"
    return [f"{space}/{name}" for space in storage.names(root) for name in storage.names(f"{root}/{space}")]


def _tags(storage: Storage, name: str) -> HttpAnswer:
    tags = storage.names(f"{images.ROOT}/repositories/{name}/_manifests/tags")
    return _json({"name": name, "tags": tags}) if tags else _error("NAME_UNKNOWN")


def _manifest(storage: Storage, name: str, reference: str) -> HttpAnswer:
    digest = reference
    if not reference.startswith("sha256:"):
        digest = (storage.read(images.tag_path(name, reference)) or b"").decode()
    linked = digest and storage.read(images.revision_path(name, digest))
    manifest = storage.read(images.blob_path(digest)) if linked else None
    if manifest is None:
        return _error("MANIFEST_UNKNOWN")
    kind = json.loads(manifest).get("mediaType", images.MANIFEST_TYPE)
    return HttpAnswer(200, manifest, {**_VERSION, "Content-Type": kind, "Docker-Content-Digest": digest})


def _blob(storage: Storage, name: str, digest: str) -> HttpAnswer:
    linked = digest.startswith("sha256:") and storage.read(images.layer_path(name, digest))
    data = storage.read(images.blob_path(digest)) if linked else None
    if data is None:
        return _error("BLOB_UNKNOWN")
    kind = {"Content-Type": "application/octet-stream", "Docker-Content-Digest": digest}
    return HttpAnswer(200, data, {**_VERSION, **kind})


def _json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return HttpAnswer(status, json.dumps(value, separators=(",", ":")).encode() + b"\n",
                      {**_VERSION, **kind, **(headers or {})})  # fmt: skip


def _error(code: str, headers: Mapping[str, str] | None = None, detail: str | None = None) -> HttpAnswer:
    status, message = _ERRORS[code]
    return _json({"errors": [{"code": code, "message": message, "detail": detail}]}, status, headers)
