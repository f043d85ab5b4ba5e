"""The commands that must run inside the shell, because they change or ask its own state."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from simulator.runtime.tasks import checkpoint
from simulator.shell.conditions import TestError, TestExpression
from simulator.shell.errors import describe
from simulator.shell.formatting import Printf, echo, single_quoted
from simulator.shell.lexer import NAME
from simulator.shell.parser import RESERVED
from simulator.shell.streams import decode
from simulator.shell.variables import ShellError

if TYPE_CHECKING:
    from simulator.shell.interpreter import Shell

Builtin = Callable[["Shell", list[str]], Awaitable[int]]
DECLARATIONS: Final = frozenset(["export", "local", "readonly", "declare", "typeset"])
_SET_OPTIONS: Final = {
    "errexit": "e", "nounset": "u", "xtrace": "x", "noglob": "f", "allexport": "a", "noclobber": "C", "verbose": "v",
    "noexec": "n", "pipefail": "pipefail", "posix": "posix", "monitor": "m", "vi": "vi", "emacs": "emacs",
}  # fmt: skip
_INTEGER: Final = re.compile(r"[+-]?\d+")


class UsageError(Exception):
    """A builtin was called wrongly; its message goes out behind the builtin's name."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


async def _true(shell: Shell, arguments: list[str]) -> int:
    return 0


async def _false(shell: Shell, arguments: list[str]) -> int:
    return 1


async def _echo(shell: Shell, arguments: list[str]) -> int:
    await shell.write(echo(arguments[1:]))
    return 0


async def _printf(shell: Shell, arguments: list[str]) -> int:
    rest = arguments[1:]
    variable = rest[1] if rest[:1] == ["-v"] and len(rest) > 2 else None
    rest = rest[2:] if variable else rest[1:] if rest[:1] == ["--"] else rest
    if not rest:
        await shell.write_error("printf: usage: printf [-v var] format [arguments]\n")
        return 2
    result = Printf(rest[0], rest[1:])
    for error in result.errors:
        await shell.report(f"printf: {error}")
    if variable:
        shell.variables.set(variable, result.text)
    else:
        await shell.write(result.text)
    return 1 if result.errors else 0


async def _test(shell: Shell, arguments: list[str]) -> int:
    name, *rest = arguments
    if name == "[":
        if not rest or rest[-1] != "]":
            raise UsageError("missing `]'", 2)
        rest.pop()
    try:
        return int(not TestExpression(rest, shell.fs, shell.resolve, shell.is_set).evaluate())
    except TestError as error:
        raise UsageError(str(error), 2) from None


async def _cd(shell: Shell, arguments: list[str]) -> int:
    rest = [argument for argument in arguments[1:] if argument not in ("-L", "-P", "--")]
    if len(rest) > 1:
        raise UsageError("too many arguments")
    target = rest[0] if rest else shell.variables.get("HOME")
    if target is None:
        raise UsageError("HOME not set")
    if target == "-":
        target = shell.variables.get("OLDPWD")
        if target is None:
            raise UsageError("OLDPWD not set")
        await shell.write(target + "\n")
    path = shell.resolve(target)
    try:
        if shell.fs.stat(path).kind != "dir":
            raise UsageError(f"{target}: Not a directory")
    except OSError as error:
        raise UsageError(f"{target}: {describe(error)}") from None
    shell.variables.set("OLDPWD", shell.cwd)
    shell.cwd = path
    shell.variables.set("PWD", path)
    return 0


async def _pwd(shell: Shell, arguments: list[str]) -> int:
    await shell.write(shell.cwd + "\n")
    return 0


async def _exit(shell: Shell, arguments: list[str]) -> int:
    from simulator.shell.interpreter import ExitShell

    if len(arguments) > 1 and not _INTEGER.fullmatch(arguments[1]):
        await shell.report(f"exit: {arguments[1]}: numeric argument required")
        raise ExitShell(2)
    if len(arguments) > 2:
        raise UsageError("too many arguments")
    raise ExitShell(int(arguments[1]) & 255 if len(arguments) > 1 else shell.status)


