"""The TLS of a connection, from what a kubeconfig says of certificates. Errors name the file and the field."""

from __future__ import annotations

import base64
import binascii
import os
import ssl
import tempfile
from pathlib import Path

from simulator.client.config import Choice
from simulator.errors import InputError, Object


def context_of(choice: Choice, certificate: tuple[str, str] | None = None) -> ssl.SSLContext:
    """The context of a cluster and a user. ``certificate``: certificate and key as PEM, in place of the user's own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False  # as Go, which reads no names but the alternative ones
    if choice.cluster.get("insecure-skip-tls-verify"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    else:
        _trust(context, choice)
    own = certificate or _own_certificate(choice)
    if own is not None:
        _present(context, own, choice)
    return context


def _trust(context: ssl.SSLContext, choice: Choice) -> None:
    # Go takes any certificate that it is told to trust for a root, and asks for less of it than Python 3.13.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    field = f"clusters[{choice.cluster_name}].certificate-authority"
    trusted = content(choice.cluster, "certificate-authority", choice.cluster_file, field)
    if trusted is None:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(cadata=trusted)
    except (ssl.SSLError, ValueError):
        raise InputError(
            "unable to load root certificates: unable to parse bytes as PEM block",
            file=choice.cluster_file,
            field=field,
        ) from None


def _own_certificate(choice: Choice) -> tuple[str, str] | None:
    field = f"users[{choice.user_name}].client-"
    certificate = content(choice.user, "client-certificate", choice.user_file, f"{field}certificate")
    if certificate is None:
        return None
    key = content(choice.user, "client-key", choice.user_file, f"{field}key")
    if key is None:
        raise InputError("must be given with a client certificate", file=choice.user_file, field=f"{field}key")
    return certificate, key


def _present(context: ssl.SSLContext, own: tuple[str, str], choice: Choice) -> None:
    """Python loads a certificate from a file only: one that nobody else can read, for this moment."""
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write("\n".join(own))
        file.flush()
        try:
            context.load_cert_chain(file.name, password=lambda: b"")
        except (ssl.SSLError, ValueError) as error:
            reason = getattr(error, "reason", None) or "no PEM"
            raise InputError(
                f"the certificate and its key cannot be used: {reason.replace('_', ' ').lower()}",
                file=choice.user_file,
                field=f"users[{choice.user_name}].client-certificate",
            ) from None


def content(stanza: Object, key: str, file: str, field: str) -> str | None:
    """The PEM text of ``KEY-data``, else of the file that ``KEY`` names from where the kubeconfig is; None without."""
    data = stanza.get(f"{key}-data")
    if data:
        try:
            return base64.b64decode("".join(str(data).split()), validate=True).decode("latin-1")
        except binascii.Error as error:
            raise InputError(f"illegal base64 data: {error}", file=file, field=f"{field}-data") from None
    return read(str(stanza[key]), file, field) if stanza.get(key) else None


def read(path: str, file: str, field: str) -> str:
    """The text of a file that a kubeconfig names."""
    full = os.path.join(os.path.dirname(os.path.abspath(file)), path) if file else path
    try:
        return Path(full).read_text(encoding="latin-1")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"unable to read {full}: {reason}", file=file, field=field) from error
