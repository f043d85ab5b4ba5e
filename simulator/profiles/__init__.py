"""Floor 3: profiles. A profile is a folder of YAML (what a cluster is made of, and when it came) and its frozen state.

``NAME/profile.yaml`` tells the release, the server and the moment at which the clock starts; the other files hold the
objects. ``NAME.json`` is generated from them (``make profiles``): the state that the controllers made of the objects,
settled, so that a cluster starts without doing that work again.

| module       | concern                                                                                |
|--------------|----------------------------------------------------------------------------------------|
| ``source``   | a YAML file that knows its lines, for errors                                           |
| ``timeline`` | all files as one timeline, checked for references that lead nowhere                    |
| ``expand``   | the short forms; the long ones are in ``nodes``, ``workloads`` and ``content`` (images) |
| ``build``    | runs the timeline and freezes what comes of it                                         |
| ``packing``  | the frozen objects in their file; ``tokens`` leaves out what can be made again         |
"""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from simulator.errors import InputError
from simulator.log.entry import Snapshot
from simulator.log.state import State
from simulator.profiles.packing import unpack
from simulator.release import Release

DEFAULT = "ocp-4.2"


@dataclass(frozen=True)
class Profile:
    """``start``: the clock's first moment, seconds since the epoch. ``server``: the URL of the API."""

    name: str
    title: str
    release: Release
    server: str
    start: float
    user: str = "kube:admin"
    namespace: str = "default"


def names() -> list[str]:
    """The profiles that come with ocsim."""
    return sorted(entry.name for entry in _folder().iterdir() if entry.name != "__pycache__" and entry.is_dir())


def title(name: str) -> str:
    """What a profile is, in a line; its objects are not read."""
    text = (_folder() / f"{name}.json").read_text(encoding="utf-8")
    head = text.partition("\n")[0].removesuffix(',"shared":[')
    return str(json.loads(head + "}")["profile"]["title"])


@cache
def frozen(name: str) -> tuple[Profile, State]:
    """The profile and its settled state, read once per process and shared by all clusters: fork it."""
    source = _folder() / f"{name}.json"
    if not source.is_file():
        raise InputError(f"there is no profile {name!r}; there are: {', '.join(names())}", field="profile")
    collects = gc.isenabled()
    gc.disable()  # looking for garbage while a million fields come to stay takes longer than reading them
    try:
        content = json.loads(source.read_text(encoding="utf-8"))
        state = State.from_frozen(Snapshot(content["revision"], content["time"], list(unpack(content))))
    finally:
        if collects:
            gc.enable()
    return profile_of(name, content["profile"]), state


def profile_of(name: str, raw: Mapping[str, Any]) -> Profile:
    release = raw["release"]
    return Profile(
        name=name,
        title=raw["title"],
        release=Release(
            version=release["version"],
            kubernetes=release["kubernetes"],
            uid_nodes=tuple(release.get("uidNodes", ())),
        ),
        server=raw["server"],
        start=float(raw["start"]),
        user=raw.get("user", "kube:admin"),
        namespace=raw.get("namespace", "default"),
    )


def _folder() -> Traversable:
    return files("simulator") / "profiles"
