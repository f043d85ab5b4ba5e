"""The ``oc`` (and ``ocsim``) that a user's own shell finds on its PATH: carries one command to the cluster's process.

It is started for every command, so it imports little and nothing of ocsim. Frames are one letter, a length of four
bytes, and that many bytes. The cluster's process asks (``r`` a file, ``l`` a line, ``d`` an editor ...), this one
answers ``b`` (bytes) or ``n`` (an errno), and ``k`` tells it of a Ctrl-C.
"""

from __future__ import annotations

import os
import socket
import struct
import sys

HEADER = struct.Struct(">cI")


def send(connection: socket.socket, kind: bytes, payload: bytes = b"") -> None:
    """Write one frame."""
    connection.sendall(HEADER.pack(kind, len(payload)) + payload)


def receive(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read one frame; an empty kind at the end of the connection."""
    header = _exactly(connection, HEADER.size)
    if len(header) < HEADER.size:
        return b"", b""
    kind, length = HEADER.unpack(header)
    return kind, _exactly(connection, length)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := connection.recv(size - len(data))):
        data += more
    return data


def run_editor(name: str, text: bytes, command: str) -> bytes | None:
    """Open ``text`` in the user's editor, in a new file of the name ``name``. None: the editor is missing."""
    import subprocess
    import tempfile

    stem, suffix = os.path.splitext(os.path.basename(name))
    with tempfile.TemporaryDirectory(prefix="ocsim-") as folder:
        path = os.path.join(folder, stem + suffix)
        with open(path, "wb") as file:
            file.write(text)
        editor = command.strip() or os.environ.get("EDITOR", "").strip() or "vi"
        # The shell splits the command as kubectl does: "code --wait" is a program and a flag.
        if subprocess.run(["sh", "-c", f'{editor} "$1"', "sh", path], check=False).returncode in (126, 127):
            return None
        with open(path, "rb") as file:
            return file.read()


def open_missing_streams() -> None:
    """Streams that were closed before the start read nothing and lose what is written: every descriptor is in use."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115  # it stays open


def _stat(path: str) -> bytes:
    found = os.stat(path)
    return f"{found.st_mode} {found.st_size} {found.st_mtime}".encode()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _write(payload: bytes) -> bytes:
    path, _, data = payload.partition(b"\0")
    with open(path.decode(), "wb") as file:
        file.write(data)
    return b""


def _remove(path: bytes) -> bytes:
    os.remove(path)
    return b""


def _line(prompt: bytes) -> bytes:
    """A line with its newline; nothing at the end of the input."""
    if not sys.stdin.isatty():
        return sys.stdin.buffer.readline()
    import readline  # noqa: F401  # gives input() its editing keys and history

    try:
        return input(prompt.decode()).encode() + b"\n"
    except EOFError:
        return b""


def _edit(payload: bytes) -> bytes:
    name, command, text = payload.split(b"\0", 2)
    edited = run_editor(name.decode(), text, command.decode())
    if edited is None:
        raise FileNotFoundError(2, "no such editor")
    return edited


ANSWERS = {
    b"i": lambda payload: os.read(0, int(payload)),
    b"l": _line,
    b"r": lambda payload: _read(payload.decode()),
    b"s": lambda payload: _stat(payload.decode()),
    b"t": lambda payload: "\n".join(sorted(os.listdir(payload.decode()))).encode(),
    b"w": _write,
    b"u": _remove,
    b"d": _edit,
}


def _converse(connection: socket.socket) -> int:
    while True:
        try:
            kind, payload = receive(connection)
            if kind == b"o":
                _print(1, payload)
            elif kind == b"e":
                _print(2, payload)
            elif kind in (b"x", b""):
                return int(payload or 1)
            else:
                _answer(connection, kind, payload)
        except KeyboardInterrupt:
            send(connection, b"k")


def _print(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _answer(connection: socket.socket, kind: bytes, payload: bytes) -> None:
    try:
        reply = ANSWERS[kind](payload)
    except OSError as error:
        send(connection, b"n", str(error.errno or 5).encode())
    else:
        send(connection, b"b", reply)


def main(arguments: list[str]) -> int:
    """Carry ``arguments`` (program and its arguments) to the process that $OCSIM_SOCKET names."""
    open_missing_streams()
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(os.environ["OCSIM_SOCKET"])
    except (KeyError, OSError):
        sys.stderr.write(
            "error: the simulated cluster of this shell is gone; leave the shell and start ocsim shell again\n"
        )
        return 1
    wanted = [name for name in ("OC_EDITOR", "KUBE_EDITOR", "EDITOR", "TERM", "COLUMNS") if name in os.environ]
    head = [_folder(), *(f"{name}={os.environ[name]}" for name in wanted)]
    try:
        send(connection, b"a", os.fsencode("\0".join(arguments)))
        send(connection, b"a", os.fsencode("\0".join(head)))
        return _converse(connection)
    except BrokenPipeError:
        return 141  # as a program that SIGPIPE ended
    except OSError as error:
        sys.stderr.write(f"error: {error.strerror}\n")
        return 1


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return os.environ.get("PWD", "/")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # before the cluster heard of the command
        sys.exit(130)
