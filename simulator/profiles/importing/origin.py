"""Where a dump comes from: its release, its moment, the server; told by its objects as far as they tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from simulator import profiles
from simulator.errors import Object
from simulator.profiles.importing.report import Report
from simulator.release import OLDEST, Minor, Release, minor_of
from simulator.runtime.clock import RFC3339, parse_rfc3339

_VERSION: Final = re.compile(r"\d+\.\d+(\.\d+)?")
_KUBERNETES: Final = re.compile(r"v1\.(\d+)")
_BETWEEN: Final = 13  # Kubernetes 1.N is OpenShift 4.(N-13), from 4.3 on
_NOT_PAST: Final = re.compile(r"(?i)^(next|expir|not-?after|deadline|deletion|valid)")
_TIME_KEYS: Final = ("time", "timestamp", "startedat", "finishedat", "lastupdated", "lastseen", "at")
_SERVER: Final = "https://api.imported.example.com:6443"


def is_version(obj: Object) -> bool:
    """What ``oc version -o yaml`` prints."""
    return "kind" not in obj and isinstance(obj.get("serverVersion"), dict)


def release_of(objects: Sequence[Object], versions: Sequence[Object], report: Report) -> Release:
    """From ClusterVersion, ``oc version`` and the kubelets; what is missing follows from what is there."""
    kubernetes = _kubernetes(objects, versions)
    version = _openshift(objects, versions) or _told_by(kubernetes)
    if not version:
        version = _newest()
        text = "no ClusterVersion, no node and no output of oc version tell the release"
        report.make_up(f"release {version}", f"{text}: the newest that is modelled is taken")
    kubernetes = kubernetes or _kubernetes_of(minor_of(version))
    _note_unmodelled(minor_of(version), report)
    return Release(version, kubernetes, _uid_nodes(objects))


def _openshift(objects: Iterable[Object], versions: Iterable[Object]) -> str:
    for obj in objects:
        if obj["kind"] == "ClusterVersion":
            status = obj.get("status") or {}
            done = [row for row in status.get("history") or () if row.get("state") == "Completed"]
            told = [*(row.get("version") for row in done), (status.get("desired") or {}).get("version")]
            found = next((text for text in told if text and _VERSION.match(str(text))), "")
            if found:
                return str(found)
    return next((str(one["openshiftVersion"]) for one in versions if one.get("openshiftVersion")), "")


def _kubernetes(objects: Iterable[Object], versions: Iterable[Object]) -> str:
    for one in versions:
        if _KUBERNETES.match(str(one["serverVersion"].get("gitVersion"))):
            return str(one["serverVersion"]["gitVersion"])
    infos = ((obj.get("status") or {}).get("nodeInfo") or {} for obj in objects if obj["kind"] == "Node")
    told = Counter(str(info["kubeletVersion"]) for info in infos if info.get("kubeletVersion"))
    return told.most_common(1)[0][0] if told else ""


def _told_by(kubernetes: str) -> str:
    match = _KUBERNETES.match(kubernetes)
    return f"4.{max(int(match.group(1)) - _BETWEEN, OLDEST.minor.minor)}.0" if match else ""


def _kubernetes_of(minor: Minor) -> str:
    return OLDEST.kubernetes if minor <= OLDEST.minor else f"v1.{minor.minor + _BETWEEN}.0"


def _newest() -> str:
    """The newest release of which a profile comes with ocsim."""
    releases = (profiles.head(name).release for name in profiles.names())
    return max(releases, key=lambda release: release.minor).version


def _note_unmodelled(minor: Minor, report: Report) -> None:
    newest = minor_of(_newest())
    if minor < OLDEST.minor:
        report.notes.append(f"OpenShift {minor} is older than what is modelled; it behaves as {OLDEST.minor} does.")
    elif minor > newest:
        report.notes.append(f"OpenShift {minor} is newer than what is modelled; it behaves as {newest} does.")


def _uid_nodes(objects: Iterable[Object]) -> tuple[str, ...]:
    """The MACs in UIDs of version 1, the most frequent first; none in a release that has version 4."""
    uids = (str(obj["metadata"].get("uid", "")) for obj in objects)
    parts = [uid.split("-") for uid in uids]
    nodes = Counter(part[4] for part in parts if len(part) == 5 and part[2][:1] == "1")
    known = sum(len(part) == 5 for part in parts)
    return tuple(node for node, _ in nodes.most_common(3)) if 2 * sum(nodes.values()) > known else ()


def server_of(objects: Iterable[Object], report: Report) -> str:
    for obj in objects:
        if obj["kind"] == "Infrastructure" and (obj.get("status") or {}).get("apiServerURL"):
            return str(obj["status"]["apiServerURL"])
    report.make_up(f"server {_SERVER}", "no Infrastructure tells the URL of the API")
    return _SERVER


# -- the moment


def newest_time(objects: Iterable[Object], default: float) -> float:
    """The newest time that an object tells of something past, seconds since the epoch."""
    newest = max((text for obj in objects for text in _times(obj)), default="")
    return parse_rfc3339(newest) if newest else default


def _times(obj: Object) -> Iterator[str]:
    """Times in metadata (no annotations: they tell of ends of certificates), in status, of leases and of events."""
    for key, value in obj.items():
        if key == "metadata":
            plain = {name: part for name, part in value.items() if name not in ("annotations", "labels")}
            yield from _times_in(plain, "")
        elif key not in ("spec", "data") or obj["kind"] == "Lease":
            yield from _times_in(value, key)


def _times_in(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) >= 20 and value[10] == "T" and RFC3339.fullmatch(value) and _is_past(key):
            yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _times_in(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _times_in(part, key)


def _is_past(key: str) -> bool:
    return key.lower().endswith(_TIME_KEYS) and not _NOT_PAST.match(key)
