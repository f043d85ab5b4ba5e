"""How the built-in ``oc`` reaches real clusters: by the kubeconfig and the flags of its command line."""

from __future__ import annotations

import os
import re
import time
from typing import Any

from simulator.api.types import User
from simulator.client import Client
from simulator.client.config import Choice, Overrides, choose, generated_name
from simulator.client.kubeconfig import ConfigFiles, Kubeconfig
from simulator.client.kubeconfig.waiting import Doorbell
from simulator.errors import InputError, Object, StatusError
from simulator.oc.errors import fail
from simulator.oc.flags import Flags, parse_duration
from simulator.oc.session import Session
from simulator.release import Release
from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Scheduler

_FILES = (("cluster", "certificate-authority"), ("user", "client-certificate"), ("user", "client-key"))
_FIRST_OF_4_2, _OFFSET = 15, 13  # Kubernetes 1.14 and 1.15 are 4.2 here; from 1.16 on 1.N is 4.(N-13)


class Unconfigured:
    """The transport of a session whose kubeconfig leads nowhere: says so when something is asked of it."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def now(self) -> float:
        return time.time()

    def server(self) -> str:
        raise self._error

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def request(self, *details: Any) -> Any:
        raise self._error

    stream = run = request

    async def exec(self, *details: Any) -> int:
        raise self._error


class HostConnector:
    """Connects once for the same flags. ``agent`` is the program that servers are told of."""

    def __init__(self, agent: str = "oc") -> None:
        self.doorbell = Doorbell()
        self._agent = agent
        self._key: Any = None
        self._choice: Choice | None = None
        self._files = ConfigFiles()
        self._timeout_s = 0.0

    def connect(self, session: Session, flags: Flags) -> None:
        files, overrides = ConfigFiles(flags.text("kubeconfig") or flags.text("config")), overrides_of(flags)
        timeout_s = request_timeout_s(flags)
        if (files.paths, overrides, timeout_s) == self._key:
            return
        self._key, self._timeout_s = (files.paths, overrides, timeout_s), timeout_s
        session.place = files
        try:
            self._take(session, choose(files.load(), overrides), files)
        except InputError as error:
            session.client = Client(Unconfigured(error), User(""))

    def _take(self, session: Session, choice: Choice, files: ConfigFiles) -> None:
        transport = self._transport(choice, files)
        self._choice, self._files = choice, files
        session.client = Client(transport, transport.user)
        session.server, session.namespace = choice.server, choice.namespace or "default"
        session.user = choice.user_name.partition("/")[0]
        session.token = str(choice.user.get("token") or "")
        context = files.load().contexts.get(choice.context, {})
        session.context = "" if choice.context == generated_name(context) else choice.context

    def open(self, cluster: Object, user: Object) -> Client:
        server = str(cluster.get("server") or "")
        choice = Choice("", "", server, cluster, "", "", user, "")
        transport = self._transport(choice, ConfigFiles())
        return Client(transport, transport.user)

    def fetch(self, client: Client, url: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
        assert isinstance(client.transport, Kubeconfig)
        return client.transport.fetch(url, headers)

    def stanzas(self) -> tuple[Object, Object]:
        """Files of certificates are named as from the folder of the kubeconfig that new entries go to."""
        assert self._choice is not None
        here = os.path.dirname(os.path.abspath(self._files.name))
        found = {"cluster": dict(self._choice.cluster), "user": _own(self._choice.user)}
        places = {"cluster": self._choice.cluster_file, "user": self._choice.user_file}
        for kind, key in _FILES:
            if found[kind].get(key):
                folder = os.path.dirname(os.path.abspath(places[kind])) if places[kind] else os.getcwd()
                found[kind][key] = os.path.relpath(os.path.join(folder, str(found[kind][key])), here)
        return found["cluster"], found["user"]

    def scheduler(self, session: Session) -> Scheduler:
        """Runs the command; its clock is the wall clock, as the cluster sees it."""
        now = session.client.transport.now
        clock = Clock(now())
        return Scheduler(clock, pace=self.doorbell.pace(clock, now))

    def _transport(self, choice: Choice, files: ConfigFiles) -> Kubeconfig:
        return Kubeconfig.of(choice, files=files, timeout_s=self._timeout_s, agent=self._agent, doorbell=self.doorbell)


def _own(user: Object) -> Object:
    """Credentials without the person that is impersonated with them."""
    return {key: value for key, value in user.items() if key not in ("as", "as-uid", "as-groups", "as-user-extra")}


def overrides_of(flags: Flags) -> Overrides:
    """What the global flags say in place of the kubeconfig."""
    given = "insecure-skip-tls-verify" in flags.given
    return Overrides(
        context=flags.text("context"),
        cluster=flags.text("cluster"),
        user=flags.text("user"),
        server=flags.text("server"),
        token=flags.text("token"),
        impersonate=flags.text("as"),
        groups=flags.texts("as-group"),
        certificate_authority=_full(flags.text("certificate-authority")),
        client_certificate=_full(flags.text("client-certificate")),
        client_key=_full(flags.text("client-key")),
        tls_server_name=str(flags.values.get("tls-server-name") or ""),
        insecure=flags.flag("insecure-skip-tls-verify") if given else None,
    )


def _full(path: str) -> str:
    return os.path.abspath(path) if path else ""


def request_timeout_s(flags: Flags) -> float:
    """Of ``--request-timeout``; 0: none. Source: client-go, tools/clientcmd (ParseTimeout)."""
    text = flags.text("request-timeout")
    try:
        return float(text) if text.isdecimal() else parse_duration(text)
    except ValueError:
        raise fail(
            "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a "
            "corresponding time unit (e.g. 1s | 2m | 3h)"
        ) from None


def release_of(client: Client) -> Release | None:
    """The OpenShift release that goes with the Kubernetes of a server; None when it does not say."""
    try:
        version: Any = client.request("GET", "/version").body
    except StatusError:
        return None
    found = re.match(r"v1\.(\d+)", str(version.get("gitVersion")) if isinstance(version, dict) else "")
    if found is None:
        return None
    number = int(found[1])
    minor = 2 if number <= _FIRST_OF_4_2 else number - _OFFSET
    return Release(f"4.{minor}.0", str(version["gitVersion"]), ())
