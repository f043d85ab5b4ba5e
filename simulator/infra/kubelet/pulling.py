"""Images on a node: there already, pulled, or refused with back-off."""

from __future__ import annotations

import hashlib
import re

from simulator.api.gvrs import PODS
from simulator.changes.node import PINGING, PULL_BACK_OFF_MESSAGE, PULL_FAILED, PULLED, QUOTED_URLS, READING
from simulator.errors import Object
from simulator.infra import faults, programs
from simulator.infra.kubelet.record import Record
from simulator.infra.kubelet.work import Work
from simulator.infra.machine import note_image
from simulator.infra.registry import INTERNAL_HOST, RegistryError
from simulator.infra.rootfs import load_data

_PULL_LATENCY_S = 0.8
_BACK_OFF_S, _MAX_BACK_OFF_S = 10.0, 300.0
_REFERENCE = re.compile(r"[a-z0-9]+([._/:-]+[a-zA-Z0-9_]+)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?")


def normalized(image: str) -> str:
    """The full name: ``busybox`` is ``docker.io/library/busybox``."""
    first, slash, _ = image.partition("/")
    if not slash:
        return f"docker.io/library/{image}"
    if "." in first or ":" in first or first == "localhost":
        return image
    return f"docker.io/{image}"


def ensure(work: Work, spec: Object, record: Record) -> bool:
    """Whether the image is on the node now. Otherwise the record says what it waits for."""
    image = spec.get("image", "")
    if not _REFERENCE.fullmatch(image):
        _refuse_name(work, spec, record)
        return False
    if "pulling" in record:
        return _finish(work, spec, record)
    policy = spec.get("imagePullPolicy") or _default_policy(image)
    if policy != "Always" and is_present(work, image):
        work.event("Normal", "Pulled", f'Container image "{image}" already present on machine', spec["name"])
        return True
    if policy == "Never":
        text = f'Container image "{image}" is not present with pull policy of Never'
        work.event("Warning", "ErrImageNeverPull", text, spec["name"])
        _wait(record, "ErrImageNeverPull", text)
        return False
    work.event("Normal", "Pulling", f'Pulling image "{image}"', spec["name"])
    record.update(state="waiting", reason="ContainerCreating", pulling=work.now)
    record.pop("message", None)
    work.wake(work.now + _duration(work, image))
    return False


def is_present(work: Work, image: str) -> bool:
    """In the machine's list, or in use by another pod there."""
    if image in work.machine.images:
        return True
    uid = work.pod["metadata"]["uid"]
    for pod in work.context.client.list(PODS, fields=f"spec.nodeName={work.machine.name}"):
        statuses = pod.get("status", {}).get("containerStatuses") or ()
        used = any(entry["image"] == image and entry.get("imageID") for entry in statuses)
        if used and pod["metadata"]["uid"] != uid:
            return True
    return False


def image_id(image: str) -> str:
    """What the runtime says it runs: the digest reference."""
    if "@" in image:
        return image
    repository = re.sub(r":[^/:]*$", "", normalized(image))
    return f"{repository}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def _default_policy(image: str) -> str:
    tail = image.rpartition("/")[2]
    return "Always" if tail.endswith(":latest") or (":" not in tail and "@" not in tail) else "IfNotPresent"


def _duration(work: Work, image: str) -> float:
    rate: int = load_data("images.yaml")["bytesPerSecond"]
    return _PULL_LATENCY_S + _size(work, image) / rate


def _size(work: Work, image: str) -> int:
    if image.startswith(INTERNAL_HOST):
        try:
            return work.machines.registry.image_size(image)
        except RegistryError:
            return 0
    row = programs.image_kind(normalized(image))
    return row["size"] if row else 0


