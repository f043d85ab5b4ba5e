"""The program ``oc``: finds the command, parses its flags, runs it, and turns errors into texts and exit statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

from simulator.errors import InputError, StatusError
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, Exit, FlagError, SourcedError, UsageError, fail, text_of, text_of_input
from simulator.oc.flags import GLOBAL, Flag, Flags, parse
from simulator.oc.invocation import Invocation
from simulator.oc.session import Session
from simulator.release import OLDEST, Release
from simulator.runtime.tasks import sleep
from simulator.shell.process import Process, Program

VERBS: Final[Mapping[str, str]] = {
    **{verb: f"simulator.oc.{verb}" for verb in (
        "adm", "annotate", "apply", "attach", "auth", "autoscale", "config", "create", "debug", "delete", "describe",
        "edit", "events", "exec", "explain", "expose", "extract", "get", "help", "label", "login", "logout", "logs",
        "options", "patch", "policy", "process", "project", "projects", "replace", "rollout", "rsh", "run", "scale",
        "set", "status", "tag", "version", "wait", "whoami",
    )},
    "api-resources": "simulator.oc.apiresources",
    "api-versions": "simulator.oc.apiversions",
    "new-project": "simulator.oc.newproject",
}  # fmt: skip
"""The module of each verb, imported when the verb is first used; it exports ``COMMAND``."""

_HELP = Flag("help", "", "bool", "h", hidden=True)


def program(session: Session) -> Program:
    """``oc`` for the shell's table of programs; all its runs share ``session``."""

    async def oc(process: Process) -> int:
        return await run(session, process)

    return oc


async def run(session: Session, process: Process) -> int:
    """Run one command line (``process.args[1:]``) and return its exit status."""
    await sleep(session.latency_s)
    try:
        return await _dispatch(session, process)
    except (CommandError, SourcedError, StatusError) as error:
        await process.stderr.write(text_of(error).removesuffix("\n") + "\n")
        return error.status if isinstance(error, CommandError) else 1
    except InputError as error:  # a file of this machine, as the kubeconfig
        await process.stderr.write(text_of_input(error) + "\n")
        return 1
    except Exit as leave:
        return leave.status


async def _dispatch(session: Session, process: Process) -> int:
    before, verb, words = split(process.args[1:])
    command = find(verb, session.release) if verb else ROOT
    while command.subcommands:
        more, word, rest = split(words, command.flags)
        name = command.aliases.get(word, word)
        if name not in command.available(session.release):
            break
        command, before, words = command.subcommands[name], [*before, *more], rest
    try:
        flags = parse(
            (*GLOBAL, _HELP, *command.flags), [*before, *words],
            interspersed=command.interspersed, release=session.release,
        )  # fmt: skip
        invocation = Invocation(session, process, command, flags, words)
        return await _run(invocation)
    except UsageError as error:
        from simulator.oc.help import wrong_usage

        raise wrong_usage(error, command, session.release) from None


async def _run(invocation: Invocation) -> int:
    command = invocation.command
    try:
        await _check(invocation)
        if invocation.flags.flag("help") or command.run is None:
            return await _help(invocation)
        return await command.run(invocation)
    finally:
        await invocation.warn()


async def _check(invocation: Invocation) -> None:
    """Warn of deprecated flags; go where the global flags lead, or refuse those that would lead to another cluster."""
    flags, session = invocation.flags, invocation.session
    for flag in invocation.command.flags:
        if flag.deprecated and flag.name in flags.given:
            await invocation.error(f"Flag --{flag.name} has been deprecated, {flag.deprecated}")
    if session.connector is not None:
        session.connector.connect(session, flags)
        return
    if invocation.command.path == "oc login" or invocation.command.path.startswith("oc config"):
        return
    own = {"context": session.context_name, "server": session.server, "user": session.user, "token": session.token}
    redefined = {flag.name for flag in invocation.command.flags}
    for name in ("cluster", "config", "context", "kubeconfig", "server", "user"):
        if name not in redefined and flags.text(name) not in ("", own.get(name)):
            raise fail(f"--{name} is not available in this simulator: there is only one cluster, as {session.user}")


async def _help(invocation: Invocation) -> int:
    from simulator.oc.help import help_text, root_text

    command = invocation.command
    if command is ROOT:
        await invocation.out(root_text(invocation.release))
        return 0
    if command.subcommands and invocation.args and not invocation.flags.flag("help"):
        from simulator.oc.help import unknown_subcommand

        known = list(command.available(invocation.release))
        raise unknown_subcommand(command, invocation.args[0], known, invocation.release)
    text = help_text(command, invocation.release)
    if command.subcommands and not invocation.flags.flag("help"):
        await invocation.error(text.rstrip("\n"))
        return 1
    await invocation.out(text)
    return 0


def split(words: Sequence[str], more: Sequence[Flag] = ()) -> tuple[list[str], str, list[str]]:
    """The flags before the first argument (global, or of ``more``), that argument ("": none), and what follows."""
    valued = [flag for flag in (*more, *GLOBAL) if flag.bare_value is None]
    takes_value = {f"--{flag.name}" for flag in valued} | {f"-{flag.short}" for flag in valued if flag.short}
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "--":
        at += 2 if words[at] in takes_value else 1
    if at >= len(words) or words[at] == "--":
        return list(words), "", []
    return list(words[:at]), words[at], list(words[at + 1 :])


def scan(words: Sequence[str]) -> Flags:
    """The global flags among these words, as far as they can be told from the rest without knowing the command."""
    names = {f"--{flag.name}": flag for flag in GLOBAL} | {f"-{flag.short}": flag for flag in GLOBAL if flag.short}
    picked: list[str] = []
    at = 0
    while at < len(words) and words[at] != "--":
        name, equals, _ = words[at].partition("=")
        size = 1
        if flag := names.get(name):
            size = 2 if flag.bare_value is None and not equals else 1
            picked += words[at : at + size]
        at += size
    try:
        return parse(GLOBAL, picked)
    except FlagError:  # it is told when the command is parsed
        return parse(GLOBAL, [])


def find(verb: str, release: Release = OLDEST) -> Command:
    """The command of a verb; CommandError for one that ``oc`` does not have, or that is not built here."""
    if verb in VERBS:
        command: Command = import_module(VERBS[verb]).COMMAND
        if command.is_part_of(release):
            return command
    from simulator.oc.help import unknown_verb

    raise unknown_verb(verb, VERBS, release)


ROOT: Final = Command(path="oc", usage="oc [flags]", short="OpenShift Client")

__all__ = ["VERBS", "find", "program", "run", "split"]
