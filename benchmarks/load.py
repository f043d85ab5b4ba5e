"""A load generator, run as a process of its own: ``python -m benchmarks.load FOLDER PORT WHAT COUNT CONNECTIONS``.

WHAT is a JSON list of [method, path, body]; ``%d`` in path and body is replaced by a running number. Prints requests a
second.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import ssl
import sys
import time
from pathlib import Path


async def main(folder: Path, port: int, what: tuple[str, str, str], count: int, connections: int) -> float:
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.load_cert_chain(folder / "admin.pem")
    numbers = itertools.count(1)
    opened = [await asyncio.open_connection("127.0.0.1", port, ssl=context, limit=1 << 26) for _ in range(connections)]
    began = time.perf_counter()
    await asyncio.gather(*(_ask(*one, what, count // connections, numbers) for one in opened))
    took = time.perf_counter() - began
    for _, writer in opened:
        writer.close()
    return count / took


async def _ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    what: tuple[str, str, str],
    count: int,
    numbers: itertools.count[int],
) -> None:
    method, path, body = what
    for _ in range(count):
        number = str(next(numbers))
        data = body.replace("%d", number).encode()
        head = f"{method} {path.replace('%d', number)} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n"
        writer.write(f"{head}Content-Type: application/json\r\nUser-Agent: load/1\r\n\r\n".encode() + data)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer[9:11] == b"20", answer
        size = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(size)


if __name__ == "__main__":
    folder, port, what, count, connections = sys.argv[1:]
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        work = main(Path(folder), int(port), tuple(json.loads(what)), int(count), int(connections))
        print(runner.run(work))
