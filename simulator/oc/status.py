"""``oc status``: an overview of the current project. Source: oc, pkg/helpers/describe/projectstatus.go."""

from __future__ import annotations

from simulator.api.gvrs import PROJECTS
from simulator.changes.client import WHAT_ALL_LISTS
from simulator.oc.command import Command
from simulator.oc.flags import ALL_NAMESPACES, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.overview import Overview, load
from simulator.oc.project import title
from simulator.oc.suggestions import Suggestion, suggestions

_HELP = "View details with 'oc describe <resource>/<name>' or list {what} with 'oc get all'."
_NOTHING = "You have no services, deployment configs, or build configs.\nRun 'oc new-app' to create an application."
_SECTIONS = (("error", "Errors:"), ("warning", "Warnings:"), ("info", "Info:"))


async def run(invocation: Invocation) -> int:
    overview = load(invocation)
    lines = [_head(invocation)]
    for group in overview.groups():
        lines += ["", *group]
    lines.append("")
    lines += _advice(invocation, overview, suggestions(overview, invocation.release))
    await invocation.line("\n".join(lines))
    return 0


def _head(invocation: Invocation) -> str:
    server = invocation.session.server
    if invocation.all_namespaces:
        return f"Showing all projects on server {server}"
    project = invocation.client.get_or_none(PROJECTS, invocation.namespace)
    name = title(project) if project is not None else invocation.namespace
    return f"In project {name} on server {server}"


def _advice(invocation: Invocation, overview: Overview, found: list[Suggestion]) -> list[str]:
    """What is wrong or could be better (errors always, the rest with ``--suggest``), and the last line."""
    suggest = invocation.flags.flag("suggest")
    kinds = {kind: [item for item in found if item.severity == kind] for kind, _ in _SECTIONS}
    lines: list[str] = []
    for kind, heading in _SECTIONS:
        if kinds[kind] and (suggest or kind == "error"):
            lines += [*([""] if suggest and lines else []), heading]
            lines += [line for item in kinds[kind] for line in item.lines(suggest=suggest)]
    if kinds["error"] or kinds["info"] or (suggest and kinds["warning"]):
        lines.append("")
    if found and not suggest:
        counts = ", ".join(_count(kind, len(items)) for kind, items in kinds.items() if items)
        return [*lines, f"{counts} identified, use 'oc status --suggest' to see details."]
    return [*lines, _HELP.format(what=WHAT_ALL_LISTS.at(invocation.release)) if overview.services else _NOTHING]


def _count(kind: str, count: int) -> str:
    return f"{count} {kind}{'' if count == 1 else 's'}"


COMMAND = Command(
    path="oc status",
    usage="oc status [-o dot | --suggest ] [flags]",
    short="Show an overview of the current project",
    long="Show the services of the current project, what stands behind them, and the pods that run on their own.",
    examples=(
        "# See an overview of the current project",
        "oc status",
        "# See what could be better",
        "oc status --suggest",
    ),
    flags=(ALL_NAMESPACES, Flag("suggest", "See details for resolving issues.", "bool")),
    run=run,
)
