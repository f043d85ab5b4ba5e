"""``oc describe project``. Source: oc, pkg/helpers/describe/describer.go (ProjectDescriber)."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.api.ages import long_duration
from simulator.api.types import GVR
from simulator.errors import Object
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import OC_DESCRIBE, TabWriter
from simulator.runtime.clock import parse_rfc3339

QUOTAS = GVR("", "v1", "resourcequotas")
LIMIT_RANGES = GVR("", "v1", "limitranges")
_LIMIT_HEADERS = ("Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio")


def describe(invocation: Invocation, project: Object) -> str:
    """The text; quotas and limit ranges of the project are looked up."""
    meta, name = project["metadata"], project["metadata"]["name"]
    annotations = meta.get("annotations") or {}
    created = long_duration(invocation.now() - parse_rfc3339(meta["creationTimestamp"]))
    writer = TabWriter(OC_DESCRIBE)
    writer.line("Name:", name)
    writer.line("Created:", f"{created} ago")
    _map(writer, "Labels:", meta.get("labels") or {})
    _map(writer, "Annotations:", annotations)
    writer.line("Display Name:", annotations.get("openshift.io/display-name") or "<none>")
    writer.line("Description:", annotations.get("openshift.io/description") or "<none>")
    writer.line("Status:", project.get("status", {}).get("phase", ""))
    writer.line("Node Selector:", annotations.get("openshift.io/node-selector") or "<none>")
    _quotas(writer, invocation.client.list(QUOTAS, name))
    _limits(writer, invocation.client.list(LIMIT_RANGES, name))
    return writer.text()


def _map(writer: TabWriter, title: str, values: Mapping[str, str]) -> None:
    rows = [f"{key}={value}" for key, value in sorted(values.items())] or ["<none>"]
    for index, row in enumerate(rows):
        writer.line(title if index == 0 else "", row)


def _quotas(writer: TabWriter, quotas: list[Object]) -> None:
    if not quotas:
        writer.line("Quota:", "<none>")
        return
    writer.write("Quota:\n")
    for quota in quotas:
        status = quota.get("status", {})
        hard, used = status.get("hard") or quota["spec"].get("hard") or {}, status.get("used") or {}
        writer.line("", "Name:", quota["metadata"]["name"])
        writer.line("", "Resource", "Used", "Hard")
        writer.line("", "--------", "----", "----")
        for resource in sorted(hard):
            writer.line("", resource, str(used.get(resource, "0")), str(hard[resource]))


def _limits(writer: TabWriter, ranges: list[Object]) -> None:
    if not ranges:
        writer.line("Resource limits:", "<none>")
        return
    writer.write("Resource limits:\n")
    for limit_range in ranges:
        writer.line("", "Name:", limit_range["metadata"]["name"])
        writer.line("", *_LIMIT_HEADERS)
        writer.line("", *("-" * len(header) for header in _LIMIT_HEADERS))
        for item in limit_range["spec"].get("limits") or ():
            _limit_rows(writer, item)


def _limit_rows(writer: TabWriter, item: Object) -> None:
    columns = ("min", "max", "defaultRequest", "default", "maxLimitRequestRatio")
    resources = sorted({resource for column in columns for resource in item.get(column) or {}})
    for resource in resources:
        writer.line(
            "", item["type"], resource, *(str((item.get(column) or {}).get(resource, "-")) for column in columns)
        )
