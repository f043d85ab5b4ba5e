"""Programs that pass text on: cat, head, tail, wc, nl, tac, tee, od."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator

from simulator.shell.errors import describe
from simulator.shell.process import Process, Reader, Writer
from simulator.shell.programs.support import (
    Options,
    Status,
    UsageError,
    all_lines,
    complain,
    each_input,
    is_directory,
    number,
    open_input,
    parse_options,
    program,
    resolve,
    size,
)
from simulator.shell.streams import FileReader, FileWriter, Metered, decode, read_all


@program
async def cat(process: Process) -> int:
    options = parse_options(process.args[1:], "nbsETAevtu", {"number": "n", "show-ends": "E", "show-tabs": "T"})
    status = Status()
    plain = not options.flags or set(options.flags) <= {"u"}
    count, blank_before = 0, False
    async for path, reader in each_input(process, options.operands, status.fail):
        if plain:
            await _copy(process, reader, path, status)
            continue
        while line := await reader.read_line():
            text = decode(line.removesuffix(b"\n"))
            if "s" in options and not text and blank_before:
                continue
            blank_before = not text
            if "T" in options or "A" in options or "t" in options:
                text = text.replace("\t", "^I")
            if ("n" in options and "b" not in options) or ("b" in options and text):
                count += 1
                text = f"{count:6d}\t{text}"
            ends = "$" if {"E", "A", "e"} & set(options.flags) and line.endswith(b"\n") else ""
            await process.stdout.write(text + ends + ("\n" if line.endswith(b"\n") else ""))
    return status.code


async def _copy(process: Process, reader: Reader, path: str, status: Status) -> None:
    try:
        while chunk := await reader.read():
            await process.stdout.write(chunk)
    except BrokenPipeError:
        raise
    except OSError as error:
        status.fail()
        await complain(process, f"{path}: {describe(error)}")


async def _banner(process: Process, path: str, first: bool) -> None:
    name = "standard input" if path == "-" else path
    await process.stdout.write(f"{'' if first else chr(10)}==> {name} <==\n")


def _old_style(arguments: list[str]) -> list[str]:
    """``head -5`` is ``head -n 5``."""
    if arguments and arguments[0][:1] == "-" and arguments[0][1:].isdigit():
        return ["-n", arguments[0][1:], *arguments[1:]]
    return arguments


@program
async def head(process: Process) -> int:
    """``-n``/``-c`` with a negative count leaves out that many at the end."""
    options = parse_options(
        _old_style(process.args[1:]),
        "n:c:qv",
        {"lines": "n", "bytes": "c", "quiet": "q", "silent": "q", "verbose": "v"},
    )
    unit, text, count = _portion(options)
    status = Status()
    async for reader in _titled_inputs(process, options, status):
        if unit == "bytes":
            await _head_bytes(process, reader, count, text.startswith("-"))
        else:
            await _head_lines(process, reader, count, text.startswith("-"))
    return status.code


def _portion(options: Options) -> tuple[str, str, int]:
    """What ``-n`` or ``-c`` ask for: the unit (lines or bytes), the text of the count, and the count."""
    text = options.value("c")
    unit = "lines" if text is None else "bytes"
    text = text if text is not None else options.value("n", "10") or ""
    return unit, text, size(text, f"invalid number of {unit}: ‘{text}’")


async def _titled_inputs(process: Process, options: Options, status: Status) -> AsyncIterator[Reader]:
    """Each input, its banner shown before it where several are, or ``-v`` asks for it."""
    first = True
    titled = ("v" in options or len(options.operands) > 1) and "q" not in options
    async for path, reader in _inputs_for_reading(process, options.operands, status):
        if titled:
            await _banner(process, path, first)
        first = False
        yield reader


async def _inputs_for_reading(process: Process, paths: list[str], status: Status) -> AsyncIterator[tuple[str, Reader]]:
    for path in paths or ["-"]:
        if path != "-" and is_directory(process, path):
            status.fail()
            await complain(process, f"error reading '{path}': Is a directory")
            continue
        try:
            yield path, open_input(process, path)
        except OSError as error:
            status.fail()
            await complain(process, f"cannot open '{path}' for reading: {describe(error)}")


async def _head_lines(process: Process, reader: Reader, count: int, all_but: bool) -> None:
    if not all_but:
        for _ in range(count):
            line = await reader.read_line()
            if not line:
                return
            await process.stdout.write(line)
        return
    held: deque[bytes] = deque()
    while line := await reader.read_line():
        held.append(line)
        if len(held) > -count:
            await process.stdout.write(held.popleft())


async def _head_bytes(process: Process, reader: Reader, count: int, all_but: bool) -> None:
    if all_but:
        data = await read_all(reader)
        await process.stdout.write(data[: max(0, len(data) + count)])
        return
    while count > 0 and (chunk := await reader.read(min(count, 65536))):
        await process.stdout.write(chunk)
        count -= len(chunk)


@program
async def tail(process: Process) -> int:
    """``-n +K`` starts at line K. ``-f`` is accepted; nothing is appended while we look, so it ends at once."""
    options = parse_options(
        _old_style(process.args[1:]),
        "n:c:qvfF",
        {"lines": "n", "bytes": "c", "quiet": "q", "follow": "f", "verbose": "v"},
    )
    unit, text, count = _portion(options)
    count = abs(count)
    status = Status()
    async for reader in _titled_inputs(process, options, status):
        if text.startswith("+"):
            await _tail_from(process, reader, max(count, 1), unit == "bytes")
        elif unit == "bytes":
            data = await read_all(reader)
            await process.stdout.write(data[len(data) - min(count, len(data)) :])
        else:
            held: deque[bytes] = deque(maxlen=count)
            while line := await reader.read_line():
                held.append(line)
            await process.stdout.write(b"".join(held))
    return status.code


async def _tail_from(process: Process, reader: Reader, start: int, by_bytes: bool) -> None:
    if by_bytes:
        await process.stdout.write((await read_all(reader))[start - 1 :])
        return
    for _ in range(start - 1):
        await reader.read_line()
    while chunk := await reader.read():
        await process.stdout.write(chunk)


@program
async def wc(process: Process) -> int:
    options = parse_options(
        process.args[1:], "lwcmL", {"lines": "l", "words": "w", "bytes": "c", "chars": "m", "max-line-length": "L"}
    )
    chosen = [letter for letter in "lwmcL" if letter in options] or ["l", "w", "c"]
    status = Status()
    rows: list[tuple[dict[str, int], str]] = []
    total_size, regular = 0, True
    async for path, reader in each_input(process, options.operands, status.fail):
        if path != "-" and is_directory(process, path):
            status.fail()
            await complain(process, f"{path}: Is a directory")
            rows.append((dict.fromkeys("lwmcL", 0), path))
            continue
        counts = await _counts(reader)
        rows.append((counts, path if options.operands else ""))
        total_size += counts["c"]
        regular = regular and isinstance(reader, FileReader)
    if len(options.operands) > 1:
        total = {key: (max if key == "L" else sum)([row[0][key] for row in rows] or [0]) for key in "lwmcL"}
        rows.append((total, "total"))
    width = _wc_width(chosen, rows, regular, total_size)
    for counts, name in rows:
        line = " ".join(f"{counts[key]:{width}d}" for key in chosen)
        await process.stdout.write(f"{line} {name}".rstrip() + "\n" if not name else f"{line} {name}\n")
    return status.code


def _wc_width(chosen: list[str], rows: list[tuple[dict[str, int], str]], regular: bool, total_size: int) -> int:
    """coreutils sizes the columns by the files' total size, and by 7 as soon as one input is no regular file."""
    if len(chosen) == 1 and len(rows) <= 1:
        return 1
    return len(str(total_size)) if regular else 7