async def _return(shell: Shell, arguments: list[str]) -> int:
    from simulator.shell.interpreter import ReturnFromFunction

    if not shell.calls and not shell.sources:
        raise UsageError("can only `return' from a function or sourced script", 2)
    if len(arguments) > 1 and not _INTEGER.fullmatch(arguments[1]):
        await shell.report(f"return: {arguments[1]}: numeric argument required")
        raise ReturnFromFunction(2)
    raise ReturnFromFunction(int(arguments[1]) & 255 if len(arguments) > 1 else shell.status)


async def _leave_loop(shell: Shell, arguments: list[str]) -> int:
    from simulator.shell.interpreter import BreakLoop, ContinueLoop

    name = arguments[0]
    if not shell.loops:
        await shell.report(f"{name}: only meaningful in a `for', `while', or `until' loop")
        return 0
    levels = int(arguments[1]) if len(arguments) > 1 and arguments[1].isdigit() else 1
    if levels < 1:
        raise UsageError(f"{arguments[1]}: loop count out of range")
    raise (BreakLoop if name == "break" else ContinueLoop)(levels)


async def _shift(shell: Shell, arguments: list[str]) -> int:
    if len(arguments) > 1 and not _INTEGER.fullmatch(arguments[1]):
        raise UsageError(f"{arguments[1]}: numeric argument required")
    count = int(arguments[1]) if len(arguments) > 1 else 1
    if not 0 <= count <= len(shell.positional):
        return 1
    shell.positional = shell.positional[count:]
    return 0


async def _declare(shell: Shell, arguments: list[str]) -> int:
    """``export``, ``readonly``, ``local``, ``declare``: set, and mark."""
    name, *rest = arguments
    flags: set[str] = set()
    while rest and re.fullmatch(r"[-+][A-Za-z]+", rest[0]):
        flags.update(rest.pop(0)[1:])
    if rest[:1] == ["--"]:
        rest.pop(0)
    if "A" in flags:  # an indexed array in its place would put every key at 0, and say nothing
        raise UsageError("-A: invalid option", 2)
    if name == "local" and not shell.calls:
        raise UsageError("can only be used in a function")
    if not rest:
        return await _list_declared(shell, name, flags)
    status = 0
    for argument in rest:
        if not _declare_one(shell, name, flags, argument):
            await shell.report(f"{name}: `{argument}': not a valid identifier")
            status = 1
    return status


def _declare_one(shell: Shell, command: str, flags: set[str], argument: str) -> bool:
    name, equals, value = argument.partition("=")
    append = name.endswith("+") and bool(equals)
    name = name[:-1] if append else name
    if not NAME.fullmatch(name):
        return False
    if command == "export" and "n" in flags:
        shell.variables.mark(name, exported=False)
        return True
    if command in ("local", "declare", "typeset") and shell.calls and "g" not in flags:
        shell.variables.declare_local(name)
    if equals:
        value = str(shell.evaluate(value)) if "i" in flags else value
        shell.variables.set(name, (shell.variables.get(name) or "") + value if append else value)
    if command == "export" or "x" in flags:
        shell.variables.mark(name, exported=True)
    if command == "readonly" or "r" in flags:
        shell.variables.mark(name, readonly=True)
    return True


async def _list_declared(shell: Shell, command: str, flags: set[str]) -> int:
    for name in shell.variables.names():
        variable = shell.variables.variable(name)
        marked = variable.readonly if command == "readonly" or "r" in flags else variable.exported
        if marked and variable.scalar is not None:
            letters = ("r" if variable.readonly else "") + ("x" if variable.exported else "")
            escaped = re.sub(r'(["\\$`])', r"\\\1", variable.scalar)
            await shell.write(f'declare -{letters} {name}="{escaped}"\n')
    return 0


