"""What registries hold, as an import sees it: the Image of a pull spec, or why there is none.

Source of the refusals: openshift-apiserver, pkg/image/apiserver/importer/importer.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import InternalError, NotFound, Object, StatusError, Unauthorized
from simulator.infra import faults, images, programs
from simulator.infra.imagestreams import image_object
from simulator.infra.kubelet.pulling import image_id, normalized
from simulator.infra.registrystorage import RegistryError
from simulator.infra.rootfs import load_data

if TYPE_CHECKING:
    from simulator.infra import Machines


def find_image(machines: Machines, reference: str) -> Object:
    """The Image. StatusError."""
    full = normalized(reference)
    if "@" not in full and ":" not in full.rpartition("/")[2]:
        full += ":latest"
    host = full.partition("/")[0]
    for fault in faults.active(machines.client):
        target = fault["spec"]["target"]
        if target.startswith("image:") and full.startswith(target.removeprefix("image:")):
            raise _away(full, host, fault["spec"].get("message") or "net/http: TLS handshake timeout")
    if machines.registry.serves(host):
        return _own(machines, full, host)
    row = programs.image_kind(full)
    if row is not None:
        return _foreign(full, row["size"])
    if host not in load_data("images.yaml")["hosts"]:
        raise _away(full, host, f"dial tcp: lookup {host.partition(':')[0]} on 10.0.0.2:53: no such host")
    raise Unauthorized(f'you may not have access to the container image "{full}"')


def _own(machines: Machines, full: str, host: str) -> Object:
    try:
        image = machines.registry.resolve(full)
    except RegistryError:
        raise _missing(full) from None
    repository = full.partition("@")[0].partition("/")[2].partition(":")[0]
    return image_object(image, f"{host}/{repository}@{image.digest}")


def _foreign(full: str, size: int) -> Object:
    """An image that is somewhere out there: as large as the table tells, the rest of it made up."""
    made = images.build({"layers": [{"text": full, "size": size}]})
    reference = image_id(full)
    image = image_object(made, reference)
    return {**image, "metadata": {**image["metadata"], "name": reference.partition("@")[2]}}


def _missing(full: str) -> StatusError:
    group = "image.openshift.io"
    return NotFound(f'dockerimage.{group} "{full}" not found', group=group, kind="dockerimage", name=full)


def _away(full: str, host: str, error: str) -> StatusError:
    return InternalError(f'Internal error occurred: {full}: Get "https://{host}/v2/": {error}')
