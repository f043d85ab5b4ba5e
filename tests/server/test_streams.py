"""Exec, attach and port-forward without sockets: a client's bytes in, the server's bytes out, a cluster behind."""

from __future__ import annotations

import json
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT
from websockets.protocol import Protocol as WebSocket

from simulator.api.types import Response, Upgrade
from simulator.cluster import Cluster
from simulator.errors import InternalError
from simulator.release import OLDEST
from simulator.runtime.tasks import Scheduler
from simulator.server.certificates import certificates
from simulator.server.pipes import Gate
from simulator.server.spdy import Data, Ended, Event, Opened, Spdy
from simulator.server.upgrades import Switch, Upgrades

STDIN, STDOUT, STDERR, ERROR, RESIZE = range(5)
NAMES = {STDIN: "stdin", STDOUT: "stdout", STDERR: "stderr", ERROR: "error", RESIZE: "resize"}
REGISTRY = "openshift-image-registry"
NO_WEBSOCKET = "bad handshake: not a WebSocket of version 13"


class Line:
    """The output of a handler, and the far end of it."""

    def __init__(self, world: World, switch: Switch) -> None:
        self.gate, self.world = Gate(), world
        self.sent = bytearray()
        self.held = self.closing = False
        self.handler = switch.begin(self)
        world.turn()

    def write(self, data: bytes) -> None:
        self.sent += data

    def hold(self, full: bool) -> None:
        self.held = full

    def close(self, *, now: bool = False) -> None:
        self.closing = True

    def put(self, data: bytes) -> bytes:
        """Send to the server; what it says then."""
        self.handler.receive(data)
        return self.take()

    def take(self) -> bytes:
        self.world.turn()
        data = bytes(self.sent)
        self.sent.clear()
        return data

    def lose(self) -> None:
        self.gate.lose()
        for _ in range(5):
            self.handler.lost()
            self.world.turn()


