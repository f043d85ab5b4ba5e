"""Which objects a command is about: ``TYPE NAME…``, ``TYPE/NAME…``, comma lists, ``-f``, ``-l``. Source: kubectl."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator.changes.client import NO_NAME, NO_SUCH_KIND
from simulator.errors import NotFound, Object, StatusError
from simulator.oc.errors import CommandError, CommandFailure, SourcedError, all_of, fail, listing
from simulator.oc.files import Document, read_documents
from simulator.oc.invocation import Invocation
from simulator.oc.resources import ResourceInfo, resource_map, resource_of

NO_RESOURCES = """\
error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'"""

_TWO_FORMS = (
    "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form "
    "(e.g. 'oc get resource/<resource_name>' instead of 'oc get resource resource/<resource_name>'"
)


class Query(NamedTuple):
    """Objects of one resource: these names, or (none given) all that the selectors match."""

    resource: ResourceInfo
    names: tuple[str, ...] = ()


class Target(NamedTuple):
    """One object to work on. ``object`` is the server's, or for ``-f`` with ``as_written`` that of the file."""

    resource: ResourceInfo
    namespace: str | None
    name: str
    object: Object
    source: str = ""

    @property
    def title(self) -> str:
        """``deployment.apps/web``."""
        return self.resource.named(self.name)


@dataclass
class Found:
    """What was found, in order, and what went wrong on the way. ``named``: every object was asked for by its name."""

    targets: list[Target] = field(default_factory=list)
    errors: list[CommandFailure] = field(default_factory=list)
    named: bool = True

    def check(self) -> list[Target]:
        """The targets, if nothing went wrong; else the errors are raised as one."""
        self.raise_errors()
        return self.targets

    def raise_errors(self) -> None:
        if self.errors:
            raise all_of(self.errors)


def parse_queries(invocation: Invocation, args: Sequence[str]) -> list[Query]:
    """The queries of ``TYPE[,TYPE…] [NAME…]`` or ``TYPE/NAME…``; CommandError in kubectl's words."""
    if not args:
        return []
    if any("/" in arg for arg in args):
        return [_named_query(invocation, arg) for arg in args]
    resources = expand_types(invocation, args[0])
    names = tuple(dict.fromkeys(args[1:]))
    if len(resources) > 1 and names and "," not in args[0]:
        raise fail("you may only specify a single resource type")
    return [Query(resource, names) for resource in resources]


def expand_types(invocation: Invocation, text: str) -> list[ResourceInfo]:
    """The resources of a comma list, categories (``all``) expanded; each once."""
    found: dict[str, ResourceInfo] = {}
    for word in text.split(","):
        category = resource_map(invocation.session).category(word)
        for resource in category or [invocation.resolve(word)]:
            found.setdefault(resource.qualified, resource)
    return list(found.values())


def _named_query(invocation: Invocation, arg: str) -> Query:
    parts = arg.split("/")
    if len(parts) == 1:
        raise fail(_TWO_FORMS)
    if len(parts) != 2 or not all(parts) or "," in arg:
        raise fail("arguments in resource/name form must have a single resource and name")
    return Query(invocation.resolve(parts[0]), (parts[1],))


async def fetch(invocation: Invocation, args: Sequence[str], *, default_all: bool = True) -> Found:
    """The objects that arguments, ``-f`` and selectors name, as the server has them.

    With ``default_all`` off a bare TYPE needs ``--all`` or a selector. CommandError when nothing was named at all.
    """
    files = invocation.flags.texts("filename")
    if files:
        return await _fetch_files(invocation)
    queries = parse_queries(invocation, args)
    if not queries:
        raise CommandError(NO_RESOURCES)
    selective = invocation.flags.flag("all") or bool(_selectors(invocation)["labels"])
    if not default_all and not selective and any(not query.names for query in queries):
        raise fail(NO_NAME.at(invocation.release))
    found = Found(named=all(query.names for query in queries))
    for query in queries:
        _fetch_query(invocation, query, found)
    return found


