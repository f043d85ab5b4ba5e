"""Nobody gives rights that they do not have. Source: kubernetes, pkg/registry/rbac/validation (rule.go,
policy_comparator.go, policy_compact.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simulator.api.authorization.policy import Policy
from simulator.api.authorization.rules import ALL, Rule
from simulator.api.types import User


def refusal(policy: Policy, user: User, rules: Iterable[Rule], namespace: str) -> str:
    """Why the user may not grant these rules in this namespace ("": in all); "" when nothing speaks against it."""
    held = policy.grants(user, namespace)
    owned = [grant.rule for grant in held.grants]
    missing = [part for rule in rules for part in _parts(rule) if not any(_covers(one, part) for one in owned)]
    if not missing:
        return ""
    lines = "\n".join(sorted({_text(rule) for rule in _compact(missing)}))
    groups = _quoted(user.groups)
    errors = f"; resolution errors: [{' '.join(held.errors)}]" if held.errors else ""
    head = f'user "{user.name}" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:'
    return f"{head}\n{lines}{errors}"


def _parts(rule: Rule) -> Iterator[Rule]:
    """Rules of one verb, and of one group, resource and name or one path."""
    for verb in sorted(rule.verbs):
        verbs = frozenset({verb})
        yield from (Rule(verbs, urls=(url,)) for url in rule.urls)
        for group in sorted(rule.groups):
            for resource in sorted(rule.resources):
                for name in sorted(rule.names) or ("",):
                    names = frozenset({name} if name else ())
                    yield Rule(verbs, frozenset({group}), frozenset({resource}), names)


def _covers(owned: Rule, part: Rule) -> bool:
    if not _has(owned.verbs, part.verbs):
        return False
    if part.urls:
        wanted = part.urls[0]
        return any(url == wanted or (url.endswith(ALL) and wanted.startswith(url.rstrip(ALL))) for url in owned.urls)
    (resource,) = part.resources
    subresource = resource.partition("/")[2]
    about = _has(owned.resources, part.resources) or bool(subresource and f"*/{subresource}" in owned.resources)
    named = not owned.names or (bool(part.names) and part.names <= owned.names)
    return _has(owned.groups, part.groups) and about and named


def _has(owned: frozenset[str], wanted: frozenset[str]) -> bool:
    return ALL in owned or wanted <= owned


def _compact(parts: Sequence[Rule]) -> list[Rule]:
    """Those about the same thing, with their verbs together."""
    found: dict[tuple[frozenset[str], frozenset[str], frozenset[str], tuple[str, ...]], frozenset[str]] = {}
    for part in parts:
        what = (part.groups, part.resources, part.names, part.urls)
        found[what] = found.get(what, frozenset()) | part.verbs
    return [Rule(verbs, *what) for what, verbs in found.items()]


def _text(rule: Rule) -> str:
    """``{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}``"""
    shown = (
        ("APIGroups", sorted(rule.groups)),
        ("Resources", sorted(rule.resources)),
        ("NonResourceURLs", list(rule.urls)),
        ("ResourceNames", sorted(rule.names)),
        ("Verbs", sorted(rule.verbs)),
    )
    parts = (f"{name}:[{_quoted(values)}]" for name, values in shown if values)
    return "{" + ", ".join(parts) + "}"


def _quoted(values: Iterable[str]) -> str:
    return " ".join(f'"{value}"' for value in values)
