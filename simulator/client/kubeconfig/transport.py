"""``Kubeconfig``: the transport over HTTPS to the cluster that a kubeconfig names."""

from __future__ import annotations

import contextlib
import email.utils
import json
import os
import ssl
import time
from functools import cached_property
from urllib.parse import quote, urlencode

import urllib3

from simulator.api.types import ADMIN, Request, Response, User
from simulator.client.config import Choice, Overrides, choose
from simulator.client.kubeconfig.answers import body_of, is_page, retry_after_s, warnings_of
from simulator.client.kubeconfig.credentials import credentials_of, impersonation
from simulator.client.kubeconfig.files import ConfigFiles
from simulator.client.kubeconfig.pools import pool_of, tls_of
from simulator.client.kubeconfig.proxies import proxy_of
from simulator.client.kubeconfig.refusals import generic_status, unreachable
from simulator.client.kubeconfig.waiting import Doorbell
from simulator.client.kubeconfig.watching import HttpStream
from simulator.client.transport import ExecResult
from simulator.errors import InputError, Object, Unreachable, from_status
from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Scheduler
from simulator.runtime.terminal import Terminal
from simulator.shell.process import Reader, Writer
from simulator.shell.streams import Buffer, NullStream

_CONNECT_S = 30.0
_TRIES = 10  # Source: client-go, rest/with_retry.go
_SKEW_S = 5.0  # a clock that is off by less is taken for right: the Date of an answer has whole seconds