def _fetch_query(invocation: Invocation, query: Query, found: Found) -> None:
    resource = query.resource
    namespace = invocation.namespace_for(resource)
    try:
        if not query.names:
            selectors = _selectors(invocation)
            with listing(resource.gvr, selectors.get("labels", ""), selectors.get("fields", "")):
                objects = invocation.client.list(resource.gvr, namespace, **selectors)
            for obj in objects:
                found.targets.append(target_of(resource, complete(resource, obj)))
            return
    except StatusError as error:
        found.errors.append(error)
        return
    if resource.namespaced and invocation.all_namespaces:
        raise fail("a resource cannot be retrieved by name across all namespaces")
    for name in query.names:
        try:
            found.targets.append(target_of(resource, invocation.client.get(resource.gvr, name, namespace)))
        except StatusError as error:
            found.errors.append(error)


async def _fetch_files(invocation: Invocation) -> Found:
    found = Found()
    for target in named(await from_files(invocation)):
        try:
            obj = invocation.client.get(target.resource.gvr, target.name, target.namespace)
            found.targets.append(Target(target.resource, target.namespace, target.name, obj, target.source))
        except StatusError as error:
            found.errors.append(error)
    return found


def named(targets: Sequence[Target]) -> Sequence[Target]:
    """The targets, each of which must have a name; what is created may get one from the server."""
    if not all(target.name for target in targets):
        raise fail("resource name may not be empty")
    return targets


async def from_files(invocation: Invocation, errors: list[CommandFailure] | None = None) -> list[Target]:
    """The documents of ``-f`` as they are written, each with its resource and with the namespace filled in.

    With ``errors`` a document that will not do is noted there, and the others are returned.
    """
    paths, recursive = invocation.flags.texts("filename"), invocation.flags.flag("recursive")
    targets = []
    for document in await read_documents(invocation.process, paths, recursive=recursive, errors=errors):
        try:
            targets.append(_written(invocation, document))
        except (CommandError, SourcedError) as error:
            if errors is None:
                raise
            errors.append(error)
    return targets


def _written(invocation: Invocation, document: Document) -> Target:
    obj, source = document.object, document.source
    resource = resource_of(invocation.session, obj)
    if resource is None:
        kind, version = obj.get("kind", ""), obj.get("apiVersion", "")
        if not version:
            error = NotFound("the server could not find the requested resource")
            raise SourcedError(error, f'error when creating "{source}"')
        meta = obj.get("metadata") or {}
        name, namespace = meta.get("name", ""), meta.get("namespace", "")
        raise fail(NO_SUCH_KIND.at(invocation.release).format(
            source=source, name=name, namespace=namespace, kind=kind, version=version
        ))  # fmt: skip
    metadata = dict(obj.get("metadata") or {})
    if resource.namespaced:
        namespace = metadata.setdefault("namespace", invocation.namespace)
        wanted = invocation.flags.text("namespace")
        if wanted and namespace != wanted:
            raise fail(
                f'the namespace from the provided object "{namespace}" does not match the namespace "{wanted}". '
                f"You must pass '--namespace={namespace}' to perform this operation."
            )
    return Target(resource, metadata.get("namespace"), metadata.get("name", ""), {**obj, "metadata": metadata}, source)


def target_of(resource: ResourceInfo, obj: Object) -> Target:
    metadata = obj["metadata"]
    return Target(resource, metadata.get("namespace"), metadata["name"], obj)


def complete(resource: ResourceInfo, obj: Object) -> Object:
    """An item of a list with the apiVersion and kind that lists of the built-in kinds leave out."""
    if "kind" in obj and "apiVersion" in obj:
        return obj
    return {"apiVersion": resource.api_version, "kind": resource.kind, **obj}


def _selectors(invocation: Invocation) -> dict[str, str]:
    values = invocation.flags.values
    return {"labels": values.get("selector", ""), "fields": values.get("field-selector", "")}
