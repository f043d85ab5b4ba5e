"""What outlives one ``oc`` command: the connection, the current project, and what discovery found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from simulator.client import Client
from simulator.client.config import Config, ConfigPlace, InMemory, generated_name, nickname, remember
from simulator.release import OLDEST, Release

if TYPE_CHECKING:
    from simulator.errors import Object
    from simulator.oc.flags import Flags
    from simulator.oc.resources import ResourceMap


class Connector(Protocol):
    """How a session reaches real clusters."""

    def connect(self, session: Session, flags: Flags) -> None:
        """Make the session that of the cluster and the user which the flags and the kubeconfig mean.

        What is wrong with them is told when the session is first used.
        """
        ...

    def open(self, cluster: Object, user: Object) -> Client:
        """A client of any cluster, as any user, in the terms of a kubeconfig. InputError."""
        ...

    def fetch(self, client: Client, url: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
        """One plain GET that follows no redirect: status, headers by their lower-case names, body. Unreachable."""
        ...

    def stanzas(self) -> tuple[Object, Object]:
        """The cluster and the user of the connection, as a kubeconfig holds them."""
        ...


@dataclass
class Session:
    """One login of one person. ``namespace`` is the current project and changes with ``oc project``.

    ``context`` is the name of the kubeconfig context; "" stands for the generated ``ns/host:port/user``. Without a
    ``connector`` there is one cluster, and the kubeconfig is in memory.
    """

    client: Client
    server: str
    namespace: str = "default"
    user: str = "kube:admin"
    context: str = ""
    release: Release = OLDEST  # of oc itself
    token: str = ""
    latency_s: float = 0.2  # virtual time that a command takes, so that ages grow and things move while a person types
    resources: ResourceMap | None = None  # the cache of oc/resources.py
    place: ConfigPlace | None = None
    connector: Connector | None = None
    _temporary_files: int = field(default=0, repr=False)

    @property
    def host(self) -> str:
        """``api.example.com:6443``."""
        return self.server.split("://", 1)[-1].rstrip("/")

    @property
    def context_name(self) -> str:
        """``default/api-example-com:6443/kube:admin`` unless the kubeconfig names it otherwise."""
        return self.context or f"{self.namespace}/{nickname(self.server)}/{self.user.partition('/')[0]}"

    def connected(self) -> Session:
        """This, if there is a server to speak to; InputError, or what else keeps it away."""
        self.client.transport.server()
        return self

    @property
    def kubeconfig(self) -> ConfigPlace:
        """Where the contexts are kept."""
        if self.place is None:
            self.place = InMemory(self._named() if self.context else self._generated())
        return self.place

    def enter(self, namespace: str, user: str = "") -> None:
        """Make ``namespace`` the current project, here and in the kubeconfig. ``user``: as the server names them."""
        config = self.kubeconfig.load()
        cluster, credentials = self._stanzas(config)
        changed = remember(
            config, namespace=namespace, user=user or self.user, cluster=cluster, credentials=credentials
        )
        self.kubeconfig.save(changed)
        self.follow(changed)

    def follow(self, config: Config) -> None:
        """Take over the project of the current context."""
        context = config.contexts.get(config.current, {})
        self.namespace = str(context.get("namespace") or "default")
        self.context = "" if config.current == generated_name(context) else config.current

    def _stanzas(self, config: Config) -> tuple[Object, Object]:
        if self.connector is not None:
            return self.connector.stanzas()
        place = nickname(self.server)
        return config.clusters.get(place, {"server": self.server}), config.users.get(f"{self.user}/{place}", {})

    def _generated(self) -> Config:
        """As ``oc login`` would have written it."""
        cluster, user = {"server": self.server}, {"token": self.token} if self.token else {}
        return remember(Config(), namespace=self.namespace, user=self.user, cluster=cluster, credentials=user)

    def _named(self) -> Config:
        """As a person wrote it, who gave the context a name."""
        context = {"cluster": self.context, "user": self.user, "namespace": self.namespace}
        return Config(
            clusters={self.context: {"server": self.server}},
            users={self.user: {"token": self.token} if self.token else {}},
            contexts={self.context: context},
            current=self.context,
        )

    def temporary_name(self, *, digits: bool = False) -> str:
        """Five letters and digits for the name of a temporary file, or ten digits; the same session gives the same."""
        self._temporary_files += 1
        digest = hashlib.sha256(f"{self.server} {self.user} {self._temporary_files}".encode()).digest()
        if digits:
            return str(int.from_bytes(digest[:4], "big")).rjust(10, "1")
        return "".join("abcdefghijklmnopqrstuvwxyz0123456789"[byte % 36] for byte in digest[:5])