async def _unset(shell: Shell, arguments: list[str]) -> int:
    rest = arguments[1:]
    functions = rest[:1] == ["-f"]
    rest = rest[1:] if rest[:1] in (["-f"], ["-v"]) else rest
    for name in rest:
        base, bracket, index = name.partition("[")
        if functions:
            shell.functions.pop(name, None)
        elif bracket:
            shell.variables.unset_element(base, shell.evaluate(index.rstrip("]")))
        elif shell.variables.snapshot(name) is None:
            shell.functions.pop(name, None)
        else:
            try:
                shell.variables.unset(name)
            except ShellError as error:
                await shell.report(error.message)
                return 1
    return 0


async def _set(shell: Shell, arguments: list[str]) -> int:
    rest = arguments[1:]
    if not rest:
        for name in shell.variables.names():
            value = shell.variables.get(name)
            if value is not None:
                await shell.write(f"{name}={single_quoted(value) if value else ''}\n")
        return 0
    while rest and re.match(r"[-+].", rest[0]) and rest[0] != "--":
        flag = rest.pop(0)
        for letter in flag[1:]:
            if letter == "o":
                _set_option(shell, rest.pop(0) if rest else "", flag[0] == "-")
            elif letter in "aefhnuvxCbmB":
                _switch(shell, letter, flag[0] == "-")
            else:
                await shell.report(f"set: {flag}: invalid option")
                await shell.write_error("set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n")
                return 2
        if not rest:
            return 0
    if rest[:1] == ["--"]:
        rest.pop(0)
    shell.positional = rest
    return 0


def _set_option(shell: Shell, name: str, on: bool) -> None:
    if name not in _SET_OPTIONS:
        raise UsageError(f"{name}: invalid option name", 2)
    _switch(shell, _SET_OPTIONS[name], on)


def _switch(shell: Shell, option: str, on: bool) -> None:
    if on:
        shell.options.add(option)
    else:
        shell.options.discard(option)


async def _eval(shell: Shell, arguments: list[str]) -> int:
    text = " ".join(arguments[1:])
    shell.status = shell.status if text.strip() else 0
    return await shell.nested(lambda: shell.run_text(text, "eval"))


async def _source(shell: Shell, arguments: list[str]) -> int:
    from simulator.shell.interpreter import ReturnFromFunction

    if len(arguments) < 2:
        raise UsageError("filename argument required", 2)
    try:
        text = decode(shell.fs.read(shell.resolve(arguments[1])))
    except OSError as error:
        await shell.report(f"{arguments[1]}: {describe(error)}")
        return 1
    saved, origin = shell.positional, shell.origin
    if len(arguments) > 2:
        shell.positional = arguments[2:]
    shell.origin = arguments[1]
    shell.sources += 1
    try:
        shell.status = 0
        return await shell.nested(lambda: shell.run_text(text, ""))
    except ReturnFromFunction as leave:
        return leave.status
    finally:
        shell.sources -= 1
        shell.origin = origin
        if len(arguments) > 2:
            shell.positional = saved


async def _read(shell: Shell, arguments: list[str]) -> int:
    raw, prompt, array, delimiter, count = False, "", None, b"\n", None
    rest = arguments[1:]
    while rest and re.match(r"-[a-z]", rest[0]):
        flag = rest.pop(0)
        for position, letter in enumerate(flag[1:], 2):
            if letter in "rse":
                raw = raw or letter == "r"
                continue
            value = flag[position:] or (rest.pop(0) if rest else "")
            if letter == "p":
                prompt = value
            elif letter == "a":
                array = value
            elif letter == "d":
                delimiter = value[:1].encode() or b"\0"
            elif letter in "nN":
                if not value.isdecimal():
                    raise UsageError(f"{value}: invalid number")
                count = int(value)
            elif letter not in "tu":
                raise UsageError(f"-{letter}: invalid option", 2)
            break
    for name in rest:
        if not NAME.fullmatch(name):
            raise UsageError(f"`{name}': not a valid identifier")
    text, complete = await _read_text(shell, raw=raw, prompt=prompt, delimiter=delimiter, count=count)
    _store_read(shell, text, rest, array, raw)
    return 0 if complete else 1