class Kubeconfig:
    """A cluster as ``oc`` reaches it: the kubeconfig at ``path`` (None: $KUBECONFIG), its current context or another.

    Requests of another user than ``user`` are made in that user's name (impersonation). InputError for what is wrong
    with a file, Unreachable for a server that does not answer.
    """

    def __init__(
        self,
        path: str | None = None,
        context: str = "",
        *,
        overrides: Overrides | None = None,
        timeout_s: float = 0.0,
        agent: str = "ocsim",
    ) -> None:
        self.files = ConfigFiles(path or "")
        config = self.files.load()
        chosen = overrides or Overrides()
        self._begin(
            choose(config, Overrides(**{**vars(chosen), "context": context or chosen.context})), timeout_s, agent
        )

    @classmethod
    def of(
        cls,
        choice: Choice,
        *,
        files: ConfigFiles | None = None,
        timeout_s: float = 0.0,
        agent: str = "ocsim",
        doorbell: Doorbell | None = None,
    ) -> Kubeconfig:
        """Of what was chosen elsewhere, as at a login; with the ``doorbell`` of who waits for more than this."""
        transport = cls.__new__(cls)
        transport.files = files or ConfigFiles()
        transport._begin(choice, timeout_s, agent, doorbell)
        return transport

    def _begin(self, choice: Choice, timeout_s: float, agent: str, doorbell: Doorbell | None = None) -> None:
        self.choice, self._timeout_s, self._agent = choice, timeout_s, agent
        self.user = User(choice.user_name)
        self.doorbell = doorbell or Doorbell()
        self._credentials = credentials_of(choice, self._keep)
        self.proxy = proxy_of(choice, os.environ)
        self._skew_s: float | None = None

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """With the certificates of now; they are read, and a plugin is run, when the first request is made."""
        return tls_of(self.choice, self._credentials)

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        return pool_of(self.choice, self.tls, self.proxy)

    def _connect_anew(self) -> None:
        self.__dict__.pop("_pool", None)
        self.__dict__.pop("tls", None)

    # -- requests

    def request(self, request: Request) -> Response:
        for attempt in range(_TRIES + 1):
            answer = self._send(request)
            pause_s = retry_after_s(answer)
            if pause_s is None or attempt == _TRIES:
                break
            answer.drain_conn()
            time.sleep(pause_s)
        if answer.status == 401 and self._credentials.renew():
            self._connect_anew()
            answer = self._send(request)
        return self._response(request, answer)

    def stream(self, request: Request) -> HttpStream:
        answer = self._send(request, streaming=True)
        if answer.status >= 400:
            raise from_status(self._response(request, answer).body)
        return HttpStream(answer, self.doorbell)

    def fetch(self, url: str, headers: dict[str, str], method: str = "GET") -> tuple[int, dict[str, str], str]:
        """A plain request to any URL with the certificates of the cluster, redirects left to the caller."""
        try:
            answer = self._pool.request(method, url, headers=headers, redirect=False, retries=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise unreachable(error, url) from error
        names = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, names, answer.data.decode(errors="replace")

    def _send(self, request: Request, *, streaming: bool = False) -> urllib3.BaseHTTPResponse:
        body = None if request.body is None else json.dumps(request.body, ensure_ascii=False).encode("utf-8", "replace")
        headers = self.headers(request)
        if body is not None:
            headers["Content-Type"] = request.content_type
        if not streaming:
            headers["Accept-Encoding"] = "gzip"
        try:
            answer = self._pool.request(
                request.method,
                self.url(request),
                body=body,
                headers=headers,
                preload_content=False,
                redirect=False,
                retries=urllib3.Retry(total=False, connect=0, read=0),
                timeout=urllib3.Timeout(connect=self._limit() or _CONNECT_S, read=None if streaming else self._limit()),
            )
            self._note_time(answer)
            return answer
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> Unreachable:
        return unreachable(error, self.choice.server, str(self.choice.cluster.get("tls-server-name") or ""))

    def _limit(self) -> float | None:
        return self._timeout_s or None

    def headers(self, request: Request) -> urllib3.HTTPHeaderDict:
        headers = urllib3.HTTPHeaderDict({"Accept": request.accept, "User-Agent": request.agent or self._agent})
        if authorization := self._credentials.header():
            headers["Authorization"] = authorization
        for name, value in self._impersonation(request.user):
            headers.add(name, value)
        return headers

    def _impersonation(self, user: User) -> list[tuple[str, str]]:
        if user in (ADMIN, self.user):
            return impersonation(self.choice.user)
        groups = [group for group in user.groups if group != "system:authenticated"]  # the server adds that itself
        extra = {key: list(values) for key, values in user.extra}
        return impersonation({"as": user.name, "as-uid": user.uid, "as-groups": groups, "as-user-extra": extra})

    def url(self, request: Request) -> str:
        pairs = [(key, part) for key, value in request.query.items() for part in value.split("\0")]
        query = f"?{urlencode(pairs)}" if pairs else ""
        return f"{self.choice.server}{quote(request.path, safe='/:@!$&()*+,;=~')}{query}"

    def _response(self, request: Request, answer: urllib3.BaseHTTPResponse) -> Response:
        try:
            data = answer.data
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise self._unreachable(error) from error
        finally:
            answer.release_conn()
        body, code = body_of(data, answer.headers.get("Content-Type", "")), answer.status
        is_status = isinstance(body, dict) and body.get("kind") == "Status"
        if (code >= 300 or is_page(answer)) and not is_status:
            code = code if code >= 400 else 500
            body = generic_status(answer.status, request.method, request.path, data.decode(errors="replace"))
        return Response(code, body, warnings_of(answer), lambda: data, answer.headers.get("Content-Type", ""))

    # -- commands in containers

    async def exec(
        self, request: Request, stdin: Reader, stdout: Writer, stderr: Writer, terminal: Terminal | None = None
    ) -> int:
        from simulator.client.kubeconfig.execution import Execution
        from simulator.client.kubeconfig.upgrade import connect

        execution = Execution(connect(self, request), self.doorbell)
        return await execution.run(stdin if "stdin" in request.query else None, stdout, stderr, terminal)

    def run(self, request: Request, stdin: bytes = b"") -> ExecResult:
        stdout, stderr = Buffer(), Buffer()
        status = self.scheduler().run(self.exec(request, Buffer(stdin) if stdin else NullStream(), stdout, stderr))
        return ExecResult(stdout.text(), stderr.text(), status)

    # -- when and where

    def scheduler(self) -> Scheduler:
        """Runs tasks that wait for this cluster; its clock follows the real one."""
        clock = Clock(self.now())
        return Scheduler(clock, pace=self.doorbell.pace(clock, self.now))

    def now(self) -> float:
        """The wall clock, put right by the server's if they differed when they first met."""
        if self._skew_s is None:
            self._skew_s = 0.0
        return time.time() + self._skew_s

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def server(self) -> str:
        return self.choice.server

    def close(self) -> None:
        self._pool.clear()
        self.doorbell.close()

    def _note_time(self, answer: urllib3.BaseHTTPResponse) -> None:
        if self._skew_s is not None:
            return
        with contextlib.suppress(TypeError, ValueError):  # no Date, or none that can be read
            date = email.utils.parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
            self._skew_s = date - time.time() if abs(date - time.time()) > _SKEW_S else 0.0

    def _keep(self, provider: Object) -> None:
        """Store what an auth-provider was given anew, as its issuer may take the old for invalid."""
        with contextlib.suppress(InputError):
            config = self.files.load()
            if self.choice.user_name in config.users:
                config.users[self.choice.user_name]["auth-provider"] = provider
                self.files.save(config)
