"""The person's editor on a temporary file. Source: kubectl, cmd/util/editor."""

from __future__ import annotations

import shlex

from simulator.changes.client import DIGITS_IN_NAMES, EDITOR_VARIABLES
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation
from simulator.runtime.terminal import EditorMissing
from simulator.shell.process import Process

DEFAULT = "vi"


async def edit(invocation: Invocation, text: str, suffix: str) -> tuple[str, str]:
    """Let the person edit ``text``; returns the path of the temporary file, which stays, and what was saved in it."""
    process = invocation.process
    path = f"/tmp/oc-edit-{invocation.session.temporary_name(digits=DIGITS_IN_NAMES.at(invocation.release))}{suffix}"
    _write(process, path, text)
    variables = EDITOR_VARIABLES.at(invocation.release)
    command = next((process.env[name] for name in variables if process.env.get(name)), "")
    words = shlex.split(command) if command else []
    if words and words[0].rsplit("/", 1)[-1] in process.programs:
        await _run_program(process, command, path)
    elif process.terminal is None:
        raise _problem(command)
    else:
        try:
            _write(process, path, await process.terminal.edit(path, text, command))
        except EditorMissing as error:
            raise _problem(str(error) or command) from None
    return path, process.fs.read(path).decode("utf-8", "replace")


def remove(process: Process, path: str) -> None:
    """Remove a temporary file that may be gone."""
    if path and exists(process, path):
        process.fs.remove(path)


def exists(process: Process, path: str) -> bool:
    try:
        process.fs.stat(path)
    except OSError:
        return False
    return True


async def _run_program(process: Process, command: str, path: str) -> None:
    """An editor of the simulated shell, as ``sed -i s/a/b/``."""
    from simulator.shell.interpreter import Shell

    shell = Shell(process, process.programs, name="sh")
    if await shell.run(f"{command} {path}") != 0:
        raise _problem(command)


def _write(process: Process, path: str, text: str) -> None:
    if not exists(process, "/tmp"):
        process.fs.make_dir("/tmp", 0o1777)
    process.fs.write(path, text.encode())


def _problem(command: str) -> Exception:
    return fail(f'there was a problem with the editor "{command or DEFAULT}"')
