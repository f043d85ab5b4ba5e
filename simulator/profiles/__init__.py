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
| ``thawing``  | reads that file no further than it is looked at                                        |
"""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from simulator.errors import InputError
from simulator.log.entry import Snapshot
from simulator.log.state import State
from simulator.profiles import thawing
from simulator.profiles.packing import unpack
from simulator.release import Release

DEFAULT = "ocp-4.20"


@dataclass(frozen=True)
class Profile:
    """``start``: the clock's first moment, seconds since the epoch. ``server``: the URL of the API.

    ``settled`` False: controllers have something to do at the start, and look at everything.
    """

    name: str
    title: str
    release: Release
    server: str
    start: float
    user: str = "kube:admin"
    namespace: str = "default"
    settled: bool = True


def names() -> list[str]:
    """The profiles that come with ocsim."""
    return sorted(entry.name for entry in _folder().iterdir() if (entry / "profile.yaml").is_file())


def head(name: str) -> Profile:
    """What the file of a profile that comes with ocsim says first; its objects are not read."""
    text = (_folder() / f"{name}.json").read_text(encoding="utf-8")
    first = text.partition("\n")[0].removesuffix(',"shared":[')
    return profile_of(name, json.loads(first + "}")["profile"])


def load(name: str, at: float | None = None) -> tuple[Profile, State]:
    """The profile of a name, or of a path: of a frozen profile (.json), or of a profile's folder, which is built then.

    Read once per process, as long as the file stays the same, and shared by all clusters: fork the state. With ``at``
    (seconds since the epoch) its clock starts then, and all that came before keeps its age; that one is not shared.
    """
    if at is not None:
        return _moved(name, at)
    if not is_path(name):
        return frozen(name)
    path = Path(name)
    if path.is_dir():
        return _built(path)
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=name, field="profile") from error
    return _of_file(path, stat.st_mtime_ns, stat.st_size)


def _moved(name: str, at: float) -> tuple[Profile, State]:
    path = Path(name) if is_path(name) else _folder() / f"{name}.json"
    profile = load(name)[0]  # tells what is wrong with it
    text = _built_text(Path(name)) if Path(name).is_dir() else path.read_text(encoding="utf-8")
    state = thawing.read(text, round(at) - profile.start)[1]
    return replace(profile, start=float(round(at))), state


def is_path(name: str) -> bool:
    """Whether a person means a file or folder: it has a slash or ends in .json."""
    return "/" in name or name.endswith(".json")


@cache
def frozen(name: str) -> tuple[Profile, State]:
    """A profile that comes with ocsim, and its settled state."""
    source = _folder() / f"{name}.json"
    if not source.is_file():
        raise InputError(f"there is no profile {name!r}; there are: {', '.join(names())}", field="profile")
    raw, state = thawing.read(source.read_text(encoding="utf-8"))
    return profile_of(name, raw), state


@lru_cache(maxsize=4)
def _of_file(path: Path, _changed: int, _size: int) -> tuple[Profile, State]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=str(path), field="profile") from error
    return thawed(path.stem, text, str(path))


def _built(path: Path) -> tuple[Profile, State]:
    return thawed(path.resolve().name, _built_text(path))


def _built_text(path: Path) -> str:
    from simulator.profiles.build import build, to_text  # here, as it needs a cluster

    return to_text(build(path.resolve().name, path))


def thawed(name: str, text: str, file: str = "") -> tuple[Profile, State]:
    """The profile and state of the text of a frozen profile; InputError when it is none."""
    collects = gc.isenabled()
    gc.disable()  # looking for garbage while a million fields come to stay takes longer than reading them
    try:
        content = json.loads(text)
        state = State.from_frozen(Snapshot(content["revision"], content["time"], list(unpack(content))))
        return profile_of(name, content["profile"]), state
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise InputError("not a frozen profile, as ocsim profile import writes it", file=file or name) from error
    finally:
        if collects:
            gc.enable()


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
        settled=raw.get("settled", True),
    )


def _folder() -> Traversable:
    return files("simulator") / "profiles"
