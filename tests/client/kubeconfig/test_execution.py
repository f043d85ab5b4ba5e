"""Commands in containers over WebSocket, with a server that speaks either version of the protocol."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from websockets.sync.server import Server, ServerConnection, serve

from simulator.api.types import Request
from simulator.client.kubeconfig import Kubeconfig
from simulator.client.transport import exec_query
from simulator.errors import InternalError, NotFound, Unreachable
from simulator.shell.streams import Buffer

SUCCESS = b'\x03{"status":"Success"}'


@contextlib.contextmanager
def serving(handle: Callable[[ServerConnection], None], version: str = "v5") -> Iterator[str]:
    server: Server = serve(handle, "127.0.0.1", 0, subprotocols=[f"{version}.channel.k8s.io"])  # type: ignore[list-item]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
    server.shutdown()
    thread.join()


def execute(url: str, config: Any, stdin: bytes = b"", **details: Any) -> tuple[int, str, str]:
    there = Kubeconfig(config(url))
    request = Request("POST", "/api/v1/namespaces/demo/pods/web/exec", exec_query(["cat"], "", bool(stdin), False))
    stdout, stderr = Buffer(), Buffer()
    status = there.scheduler().run(there.exec(request, Buffer(stdin), stdout, stderr, **details))
    return status, stdout.text(), stderr.text()


def test_streams_and_the_exit_status(config: Any) -> None:
    def handle(connection: ServerConnection) -> None:
        for frame in (b"\x01", b"\x02", b"\x01out", b"\x02err", b"\x01more"):
            connection.send(frame)
        details = {"causes": [{"reason": "ExitCode", "message": "3"}]}
        status = {"status": "Failure", "reason": "NonZeroExitCode", "details": details}
        connection.send(b"\x03" + json.dumps(status).encode())

    with serving(handle) as url:
        assert execute(url, config) == (3, "outmore", "err")


def test_the_end_of_stdin_is_told_in_v5(config: Any) -> None:
    heard: list[Any] = []

    def handle(connection: ServerConnection) -> None:
        while not heard or heard[-1] != b"\xff\x00":
            heard.append(connection.recv())
        connection.send(b"\x01" + b"".join(frame[1:] for frame in heard[:-1]))
        connection.send(SUCCESS)

    data = bytes(range(256)) * 300
    with serving(handle) as url:
        status, stdout, _ = execute(url, config, data)
    assert (status, stdout.encode("utf-8", "surrogateescape")) == (0, data)
    assert len(heard) > 2


def test_v4_has_no_word_for_it(config: Any) -> None:
    def handle(connection: ServerConnection) -> None:
        connection.send(b"\x01" + bytes(connection.recv()[1:]))  # type: ignore[arg-type]
        connection.send(SUCCESS)

    with serving(handle, "v4") as url:
        assert execute(url, config, b"told") == (0, "told", "")


class Window:
    """A terminal that changes its size while the command runs."""

    columns = 80

    def __init__(self) -> None:
        self.shape, self.was_raw = (80, 24), False

    def size(self) -> tuple[int, int]:
        return self.shape

    @contextlib.contextmanager
    def raw(self, on_resize: Callable[[], None]) -> Iterator[None]:
        self.was_raw, self.shape = True, (100, 30)
        on_resize()
        yield


def test_the_size_of_the_terminal_is_told_and_told_again(config: Any) -> None:
    heard: list[Any] = []

    def handle(connection: ServerConnection) -> None:
        heard.extend(connection.recv() for _ in range(2))
        connection.send(SUCCESS)

    window = Window()
    with serving(handle) as url:
        execute(url, config, terminal=window)
    assert [json.loads(frame[1:]) for frame in heard] == [{"Width": 80, "Height": 24}, {"Width": 100, "Height": 30}]
    assert window.was_raw
    assert {frame[0] for frame in heard} == {4}


def test_a_command_that_could_not_be_run_tells_why(config: Any) -> None:
    status = {"status": "Failure", "reason": "InternalError", "message": "no such file"}
    said = b"\x03" + json.dumps(status).encode()
    with serving(lambda connection: connection.send(said)) as url, pytest.raises(InternalError, match="no such file"):
        execute(url, config)


def test_a_connection_that_ends_early_is_an_error(config: Any) -> None:
    with serving(lambda connection: connection.close()) as url, pytest.raises(InternalError, match="ended before"):
        execute(url, config)


def test_a_refusal_is_the_status_of_the_server(fake: Any, config: Any) -> None:
    status = b'{"kind":"Status","status":"Failure","reason":"NotFound","message":"pods \\"web\\" not found"}'
    fake.answers = [(404, {"Content-Type": "application/json"}, status)]
    with pytest.raises(NotFound, match='pods "web" not found'):
        execute(fake.url, config)
    method, path, headers, _ = fake.heard[0]
    assert (method, path.split("?")[0]) == ("GET", "/api/v1/namespaces/demo/pods/web/exec")
    assert headers["Sec-WebSocket-Protocol"] == "v5.channel.k8s.io,v4.channel.k8s.io"


def test_nobody_listens(config: Any) -> None:
    with pytest.raises(Unreachable, match="was refused"):
        execute("http://127.0.0.1:1", config)
