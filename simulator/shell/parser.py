"""Recursive descent from tokens to nodes. One complete command line at a time, as a shell reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from simulator.shell.lexer import NAME, IncompleteInput, Lexer, ShellSyntaxError, Token
from simulator.shell.nodes import (
    AndOr,
    ArithmeticCommand,
    ArithmeticFor,
    Assignment,
    BinaryTest,
    Case,
    CaseItem,
    Command,
    Conditional,
    For,
    Function,
    Group,
    If,
    Listing,
    Literal,
    LogicTest,
    NotTest,
    Pipeline,
    Quoted,
    Redirect,
    Redirected,
    Simple,
    Subshell,
    Test,
    UnaryTest,
    While,
    Word,
)

REDIRECTIONS: Final = frozenset(["<", ">", ">>", "<<", "<<-", "<<<", "<&", ">&", "<>", ">|", "&>", "&>>"])
RESERVED: Final = frozenset(
    [
        "if",
        "then",
        "elif",
        "else",
        "fi",
        "for",
        "while",
        "until",
        "do",
        "done",
        "case",
        "esac",
        "in",
        "function",
        "{",
        "}",
        "!",
        "[[",
        "]]",
        "select",
        "time",
    ]
)
_CLOSERS: Final = frozenset(["then", "elif", "else", "fi", "do", "done", "esac", "}"])
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[([^\]]+)\])?(\+?)=")
_UNARY_TESTS: Final = frozenset(f"-{letter}" for letter in "abcdefghknoprstuvwxzGLNORS")
_BINARY_TESTS: Final = frozenset(
    ["=", "==", "!=", "=~", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"]
)


def is_incomplete(text: str) -> bool:
    """Whether ``text`` ends inside a quote, a compound command, a here-document or after a backslash or an operator."""
    return state_of(text) == "incomplete"


def state_of(text: str) -> str:
    """``complete`` if ``text`` can be run, ``incomplete`` if it needs more lines first, ``wrong``: a syntax error."""
    if text.endswith("\\\n") or (text.endswith("\\") and not text.endswith("\\\\")):
        return "incomplete"
    parser = Parser.of_text(text)
    try:
        while parser.next_listing() is not None:
            pass
    except IncompleteInput:
        return "incomplete"
    except ShellSyntaxError:
        return "wrong"
    return "incomplete" if parser.lexer.warnings else "complete"


def _parse_substitution(lexer: Lexer) -> tuple[Listing, ...]:
    return Parser(lexer).substitution()


class Parser:
    def __init__(self, lexer: Lexer) -> None:
        self.lexer = lexer
        self._token: Token | None = None

    @classmethod
    def of_text(cls, text: str, line: int = 1) -> Parser:
        """``line``: the number of its first line, for messages."""
        return cls(Lexer(text, _parse_substitution, line))

    # Tokens

    def peek(self) -> Token:
        if self._token is None:
            self._token = self.lexer.next_token()
        return self._token

    def take(self) -> Token:
        token = self.peek()
        self._token = None
        return token

    def _reserved(self) -> str:
        """The reserved word at the position, or ""."""
        token = self.peek()
        text = token.word.bare if token.word is not None else None
        return text if text is not None and text in RESERVED else ""

    def _at_operator(self, *texts: str) -> bool:
        token = self.peek()
        return token.kind == "op" and token.text in texts

    def _expect(self, reserved: str) -> None:
        if self._reserved() != reserved:
            raise self._unexpected(self.peek())
        self.take()

    def _unexpected(self, token: Token) -> ShellSyntaxError:
        if token.kind == "end":
            return IncompleteInput("syntax error: unexpected end of file", token.line + 1)
        return self.lexer.unexpected(token.text, token.line)

    def _skip_newlines(self) -> None:
        while self.peek().kind == "newline":
            self.take()

    # Lists

    def next_listing(self) -> Listing | None:
        """The commands up to the end of the next non-empty line; None at the end of the script."""
        self._skip_newlines()
        if self.peek().kind == "end":
            return None
        items: list[tuple[AndOr, bool]] = []
        while True:
            items.append(self._list_item())
            token = self.peek()
            if token.kind in ("newline", "end"):
                self.take()  # a here-document's body is read with this newline
                return Listing(tuple(items))
            if not self._follows_separator:
                raise self._unexpected(token)

    def _list_item(self) -> tuple[AndOr, bool]:
        and_or = self._and_or()
        self._follows_separator = self._at_operator(";", "&")
        background = self._follows_separator and self.take().text == "&"
        return and_or, background

    def compound_list(self, *closers: str) -> Listing:
        """Commands up to one of the reserved words or operators given, which stays unread. At least one command."""
        self.lexer.enter()
        self._skip_newlines()
        items = []
        while not self._at_closer(closers):
            items.append(self._list_item())
            token = self.peek()
            if token.kind == "newline":
                self._skip_newlines()
            elif not self._follows_separator and not self._at_closer(closers):
                raise self._unexpected(token)
        if not items:
            raise self._unexpected(self.peek())
        self.lexer.leave()
        return Listing(tuple(items))

    def _at_closer(self, closers: tuple[str, ...]) -> bool:
        token = self.peek()
        if token.kind == "op":
            return token.text in closers
        return self._reserved() in closers and bool(self._reserved())

    def substitution(self) -> tuple[Listing, ...]:
        """The script of ``$(``, up to and with its closing parenthesis; it may be empty."""
        self._skip_newlines()
        if self._at_operator(")"):
            return ()
        try:
            listing = self.compound_list(")")
        except IncompleteInput as error:
            if error.message.startswith("syntax error"):
                raise IncompleteInput("unexpected EOF while looking for matching `)'", error.line) from None
            raise
        return (listing,)

    def _and_or(self) -> AndOr:
        first = self._pipeline()
        rest = []
        while self._at_operator("&&", "||"):
            operator = self.take().text
            self._skip_newlines()
            rest.append((operator, self._pipeline()))
        return AndOr(first, tuple(rest))

    def _pipeline(self) -> Pipeline:
        negated = False
        while self._reserved() == "!":
            self.take()
            negated = not negated
        commands = [self._command()]
        while self._at_operator("|", "|&"):
            if self.take().text == "|&":
                commands[-1] = self._with_stderr(commands[-1])
            self._skip_newlines()
            commands.append(self._command())
        return Pipeline(tuple(commands), negated)

    def _with_stderr(self, command: Command) -> Command:
        redirect = Redirect(">&", 2, Word((Literal("1"),)))
        if isinstance(command, Simple):
            return Simple(command.assignments, command.words, (*command.redirects, redirect), command.line)
        return Redirected(command, (redirect,), self.lexer.line)

    # Commands

    def _command(self) -> Command:
        token = self.peek()
        if token.kind == "op" and token.text == "(":
            return self._with_redirects(self._parenthesis())
        reserved = self._reserved()
        compound = _COMPOUNDS.get(reserved)
        if compound is not None:
            return self._with_redirects(compound(self))
        if reserved == "function":
            return self._function_keyword()
        if reserved in _CLOSERS:
            raise self._unexpected(token)
        return self._simple()

    def _with_redirects(self, command: Command) -> Command:
        line = self.lexer.line
        redirects = self._redirects()
        return Redirected(command, redirects, line) if redirects else command

    def _redirects(self) -> tuple[Redirect, ...]:
        redirects = []
        while self.peek().kind == "io" or self._at_operator(*REDIRECTIONS):
            redirects.append(self._redirect())
        return tuple(redirects)

    def _redirect(self) -> Redirect:
        fd = int(self.take().text) if self.peek().kind == "io" else None
        operator = self.take().text
        token = self.take()
        if token.word is None:
            raise self._unexpected(token) if token.kind != "end" else self.lexer.unexpected("newline", token.line)
        redirect = Redirect(operator, fd, token.word)
        if operator in ("<<", "<<-"):
            delimiter, quoted = _delimiter(token.word)
            self.lexer.add_here_document(redirect, delimiter, quoted=quoted, strip_tabs=operator == "<<-")
        return redirect

    def _simple(self) -> Command:
        line = self.peek().line
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            token = self.peek()
            if token.kind == "io" or (token.kind == "op" and token.text in REDIRECTIONS):
                redirects.append(self._redirect())
            elif token.word is not None:
                self.take()
                assignment = self.assignment(token.word) if not words or _declares(words[0]) else None
                if assignment is not None and not words:
                    assignments.append(assignment)
                else:
                    words.append(token.word)
            elif token.kind == "op" and token.text == "(" and len(words) == 1 and not assignments and not redirects:
                return self._function_definition(words[0])
            else:
                break
        if not assignments and not words and not redirects:
            raise self._unexpected(self.peek()) if self.peek().kind != "end" else self._premature_end()
        return Simple(tuple(assignments), tuple(words), tuple(redirects), line)

    def _premature_end(self) -> ShellSyntaxError:
        return IncompleteInput("syntax error: unexpected end of file", self.lexer.line + 1)

    def assignment(self, word: Word) -> Assignment | None:
        """What ``name=value`` assigns; None for any other word."""
        first = word.parts[0] if word.parts else None
        if not isinstance(first, Literal) or first.quoted or not (match := _ASSIGNMENT.match(first.text)):
            return None
        remainder = first.text[match.end() :]
        parts = (Literal(remainder), *word.parts[1:]) if remainder else word.parts[1:]
        index = self.lexer.sub_word(match.group(2)) if match.group(2) is not None else None
        return Assignment(match.group(1), Word(parts), append=bool(match.group(3)), index=index)

    def _function_definition(self, word: Word) -> Command:
        self.take()
        if not self._at_operator(")"):
            token = self.peek()
            raise self.lexer.unexpected(token.text, token.line)
        self.take()
        name = word.bare
        if name is None:
            raise ShellSyntaxError("syntax error: bad function name", self.lexer.line)
        return self._function_body(name)

    def _function_keyword(self) -> Command:
        self.take()
        token = self.take()
        if token.word is None or token.word.bare is None:
            raise self._unexpected(token)
        if self._at_operator("("):
            self.take()
            if not self._at_operator(")"):
                raise self._unexpected(self.peek())
            self.take()
        return self._function_body(token.word.bare)

    def _function_body(self, name: str) -> Command:
        self._skip_newlines()
        token = self.peek()
        if not self._at_operator("(") and self._reserved() not in _COMPOUNDS:
            raise self._unexpected(token)
        return Function(name, self._command())

    def _parenthesis(self) -> Command:
        line = self.peek().line
        if self.lexer.peek_char() == "(":
            expression = self.lexer.arithmetic_text(self.lexer.position + 1)
            if expression is not None:
                self.take()
                return ArithmeticCommand(expression, line)
        self.take()
        body = self.compound_list(")")
        self.take()
        return Subshell(body)

    def _group(self) -> Command:
        self.take()
        body = self.compound_list("}")
        self.take()
        return Group(body)

    def _if(self) -> Command:
        self.take()
        branches = []
        otherwise = None
        while True:
            condition = self.compound_list("then")
            self.take()
            branches.append((condition, self.compound_list("elif", "else", "fi")))
            closer = self._reserved()
            self.take()
            if closer == "else":
                otherwise = self.compound_list("fi")
                self.take()
            if closer != "elif":
                return If(tuple(branches), otherwise)

    def _while(self) -> Command:
        until = self._reserved() == "until"
        self.take()
        condition = self.compound_list("do")
        return While(condition, self._do_group(), until)

    def _do_group(self) -> Listing:
        self._expect("do")
        body = self.compound_list("done")
        self.take()
        return body

    def _for(self) -> Command:
        self.take()
        token = self.peek()
        if self._at_operator("(") and self.lexer.peek_char() == "(":
            return self._arithmetic_for(token.line)
        self.take()
        if token.word is None:
            raise self.lexer.unexpected(token.text, token.line)
        name = token.word.bare
        if name is None or not NAME.fullmatch(name):
            raise ShellSyntaxError(f"`{token.text}': not a valid identifier", token.line)
        words = self._for_words()
        return For(name, words, self._loop_body())

    def _for_words(self) -> tuple[Word, ...] | None:
        if self._at_operator(";"):
            self.take()
        self._skip_newlines()
        if self._reserved() != "in":
            return None
        self.take()
        words = []
        while (word := self.peek().word) is not None:
            self.take()
            words.append(word)
        if not self._at_operator(";") and self.peek().kind != "newline":
            raise self._unexpected(self.peek())
        self.take()
        return tuple(words)

    def _loop_body(self) -> Listing:
        if self._at_operator(";"):
            self.take()
        self._skip_newlines()
        if self._reserved() == "{":
            self.take()
            body = self.compound_list("}")
            self.take()
            return body
        return self._do_group()

    def _arithmetic_for(self, line: int) -> Command:
        start_of_clauses = self.lexer.position + 1
        if self.lexer.arithmetic_text(start_of_clauses) is None:
            raise self._unexpected(self.peek())
        self.take()
        clauses = self.lexer.text[start_of_clauses : self.lexer.position - 2].split(";")
        if len(clauses) != 3:
            raise ShellSyntaxError("syntax error: arithmetic expression required", line)
        start, condition, step = (self.lexer.sub_word(clause) for clause in clauses)
        return ArithmeticFor(start, condition, step, self._loop_body(), line)

    def _case(self) -> Command:
        self.take()
        token = self.take()
        if token.word is None:
            raise self.lexer.unexpected(token.text, token.line)
        self._skip_newlines()
        self._expect("in")
        self._skip_newlines()
        items = []
        while self._reserved() != "esac":
            items.append(self._case_item())
            self._skip_newlines()
        self.take()
        return Case(token.word, tuple(items))

    def _case_item(self) -> CaseItem:
        if self._at_operator("("):
            self.take()
        patterns = []
        while True:
            token = self.take()
            if token.word is None:
                raise self._unexpected(token)
            patterns.append(token.word)
            if not self._at_operator("|"):
                break
            self.take()
        if not self._at_operator(")"):
            raise self._unexpected(self.peek())
        self.take()
        self._skip_newlines()
        empty = self._at_operator(";;", ";&", ";;&") or self._reserved() == "esac"
        body = Listing() if empty else self.compound_list(";;", ";&", ";;&", "esac")
        ending = self.take().text if self.peek().kind == "op" else ";;"
        return CaseItem(tuple(patterns), body, ending)

    # [[ ... ]]

    def _conditional(self) -> Command:
        line = self.take().line
        test = self._test_or()
        if self._reserved() != "]]":
            raise self._conditional_error()
        self.take()
        return Conditional(test, line)

    def _test_or(self) -> Test:
        left = self._test_and()
        while self._at_operator("||"):
            self.take()
            self._skip_newlines()
            left = LogicTest("||", left, self._test_and())
        return left

    def _test_and(self) -> Test:
        left = self._test_term()
        self._skip_newlines_in_test()
        while self._at_operator("&&"):
            self.take()
            self._skip_newlines()
            left = LogicTest("&&", left, self._test_term())
            self._skip_newlines_in_test()
        return left

    def _skip_newlines_in_test(self) -> None:
        if self.peek().kind == "newline":
            self._skip_newlines()

    def _test_term(self) -> Test:
        self.lexer.enter()
        self._skip_newlines()
        test = self._test_primary()
        self.lexer.leave()
        return test

    def _test_primary(self) -> Test:
        if self._reserved() == "!":
            self.take()
            return NotTest(self._test_term())
        if self._at_operator("("):
            self.take()
            inner = self._test_or()
            if not self._at_operator(")"):
                raise self._conditional_error()
            self.take()
            return inner
        token = self.take()
        if token.word is None or self._is_close(token):
            raise self._conditional_error(token)
        if (
            token.word.bare in _UNARY_TESTS
            and (operand := self.peek()).word is not None
            and not self._is_close(operand)
        ):
            if operand.text in _BINARY_TESTS and operand.text != "-o":
                return self._binary_test(token.word)
            self.take()
            assert operand.word is not None
            return UnaryTest(token.word.bare or "", operand.word)
        return self._binary_test(token.word)

    def _is_close(self, token: Token) -> bool:
        return token.word is not None and token.word.bare == "]]"

    def _binary_test(self, left: Word) -> Test:
        token = self.peek()
        if self._is_close(token) or (token.kind == "op" and token.text in ("&&", "||", ")")):
            return UnaryTest("-n", left)
        operator = token.text
        if operator not in _BINARY_TESTS:
            raise self._conditional_error()
        self.take()
        if operator == "=~":
            return BinaryTest(operator, left, self.lexer.regex_word())
        right = self.take()
        if right.word is None or self._is_close(right):
            raise ShellSyntaxError(f"unexpected argument `{right.text}' to conditional binary operator", right.line)
        return BinaryTest(operator, left, right.word)

    def _conditional_error(self, token: Token | None = None) -> ShellSyntaxError:
        token = token or self.peek()
        if token.kind == "end":
            return IncompleteInput("unexpected EOF while looking for `]]'", token.line)
        if token.kind == "newline":
            return ShellSyntaxError("unexpected token `newline', conditional binary operator expected", token.line)
        return ShellSyntaxError(f"syntax error in conditional expression: unexpected token `{token.text}'", token.line)


def _declares(word: Word) -> bool:
    return word.bare in ("export", "local", "readonly", "declare", "typeset")


def _delimiter(word: Word) -> tuple[str, bool]:
    """The text of a here-document's delimiter, and whether any part of it was quoted."""
    text, quoted = "", False
    for part in word.parts:
        if isinstance(part, Quoted):
            quoted = True
            text += "".join(inner.text for inner in part.parts if isinstance(inner, Literal))
        elif isinstance(part, Literal):
            quoted = quoted or part.quoted
            text += part.text
    return text, quoted


_COMPOUNDS: Final[dict[str, Callable[[Parser], Command]]] = {
    "{": Parser._group,
    "if": Parser._if,
    "while": Parser._while,
    "until": Parser._while,
    "for": Parser._for,
    "case": Parser._case,
    "[[": Parser._conditional,
}
