"""``oc edit``: objects in an editor, and what was changed as a patch. Source: kubectl, cmd/util/editor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from simulator.changes.client import CHECKS_CUSTOM_NAMES
from simulator.errors import Invalid, NotFound, StatusError
from simulator.oc import gojson, goyaml
from simulator.oc.command import Command
from simulator.oc.editor import edit, exists, remove
from simulator.oc.errors import CommandError, Exit, cause_text, fail
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.files import parse_documents
from simulator.oc.flags import FILENAME, RECORD, RECURSIVE, VALIDATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.patches import edit_patch, is_builtin
from simulator.oc.printers.output import Format, render_object
from simulator.oc.printers.values import go_syntax
from simulator.oc.resources import resource_of
from simulator.oc.targets import Target, fetch, target_of

_HEADER: Final = """\
# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
"""
_SOURCE: Final = "edited-file"


@dataclass
class Reason:
    """Why the file is opened again: a head line and what hangs below it."""

    head: str
    details: list[str] = field(default_factory=list)

    def text(self) -> str:
        lines = [self.head + ":" if self.details else self.head, *(f"* {detail}" for detail in self.details)]
        return "".join(f"# {line}\n".replace("\n", "\n# ", line.count("\n")) for line in lines) + "#\n"


@dataclass
class Outcome:
    """What became of one round of saving."""

    reasons: list[Reason] = field(default_factory=list)
    retryable: int = 0
    not_found: int = 0


async def run(invocation: Invocation) -> int:
    """Edit until everything is saved, nothing was changed, or the person gives up."""
    form = invocation.flags.text("output") or "yaml"
    if form not in ("yaml", "json"):
        raise fail(f'unable to match a printer suitable for the output format "{form}", allowed formats are: json,yaml')
    targets = (await fetch(invocation, invocation.args)).check()
    if not targets:
        raise fail("edit cancelled, no objects found")
    objects = [target.object for target in targets]
    shown = objects[0] if len(objects) == 1 else {"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {}}
    original = render_object(invocation, Format(form), shown)
    await _edit_loop(invocation, targets, original, f".{form}")
    return 0


async def _edit_loop(invocation: Invocation, targets: list[Target], original: str, suffix: str) -> None:
    process = invocation.process
    body, reasons, last = original, list[Reason](), ""
    while True:
        header = "" if suffix == ".json" else _HEADER + "".join(reason.text() for reason in reasons)
        try:
            path, saved = await edit(invocation, header + body, suffix)
        except CommandError:
            await _tell_copy(invocation, last)
            raise
        if reasons and _same(saved, body):
            await _tell_copy(invocation, path)
            raise fail("Edit cancelled, no valid changes were saved.")
        remove(process, last)
        last = path
        if _same(saved, original):
            await _cancel(invocation, path, "Edit cancelled, no changes made.")
            return
        if not strip_comments(saved).strip():
            await _cancel(invocation, path, "Edit cancelled, saved file was empty.")
            return
        body, outcome = strip_comments(saved), Outcome()
        try:
            edited = _parse(invocation, saved)
        except CommandError as error:
            message = error.text.removeprefix("error: ")
            reasons = [Reason(f"The edited file had a syntax error: {message}")]
            continue
        try:
            for target in edited:
                await _save(invocation, targets, target, outcome)
        except CommandError:
            await _tell_copy(invocation, path)
            raise
        if await _is_done(invocation, outcome, path):
            return
        reasons = outcome.reasons


async def _is_done(invocation: Invocation, outcome: Outcome, path: str) -> bool:
    """Whether the editing ends here; Exit when something could not be saved and the file is kept."""
    if outcome.retryable:
        await invocation.error(f"You can run `oc replace -f {path}` to try this update again.")
        raise Exit(1)
    if outcome.not_found:
        await invocation.error(f'The edits you made on deleted resources have been saved to "{path}"')
        raise Exit(1)
    if outcome.reasons:
        return False
    remove(invocation.process, path)
    return True


async def _cancel(invocation: Invocation, path: str, message: str) -> None:
    remove(invocation.process, path)
    await invocation.error(message)


async def _tell_copy(invocation: Invocation, path: str) -> None:
    if path and exists(invocation.process, path):
        await invocation.error(f'A copy of your changes has been stored to "{path}"')


def _parse(invocation: Invocation, text: str) -> list[Target]:
    """The edited objects; CommandError for what is no object of the server."""
    targets = []
    for document in parse_documents(text, _SOURCE):
        obj = document.object
        resource = resource_of(invocation.session, obj)
        if resource is None:
            version = obj.get("apiVersion", "")
            raise fail(f'unable to recognize "{_SOURCE}": no matches for kind "{obj["kind"]}" in version "{version}"')
        if not (obj.get("metadata") or {}).get("name"):
            raise fail("resource name may not be empty")
        targets.append(target_of(resource, obj))
    return targets


async def _save(invocation: Invocation, originals: list[Target], edited: Target, outcome: Outcome) -> None:
    """Send the differences of one object, and tell what came of it."""
    original = _original(originals, edited)
    _check_name(invocation, original, edited)
    content_type, patch = edit_patch(edited.resource, original.object, edited.object, invocation.session.release)
    if not patch:
        await invocation.line(f"{edited.title} skipped")
        return
    if invocation.flags.flag("output-patch"):
        await invocation.line(f"Patch: {gojson.dumps(patch)}")
    try:
        invocation.client.patch(edited.resource.gvr, edited.name, patch, original.namespace, content_type=content_type)
    except StatusError as error:
        await invocation.error(_failure(edited, error, outcome))
        return
    await invocation.line(f"{edited.title} edited")


def _original(originals: list[Target], edited: Target) -> Target:
    def uid(obj: Any) -> str:
        return str(obj["metadata"].get("uid", ""))

    for original in originals:
        if uid(original.object) == uid(edited.object):
            return original
    raise fail(f"no original object found for &unstructured.Unstructured{{Object:{go_syntax(edited.object)}}}")


def _check_name(invocation: Invocation, original: Target, edited: Target) -> None:
    """CommandError for an object that was given another name or kind; earlier releases do not look at custom ones."""
    same = (original.resource, original.name) == (edited.resource, edited.name)
    if not same and (is_builtin(edited.resource) or CHECKS_CUSTOM_NAMES.at(invocation.release)):
        raise fail("At least one of apiVersion, kind and name was changed")


def _failure(edited: Target, error: StatusError, outcome: Outcome) -> str:
    """Note the error in ``outcome`` and return the line to print."""
    subject = f'{edited.resource.qualified} "{edited.name}"'
    if isinstance(error, Invalid):
        outcome.reasons.append(Reason(f"{subject} was not valid", [cause_text(cause) for cause in error.causes]))
        return f"error: {subject} is invalid"
    if isinstance(error, NotFound):
        outcome.not_found += 1
        return f"error: {subject} could not be found on the server"
    outcome.retryable += 1
    return f"error: {subject} could not be patched: {error.message}"


def strip_comments(text: str) -> str:
    """The text without its comment lines, and without blank ones at its end."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(lines) + "\n" if lines else ""


