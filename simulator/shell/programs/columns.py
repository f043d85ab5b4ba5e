"""Programs that work within lines: cut, paste, tr, rev, fold, column, expand."""

from __future__ import annotations

import re
from typing import Final

from simulator.shell.charclasses import CLASSES
from simulator.shell.process import Process
from simulator.shell.programs.support import (
    Status,
    UsageError,
    all_lines,
    each_input,
    lines_of,
    number,
    parse_options,
    program,
)
from simulator.shell.streams import decode, encode

_RANGE: Final = re.compile(r"(\d*)(-?)(\d*)")
_TR_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_BYTES: Final = [chr(code) for code in range(256)]


def parse_ranges(text: str, what: str) -> list[tuple[int, int | None]]:
    """``1,3-5,7-`` as pairs from 1; None is open."""
    ranges: list[tuple[int, int | None]] = []
    for part in re.split(r"[, ]", text):
        match = _RANGE.fullmatch(part)
        if match is None or not (match.group(1) or match.group(3)):
            raise UsageError(
                f"invalid {what} value ‘{part}’" if part not in ("", "-") else "invalid range with no endpoint: -"
            )
        low = int(match.group(1) or 1)
        high = (int(match.group(3)) if match.group(3) else None) if match.group(2) else low
        if low == 0:
            raise UsageError(
                "fields are numbered from 1" if what == "field" else "byte/character positions are numbered from 1"
            )
        if high is not None and high < low:
            raise UsageError("invalid decreasing range")
        ranges.append((low, high))
    return ranges


@program
async def cut(process: Process) -> int:
    options = parse_options(
        process.args[1:], "d:f:c:b:sn",
        {"delimiter": "d", "fields": "f", "characters": "c", "bytes": "b", "only-delimited": "s", "complement": "!",
         "output-delimiter": "output:"},
    )  # fmt: skip
    kinds = [letter for letter in "fcb" if letter in options]
    if len(kinds) != 1:
        raise UsageError(
            "only one type of list may be specified"
            if kinds
            else "you must specify a list of bytes, characters, or fields"
        )
    kind = kinds[0]
    delimiter = options.value("d", "\t") or "\0"
    if len(delimiter) != 1:
        raise UsageError("the delimiter must be a single character")
    if "d" in options and kind != "f":
        raise UsageError("an input delimiter may be specified only when operating on fields")
    ranges = parse_ranges(options.value(kind) or "", "field" if kind == "f" else "byte/character")
    glue = options.value("output", delimiter if kind == "f" else "") or ""

    def chosen(place: int) -> bool:
        inside = any(low <= place and (high is None or place <= high) for low, high in ranges)
        return inside != ("!" in options)

    status = Status()
    async for _, reader in each_input(process, options.operands, status.fail):
        async for line in lines_of(reader):
            if kind == "f" and delimiter not in line:
                if "s" not in options:
                    await process.stdout.write(line + "\n")
                continue
            # GNU's cut -c counts bytes, like -b
            pieces = line.split(delimiter) if kind == "f" else [chr(byte) for byte in encode(line)]
            kept = [piece for place, piece in enumerate(pieces, 1) if chosen(place)]
            text = glue.join(kept)
            await process.stdout.write(
                (text if kind == "f" else text.encode("latin-1").decode("utf-8", "surrogateescape")) + "\n"
            )
    return status.code


@program
async def paste(process: Process) -> int:
    options = parse_options(process.args[1:], "d:s", {"delimiters": "d", "serial": "s"})
    delimiters = (options.value("d", "\t") or "").replace("\\t", "\t").replace("\\n", "\n").replace("\\0", "") or [""]
    status = Status()
    columns = []
    shared: list[str] | None = None
    if options.operands.count("-") > 1:
        shared = await all_lines(process, ["-"], status)
    places = [i for i, path in enumerate(options.operands) if path == "-"]
    for index, path in enumerate(options.operands or ["-"]):
        if path == "-" and shared is not None:
            columns.append(shared[places.index(index) :: len(places)])
        else:
            columns.append(await all_lines(process, [path], status))
    if status.code:
        return status.code
    rows = (
        columns
        if "s" in options
        else [
            [column[i] if i < len(column) else "" for column in columns]
            for i in range(max(map(len, columns), default=0))
        ]
    )
    for row in rows:
        text = "".join(
            cell + (delimiters[i % len(delimiters)] if i < len(row) - 1 else "") for i, cell in enumerate(row)
        )
        await process.stdout.write(text + "\n")
    return 0


def expand_set(text: str) -> list[str]:
    """The characters of a tr set: ranges, classes, escapes, ``[x*]`` excluded."""
    out: list[str] = []
    index = 0
    while index < len(text):
        if named := re.compile(r"\[:([a-z]+):\]").match(text, index):
            if named.group(1) not in CLASSES:
                raise UsageError(f"invalid character class ‘{named.group(1)}’", hint=False)
            matches = CLASSES[named.group(1)]
            out += [char for char in _BYTES[:128] if matches(char)]
            index = named.end()
            continue
        char, index = _tr_character(text, index)
        if text[index : index + 1] == "-" and index + 1 < len(text):
            high, index = _tr_character(text, index + 1)
            if high < char:
                raise UsageError(
                    f"range-endpoints of ‘{char}-{high}’ are in reverse collating sequence order", hint=False
                )
            out += [chr(code) for code in range(ord(char), ord(high) + 1)]
        else:
            out.append(char)
    return out


