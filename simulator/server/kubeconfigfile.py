"""The kubeconfig of a served cluster, and its place in the user's own when that is asked for."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.documents import parse
from simulator.errors import InputError
from simulator.server.certificates import Certificates

USER = "admin"  # whom the first context names, as the installer's kubeconfig does


def kubeconfig(certificates: Certificates, url: str, name: str, namespace: str) -> dict[str, Any]:
    """One context for the installer's ``system:admin``, by client certificate."""
    data = {key: base64.b64encode(path.read_bytes()).decode() for key, path in vars(certificates).items()}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": url, "certificate-authority-data": data["ca"]}}],
        "users": [{"name": USER, "user": {"client-certificate-data": data["admin"], "client-key-data": data["admin"]}}],
        "contexts": [{"name": USER, "context": {"cluster": name, "user": USER, "namespace": namespace}}],
        "current-context": USER,
        "preferences": {},
    }


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Replace a kubeconfig as a whole; only its owner may read it."""
    import yaml

    target = path.resolve()  # a link stays one, also to another disk
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            yaml.safe_dump(dict(content), file, sort_keys=False)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def merge(path: Path, own: Mapping[str, Any], name: str) -> None:
    """Put the context of ``own`` into the kubeconfig at ``path`` as ``name``, and make it the current one.

    Everything else stays. InputError when the file is no kubeconfig.
    """
    present = _read(path)
    for section, key in (("clusters", "cluster"), ("users", "user"), ("contexts", "context")):
        content = dict(own[section][0][key])
        if key == "context":
            content |= {"cluster": name, "user": name}
        entry = {"name": name, key: content}
        present[section] = [one for one in present.get(section) or [] if one.get("name") != name] + [entry]
    write(path, {**present, "current-context": name})


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {"apiVersion": "v1", "kind": "Config", "preferences": {}}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=str(path)) from error
    found = parse(text, str(path), "a kubeconfig").data
    if found is None:
        found = {"apiVersion": "v1", "kind": "Config", "preferences": {}}
    sections = ("clusters", "users", "contexts")
    if not isinstance(found, dict) or any(not isinstance(found.get(one) or [], list) for one in sections):
        raise InputError("not a kubeconfig", file=str(path))
    return found
