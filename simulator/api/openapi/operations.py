"""What can be asked at each path of a kind: the operations of OpenAPI, in a form of which v2 and v3 are made.

Source: apiserver, pkg/endpoints/installer.go; apiextensions-apiserver, pkg/controller/openapi/builder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from simulator.api import typefacts
from simulator.api.discovery import below
from simulator.api.openapi.definitions import META, Definitions, definition_name
from simulator.api.openapi.parameters import PATH, Parameter, of_action, of_type
from simulator.api.resourcetable import ResourceType
from simulator.api.types import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH
from simulator.changes.api import APPLY_PATCHES
from simulator.errors import Object

ENCODINGS: Final = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
STREAMS: Final = ("application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch")
STATUS: Final = definition_name(META + "Status")
_DELETE_OPTIONS: Final = definition_name(META + "DeleteOptions")
_PATCH: Final = definition_name(META + "Patch")


class _Action(NamedTuple):
    """How a verb of a resource is told: method, action, the name of the operation's first part, codes of success."""

    method: str
    action: str
    prefix: str
    codes: tuple[int, ...]


_COLLECTION: Final[Mapping[str, _Action]] = {
    "list": _Action("get", "list", "list", (200,)),
    "create": _Action("post", "post", "create", (200, 201, 202)),
    "deletecollection": _Action("delete", "deletecollection", "delete", (200,)),
}
_ITEM: Final[Mapping[str, _Action]] = {
    "get": _Action("get", "get", "read", (200,)),
    "update": _Action("put", "put", "replace", (200, 201)),
    "patch": _Action("patch", "patch", "patch", (200, 201)),
    "delete": _Action("delete", "delete", "delete", (200, 202)),
    "create": _Action("post", "post", "create", (200, 201, 202)),
}
_CONNECTED: Final = ("attach", "exec", "portforward", "proxy")
_OPTIONS: Final = {"attach": "PodAttachOptions", "exec": "PodExecOptions", "portforward": "PodPortForwardOptions",
                   "log": "PodLogOptions"}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """``body`` and ``reply`` are names of definitions; "" is no body, and a reply of text."""

    method: str
    id: str
    action: str
    kind: Object
    tag: str
    description: str
    codes: tuple[int, ...]
    reply: str
    body: str = ""
    consumes: tuple[str, ...] = ("*/*",)
    produces: tuple[str, ...] = ENCODINGS
    parameters: Sequence[Parameter] = ()


@dataclass(frozen=True)
class PathItem:
    """The operations at one path, and the parameters that all have."""

    path: str
    parameters: Sequence[Parameter]
    operations: Sequence[Operation] = field(default_factory=list)


def paths_of(row: ResourceType, definitions: Definitions) -> Iterator[PathItem]:
    """The paths of a row and of its subresources."""
    root = f"/apis/{row.group}/{row.version}" if row.group else f"/api/{row.version}"
    make = _Maker(row, definitions)
    collection, named = [verb for verb in _COLLECTION if verb in row.verbs], [v for v in _ITEM if v in row.verbs]
    named = [verb for verb in named if verb != "create"]
    if row.namespaced:
        if "list" in collection:
            yield PathItem(f"{root}/{row.plural}", [PATH["pretty"]], [make.everywhere()])
        root = f"{root}/namespaces/{{namespace}}"
    shared = [PATH["namespace"], PATH["pretty"]] if row.namespaced else [PATH["pretty"]]
    if collection:
        operations = [make.operation(_COLLECTION[verb], verb) for verb in collection]
        yield PathItem(f"{root}/{row.plural}", shared, operations)
    one = f"{root}/{row.plural}/{{name}}"
    if named:
        yield PathItem(one, [PATH["name"], *shared], [make.operation(_ITEM[verb], verb) for verb in named])
    for name in row.subresources:
        yield PathItem(f"{one}/{name}", [PATH["name"], *shared], list(make.below(name)))


