"""From an image, a container and its command to what it does: the table ``data/programs.yaml``, first match wins.

A ``service`` runs for ever and listens; ``registry`` is the image registry; ``deployer`` rolls a DeploymentConfig out;
a ``script`` runs in the simulated shell and ends with its exit status; a ``task`` works as long as a service boots, and
is done.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from simulator.errors import Object
from simulator.infra.rootfs import load_data
from simulator.release import OLDEST, Minor, Release, is_part

_SHELLS = ("", "sh", "bash")  # "": the spec names no program, and somebody wants to type
_SHELL_STOP_S = 30.0  # a shell does not heed SIGTERM


@dataclass(frozen=True, slots=True)
class Behaviour:
    """``boot_s``: from the start until it listens; ``stop_s``: from SIGTERM to its end, if the grace period lasts."""

    kind: str
    family: str
    boot_s: float
    stop_s: float
    log: tuple[str, ...]  # templates of the lines that it writes at its start


class Texts(NamedTuple):
    """What the patterns of a row look at."""

    namespace: str
    image: str
    container: str
    program: str
    policy: str


def behaviour_of(pod: Object, container: Object, release: Release = OLDEST) -> Behaviour:
    """The first row of the table whose patterns all match; whatever the image, a shell that may be typed to is one."""
    variables = frozenset(one["name"] for one in container.get("env") or ())
    texts = _texts(pod, container)
    found = _behaviour(texts, variables, release.minor)
    if container.get("stdin") and texts.program in _SHELLS and found.kind != "script":
        return replace(found, kind="script", boot_s=0.0, stop_s=_SHELL_STOP_S, log=())
    return found


@lru_cache(maxsize=4096)  # a relist asks for each container several times
def _behaviour(texts: Texts, variables: frozenset[str], minor: Minor) -> Behaviour:
    data = load_data("programs.yaml")
    row = next(row for row in data["rules"] if _matches(row, texts, variables) and is_part(minor, row))
    merged: Mapping[str, Any] = {**data["defaults"], **row}
    base = next((one for one in data["bases"].get(merged["family"], ()) if is_part(minor, one)), merged)
    log = tuple(data["logs"][merged["log"]])
    return Behaviour(merged["kind"], base["family"], merged["boot"], merged["stop"], log)


def command_line(container: Object) -> list[str]:
    """``command`` and ``args`` as far as the spec gives them."""
    return [*(container.get("command") or ()), *(container.get("args") or ())]


def image_kind(image: str) -> Mapping[str, Any] | None:
    """The row of ``data/images.yaml`` for an image of an external registry; None when there is no such image."""
    rows: Sequence[Mapping[str, Any]] = load_data("images.yaml")["known"]
    return next((row for row in rows if re.match(row["image"], image)), None)


def _texts(pod: Object, container: Object) -> Texts:
    words = command_line(container)
    return Texts(
        namespace=pod["metadata"]["namespace"],
        image=container.get("image", ""),
        container=container["name"],
        program=posixpath.basename(words[0]) if words else "",
        policy=pod["spec"].get("restartPolicy", "Always"),
    )


def _matches(row: Mapping[str, Any], texts: Texts, variables: Collection[str]) -> bool:
    patterns = ((text, row[key]) for key, text in zip(Texts._fields, texts, strict=True) if key in row)
    return all(re.search(pattern, text) for text, pattern in patterns) and row.get("env", "") in {*variables, ""}