def _tr_character(text: str, index: int) -> tuple[str, int]:
    if text[index] != "\\" or index + 1 == len(text):
        return text[index], index + 1
    if octal := re.compile(r"[0-7]{1,3}").match(text, index + 1):
        return chr(int(octal.group(), 8) & 255), octal.end()
    return _TR_ESCAPES.get(text[index + 1], text[index + 1]), index + 2


@program
async def tr(process: Process) -> int:
    options = parse_options(
        process.args[1:], "dscCt", {"delete": "d", "squeeze-repeats": "s", "complement": "c"}, permute=False
    )
    sets = options.operands
    deleting, squeezing = "d" in options, "s" in options
    wanted = 1 if deleting != squeezing and (deleting or len(sets) == 1) else 2
    if len(sets) < wanted:
        both = "" if deleting else "\nTwo strings must be given when translating."
        raise UsageError("missing operand" if not sets else f"missing operand after ‘{sets[-1]}’{both}")
    if len(sets) > 2 or (deleting and not squeezing and len(sets) > 1):
        raise UsageError(f"extra operand ‘{sets[1 if deleting else 2]}’")
    first = set(expand_set(sets[0]))
    complement = "c" in options or "C" in options
    mapping = {} if deleting or len(sets) < 2 else _tr_mapping(sets, complement)
    fallback = expand_set(sets[1])[-1] if complement and len(sets) > 1 and not deleting else None
    squeezed = set(expand_set(sets[-1])) if squeezing else set[str]()

    def member(char: str) -> bool:
        return (char in first) != complement

    squeeze_complement = complement and len(sets) == 1
    previous = ""
    while chunk := await process.stdin.read():
        out: list[str] = []
        for char in chunk.decode("latin-1"):
            if deleting and member(char):
                continue
            if fallback is not None and member(char):
                char = fallback
            char = mapping.get(char, char)
            if squeezing and char == previous and (char in squeezed) != squeeze_complement:
                continue
            previous = char
            out.append(char)
        await process.stdout.write("".join(out).encode("latin-1"))
    return 0


def _tr_mapping(sets: list[str], complement: bool) -> dict[str, str]:
    if complement:
        return {}
    source, target = (_as_bytes(expand_set(text)) for text in sets)
    if not target:
        raise UsageError("when not truncating set1, string2 must be non-empty", hint=False)
    target += [target[-1]] * (len(source) - len(target))
    return dict(zip(source, target, strict=False))


def _as_bytes(chars: list[str]) -> list[str]:
    return [chr(byte) for char in chars for byte in encode(char)] if any(ord(char) > 255 for char in chars) else chars


@program
async def rev(process: Process) -> int:
    status = Status()
    async for _, reader in each_input(process, parse_options(process.args[1:], "").operands, status.fail):
        while line := await reader.read_line():
            text = decode(line)
            await process.stdout.write(text.rstrip("\n")[::-1] + ("\n" if text.endswith("\n") else ""))
    return status.code


@program
async def fold(process: Process) -> int:
    options = parse_options(process.args[1:], "w:s", {"width": "w", "spaces": "s"})
    width = number(options.value("w", "80") or "", f"invalid number of columns: ‘{options.value('w')}’")
    if width < 1:
        raise UsageError(f"invalid number of columns: ‘{width}’", hint=False)
    status = Status()
    for line in await all_lines(process, options.operands, status):
        while len(line) > width:
            end = width
            if "s" in options and (blank := line.rfind(" ", 0, width)) >= 0:
                end = blank + 1
            await process.stdout.write(line[:end] + "\n")
            line = line[end:]
        await process.stdout.write(line + "\n")
    return status.code


@program
async def column(process: Process) -> int:
    """``column -t [-s SEPARATORS]``; without -t the lines pass as they are."""
    options = parse_options(process.args[1:], "ts:o:", {"table": "t", "separator": "s", "output-separator": "o"})
    status = Status()
    lines = await all_lines(process, options.operands, status)
    if "t" not in options:
        await process.stdout.write("".join(line + "\n" for line in lines))
        return status.code
    separators = options.value("s")
    rows = [
        re.split(f"[{re.escape(separators)}]", line) if separators else line.split() for line in lines if line.strip()
    ]
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(max(map(len, rows), default=0))]
    glue = options.value("o", "  ") or ""
    for row in rows:
        cells = [cell.ljust(widths[i]) if i < len(row) - 1 else cell for i, cell in enumerate(row)]
        await process.stdout.write(glue.join(cells) + "\n")
    return status.code


@program
async def expand(process: Process) -> int:
    options = parse_options(process.args[1:], "t:i", {"tabs": "t"})
    width = number(options.value("t", "8") or "", "tab size contains invalid character(s)")
    status = Status()
    for line in await all_lines(process, options.operands, status):
        await process.stdout.write(line.expandtabs(width) + "\n")
    return status.code