class World:
    """A cluster with a pod in which nothing but a shell is."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster.from_profile("ocp-4.20-small")
        self.scheduler = Scheduler(self.cluster.clock)
        self.tls = certificates(folder, ("localhost",))
        kubelet, release = self.cluster.machines.kubelet, self.cluster.profile.release
        self.upgrades = Upgrades(kubelet, self.scheduler, release, self.tls.context())
        container = {"name": "app", "image": "busybox", "command": ["sleep", "infinity"]}
        pod = {"metadata": {"name": "web", "namespace": "default"}, "spec": {"containers": [container]}}
        client = self.cluster.client()
        client.request("POST", "/api/v1/namespaces/default/pods", body=pod)
        self.cluster.clock.advance(30)

    def turn(self) -> None:
        self.scheduler.run_ready()

    def spdy(self, target: Upgrade, *versions: str) -> Switch | Response:
        headers = {"connection": ["Upgrade"], "upgrade": ["SPDY/3.1"], "x-stream-protocol-version": list(versions)}
        return self.upgrades.answer(headers, target)

    def websocket(self, target: Upgrade, *protocols: str) -> Switch | Response:
        return self.upgrades.answer(websocket_headers(protocols), target)


def websocket_headers(protocols: Sequence[str]) -> dict[str, list[str]]:
    return {
        "connection": ["keep-alive, Upgrade"],
        "upgrade": ["websocket"],
        "sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZQ=="],
        "sec-websocket-version": ["13"],
        **({"sec-websocket-protocol": [", ".join(protocols)]} if protocols else {}),
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("certificates"))


def exec_(script: str, *, stdin: bool = False, tty: bool = False, kind: str = "exec") -> Upgrade:
    return Upgrade("default", "web", "app", ("sh", "-c", script), stdin, tty, kind, True, not tty)


class SpdyClient:
    """kubectl up to 1.28, and every later one where WebSocket is refused."""

    def __init__(self, world: World, target: Upgrade, version: str = "v4.channel.k8s.io") -> None:
        switch = world.spdy(target, version)
        assert isinstance(switch, Switch)
        self.line, self.spdy = Line(world, switch), Spdy(server=False)
        wanted = [ERROR, *([STDIN] if target.stdin else []), STDOUT, *([STDERR] if target.stderr else [])]
        wanted += [RESIZE] if target.tty else []
        self.streams = {channel: self.spdy.open({"streamtype": NAMES[channel]}) for channel in wanted}
        self.heard: dict[int, bytes] = dict.fromkeys(range(5), b"")
        self.ended: set[int] = set()
        self.exchange()

    def exchange(self) -> None:
        channels = {stream: channel for channel, stream in self.streams.items()}
        for event in self.spdy.receive(self.line.put(self.spdy.to_send())):
            if isinstance(event, Data):
                self.heard[channels[event.stream]] += event.data
            elif isinstance(event, Ended):
                self.ended.add(channels[event.stream])

    def send(self, channel: int, data: bytes, *, last: bool = False) -> None:
        self.spdy.send(self.streams[channel], data, fin=last)
        self.exchange()


class WebSocketClient:
    """kubectl from 1.29 on, and the libraries of other languages."""

    def __init__(self, world: World, target: Upgrade, protocol: str = "v5.channel.k8s.io") -> None:
        switch = world.websocket(target, *([protocol] if protocol else []))
        assert isinstance(switch, Switch)
        self.line, self.text = Line(world, switch), "base64" in protocol
        self.socket = WebSocket(CLIENT)
        self.heard: dict[int, bytes] = dict.fromkeys(range(5), b"")
        self.messages: list[tuple[int, bytes]] = []
        self.close_code: int | None = None
        self.exchange()

    def exchange(self) -> None:
        self.socket.receive_data(self.line.put(b"".join(self.socket.data_to_send())))
        for frame in self.socket.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode in (Opcode.BINARY, Opcode.TEXT):
                self._hear(bytes(frame.data))
        if self.socket.close_rcvd is not None:
            self.close_code = self.socket.close_rcvd.code

    def _hear(self, message: bytes) -> None:
        import base64

        channel, data = (int(message[:1]), base64.b64decode(message[1:])) if self.text else (message[0], message[1:])
        self.messages.append((channel, data))
        self.heard[channel] += data

    def send(self, channel: int, data: bytes, *, last: bool = False) -> None:
        self.raw(bytes([channel]) + data)
        if last:
            self.raw(bytes([255, channel]))

    def raw(self, message: bytes) -> None:
        self.socket.send_binary(message)
        self.exchange()


CLIENTS: list[Any] = [SpdyClient, WebSocketClient]


@pytest.fixture(params=CLIENTS, ids=["spdy", "websocket"])
def client(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_output_errors_and_the_exit_status(world: World, client: Any) -> None:
    """Source: kubelet, cri/streaming/remotecommand/exec.go."""
    made = client(world, exec_("echo out; echo err >&2; exit 7"))
    assert (made.heard[STDOUT], made.heard[STDERR]) == (b"out\n", b"err\n")
    assert json.loads(made.heard[ERROR]) == {
        "metadata": {},
        "status": "Failure",
        "message": "command terminated with non-zero exit code: exit status 7",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": "7"}]},
    }
    assert made.line.closing
    assert made.line.handler.is_over()


def test_success(world: World, client: Any) -> None:
    assert json.loads(client(world, exec_("true")).heard[ERROR]) == {"metadata": {}, "status": "Success"}


def test_the_input_ends_before_the_output(world: World, client: Any) -> None:
    made = client(world, exec_("wc -c", stdin=True))
    made.send(STDIN, b"12345")
    assert made.heard[STDOUT] == b""
    made.send(STDIN, b"6789\n", last=True)
    assert made.heard[STDOUT] == b"10\n"
    assert json.loads(made.heard[ERROR])["status"] == "Success"


def test_a_tty_echoes_and_knows_its_size(world: World, client: Any) -> None:
    made = client(world, Upgrade("default", "web", "app", ("sh",), True, True, stderr=False))
    made.send(RESIZE, b'{"Width":44,"Heig')
    made.send(RESIZE, b'ht":12}\n')
    made.send(STDIN, b"echo hi\r")
    assert made.heard[STDOUT] == b"/ # echo hi\r\nhi\r\n/ # "
    made.send(STDIN, b"sleep 100\r")
    made.send(STDIN, b"\x03")
    made.send(STDIN, b"echo $?\rexit 3\r")
    assert made.heard[STDOUT].endswith(b"130\r\n/ # exit 3\r\nexit\r\n")
    assert json.loads(made.heard[ERROR])["details"]["causes"][0]["message"] == "3"


def test_a_program_that_is_not_there(world: World, client: Any) -> None:
    made = client(world, Upgrade("default", "web", "app", ("nosuch",)))
    assert made.heard[STDERR] == b"executable file `nosuch` not found in $PATH: No such file or directory\n"
    assert json.loads(made.heard[ERROR])["details"]["causes"][0]["message"] == "127"


def test_a_program_that_goes_too_far(world: World) -> None:
    made = SpdyClient(world, Upgrade("default", "web", "app", ("head", "-c", "80000000", "/dev/zero"), stdout=False))
    assert made.heard[STDERR] == b"head: stopped after 67108864 bytes of output\n"
    assert json.loads(made.heard[ERROR])["details"]["causes"][0]["message"] == "125"


def test_who_reads_slowly_holds_the_program_up(world: World, client: Any) -> None:
    made = client(world, exec_("head -c 400000 /dev/zero", stdin=True))
    assert len(made.heard[STDOUT]) == 400_000
    made = client(world, exec_("read x; head -c 400000 /dev/zero", stdin=True))
    made.line.gate.pause()
    made.send(STDIN, b"go\n")
    assert len(made.heard[STDOUT]) == 0
    made.line.gate.resume()
    made.exchange()
    assert len(made.heard[STDOUT]) == 400_000


def test_who_sends_much_has_to_wait(world: World, client: Any) -> None:
    made = client(world, exec_("sleep 5; wc -c", stdin=True))
    for _ in range(9):
        made.send(STDIN, bytes(32768))
    assert made.line.held
    world.cluster.clock.advance(6)
    made.send(STDIN, b"", last=True)
    assert (made.line.held, made.heard[STDOUT]) == (False, b"294912\n")


@pytest.mark.parametrize(
    "script", ["sleep 1000", "while true; do sleep 1; done & sleep 1000", "cat", "yes | sleep 1000"]
)
def test_a_client_that_dies_leaves_nothing_behind(world: World, client: Any, script: str) -> None:
    made = client(world, exec_(script, stdin=True))
    assert not made.line.handler.is_over()
    made.line.lose()
    assert made.line.handler.is_over()


def test_a_client_that_dies_at_a_terminal_leaves_nothing_behind(world: World, client: Any) -> None:
    made = client(world, Upgrade("default", "web", "app", ("sh",), True, True, stderr=False))
    made.send(STDIN, b"trap '' INT; sleep 1000 & while true; do sleep 1; done\r")
    made.line.lose()
    assert made.line.handler.is_over()


def test_the_container_went_meanwhile(world: World, client: Any) -> None:
    made = client(world, Upgrade("default", "gone", "app", ("ls",)))
    assert json.loads(made.heard[ERROR])["message"] == 'pods "gone" not found'


# -- agreeing on a protocol


def test_old_protocols(world: World) -> None:
    """Those before v4 know nothing of exit codes: a failure is a text. Source: remotecommand, v1WriteStatusFunc."""
    for name in ("channel.k8s.io", "v2.channel.k8s.io", "v3.channel.k8s.io"):
        made = SpdyClient(world, exec_("exit 3"), name)
        assert made.heard[ERROR] == b"command terminated with non-zero exit code: exit status 3"
    for name in ("", "channel.k8s.io", "base64.channel.k8s.io"):
        assert WebSocketClient(world, exec_("echo hi"), name).heard == {0: b"", 1: b"hi\n", 2: b"", 3: b"", 4: b""}


def test_the_first_message_is_empty_and_tells_that_all_is_set_up(world: World) -> None:
    assert WebSocketClient(world, exec_("echo hi")).messages[0] == (STDOUT, b"")
    only_stderr = Upgrade("default", "web", "app", ("true",), stdout=False)
    assert WebSocketClient(world, only_stderr).messages[0] == (STDERR, b"")


@pytest.mark.parametrize("message", [b"", bytes([9]) + b"x", bytes([STDOUT]) + b"x", bytes([255, 77])])
def test_messages_that_mean_nothing(world: World, message: bytes) -> None:
    made = WebSocketClient(world, exec_("cat", stdin=True))
    made.raw(message)
    if not message:
        assert made.close_code == 1002
        assert made.line.handler.is_over()
    else:
        made.send(STDIN, b"still here\n")
        assert made.heard[STDOUT] == b"still here\n"
        made.line.lose()


def test_a_message_in_several_frames(world: World) -> None:
    made = WebSocketClient(world, exec_("cat", stdin=True))
    made.socket.send_binary(bytes([STDIN]) + b"one ", fin=False)
    made.socket.send_continuation(b"message\n", fin=True)
    made.exchange()
    assert made.heard[STDOUT] == b"one message\n"
    made.line.lose()


@pytest.mark.parametrize(
    ("headers", "code", "text"),
    [
        ({}, 400, "Upgrade request required"),
        ({"connection": ["Upgrade"], "upgrade": ["h2c"]}, 400, "Upgrade request required"),
        ({"upgrade": ["SPDY/3.1"]}, 400, "Upgrade request required"),
        (
            {"connection": ["Upgrade"], "upgrade": ["SPDY/3.1"], "x-stream-protocol-version": ["v9", "v8"]},
            403,
            "unable to upgrade: unable to negotiate protocol: client supports [v9 v8], server accepts "
            "[v4.channel.k8s.io v3.channel.k8s.io v2.channel.k8s.io channel.k8s.io]",
        ),
        (websocket_headers(["v9.channel.k8s.io"]), 403, ""),
        (
            {**websocket_headers([]), "sec-websocket-key": ["short"]},
            400,
            "bad handshake: not a WebSocket of version 13",
        ),
        (
            {**websocket_headers([]), "sec-websocket-version": ["8"]},
            400,
            "bad handshake: not a WebSocket of version 13",
        ),
    ],
)
def test_requests_that_are_refused(world: World, headers: dict[str, list[str]], code: int, text: str) -> None:
    reply = world.upgrades.answer(headers, exec_("true"))
    assert isinstance(reply, Response)
    said = reply.body if isinstance(reply.body, str) else reply.body["message"]
    assert (reply.code, said) == (code, text)


def test_what_the_kubelet_refuses_is_told_in_the_clients_way(world: World) -> None:
    """Over SPDY and over WebSocket, in different words. Source: apiserver, util/proxy/streamtranslator.go."""
    text = 'unable to upgrade connection: container not found ("app")'
    refusal = Response(500, InternalError(text).to_status())
    reply = world.upgrades.refused({"upgrade": ["SPDY/3.1"]}, refusal)
    assert isinstance(reply, Response)
    assert (reply.code, reply.body) == (500, 'container not found ("app")')
    switch = world.upgrades.refused(websocket_headers(["v5.channel.k8s.io"]), refusal)
    assert isinstance(switch, Switch)
    assert f"Internal error occurred: {text}".encode() in Line(world, switch).take().replace(b'\\"', b'"')
    forbidden = Response(403, {"kind": "Status", "message": "no"})
    assert world.upgrades.refused(websocket_headers(["v5.channel.k8s.io"]), forbidden) is forbidden


def test_what_came_later_is_not_spoken_by_an_old_cluster(world: World) -> None:
    old = Upgrades(world.cluster.machines.kubelet, world.scheduler, OLDEST, world.tls.context())
    assert isinstance(old.answer(websocket_headers(["v5.channel.k8s.io"]), exec_("true")), Response)
    forward = Upgrade("default", "web", "", (), kind="portforward")
    assert isinstance(old.answer(websocket_headers(["SPDY/3.1+portforward.k8s.io"]), forward), Response)
    assert isinstance(old.answer(websocket_headers(["v5.channel.k8s.io", "v4.channel.k8s.io"]), exec_("true")), Switch)


# -- port-forwarding


def registry_pod(world: World) -> str:
    pods = world.cluster.client().request("GET", f"/api/v1/namespaces/{REGISTRY}/pods").body["items"]
    return next(pod["metadata"]["name"] for pod in pods if pod["metadata"]["name"].startswith("image-registry-"))


class ForwardClient:
    """The streams of ``kubectl port-forward``, over SPDY or in a tunnel."""

    def __init__(self, world: World, target: Upgrade, *, tunnel: bool) -> None:
        self.socket: WebSocket | None = None
        if tunnel:
            switch = world.websocket(target, "SPDY/3.1+portforward.k8s.io")
            self.socket = WebSocket(CLIENT)
        else:
            switch = world.spdy(target, "portforward.k8s.io")
        assert isinstance(switch, Switch)
        self.line, self.spdy = Line(world, switch), Spdy(server=False)

    def connect(self, port: int, number: int) -> tuple[int, int]:
        """The streams for data and for errors."""
        headers = {"port": str(port), "requestid": str(number)}
        error = self.spdy.open({**headers, "streamtype": "error"})
        self.spdy.send(error, b"", fin=True)
        return self.spdy.open({**headers, "streamtype": "data"}), error

    def exchange(self) -> list[Event]:
        if self.socket is None:
            return self.spdy.receive(self.line.put(self.spdy.to_send()))
        self.socket.send_binary(self.spdy.to_send())
        self.socket.receive_data(self.line.put(b"".join(self.socket.data_to_send())))
        frames = [frame for frame in self.socket.events_received() if isinstance(frame, Frame)]
        return [event for frame in frames for event in self.spdy.receive(bytes(frame.data))]


def said(events: list[Event], stream: int) -> bytes:
    return b"".join(event.data for event in events if isinstance(event, Data) and event.stream == stream)


@pytest.fixture(params=[False, True], ids=["spdy", "tunnel"])
def registry(request: pytest.FixtureRequest, world: World) -> ForwardClient:
    target = Upgrade(REGISTRY, registry_pod(world), "", (), kind="portforward")
    return ForwardClient(world, target, tunnel=request.param)


def test_the_registry_answers_within_tls(world: World, registry: ForwardClient) -> None:
    context = ssl.create_default_context(cafile=str(world.tls.ca))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    data, _ = registry.connect(5000, 0)

    def until_done(step: Any) -> Any:
        for _ in range(9):
            try:
                return step()
            except ssl.SSLWantReadError:
                registry.spdy.send(data, outgoing.read())
                incoming.write(said(registry.exchange(), data))
        raise AssertionError("no end of the handshake")

    until_done(tls.do_handshake)
    tls.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /v2/ HTTP/1.1\r\nConnection: close\r\n\r\n")
    text = until_done(lambda: tls.read(65536)).decode()
    assert text.startswith("HTTP/1.1 200 OK\r\n")
    text += until_done(lambda: tls.read(65536)).decode() if "401" not in text else ""
    assert "HTTP/1.1 401 Unauthorized" in text
    assert 'Www-Authenticate: Bearer realm="https:///openshift/token"' in text


def test_plain_http_to_a_port_with_tls(registry: ForwardClient) -> None:
    data, error = registry.connect(5000, 0)
    registry.spdy.send(data, b"GET / HTTP/1.1\r\n\r\n")
    events = registry.exchange()
    assert said(events, data).endswith(b"\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
    assert Ended(data) in events
    assert said(events, error) == b""


def test_a_port_on_which_nothing_listens(registry: ForwardClient) -> None:
    """Source: kubelet, cri/streaming/portforward/httpstream.go; CRI-O, PortForwardContainer."""
    data, error = registry.connect(81, 7)
    events = registry.exchange()
    text = said(events, error).decode()
    assert text.startswith("error forwarding port 81 to pod ")
    assert text.endswith(": dial tcp [::1]:81: connect: connection refused")
    assert Ended(data) in events


def test_connections_side_by_side_and_one_after_the_other(registry: ForwardClient) -> None:
    streams = [registry.connect(5000, number)[0] for number in range(20)]
    for stream in streams:
        registry.spdy.send(stream, b"GET / HTTP/1.1\r\n\r\n")
    events = registry.exchange()
    assert all(b"HTTPS server" in said(events, stream) for stream in streams)
    assert registry.line.handler.is_over()


@pytest.mark.parametrize(
    "headers", [{"port": "0"}, {"port": "x"}, {"port": "99999"}, {}, {"port": "1", "streamtype": "q"}]
)
def test_streams_that_are_refused(world: World, headers: dict[str, str]) -> None:
    made = ForwardClient(world, Upgrade(REGISTRY, registry_pod(world), "", (), kind="portforward"), tunnel=False)
    stream = made.spdy.open({"streamtype": "data", "requestid": "1", **headers})
    assert not any(isinstance(event, Opened) for event in made.exchange())
    assert not made.spdy.is_open(stream)


def test_a_forwarder_that_dies_leaves_nothing_behind(registry: ForwardClient) -> None:
    registry.connect(5000, 0)
    registry.exchange()
    assert not registry.line.handler.is_over()
    registry.line.lose()
    assert registry.line.handler.is_over()


def test_the_ports_of_a_url(world: World) -> None:
    """The older way over WebSocket: two channels a port, which begin with its number."""
    target = Upgrade(REGISTRY, registry_pod(world), "", (), kind="portforward", ports=(5000, 81))
    made = WebSocketClient(world, target, "v4.channel.k8s.io")
    assert [made.heard[channel][:2] for channel in range(4)] == [b"\x88\x13", b"\x88\x13", b"\x51\x00", b"\x51\x00"]
    assert made.heard[3].endswith(b"connection refused")
    made.send(0, b"GET / HTTP/1.1\r\n\r\n")
    assert b"HTTPS server" in made.heard[0]
    assert made.close_code == 1000
    no_ports = Upgrade(REGISTRY, target.pod, "", (), kind="portforward")
    reply = world.websocket(no_ports, "v4.channel.k8s.io")
    assert isinstance(reply, Response)
    assert reply.body == 'query parameter "port" is required'
