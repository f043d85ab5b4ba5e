"""The syntax tree of a script. Words keep their quoting, because expansion happens at run time."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Literal:
    """Characters that stand for themselves. ``quoted`` ones take no part in splitting, globbing and patterns."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Quoted:
    """Double quotes: what is inside is expanded, but neither split nor globbed."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """``$name`` and every ``${...}``.

    ``operator`` is "" or one of ``:- - := = :? ? :+ + # ## % %% / // /# /% : ^ ^^ , ,,`` or ``length``.
    """

    name: str
    operator: str = ""
    argument: Word | None = None
    second: Word | None = None
    index: Word | None = None
    indirect: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Substitution:
    """``$(...)`` or backticks."""

    script: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class ProcessSubstitution:
    """``<(...)``."""

    script: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``$((...))``; the text is expanded like double-quoted text before it is evaluated."""

    expression: Word


@dataclass(frozen=True, slots=True)
class ArrayLiteral:
    """The right side of ``name=(...)``."""

    words: tuple[Word, ...]


Part = Literal | Quoted | Parameter | Substitution | ProcessSubstitution | Arithmetic | ArrayLiteral


@dataclass(frozen=True, slots=True)
class Word:
    parts: tuple[Part, ...]

    @property
    def bare(self) -> str | None:
        """The text of a word without any quoting or expansion, else None. Only such a word can be a reserved word."""
        if len(self.parts) == 1 and isinstance(part := self.parts[0], Literal) and not part.quoted:
            return part.text
        return None


@dataclass(frozen=True, slots=True)
class Assignment:
    name: str
    value: Word
    append: bool = False
    index: Word | None = None


@dataclass(slots=True)
class Redirect:
    """``operator`` as written; ``fd`` None means the operator's own default. A here-document's target is its body."""

    operator: str
    fd: int | None
    target: Word


@dataclass(frozen=True, slots=True)
class Simple:
    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Group:
    body: Listing


@dataclass(frozen=True, slots=True)
class Subshell:
    body: Listing


@dataclass(frozen=True, slots=True)
class If:
    branches: tuple[tuple[Listing, Listing], ...]
    otherwise: Listing | None


@dataclass(frozen=True, slots=True)
class While:
    condition: Listing
    body: Listing
    until: bool


@dataclass(frozen=True, slots=True)
class For:
    """``words`` None is ``for x do``, which walks the positional parameters."""

    name: str
    words: tuple[Word, ...] | None
    body: Listing


@dataclass(frozen=True, slots=True)
class ArithmeticFor:
    start: Word
    condition: Word
    step: Word
    body: Listing
    line: int


@dataclass(frozen=True, slots=True)
class CaseItem:
    patterns: tuple[Word, ...]
    body: Listing
    ending: str  # ";;" stops, ";&" runs the next body too, ";;&" goes on testing


@dataclass(frozen=True, slots=True)
class Case:
    subject: Word
    items: tuple[CaseItem, ...]


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    body: Command


@dataclass(frozen=True, slots=True)
class ArithmeticCommand:
    expression: Word
    line: int


@dataclass(frozen=True, slots=True)
class Conditional:
    """``[[ ... ]]``: ``test`` is the tree of its operators."""

    test: Test
    line: int


@dataclass(frozen=True, slots=True)
class UnaryTest:
    operator: str
    operand: Word


@dataclass(frozen=True, slots=True)
class BinaryTest:
    operator: str
    left: Word
    right: Word


@dataclass(frozen=True, slots=True)
class NotTest:
    test: Test


@dataclass(frozen=True, slots=True)
class LogicTest:
    operator: str
    left: Test
    right: Test


Test = UnaryTest | BinaryTest | NotTest | LogicTest


@dataclass(frozen=True, slots=True)
class Redirected:
    """A compound command with redirections of its own."""

    command: Command
    redirects: tuple[Redirect, ...]
    line: int


Command = (
    Simple
    | Group
    | Subshell
    | If
    | While
    | For
    | ArithmeticFor
    | Case
    | Function
    | ArithmeticCommand
    | Conditional
    | Redirected
)


@dataclass(frozen=True, slots=True)
class Pipeline:
    commands: tuple[Command, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AndOr:
    first: Pipeline
    rest: tuple[tuple[str, Pipeline], ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Commands in sequence; the flag says that one runs in the background."""

    items: tuple[tuple[AndOr, bool], ...] = field(default=())
