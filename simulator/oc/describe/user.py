"""``oc describe user``, ``oc describe group``. Source: oc, pkg/helpers/describe/describer.go."""

from __future__ import annotations

from simulator.errors import Object
from simulator.oc.describe.openshift import write_meta, write_text
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import OC_DESCRIBE, TabWriter


def describe(invocation: Invocation, subject: Object) -> str:
    """A user with its identities, or a group with its users."""
    writer = TabWriter(OC_DESCRIBE)
    write_meta(writer, subject["metadata"], invocation.now())
    if subject.get("fullName"):
        write_text(writer, "Full Name", subject["fullName"])
    title, key = ("Users", "users") if subject["kind"] == "Group" else ("Identities", "identities")
    first, *more = subject.get(key) or [""]
    write_text(writer, title, first)
    writer.write("".join(f"           \t{name}\n" for name in more))
    return writer.text()
