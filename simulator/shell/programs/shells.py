"""``sh`` and ``bash`` as programs: what ``oc rsh`` starts in a pod."""

from __future__ import annotations

import re

from simulator.shell.budget import EXHAUSTED_STATUS
from simulator.shell.errors import describe
from simulator.shell.interpreter import Shell
from simulator.shell.parser import state_of
from simulator.shell.process import Process
from simulator.shell.programs.support import complain, resolve
from simulator.shell.streams import TerminalReader, decode

_PROMPT_ESCAPE = re.compile(r"\\([uhHwWs$])")


async def sh(process: Process) -> int:
    """``sh -c SCRIPT``, ``sh FILE``, a script on standard input, or a prompt when standard input is a terminal."""
    rest, options, command, interactive = process.args[1:], set[str](), False, False
    while rest and re.fullmatch(r"[-+][a-zA-Z]+|--[a-z]*|-", rest[0]):
        flag = rest.pop(0)
        if flag in ("--", "-"):
            break
        if flag.startswith("--"):
            continue  # --login, --norc and the like change nothing here
        if "o" in flag[1:] and rest:
            options.add({"errexit": "e", "nounset": "u", "xtrace": "x"}.get(rest[0], rest[0]))
            rest.pop(0)
        interactive = interactive or "i" in flag
        command = command or "c" in flag
        options |= set(flag[1:]) & set("euxfa")
    shell = Shell(process, name=process.name.rpartition("/")[2].lstrip("-"), budget=process.budget)
    shell.options = options
    if command:
        return await _run_command(shell, process, rest)
    if rest:
        return await _run_file(shell, process, rest)
    if process.terminal is not None and (interactive or isinstance(process.stdin, TerminalReader)):
        return await shell.interact(process.terminal, lambda: _prompt(shell))
    status = await _run_input(shell, process)
    return await shell.finish() or status


async def _run_command(shell: Shell, process: Process, rest: list[str]) -> int:
    if not rest:
        await complain(process, "-c: option requires an argument")
        return 2
    if len(rest) > 1:
        shell.zero = shell.origin = rest[1]
    shell.positional = rest[2:]
    shell.status = await shell.run_inner(rest[0])
    return await shell.finish()


async def _run_input(shell: Shell, process: Process) -> int:
    """A script on standard input, command by command as they come: somebody may talk to the shell through a pipe."""
    text, first, status, state = "", 1, 0, "complete"
    while state != "wrong" and not shell.exited and (line := await process.stdin.read_line()):
        text += decode(line)
        state = state_of(text)
        if state != "incomplete":
            status = await shell.run_file(text, shell.name, first)
            first, text = first + text.count("\n"), ""
        if status == EXHAUSTED_STATUS:
            return status
    return await shell.run_file(text, shell.name, first) if text else status


async def _run_file(shell: Shell, process: Process, rest: list[str]) -> int:
    try:
        script = decode(process.fs.read(resolve(process, rest[0])))
    except OSError as error:
        await complain(process, f"{rest[0]}: {describe(error)}")
        return 126 if isinstance(error, IsADirectoryError) else 127
    shell.positional = rest[1:]
    await shell.run_file(script, rest[0])
    return await shell.finish()


def _prompt(shell: Shell) -> str:
    """PS1, with the escapes that prompts really use."""
    text = shell.variables.get("PS1")
    if text is None:
        return shell.system.prompt + ("$ " if shell.system.uid else "# ")
    values = {
        "u": shell.system.user,
        "h": shell.system.hostname.partition(".")[0],
        "H": shell.system.hostname,
        "w": shell.cwd,
        "W": shell.cwd.rpartition("/")[2] or "/",
        "s": shell.name,
        "$": "$" if shell.system.uid else "#",
    }
    return _PROMPT_ESCAPE.sub(lambda match: values[match.group(1)], text)
