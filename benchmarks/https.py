"""What a request over HTTPS costs: processor time of the server alone, read from the kernel, and requests a second."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Row = tuple[str, float, float, str]
OCSIM = Path(sys.executable).with_name("ocsim")
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_MAPS = "/api/v1/namespaces/default/configmaps"


@dataclass(frozen=True)
class Served:
    """A running ``ocsim up``."""

    process: subprocess.Popen[str]
    folder: Path
    port: int
    ready_ms: float

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_S

    def resident_mib(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024

    def load(self, method: str, path: str, body: str, count: int, connections: int = 8) -> tuple[float, float]:
        """(CPU-ms of the server a request, requests a second)."""
        before = self.cpu_s()
        what = json.dumps([method, path, body])
        arguments = [str(self.folder), str(self.port), what, str(count), str(connections)]
        command = [sys.executable, "-m", "benchmarks.load", *arguments]
        rate = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return (self.cpu_s() - before) * 1000 / count, rate

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        context.load_cert_chain(self.folder / "admin.pem")
        return context


@contextlib.contextmanager
def served(*options: str) -> Iterator[Served]:
    with tempfile.TemporaryDirectory() as state:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment["XDG_STATE_HOME"] = state
        command = [str(OCSIM), "up", "--port", "0", *options]
        for attempt in range(2):  # the second start finds its certificates
            began = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
            assert process.stdout is not None
            port = int(re.search(r":(\d+)$", process.stdout.readline().strip())[1])  # type: ignore[index]
            folder = Path(state) / "ocsim" / "ocp-4.20"
            _until_ready(folder, port)
            ready_ms = (time.perf_counter() - began) * 1000
            if attempt == 0:
                process.terminate()
                process.wait()
        try:
            yield Served(process, folder, port, ready_ms)
        finally:
            process.terminate()
            process.wait()


def _until_ready(folder: Path, port: int) -> None:
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    while True:
        try:
            connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)
            connection.request("GET", "/readyz")
            assert connection.getresponse().read() == b"ok"
            return
        except OSError:
            time.sleep(0.005)


def config_map(name: str) -> str:
    content = {"text": "x" * 760}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": content})


def rows() -> Iterator[Row]:
    with served() as server:
        yield "ocsim up until /readyz answers", server.ready_ms, 500, "ms"
        time.sleep(1)
        yield "resident memory, idle after that", server.resident_mib(), 90, "MiB"
        create_ms, create_rate = server.load("POST", _MAPS, config_map("made-%d"), 1000)
        get_ms, get_rate = server.load("GET", f"{_MAPS}/made-7", "", 20_000)
        list_ms, list_rate = server.load("GET", _MAPS, "", 1000)
        yield "GET one object of 1 KiB, CPU of the server", get_ms, 0.25, "ms"
        yield "GET one object of 1 KiB, requests a second", get_rate, 4000, "/s"
        yield "LIST 1,000 objects of 1 KiB, CPU of the server", list_ms, 3, "ms"
        yield "LIST 1,000 objects of 1 KiB, requests a second", list_rate, 300, "/s"
        yield "CREATE configmap, CPU of the server", create_ms, 0.7, "ms"
        yield "CREATE configmap, requests a second", create_rate, 1500, "/s"
        yield "a change until it reaches 100 watchers, p99", asyncio.run(_watchers_ms(server)), 20, "ms"
        if shutil.which("kubectl"):
            yield "kubectl get pods waits for the server", _kubectl_ms(server), 20, "ms"


def _kubectl_ms(server: Served) -> float:
    """What ``kubectl get pods`` waits for the server: its round trips, as it tells them itself; discovery is cached."""
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "KUBECONFIG": str(server.folder / "kubeconfig"), "PATH": os.environ["PATH"]}
        command = ["kubectl", "get", "pods", "-n", "openshift-image-registry", "-v=7"]

        def waits_ms() -> float:
            told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stderr
            return sum(int(one) for one in re.findall(r"Response.* (?:milliseconds=|in )(\d+)", told))

        waits_ms()
        return median(waits_ms() for _ in range(11))


async def _watchers_ms(server: Served, watchers: int = 100, changes: int = 50) -> float:
    """From the moment the change is sent to the moment that a watcher has read of it."""
    context, times = server.context(), []
    streams = [
        await asyncio.open_connection("127.0.0.1", server.port, ssl=context, limit=1 << 26) for _ in range(watchers)
    ]
    for reader, writer in streams:
        writer.write(f"GET {_MAPS}?watch=1&fieldSelector=metadata.name=seen HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
    asking, sending = await asyncio.open_connection("127.0.0.1", server.port, ssl=context)
    body = config_map("seen").encode()
    head = f"POST {_MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    sending.write(head.encode() + body)
    await asyncio.gather(*(reader.readuntil(b"}\n\r\n") for reader, _ in streams))
    for number in range(changes):
        patch = json.dumps({"data": {"number": str(number)}}).encode()
        head = f"PATCH {_MAPS}/seen HTTP/1.1\r\nHost: x\r\nContent-Type: application/merge-patch+json\r\n"
        began = time.perf_counter()
        sending.write(f"{head}Content-Length: {len(patch)}\r\n\r\n".encode() + patch)

        async def heard(reader: asyncio.StreamReader, began: float = began) -> None:
            await reader.readuntil(b"}\n\r\n")
            times.append((time.perf_counter() - began) * 1000)

        await asyncio.gather(*(heard(reader) for reader, _ in streams))
    for _, writer in [*streams, (asking, sending)]:
        writer.close()
    return sorted(times)[len(times) * 99 // 100]


if __name__ == "__main__":
    for name, value, bound, unit in rows():
        print(f"{name:<52} {value:8.2f} {unit:<3}  bound {bound:6.2f}  {value / bound:5.2f} of it")
