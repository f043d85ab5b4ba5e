"""``oc help``, the usage text of every command, and what is said of a command that ``oc`` does not have."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from simulator.changes.client import SHORT_USAGE_ERRORS
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, FlagError, UsageError, fail, misuse
from simulator.oc.flags import GLOBAL, Flag
from simulator.oc.invocation import Invocation
from simulator.release import Release

_ABOUT = """\
This client helps you develop, build, deploy, and run your applications on any OpenShift or Kubernetes compatible
platform. It also includes the administrative commands for managing a cluster under the 'adm' subcommand.
"""
_OPTIONS_HINT = 'Use "oc options" for a list of global command-line options (applies to all commands).'
_ZERO_SHOWN = {"bool": "false", "string": "''", "int": "0", "list": "[]", "array": "[]", "duration": "0s"}


@cache
def catalog() -> Mapping[str, Any]:
    """``catalog.yaml``: all commands of the real client."""
    import yaml

    text = (files("simulator.oc") / "catalog.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Any] = yaml.safe_load(text)
    return data


def real_verbs() -> list[str]:
    """Every verb of the real client."""
    shown = [verb for section in catalog()["sections"].values() for verb in section]
    return [*shown, *catalog()["hidden"]]


def unknown_verb(verb: str, built: Iterable[str], release: Release) -> CommandError:
    """What to say of a verb: that the simulator lacks it, or (as cobra does) that ``oc`` itself does."""
    if verb in real_verbs():
        usable = ", ".join(sorted(set(built) & set(real_verbs())))
        return CommandError(
            f'error: "oc {verb}" is not available in this simulator; these are:\n'
            + textwrap.fill(usable, 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        )
    return CommandError(unknown_command(verb, "oc", real_verbs(), release))


def unknown_command(word: str, path: str, known: Sequence[str], release: Release) -> str:
    """cobra's text, with the known commands that look alike."""
    near = [name for name in known if name.startswith(word.lower()) or _distance(word.lower(), name) <= 2]
    suggestions = "\n\nDid you mean this?\n" + "".join(f"\t{name}\n" for name in near) if near else ""
    if SHORT_USAGE_ERRORS.at(release):
        return f'error: unknown command "{word}" for "{path}"{suggestions}'.rstrip("\n")
    return f'Error: unknown command "{word}" for "{path}"{suggestions}\nRun \'{path} --help\' for usage.'


def unknown_subcommand(command: Command, word: str, known: Sequence[str], release: Release) -> CommandError:
    """A group of commands looks at its arguments itself in releases since 4.3."""
    if SHORT_USAGE_ERRORS.at(release):
        return misuse(command.path, f'unknown command "{word}"')
    return CommandError(unknown_command(word, command.path, known, release))


def wrong_usage(error: UsageError, command: Command, release: Release) -> CommandError:
    """What is said of flags and arguments that are wrong: first with the command's whole usage, later in short."""
    if not SHORT_USAGE_ERRORS.at(release):
        return CommandError(f"Error: {error}\n\n\n{usage_text(command)}".rstrip("\n"))
    hint = f"\nSee '{command.path} --help' for usage." if isinstance(error, FlagError) else ""
    return fail(f"{error}{hint}")


def _distance(one: str, other: str) -> int:
    """Levenshtein's distance."""
    previous = list(range(len(other) + 1))
    for row, char in enumerate(one, 1):
        current = [row]
        for column, against in enumerate(other, 1):
            current.append(min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (char != against)))
        previous = current
    return previous[-1]


def root_text() -> str:
    """``oc`` and ``oc help``."""
    return (
        "OpenShift Client \n\n"
        + _ABOUT
        + "\nUsage:\n  oc [flags]\n\n"
        + _sections(catalog()["sections"])
        + 'Use "oc <command> --help" for more information about a given command.\n'
        + _OPTIONS_HINT
        + "\n"
    )


def group_text(command: Command, sections: Mapping[str, Mapping[str, str]]) -> str:
    """The help of a command that has subcommands, listed in sections."""
    return (
        f"{command.short}\n\n{command.long}".rstrip()
        + f"\n\nUsage:\n  {command.usage}\n\n"
        + _sections(sections)
        + f'Use "{command.path} <command> --help" for more information about a given command.\n'
        + _OPTIONS_HINT
        + "\n"
    )


def _sections(sections: Mapping[str, Mapping[str, str]]) -> str:
    width = max(len(name) for section in sections.values() for name in section)
    blocks = []
    for title, commands in sections.items():
        lines = [f"  {name.ljust(width)} {about}\n" for name, about in commands.items()]
        blocks.append(f"{title}:\n" + "".join(lines) + "\n")
    return "".join(blocks)


def help_text(command: Command) -> str:
    """``oc VERB --help``."""
    if command.subcommands:
        sections = {"Available Commands": {name: sub.short for name, sub in command.subcommands.items()}}
        return group_text(command, sections)
    about = f"{command.short} \n\n{command.long}".rstrip()
    return f"{about}\n\n{usage_text(command)}"


def usage_text(command: Command) -> str:
    """Usage, examples and options: what follows the message of a wrong flag."""
    parts = [f"Usage:\n  {command.usage}\n"]
    if command.examples:
        parts.append("Examples:\n" + "".join(f"  {line}".rstrip() + "\n" for line in command.examples))
    if command.flags:
        parts.append("Options:\n" + option_lines(command.flags))
    return "\n".join([*parts, _OPTIONS_HINT + "\n"])


def option_lines(flags: Sequence[Flag]) -> str:
    """``  -n, --namespace='': …``, by name."""
    rows = []
    for flag in sorted((flag for flag in flags if not flag.hidden), key=lambda flag: flag.name):
        short = f"-{flag.short}, " if flag.short else "    "
        rows.append(f"  {short}--{flag.name}={_shown_default(flag)}: {flag.help}\n")
    return "".join(rows)


def _shown_default(flag: Flag) -> str:
    if flag.shown is not None:
        return flag.shown
    if flag.default is None:
        return _ZERO_SHOWN[flag.kind]
    if flag.kind == "string":
        return f"'{flag.default}'"
    if flag.kind == "duration":
        return f"{flag.default:g}s"
    return str(flag.default).lower()


def options_text() -> str:
    """``oc options``."""
    return "The following options can be passed to any command:\n\n" + option_lines(GLOBAL)


async def run(invocation: Invocation) -> int:
    """``oc help [COMMAND…]``."""
    from simulator.oc.main import find

    if not invocation.args:
        await invocation.out(root_text())
        return 0
    command = find(invocation.args[0], invocation.release)
    for word in invocation.args[1:]:
        command = command.subcommands.get(word, command)
    await invocation.out(help_text(command))
    return 0


COMMAND = Command(
    path="oc help",
    usage="oc help [command] [flags]",
    short="Help about any command",
    long='Prints what a command does and which flags it takes. The same as "oc COMMAND --help".',
    run=run,
)
