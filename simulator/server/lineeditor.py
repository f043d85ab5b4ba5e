"""What a terminal does between the keys of a person and the lines of a program: echo, editing, Ctrl-C and Ctrl-D.

Keys in, echo and lines out, without I/O: the line discipline of a tty, with the editing of a shell at its prompt.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

_KEY: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Za-z]|\x1b(?!\[|O)|\r\n|.", re.DOTALL)
_HALF_A_KEY: Final = re.compile(r"\x1b(\[[0-9;]*|O)?\Z")
_HISTORY, _LONGEST = 500, 4096  # lines; characters, as MAX_CANON of Linux


class LineEditor:
    """``keys`` takes what was typed. ``show`` gets the echo; ``lines`` fills with lines, None for an end of input.

    ``interrupt`` is called for a Ctrl-C that does not only drop the line at a prompt.
    """

    def __init__(self, show: Callable[[str], None], interrupt: Callable[[], None]) -> None:
        self.lines: deque[str | None] = deque()
        self._show, self._interrupt = show, interrupt
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._half = ""
        self._text: list[str] = []
        self._cursor = 0
        self._prompt: str | None = None  # of the read at hand; None while nobody reads
        self._history: list[str] = []
        self._past = 0  # where in the history the arrows have come to

    # -- the program's side

    def prompt(self, text: str) -> None:
        """The program begins to read a line."""
        self._prompt = text
        self._past = len(self._history)
        if text and self.lines:  # typed ahead: a shell shows it again behind its prompt
            return self._show(f"{text}{self.lines[0] or ''}\r\n")
        self._show(text + "".join(self._text))
        return self._back(len(self._text) - self._cursor)

    def done(self) -> None:
        """It reads no more: what is typed waits for its next read."""
        self._prompt = None

    # -- the person's side

    def keys(self, data: bytes) -> None:
        text = self._half + self._decoder.decode(data)
        half = _HALF_A_KEY.search(text)
        self._half = half.group() if half is not None and len(half.group()) < 16 else ""
        for key in _KEY.findall(text[: len(text) - len(self._half)]):
            action = _ACTIONS.get(key)
            if action is not None:
                action(self)
            elif key >= " ":
                self._insert(key)

    def _insert(self, key: str) -> None:
        if len(key) > 1 or len(self._text) >= _LONGEST:
            return self._show("" if len(key) > 1 else "\a")
        self._text.insert(self._cursor, key)
        self._cursor += 1
        self._redraw_from(self._cursor - 1)
        return None

    def _enter(self) -> None:
        line = "".join(self._text)
        self._text, self._cursor = [], 0
        self._show("\r\n")
        if self._prompt and line.strip() and self._history[-1:] != [line]:
            self._history = [*self._history, line][-_HISTORY:]
        self._past = len(self._history)
        self.lines.append(line)

    def _ctrl_c(self) -> None:
        self._text, self._cursor = [], 0
        self._show("^C\r\n" if self._prompt else "^C")
        if self._prompt:
            self.lines.append("")  # the prompt appears anew
        else:
            self.lines.clear()
            self._interrupt()

    def _ctrl_d(self) -> None:
        if self._text:
            self._delete()
        else:
            self.lines.append(None)

    def _backspace(self) -> None:
        if self._cursor:
            self._cut(self._cursor - 1, self._cursor)

    def _delete(self) -> None:
        if self._cursor < len(self._text):
            self._cut(self._cursor, self._cursor + 1)

    def _kill_before(self) -> None:
        self._cut(0, self._cursor)

    def _kill_after(self) -> None:
        self._cut(self._cursor, len(self._text))

    def _kill_word(self) -> None:
        begin = self._cursor
        while begin and self._text[begin - 1] == " ":
            begin -= 1
        while begin and self._text[begin - 1] != " ":
            begin -= 1
        self._cut(begin, self._cursor)

    def _move(self, cursor: int) -> None:
        cursor = max(0, min(cursor, len(self._text)))
        if cursor < self._cursor:
            self._back(self._cursor - cursor)
        else:
            self._show("".join(self._text[self._cursor : cursor]))
        self._cursor = cursor

    def _recall(self, step: int) -> None:
        """A line of the history in the place of the present one, at a prompt."""
        past = self._past + step
        if not self._prompt or not 0 <= past <= len(self._history):
            return
        self._cut(0, len(self._text))
        self._past = past
        self._text = list(self._history[past]) if past < len(self._history) else []
        self._cursor = len(self._text)
        self._show("".join(self._text))

    def _clear(self) -> None:
        self._show("\x1b[H\x1b[2J" + (self._prompt or "") + "".join(self._text))
        self._back(len(self._text) - self._cursor)

    def _cut(self, begin: int, end: int) -> None:
        self._move(begin)
        del self._text[begin:end]
        self._cursor = begin
        self._redraw_from(begin, blank=end - begin)

    def _redraw_from(self, begin: int, *, blank: int = 0) -> None:
        """Show the text from ``begin``, where the cursor is on the screen, and go back to where it belongs."""
        shown = "".join(self._text[begin:]) + " " * blank
        self._show(shown)
        self._back(begin + len(shown) - self._cursor)

    def _back(self, count: int) -> None:
        if count > 0:
            self._show("\b" * count)


_ACTIONS: Final[Mapping[str, Callable[[LineEditor], None]]] = {
    **dict.fromkeys(("\r", "\n", "\r\n"), LineEditor._enter),
    **dict.fromkeys(("\x7f", "\b"), LineEditor._backspace),
    **dict.fromkeys(("\x1b[3~",), LineEditor._delete),
    **dict.fromkeys(("\x1b[A", "\x1bOA", "\x10"), lambda self: self._recall(-1)),
    **dict.fromkeys(("\x1b[B", "\x1bOB", "\x0e"), lambda self: self._recall(1)),
    **dict.fromkeys(("\x1b[C", "\x1bOC", "\x06"), lambda self: self._move(self._cursor + 1)),
    **dict.fromkeys(("\x1b[D", "\x1bOD", "\x02"), lambda self: self._move(self._cursor - 1)),
    **dict.fromkeys(("\x1b[H", "\x1bOH", "\x1b[1~", "\x01"), lambda self: self._move(0)),
    **dict.fromkeys(("\x1b[F", "\x1bOF", "\x1b[4~", "\x05"), lambda self: self._move(len(self._text))),
    "\x03": LineEditor._ctrl_c,
    "\x1c": LineEditor._ctrl_c,
    "\x04": LineEditor._ctrl_d,
    "\x0b": LineEditor._kill_after,
    "\x0c": LineEditor._clear,
    "\x15": LineEditor._kill_before,
    "\x17": LineEditor._kill_word,
}
