"""``oc describe project``. Source: oc, pkg/helpers/describe/describer.go (ProjectDescriber)."""

from __future__ import annotations

from simulator.api.gvrs import LIMITRANGES, RESOURCEQUOTAS
from simulator.errors import Object
from simulator.oc.describe.limits import HEADERS, limit_rows
from simulator.oc.describe.openshift import write_meta, write_text
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import OC_DESCRIBE, TabWriter


def describe(invocation: Invocation, project: Object) -> str:
    """The text; quotas and limit ranges of the project are looked up, events are not."""
    meta, name = project["metadata"], project["metadata"]["name"]
    annotations = meta.get("annotations") or {}
    writer = TabWriter(OC_DESCRIBE)
    write_meta(writer, meta, invocation.now())
    write_text(writer, "Display Name", annotations.get("openshift.io/display-name", ""))
    write_text(writer, "Description", annotations.get("openshift.io/description", ""))
    write_text(writer, "Status", (project.get("status") or {}).get("phase", ""))
    write_text(writer, "Node Selector", annotations.get("openshift.io/node-selector", ""))
    _quotas(writer, invocation.client.list(RESOURCEQUOTAS, name))
    _limits(writer, invocation.client.list(LIMITRANGES, name))
    return writer.text()


def _quotas(writer: TabWriter, quotas: list[Object]) -> None:
    if not quotas:
        write_text(writer, "Quota")
        return
    writer.write("Quota:\n")
    for quota in quotas:
        status = quota.get("status") or {}
        used = status.get("used") or {}
        writer.line("", "Name:", quota["metadata"]["name"])
        writer.line("", "Resource", "Used", "Hard")
        writer.line("", "--------", "----", "----")
        for resource, hard in sorted((status.get("hard") or {}).items()):
            writer.line("", resource, str(used.get(resource, "0")), str(hard))


def _limits(writer: TabWriter, ranges: list[Object]) -> None:
    if not ranges:
        write_text(writer, "Resource limits")
        return
    writer.write("Resource limits:\n")
    for limit_range in ranges:
        writer.line("", "Name:", limit_range["metadata"]["name"])
        writer.line("", *HEADERS)
        writer.line("", *("-" * len(header) for header in HEADERS))
        for row in limit_rows(limit_range):
            writer.line("", *row)