def _finish(work: Work, spec: Object, record: Record) -> bool:
    image = spec["image"]
    end = record["pulling"] + _duration(work, image)
    if work.now < end:
        work.wake(end)
        return False
    del record["pulling"]
    failure = _failure(work, image)
    if failure:
        _fail(work, spec, record, failure)
        return False
    record.pop("pullFailures", None)
    size, took = _size(work, image), go_duration(_duration(work, image))
    note_image(work.context.client, work.machine.name, image, size)
    text = PULLED.at(work.release).format(image=image, pull=took, total=took, size=size)
    work.event("Normal", "Pulled", text, spec["name"])
    return True


def go_duration(seconds: float) -> str:
    """``1.2s``, ``850ms`` and ``1m5.25s``, as Go prints a duration in whole milliseconds."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, rest = divmod(round(seconds, 3), 60)
    text = f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
    return f"{int(minutes)}m{text}" if minutes else text


def _failure(work: Work, image: str) -> str:
    """Why the image cannot be had, "" if it can. Texts: containers/image through CRI-O."""
    full = normalized(image)
    host = full.split("/")[0]
    for fault in faults.active(work.context.client):
        target = fault["spec"]["target"]
        if target.startswith("image:") and full.startswith(target.removeprefix("image:")):
            timeout = _told(work, full, _pinging(work, host, "net/http: TLS handshake timeout"))
            return str(fault["spec"].get("message") or timeout)
    if image.startswith(INTERNAL_HOST):
        try:
            work.machines.registry.resolve(image)
        except RegistryError as error:
            return _told(work, full, _reading(work, full, str(error)))
        return ""
    if programs.image_kind(full) is not None:
        return ""
    if host not in load_data("images.yaml")["hosts"]:
        lookup = f"dial tcp: lookup {host.split(':')[0]} on 10.0.0.2:53: no such host"
        return _told(work, full, _pinging(work, host, lookup))
    denied = "errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n"
    text = denied if host == "docker.io" else "unauthorized: access to the requested resource is not authorized"
    return _told(work, full, _reading(work, full, text))


def _told(work: Work, full: str, cause: str) -> str:
    return PULL_FAILED.at(work.release).format(image=full, cause=cause)


def _pinging(work: Work, host: str, error: str) -> str:
    get = QUOTED_URLS.at(work.release).format(url=f"https://{host}/v2/")
    return PINGING.at(work.release).format(host=host, error=f"{get}: {error}")


def _reading(work: Work, full: str, error: str) -> str:
    name, at, digest = full.partition("@")
    tail = name.rpartition("/")[2]
    tag = digest if at else (tail.partition(":")[2] or "latest")
    repository = name if at or ":" not in tail else name.rpartition(":")[0]
    return READING.at(work.release).format(tag=tag, repository=repository, error=error)


def _fail(work: Work, spec: Object, record: Record, failure: str) -> None:
    image, name = spec["image"], spec["name"]
    failures = record.get("pullFailures", 0) + 1
    record["pullFailures"] = failures
    work.event("Warning", "Failed", f'Failed to pull image "{image}": {failure}', name)
    work.event("Warning", "Failed", "Error: ErrImagePull", name)
    work.event("Normal", "BackOff", f'Back-off pulling image "{image}"', name)
    work.event("Warning", "Failed", "Error: ImagePullBackOff", name)
    _wait(record, "ImagePullBackOff", PULL_BACK_OFF_MESSAGE.at(work.release).format(image=image, failure=failure))
    record["retry"] = work.now + min(_BACK_OFF_S * 2 ** (failures - 1), _MAX_BACK_OFF_S)
    work.wake(record["retry"])


def _refuse_name(work: Work, spec: Object, record: Record) -> None:
    image = spec.get("image", "")
    parsing = f'couldn\'t parse image reference "{image}": invalid reference format'
    text = f'Failed to apply default image tag "{image}": {parsing}'
    if record.get("reason") != "InvalidImageName":
        work.event("Warning", "InspectFailed", text, spec["name"])
        work.event("Warning", "Failed", "Error: InvalidImageName", spec["name"])
    _wait(record, "InvalidImageName", text)


def _wait(record: Record, reason: str, message: str) -> None:
    record.update(state="waiting", reason=reason, message=message)
