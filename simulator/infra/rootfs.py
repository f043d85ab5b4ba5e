"""The root filesystem of images: a few files and the names of the programs, per family, from ``data/rootfs.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from simulator import documents
from simulator.infra.tree import Node, StaticTree, directory, text_file


@dataclass(frozen=True)
class Family:
    """What the images of one base have in common. ``prompt`` is PS1 without its last character."""

    name: str
    prompt: str
    shell: str
    programs: frozenset[str]
    tree: StaticTree


@cache
def load_data(name: str) -> Any:
    """A YAML file of ``infra/data``."""
    return documents.packaged("simulator.infra", f"data/{name}")


@cache
def family(name: str) -> Family:
    """A family of images; KeyError for a name that the data does not have."""
    data = load_data("rootfs.yaml")
    row = data["families"][name]
    programs = [program for group in row["programs"] for program in data["programs"][group].split()]
    tree = StaticTree(_files(data, row, programs), directory(mtime=row["built"]))
    return Family(name, row["prompt"], row["shell"], frozenset(programs), tree)


def _files(data: Mapping[str, Any], row: Mapping[str, Any], programs: list[str]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for path in data["directories"]:
        mode = 0o1777 if path in data["sticky"] else 0o755
        nodes[path] = directory(0o550 if path == "/root" else mode, mtime=row["built"])
    links = {**data["links"], **row.get("links", {})}
    for path, target in links.items():
        nodes[path] = Node("link", target=target, mode=0o777, mtime=row["built"])
    for path, content in {**data["files"], **row["files"]}.items():
        nodes[path] = text_file(content, mtime=row["built"])
    for program in programs:
        nodes[f"/usr/bin/{program}"] = Node("file", b"\x7fELF", data["programSize"], 0o755, mtime=row["built"])
    return nodes