async def _read_text(shell: Shell, *, raw: bool, prompt: str, delimiter: bytes, count: int | None) -> tuple[str, bool]:
    """One record of standard input, and whether its delimiter was seen. Escaped newlines join lines unless ``raw``."""
    reader = shell.reader(0)
    if prompt and shell.terminal is not None:
        await shell.write_error(prompt)
    if delimiter == b"\n" and count is None:
        data = await reader.read_line()
        while not raw and re.search(rb"(?<!\\)(?:\\\\)*\\\n$", data):
            data = data[:-2] + await reader.read_line()
        return decode(data.removesuffix(b"\n")), data.endswith(b"\n")
    collected = b""
    while count is None or len(collected) < count:
        shell.budget.spend_bytes(1)
        byte = await reader.read(1)
        if not byte or byte == delimiter:
            return decode(collected), bool(byte)
        collected += byte
    return decode(collected), True


def _store_read(shell: Shell, text: str, names: list[str], array: str | None, raw: bool) -> None:
    separators = shell.variables.get("IFS")
    separators = " \t\n" if separators is None else separators
    if not names and array is None:
        shell.variables.set("REPLY", text if raw else re.sub(r"\\(.)", r"\1", text))
        return
    limit = None if array is not None else len(names)
    fields = split_read(text, separators, limit, raw)
    if array is not None:
        shell.variables.set(array, dict(enumerate(fields)))
        return
    for index, name in enumerate(names):
        shell.variables.set(name, fields[index] if index < len(fields) else "")


def split_read(text: str, separators: str, limit: int | None, raw: bool) -> list[str]:
    """Fields of a line for ``read``; the last of ``limit`` fields takes the rest of the line as it stands."""
    spaces = "".join(char for char in separators if char in " \t\n")
    # (character, was it escaped): an escaped separator separates nothing
    chars: list[tuple[str, bool]] = []
    index = 0
    while index < len(text):
        escaped = not raw and text[index] == "\\"
        index += escaped
        if index < len(text):
            chars.append((text[index], escaped))
        index += 1

    def is_space(item: tuple[str, bool]) -> bool:
        return not item[1] and item[0] in spaces

    while chars and is_space(chars[0]):
        chars.pop(0)
    while chars and is_space(chars[-1]):
        chars.pop()
    fields: list[str] = []
    position = 0
    while position < len(chars):
        if limit is not None and len(fields) == limit - 1:
            rest = chars[position:]
            hard = [i for i, item in enumerate(rest) if not item[1] and item[0] in separators]
            if len(hard) == 1 and hard[0] == len(rest) - 1:
                rest = rest[:-1]  # a single separator at the very end does not count as text
            fields.append("".join(char for char, _ in rest))
            break
        end = position
        while end < len(chars) and (chars[end][1] or chars[end][0] not in separators):
            end += 1
        fields.append("".join(char for char, _ in chars[position:end]))
        while end < len(chars) and is_space(chars[end]):
            end += 1
        if end < len(chars) and not chars[end][1] and chars[end][0] in separators:
            end += 1
            while end < len(chars) and is_space(chars[end]):
                end += 1
        position = end
    return fields


async def _command(shell: Shell, arguments: list[str]) -> int:
    rest = arguments[1:]
    if rest[:1] in (["-v"], ["-V"]):
        status = 1
        for name in rest[1:]:
            kind = _kind_of(shell, name)
            if kind:
                status = 0
                verbose = rest[0] == "-V"
                await shell.write((_description(name, kind) if verbose else _short_description(name, kind)) + "\n")
            elif rest[0] == "-V":
                await shell.report(f"command: {name}: not found")
        return status
    if rest[:1] == ["-p"]:
        rest = rest[1:]
    return await shell.call(rest, functions=False) if rest else 0


