"""``oc extract``: the keys of secrets and config maps as files. Source: oc, pkg/cli/extract."""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Mapping

from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, fail
from simulator.oc.files import absolute
from simulator.oc.flags import FILENAME, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.targets import NO_RESOURCES, Target, fetch

STDOUT = "-"


async def run(invocation: Invocation) -> int:
    if not invocation.args and not invocation.flags.texts("filename"):
        raise CommandError(NO_RESOURCES)
    folder = invocation.flags.text("to")
    if folder != STDOUT:
        _prepare_folder(invocation, folder)
    extracted = [
        await _extract(invocation, target, folder) for target in (await fetch(invocation, invocation.args)).check()
    ]
    if not any(extracted):
        raise fail("you must specify at least one resource to extract")
    return 0


def _prepare_folder(invocation: Invocation, folder: str) -> None:
    """Make the folder if it is missing and ``--confirm`` allows it."""
    fs, path = invocation.process.fs, absolute(invocation.process, folder)
    missing: list[str] = []
    while not _exists(invocation, path):
        missing.append(path)
        path = posixpath.dirname(path)
    if missing and not invocation.flags.flag("confirm"):
        raise fail(f"use --confirm if you want to create target directory: stat {folder}: no such file or directory")
    for path in reversed(missing):
        fs.make_dir(path)


async def _extract(invocation: Invocation, target: Target, folder: str) -> bool:
    """False for a kind that holds no files."""
    contents = contents_of(target.object)
    if contents is None:
        await invocation.error(f"warning: {target.resource.plural}/{target.name} does not support extraction")
        return False
    wanted = invocation.flags.texts("keys")
    errors = []
    for key in sorted(contents):
        if wanted and key not in wanted:
            continue
        if folder == STDOUT:
            await _show(invocation, key, contents[key])
        elif problem := await _write(invocation, posixpath.join(folder, key), contents[key]):
            errors.append(f"error: {key}: {problem}")
    if errors:
        raise CommandError("\n".join(errors))
    return True


def contents_of(obj: Object) -> Mapping[str, bytes] | None:
    """The files of a Secret or ConfigMap by key; None for anything else."""
    if obj["kind"] not in ("ConfigMap", "Secret"):
        return None
    encoded = obj.get("data" if obj["kind"] == "Secret" else "binaryData") or {}
    plain = {} if obj["kind"] == "Secret" else obj.get("data") or {}
    return {key: text.encode() for key, text in plain.items()} | {
        key: base64.b64decode(value) for key, value in encoded.items()
    }


async def _show(invocation: Invocation, key: str, content: bytes) -> None:
    await invocation.error(f"# {key}")
    await invocation.process.stdout.write(content if content.endswith(b"\n") else content + b"\n")


async def _write(invocation: Invocation, path: str, content: bytes) -> str:
    """Write a file and tell its name; what is wrong, or "". A path in the present folder has no ``./``."""
    path = posixpath.normpath(path)
    if _exists(invocation, absolute(invocation.process, path)) and not invocation.flags.flag("confirm"):
        return "file exists, pass --confirm to overwrite"
    try:
        invocation.process.fs.write(absolute(invocation.process, path), content)
    except OSError as error:
        return f"open {path}: {(error.strerror or str(error)).lower()}"
    await invocation.line(path)
    return ""


def _exists(invocation: Invocation, path: str) -> bool:
    try:
        invocation.process.fs.stat(path)
    except OSError:
        return False
    return True


COMMAND = Command(
    path="oc extract",
    usage="oc extract RESOURCE/NAME [--to=DIRECTORY] [--keys=KEY ...] [flags]",
    short="Extract secrets or config maps to disk",
    long="Each key becomes a file of its name, as when the object is mounted into a container. With --to=- the\n"
    "contents go to standard output, and the names of the keys to standard error.",
    examples=(
        "# The secret 'router-certs-default' into the current directory",
        "oc extract secret/router-certs-default -n openshift-ingress",
        "",
        "# One key of a config map, on the terminal",
        "oc extract configmap/serviceca --to=- --keys=service-ca.crt",
    ),
    flags=(
        Flag("confirm", "If true, overwrite files that already exist.", "bool"),
        FILENAME,
        Flag("keys", "An optional list of keys to extract (default is all keys).", "list"),
        Flag("to", "Directory to extract files to.", default="."),
    ),
    run=run,
)
