"""``oc help``, the usage text of every command, and what is said of a command that ``oc`` does not have."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from simulator.changes.client import CATALOG, SHORT_USAGE_ERRORS, USAGE_LAST
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, FlagError, UsageError, fail, misuse
from simulator.oc.flags import GLOBAL, Flag, available
from simulator.oc.invocation import Invocation
from simulator.release import Release

_NAME_GAP, _ROOT_GAP = 3, 5  # spaces after the longest name in a list of commands, in the newer layout
_ABOUT = """\
This client helps you develop, build, deploy, and run your applications on any OpenShift or Kubernetes compatible
platform. It also includes the administrative commands for managing a cluster under the 'adm' subcommand.
"""
_OPTIONS_HINT = 'Use "oc options" for a list of global command-line options (applies to all commands).'
_ZERO_SHOWN = {"bool": "false", "string": "''", "int": "0", "list": "[]", "array": "[]", "duration": "0s"}


def catalog(release: Release) -> Mapping[str, Any]:
    """All commands of the real client."""
    return _catalog(CATALOG.at(release))


@cache
def _catalog(file: str) -> Mapping[str, Any]:
    import yaml

    data: Mapping[str, Any] = yaml.safe_load((files("simulator.oc") / file).read_text(encoding="utf-8"))
    return data


def real_verbs(release: Release) -> list[str]:
    """Every verb of the real client."""
    known = catalog(release)
    return [*(verb for section in known["sections"].values() for verb in section), *known["hidden"]]


def unknown_verb(verb: str, built: Iterable[str], release: Release) -> CommandError:
    """What to say of a verb: that the simulator lacks it, or (as cobra does) that ``oc`` itself does."""
    real = real_verbs(release)
    if verb in real:
        usable = ", ".join(sorted(set(built) & set(real)))
        return CommandError(
            f'error: "oc {verb}" is not available in this simulator; these are:\n'
            + textwrap.fill(usable, 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        )
    return CommandError(unknown_command(verb, "oc", real, release))


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
        return CommandError(f"Error: {error}\n\n\n{usage_text(command, release)}".rstrip("\n"))
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


def root_text(release: Release) -> str:
    """``oc`` and ``oc help``."""
    sections = catalog(release)["sections"]
    more = f'Use "oc <command> --help" for more information about a given command.\n{_OPTIONS_HINT}\n'
    if USAGE_LAST.at(release):
        title = f"OpenShift Client\n\n{textwrap.fill(_ABOUT, 80)}\n\n"
        return f"{title}{_sections(sections, _ROOT_GAP)}Usage:\n  oc [flags] [options]\n\n{more}"
    return f"OpenShift Client \n\n{_ABOUT}\nUsage:\n  oc [flags]\n\n{_sections(sections)}{more}"


def group_text(command: Command, sections: Mapping[str, Mapping[str, str]], release: Release) -> str:
    """The help of a command that has subcommands, listed in sections."""
    more = f'Use "{command.path} <command> --help" for more information about a given command.\n{_OPTIONS_HINT}\n'
    if USAGE_LAST.at(release):
        usage = f"Usage:\n  {command.usage} [options]\n\n"
        return f"{_about(command)}\n\n{_sections(sections, _NAME_GAP)}{usage}{more}"
    about = f"{command.short}\n\n{command.long}".rstrip()
    return f"{about}\n\nUsage:\n  {command.usage}\n\n{_sections(sections)}{more}"


def _sections(sections: Mapping[str, Mapping[str, str]], gap: int = 1) -> str:
    width = max(len(name) for section in sections.values() for name in section) + gap
    blocks = []
    for title, commands in sections.items():
        lines = [f"  {name.ljust(width)}{about}\n" for name, about in commands.items()]
        blocks.append(f"{title}:\n" + "".join(lines) + "\n")
    return "".join(blocks)


def help_text(command: Command, release: Release) -> str:
    """``oc VERB --help``."""
    sections = {"Available Commands": {name: sub.short for name, sub in command.available(release).items()}}
    if command.subcommands and (command.run is None or not USAGE_LAST.at(release)):
        return group_text(command, sections, release)
    if USAGE_LAST.at(release):
        below = _sections(sections, _NAME_GAP) if command.subcommands else ""
        return f"{_about(command)}\n\n{below}{usage_text(command, release)}"
    about = f"{command.short} \n\n{command.long}".rstrip()
    return f"{about}\n\n{usage_text(command, release)}"


def _about(command: Command) -> str:
    """What the command is for; the lines after the first are indented by a space."""
    text = "\n".join(f" {line}" for line in command.long.splitlines())
    return f"{command.short}\n\n{text}".rstrip()


def usage_text(command: Command, release: Release) -> str:
    """Usage, examples and options: in earlier releases also what follows the message of a wrong flag."""
    usage, last = f"Usage:\n  {command.usage}", USAGE_LAST.at(release)
    parts = [] if last else [f"{usage}\n"]
    if command.examples:
        parts.append("Examples:\n" + "".join(f"  {line}".rstrip() + "\n" for line in command.examples))
    if command.flags:
        parts.append("Options:\n" + option_lines(command.flags, release))
    if last:
        parts.append(f"{usage} [options]\n")
    return "\n".join([*parts, _OPTIONS_HINT + "\n"])


def option_lines(flags: Sequence[Flag], release: Release) -> str:
    """``  -n, --namespace='': …``, by name; later the text has a line of its own."""
    last, rows = USAGE_LAST.at(release), []
    shown = (flag for flag in available(flags, release) if not flag.hidden)
    for flag in sorted(shown, key=lambda flag: flag.name):
        short = f"-{flag.short}, " if flag.short else "" if last else "    "
        name = f"{short}--{flag.name}={_shown_default(flag)}:"
        rows.append(f"    {name}\n\t{flag.help}\n" if last else f"  {name} {flag.help}\n")
    return ("\n" if last else "").join(rows)


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


def options_text(release: Release) -> str:
    """``oc options``."""
    return "The following options can be passed to any command:\n\n" + option_lines(GLOBAL, release)


async def run(invocation: Invocation) -> int:
    """``oc help [COMMAND…]``."""
    from simulator.oc.main import find

    if not invocation.args:
        await invocation.out(root_text(invocation.release))
        return 0
    command = find(invocation.args[0], invocation.release)
    for word in invocation.args[1:]:
        command = command.subcommands.get(word, command)
    await invocation.out(help_text(command, invocation.release))
    return 0


COMMAND = Command(
    path="oc help",
    usage="oc help [command] [flags]",
    short="Help about any command",
    long='Prints what a command does and which flags it takes. The same as "oc COMMAND --help".',
    run=run,
)
