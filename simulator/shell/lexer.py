"""Characters to tokens. Words come out as trees of parts, with nested substitutions already parsed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulator.shell.nodes import (
    Arithmetic,
    ArrayLiteral,
    Listing,
    Literal,
    Parameter,
    Part,
    ProcessSubstitution,
    Quoted,
    Redirect,
    Substitution,
    Word,
)

OPERATORS: Final = re.compile(r"&&|\|\||;;&|;;|;&|<<<|<<-|<<|>>|<&|>&|<>|>\||&>>|&>|\|&|[;&|()<>]")
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BLANKS: Final = re.compile(r"(?:[ \t]|\\\n)*")
_PLAIN: Final = re.compile(r"[^\s'\"\\$`;&|()<>]+")
_PLAIN_IN_QUOTES: Final = re.compile(r"[^\"\\$`]+")
_IO_NUMBER: Final = re.compile(r"\d+(?=[<>])")
_ARRAY_START: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?\+?=")
_BRACE_OPERATORS: Final = re.compile(r":[-=?+]|[-=?+]|##?|%%?|//?|\^\^?|,,?|:")
_ANSI_ESCAPES: Final = {
    "n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v",
    "e": "\x1b", "E": "\x1b", "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_ANSI_CODE: Final = re.compile(r"[0-7]{1,3}|x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|c.", re.DOTALL)
MAX_NESTING: Final = 60  # of commands and substitutions within one another; far below Python's own limit


class ShellSyntaxError(Exception):
    """The script is wrong. ``echo_line`` asks for the second line in which bash repeats the source."""

    def __init__(self, message: str, line: int, *, echo_line: str | None = None) -> None:
        super().__init__(message)
        self.message, self.line, self.echo_line = message, line, echo_line


class IncompleteInput(ShellSyntaxError):
    """The script ended in the middle of something: at a prompt, ask for another line."""


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: "word", "op", "io" (a number before a redirection), "newline" or "end"."""

    kind: str
    text: str
    line: int
    word: Word | None = None


