"""A server of a few lines that answers what a test says, and keeps what it heard."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

Answer = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/json"}


@dataclass
class Fake:
    """``answers`` are given in turn, the last one again and again; ``heard`` are the requests."""

    url: str = ""
    answers: list[Answer] = field(default_factory=lambda: [(200, JSON, b"{}")])
    heard: list[tuple[str, str, Any, bytes]] = field(default_factory=list)

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def fake() -> Iterator[Fake]:
    spoken = Fake()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            spoken.heard.append((self.command, self.path, self.headers, body))
            code, headers, data = spoken.next()
            self.send_response_only(code)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                for part in value.split("\n"):
                    self.send_header(name, part)
            self.end_headers()
            self.wfile.write(data)
            if headers.get("Connection") == "close":
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

        def log_message(self, *words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that goes away says nothing."""

    server = Server(("127.0.0.1", 0), Handler)
    spoken.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield spoken
    server.shutdown()
    server.server_close()


@dataclass
class Maker:
    folder: Path

    def __call__(self, server: str, user: dict[str, Any] | None = None, **cluster: Any) -> str:
        """The path of a kubeconfig with one context."""
        path = self.folder / "config"
        content = {
            "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
            "users": [{"name": "u", "user": user or {}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "demo"}}],
            "current-context": "x",
        }
        path.write_text(yaml.safe_dump(content))
        return str(path)


@pytest.fixture
def config(tmp_path: Path) -> Maker:
    return Maker(tmp_path)
