"""The terminal of somebody far away: keys in, echo and lines out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Scheduler, Task
from simulator.server.lineeditor import LineEditor
from simulator.server.pipes import Gate
from simulator.server.remoteterminal import RemoteTerminal


class Screen:
    """What a terminal shows of the echo: the present line, with a cursor."""

    def __init__(self) -> None:
        self.cells: list[str] = []
        self.cursor = 0
        self.interrupts = 0
        self.editor = LineEditor(self.show, self.interrupt)

    def show(self, text: str) -> None:
        for char in text:
            if char == "\b":
                self.cursor = max(0, self.cursor - 1)
            elif char == "\n":
                self.cells, self.cursor = [], 0
            elif char >= " ":
                self.cells[self.cursor : self.cursor + 1] = [char]
                self.cursor += 1

    def interrupt(self) -> None:
        self.interrupts += 1

    def line(self) -> str:
        return "".join(self.cells).rstrip(" ")


def typed(keys: str, prompt: str = "$ ") -> Screen:
    screen = Screen()
    screen.editor.prompt(prompt)
    screen.editor.keys(keys.encode())
    return screen


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("hello\r", "hello"),
        ("hexx\x7f\x7fllo\r", "hello"),
        ("ello\x01h\r", "hello"),
        ("hllo\x1b[D\x1b[D\x1b[De\r", "hello"),
        ("hxello\x1b[H\x1b[C\x1b[3~\r", "hello"),
        ("some words\x17\x17hello\r", "hello"),
        ("wrong\x15hello\r", "hello"),
        ("hello there\x1bOD\x1bOD\x1bOD\x1bOD\x1bOD\x1bOD\x0b\r", "hello"),
        ("h\u00e9llo \u2603\n", "h\u00e9llo \u2603"),
        ("\x1b[5~\x1b[1;5C\x1b[15~hello\x1b[Z\r", "hello"),
        ("hello\tthere\r", "hellothere"),
    ],
)
def test_editing(keys: str, line: str) -> None:
    assert list(typed(keys).editor.lines) == [line]


def test_the_history_of_a_prompt() -> None:
    screen = typed("one\rtwo\rtwo\r\x1b[A")
    assert screen.line() == "two"
    screen.editor.keys(b"\x1b[A")
    assert screen.line() == "one"
    screen.editor.keys(b"\x1b[A\x1b[B\x1b[B\r")
    assert list(screen.editor.lines) == ["one", "two", "two", ""]


def test_what_a_program_reads_is_no_history() -> None:
    assert typed("secret\r\x1b[A", prompt="").line() == ""


def test_ctrl_d_ends_the_input_of_an_empty_line_only() -> None:
    assert list(typed("\x04").editor.lines) == [None]
    assert list(typed("ab\x1b[D\x04\r").editor.lines) == ["a"]


def test_ctrl_c_drops_the_line_at_a_prompt_and_interrupts_elsewhere() -> None:
    at_prompt = typed("rm -rf\x03")
    assert (list(at_prompt.editor.lines), at_prompt.interrupts) == ([""], 0)
    reading = typed("half a line\x03", prompt="")
    assert (list(reading.editor.lines), reading.interrupts) == ([], 1)
    running = typed("")
    running.editor.done()
    running.editor.keys(b"typed ahead\r\x03")
    assert (list(running.editor.lines), running.interrupts) == ([], 1)


KEYS = st.lists(st.sampled_from([*"ab \x7f\x01\x05\x0b\x15\x17", "\x1b[D", "\x1b[C", "\x1b[3~", "\x1b[A"]), max_size=30)


@given(KEYS, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_the_screen_shows_what_will_be_read(keys: list[str], size: int) -> None:
    """However the keys are cut on their way."""
    screen = typed("first\r")
    screen.editor.lines.clear()
    screen.editor.prompt("$ ")
    data = "".join(keys).encode()
    for begin in range(0, len(data), size):
        screen.editor.keys(data[begin : begin + size])
    shown, before = screen.line(), "".join(screen.cells[: screen.cursor])
    screen.editor.keys(b"|\r")
    (line,) = screen.editor.lines
    assert line is not None
    assert shown == f"$ {line.replace('|', '', 1)}".rstrip(" ")
    assert f"$ {line}".startswith(f"{before}|")


class Far:
    """A remote terminal whose reads run as tasks."""

    def __init__(self) -> None:
        self.sent = b""
        self.scheduler = Scheduler(Clock())
        self.gate = Gate()
        self.terminal = RemoteTerminal(self.gate, self.send, lambda: None)

    def send(self, data: bytes) -> None:
        self.sent += data

    def start(self, coroutine: Any) -> Task[Any]:
        task: Task[Any] = self.scheduler.spawn(coroutine)
        self.scheduler.run_ready()
        return task

    def type(self, keys: bytes) -> None:
        self.terminal.typed(keys)
        self.scheduler.run_ready()


def test_lines_begin_where_lines_begin() -> None:
    far = Far()
    far.start(far.terminal.write("one\ntwo\r\n"))
    assert far.sent == b"one\r\ntwo\r\n"


def test_a_line_is_read_when_it_is_typed() -> None:
    far = Far()
    read = far.start(far.terminal.read_line("$ "))
    far.type(b"ls")
    assert not read.done
    far.type(b"\r")
    assert (read.result(), far.sent) == ("ls", b"$ ls\r\n")


def test_what_was_typed_ahead_is_shown_behind_the_prompt() -> None:
    far = Far()
    far.type(b"ls\rpw")
    assert far.start(far.terminal.read_line("$ ")).result() == "ls"
    read = far.start(far.terminal.read_line("$ "))
    far.type(b"d\r")
    assert read.result() == "pwd"
    assert far.sent.endswith(b"$ ls\r\n$ pwd\r\n")


def test_who_hangs_up_ends_the_input() -> None:
    far = Far()
    read = far.start(far.terminal.read_line("$ "))
    far.terminal.hang_up()
    far.scheduler.run_ready()
    assert read.result() is None
    assert far.start(far.terminal.read_line("$ ")).result() is None


def test_a_slow_reader_holds_the_writer_up_and_a_dead_one_ends_it() -> None:
    far = Far()
    far.gate.pause()
    write = far.start(far.terminal.write("x" * 100_000))
    assert (far.sent, write.done) == (b"", False)
    far.gate.resume()
    far.scheduler.run_ready()
    assert (len(far.sent), write.done) == (100_000, True)
    far.gate.pause()
    write = far.start(far.terminal.write("y"))
    far.gate.lose()
    far.scheduler.run_ready()
    with pytest.raises(BrokenPipeError):
        write.result()