async def _counts(reader: Reader) -> dict[str, int]:
    counts = dict.fromkeys("lwmcL", 0)
    while line := await reader.read_line():
        text = decode(line)
        counts["l"] += line.endswith(b"\n")
        counts["w"] += len(text.split())
        counts["m"] += len(text)
        counts["c"] += len(line)
        counts["L"] = max(counts["L"], len(text.rstrip("\n").expandtabs()))
    return counts


@program
async def nl(process: Process) -> int:
    options = parse_options(process.args[1:], "b:w:s:v:i:n:", {"body-numbering": "b"})
    status = Status()
    width = number(options.value("w", "6") or "", "invalid line number field width")
    count = number(options.value("v", "1") or "", "invalid starting line number")
    step = number(options.value("i", "1") or "", "invalid line number increment")
    separator = options.value("s", "\t")
    style, form = options.value("b", "t"), options.value("n", "rn")
    for line in await all_lines(process, options.operands, status):
        if style == "n" or (style == "t" and not line):
            await process.stdout.write(" " * (width + len(separator or "")) + line + "\n")
            continue
        label = f"{count:0{width}d}" if form == "rz" else f"{count:<{width}d}" if form == "ln" else f"{count:{width}d}"
        await process.stdout.write(f"{label}{separator}{line}\n")
        count += step
    return status.code