def _same(one: str, other: str) -> bool:
    """Whether two texts say the same: compared as data, or line by line where they cannot be read."""
    if strip_comments(one).rstrip() == strip_comments(other).rstrip():
        return True
    try:
        return bool(strip_comments(one).strip()) and goyaml.load(one) == goyaml.load(other)
    except ValueError:
        return False


FLAGS = (
    field_manager("edit"),
    FILENAME,
    Flag("output", "Output format. One of: yaml|json.", short="o", default="", shown="''"),
    Flag("output-patch", "Output the patch if the resource is edited.", "bool"),
    *RECORD,
    RECURSIVE,
    Flag("save-config", "If true, keep the configuration of the object in its annotation.", "bool"),
    *VALIDATE,
    Flag("windows-line-endings", "Use Windows line endings.", "bool"),
)

COMMAND = Command(
    path="oc edit",
    usage="oc edit (RESOURCE/NAME | -f FILENAME) [flags]",
    short="Edit a resource on the server",
    long="Opens the objects in the editor of KUBE_EDITOR or EDITOR (vi if none is set). What was changed\n"
    "is sent when the file is saved; if the server finds it invalid, the file is opened again with the reason.",
    examples=(
        "# Edit the configuration of the image registry",
        "oc edit configs.imageregistry.operator.openshift.io/cluster",
        "",
        "# Edit a deployment as JSON, in another editor",
        "KUBE_EDITOR=nano oc edit deployment/web -o json",
    ),
    flags=FLAGS,
    run=run,
)

__all__ = ["COMMAND", "strip_comments"]
