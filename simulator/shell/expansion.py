"""Words to fields: braces, tilde, parameters, substitutions, arithmetic, splitting, globbing, in that order."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.shell import glob
from simulator.shell.lexer import NAME
from simulator.shell.nodes import (
    Arithmetic,
    ArrayLiteral,
    Literal,
    Parameter,
    Part,
    ProcessSubstitution,
    Quoted,
    Substitution,
    Word,
)
from simulator.shell.variables import ShellError

if TYPE_CHECKING:
    from simulator.shell.interpreter import Shell

_ACTIVE: Final = re.compile(r"[*?\[{~\\]")
_SEQUENCE: Final = re.compile(r"(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?|([A-Za-z])\.\.([A-Za-z])(?:\.\.(-?\d+))?")
_MAX_BRACE_WORDS: Final = 10_000
_REGEX_SPECIAL: Final = re.compile(r"[][.^$*+?(){}|\\]")


class Fragment(NamedTuple):
    """A piece of a word on its way to fields. ``split``: it came from an unquoted expansion."""

    text: str
    quoted: bool
    split: bool


BREAK: Final = Fragment("", False, True)  # by identity: the border between two elements of "$@"
_EMPTY: Final = Fragment("", True, False)


class Expander:
    """Expands the words of one shell."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    async def fields(self, words: Iterable[Word]) -> list[str]:
        """What a command gets as its arguments."""
        out: list[str] = []
        for word in words:
            bare = word.bare
            if bare is not None and not _ACTIVE.search(bare):
                out.append(bare)
                continue
            for alternative in expand_braces(word):
                await self._add_fields(alternative, out)
        return out

    async def _add_fields(self, word: Word, out: list[str]) -> None:
        fragments = await self.fragments(word, tilde=True)
        for field in split_fields(fragments, self._separators()):
            out.extend(self._globbed(field))

    async def string(self, word: Word | None, *, assignment: bool = False) -> str:
        """The word as one string: no splitting, no globbing."""
        if word is None:
            return ""
        if word.bare is not None and "~" not in word.bare:
            return word.bare
        fragments = await self.fragments(word, tilde=True)
        if assignment:
            fragments = [self._tilde_after_colon(fragment) for fragment in fragments]
        return "".join(" " if fragment is BREAK else fragment.text for fragment in fragments)

    async def pattern(self, word: Word) -> str:
        """The word as a shell pattern, in which quoted characters are escaped."""
        fragments = await self.fragments(word, tilde=True)
        return "".join(glob.escape(fragment.text) if fragment.quoted else fragment.text for fragment in fragments)

    async def regex(self, word: Word) -> str:
        """The word as an extended regular expression, in which quoted characters stand for themselves."""
        fragments = await self.fragments(word, tilde=False)
        return "".join(
            _REGEX_SPECIAL.sub(lambda match: "\\" + match.group(), fragment.text) if fragment.quoted else fragment.text
            for fragment in fragments
        )

    async def arithmetic(self, word: Word) -> int:
        return self._shell.evaluate(await self.string(word))

    # Parts to fragments

    async def fragments(self, word: Word, *, tilde: bool) -> list[Fragment]:
        out: list[Fragment] = []
        for index, part in enumerate(word.parts):
            if isinstance(part, Literal):
                text = part.text
                if tilde and index == 0 and not part.quoted and text.startswith("~"):
                    out.extend(self._tilde(text, alone=len(word.parts) == 1))
                else:
                    out.append(Fragment(text, part.quoted, False))
            elif isinstance(part, Quoted):
                out.extend(await self._quoted(part))
            else:
                out.extend(await self._part(part, quoted=False))
        return out

    async def _quoted(self, quoted: Quoted) -> list[Fragment]:
        out: list[Fragment] = []
        vanishes = False
        for part in quoted.parts:
            if isinstance(part, Literal):
                out.append(Fragment(part.text, True, False))
                continue
            inner = await self._part(part, quoted=True)
            vanishes = vanishes or not inner
            out.extend(inner)
        return out if out or vanishes else [_EMPTY]

    async def _part(self, part: Part, *, quoted: bool) -> list[Fragment]:
        if isinstance(part, Parameter):
            return await self._parameter(part, quoted)
        if isinstance(part, Substitution):
            return [Fragment(await self._shell.substitute(part.script), quoted, not quoted)]
        if isinstance(part, Arithmetic):
            return [Fragment(str(await self.arithmetic(part.expression)), quoted, not quoted)]
        if isinstance(part, ProcessSubstitution):
            return [Fragment(await self._shell.substitute_process(part.script), True, False)]
        if isinstance(part, ArrayLiteral):
            raise ShellError("syntax error near unexpected token `('", 2)
        assert isinstance(part, Literal)
        return [Fragment(part.text, True, False)]

    def _tilde(self, text: str, *, alone: bool) -> list[Fragment]:
        prefix, slash, rest = text.partition("/")
        home = self._home(prefix[1:]) if slash or alone else None
        if home is None:
            return [Fragment(text, False, False)]
        return [Fragment(home, True, False), Fragment(slash + rest, False, False)]

    def _home(self, user: str) -> str | None:
        if user == "":
            return self._shell.variables.get("HOME") or "/"
        special = {"+": self._shell.cwd, "-": self._shell.variables.get("OLDPWD"), "root": "/root"}
        return special.get(user)

    def _tilde_after_colon(self, fragment: Fragment) -> Fragment:
        if fragment.quoted or fragment.split or ":~" not in fragment.text:
            return fragment
        home = self._home("") or "/"
        return fragment._replace(text=re.sub(r":~(?=/|:|$)", lambda _: ":" + home, fragment.text))

    # Parameters

    async def _parameter(self, parameter: Parameter, quoted: bool) -> list[Fragment]:
        if not parameter.name:
            raise ShellError(f"{parameter.source}: bad substitution")
        values, is_list = await self._values(parameter)
        operator = parameter.operator
        if operator in (":-", "-", ":=", "=", ":?", "?", ":+", "+"):
            chosen = await self._with_default(parameter, values, quoted)
            if chosen is not None:
                return chosen
        elif values is None and "u" in self._shell.options and parameter.name not in "@*":
            raise ShellError(f"{_label(parameter)}: unbound variable", self._shell.fatal_status, fatal=True)
        elif operator == "length":
            return [Fragment(str(_length(values, is_list)), quoted, not quoted)]
        elif operator == ":" and is_list:
            values = await self._slice(parameter, values or [])
        elif operator and values is not None:
            values = [await self._transformed(parameter, value) for value in values]
        return self._joined(parameter, values or [], is_list, quoted)

    async def _values(self, parameter: Parameter) -> tuple[list[str] | None, bool]:
        """The value, or the elements, of a parameter (None when it is unset), and whether it is a list."""
        name, shell = parameter.name, self._shell
        if name in ("@", "*"):
            return (shell.positional or (None if parameter.operator else [])), True
        index = None if parameter.index is None else await self.string(parameter.index)
        if parameter.indirect:
            if index in ("@", "*"):
                return [str(key) for key in sorted(shell.variables.variable(name).elements)], True
            name = shell.parameter(name) or ""
        if index in ("@", "*"):
            elements = shell.variables.variable(name).elements
            return [elements[key] for key in sorted(elements)], True
        if index is not None:
            value = shell.element(name, index)
        else:
            value = shell.parameter(name)
        return (None if value is None else [value]), False

    def _joined(self, parameter: Parameter, values: Sequence[str], is_list: bool, quoted: bool) -> list[Fragment]:
        if not is_list:
            return [Fragment(values[0] if values else "", quoted, not quoted)]
        star = parameter.name == "*" or (parameter.index is not None and _is_star(parameter.index))
        if quoted and star:
            return [Fragment(self._star_separator().join(values), True, False)]
        out: list[Fragment] = []
        for value in values:
            if out:
                out.append(BREAK)
            out.append(Fragment(value, quoted, not quoted))
        return out

    def _separators(self) -> str:
        value = self._shell.variables.get("IFS")
        return " \t\n" if value is None else value

    def _star_separator(self) -> str:
        return self._separators()[:1]

    async def _with_default(
        self, parameter: Parameter, values: list[str] | None, quoted: bool
    ) -> list[Fragment] | None:
        """The fragments of ``${x:-word}`` and its relatives, or None when the value itself is wanted."""
        operator = parameter.operator
        missing = values is None or (operator[0] == ":" and "".join(values) == "" and len(values) < 2)
        kind = operator[-1]
        if kind == "+":
            return [] if missing and not quoted else [_EMPTY] if missing else await self._argument(parameter, quoted)
        if not missing:
            return None
        if kind == "-":
            return await self._argument(parameter, quoted)
        text = await self.string(parameter.argument)
        if kind == "?":
            reason = text or ("parameter null or not set" if operator[0] == ":" else "parameter not set")
            raise ShellError(f"{_label(parameter)}: {reason}", self._shell.fatal_status, fatal=True)
        if parameter.name in "@*#?$!-" or parameter.name.isdigit():
            raise ShellError(f"${parameter.name}: cannot assign in this way")
        self._shell.variables.set(parameter.name, text)
        return [Fragment(text, quoted, not quoted)]

    async def _argument(self, parameter: Parameter, quoted: bool) -> list[Fragment]:
        """The alternative word. Its unquoted characters are split like the value that they stand for."""
        assert parameter.argument is not None
        fragments = await self.fragments(parameter.argument, tilde=not quoted)
        if quoted:
            return [f if f is BREAK else Fragment(f.text, True, False) for f in fragments] or [_EMPTY]
        return [f if f.quoted else BREAK if f is BREAK else Fragment(f.text, False, True) for f in fragments]

    async def _slice(self, parameter: Parameter, values: list[str]) -> list[str]:
        assert parameter.argument is not None
        offset = await self.arithmetic(parameter.argument)
        if parameter.name in ("@", "*"):
            values = [self._shell.zero, *values]
        start = max(0, len(values) + offset) if offset < 0 else offset
        if parameter.second is None:
            return values[start:]
        return values[start : start + max(0, await self.arithmetic(parameter.second))]

    async def _transformed(self, parameter: Parameter, value: str) -> str:
        operator = parameter.operator
        argument = parameter.argument
        assert argument is not None
        if operator == ":":
            return await self._substring(parameter, value)
        pattern = await self.pattern(argument)
        if operator[0] == "#":
            return glob.strip_prefix(value, pattern, longest=operator == "##")
        if operator[0] == "%":
            return glob.strip_suffix(value, pattern, longest=operator == "%%")
        if operator[0] == "/":
            if not pattern:
                return value
            anchor = operator[1:] if operator in ("/#", "/%") else ""
            replacement = await self.string(parameter.second)
            return glob.replace(value, pattern, replacement, everywhere=operator == "//", anchor=anchor)
        change = str.upper if operator[0] == "^" else str.lower
        count = None if len(operator) == 2 else 1
        return "".join(
            change(char) if (count is None or place < count) and (not pattern or glob.matches(char, pattern)) else char
            for place, char in enumerate(value)
        )

    async def _substring(self, parameter: Parameter, value: str) -> str:
        assert parameter.argument is not None
        offset = await self.arithmetic(parameter.argument)
        start = len(value) + offset if offset < 0 else offset
        if start < 0:
            return ""
        if parameter.second is None:
            return value[start:]
        length = await self.arithmetic(parameter.second)
        if length < 0:
            end = len(value) + length
            if end < start:
                raise ShellError(f"{length}: substring expression < 0")
            return value[start:end]
        return value[start : start + length]

    # Globbing

    def _globbed(self, field: list[Fragment]) -> list[str]:
        plain = "".join(fragment.text for fragment in field)
        if "f" in self._shell.options or not any(not f.quoted and _ACTIVE.search(f.text) for f in field):
            return [plain]
        pattern = "".join(glob.escape(f.text) if f.quoted else f.text for f in field)
        if not glob.has_magic(pattern):
            return [plain]
        return self.glob_paths(pattern) or [plain]

    def glob_paths(self, pattern: str) -> list[str]:
        """The existing paths that match, sorted as in the C locale."""
        absolute = pattern.startswith("/")
        components = pattern.strip("/").split("/")
        found = ["/" if absolute else ""]
        for depth, component in enumerate(components):
            last = depth == len(components) - 1 and not pattern.endswith("/")
            found = [path for base in found for path in self._matching(base, component, last)]
        return sorted(path + "/" if pattern.endswith("/") else path for path in found)

    def _matching(self, base: str, component: str, last: bool) -> list[str]:
        fs, shell = self._shell.fs, self._shell
        directory = posixpath.normpath(posixpath.join(shell.cwd, base))
        if not component:
            return [base]
        if not glob.has_magic(component):
            path = posixpath.join(base, glob.unescape(component))
            return [path] if _exists(shell, path) else []
        try:
            names = fs.list(directory)
        except OSError:
            return []
        hidden = component.startswith(".") or component.startswith("\\.")
        chosen = [name for name in names if (hidden or name[0] != ".") and glob.matches(name, component)]
        paths = [posixpath.join(base, name) for name in chosen]
        return paths if last else [path for path in paths if _is_directory(shell, path)]


