"""The certificates of a served cluster: an authority of its own, the server's, and the installer's client certificate.

They are made once and kept beside the kubeconfig, so that both stay valid when the cluster is started again.
"""

from __future__ import annotations

import os
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

ADMIN_NAME, ADMIN_GROUP = "system:admin", "system:masters"
_LIFETIME_S = 300 * 86400
"""How old kept certificates may be; they are valid for longer."""


@dataclass(frozen=True)
class Certificates:
    """Paths of PEM files. ``server`` and ``admin`` hold the private key, then the chain."""

    ca: Path
    server: Path
    admin: Path

    def context(self) -> ssl.SSLContext:
        """What the server needs: its chain, and the authority of client certificates, which are optional."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        context.load_verify_locations(self.ca)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.set_alpn_protocols(["http/1.1"])
        return context


def certificates(folder: Path, hosts: tuple[str, ...]) -> Certificates:
    """Those kept in ``folder`` if they are for these hosts and young enough, else new ones."""
    found = Certificates(folder / "ca.crt", folder / "server.pem", folder / "admin.pem")
    note = folder / "hosts"
    try:
        young = time.time() - found.ca.stat().st_mtime < _LIFETIME_S
        if young and note.read_text() == " ".join(hosts) and found.server.is_file() and found.admin.is_file():
            return found
    except OSError:
        pass
    _issue(found, hosts)
    note.write_text(" ".join(hosts))
    return found


def _issue(paths: Certificates, hosts: tuple[str, ...]) -> None:
    import trustme  # here: it takes a tenth of a second to import, and most starts do not need it

    authority = trustme.CA(organization_name="ocsim", organization_unit_name="kube-apiserver")
    server = authority.issue_cert(*hosts)
    admin = authority.issue_cert(common_name=ADMIN_NAME, organization_name=ADMIN_GROUP)
    _private(paths.server, server.private_key_and_cert_chain_pem.bytes())
    _private(paths.admin, admin.private_key_and_cert_chain_pem.bytes())
    _private(paths.ca, authority.cert_pem.bytes())


def _private(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