@program
async def tac(process: Process) -> int:
    status = Status()
    for line in reversed(await all_lines(process, parse_options(process.args[1:], "").operands, status)):
        await process.stdout.write(line + "\n")
    return status.code


@program
async def tee(process: Process) -> int:
    options = parse_options(process.args[1:], "ai", {"append": "a"})
    status = Status()
    writers: list[Writer] = [process.stdout]
    for path in options.operands:
        try:
            writer = FileWriter(process.fs, resolve(process, path), truncate="a" not in options)
        except OSError as error:
            status.fail()
            await complain(process, f"{path}: {describe(error)}")
            continue
        writers.append(Metered(writer, process.budget))
    while chunk := await process.stdin.read():
        for target in writers:
            await target.write(chunk)
    return status.code


@program
async def od(process: Process) -> int:
    """``od -c``, ``od -An -tx1`` and plain octal words."""
    options = parse_options(process.args[1:], "cbxA:t:vN:", {"address-radix": "A", "format": "t", "read-bytes": "N"})
    status = Status()
    data = b""
    async for _, reader in each_input(process, options.operands, status.fail):
        data += await read_all(reader)
    if limit := options.value("N"):
        data = data[: number(limit, f"invalid argument: {limit}")]
    radix = options.value("A", "o")
    kind = (
        options.value("t", "c" if "c" in options else "o1" if "b" in options else "x2" if "x" in options else "o2")
        or ""
    )
    for offset in range(0, len(data), 16):
        block = data[offset : offset + 16]
        await process.stdout.write(_address(offset, radix or "o") + _od_row(block, kind) + "\n")
    if radix != "n":
        await process.stdout.write(_address(len(data), radix or "o") + "\n")
    return status.code


def _address(offset: int, radix: str) -> str:
    return "" if radix == "n" else f"{offset:07{radix}}" if radix in "od" else f"{offset:06x}"


_OD_NAMES = {0: "\\0", 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r"}


def _od_row(block: bytes, kind: str) -> str:
    if kind[0] == "c":
        return "".join(f" {_OD_NAMES.get(b) or (chr(b) if 32 <= b < 127 else f'{b:03o}'):>3}" for b in block)
    width = int(kind[1:]) if kind[1:].isdigit() else {"x": 4, "o": 4, "d": 4, "u": 4}.get(kind[0], 1)
    if kind[0] not in "xodu" or width not in (1, 2, 4, 8):
        raise UsageError(f"invalid type string ‘{kind}’")
    digits = {"x": 2 * width, "o": -(-8 * width // 3), "d": len(str(2 ** (8 * width))), "u": len(str(2 ** (8 * width)))}
    cells = []
    for start in range(0, len(block), width):
        value = int.from_bytes(block[start : start + width], "little", signed=kind[0] == "d")
        form = f"0{digits[kind[0]]}{kind[0]}" if kind[0] in "xo" else f"{digits[kind[0]]}d"
        cells.append(f" {value:{form}}")
    return "".join(cells)
