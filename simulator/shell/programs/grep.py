"""grep, egrep, fgrep."""

from __future__ import annotations

import posixpath
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from simulator.shell.charclasses import is_word
from simulator.shell.errors import describe
from simulator.shell.glob import matches
from simulator.shell.process import Process, Reader
from simulator.shell.programs.support import (
    Options,
    Status,
    UsageError,
    complain,
    is_directory,
    number,
    open_input,
    parse_options,
    program,
    resolve,
)
from simulator.shell.regex import Match, Regex, RegexError, compile_regex
from simulator.shell.streams import decode

_LONG = {
    "invert-match": "v", "ignore-case": "i", "line-number": "n", "count": "c", "files-with-matches": "l",
    "files-without-match": "L", "quiet": "q", "silent": "q", "only-matching": "o", "extended-regexp": "E",
    "fixed-strings": "F", "basic-regexp": "G", "perl-regexp": "P", "word-regexp": "w", "line-regexp": "x",
    "recursive": "r", "regexp": "e", "file": "f", "after-context": "A", "before-context": "B", "context": "C",
    "max-count": "m", "with-filename": "H", "no-filename": "h", "no-messages": "s", "color": "color?",
    "include": "include:", "exclude": "exclude:", "text": "a", "line-buffered": "line-buffered", "byte-offset": "b",
}  # fmt: skip


@dataclass
class _Search:
    """What one grep looks for, and how it prints."""

    patterns: Sequence[Regex]
    options: Options
    names: bool
    before: int
    after: int
    limit: int | None
    separated: bool = field(default=False)  # something was printed, so the next context group needs its "--"

    def selects(self, line: str) -> bool:
        return self._matches(line) != ("v" in self.options)

    def _matches(self, line: str) -> bool:
        if "x" in self.options:
            return any(pattern.fullmatch(line) for pattern in self.patterns)
        if "w" in self.options:
            return any(True for _ in self.found(line))
        return any(pattern.test(line) for pattern in self.patterns)

    def found(self, line: str) -> Iterator[Match]:
        """What -o prints: the matches from left to right, the longest first where several patterns match."""
        position = 0
        while position <= len(line):
            candidates = [match for pattern in self.patterns if (match := self._next(pattern, line, position))]
            if not candidates:
                return
            best = min(candidates, key=lambda match: (match.start, -match.end))
            yield best
            position = max(best.end, best.start + 1)

    def _next(self, pattern: Regex, line: str, position: int) -> Match | None:
        while (match := pattern.search(line, position)) is not None:
            if "w" not in self.options or _stands_alone(line, match):
                return match
            position = match.start + 1
            if position > len(line):
                break
        return None


def _stands_alone(line: str, match: Match) -> bool:
    before, after = line[match.start - 1 : match.start] if match.start else "", line[match.end : match.end + 1]
    return not (before and is_word(before)) and not (after and is_word(after))


@program
async def grep(process: Process) -> int:
    """Status 0 when a line was selected, 1 when none was, 2 after an error."""
    options = parse_options(
        _numeric_context(process.args[1:]), "vinclLqoEFGPwxrRe:f:A:B:C:m:hHsyabU", _LONG, usage_status=2
    )
    try:
        patterns, operands = _patterns(process, options)
    except RegexError as error:
        raise UsageError(str(error), 2, hint=False) from None
    recursive = "r" in options or "R" in options
    paths = operands or (["."] if recursive else ["-"])
    around = _count(options, "C", "0")
    search = _Search(
        patterns=patterns,
        options=options,
        names=options.last("h", "H") == "H" or (options.last("h", "H") == "" and (len(paths) > 1 or recursive)),
        before=_count(options, "B", str(around)),
        after=_count(options, "A", str(around)),
        limit=None if "m" not in options else _count(options, "m", "0"),
    )
    status, selected = Status(), False
    for path in paths:
        for name in _files(process, path, recursive, options) if path != "-" else ["-"]:
            if path != "-" and not recursive and is_directory(process, name):
                await complain(process, f"{name}: Is a directory")
                continue
            try:
                reader = open_input(process, name)
            except OSError as error:
                status.fail(2)
                if "s" not in options:
                    await complain(process, f"{name}: {describe(error)}")
                continue
            selected = (
                await _search_one(process, search, "(standard input)" if name == "-" else name, reader) or selected
            )
            if selected and "q" in options:
                return 0
    return status.code or int(not selected)


