"""sha256sum and its kin, base64."""

from __future__ import annotations

import base64 as codec
import binascii
import hashlib
import re
from typing import Final

from simulator.shell.errors import describe
from simulator.shell.process import Process, Program
from simulator.shell.programs.support import (
    Status,
    all_lines,
    complain,
    each_input,
    is_directory,
    number,
    open_input,
    parse_options,
    program,
)
from simulator.shell.streams import read_all

_CHECK_LINE: Final = re.compile(r"([0-9a-fA-F]+) [ *](.+)")


def _digest(algorithm: str) -> Program:
    async def run(process: Process) -> int:
        options = parse_options(
            process.args[1:], "cbtwq", {"check": "c", "quiet": "q", "status": "status", "binary": "b", "text": "t"}
        )
        if "c" in options:
            return await _check(
                process, algorithm, options.operands, "q" in options or "status" in options, "status" in options
            )
        status = Status()
        for path in options.operands or ["-"]:
            if path != "-" and is_directory(process, path):
                status.fail()
                await complain(process, f"{path}: Is a directory")
                continue
            try:
                value = await _hash(process, algorithm, path)
            except OSError as error:
                status.fail()
                await complain(process, f"{path}: {describe(error)}")
                continue
            await process.stdout.write(f"{value} {'*' if 'b' in options else ' '}{path}\n")
        return status.code

    return program(run)


async def _hash(process: Process, algorithm: str, path: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    reader = open_input(process, path)
    while chunk := await reader.read():
        digest.update(chunk)
    return digest.hexdigest()


async def _check(process: Process, algorithm: str, paths: list[str], quiet: bool, silent: bool) -> int:
    status = Status()
    failed = missing = malformed = 0
    for line in await all_lines(process, paths, status):
        match = _CHECK_LINE.fullmatch(line)
        if match is None:
            malformed += 1
            continue
        expected, name = match.groups()
        try:
            right = await _hash(process, algorithm, name) == expected.lower()
        except OSError as error:
            missing += 1
            await complain(process, f"{name}: {describe(error)}")
            if not silent:
                await process.stdout.write(f"{name}: FAILED open or read\n")
            continue
        failed += not right
        if not silent and not (right and quiet):
            await process.stdout.write(f"{name}: {'OK' if right else 'FAILED'}\n")
    for count, text in (
        (malformed, "line is improperly formatted|lines are improperly formatted"),
        (missing, "listed file could not be read|listed files could not be read"),
        (failed, "computed checksum did NOT match|computed checksums did NOT match"),
    ):
        if count and not silent:
            one, many = text.split("|")
            await complain(process, f"WARNING: {count} {one if count == 1 else many}")
    return int(bool(status.code or failed or missing))


md5sum = _digest("md5")
sha1sum = _digest("sha1")
sha256sum = _digest("sha256")
sha512sum = _digest("sha512")


@program
async def base64(process: Process) -> int:
    options = parse_options(process.args[1:], "dw:i", {"decode": "d", "wrap": "w", "ignore-garbage": "i"})
    status, data = Status(), b""
    async for _, reader in each_input(process, options.operands, status.fail):
        data += await read_all(reader)
    if "d" in options:
        try:
            await process.stdout.write(codec.b64decode(b"".join(data.split()), validate=True))
        except binascii.Error:
            await complain(process, "invalid input")
            return 1
        return status.code
    width = number(options.value("w", "76") or "", f"invalid wrap size: ‘{options.value('w')}’")
    text = codec.b64encode(data).decode()
    if width:
        text = "".join(text[start : start + width] + "\n" for start in range(0, len(text), width))
    await process.stdout.write(text)
    return status.code
