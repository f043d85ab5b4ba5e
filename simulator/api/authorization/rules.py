"""One rule of a role, compiled. Source: kubernetes, pkg/apis/rbac/v1/evaluation_helpers.go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

ALL: Final = "*"
_NOTHING: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """Allows ``verbs`` on ``resources`` of ``groups`` (with one of ``names``, if there are any), or on ``urls``."""

    verbs: frozenset[str]
    groups: frozenset[str] = _NOTHING
    resources: frozenset[str] = _NOTHING
    names: frozenset[str] = _NOTHING
    urls: tuple[str, ...] = ()

    def covers(self, verb: str, group: str, resource: str, subresource: str = "") -> bool:
        """Whether it is about this, whatever the object's name. ``*/scale`` stands for that subresource of anything."""
        if not _has(self.verbs, verb) or not _has(self.groups, group):
            return False
        what = f"{resource}/{subresource}" if subresource else resource
        resources = self.resources
        return ALL in resources or what in resources or bool(subresource and f"*/{subresource}" in resources)

    def covers_path(self, verb: str, path: str) -> bool:
        """Whether it is about a request for no resource. ``/healthz/*`` stands for all that begins so."""
        return _has(self.verbs, verb) and any(_is_under(path, url) for url in self.urls)


def compiled(rule: Mapping[str, Any]) -> Rule:
    """A rule as a role has it."""
    return Rule(
        _texts(rule.get("verbs")),
        _texts(rule.get("apiGroups")),
        _texts(rule.get("resources")),
        _texts(rule.get("resourceNames")),
        tuple(map(str, rule.get("nonResourceURLs") or ())),
    )


def _texts(values: Iterable[Any] | None) -> frozenset[str]:
    return frozenset(map(str, values)) if values else _NOTHING


def _has(values: frozenset[str], wanted: str) -> bool:
    return wanted in values or ALL in values


def _is_under(path: str, url: str) -> bool:
    return url in (ALL, path) or (url.endswith(ALL) and path.startswith(url.rstrip(ALL)))


EVERYTHING: Final = (
    Rule(frozenset({ALL}), frozenset({ALL}), frozenset({ALL})),
    Rule(frozenset({ALL}), urls=(ALL,)),
)
