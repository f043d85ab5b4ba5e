"""Exec, attach, port-forward, cp and followed logs with real clients: every kubectl of this machine, and Python."""

from __future__ import annotations

import contextlib
import gc
import os
import pty
import re
import select
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.server.service import Service
from tests.clients.conftest import Kubectl

REGISTRY = "openshift-image-registry"
SCRIPT = "i=0; while true; do echo line $i; i=$((i + 1)); sleep 1; done"


@pytest.fixture(scope="module", autouse=True)
def pod(service: Service) -> None:
    """A container with a shell, whose program writes a line every second."""
    container = {"name": "app", "image": "busybox", "command": ["sh", "-c", SCRIPT]}
    made = {"metadata": {"name": "web", "namespace": "default"}, "spec": {"containers": [container]}}

    def create() -> None:
        service.cluster.client().request("POST", "/api/v1/namespaces/default/pods", body=made)
        service.cluster.settle(30)

    service.call(create)


def test_exec(kubectl: Kubectl) -> None:
    run = kubectl.run(["exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (run[0], run[1]) == (7, "out\n")
    assert "err\n" in run[2]
    assert "command terminated with exit code 7\n" in run[2]
    assert kubectl.out("exec -i web -- wc -c", "x" * 300_000) == "300000\n"
    status, _, stderr = kubectl.run("exec web -- nosuch")
    assert (status, "executable file `nosuch` not found in $PATH" in stderr) == (127, True)


def read_until(terminal: int, awaited: bytes) -> None:
    """Read what a terminal shows until it has shown something."""
    shown = b""
    while awaited not in shown:
        ready, _, _ = select.select([terminal], [], [], 20)
        assert ready, f"{awaited!r} did not come: {shown!r}"
        shown += os.read(terminal, 4096)


def test_exec_at_a_terminal(kubectl: Kubectl) -> None:
    ours, theirs = pty.openpty()
    command = [kubectl.binary, "exec", "-it", "web", "--", "sh"]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=kubectl.environment(), start_new_session=True
    )
    os.close(theirs)
    steps = ((b"/ ", b"echo hxi\x7f\x7fi\r"), (b"hi\r\n", b"cat\r"), (b"cat\r", b"\x03"), (b"^C", b"exit 3\r"))
    for awaited, keys in steps:
        read_until(ours, awaited)
        os.write(ours, keys)
    read_until(ours, b"exit code 3")
    os.close(ours)
    assert process.wait(timeout=20) == 3


def test_cp(kubectl: Kubectl, tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    (source / "deep").mkdir(parents=True)
    (source / "one.txt").write_text("one\n")
    (source / "deep" / ("x" * 120)).write_bytes(bytes(range(256)) * 999)
    kubectl.out(["cp", str(source), "default/web:/tmp/copy"])
    assert kubectl.out("exec web -- cat /tmp/copy/one.txt") == "one\n"
    kubectl.out(["cp", "default/web:/tmp/copy", str(back)])
    assert (back / "one.txt").read_text() == "one\n"
    assert (back / "deep" / ("x" * 120)).read_bytes() == bytes(range(256)) * 999
    kubectl.out("exec web -- rm -r /tmp/copy")


def test_logs_are_followed(kubectl: Kubectl) -> None:
    following = subprocess.Popen(
        [kubectl.binary, "logs", "-f", "--tail=1", "web"], stdout=subprocess.PIPE, env=kubectl.environment(), text=True
    )
    assert following.stdout is not None
    lines = [following.stdout.readline() for _ in range(2)]
    following.kill()
    following.communicate()
    first, second = (int(line.removeprefix("line ")) for line in lines)
    assert second == first + 1


def test_run_and_attach(kubectl: Kubectl) -> None:
    command = "run once -i --rm --restart=Never --image=busybox -- sh"
    status, stdout, stderr = kubectl.run(command, "echo hello; exit 5\n")
    assert (status, "hello\n" in stdout) == (5, True), stderr


@contextlib.contextmanager
def forwarded(kubectl: Kubectl, pod: str, port: int) -> Iterator[int]:
    """A local port that leads to a pod's."""
    command = [kubectl.binary, "port-forward", "-n", REGISTRY, pod, f":{port}"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=kubectl.environment(), text=True
    )
    assert process.stdout is not None
    try:
        found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert found is not None
        yield int(found.group(1))
    finally:
        process.kill()
        process.communicate()


def test_port_forward(kubectl: Kubectl, service: Service) -> None:
    trusted = ssl.create_default_context(cafile=str(service.certificates.ca))
    with forwarded(kubectl, "deployment/image-registry", 5000) as port:
        with urllib.request.urlopen(f"https://127.0.0.1:{port}/healthz", context=trusted, timeout=20) as answer:
            assert answer.status == 200
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert b"Client sent an HTTP request to an HTTPS server." in plain.makefile("rb").read()


def test_clients_that_die_leave_nothing_behind(kubectl: Kubectl, service: Service) -> None:
    before = service.call(lambda: len(service.connections))
    commands = (["exec", "-i", "web", "--", "sh", "-c", "echo up; sleep 1000"], ["logs", "-f", "web"])
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": kubectl.environment()}
    running = [subprocess.Popen([kubectl.binary, *words], **pipes) for words in commands]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()
    for process in running:
        process.kill()
        process.communicate()
    for _ in range(1000):
        if service.call(lambda: len(service.connections)) <= before:
            break
    assert service.call(lambda: len(service.connections)) <= before


# -- the official Python client


@pytest.fixture(scope="module")
def core(service: Service) -> Iterator[Any]:
    client = pytest.importorskip("kubernetes.client")
    config = pytest.importorskip("kubernetes.config")
    api = config.new_client_from_config(str(service.folder / "kubeconfig"))
    yield client.CoreV1Api(api)
    api.rest_client.pool_manager.clear()
    api.close()


def test_python_talks_to_a_shell(core: Any) -> None:
    """As its example pod_exec.py: commands go into a shell whose input stays open."""
    from kubernetes.stream import stream

    shell = stream(
        core.connect_get_namespaced_pod_exec, "web", "default", command=["/bin/sh"],
        stdin=True, stdout=True, stderr=True, tty=False, _preload_content=False,
    )  # fmt: skip
    shell.write_stdin("echo to stdout\n")
    assert shell.readline_stdout(timeout=10) == "to stdout"
    shell.write_stdin("echo to stderr >&2\n")
    assert shell.readline_stderr(timeout=10) == "to stderr"
    shell.write_stdin("exit 4\n")
    shell.run_forever(timeout=10)
    assert shell.returncode == 4
    shell.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the library leaves its sockets open
def test_python_forwards_a_port(core: Any) -> None:
    from kubernetes.stream import portforward

    pods = core.list_namespaced_pod(REGISTRY, label_selector="docker-registry=default").items
    ports = portforward(core.connect_get_namespaced_pod_portforward, pods[0].metadata.name, REGISTRY, ports="5000")
    line = ports.socket(5000)
    line.sendall(b"GET / HTTP/1.1\r\n\r\n")
    answer = b""
    while data := line.recv(4096):
        answer += data
    assert answer.endswith(b"Client sent an HTTP request to an HTTPS server.\n")
    assert ports.error(5000) is None
    line.close()
    del line, ports
    gc.collect()
