"""``oc describe secret``: the sizes of the values. Source: kubectl 1.14, describe.go (SecretDescriber)."""

from __future__ import annotations

import base64

from simulator.errors import Object
from simulator.oc.applied import LAST_APPLIED
from simulator.oc.describe.fields import write_map
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

_TOKEN_TYPE = "kubernetes.io/service-account-token"


def describe(_invocation: Invocation, secret: Object) -> str:
    """Of the values only a service account's token is shown. Keys are sorted; there they come as they fall."""
    meta = secret["metadata"]
    annotations = meta.get("annotations") or {}
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    write_map(writer, "Labels:", meta.get("labels"), "=")
    shown = {key: value for key, value in annotations.items() if key != LAST_APPLIED}
    write_map(writer, "Annotations:", shown, ": ")
    kind = secret.get("type", "Opaque")
    writer.write(f"\nType:\t{kind}\n\nData\n====\n")
    for key, value in sorted((secret.get("data") or {}).items()):
        content = base64.b64decode(value or "")
        is_token = key == "token" and kind == _TOKEN_TYPE
        writer.line(f"{key}:", content.decode("utf-8", "replace") if is_token else f"{len(content)} bytes")
    return writer.text()
