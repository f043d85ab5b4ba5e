"""A foreign lab in AsciiDoc -> Lab, as it stands: nobody has to change the document.

The workshop style is understood: ``[source,role="execute"]`` blocks are commands, a literal block after one is what it
shows. What a block is follows from what stood before it:

=====================================================  ==============================================================
an execute block                                       a command; with a shell's prompt, a line of the open session
an execute block that cannot be a command              treated as a literal block (some authors give the role to all)
a literal block that holds prompts                     commands with their outputs
a literal block after ``oc edit``: a whole object      what the editor must show
... an excerpt of that object                          recognised, and left alone
... another YAML mapping                               the stanza to put in place of the old one
a first literal block after any other command          its expected output
a later one that repeats lines from above              an excerpt
anything else                                          Unknown: reported with file and line, never passed over
=====================================================  ==============================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import yaml

from simulator.lab.model import Change, Command, Excerpt, Expected, Heading, Input, Lab, Unknown, View
from simulator.lab.normalise import FOREIGN
from simulator.lab.session import PROMPT, opens_editor, opens_session
from simulator.lab.stanza import is_object

_HEADING: Final = re.compile(r"(?P<marks>={1,6}) +(?P<text>.*?) *")
_ATTRIBUTE: Final = re.compile(r":(?P<name>[\w-]+):(?: +(?P<value>.*))?")
_REFERENCE: Final = re.compile(r"\{(?P<name>[\w-]+)\}")
_BLOCK_LINE: Final = re.compile(r"\[(?P<inside>.*)\]\s*")
_TITLE: Final = re.compile(r"\.(?P<text>[^\s.].*)")
_EXECUTE: Final = re.compile(
    r"\brole\s*=\s*(?:\"[^\"]*\bexecute\b[^\"]*\"|'[^']*\bexecute\b[^']*'|execute\b)|^[^=]*\.execute\b"
)
_SUBSTITUTES: Final = re.compile(r"\bsubs\s*=\s*\"?\+?[\w,+]*\b(?:attributes|normal)\b")
_CALLOUT: Final = re.compile(r"[ \t]+(?:(?://|#|--|;;)[ \t]*)?(?:<\d+>[ \t]*)+$")
_DIRECTIVE: Final = re.compile(r"(?P<name>include|ifdef|ifndef|ifeval)::.*\[.*\]\s*")
_LITERAL: Final = re.compile(r"(?P<mark>-{4,}|\.{4,}|`{3,})(?P<language>\w*)\s*")
_VERBATIM: Final = re.compile(r"(?P<mark>/{4,}|\+{4,}|\|===|,===|:===)\s*")  # comments, passthroughs, tables
_LIST: Final = re.compile(r"\s+(?:[*.-]+|\d+\.|[a-z]\.|.+::)\s.*")

_SHELL_PROMPT: Final = re.compile(r"[$#] (?P<text>.*)")
_WORD: Final = re.compile(r"(?:[A-Za-z_]\w*=\S*\s+)*(?P<word>(?:\./|/|~/)?[A-Za-z_][\w./-]*)(?=\s|$|[|;&>])")
_STATEMENT: Final = re.compile(r"[A-Za-z_]\w*=|(?:for|while|until|if|case|function)\b|[({!]\s")


@dataclass(slots=True)
class _Block:
    """A literal block. ``line`` is the number of its first line of content."""

    line: int
    lines: list[str] = field(default_factory=list)
    execute: bool = False
    title: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def parse(text: str, path: str) -> Lab:
    """Read a document. What cannot be understood becomes a step of its own; only a block without an end is an error."""
    newline = "\r\n" if "\r\n" in text else "\n"
    source = text.replace("\r\n", "\n")
    lab = Lab(path, source, newline=newline)
    reader = _Reader(lab)
    for block in _blocks(source.split("\n"), lab):
        reader.take(block)
    return lab


def _blocks(lines: list[str], lab: Lab) -> Iterator[_Block | Heading | Unknown]:
    """The headings, literal blocks and directives of the document, in order."""
    attributes: dict[str, str] = {}
    style, title = "", ""
    i = 0
    while i < len(lines):
        line = lines[i]
        i += 1
        if found := _VERBATIM.fullmatch(line):
            i = _closing(lines, i, found["mark"])[0]
        elif found := _LITERAL.fullmatch(line):
            first, (i, end) = i, _closing(lines, i, found["mark"])
            content = [_CALLOUT.sub("", text) for text in lines[first:end]]
            if _SUBSTITUTES.search(style):
                content = [
                    _REFERENCE.sub(lambda ref: attributes.get(ref["name"], ref.group()), text) for text in content
                ]
            if end == len(lines):
                yield Unknown(first, line, f"this block is not closed: end it with a line {found['mark']}")
            yield _Block(first + 1, content, _EXECUTE.search(style) is not None, title)
        elif found := _BLOCK_LINE.fullmatch(line):
            style = found["inside"]
            continue
        elif found := _TITLE.fullmatch(line):
            title = found["text"]
            continue
        elif found := _ATTRIBUTE.fullmatch(line):
            attributes[found["name"]] = found["value"] or ""
        elif found := _DIRECTIVE.fullmatch(line):
            yield Unknown(i, line, f"`{found['name']}::` is not followed: what it brings in is not run")
        elif found := _HEADING.fullmatch(line):
            lab.title = lab.title or found["text"]
            yield Heading(i, len(found["marks"]), found["text"])
        elif style and _EXECUTE.search(style) and line.strip():  # a paragraph with the role, without delimiters
            first = i
            i = _paragraph_end(lines, i)
            yield _Block(first, [_CALLOUT.sub("", text) for text in lines[first - 1 : i]], True, title)
        elif line[:1] in (" ", "\t") and _is_literal_paragraph(lines, i - 1):
            first = i
            i = _paragraph_end(lines, i)
            yield _Block(first, lines[first - 1 : i], False, title)
        elif not line.strip() and style and not title:
            continue  # a block line may stand apart from its block
        style, title = "", ""


def _closing(lines: list[str], start: int, mark: str) -> tuple[int, int]:
    """The index after the closing delimiter, and that of the delimiter (the end of the file when there is none)."""
    end = next((i for i in range(start, len(lines)) if lines[i].rstrip() == mark), len(lines))
    return end + 1, end


def _paragraph_end(lines: list[str], start: int) -> int:
    return next((i for i in range(start, len(lines)) if not lines[i].strip()), len(lines))


def _is_literal_paragraph(lines: list[str], index: int) -> bool:
    after_blank = index == 0 or not lines[index - 1].strip()
    return after_blank and bool(lines[index].strip()) and not _LIST.fullmatch(lines[index])


def looks_like_command(line: str) -> bool:
    """Whether a shell could be meant: ``oc get sc``, ``A=b``; but not ``Status:   Active``, nor ``pvc/x created``."""
    if _SHELL_PROMPT.fullmatch(line) and not line.startswith("#"):
        return True
    word = _WORD.match(line)
    if word is None:
        return _STATEMENT.match(line) is not None
    is_path = word["word"].startswith(("/", "./", "~/"))
    return ("/" not in word["word"] or is_path) and not (word["word"].isupper() and re.search(r"\s{2,}", line))


class _Reader:
    """Decides what each block is, from what stood before it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.command: Command | None = None  # the last one
        self.typed: Input | None = None  # the last line of its session
        self.session: Command | None = None  # a command whose session is still open
        self.seen: list[tuple[int, list[str]]] = []  # literal blocks so far: first line, stripped lines

    def take(self, block: _Block | Heading | Unknown) -> None:
        if not isinstance(block, _Block):
            self.lab.steps.append(block)
            return
        filled = [line for line in block.lines if line.strip()]
        if not filled:
            return
        first = filled[0]
        if PROMPT.fullmatch(first):
            self._transcript(block)
        elif block.execute and looks_like_command(first):
            self._execute(block)
        elif not block.execute and re.match(r"\$ \S", first):
            self._transcript(block)
        else:
            self._literal(block)

    # -- commands

    def _execute(self, block: _Block) -> None:
        """One script. With ``$ `` before several lines it is a transcript; text after ``oc edit`` is the edit."""
        if sum(line.startswith("$ ") for line in block.lines) > 1:
            self._transcript(block)
            return
        start = next(i for i, line in enumerate(block.lines) if line.strip())
        lines = block.lines[start:]
        prompt = "$ " if lines[0].startswith("$ ") else ""
        lines[0] = lines[0].removeprefix(prompt)
        rest: list[str] = []
        if opens_editor(lines[0]) and any(line.strip() for line in lines[1:]):
            lines, rest = lines[:1], lines[1:]
        self._command(block.line + start, lines, prompt)
        if rest:
            self._literal(replace(block, line=block.line + start + 1, lines=rest, execute=False))

    def _command(self, line: int, lines: list[str], prompt: str) -> None:
        while lines and not lines[-1].strip():
            lines = lines[:-1]
        prompts = [prompt] + [""] * (len(lines) - 1)
        self.command = Command(line, "\n".join(lines), rules=FOREIGN, prompts=prompts)
        self.typed = None
        self.session = self.command if opens_session(self.command.script) else None
        self.lab.steps.append(self.command)

    def _transcript(self, block: _Block) -> None:
        """A block with prompts in it: each begins a command, or a line of the open session; the rest is output."""
        output: Expected | None = None
        for number, line in enumerate(block.lines, block.line):
            if line.startswith("$ "):
                self._command(number, [line[2:]], "$ ")
                output = None
            elif (typed := PROMPT.fullmatch(line)) and self.session is None and line.startswith("["):
                self._command(number, [typed["text"] or ""], typed["prompt"] + " ")  # the author's own machine
                output = None
            elif typed:
                if not self._type(typed, line, number):
                    return
                output = None
            elif output is None and line.strip():
                output = Expected(number, [line])
                self._show(output)
            elif output is not None:
                output.lines.append(line)

    def _type(self, typed: re.Match[str], line: str, number: int) -> bool:
        if self.session is None:
            reason = "a prompt, but no command above has opened a session (`oc rsh POD`)"
            self.lab.steps.append(Unknown(number, line, reason))
            return False
        self.typed = Input(number, typed["prompt"] + " ", typed["text"] or "")
        self.session.inputs.append(self.typed)
        return True

    def _show(self, output: Expected) -> None:
        """``output`` is what the last line typed shows."""
        target = self.typed or self.command
        assert target is not None
        target.expected = output
        self._remember(output)

    def _remember(self, shown: Expected) -> None:
        self.seen.append((shown.line, [line.strip() for line in shown.lines]))

    # -- literal blocks

    def _literal(self, block: _Block) -> None:
        expected = Expected(block.line, block.lines)
        if self.command is not None and self.typed is None and opens_editor(self.command.script):
            self._in_editor(self.command, expected, block)
        elif self.command is not None and (self.typed or self.command).expected is None:
            self._show(expected)
        else:
            self._excerpt_or_unknown(expected, block)

    def _in_editor(self, command: Command, shown: Expected, block: _Block) -> None:
        data = _yaml(block.text)
        if is_object(data) and not command.edits:
            command.edits.append(View(shown))
            self._remember(shown)
        elif command.edits and self._excerpt_of(shown) is not None:
            self._excerpt_or_unknown(shown, block)
        elif isinstance(data, dict):
            command.edits.append(Change(block.line, "stanza", block.text + "\n"))
        elif command.expected is None and isinstance(data, str):
            self._show(shown)
        else:
            self._excerpt_or_unknown(shown, block)

    def _excerpt_of(self, shown: Expected) -> int | None:
        """The line of the document at which the same lines stood before, their indentation left aside."""
        wanted = [line.strip() for line in shown.lines if line.strip()]
        for line, lines in reversed(self.seen):
            for i in range(len(lines) - len(wanted) + 1):
                if lines[i : i + len(wanted)] == wanted:
                    return line + i
        return None

    def _excerpt_or_unknown(self, shown: Expected, block: _Block) -> None:
        of = self._excerpt_of(shown)
        if of is not None:
            self.lab.steps.append(Excerpt(block.line, block.text, of))
            return
        if self.command is None:
            reason = "a literal block before any command"
        else:
            reason = (
                f"a further block after the command at line {self.command.line}, and no excerpt of what stood before"
            )
        self.lab.steps.append(Unknown(block.line, block.text, reason))


def _yaml(text: str) -> Any:
    """The data of a block; None when it is not YAML. A damaged object is still an object."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return (
            {"apiVersion": "", "kind": ""}
            if re.search(r"^apiVersion:.*\n(?:.*\n)*?kind:", text, re.MULTILINE)
            else None
        )