async def _type(shell: Shell, arguments: list[str]) -> int:
    rest = arguments[1:]
    short = rest[:1] == ["-t"]
    path_only = rest[:1] in (["-p"], ["-P"])
    rest = rest[1:] if rest[:1] and rest[0].startswith("-") else rest
    status = 0
    for name in rest:
        kind = _kind_of(shell, name)
        if not kind:
            if not short and not path_only:
                await shell.report(f"type: {name}: not found")
            status = 1
        elif short:
            await shell.write((kind if not kind.startswith("/") else "file") + "\n")
        elif path_only:
            await shell.write(f"{kind}\n" if kind.startswith("/") else "")
        else:
            await shell.write(_description(name, kind) + "\n")
    return status


def _kind_of(shell: Shell, name: str) -> str:
    """``keyword``, ``function``, ``builtin``, the path of a program, or "" for a name that is nothing."""
    if name in RESERVED:
        return "keyword"
    if name in shell.functions:
        return "function"
    if name in BUILTINS:
        return "builtin"
    if shell.find_program(name) is not None:
        return name if "/" in name else f"/usr/bin/{name}"
    return shell.find_script(name) or ""


def _short_description(name: str, kind: str) -> str:
    return kind if kind.startswith("/") else name


def _description(name: str, kind: str) -> str:
    texts = {"keyword": "a shell keyword", "function": "a function", "builtin": "a shell builtin"}
    return f"{name} is {texts.get(kind, kind)}"


async def _trap(shell: Shell, arguments: list[str]) -> int:
    rest = arguments[2:] if arguments[1:2] == ["--"] else arguments[1:]
    if not rest or rest == ["-p"]:
        for name, action in shell.traps.items():
            await shell.write(f"trap -- {single_quoted(action)} {name}\n")
        return 0
    if len(rest) == 1:
        rest = ["-", *rest]
    action, *names = rest
    for name in names:
        key = {"0": "EXIT"}.get(name, name.removeprefix("SIG"))
        if action == "-":
            shell.traps.pop(key, None)
        else:
            shell.traps[key] = action
    return 0


async def _wait(shell: Shell, arguments: list[str]) -> int:
    wanted = [int(argument) for argument in arguments[1:] if argument.isdigit()]
    status = 0
    for pid in wanted:
        job = next((job for job in shell.jobs if job.pid == pid), None)
        if job is None:
            await shell.report(f"wait: pid {pid} is not a child of this shell")
            status = 127
            continue
        status = await job.task.join()
    if not wanted:
        for job in shell.jobs:
            await job.task.join()
        shell.jobs.clear()
    return status


async def _kill(shell: Shell, arguments: list[str]) -> int:
    targets = [argument for argument in arguments[1:] if not argument.startswith("-")]
    status = 0
    for target in targets:
        number = target.removeprefix("%")
        if not number.isdigit():
            raise UsageError(f"{target}: arguments must be process or job IDs")
        if number != target:
            job = next(iter(shell.jobs[int(number) - 1 : int(number)]), None)
        else:
            job = next((job for job in shell.jobs if job.pid == int(number)), None)
        if job is None:
            what = f"({target}) - No such process" if number == target else f"{target}: no such job"
            await shell.report(f"kill: {what}")
            status = 1
            continue
        job.task.cancel()
        shell.jobs.remove(job)
        await checkpoint()
    return status


async def _let(shell: Shell, arguments: list[str]) -> int:
    value = 0
    for expression in arguments[1:]:
        try:
            value = shell.evaluate(expression)
        except ShellError as error:
            raise UsageError(error.message, error.status) from None
    return int(value == 0)


