"""The image registry as a program: what its pods answer, from the storage that their environment names.

The layout under ``docker/registry/v2`` is that of distribution, the same on S3 and on a filesystem. Nothing is kept
here: each request finds a ready pod behind the service, reads that container's environment, and goes to its storage.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.api.gvrs import ENDPOINTS, IMAGESTREAMS, NAMESPACES, PODS, ROUTES, SERVICES
from simulator.controllers.podstate import is_serving
from simulator.errors import Object
from simulator.infra import faults, images
from simulator.infra.images import Blob, Image
from simulator.infra.imagestreams import record_push
from simulator.infra.kubelet.environment import ConfigError, environment
from simulator.infra.kubelet.record import Record
from simulator.infra.programs import image_kind
from simulator.infra.registrystorage import FileStorage, RegistryError, Storage, credentials_file, failure, s3_storage
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.infra import Machines

NAMESPACE, SERVICE = "openshift-image-registry", "image-registry"
INTERNAL_HOST = "image-registry.openshift-image-registry.svc:5000"
_PING = f"pinging docker registry returned: Get https://{INTERNAL_HOST}/v2/"
_READ_ONLY = "REGISTRY_STORAGE_MAINTENANCE_READONLY"
_HEALTH = "REGISTRY_HEALTH_STORAGEDRIVER_ENABLED"
T = TypeVar("T")


class Registry:
    """The service ``image-registry`` as clients see it."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines

    # -- requests

    def pull(self, repository: str, reference: str) -> Image:
        """The image of a tag or a digest. RegistryError: manifest unknown, blob unknown, or the storage's trouble."""
        pod = self._pod()
        request = f"GET /v2/{repository}/manifests/{reference}"
        return self._answer(pod, request, lambda: self._pull(pod, repository, reference))

    def push(self, repository: str, tag: str, image: Image) -> str:
        """Store an image under a tag, and make that tag known in the project's ImageStream; returns its digest."""
        pod = self._pod()
        client = self._machines.client

        def store() -> str:
            if client.get_or_none(NAMESPACES, repository.partition("/")[0]) is None:
                raise RegistryError("denied: requested access to the resource is denied")
            if "true" in self._env(pod).get(_READ_ONLY, ""):
                raise RegistryError("unsupported: The operation is unsupported.")
            storage = self.storage(pod)
            for path, data, size in images.layout(repository, tag, image):
                if not path.endswith("/data") or storage.size(path) is None:
                    storage.write(path, data, size)
            record_push(client, INTERNAL_HOST, repository, tag, image)
            return image.digest

        return self._answer(pod, f"PUT /v2/{repository}/manifests/{tag}", store)

    def catalog(self) -> list[tuple[str, str]]:
        """(repository, tag) of all that the storage holds."""
        storage, root = self.storage(self._pod()), f"{images.ROOT}/repositories"
        found: list[tuple[str, str]] = []
        for namespace in storage.names(root):
            for name in storage.names(f"{root}/{namespace}"):
                tags = storage.names(f"{root}/{namespace}/{name}/_manifests/tags")
                found.extend((f"{namespace}/{name}", tag) for tag in tags)
        return found

    def resolve(self, image: str) -> Image:
        """Pull by a full name: ``HOST/namespace/name[:tag|@digest]``."""
        _, repository, reference = split_name(image)
        return self.pull(repository, reference)

    def image_size(self, image: str) -> int:
        pod = self._pod()
        _, repository, reference = split_name(image)
        return self._pull(pod, repository, reference).size

    def serves(self, host: str) -> bool:
        """Whether a host name leads here: the service's own, or a route's."""
        if host == INTERNAL_HOST:
            return True
        routes = self._machines.client.list(ROUTES, NAMESPACE)
        return any(route["spec"].get("host") == host and route["spec"]["to"]["name"] == SERVICE for route in routes)

    def health(self, pod: Object, spec: Object, record: Record) -> int:
        """The status code of /healthz. The storage is looked at only if the environment says so (since 4.11)."""
        client = self._machines.client
        if faults.find(client, "registry", effects=("unhealthy",)):
            return 503
        env = self._machines.kubelet.environment(pod, spec)
        if env.get(_HEALTH) != "true":
            return 200
        try:
            self._storage_of(pod, spec, record, env).check()
        except RegistryError:
            return 503
        return 200

    def credentials(self, pod: Object, spec: Object, record: Record) -> str | None:
        """The file of keys that a container reads at its start; None when it has none."""
        kubelet = self._machines.kubelet
        env = environment(self._machines.client, pod, spec, record["containers"][spec["name"]].get("env", {}))
        return credentials_file(env, lambda: kubelet.filesystem(pod, spec, record))

    # -- one pod

    def _pod(self) -> Object:
        """A ready pod behind the service. RegistryError when nobody answers."""
        client = self._machines.client
        service = client.get_or_none(SERVICES, SERVICE, NAMESPACE)
        if service is None:
            host = INTERNAL_HOST.partition(":")[0]
            raise RegistryError(f"{_PING}: dial tcp: lookup {host}: no such host")
        for pod in self._behind(service):
            if is_serving(pod):
                return pod
        address = f"{service['spec'].get('clusterIP', '')}:5000"
        raise RegistryError(f"{_PING}: dial tcp {address}: connect: no route to host")

    def _behind(self, service: Object) -> list[Object]:
        client = self._machines.client
        endpoints = client.get_or_none(ENDPOINTS, SERVICE, NAMESPACE)
        if endpoints is None:
            labels = ",".join(f"{key}={value}" for key, value in service["spec"].get("selector", {}).items())
            return client.list(PODS, NAMESPACE, labels=labels)
        subsets = endpoints.get("subsets") or ()
        names = [address["targetRef"]["name"] for subset in subsets for address in subset.get("addresses") or ()
                 if "targetRef" in address]  # fmt: skip
        pods = (client.get_or_none(PODS, name, NAMESPACE) for name in names)
        return [pod for pod in pods if pod is not None]

    def _env(self, pod: Object) -> Mapping[str, str]:
        try:
            return self._machines.kubelet.environment(pod, pod["spec"]["containers"][0])
        except ConfigError as error:
            raise failure(str(error)) from None

    def storage(self, pod: Object) -> Storage:
        """What a pod of the registry keeps its images in. RegistryError."""
        record = self._machines.kubelet.record(pod)
        return self._storage_of(pod, pod["spec"]["containers"][0], record, self._env(pod))

    def _storage_of(self, pod: Object, spec: Object, record: Record, env: Mapping[str, str]) -> Storage:
        kubelet = self._machines.kubelet
        if env.get("REGISTRY_STORAGE") == "s3":
            kept = record["containers"].get(spec["name"], {}).get("credentials")
            return s3_storage(self._machines, env, lambda: kubelet.filesystem(pod, spec, record), kept)
        return FileStorage(
            kubelet.filesystem(pod, spec, record),
            env.get("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "/var/lib/registry"),
        )

    def _pull(self, pod: Object, repository: str, reference: str) -> Image:
        storage = self.storage(pod)
        digest = reference
        if not reference.startswith("sha256:"):
            digest = (storage.read(images.tag_path(repository, reference)) or b"").decode()
        linked = digest and storage.read(images.revision_path(repository, digest))
        manifest = storage.read(images.blob_path(digest)) if linked else None
        if manifest is None:
            return self._through(repository, reference)
        parsed: dict[str, Any] = json.loads(manifest)
        if "manifests" in parsed:  # a list: clients here are all of one platform
            platforms = {one["platform"]["architecture"]: one["digest"] for one in parsed["manifests"]}
            return self._pull(pod, repository, platforms.get("amd64", ""))
        layers = tuple(self._blob(storage, layer) for layer in parsed["layers"])
        config = self._blob(storage, parsed["config"])
        return Image(Blob(digest, manifest, len(manifest)), config, layers)

    def _through(self, repository: str, reference: str) -> Image:
        """An image of another registry that a stream here has tagged: pulled through. RegistryError without one.

        Source: image-registry, pkg/dockerregistry/server/pullthroughmanifestservice.go.
        """
        namespace, _, name = repository.partition("/")
        stream = self._machines.client.get_or_none(IMAGESTREAMS, name, namespace) or {}
        tags = (stream.get("status") or {}).get("tags") or ()
        events = [event for tag in tags for event in tag.get("items") or ()
                  if reference in (tag["tag"], event["image"])]  # fmt: skip
        source = events[0].get("dockerImageReference", "") if events else ""
        row = None if self.serves(source.partition("/")[0]) else image_kind(source)
        if row is None:
            raise RegistryError("manifest unknown: manifest unknown")
        return images.build({"layers": [{"text": source, "size": row["size"]}]})

    def _blob(self, storage: Storage, descriptor: Mapping[str, Any]) -> Blob:
        data = storage.read(images.blob_path(descriptor["digest"]))
        if data is None:
            raise RegistryError("blob unknown: blob unknown to registry")
        return Blob(descriptor["digest"], data, descriptor["size"])

    def _answer(self, pod: Object, request: str, work: Callable[[], T]) -> T:
        """Do the work of a request and log it, as the registry does."""
        machines = self._machines
        fault = faults.find(machines.client, "registry", effects=("error",))
        head = f'time="{rfc3339(machines.clock.now())}" '
        try:
            if fault is not None:
                raise failure(fault["spec"].get("message", "unknown error"))
            result = work()
        except RegistryError as error:
            code = str(error).partition(":")[0] if not error.detail else "unknown"
            detail = f" err.detail={json.dumps(error.detail)}" if error.detail else ""
            line = f'level=error msg="response completed with error" err.code="{code}"{detail} http.request="{request}"'
            self._note(pod, head + line)
            raise
        self._note(pod, f'{head}level=info msg="response completed" http.request="{request}" http.response.status=200')
        return result

    def _note(self, pod: Object, line: str) -> None:
        self._machines.kubelet.note(pod, pod["spec"]["containers"][0]["name"], line)


def split_name(image: str) -> tuple[str, str, str]:
    """(host, repository, tag or digest) of a full image name."""
    host, _, rest = image.partition("/")
    if "@" in rest:
        repository, _, reference = rest.partition("@")
        return host, repository.partition(":")[0], reference
    repository, _, tag = rest.partition(":")
    return host, repository, tag or "latest"


__all__ = ["INTERNAL_HOST", "Registry", "RegistryError", "split_name"]
