"""A lab page in Markdown -> Lab. docs/writing-a-lab.md tells authors how such a page is written.

Every ```` ```console ```` block is run: ``$ `` begins a command, ``> `` continues it, a shell's prompt (``sh-4.2$ ``)
is a line typed in the session that the command opened, ``? 1`` is an exit status, all else is output. Blocks of class
``edit``, ``editor`` and ``view`` belong to the ``oc edit`` before them. The reader is strict: what it does not know is
an InputError with the line, so that a slip of the pen never becomes a command that nobody checks.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from simulator.errors import InputError
from simulator.lab.match import PLACEHOLDER
from simulator.lab.model import Change, Command, Expected, Heading, Input, Lab, Status, View
from simulator.lab.normalise import KINDS, Rules
from simulator.lab.session import CONTINUATION, PROMPT, opens_editor, opens_session

_FENCE: Final = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)")
_INFO: Final = re.compile(r"(?P<language>[\w#.+-]*)[ \t]*(?:\{(?P<attributes>.*)\})?(?P<rest>.*)")
_ATTRIBUTE: Final = re.compile(
    r"\.(?P<cls>[\w-]+)|\#[\w-]+|(?P<key>[\w-]+)=(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>[^\s\"]+))"
)
_HEADING: Final = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<text>.*?)[ \t#]*")
_STATUS: Final = re.compile(r"\? (?P<code>\d{1,3})")

CLIENTS: Final = ("kubectl", "oc")  # programs of the host that a page may run
EDITS: Final = frozenset({"edit", "editor", "view"})
_RENDERING: Final = frozenset({"title", "hl_lines", "linenums", "linestart"})  # what the site's highlighter understands
_RENDERING_CLASSES: Final = frozenset({"lab", "copy", "no-copy", "select", "no-select", "annotate"})
_CONSOLE_CLASSES: Final = frozenset({"no-run"}) | _RENDERING_CLASSES
_CONSOLE_KEYS: Final = frozenset({"settle", "normalise"}) | _RENDERING
_PAGE_KEYS: Final = frozenset({"title", "profile", "seed", "normalise", "clients"})
_SITE_KEYS: Final = frozenset(
    {"description", "hide", "icon", "status", "subtitle", "tags", "template", "search", "date"}
)


@dataclass(slots=True)
class Fence:
    """A fenced block. ``line`` is the number of its opening line; its content begins on the next."""

    line: int
    indent: str
    language: str
    classes: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    stray: str = ""  # what stands in the info string besides language and braces


def parse(text: str, path: str) -> Lab:
    """Read a page. Raises InputError for what is wrong in it."""
    newline = "\r\n" if "\r\n" in text else "\n"
    source = text.replace("\r\n", "\n")
    lines = source.split("\n")
    settings, body = _front_matter(lines, path)
    lab = Lab(path, source, newline=newline, **_page(settings, path))
    default = _normalisers(settings.get("normalise", ()), path, 1)
    _Reader(lab, default).read(lines, body)
    return lab


def _front_matter(lines: list[str], path: str) -> tuple[Mapping[str, Any], int]:
    """The settings at the head of the page, and the index of the first line after them."""
    if lines[0].rstrip() != "---":
        return {}, 0
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        raise InputError("the front matter is not closed: end it with a line ---", file=path, line=1)
    try:
        settings = yaml.safe_load("\n".join(lines[1:end])) or {}
    except yaml.YAMLError as error:
        raise InputError(
            f"the front matter is not YAML: {_problem(error)}", file=path, line=2 + _offset(error)
        ) from None
    if not isinstance(settings, dict):
        raise InputError("the front matter is not a mapping: write `key: value` lines", file=path, line=2)
    _check_page_keys(settings, path)
    return settings, end + 1


def _check_page_keys(settings: Mapping[Any, Any], path: str) -> None:
    """A misspelt key of ours is an error; the site has keys of its own, which are left to it."""
    for key in settings:
        near = difflib.get_close_matches(str(key), _PAGE_KEYS, n=1)
        if near and key not in _PAGE_KEYS and key not in _SITE_KEYS:
            raise InputError(f"unknown key; did you mean `{near[0]}`?", file=path, line=1, field=str(key))


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error)


def _offset(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line if mark is not None else 0


def _page(settings: Mapping[str, Any], path: str) -> dict[str, Any]:
    for key, kind, what in (
        ("title", str, "a text"),
        ("profile", str, "the name of a profile"),
        ("seed", int, "a number"),
    ):
        if not isinstance(settings.get(key, kind()), kind) or isinstance(settings.get(key), bool):
            raise InputError(f"must be {what}, not {settings[key]!r}", file=path, line=1, field=key)
    clients = settings.get("clients") or []
    if not isinstance(clients, list) or any(one not in CLIENTS for one in clients):
        raise InputError(f"must be a list of: {', '.join(CLIENTS)}", file=path, line=1, field="clients")
    return {key: settings[key] for key in ("title", "profile", "seed", "clients") if settings.get(key) is not None}


def _normalisers(value: Any, path: str, line: int) -> frozenset[str]:
    """``age,name`` or a list of kinds; ``all`` is every kind, ``none`` no kind."""
    words = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)):
        raise InputError(f"must be a list of {_listed(KINDS)}", file=path, line=line, field="normalise")
    kinds: set[str] = set()
    for word in words:
        if word not in KINDS | {"all", "none"}:
            message = f"unknown normaliser {word!r}; known are all, none, {_listed(KINDS)}"
            raise InputError(message, file=path, line=line, field="normalise")
        kinds |= KINDS if word == "all" else {word} - {"none"}
    return frozenset(kinds)


def _listed(words: Collection[str]) -> str:
    return ", ".join(sorted(words))


def _blocks(lines: list[str], start: int, path: str) -> Iterator[Fence | Heading]:
    fence: Fence | None = None
    marks = ""
    for number, line in enumerate(lines[start:], start + 1):
        found = _FENCE.fullmatch(line)
        if fence is not None:
            if line.strip() and set(line.strip()) == {marks[0]} and len(line.strip()) >= len(marks):
                yield fence
                fence = None
            else:
                fence.lines.append(_dedented(line, fence.indent))
        elif found is not None:
            fence, marks = _fence(found, number, path), found["fence"]
        elif heading := _HEADING.fullmatch(line):
            yield Heading(number, len(heading["marks"]), heading["text"])
    if fence is not None:
        raise InputError(f"this block is not closed: end it with a line {marks}", file=path, line=fence.line)


def _dedented(line: str, indent: str) -> str:
    return line.removeprefix(indent) if line.startswith(indent) else line.lstrip()


def _fence(found: re.Match[str], number: int, path: str) -> Fence:
    info = _INFO.fullmatch(found["info"])
    assert info is not None  # every part of the pattern may be empty
    fence = Fence(number, found["indent"], info["language"], stray=info["rest"].strip())
    for word in _ATTRIBUTE.finditer(info["attributes"] or ""):
        if word["cls"]:
            fence.classes.append(word["cls"])
        elif word["key"]:
            fence.attributes[word["key"]] = word["quoted"] if word["quoted"] is not None else word["bare"]
    leftover = _ATTRIBUTE.sub("", info["attributes"] or "").strip()
    if not fence.language and fence.classes:
        fence.language = fence.classes.pop(0)
    if leftover and (fence.language == "console" or EDITS & set(fence.classes)):
        raise InputError(f'cannot read `{leftover}` in the braces; write .class or key="value"', file=path, line=number)
    return fence


class _Reader:
    """Walks the blocks of a page and keeps the command that later blocks may belong to."""

    def __init__(self, lab: Lab, default: frozenset[str]) -> None:
        self.lab, self.default = lab, default
        self.command: Command | None = None
        self.output: Expected | None = None  # where a line of output belongs
        self.edited = False  # the last block was an edit: a block of output alone may follow
        self.captured: set[str] = set()

    def read(self, lines: list[str], start: int) -> None:
        for block in _blocks(lines, start, self.lab.path):
            if isinstance(block, Heading):
                self.lab.title = self.lab.title or block.text
                self.lab.steps.append(block)
            elif block.language == "console":
                self._console(block)
            elif EDITS & set(block.classes):
                self._edit(block)
        for command in self.lab.commands:
            self._check_placeholders(command)

    def _error(self, message: str, line: int) -> InputError:
        return InputError(message, file=self.lab.path, line=line)

    # -- console blocks

    def _console(self, fence: Fence) -> None:
        self._check_known(fence, _CONSOLE_CLASSES, _CONSOLE_KEYS)
        if "no-run" in fence.classes:
            return
        if fence.stray:
            raise self._error(
                f'cannot read `{fence.stray}`; options go in braces: {{ .console settle="no" }}', fence.line
            )
        rules, settle = self._options(fence)
        self._may_continue(fence)
        for number, text in enumerate(fence.lines, fence.line + 1):
            self._line(text, number, fence, rules, settle)
        self._take_last_status()
        self.edited = False

    def _options(self, fence: Fence) -> tuple[Rules, bool]:
        kinds = self.default
        if "normalise" in fence.attributes:
            kinds = _normalisers(fence.attributes["normalise"], self.lab.path, fence.line)
        settle = fence.attributes.get("settle", "yes")
        if settle not in ("yes", "no"):
            raise self._error(f"settle is `yes` or `no`, not `{settle}`", fence.line)
        return Rules(kinds), settle == "yes"

    def _may_continue(self, fence: Fence) -> None:
        """Only after an edit, and within a session, may a block begin without a command of its own."""
        first = fence.lines[0] if fence.lines else "$"
        if first == "$" or first.startswith("$ ") or PROMPT.fullmatch(first):
            return
        if not self.edited or self.command is None:
            raise self._error("output without a command: begin the block with a line `$ COMMAND`", fence.line + 1)
        self.output = self.command.expected = Expected(fence.line + 1, indent=fence.indent)

    def _line(self, text: str, number: int, fence: Fence, rules: Rules, settle: bool) -> None:
        if text == "$" or text.startswith("$ "):
            self._take_last_status()
            self.output = Expected(number + 1, indent=fence.indent)
            self.command = Command(number, text[2:], self.output, rules=rules, settle=settle, prompts=["$ "])
            self.lab.steps.append(self.command)
        elif typed := PROMPT.fullmatch(text):
            self._type(typed["prompt"] + " ", typed["text"] or "", number, fence)
        elif (more := CONTINUATION.fullmatch(text)) and self._at_start(number):
            self._continue(more["text"] or "", number, fence)
        elif (
            (status := _STATUS.fullmatch(text)) and self._at_start(number) and self.command and not self.command.inputs
        ):
            self.command.status = Status(int(status["code"]), number)
            self.output = self.command.expected = Expected(number + 1, indent=fence.indent)
        elif self.output is not None:
            self.output.lines.append(text)

    def _at_start(self, number: int) -> bool:
        """Whether line ``number`` follows directly on what was typed."""
        return self.output is not None and not self.output.lines and self.output.line == number

    def _continue(self, text: str, number: int, fence: Fence) -> None:
        assert self.command is not None
        if self.command.inputs:
            self._type("> ", text, number, fence)
            return
        self.command.script += "\n" + text
        self.command.prompts.append("> ")
        self.output = self.command.expected = Expected(number + 1, indent=fence.indent)

    def _type(self, prompt: str, text: str, number: int, fence: Fence) -> None:
        if self.command is None or not opens_session(self.command.script):
            message = (
                f"the prompt `{prompt.strip()}` is outside of a session: a command such as `$ oc rsh POD` must open it"
            )
            raise self._error(message, number)
        self.output = Expected(number + 1, indent=fence.indent)
        self.command.inputs.append(Input(number, prompt, text, self.output, fence.indent))

    def _take_last_status(self) -> None:
        """``? 1`` may also stand after the output."""
        if self.output is None or self.command is None or self.command.status is not None or not self.output.lines:
            return
        status = _STATUS.fullmatch(self.output.lines[-1])
        if status is not None:
            self.output.lines.pop()
            self.command.status = Status(int(status["code"]), self.output.line + len(self.output.lines))

    # -- blocks of an edit

    def _edit(self, fence: Fence) -> None:
        self._check_known(fence, EDITS | _RENDERING_CLASSES, _RENDERING)
        if self.command is None or not opens_editor(self.command.script):
            raise self._error("an edit needs an `oc edit` as the last command before it", fence.line)
        text = "\n".join(fence.lines) + "\n"
        if "view" in fence.classes:
            self.command.edits.append(View(Expected(fence.line + 1, list(fence.lines), fence.indent)))
        elif "editor" in fence.classes:
            self.command.edits.append(Change(fence.line + 1, "command", text.strip()))
        else:
            self._check_stanza(text, fence)
            self.command.edits.append(Change(fence.line + 1, "stanza", text))
        self.edited = True

    def _check_stanza(self, text: str, fence: Fence) -> None:
        try:
            stanza = yaml.safe_load(text)
        except yaml.YAMLError as error:
            message = f"the edit is not YAML: {_problem(error)}"
            raise self._error(message, fence.line + 1 + _offset(error)) from None
        if not isinstance(stanza, dict):
            raise self._error(
                "an edit is a YAML mapping: the stanza that is put in place of the old one", fence.line + 1
            )

    def _check_known(self, fence: Fence, classes: Collection[str], keys: Collection[str]) -> None:
        for word, known in [(c, classes) for c in fence.classes] + [(k, keys) for k in fence.attributes]:
            if word not in known and not word.startswith("data-"):
                near = difflib.get_close_matches(word, known, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"known are {_listed(known)}"
                raise self._error(f"unknown attribute `{word}`; {hint}", fence.line)

    def _check_placeholders(self, command: Command) -> None:
        self._check_captured(command.script, command.line)
        self._capture(command.expected)
        for typed in command.inputs:
            self._check_captured(typed.text, typed.line)
            self._capture(typed.expected)
        for edit in command.edits:
            self._capture(edit.expected if isinstance(edit, View) else None)

    def _check_captured(self, text: str, line: int) -> None:
        for found in PLACEHOLDER.finditer(text):
            if found["name"] and found["name"] not in self.captured:
                raise self._error(f"`{found.group()}` is used before an output above has shown it", line)

    def _capture(self, expected: Expected | None) -> None:
        for line in expected.lines if expected else ():
            self.captured |= {found["name"] for found in PLACEHOLDER.finditer(line) if found["name"]}