async def _exec(shell: Shell, arguments: list[str]) -> int:
    """Without a command its redirections stay; with one, the command is the last thing this shell does."""
    from simulator.shell.interpreter import ExitShell

    if len(arguments) == 1:
        return 0
    raise ExitShell(await shell.call_program(arguments[1:]))


async def _getopts(shell: Shell, arguments: list[str]) -> int:
    if len(arguments) < 3:
        raise UsageError("usage: getopts optstring name [arg ...]", 2)
    spec, name = arguments[1], arguments[2]
    words = arguments[3:] or shell.positional
    index, offset = int(shell.variables.get("OPTIND") or 1), int(shell.variables.get("_OPTOFFSET") or 1)
    if index > len(words) or not re.match(r"-[^-]|--.", words[index - 1]) or words[index - 1] == "--":
        skipped = index <= len(words) and words[index - 1] == "--"
        shell.variables.set("OPTIND", str(index + skipped))
        shell.variables.set(name, "?")
        return 1
    word = words[index - 1]
    letter = word[offset]
    rest = word[offset + 1 :]
    known = letter != ":" and letter in spec
    takes_value = known and spec[spec.index(letter) + 1 : spec.index(letter) + 2] == ":"
    value = None
    if takes_value:
        value = rest or (words[index] if index < len(words) else None)
        index, offset = index + (1 if rest else 2), 1
    else:
        index, offset = (index, offset + 1) if rest else (index + 1, 1)
    shell.variables.set("OPTIND", str(index))
    shell.variables.set("_OPTOFFSET", str(offset))
    silent = spec.startswith(":")
    if known and not (takes_value and value is None):
        shell.variables.set(name, letter)
        shell.variables.set("OPTARG", value)
        return 0
    shell.variables.set(name, ":" if silent and known else "?")
    shell.variables.set("OPTARG", letter if silent else None)
    if not silent:
        problem = "option requires an argument" if known else "illegal option"
        await shell.write_error(f"{shell.zero}: {problem} -- {letter}\n")
    return 0


async def _mapfile(shell: Shell, arguments: list[str]) -> int:
    trim = "-t" in arguments[1:]
    names = [argument for argument in arguments[1:] if not argument.startswith("-")]
    lines: dict[int, str] = {}
    while line := await shell.reader(0).read_line():
        shell.budget.spend_bytes(len(line))
        lines[len(lines)] = decode(line.removesuffix(b"\n") if trim else line)
    shell.variables.set(names[0] if names else "MAPFILE", lines)
    return 0


async def _umask(shell: Shell, arguments: list[str]) -> int:
    if len(arguments) == 1:
        await shell.write("0022\n")
    return 0


async def _jobs(shell: Shell, arguments: list[str]) -> int:
    for number, job in enumerate(shell.jobs, 1):
        if not job.task.done:
            await shell.write(f"[{number}]+  Running                 {job.pid} &\n")
    return 0


BUILTINS: Final[dict[str, Builtin]] = {
    ":": _true,
    "true": _true,
    "false": _false,
    "echo": _echo,
    "printf": _printf,
    "test": _test,
    "[": _test,
    "cd": _cd,
    "pwd": _pwd,
    "exit": _exit,
    "return": _return,
    "break": _leave_loop,
    "continue": _leave_loop,
    "shift": _shift,
    "export": _declare,
    "readonly": _declare,
    "local": _declare,
    "declare": _declare,
    "typeset": _declare,
    "unset": _unset,
    "set": _set,
    "shopt": _true,
    "eval": _eval,
    "source": _source,
    ".": _source,
    "read": _read,
    "command": _command,
    "builtin": _command,
    "type": _type,
    "trap": _trap,
    "wait": _wait,
    "kill": _kill,
    "let": _let,
    "exec": _exec,
    "getopts": _getopts,
    "mapfile": _mapfile,
    "readarray": _mapfile,
    "umask": _umask,
    "jobs": _jobs,
    "hash": _true,
}
