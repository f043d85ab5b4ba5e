"""The buckets of a cluster, and what the registry keeps: as much of its images as the API tells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from simulator.api.gvrs import (
    BUCKETOBJECTS,
    IMAGES,
    IMAGESTREAMS,
    OBJECTBUCKETS,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    REGISTRYCONFIGS,
    VOLUMEFILES,
)
from simulator.cluster import Cluster
from simulator.errors import Object
from simulator.infra import csi, images
from simulator.infra.objectstores import store_at
from simulator.infra.registry import NAMESPACE
from simulator.infra.s3 import bucket_object
from simulator.infra.tree import Node
from simulator.infra.volumes import volume_file
from simulator.profiles.importing.machines import secret_values
from simulator.profiles.importing.report import Report
from simulator.profiles.importing.s3keys import keys_in
from simulator.runtime.clock import parse_rfc3339

_REGISTRY_KEYS: Final = (
    "image-registry-private-configuration-user",
    "installer-cloud-credentials",
    "image-registry-private-configuration",
)
_INTERNAL: Final = ".svc:5000/"

Content = tuple[str, bytes, int, float]
"""(path below the registry's root, data, recorded size, time)."""


def build(cluster: Cluster, report: Report) -> None:
    """Buckets of the registry and of ObjectBucketClaims, then the registry's files."""
    client = cluster.machines.client
    for one in client.list(OBJECTBUCKETS):
        _claimed_bucket(cluster, one, report)
    config = client.get_or_none(REGISTRYCONFIGS, "cluster")
    storage = ((config or {}).get("spec") or {}).get("storage") or {}
    s3 = storage.get("s3") or {}
    if s3.get("bucket"):
        _bucket(
            cluster,
            s3["bucket"],
            s3.get("regionEndpoint") or "",
            s3.get("region") or "",
            _REGISTRY_KEYS,
            NAMESPACE,
            report,
        )
        _fill_bucket(cluster, s3["bucket"], report)
    elif storage.get("pvc"):
        _fill_volume(cluster, storage["pvc"].get("claim") or "", report)


# -- buckets


def _claimed_bucket(cluster: Cluster, one: Object, report: Report) -> None:
    spec = one.get("spec") or {}
    endpoint, claim = spec.get("endpoint") or {}, spec.get("claimRef") or {}
    if endpoint.get("bucketName") and claim.get("name"):
        url = f"https://{endpoint.get('bucketHost', '')}:{endpoint.get('bucketPort', 443)}"
        secrets, namespace = (str(claim["name"]),), str(claim.get("namespace", ""))
        _bucket(cluster, endpoint["bucketName"], url, endpoint.get("region") or "", secrets, namespace, report)


def _bucket(
    cluster: Cluster, name: str, endpoint: str, region: str, secrets: Sequence[str], namespace: str, report: Report
) -> None:
    """A bucket that belongs to the keys in the first of some Secrets."""
    store = store_at(cluster.machines, endpoint)
    if store.find(name) is not None:
        return
    held = (keys_in(secret_values(cluster, namespace, secret)) for secret in secrets)
    pairs = [pair for pair in dict.fromkeys(held) if pair is not None]
    credentials = [{"accessKeyID": key, "secretAccessKey": value} for key, value in pairs]
    store.add(name, {"region": region, "credentials": credentials})
    report.make_up(f"buckets {name}", "a bucket that the cluster uses")
    if not pairs:
        report.notes.append(f"Bucket {name}: the dump holds no keys for it in Secret {namespace}/{secrets[0]}.")


# -- what the registry keeps


def _fill_bucket(cluster: Cluster, bucket: str, report: Report) -> None:
    client, count = cluster.machines.client, 0
    if client.list(BUCKETOBJECTS):
        return
    for path, data, size, time in _contents(cluster):
        client.create(BUCKETOBJECTS, bucket_object(bucket, path, data, size=size, time=time))
        count += 1
    _tell(report, f"bucketobjects {bucket}", count)


def _fill_volume(cluster: Cluster, claim: str, report: Report) -> None:
    client = cluster.machines.client
    held = client.get_or_none(PERSISTENTVOLUMECLAIMS, claim, NAMESPACE) or {}
    persistent = client.get_or_none(PERSISTENTVOLUMES, (held.get("spec") or {}).get("volumeName", "")) or {}
    handle = ((persistent.get("spec") or {}).get("csi") or {}).get("volumeHandle")
    volume = csi.volume_name(handle) if handle else ""
    if not volume or cluster.machines.volumes.get(volume) is None or cluster.machines.volumes.used(volume):
        return
    files = {f"/{path}": Node("file", data, size, mtime=time) for path, data, size, time in _contents(cluster)}
    folders = {above for path in files for above in _above(path)}
    for path in sorted(folders):
        client.create(VOLUMEFILES, volume_file(volume, path, Node("dir", mode=0o755)))
    for path, node in files.items():
        client.create(VOLUMEFILES, volume_file(volume, path, node))
    _tell(report, f"volumefiles {volume}", len(files))


def _above(path: str) -> Iterator[str]:
    while (path := path.rpartition("/")[0]) != "":
        yield path


def _tell(report: Report, place: str, count: int) -> None:
    if count:
        why = f"what the registry keeps, from Images and ImageStreams: {count} files, whose contents are not known"
        report.make_up(place, why)


def _contents(cluster: Cluster) -> Iterator[Content]:
    """The files of all images that the streams say were pushed to the registry, each once."""
    client, seen = cluster.machines.client, set[str]()
    by_name = {one["metadata"]["name"]: one for one in client.list(IMAGES)}
    for stream in client.list(IMAGESTREAMS):
        repository = f"{stream['metadata']['namespace']}/{stream['metadata']['name']}"
        for tag in (stream.get("status") or {}).get("tags") or ():
            for index, item in enumerate(tag.get("items") or ()):
                image = by_name.get(item.get("image", ""))
                if image is not None and _INTERNAL in item.get("dockerImageReference", ""):
                    for content in _files(repository, tag["tag"] if index == 0 else "", image, item.get("created", "")):
                        if content[0] not in seen:
                            seen.add(content[0])
                            yield content


def _files(repository: str, tag: str, image: Object, created: str) -> Iterator[Content]:
    """Layers and configuration by their digests, and a manifest that names them."""
    when = parse_rfc3339(created) if created else 0.0
    described = images.Image(*_parts(image))
    for path, data, size in images.layout(repository, tag, described):
        yield path, data, size, when


def _parts(image: Object) -> tuple[images.Blob, images.Blob, tuple[images.Blob, ...]]:
    layers = tuple(
        images.Blob(layer["name"], b"", int(layer.get("size") or 0)) for layer in image.get("dockerImageLayers") or ()
    )
    identity = str((image.get("dockerImageMetadata") or {}).get("Id") or image["metadata"]["name"])
    config = images.Blob(identity, b"{}", 2)
    manifest = {
        "schemaVersion": 2,
        "mediaType": image.get("dockerImageManifestMediaType") or images.MANIFEST_TYPE,
        "config": {"digest": config.digest, "size": config.size},
        "layers": [{"mediaType": images.LAYER_TYPE, "size": one.size, "digest": one.digest} for one in layers],
    }
    data = json.dumps(manifest, indent=3).encode()
    return images.Blob(image["metadata"]["name"], data, len(data)), config, layers