class Lexer:
    """Reads tokens on demand, because what a character means depends on where the parser stands."""

    def __init__(self, text: str, parse_substitution: Callable[[Lexer], tuple[Listing, ...]], line: int = 1) -> None:
        self.text, self.position, self.line = text, 0, line
        self._first_line = line
        self.nesting = 0
        self.warnings: list[tuple[int, str]] = []
        self._parse_substitution = parse_substitution
        self._pending: list[tuple[Redirect, str, bool, bool, int]] = []

    def peek_char(self, ahead: int = 0) -> str:
        index = self.position + ahead
        return self.text[index] if index < len(self.text) else ""

    def source_line(self, line: int) -> str:
        lines = self.text.split("\n")
        index = line - self._first_line
        return lines[index] if 0 <= index < len(lines) else ""

    def enter(self) -> None:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise ShellSyntaxError(f"syntax error: nested more than {MAX_NESTING} deep", self.line)

    def leave(self) -> None:
        self.nesting -= 1

    # Tokens

    def next_token(self) -> Token:
        self._skip_blanks()
        line = self.line
        char = self.peek_char()
        if not char:
            self._read_here_documents()
            return Token("end", "newline", line)
        if char == "\n":
            self.position += 1
            self.line += 1
            self._read_here_documents()
            return Token("newline", "newline", line)
        if number := _IO_NUMBER.match(self.text, self.position):
            self.position = number.end()
            return Token("io", number.group(), line)
        if char == "<" and self.peek_char(1) == "(":
            return Token("word", "<(", line, self.read_word())
        if operator := OPERATORS.match(self.text, self.position):
            self.position = operator.end()
            return Token("op", operator.group(), line)
        start = self.position
        word = self.read_word()
        return Token("word", self.text[start : self.position], line, word)

    def _skip_blanks(self) -> None:
        blanks = _BLANKS.match(self.text, self.position)
        assert blanks is not None
        self.line += blanks.group().count("\n")
        self.position = blanks.end()
        if self.peek_char() == "#":
            end = self.text.find("\n", self.position)
            self.position = len(self.text) if end < 0 else end

    # Words

    def read_word(self) -> Word:
        """Read to the next unquoted blank or operator."""
        parts: list[Part] = []
        start = self.position
        while char := self.peek_char():
            if plain := _PLAIN.match(self.text, self.position):
                self.position = plain.end()
                parts.append(Literal(plain.group()))
            elif char in " \t\n;&|)":
                break
            elif char in "<>":
                if char == ">" or self.peek_char(1) != "(" or self.position != start:
                    break
                self.position += 2
                parts.append(ProcessSubstitution(self._nested_script()))
            elif char == "(":
                if not _ARRAY_START.fullmatch(self.text[start : self.position]):
                    break
                parts.append(self._array_literal())
            elif not self._quoted_or_expanded(parts) and char not in "'\"\\$`":
                parts.append(Literal(char))  # some exotic white space
                self.position += 1
        return Word(_merged(parts))

    def regex_word(self) -> Word:
        """The right side of ``=~``, where parentheses and bars belong to the expression."""
        self._skip_blanks()
        parts: list[Part] = []
        depth = 0
        while char := self.peek_char():
            if char in " \t\n" and depth == 0:
                break
            if char in "'\"\\$`":
                self._quoted_or_expanded(parts)
                continue
            depth += (char == "(") - (char == ")")
            parts.append(Literal(char))
            self.position += 1
        return Word(_merged(parts))

    def _array_literal(self) -> ArrayLiteral:
        self.position += 1
        words: list[Word] = []
        while True:
            token = self.next_token()
            if token.kind == "end":
                raise self._unclosed(")", self.line)
            if token.kind == "op" and token.text == ")":
                return ArrayLiteral(tuple(words))
            if token.kind == "newline":
                continue
            if token.word is None:
                raise self.unexpected(token.text, token.line)
            words.append(token.word)

    def _quoted_or_expanded(self, parts: list[Part], *, in_quotes: bool = False) -> bool:
        """Read one backslash, quote, dollar or backtick construct at the position; False when there is none."""
        char = self.peek_char()
        if char == "\\":
            self._backslash(parts, in_quotes)
        elif char == "'" and not in_quotes:
            parts.append(Literal(self._single_quoted(), quoted=True))
        elif char == '"':
            self.position += 1
            parts.append(Quoted(self._double_quoted('"')))
        elif char == "$":
            self._dollar(parts, in_quotes)
        elif char == "`":
            parts.append(self._backticks(in_quotes))
        else:
            return False
        return True

    def _backslash(self, parts: list[Part], in_quotes: bool) -> None:
        following = self.peek_char(1)
        self.position += 2 if following else 1
        if following == "\n":
            self.line += 1
        elif not following or (in_quotes and following not in '$`"\\'):
            parts.append(Literal("\\" + following, quoted=True))
        else:
            parts.append(Literal(following, quoted=True))

    def _single_quoted(self) -> str:
        end = self.text.find("'", self.position + 1)
        if end < 0:
            raise self._unclosed("'", self.line)
        content = self.text[self.position + 1 : end]
        self.line += content.count("\n")
        self.position = end + 1
        return content

    def _ansi_quoted(self) -> str:
        """``$'...'`` with its escapes; the position stands after the opening quote."""
        out: list[str] = []
        start_line = self.line
        while (char := self.peek_char()) != "'":
            if not char:
                raise self._unclosed("'", start_line)
            self.position += 1
            if char == "\n":
                self.line += 1
            if char != "\\":
                out.append(char)
            elif code := _ANSI_CODE.match(self.text, self.position):
                self.position = code.end()
                out.append(_ansi_character(code.group()))
            else:
                escaped = self.peek_char()
                self.position += 1
                out.append(_ANSI_ESCAPES.get(escaped, "\\" + escaped))
        self.position += 1
        return "".join(out)

    def _double_quoted(self, closing: str) -> tuple[Part, ...]:
        """Parts up to the closing quote ("" reads to the end of the text, as in a here-document)."""
        parts: list[Part] = []
        start_line = self.line
        while char := self.peek_char():
            if closing and char == closing:
                self.position += 1
                return _merged(parts)
            if plain := _PLAIN_IN_QUOTES.match(self.text, self.position):
                self.line += plain.group().count("\n")
                self.position = plain.end()
                parts.append(Literal(plain.group(), quoted=True))
            elif char == '"':
                self.position += 1
                parts.append(Literal('"', quoted=True))
            elif not closing and char == "\\" and self.peek_char(1) == '"':
                self.position += 2
                parts.append(Literal('\\"', quoted=True))
            else:
                self._quoted_or_expanded(parts, in_quotes=True)
        if closing:
            raise self._unclosed(closing, start_line)
        return _merged(parts)

    def _dollar(self, parts: list[Part], in_quotes: bool) -> None:
        following = self.peek_char(1)
        if following == "(":
            parts.append(self._dollar_parenthesis())
        elif following == "{":
            parts.append(self._braced_parameter(in_quotes))
        elif following == "'" and not in_quotes:
            self.position += 2
            parts.append(Literal(self._ansi_quoted(), quoted=True))
        elif following == '"' and not in_quotes:
            self.position += 1
        elif name := NAME.match(self.text, self.position + 1):
            self.position = name.end()
            parts.append(Parameter(name.group()))
        elif following and following in "0123456789?#@*$!-":
            self.position += 2
            parts.append(Parameter(following))
        else:
            self.position += 1
            parts.append(Literal("$", quoted=in_quotes))

    def _dollar_parenthesis(self) -> Part:
        if self.peek_char(2) == "(" and (expression := self.arithmetic_text(self.position + 3)) is not None:
            return Arithmetic(expression)
        self.position += 2
        return Substitution(self._nested_script())

    def arithmetic_text(self, start: int) -> Word | None:
        """The word between ``((`` (which ended at ``start``) and ``))``; None when they do not pair."""
        depth, index = 0, start
        while index < len(self.text):
            char = self.text[index]
            if char == ")" and depth == 0:
                if self.text[index + 1 : index + 2] != ")":
                    return None
                content = self.text[start:index]
                self.position = index + 2
                word = self.sub_word(content)
                self.line += content.count("\n")
                return word
            depth += (char == "(") - (char == ")")
            index += 1
        return None

    def sub_word(self, text: str) -> Word:
        """``text`` parsed as if it stood between double quotes in which a double quote is an ordinary character."""
        lexer = Lexer(text, self._parse_substitution, self.line)
        lexer.nesting = self.nesting
        lexer.enter()
        return Word((Quoted(lexer._double_quoted("")),))

    def _nested_script(self) -> tuple[Listing, ...]:
        self.enter()
        script = self._parse_substitution(self)
        self.leave()
        return script

    def _backticks(self, in_quotes: bool) -> Part:
        start_line, index, out = self.line, self.position + 1, []
        while index < len(self.text) and (char := self.text[index]) != "`":
            if char == "\\" and self.text[index + 1 : index + 2] in ("`", "\\", "$", '"' if in_quotes else "`"):
                index += 1
                char = self.text[index]
            out.append(char)
            index += 1
        if index >= len(self.text):
            raise self._unclosed("`", start_line)
        self.line += self.text.count("\n", self.position, index)
        self.position = index + 1
        lexer = Lexer("".join(out) + "\n)", self._parse_substitution, start_line)
        lexer.nesting = self.nesting
        return Substitution(lexer._nested_script())

    # ${...}

    def _braced_parameter(self, in_quotes: bool) -> Parameter:
        start, start_line = self.position, self.line
        self.position += 2
        length = self.peek_char() == "#" and self.peek_char(1) not in ("}", "", ":", "-", "=", "?", "+", "#", "%", "/")
        if self.text.startswith("##}", self.position) or self.text.startswith("#?}", self.position):
            length = True
        indirect = self.peek_char() == "!" and self.peek_char(1) not in ("}", ":", "-", "=", "?", "+", "")
        self.position += length or indirect
        name = self._parameter_name()
        index = self._subscript() if self.peek_char() == "[" and name else None
        operator = ""
        if not name:
            self._skip_to_brace(start_line)
        elif length:
            operator = "length"
        elif match := _BRACE_OPERATORS.match(self.text, self.position):
            operator = match.group()
            self.position = match.end()
            if operator == "/" and self.peek_char() in ("#", "%") and self.peek_char():
                operator += self.peek_char()
                self.position += 1
        argument, second = self._operands(operator, in_quotes, start_line)
        if self.peek_char() != "}":
            self._skip_to_brace(start_line)
            name = ""
        self.position += 1
        source = self.text[start : self.position]
        return Parameter(name, operator, argument, second, index, indirect, source)

    def _parameter_name(self) -> str:
        if match := NAME.match(self.text, self.position) or re.compile(r"\d+|[?#@*$!-]").match(
            self.text, self.position
        ):
            self.position = match.end()
            return match.group()
        return ""

    def _subscript(self) -> Word:
        end = self.text.find("]", self.position)
        if end < 0:
            raise self._unclosed("]", self.line)
        content = self.text[self.position + 1 : end]
        self.position = end + 1
        return self.sub_word(content)

    def _operands(self, operator: str, in_quotes: bool, start_line: int) -> tuple[Word | None, Word | None]:
        if operator in ("", "length"):
            return None, None
        if operator.startswith("/"):
            pattern = self._brace_word("/}", False, start_line)
            if self.peek_char() != "/":
                return pattern, None
            self.position += 1
            return pattern, self._brace_word("}", in_quotes, start_line)
        if operator == ":":
            offset = self._brace_word(":}", True, start_line)
            if self.peek_char() != ":":
                return offset, None
            self.position += 1
            return offset, self._brace_word("}", True, start_line)
        literal_quotes = in_quotes and operator[-1] not in "#%^,"
        return self._brace_word("}", literal_quotes, start_line), None

    def _brace_word(self, stops: str, in_quotes: bool, start_line: int) -> Word:
        parts: list[Part] = []
        while (char := self.peek_char()) not in stops:
            if char in "\"'\\$`" and self._quoted_or_expanded(parts, in_quotes=in_quotes):
                continue
            self.line += char == "\n"
            parts.append(Literal(char, quoted=in_quotes))
            self.position += 1
        if not char:
            raise self._unclosed("}", start_line)
        return Word(_merged(parts))

    def _skip_to_brace(self, start_line: int) -> None:
        end = self.text.find("}", self.position)
        if end < 0:
            raise self._unclosed("}", start_line)
        self.position = end

    # Here-documents

    def add_here_document(self, redirect: Redirect, delimiter: str, *, quoted: bool, strip_tabs: bool) -> None:
        """Its body starts after the next newline; ``redirect.target`` is filled in then."""
        self._pending.append((redirect, delimiter, quoted, strip_tabs, self.line))

    def _read_here_documents(self) -> None:
        pending, self._pending = self._pending, []
        for redirect, delimiter, quoted, strip_tabs, line in pending:
            body = self._here_document_body(delimiter, strip_tabs, line)
            redirect.target = Word((Literal(body, quoted=True),)) if quoted else self.sub_word(body)

    def _here_document_body(self, delimiter: str, strip_tabs: bool, start_line: int) -> str:
        lines: list[str] = []
        while self.position < len(self.text):
            end = self.text.find("\n", self.position)
            end = len(self.text) if end < 0 else end
            line = self.text[self.position : end]
            line = line.lstrip("\t") if strip_tabs else line
            self.position = min(end + 1, len(self.text))
            self.line += 1
            if line == delimiter:
                return "".join(lines)
            lines.append(line + "\n")
        warning = f"warning: here-document at line {start_line} delimited by end-of-file (wanted `{delimiter}')"
        self.warnings.append((self.line, warning))
        return "".join(lines)

    # Errors

    def _unclosed(self, closing: str, line: int) -> IncompleteInput:
        return IncompleteInput(f"unexpected EOF while looking for matching `{closing}'", line)

    def unexpected(self, text: str, line: int) -> ShellSyntaxError:
        return ShellSyntaxError(
            f"syntax error near unexpected token `{text}'", line, echo_line=f"`{self.source_line(line)}'"
        )


def _merged(parts: list[Part]) -> tuple[Part, ...]:
    """Join neighbouring literals of the same quoting."""
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, Literal) and isinstance(last, Literal) and part.quoted == last.quoted:
            merged[-1] = Literal(last.text + part.text, part.quoted)
        else:
            merged.append(part)
    return tuple(merged)


def _ansi_character(code: str) -> str:
    if code[0] == "c":
        return chr(ord(code[1]) & 31)
    if code[0] in "uU":
        return chr(int(code[1:], 16))
    value = int(code[1:], 16) if code[0] == "x" else int(code, 8) & 255
    return bytes([value]).decode("utf-8", "surrogateescape")