def _numeric_context(arguments: list[str]) -> list[str]:
    """``-3`` is ``-C 3``."""
    return [f"-C{text[1:]}" if text[:1] == "-" and text[1:].isdigit() else text for text in arguments]


def _count(options: Options, letter: str, default: str) -> int:
    text = options.value(letter, default) or default
    what = "invalid max count" if letter == "m" else f"{text}: invalid context length argument"
    return number(text, what)


def _patterns(process: Process, options: Options) -> tuple[list[Regex], list[str]]:
    operands = list(options.operands)
    texts = list(options.values.get("e", ()))
    for path in options.values.get("f", ()):
        texts += decode(process.fs.read(resolve(process, path))).splitlines()
    if "e" not in options and "f" not in options:
        if not operands:
            raise UsageError("", 2)
        texts.append(operands.pop(0))
    kind = options.last("E", "F", "G", "P")
    if process.name in ("egrep", "fgrep") and not kind:
        kind = process.name[0].upper()
    lines = [line for text in texts for line in text.split("\n")]
    ignore_case = "i" in options or "y" in options
    dialect = "extended" if kind in ("E", "P") else "basic"
    if kind == "P":
        lines = [line.replace("\\d", "[0-9]").replace("\\D", "[^0-9]").replace("(?:", "(") for line in lines]
    return [
        compile_regex(
            line, "extended" if dialect == "extended" else "basic", ignore_case=ignore_case, literal=kind == "F"
        )
        for line in lines
    ], operands


def _files(process: Process, path: str, recursive: bool, options: Options) -> Iterator[str]:
    if not recursive or not is_directory(process, path):
        yield path
        return
    base = "" if path == "." and not options.operands[1:] and "e" not in options else path
    for name in process.fs.list(resolve(process, path)):
        inner = posixpath.join(base or path, name) if base else name
        if is_directory(process, inner):
            yield from _files(process, inner, recursive, options)
        elif _included(name, options):
            yield inner


def _included(name: str, options: Options) -> bool:
    include, exclude = options.values.get("include", ()), options.values.get("exclude", ())
    return (not include or any(matches(name, glob) for glob in include)) and not any(
        matches(name, glob) for glob in exclude
    )


async def _search_one(process: Process, search: _Search, name: str, reader: Reader) -> bool:
    """Search one input; True when a line was selected."""
    options = search.options
    quiet = any(letter in options for letter in "qlL")
    waiting: deque[tuple[int, str]] = deque(maxlen=search.before)
    count = last_printed = number_of_line = trailing = 0
    contextual = search.before or search.after
    while line := await reader.read_line():
        number_of_line += 1
        if search.limit is not None and count >= search.limit and not trailing:
            break
        text = decode(line.removesuffix(b"\n"))
        if (search.limit is None or count < search.limit) and search.selects(text):
            count += 1
            if quiet or "c" in options:
                if quiet:
                    break
                continue
            first = waiting[0][0] if waiting else number_of_line
            if contextual and search.separated and first > last_printed + 1 and "o" not in options:
                await process.stdout.write("--\n")
            for place, earlier in waiting:
                await _print_line(process, search, name, place, earlier, "-")
            waiting.clear()
            await _print_selected(process, search, name, number_of_line, text)
            last_printed, trailing, search.separated = number_of_line, search.after, True
        elif trailing and not quiet and "c" not in options:
            await _print_line(process, search, name, number_of_line, text, "-")
            last_printed, trailing = number_of_line, trailing - 1
        else:
            waiting.append((number_of_line, text))
    prefix = f"{name}:" if search.names else ""
    if "q" not in options:
        if "c" in options and not quiet:
            await process.stdout.write(f"{prefix}{count}\n")
        elif ("l" in options and count) or ("L" in options and not count):
            await process.stdout.write(name + "\n")
    return count > 0


async def _print_selected(process: Process, search: _Search, name: str, place: int, text: str) -> None:
    if "o" not in search.options:
        await _print_line(process, search, name, place, text, ":")
    elif "v" not in search.options:
        for match in search.found(text):
            if match.end > match.start:
                await _print_line(process, search, name, place, match.group(), ":")


async def _print_line(process: Process, search: _Search, name: str, place: int, text: str, mark: str) -> None:
    if mark == "-" and "o" in search.options:
        return
    prefix = f"{name}{mark}" if search.names else ""
    numbered = f"{place}{mark}" if "n" in search.options else ""
    await process.stdout.write(f"{prefix}{numbered}{text}\n")
