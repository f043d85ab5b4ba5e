"""Which resources the server has, and which of them a word means. Source: client-go, restmapper; kubectl's shortcuts.

``resolve`` understands what people type: ``pods``, ``pod``, ``po``, ``Pod``, ``deployments.apps``,
``deployments.v1.apps``, and a group that is only begun (``configs.imageregistry``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simulator.api.types import GVR
from simulator.oc.errors import fail

if TYPE_CHECKING:
    from simulator.client import Client
    from simulator.oc.session import Session


class ResourceInfo(NamedTuple):
    """One resource as discovery tells it."""

    group: str
    version: str
    plural: str
    kind: str
    singular: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()

    @property
    def gvr(self) -> GVR:
        return GVR(self.group, self.version, self.plural)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """``deployments.apps``; ``pods``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def type_name(self) -> str:
        """How results name the type: ``deployment.apps``, ``pod``."""
        kind = self.kind.lower()
        return f"{kind}.{self.group}" if self.group else kind

    def named(self, name: str) -> str:
        """``deployment.apps/web``."""
        return f"{self.type_name}/{name}"

    def path(self, namespace: str | None, name: str = "", subresource: str = "") -> str:
        return self.gvr.path(namespace if self.namespaced else None, name, subresource)


class ResourceMap:
    """All resources, those of preferred groups and versions first."""

    def __init__(self, rows: Iterable[ResourceInfo]) -> None:
        self.rows = tuple(rows)
        self._words: dict[str, list[ResourceInfo]] = {}
        self._kinds: dict[tuple[str, str], ResourceInfo] = {}
        for row in self.rows:
            for word in dict.fromkeys((row.plural, row.singular, row.kind.lower())):
                self._words.setdefault(word, []).append(row)
            self._kinds.setdefault((row.api_version, row.kind), row)
        for row in self.rows:  # a short name never hides a real one
            for word in row.short_names:
                if row not in self._words.setdefault(word, []):
                    self._words[word].append(row)

    def by_kind(self, api_version: str, kind: str) -> ResourceInfo | None:
        return self._kinds.get((api_version, kind))

    def find(self, text: str) -> ResourceInfo | None:
        """The resource that ``text`` means, or None."""
        word, _, qualifier = text.lower().partition(".")
        rows = self._words.get(word, [])
        if not qualifier:
            return rows[0] if rows else None
        version, _, group = qualifier.partition(".")
        tests = (
            lambda row: (row.version, row.group) == (version, group),
            lambda row: row.group == qualifier,
            lambda row: row.group.startswith(qualifier),
        )
        return next((row for test in tests for row in rows if test(row)), None)

    def category(self, name: str) -> list[ResourceInfo]:
        """The resources of a category (``all``). A kind that an old group serves as well is named by its new group."""
        rows = [row for row in self.rows if name in row.categories]
        modern = {row.plural for row in rows if row.group != "extensions"}
        unique: dict[str, ResourceInfo] = {}
        for row in rows:
            if row.group != "extensions" or row.plural not in modern:
                unique.setdefault(row.qualified, row)
        return list(unique.values())


def resource_map(session: Session, *, fresh: bool = False) -> ResourceMap:
    """What discovery tells, asked once a session; ``fresh`` asks again."""
    if session.resources is None or fresh:
        session.resources = ResourceMap(discover(session.client))
    return session.resources


def resolve(session: Session, text: str) -> ResourceInfo:
    """The resource of a word; CommandError when the server has none. An unknown word asks discovery anew once."""
    found = resource_map(session).find(text) or resource_map(session, fresh=True).find(text)
    if found is not None:
        return found
    raise fail(f'the server doesn\'t have a resource type "{text.partition(".")[0]}"')


def resource_of(session: Session, obj: Mapping[str, Any]) -> ResourceInfo | None:
    """The resource of an object by its apiVersion and kind; None when the server has no such kind."""
    kind = (str(obj.get("apiVersion", "")), str(obj.get("kind", "")))
    return resource_map(session).by_kind(*kind) or resource_map(session, fresh=True).by_kind(*kind)


def discover(client: Client) -> list[ResourceInfo]:
    """All resources in order of preference: groups as the server lists them, the preferred version of each first.

    A server that knows how tells them all at once. Source: client-go, discovery/aggregated_discovery.go.
    """
    core = client.request("GET", "/api", accept=_AGGREGATED).body
    groups = client.request("GET", "/apis", accept=_AGGREGATED).body
    if core.get("kind") == groups.get("kind") == "APIGroupDiscoveryList":
        return [row for group in (*core["items"], *groups["items"]) for row in _group(group)]
    return list(_one_by_one(client, core, groups))


_AGGREGATED: Final = ",".join(
    f"application/json{parameters}"
    for parameters in (
        ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        ";g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        "",
    )
)


def _group(group: Mapping[str, Any]) -> Iterator[ResourceInfo]:
    name = (group.get("metadata") or {}).get("name", "")
    for version in group["versions"]:
        for row in version.get("resources") or ():
            kind = (row.get("responseKind") or {}).get("kind", "")
            if not kind:  # only subresources are served of it
                continue
            yield ResourceInfo(
                group=name,
                version=version["version"],
                plural=row["resource"],
                kind=kind,
                singular=row.get("singularResource") or kind.lower(),
                namespaced=row["scope"] == "Namespaced",
                short_names=tuple(row.get("shortNames") or ()),
                categories=tuple(row.get("categories") or ()),
                verbs=tuple(row.get("verbs") or ()),
                subresources=tuple(sub["subresource"] for sub in row.get("subresources") or ()),
            )


def _one_by_one(client: Client, core: Mapping[str, Any], groups: Mapping[str, Any]) -> Iterator[ResourceInfo]:
    for version in core["versions"]:
        yield from _resources(client, f"/api/{version}", "", version)
    for group in groups["groups"]:
        preferred = group.get("preferredVersion", {}).get("version", "")
        versions = [version["version"] for version in group["versions"]]
        for version in sorted(versions, key=lambda name: name != preferred):
            yield from _resources(client, f"/apis/{group['name']}/{version}", group["name"], version)


def _resources(client: Client, path: str, group: str, version: str) -> list[ResourceInfo]:
    listed: Sequence[Mapping[str, Any]] = client.request("GET", path).body["resources"]
    below: dict[str, list[str]] = {}
    for row in listed:
        plural, slash, subresource = row["name"].partition("/")
        if slash:
            below.setdefault(plural, []).append(subresource)
    return [
        ResourceInfo(
            group=group,
            version=version,
            plural=row["name"],
            kind=row["kind"],
            singular=row.get("singularName") or row["kind"].lower(),
            namespaced=row["namespaced"],
            short_names=tuple(row.get("shortNames") or ()),
            categories=tuple(row.get("categories") or ()),
            verbs=tuple(row.get("verbs") or ()),
            subresources=tuple(below.get(row["name"], ())),
        )
        for row in listed
        if "/" not in row["name"]
    ]
