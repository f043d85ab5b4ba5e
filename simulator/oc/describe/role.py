"""``oc describe role`` and ``clusterrole``. Source: kubectl 1.14, describe.go (RoleDescriber), rbac/v1/helpers.go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.errors import Object
from simulator.oc.describe.fields import go_list, write_marks
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


@dataclass(frozen=True)
class Grant:
    """What one line tells: verbs on one resource of one group, or on one URL."""

    verbs: tuple[str, ...]
    group: str = ""
    resource: str = ""
    name: str = ""
    url: str = ""

    def sort_key(self) -> str:
        """The rule as Go prints it: that is what they are sorted by."""
        groups = [] if self.url else [self.group]
        return (
            f"&PolicyRule{{Verbs:{go_list(self.verbs)},APIGroups:{go_list(groups)},"
            f"Resources:{_bracketed(self.resource)},ResourceNames:{_bracketed(self.name)},"
            f"NonResourceURLs:{_bracketed(self.url)},}}"
        )

    def target(self) -> str:
        """``deployments.apps/scale``."""
        resource, slash, subresource = self.resource.partition("/")
        return resource + (f".{self.group}" if self.group and resource else "") + slash + subresource


def describe(_invocation: Invocation, role: Object) -> str:
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", role["metadata"]["name"])
    write_marks(writer, role["metadata"])
    writer.write(
        "PolicyRule:\n  Resources\tNon-Resource URLs\tResource Names\tVerbs\n"
        "  ---------\t-----------------\t--------------\t-----\n"
    )
    for grant in compact(role.get("rules") or ()):
        writer.line(f"  {grant.target()}", _bracketed(grant.url), _bracketed(grant.name), go_list(grant.verbs))
    return writer.text()


def compact(rules: Sequence[Object]) -> list[Grant]:
    """One grant for each resource, with the verbs of all rules on it; resources with names and URLs stay apart."""
    simple: dict[tuple[str, str, str], list[str]] = {}
    rest: list[Grant] = []
    for grant in _breakdown(rules):
        if grant.url:
            rest.append(grant)
        else:
            simple.setdefault((grant.group, grant.resource, grant.name), []).extend(grant.verbs)
    merged = [Grant(tuple(verbs), group, resource, name) for (group, resource, name), verbs in simple.items()]
    return sorted((*merged, *rest), key=Grant.sort_key)


def _breakdown(rules: Sequence[Object]) -> Iterator[Grant]:
    for rule in rules:
        for group in rule.get("apiGroups") or ():
            for resource in rule.get("resources") or ():
                for verb in rule["verbs"]:
                    for name in rule.get("resourceNames") or [""]:
                        yield Grant((verb,), group, resource, name)
        for url in rule.get("nonResourceURLs") or ():
            for verb in rule["verbs"]:
                yield Grant((verb,), url=url)


def _bracketed(text: str) -> str:
    return go_list([text] if text else [])