class _Maker:
    """Makes the operations of one row. ``_word`` is the kind, or a second resource of a kind: processedtemplates."""

    def __init__(self, row: ResourceType, definitions: Definitions) -> None:
        self.row, self.definitions = row, definitions
        self.kind: Object = {"group": row.group, "kind": row.kind, "version": row.version}
        self.name = definitions.name_of(row)
        self.tag = f"{_camel(row.group, first=False)}_{row.version}"
        self._group = _camel(row.group) + row.version[:1].upper() + row.version[1:]
        self._word = row.kind if row.plural.startswith(row.kind[:3].lower()) else row.plural.capitalize()

    def everywhere(self) -> Operation:
        """The list over all namespaces."""
        action = _COLLECTION["list"]
        name = f"list{self._group}{self._word}ForAllNamespaces"
        return self._made(action, "list", name, f"{self.name}List", f"list objects of kind {self.row.kind}")

    def operation(self, action: _Action, verb: str) -> Operation:
        scope = "Namespaced" if self.row.namespaced else ""
        many = "Collection" if verb == "deletecollection" else ""
        name = f"{action.prefix}{self._group}{many}{scope}{self._word}"
        reply = {"list": f"{self.name}List", "delete": STATUS, "deletecollection": STATUS}.get(verb, self.name)
        return self._made(action, verb, name, reply, f"{_WORDS[verb]} {self.row.kind}")

    def below(self, name: str) -> Iterator[Operation]:
        """The operations of a subresource."""
        kind, group_version, verbs = below(self.row, name)
        scope = "Namespaced" if self.row.namespaced else ""
        rest = f"{scope}{self._word}{name[:1].upper()}{name[1:]}"
        group, _, version = group_version.rpartition("/")
        shown: Object = (
            {"group": group, "kind": kind, "version": version} if group_version else {**self.kind, "kind": kind}
        )
        for verb in verbs:
            if verb not in _ITEM:
                continue
            action, words = _ITEM[verb], f"{_WORDS[verb]} {name} of the specified {self.row.kind}"
            if name in _CONNECTED:
                called = f"connect{self._group}{action.method.capitalize()}{rest}"
                yield self._connected(action, called, name, shown)
                continue
            called = f"{action.prefix}{self._group}{rest}"
            yield self._made(action, verb, called, self._reply(name, kind, shown), words, shown, name)

    def _reply(self, name: str, kind: str, shown: Object) -> str:
        if name == "log":
            return ""
        if kind == self.row.kind:
            return self.name
        key = f"{typefacts.package_of(shown['group'], shown['version'])}.{kind}"
        return definition_name(key) if typefacts.is_known(key) else self.name

    def _made(
        self, action: _Action, verb: str, name: str, reply: str, words: str, kind: Object | None = None, below: str = ""
    ) -> Operation:
        row, minor = self.row, self.definitions.release
        body = {"create": reply, "update": reply, "patch": _PATCH}.get(verb, "")
        if verb in ("delete", "deletecollection"):
            body = _DELETE_OPTIONS
        found = of_action(verb, minor)
        if below in _OPTIONS:
            found = of_type(f"core.v1.{_OPTIONS[below]}")
        produces: tuple[str, ...] = ENCODINGS[:2] if row.custom else ENCODINGS
        if verb == "list" and "watch" in row.verbs:
            produces += STREAMS[:1] if row.custom else STREAMS
        elif below == "log":
            produces = ("text/plain", *produces)
        consumes = self._patches() if verb == "patch" else ("*/*",)
        shown = kind or self.kind
        return Operation(
            action.method, name, action.action, shown, self.tag, words, action.codes, reply, body, consumes, produces,
            found,
        )  # fmt: skip

    def _patches(self) -> tuple[str, ...]:
        apply = APPLY_PATCHES.at(self.definitions.release)
        strategic = (STRATEGIC_MERGE_PATCH,) if self.row.strategic else ()
        return (JSON_PATCH, MERGE_PATCH, *strategic, *apply)

    def _connected(self, action: _Action, name: str, below: str, kind: Object) -> Operation:
        options = _OPTIONS.get(below)
        found = of_type(f"core.v1.{options}") if options else [PATH["path"]]
        words = f"connect {action.method.upper()} requests to {below} of {self.row.kind}"
        return Operation(
            action.method, name, "connect", kind, self.tag, words, (200,), "", produces=("*/*",), parameters=found
        )


_WORDS: Final = {
    "create": "create", "delete": "delete", "deletecollection": "delete collection of", "get": "read the specified",
    "list": "list or watch objects of kind", "patch": "partially update the specified",
    "update": "replace the specified",
}  # fmt: skip
_PART: Final = re.compile(r"[^A-Za-z0-9]+")


def _camel(group: str, first: bool = True) -> str:
    """``RbacAuthorization`` of rbac.authorization.k8s.io; ``Core`` of the core group; ``ExampleCom`` of example.com."""
    parts = _PART.split(group.removesuffix(".k8s.io") or "core")
    words = "".join(part[:1].upper() + part[1:] for part in parts)
    return words if first else words[:1].lower() + words[1:]
