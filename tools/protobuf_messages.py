"""Makes ``simulator/api/protobuf/messages.json``: ``python -m tools.protobuf_messages DIR``.

DIR holds the Go modules k8s.io/api, k8s.io/apimachinery, k8s.io/apiextensions-apiserver, k8s.io/kube-aggregator and
github.com/openshift/api at their import paths, as a vendor folder does. Taken are names, numbers and types of fields
from ``generated.proto``, and from ``types.go`` what that does not say: the name in JSON, whether a field is embedded
there, and whether its zero value is told.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent / "simulator" / "api"
TARGET = ROOT / "protobuf" / "messages.json"
SCALARS = {"string": "s", "bool": "b", "bytes": "y", "int32": "i", "int64": "i", "uint32": "i", "double": "n",
           "float": "f"}  # fmt: skip
_MESSAGE = re.compile(r"^message (\w+) \{(.*?)^\}", re.S | re.M)
_FIELD = re.compile(r"^  (optional|repeated|required)? ?(map<[^>]+>|[.\w]+) (\w+) = (\d+);", re.M)
_STRUCT = re.compile(r"^type (\w+) struct \{(.*?)^\}", re.S | re.M)
_TAGS = re.compile(r"^\s*(?:(\w+)\s+)?(\S+)\s+`json:\"([^\"]*)\"[^`\n]*?protobuf:\"\w+,(\d+),", re.M)
_GROUP = re.compile(r'^\s*(?:const )?\s*(?:GroupName|groupName)\s*=\s*"([^"]*)"', re.M)


def main(folder: str) -> None:
    root = Path(folder)
    messages: dict[str, list[list[Any]]] = {}
    kinds: dict[str, str] = {}
    for proto in sorted(root.rglob("generated.proto")):
        package = str(proto.parent.relative_to(root)).replace("/", ".")
        tags = _tags(proto.parent)
        text = proto.read_text()
        for name, body in _MESSAGE.findall(text):
            messages[f"{package}.{name}"] = list(_fields(package, body, tags.get(name, {})))
        kinds.update(_kinds(proto.parent, package, text))
    kinds = {kind: name for kind, name in kinds.items() if kind.rpartition("/")[0] in _served() and name in messages}
    kept = _reachable(messages, kinds.values())
    lines = [f"{json.dumps(name)}:{json.dumps(kept[name], separators=(',', ':'))}" for name in sorted(kept)]
    known = json.dumps(dict(sorted(kinds.items())), indent=0)
    TARGET.write_text(f'{{"kinds":{known},\n"messages":{{\n' + ",\n".join(lines) + "\n}}\n")


def _served() -> set[str]:
    """The group versions of all releases, and those of what is only ever sent."""
    blocks = json.loads((ROOT / "resources.json").read_text())
    return {block["groupVersion"] for block in blocks} | {"autoscaling/v1", "policy/v1beta1", "policy/v1"}


def _tags(folder: Path) -> dict[str, dict[int, tuple[str, str]]]:
    """struct -> field number -> (Go type, json tag)."""
    found: dict[str, dict[int, tuple[str, str]]] = {}
    for source in sorted(folder.glob("*.go")):
        if source.name.startswith(("generated.pb", "zz_")):
            continue
        for name, body in _STRUCT.findall(source.read_text()):
            rows = {int(number): (go, tag) for _, go, tag, number in _TAGS.findall(body)}
            found.setdefault(name, {}).update(rows)
    return found


def _fields(package: str, body: str, tags: Mapping[int, tuple[str, str]]) -> Iterator[list[Any]]:
    """[number, name in JSON, code, flags]: flag ``^`` for an embedded one, ``0`` for one whose zero value is told."""
    for label, kind, proto_name, digits in _FIELD.findall(body):
        number = int(digits)
        go, tag = tags.get(number, ("", proto_name))
        name, _, options = tag.partition(",")
        code = _code(package, kind)
        if label == "repeated":
            code = "[" + code
        inline = "^" if "inline" in options else ""
        told = "0" if go.startswith("*") or ("omitempty" not in options and tags and code in "sbin") else ""
        yield [number, name or proto_name, code] + ([inline + told] if inline + told else [])


def _code(package: str, kind: str) -> str:
    if kind.startswith("map<"):
        return "{" + _code(package, kind[4:-1].split(",")[1].strip())
    if kind in SCALARS:
        return SCALARS[kind]
    return kind.lstrip(".") if "." in kind else f"{package}.{kind}"


def _kinds(folder: Path, package: str, text: str) -> Iterator[tuple[str, str]]:
    """``apps/v1/Deployment`` -> the name of its message, for all messages with metadata."""
    register = folder / "register.go"
    if not register.is_file():
        return
    group = next(iter(_GROUP.findall(register.read_text())), None)
    if group is None:
        return
    api_version = f"{group}/{folder.name}" if group else folder.name
    for name, body in _MESSAGE.findall(text):
        if re.search(r"meta\.v1\.(ObjectMeta|ListMeta) \w+ = 1;", body) or name.endswith("Options"):
            yield f"{api_version}/{name}", f"{package}.{name}"


def _reachable(messages: Mapping[str, Any], roots: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    waiting = [*roots, "k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions"]
    while waiting:
        name = waiting.pop()
        if name in messages and name not in kept:
            kept[name] = messages[name]
            waiting += [field[2].lstrip("[{") for field in messages[name]]
    return kept


if __name__ == "__main__":
    main(sys.argv[1])
