"""What the real oc 4.20 (kubectl 1.33) printed on ``recorded/objects.yaml``, command by command.

A transcript begins with the time of its recording. ``$`` is a command line, ``|`` a line of its standard output
(``\\``: one without an end), ``!`` one of standard error, ``?`` an exit status other than 0. What no two runs share is
masked.
The objects are served as they are written: no admission, no controllers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.errors import StatusError
from simulator.runtime.clock import parse_rfc3339
from simulator.shell.programs import PROGRAMS
from tests.oc.conftest import MODERN, Bench

FOLDER = Path(__file__).parent / "recorded"
BORN = parse_rfc3339("2026-11-25T06:00:00Z")
MASKS = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"oc-edit-\d+", "oc-edit-N"),
    (r'(resourceVersion"?: )"\d+"', r'\1"N"'),
    (r"(Resource Version: +)\d+", r"\1N"),
    (r"\b\d+s\b", "Ns"),
    (r"\b\d+ seconds", "N seconds"),
    (r"\d\d:\d\d:\d\d", "HH:MM:SS"),
    (r"https?://[a-z0-9.]+:\d+", "SERVER"),
    (r"(127-0-0-1|api-example-com):\d+", "HOST"),
)


def masked(text: str) -> str:
    for pattern, instead in MASKS:
        text = re.sub(pattern, instead, text)
    return text


def steps(text: str) -> Iterator[tuple[str, str, str, int]]:
    """(command line, standard output, standard error, exit status)."""
    for block in text.split("\n$ ")[1:]:
        line, *rows = block.rstrip("\n").split("\n")
        out = "".join(f"{row[2:]}\n" if row[0] == "|" else row[2:] for row in rows if row[0] in "|\\")
        err = "".join(f"{row[2:]}\n" for row in rows if row[0] == "!")
        yield line, out, err, next((int(row[2:]) for row in rows if row[0] == "?"), 0)


@cache
def objects() -> list[dict[str, Any]]:
    return [obj for obj in yaml.safe_load_all((FOLDER / "objects.yaml").read_text()) if obj]


def world(now: float) -> Bench:
    bench = Bench(MODERN, start=BORN, admission=())
    bench.session.context = "ctx"
    bench.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-node-lease"}})
    for obj in objects():
        made = bench.create(obj, obj["metadata"].get("namespace", "demo"))
        kind = bench.api.table.by_kind(obj["apiVersion"], obj["kind"])
        if "status" in obj and kind is not None and "status" in kind.subresources:
            bench.client.update_status(kind.gvr, {**made, "status": obj["status"]})
    for path in (FOLDER / "files").iterdir():
        bench.fs.write(f"/{path.name}", path.read_bytes())

    bench.clock.advance(now - bench.clock.now())
    return bench


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_the_built_in_oc_prints_what_the_real_one_printed(path: Path) -> None:
    text = path.read_text()
    bench = world(parse_rfc3339(text.split("\n", 1)[0].removeprefix("at ")))
    if "--as bob" in text:
        for resource in ("nodes", "pods"):  # the server of the recording let anybody
            bench.allow("bob", "list", resource)
    wrong = []
    for line, out, err, status in steps(text):
        ran = bench.run(line, programs=PROGRAMS, limit_s=60)
        if (masked(ran.stdout), masked(ran.stderr), ran.status) != (out, err, status):
            wrong.append(f"$ {line}\n--- real ({status})\n{out}{err}--- ours ({ran.status})\n{ran.stdout}{ran.stderr}")
    assert not wrong, "\n".join(wrong)


def test_the_recordings_are_read_whole() -> None:
    lines = [line for path in FOLDER.glob("*.txt") for line, *_ in steps(path.read_text())]
    assert len(lines) > 400
    with pytest.raises(StatusError):  # the objects are there only once
        world(BORN).create(objects()[0])
