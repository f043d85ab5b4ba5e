"""Flags of a command line, as cobra and pflag parse them. A command declares its flags as a table of ``Flag`` rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from simulator.changes.client import QUOTED_DURATIONS
from simulator.oc.errors import FlagError
from simulator.release import OLDEST, Release, is_part

Kind = Literal["bool", "string", "int", "list", "array", "duration"]
_ZERO: Final[Mapping[Kind, Any]] = {"bool": False, "string": "", "int": 0, "list": (), "array": (), "duration": 0.0}
_TRUE, _FALSE = ("1", "t", "T", "true", "TRUE", "True"), ("0", "f", "F", "false", "FALSE", "False")
_UNITS_S: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class Flag(NamedTuple):
    """One flag. A ``list`` splits its values at commas, an ``array`` does not; a ``duration`` is seconds.

    ``bare`` is the value of ``--flag`` without one (a bool's is "true"); ``shown`` overrides the default in help texts;
    ``deprecated`` is the end of the warning that using the flag gives, ``since`` and ``until`` the first release that
    has the flag (in this form), and the first that has not.
    """

    name: str
    help: str
    kind: Kind = "string"
    short: str = ""
    default: Any = None
    bare: str | None = None
    shown: str | None = None
    hidden: bool = False
    deprecated: str = ""
    since: str | None = None
    until: str | None = None

    @property
    def initial(self) -> Any:
        return _ZERO[self.kind] if self.default is None else self.default

    @property
    def bare_value(self) -> str | None:
        return "true" if self.kind == "bool" else self.bare


@dataclass
class Flags:
    """Parsed flags: values by name, and which were given. ``dash_at``: how many arguments stood before ``--``."""

    values: dict[str, Any] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    args: list[str] = field(default_factory=list)
    dash_at: int | None = None
    release: Release = OLDEST  # whose words tell what is wrong with a value

    def text(self, name: str) -> str:
        value: str = self.values[name]
        return value

    def flag(self, name: str) -> bool:
        """The value of a bool; False for a flag that the command does not have."""
        return bool(self.values.get(name, False))

    def number(self, name: str) -> int:
        value: int = self.values[name]
        return value

    def seconds(self, name: str) -> float:
        value: float = self.values[name]
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self.values.get(name, ()))


def available(table: Sequence[Flag], release: Release) -> list[Flag]:
    """The flags that a release has."""
    return [flag for flag in table if is_part(release.minor, {"since": flag.since, "until": flag.until})]


def parse(
    table: Sequence[Flag], words: Sequence[str], *, interspersed: bool = True, release: Release = OLDEST
) -> Flags:
    """Parse ``words``. FlagError in pflag's words. With ``interspersed`` off the first argument ends the flags."""
    table = available(table, release)
    longs = {flag.name: flag for flag in table}
    shorts = {flag.short: flag for flag in table if flag.short}
    result = Flags({flag.name: flag.initial for flag in table}, release=release)
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            result.dash_at = len(result.args)
            result.args += rest
            break
        if word.startswith("--"):
            _long(word, rest, longs, result)
        elif word.startswith("-") and len(word) > 1:
            _shorthands(word, rest, shorts, result)
        elif interspersed:
            result.args.append(word)
        else:
            result.args += [word, *rest]
            break
    return result


def _long(word: str, rest: list[str], longs: Mapping[str, Flag], result: Flags) -> None:
    name, equals, value = word[2:].partition("=")
    if not name or name.startswith("-"):
        raise FlagError(f"bad flag syntax: {word}")
    flag = longs.get(name)
    if flag is None:
        raise FlagError(f"unknown flag: --{name}")
    if equals:
        _set(flag, value, result)
    elif flag.bare_value is not None:
        _set(flag, flag.bare_value, result)
    elif rest:
        _set(flag, rest.pop(0), result)
    else:
        raise FlagError(f"flag needs an argument: --{name}")


def _shorthands(word: str, rest: list[str], shorts: Mapping[str, Flag], result: Flags) -> None:
    letters = word[1:]
    while letters:
        flag = shorts.get(letters[0])
        if flag is None:
            raise FlagError(f"unknown shorthand flag: '{letters[0]}' in -{letters}")
        if len(letters) > 2 and letters[1] == "=":
            _set(flag, letters[2:], result)
            return
        if flag.bare_value is not None:
            _set(flag, flag.bare_value, result)
            letters = letters[1:]
            continue
        if len(letters) > 1:
            _set(flag, letters[1:], result)
        elif rest:
            _set(flag, rest.pop(0), result)
        else:
            raise FlagError(f"flag needs an argument: '{letters[0]}' in -{letters}")
        return


def _set(flag: Flag, text: str, result: Flags) -> None:
    try:
        value = _PARSERS[flag.kind](text)
    except ValueError as error:
        if flag.kind == "duration" and QUOTED_DURATIONS.at(result.release):
            error = ValueError(f'{str(error).removesuffix(text)}"{text}"')
        label = f"-{flag.short}, --{flag.name}" if flag.short else f"--{flag.name}"
        raise FlagError(f'invalid argument "{text}" for "{label}" flag: {error}') from None
    if flag.kind in ("list", "array") and flag.name in result.given:
        value = (*result.values[flag.name], *value)
    result.values[flag.name] = value
    result.given.add(flag.name)


def _parse_bool(text: str) -> bool:
    if text not in _TRUE + _FALSE:
        raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')
    return text in _TRUE


def _parse_int(text: str) -> int:
    try:
        return int(text, 0 if text.lstrip("+-")[:2].lower() == "0x" else 10)
    except ValueError:
        raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def parse_duration(text: str) -> float:
    """Seconds of a Go duration (``1m30s``, ``500ms``, ``0``); ValueError in Go's words."""
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0.0
    if not rest:
        raise ValueError(f"time: invalid duration {text}")
    total = 0.0
    while rest:
        digits = len(rest) - len(rest.lstrip("0123456789."))
        number, rest = rest[:digits], rest[digits:]
        letters = next((at for at, char in enumerate(rest) if char in "0123456789."), len(rest))
        unit, rest = rest[:letters], rest[letters:]
        if not number.strip(".") or number.count(".") > 1:
            raise ValueError(f"time: invalid duration {text}")
        if not unit:
            raise ValueError(f"time: missing unit in duration {text}")
        if unit not in _UNITS_S:
            raise ValueError(f"time: unknown unit {unit} in duration {text}")
        total += float(number) * _UNITS_S[unit]
    return -total if text.startswith("-") else total


_PARSERS: Final[Mapping[Kind, Callable[[str], Any]]] = {
    "bool": _parse_bool,
    "string": str,
    "int": _parse_int,
    "list": lambda text: tuple(text.split(",")) if text else (),
    "array": lambda text: (text,),
    "duration": parse_duration,
}

# -- flags that many commands have

GLOBAL: Final = (
    Flag("as", "Username to impersonate for the operation"),
    Flag("as-group", "Group to impersonate for the operation, this flag can be repeated.", "array"),
    Flag("cache-dir", "Default HTTP cache directory", default="/root/.kube/http-cache"),
    Flag("certificate-authority", "Path to a cert file for the certificate authority"),
    Flag("client-certificate", "Path to a client certificate file for TLS"),
    Flag("client-key", "Path to a client key file for TLS"),
    Flag("cluster", "The name of the kubeconfig cluster to use"),
    Flag("config", "Path to the kubeconfig file", hidden=True),
    Flag("context", "The name of the kubeconfig context to use"),
    Flag("insecure-skip-tls-verify", "If true, the server's certificate is not checked for validity.", "bool"),
    Flag("kubeconfig", "Path to the kubeconfig file to use for CLI requests."),
    Flag("loglevel", "Set the level of log output (0-10)", "int", hidden=True),
    Flag("match-server-version", "Require server version to match client version", "bool"),
    Flag("namespace", "If present, the namespace scope for this CLI request", short="n"),
    Flag("request-timeout", "How long to wait for one server request; 0 waits without limit.", default="0"),
    Flag("server", "The address and port of the Kubernetes API server", short="s"),
    Flag("token", "Bearer token for authentication to the API server"),
    Flag("user", "The name of the kubeconfig user to use"),
    Flag("v", "Log level for messages", "int", short="v", hidden=True),
)
"""What every command takes; ``oc options`` lists them."""

FILENAME = Flag("filename", "Filename or directory that holds the resources.", "list", "f", shown="[]")
RECURSIVE = Flag("recursive", "Process the directories of -f, --filename recursively.", "bool", "R")
SELECTOR = Flag("selector", "Selector (label query) to filter on, supports '=', '==', and '!='.", short="l")
FIELD_SELECTOR = Flag("field-selector", "Selector (field query) to filter on, supports '=', '==', and '!='.")
ALL_NAMESPACES = Flag("all-namespaces", "If present, look at the objects of all projects.", "bool", "A")
OUTPUT = Flag("output", "Output format.", short="o")
TEMPLATE = Flag("template", "Template string or path to use when -o=go-template, -o=go-template-file.")
_DRY_RUN_FLAG = Flag(
    "dry-run", "If true, only print the object that would be sent, without sending it.", "bool", until="4.5"
)
DRY_RUN_MODE = Flag(
    "dry-run",
    'Must be "none", "server", or "client": print what would be done, as the client or the server sees it.',
    default="none",
    bare="unchanged",
    since="4.5",
)
DRY_RUN = (_DRY_RUN_FLAG, DRY_RUN_MODE)
_RECORD_HELP = "Record the current command in the annotation kubernetes.io/change-cause."
_RECORD_DEPRECATED = "--record will be removed in the future"
RECORD = (
    Flag("record", _RECORD_HELP, "bool", until="4.9"),
    Flag("record", _RECORD_HELP, "bool", deprecated=_RECORD_DEPRECATED, since="4.9"),
)
_VALIDATE_FLAG = Flag("validate", "If true, check the input against a schema before sending it.", "bool", until="4.12")
_VALIDATE_MODE = Flag(
    "validate",
    "Must be one of: strict (or true), warn, ignore (or false): what to do with unknown fields.",
    default="ignore",
    bare="strict",
    since="4.12",
)
VALIDATE = (_VALIDATE_FLAG, _VALIDATE_MODE)
SHOW_MANAGED_FIELDS = Flag(
    "show-managed-fields", "If true, keep the managedFields when printing objects as JSON or YAML.", "bool", since="4.8"
)
NO_HEADERS = Flag("no-headers", "When using the default or custom-column output format, don't print headers.", "bool")
LOCAL = Flag("local", "If true, work on the files given and do not ask the server.", "bool")
