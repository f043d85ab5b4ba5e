"""The parameters of requests, as OpenAPI tells them. Those of an action began with the releases that are given here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from simulator.api import typefacts
from simulator.api.openapi.descriptions import describe
from simulator.changes.api import FIELD_VALIDATION
from simulator.release import Release, is_part

_TYPES: Final = {"s": "string", "b": "boolean", "i": "integer", "l": "integer"}


@dataclass(frozen=True)
class Parameter:
    """One parameter; ``place`` is where it stands: query or path."""

    name: str
    type: str
    description: str
    place: str = "query"


PATH: Final[Mapping[str, Parameter]] = {
    "name": Parameter("name", "string", "The name of the object.", "path"),
    "namespace": Parameter("namespace", "string", "The namespace of the object.", "path"),
    "pretty": Parameter("pretty", "string", "Whether the answer is laid out for people."),
    "path": Parameter("path", "string", "The URL path of the request to pass on."),
}
_LIST: Final = ("allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion",
                "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch")  # fmt: skip
_WRITE: Final = ("dryRun", "fieldManager", "fieldValidation")
_DELETE: Final = ("dryRun", "gracePeriodSeconds", "ignoreStoreReadErrorWithClusterBreakingPotential",
                  "orphanDependents", "propagationPolicy")  # fmt: skip
_OF_VERBS: Final[Mapping[str, Sequence[str]]] = {
    "create": _WRITE,
    "delete": _DELETE,
    "deletecollection": (*_DELETE, *_LIST[1:8], "timeoutSeconds"),
    "list": _LIST,
    "patch": (*_WRITE, "force"),
    "update": _WRITE,
}
# Source: Kubernetes 1.15, 1.16, 1.19, 1.27 and 1.32, apimachinery, meta/v1/types.go
_NEW: Final[Mapping[str, Mapping[str, str]]] = {
    "allowWatchBookmarks": {"since": "4.3"},
    "fieldManager": {"since": "4.3"},
    "force": {"since": "4.3"},
    "ignoreStoreReadErrorWithClusterBreakingPotential": {"since": "4.19"},
    "resourceVersionMatch": {"since": "4.6"},
    "sendInitialEvents": {"since": "4.14"},
}
_WORDS: Final = {
    "allowWatchBookmarks": "Whether a watch tells now and then how far it is (events of type BOOKMARK).",
    "continue": "Where the list goes on: what the page before told.",
    "dryRun": "All: everything is done but storing.",
    "fieldManager": "Who manages the fields that are written.",
    "fieldSelector": "Fields and values by which objects are chosen.",
    "fieldValidation": "What becomes of fields that are unknown or come twice: Ignore, Warn or Strict.",
    "force": "Whether an apply takes fields over that others manage.",
    "gracePeriodSeconds": "How long the object may take to end; 0 deletes it at once.",
    "ignoreStoreReadErrorWithClusterBreakingPotential": "Whether an object that cannot be read is deleted, too.",
    "labelSelector": "Labels and values by which objects are chosen.",
    "limit": "How many objects a page has at most.",
    "orphanDependents": "Whether what belongs to the object stays. Use propagationPolicy instead.",
    "propagationPolicy": "What becomes of what belongs to the object: Orphan, Background or Foreground.",
    "resourceVersion": "The version of the collection that is asked for, or that a watch begins after.",
    "resourceVersionMatch": "How that version is meant: NotOlderThan or Exact.",
    "sendInitialEvents": "Whether a watch begins with all objects that are there.",
    "timeoutSeconds": "How long the call may take.",
    "watch": "Tell changes as they come, instead of a list.",
}
_CODES: Final = {"allowWatchBookmarks": "boolean", "force": "boolean", "gracePeriodSeconds": "integer",
                 "ignoreStoreReadErrorWithClusterBreakingPotential": "boolean", "limit": "integer",
                 "orphanDependents": "boolean", "sendInitialEvents": "boolean", "timeoutSeconds": "integer",
                 "watch": "boolean"}  # fmt: skip


@cache
def of_action(verb: str, release: Release) -> Sequence[Parameter]:
    """The query parameters of a verb."""
    return [_parameter(name) for name in sorted(_OF_VERBS.get(verb, ())) if _is_there(name, release)]


@cache
def of_type(key: str) -> Sequence[Parameter]:
    """The fields of a type of options, as query parameters (``core.v1.PodExecOptions``)."""
    fields = sorted(typefacts.codes(key).items())
    return [
        Parameter(name, _TYPES.get(code.lstrip("["), "string"), describe(key, name))
        for name, code in fields
        if name not in ("apiVersion", "kind")
    ]


def _is_there(name: str, release: Release) -> bool:
    if name == "fieldValidation":
        return FIELD_VALIDATION.at(release)
    return is_part(release.minor, _NEW.get(name, {}))


def _parameter(name: str) -> Parameter:
    return Parameter(name, _CODES.get(name, "string"), _WORDS[name])