def _exists(shell: Shell, path: str) -> bool:
    try:
        shell.fs.stat(shell.resolve(path))
    except OSError:
        return False
    return True


def _is_directory(shell: Shell, path: str) -> bool:
    try:
        return shell.fs.stat(shell.resolve(path)).kind == "dir"
    except OSError:
        return False


def _label(parameter: Parameter) -> str:
    if parameter.index is None:
        return parameter.name
    return parameter.source[2:].partition("]")[0] + "]"


def _is_star(index: Word) -> bool:
    inner = index.parts[0]
    return isinstance(inner, Quoted) and inner.parts == (Literal("*", quoted=True),)


def _length(values: Sequence[str] | None, is_list: bool) -> int:
    if is_list:
        return len(values or ())
    return len(values[0]) if values else 0


# Splitting


def split_fields(fragments: Sequence[Fragment], separators: str) -> list[list[Fragment]]:
    """Split at the characters of IFS. White space around another separator belongs to it: ``a , b`` is two fields."""
    fields: list[list[Fragment]] = []
    current: list[Fragment] | None = None
    border = "hard"  # "hard": a separator ended a field; "soft": only white space did, another separator may follow
    for fragment in fragments:
        if fragment is BREAK:
            if current is not None:
                fields.append(current)
            current, border = None, "hard"
            continue
        if not fragment.split:
            if fragment.quoted or fragment.text:
                current = [*(current or ()), fragment]
            continue
        for piece in _pieces(fragment.text, separators):
            if piece not in separators or not piece:
                current = [*(current or ()), Fragment(piece, False, False)]
            elif piece in " \t\n":
                if current is not None:
                    fields.append(current)
                    current, border = None, "soft"
            else:
                if current is not None or border == "hard":
                    fields.append(current or [])
                current, border = None, "hard"
    if current is not None:
        fields.append(current)
    return fields


