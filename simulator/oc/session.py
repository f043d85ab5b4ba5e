"""What outlives one ``oc`` command: the connection, the current project, and what discovery found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.client import Client
from simulator.release import OLDEST, Release

if TYPE_CHECKING:
    from simulator.oc.resources import ResourceMap


@dataclass
class Session:
    """One login of one person. ``namespace`` is the current project and changes with ``oc project``.

    ``context`` is the name of the kubeconfig context; "" stands for the generated ``ns/host:port/user``.
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
    _temporary_files: int = field(default=0, repr=False)

    @property
    def host(self) -> str:
        """``api.example.com:6443``."""
        return self.server.split("://", 1)[-1].rstrip("/")

    @property
    def context_name(self) -> str:
        """``default/api-example-com:6443/kube:admin`` unless the kubeconfig names it otherwise."""
        return self.context or f"{self.namespace}/{self.host.replace('.', '-')}/{self.user}"

    def temporary_name(self, *, digits: bool = False) -> str:
        """Five letters and digits for the name of a temporary file, or ten digits; the same session gives the same."""
        self._temporary_files += 1
        digest = hashlib.sha256(f"{self.server} {self.user} {self._temporary_files}".encode()).digest()
        if digits:
            return str(int.from_bytes(digest[:4], "big")).rjust(10, "1")
        return "".join("abcdefghijklmnopqrstuvwxyz0123456789"[byte % 36] for byte in digest[:5])
