"""The verbs of the API as methods. Errors are raised as the StatusError that the server answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.api.types import APPLY_PATCH, GVR, MERGE_PATCH, Request, Response, User
from simulator.client.transport import EventStream, ExecResult, Transport, exec_query
from simulator.errors import BadRequest, NotFound, Object, Timeout, from_status
from simulator.runtime.terminal import Terminal
from simulator.shell.process import Reader, Writer
from simulator.shell.streams import NullStream

if TYPE_CHECKING:  # a client of a real cluster is there at once
    from simulator.api.reader import Reader as StateReader
    from simulator.api.resourcetable import ResourceTable, ResourceType
    from simulator.log.indexes import Index


class Client:
    """Speaks for one user over one transport. Objects that it returns belong to the cluster: copy what you change.

    With a ``table``, a resource is asked for in the version that the cluster serves, and created in it. ``on_warning``
    hears what the server adds to its answers, as that a version is deprecated. ``writing`` are parameters of every
    write, as fieldValidation and fieldManager, ``agent`` is the program that asks. With a ``reader`` it reads from the
    state where it can: for parts of the cluster itself, which may read everything.
    """

    def __init__(
        self,
        transport: Transport,
        user: User,
        table: ResourceTable | None = None,
        on_warning: Callable[[str], None] | None = None,
        writing: Mapping[str, str] | None = None,
        reader: StateReader | None = None,
        agent: str = "",
    ) -> None:
        self.transport, self.user, self._table, self.on_warning = transport, user, table, on_warning
        self._writing, self._reader, self._agent = writing or {}, reader, agent
        self._rows: dict[GVR, ResourceType | None] = {}

    def as_user(self, user: User) -> Client:
        """The same for another user."""
        return Client(self.transport, user, self._table, self.on_warning, self._writing, self._reader, self._agent)

    def heard_by(
        self, on_warning: Callable[[str], None], writing: Mapping[str, str] | None = None, agent: str = ""
    ) -> Client:
        """The same, with warnings told to ``on_warning``."""
        return Client(self.transport, self.user, self._table, on_warning, writing, self._reader, agent)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Response:
        """Any request; a Status of failure is raised."""
        if self._writing and method in ("POST", "PUT", "PATCH"):
            query = {**self._writing, **(query or {})}
        request = Request(method, path, query or {}, body, content_type, accept, self.user, self._agent)
        response = self.transport.request(request)
        if self.on_warning is not None:
            for warning in response.warnings:
                self.on_warning(warning)
        if response.code >= 400:
            raise from_status(response.body)
        return response

    def get(self, resource: GVR, name: str, namespace: str | None = None) -> Object:
        if not name:  # its path would be that of the collection. Source: client-go, rest/request.go
            raise BadRequest("resource name may not be empty")
        if self._reader is not None and (row := self._plain(resource)) is not None:
            return self._reader.get(row, name, namespace)
        return self._object("GET", self._served(resource).path(namespace, name))

    def get_or_none(self, resource: GVR, name: str, namespace: str | None = None) -> Object | None:
        if name and self._reader is not None and (row := self._plain(resource)) is not None:
            return self._reader.get_or_none(row, name, namespace)
        try:
            return self.get(resource, name, namespace)
        except NotFound:
            return None

    def find(self, resource: GVR, index: Index, word: str, namespace: str | None = None) -> list[Object]:
        """Those of ``list`` that ``index`` finds under ``word``. It is kept where there is a reader."""
        if self._reader is not None and (row := self._plain(resource)) is not None:
            return self._reader.find(row, index, word, namespace)
        return [obj for obj in self.list(resource, namespace) if index.value(obj) == word]

    def list(self, resource: GVR, namespace: str | None = None, *, labels: str = "", fields: str = "") -> list[Object]:
        """The items, in the order of the server: by namespace, then by name."""
        if self._reader is not None and (row := self._plain(resource)) is not None:
            return self._reader.list(row, namespace, labels, fields)
        query = _selectors(labels, fields)
        items: list[Object] = self._object("GET", self._served(resource).path(namespace), query=query)["items"]
        return items

    def create(self, resource: GVR, obj: Object, namespace: str | None = None, *, dry_run: bool = False) -> Object:
        served = self._served(resource)
        if served is not resource:
            obj = {**obj, "apiVersion": served.group_version}
        return self._object("POST", served.path(namespace or _namespace(obj)), query=_dry(dry_run), body=obj)

    def update(self, resource: GVR, obj: Object, *, subresource: str = "", dry_run: bool = False) -> Object:
        """PUT the object: it fails with Conflict when its resourceVersion is no longer the current one."""
        path = self._served(resource).path(_namespace(obj), obj["metadata"]["name"], subresource)
        return self._object("PUT", path, query=_dry(dry_run), body=obj)

    def update_status(self, resource: GVR, obj: Object) -> Object:
        return self.update(resource, obj, subresource="status")

    def patch(
        self,
        resource: GVR,
        name: str,
        patch: Any,
        namespace: str | None = None,
        *,
        content_type: str = MERGE_PATCH,
        subresource: str = "",
        dry_run: bool = False,
    ) -> Object:
        path = self._served(resource).path(namespace, name, subresource)
        return self._object("PATCH", path, query=_dry(dry_run), body=patch, content_type=content_type)

    def apply(
        self,
        resource: GVR,
        obj: Object,
        namespace: str | None = None,
        *,
        manager: str,
        force: bool | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Server-side apply: Conflict for fields that others manage, unless it has the ``force`` to take them."""
        path = self._served(resource).path(namespace or _namespace(obj), obj["metadata"]["name"])
        query = {"fieldManager": manager, **_dry(dry_run)}
        if force is not None:
            query["force"] = str(force).lower()
        return self._object("PATCH", path, query=query, body=obj, content_type=APPLY_PATCH)

    def delete(
        self,
        resource: GVR,
        name: str,
        namespace: str | None = None,
        *,
        uid: str = "",
        resource_version: str = "",
        propagation: str = "",
        grace_period_s: int | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Delete; with ``uid`` a namesake that was created meanwhile survives (Conflict)."""
        conditions = {"uid": uid, "resourceVersion": resource_version}
        options: Object = {}
        if preconditions := {key: value for key, value in conditions.items() if value}:
            options["preconditions"] = preconditions
        if propagation:
            options["propagationPolicy"] = propagation
        if grace_period_s is not None:
            options["gracePeriodSeconds"] = grace_period_s
        path = self._served(resource).path(namespace, name)
        return self._object("DELETE", path, query=_dry(dry_run), body=options or None)

    def watch(
        self,
        resource: GVR,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        resource_version: str = "",
        accept: str = "application/json",
    ) -> EventStream:
        """The changes since ``resource_version``; "" and "0" begin with an ADDED event for each object there is."""
        query = {"watch": "true", **_selectors(labels, fields)}
        if resource_version:
            query["resourceVersion"] = resource_version
        path = self._served(resource).path(namespace)
        return self.transport.stream(Request("GET", path, query, accept=accept, user=self.user))

    def wait(
        self,
        resource: GVR,
        name: str,
        condition: Callable[[Object | None], bool],
        namespace: str | None = None,
        *,
        timeout_s: float,
    ) -> Object | None:
        """Wait until ``condition`` holds for the object (None: it does not exist) and return it. Timeout otherwise.

        A watch that the server drops meanwhile is begun again.
        """
        end = self.transport.now() + timeout_s
        stream = self.watch(resource, namespace, fields=f"metadata.name={name}")
        try:
            while not condition(current := self.get_or_none(resource, name, namespace)):
                while stream.poll() is not None:
                    pass
                if stream.closed:
                    stream = self.watch(resource, namespace, fields=f"metadata.name={name}")
                elif not stream.wait(end - self.transport.now()) and not stream.closed:
                    raise Timeout(f"timed out waiting for the condition on {resource.qualified}/{name}")
        finally:
            stream.close()
        return current

    def exec(
        self, pod: str, namespace: str, command: Sequence[str], *, container: str = "", stdin: bytes = b""
    ) -> ExecResult:
        """Run a command in a container and return what it printed, for code that is no coroutine."""
        return self.transport.run(self._exec_request(pod, namespace, command, container, bool(stdin), False), stdin)

    async def exec_streams(
        self,
        pod: str,
        namespace: str,
        command: Sequence[str],
        stdin: Reader,
        stdout: Writer,
        stderr: Writer,
        *,
        container: str = "",
        tty: bool = False,
        terminal: Terminal | None = None,
    ) -> int:
        """Run a command in a container on these streams; returns its exit status."""
        request = self._exec_request(pod, namespace, command, container, True, tty)
        return await self.transport.exec(request, stdin, stdout, stderr, terminal)

    async def attach_streams(
        self,
        pod: str,
        namespace: str,
        stdin: Reader | None,
        stdout: Writer,
        stderr: Writer,
        *,
        container: str = "",
        tty: bool = False,
        terminal: Terminal | None = None,
    ) -> int:
        """Join the main program of a container on these streams until it ends. ``stdin``: None gives it no input."""
        query = exec_query((), container, stdin is not None, tty)
        request = Request("POST", GVR("", "v1", "pods").path(namespace, pod, "attach"), query, user=self.user)
        return await self.transport.exec(request, stdin or NullStream(), stdout, stderr, terminal)

    def _exec_request(
        self, pod: str, namespace: str, command: Sequence[str], container: str, stdin: bool, tty: bool
    ) -> Request:
        path = GVR("", "v1", "pods").path(namespace, pod, "exec")
        return Request("POST", path, exec_query(command, container, stdin, tty), user=self.user)

    def _plain(self, resource: GVR) -> ResourceType | None:
        """The kind, if the reader can read it."""
        try:
            return self._rows[resource]
        except KeyError:
            row = self._reader.row(self._served(resource)) if self._reader is not None else None
            self._rows[resource] = row
            return row

    def _served(self, resource: GVR) -> GVR:
        """What is not served at all is asked for as it is: the server says so best."""
        return (self._table and self._table.served(resource)) or resource

    def _object(self, method: str, path: str, **details: Any) -> Object:
        body: Object = self.request(method, path, **details).body
        return body


def _namespace(obj: Object) -> str | None:
    namespace: str | None = obj["metadata"].get("namespace")
    return namespace


def _selectors(labels: str, fields: str) -> dict[str, str]:
    pairs = {"labelSelector": labels, "fieldSelector": fields}
    return {key: value for key, value in pairs.items() if value}


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}