def _pieces(text: str, separators: str) -> Iterable[str]:
    """Runs of ordinary characters, and separators one by one."""
    start = 0
    for index, char in enumerate(text):
        if char in separators:
            if start < index:
                yield text[start:index]
            yield char
            start = index + 1
    if start < len(text):
        yield text[start:]


# Braces

_Item = str | Part  # one unquoted character, or something opaque


def expand_braces(word: Word) -> list[Word]:
    """``a{b,c}{1..2}`` to ``ab1 ab2 ac1 ac2``. Works on the unquoted characters; everything else is opaque."""
    if not any(isinstance(part, Literal) and not part.quoted and "{" in part.text for part in word.parts):
        return [word]
    items: list[_Item] = []
    for part in word.parts:
        if isinstance(part, Literal) and not part.quoted:
            items.extend(part.text)
        else:
            items.append(part)
    return [_rejoined(alternative) for alternative in _brace_alternatives(items)]


def _rejoined(items: Sequence[_Item]) -> Word:
    parts: list[Part] = []
    for item in items:
        last = parts[-1] if parts else None
        if not isinstance(item, str):
            parts.append(item)
        elif isinstance(last, Literal) and not last.quoted:
            parts[-1] = Literal(last.text + item)
        elif isinstance(last, Parameter) and not last.source and NAME.fullmatch(last.name + item):
            parts[-1] = Parameter(last.name + item)  # bash expands braces first, as text: $x{a,b} is $xa $xb
        else:
            parts.append(Literal(item))
    return Word(tuple(parts))


