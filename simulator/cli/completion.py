"""Completion at the embedded prompt, from what the cluster holds."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.resourcetable import builtin_table
from simulator.console import Console
from simulator.errors import StatusError
from simulator.oc.main import VERBS

_TAKES_RESOURCE = {"get", "describe", "edit", "delete", "patch", "label", "annotate", "scale", "wait", "explain"}
_TAKES_POD = {"rsh", "exec", "logs"}


def candidates(console: Console, words: list[str]) -> Iterable[str]:
    """Words that may stand in the last place of ``words``."""
    before = [word for word in words[:-1] if word]
    if not before:
        return sorted(console.shell.programs)
    if before[0] != "oc":
        return sorted(console.shell.base_fs.list(console.shell.cwd))
    if len(before) == 1:
        return sorted(VERBS)
    if before[-1] in ("-n", "--namespace") or before[1] == "project":
        return _names(console, "namespaces", None)
    if before[1] in _TAKES_POD:
        return _names(console, "pods", console.session.namespace)
    if before[1] not in _TAKES_RESOURCE:
        return ()
    plurals = [word for word in before[2:] if not word.startswith("-")]
    if not plurals:
        return sorted(
            {name for row in builtin_table(console.session.release).rows for name in (row.plural, *row.short_names)}
        )
    return _names(console, plurals[0], console.session.namespace)


def _names(console: Console, resource: str, namespace: str | None) -> list[str]:
    for row in builtin_table(console.session.release).rows:
        if resource in (row.plural, row.singular, row.qualified, *row.short_names):
            try:
                found = console.client().list(row.gvr, namespace if row.namespaced else None)
            except StatusError:
                return []
            return [obj["metadata"]["name"] for obj in found]
    return []
