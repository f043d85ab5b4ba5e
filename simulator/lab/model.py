"""What a lab is, whichever form it has: commands, what each should show, and what a person does meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from simulator.lab.normalise import STRICT, Rules


@dataclass(slots=True)
class Expected:
    """An output as the page shows it.

    ``line`` is the number of its first line in the file (from 1), ``indent`` what the file puts before each of its
    lines (in a block within a list).
    """

    line: int
    lines: list[str] = field(default_factory=list)
    indent: str = ""


@dataclass(slots=True)
class Status:
    """``? 1``: the exit status that the page promises, and the line on which it does."""

    code: int
    line: int


@dataclass(slots=True)
class Input:
    """A line typed at the prompt of a session. ``expected`` is None where the page does not show what follows."""

    line: int
    prompt: str
    text: str
    expected: Expected | None = None
    indent: str = ""


@dataclass(slots=True)
class View:
    """What the editor must show when it opens."""

    expected: Expected


@dataclass(slots=True)
class Change:
    """What a person does in the editor: put ``text`` (YAML) in the place of its stanza, or run it as a command."""

    line: int
    kind: Literal["stanza", "command"]
    text: str


@dataclass(slots=True)
class Command:
    """One script for the shell, with all that belongs to it.

    ``script`` is what runs; ``line`` says where it begins, and ``prompts`` what the file has before each of its lines.
    ``expected`` None: the page does not show an output, so none is compared. ``inputs`` are typed at the prompt that
    the command opens (a session); ``edits`` happen in the editor that it opens.
    """

    line: int
    script: str
    expected: Expected | None = None
    status: Status | None = None
    rules: Rules = STRICT
    settle: bool = True
    inputs: list[Input] = field(default_factory=list)
    edits: list[View | Change] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)

    def outputs(self) -> Iterator[Expected]:
        """Every output that the page shows for this command, in the order of the file."""
        shown = [self.expected, *(typed.expected for typed in self.inputs)]
        shown += [edit.expected for edit in self.edits if isinstance(edit, View)]
        yield from sorted((expected for expected in shown if expected is not None), key=lambda expected: expected.line)


@dataclass(slots=True)
class Heading:
    line: int
    level: int
    text: str


@dataclass(slots=True)
class Excerpt:
    """A block that repeats a part of what stood before; ``of`` is the line where that part stands."""

    line: int
    text: str
    of: int


@dataclass(slots=True)
class Unknown:
    """A part of a foreign document that cannot be understood. It is reported, never passed over."""

    line: int
    text: str
    reason: str


Step = Command | Heading | Excerpt | Unknown


@dataclass(slots=True)
class Lab:
    """A page. ``source`` is its text with ``\\n`` at the end of a line; ``newline`` is what the file had there.

    ``clients`` names programs of the host that the page runs, as kubectl, on the cluster that is served to them.
    """

    path: str
    source: str
    steps: list[Step] = field(default_factory=list)
    title: str = ""
    profile: str = ""
    seed: int = 0
    clients: list[str] = field(default_factory=list)
    newline: str = "\n"

    @property
    def commands(self) -> list[Command]:
        return [step for step in self.steps if isinstance(step, Command)]