def _brace_alternatives(items: list[_Item]) -> list[list[_Item]]:
    for start, item in enumerate(items):
        if item != "{":
            continue
        found = _brace_choices(items, start)
        if found is None:
            continue
        choices, end = found
        heads = [items[:start] + inner for choice in choices for inner in _brace_alternatives(choice)]
        tails = _brace_alternatives(items[end:])
        if len(heads) * len(tails) > _MAX_BRACE_WORDS:
            raise ShellError("brace expansion: more than 10000 words")
        return [head + tail for head in heads for tail in tails]
    return [items]


def _brace_choices(items: list[_Item], start: int) -> tuple[list[list[_Item]], int] | None:
    """The alternatives of the brace at ``start`` and the index behind it; None when it is not a brace expression."""
    depth = 0
    choices: list[list[_Item]] = []
    current: list[_Item] = []
    for index in range(start + 1, len(items)):
        item = items[index]
        if item == "}" and depth == 0:
            if choices:
                return [*choices, current], index + 1
            sequence = _brace_sequence(current)
            return None if sequence is None else (sequence, index + 1)
        if item == "," and depth == 0:
            choices.append(current)
            current = []
            continue
        depth += (item == "{") - (item == "}")
        current.append(item)
    return None


def _brace_sequence(items: Sequence[_Item]) -> list[list[_Item]] | None:
    if not all(isinstance(item, str) for item in items):
        return None
    match = _SEQUENCE.fullmatch("".join(item for item in items if isinstance(item, str)))
    if match is None:
        return None
    numeric = match.group(1) is not None
    first, last, step_text = match.group(1, 2, 3) if numeric else match.group(4, 5, 6)
    low, high = (int(first), int(last)) if numeric else (ord(first), ord(last))
    step = abs(int(step_text or 1)) or 1
    if abs(high - low) // step > _MAX_BRACE_WORDS:
        raise ShellError("brace expansion: more than 10000 words")
    numbers = range(low, high + 1, step) if low <= high else range(low, high - 1, -step)
    if not numeric:
        return [[chr(number)] for number in numbers]
    padded = any(re.match(r"-?0\d", text) for text in (first, last))
    width = max(len(first), len(last)) if padded else 0
    return [list(f"{number:0{width}d}" if width else str(number)) for number in numbers]


def assignments_of(elements: Sequence[str]) -> Mapping[int, str]:
    """The elements of ``name=(a b c)``; ``[5]=x`` sets an index of its own."""
    out: dict[int, str] = {}
    index = 0
    for element in elements:
        if match := re.match(r"\[(\d+)\]=", element):
            index, element = int(match.group(1)), element[match.end() :]
        out[index] = element
        index += 1
    return out
