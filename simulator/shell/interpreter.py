"""The shell: walks the tree of a script, and starts programs with streams and files of their own."""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator.errors import StatusError
from simulator.runtime.tasks import Cancelled, Task, checkpoint, current_scheduler
from simulator.runtime.terminal import Terminal
from simulator.shell import conditions, glob
from simulator.shell.arithmetic import ArithmeticFailure, evaluate
from simulator.shell.budget import EXHAUSTED_STATUS, Budget, BudgetExceeded
from simulator.shell.builtins import BUILTINS, DECLARATIONS, UsageError
from simulator.shell.descriptors import FIRST_DESCRIPTOR, DescriptorFileSystem
from simulator.shell.errors import describe
from simulator.shell.expansion import Expander, assignments_of
from simulator.shell.filesystem import FileSystem
from simulator.shell.formatting import single_quoted
from simulator.shell.lexer import ShellSyntaxError
from simulator.shell.nodes import (
    AndOr,
    ArithmeticCommand,
    ArithmeticFor,
    ArrayLiteral,
    Assignment,
    BinaryTest,
    Case,
    Command,
    Conditional,
    For,
    Function,
    Group,
    If,
    Listing,
    LogicTest,
    NotTest,
    Pipeline,
    Redirect,
    Redirected,
    Simple,
    Subshell,
    Test,
    UnaryTest,
    While,
    Word,
)
from simulator.shell.parser import Parser, is_incomplete
from simulator.shell.process import Process, Program, Reader, Writer
from simulator.shell.redirection import apply_redirect
from simulator.shell.regex import RegexError, compile_regex
from simulator.shell.streams import (
    Buffer,
    ClosedStream,
    Metered,
    NullStream,
    Pipe,
    TerminalReader,
    TerminalWriter,
    decode,
)
from simulator.shell.variables import ShellError, Variables

_BIN_DIRECTORIES: Final = frozenset(["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"])
_STEPS_PER_TURN: Final = 64  # a loop that waits for nothing lets the other tasks run this often
_CALLS_PER_STACK: Final = 4  # so many nested calls share a Python stack, then a task with a fresh one takes over
_ELF: Final = "\x7fELF"  # what begins a program that no interpreter reads
_PIPE_STATUS: Final = 141  # 128 + SIGPIPE
INTERRUPTED_STATUS: Final = 130  # 128 + SIGINT
_SETTLE_TURNS: Final = 64


class BreakLoop(Exception):
    def __init__(self, levels: int) -> None:
        self.levels = levels


class ContinueLoop(Exception):
    def __init__(self, levels: int) -> None:
        self.levels = levels


class ReturnFromFunction(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class ExitShell(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


Stream = Reader | Writer


@dataclass
class Job:
    """A command in the background."""

    pid: int
    task: Task[int]


class Shell:
    """A shell session: variables, functions, directory and options live on between calls of ``run``.

    Made from a process: its filesystem, system, environment, directory, streams, terminal and programs are the shell's.
    ``name`` is what error messages begin with. ``programs`` defaults to the process's, or else to our own table.
    """

    def __init__(
        self,
        process: Process,
        programs: Mapping[str, Program] | None = None,
        *,
        name: str = "bash",
        budget: Budget | None = None,
    ) -> None:
        self.name = self.zero = name
        self.base_fs: FileSystem = process.fs
        self.system = process.system
        self.terminal = process.terminal
        self.programs = programs if programs is not None else process.programs or _default_programs()
        self.budget = budget or Budget()
        self.cwd = process.cwd
        self.variables = Variables(process.env)
        self.variables.set("PWD", self.cwd)
        self.functions: dict[str, Command] = {}
        self.positional: list[str] = []
        self.options: set[str] = set()
        self.fds: dict[int, Stream] = {
            0: process.stdin,
            1: Metered(process.stdout, self.budget),
            2: Metered(process.stderr, self.budget),
        }
        self.jobs: list[Job] = []
        self.traps: dict[str, str] = {}
        self.pid = 1 + max((other.pid for other in self.system.processes()), default=0)
        self.next_pid = [self.pid + 1]  # shared with the subshells
        self.last_job = 0
        self.status = 0
        self.line = 1
        self.typed = False
        self.origin = name
        self.exited = False
        self.depth = process.depth
        self.loops = self.calls = self.sources = 0
        self.tested = 0  # inside a condition, where -e does not strike
        self.is_subshell = False
        self.random_state = 1
        self.started = self.system.clock.now()
        self.expander = Expander(self)
        self._substitution_status: int | None = None
        self._descriptors: dict[str, bytes] = {}

    # Running scripts

    async def run(
        self,
        script: str,
        stdin: Reader | None = None,
        stdout: Writer | None = None,
        stderr: Writer | None = None,
        *,
        typed: bool = False,
    ) -> int:
        """Run a script and return its exit status; streams default to those of the process.

        ``typed``: the text was typed at a prompt, so errors carry no line number. After ``exit`` the attribute
        ``exited`` is True. A script that leaves its budget ends with a message and status 125.
        """
        saved, self.fds = self.fds, dict(self.fds)
        self.typed = typed
        self.budget.reset()
        if stdin is not None:
            self.fds[0] = stdin
        if stdout is not None:
            self.fds[1] = Metered(stdout, self.budget)
        if stderr is not None:
            self.fds[2] = Metered(stderr, self.budget)
        try:
            self.status = await self._guarded(lambda: self.run_text(script, "-c"))
        finally:
            self.fds = saved
        return self.status

    async def run_file(self, script: str, name: str, line: int = 1) -> int:
        """Run the text of a script file, or a part that begins at ``line``; its errors are reported under ``name``."""
        self.origin = self.zero = name
        self.status = await self._guarded(lambda: self.run_text(script, "", line))
        return self.status

    async def run_inner(self, script: str) -> int:
        """Run a script on the streams the shell has, within the budget of whoever started it."""
        self.status = await self._guarded(lambda: self.run_text(script, "-c"))
        return self.status

    async def finish(self, *, wait_for_jobs: bool = False) -> int:
        """The end of the session: the EXIT trap, then a moment (or all they need) for the background jobs."""
        if not self.exited:
            self.exited = True
            self.status = await self._guarded(self._exit_trap)
        for job in self.jobs:
            if wait_for_jobs:
                await self._guarded(job.task.join)
        for _ in range(_SETTLE_TURNS if self.jobs else 0):
            await checkpoint()
        return self.status

    async def interact(self, terminal: Terminal, prompt: Callable[[], str] | str) -> int:
        """Read and run commands until end of input or ``exit``. Returns the status of the last command."""
        self.terminal = terminal
        writer = TerminalWriter(terminal)
        self.fds = {0: TerminalReader(terminal), 1: Metered(writer, self.budget), 2: Metered(writer, self.budget)}
        while not self.exited:
            text = await self._read_command(terminal, prompt() if callable(prompt) else prompt)
            if text is None:
                await terminal.write("exit\n")
                return await self.finish()
            try:
                await self.run(text, typed=True)
            except Cancelled:  # Ctrl-C ends the command, not the session
                self.status = INTERRUPTED_STATUS
                await terminal.write("\n")
        await terminal.write("exit\n")
        return self.status

    async def _read_command(self, terminal: Terminal, prompt: str) -> str | None:
        """One complete command, of as many lines as it takes."""
        text = await terminal.read_line(prompt)
        while text is not None and is_incomplete(text):
            more = await terminal.read_line("> ")
            if more is None:
                break
            text = f"{text}\n{more}"
        return text

    async def _guarded(self, body: Callable[[], Awaitable[int]]) -> int:
        """Run to the end of the shell: exits, traps, spent budgets and broken pipes become a status."""
        try:
            return await body()
        except ExitShell as leave:
            self.status = leave.status
            return await self._guarded(self._on_exit)
        except BudgetExceeded as exceeded:
            return await self._give_up(str(exceeded))
        except RecursionError:
            return await self._give_up("stopped: the script is nested too deeply")
        except BrokenPipeError:
            return _PIPE_STATUS
        except (BreakLoop, ContinueLoop):
            return 0
        except ReturnFromFunction as leave:
            return leave.status

    async def _on_exit(self) -> int:
        if self.exited:
            return self.status
        self.exited = True
        return await self._exit_trap()

    async def _exit_trap(self) -> int:
        status = self.status
        if (action := self.traps.pop("EXIT", "")) and not self.is_subshell:
            await self.run_text(action, "trap")
        return status

    async def _give_up(self, message: str) -> int:
        self.budget.reset()  # so that the message itself fits
        self.exited = self.exited or self.is_subshell
        await self.report(message)
        return EXHAUSTED_STATUS

    async def run_text(self, script: str, source: str, line: int = 1) -> int:
        """Parse and run line by line, as a shell does: what stands before a syntax error has run when it is found."""
        parser = Parser.of_text(script, line)
        while True:
            try:
                listing = parser.next_listing()
            except ShellSyntaxError as error:
                return await self._report_syntax(error, source)
            for line, warning in parser.lexer.warnings:
                self.line = line
                await self.report(warning)
            parser.lexer.warnings.clear()
            if listing is None:
                return self.status
            try:
                self.status = await self.run_listing(listing)
            except ShellError as error:
                await self.report(error.message)
                self.status = error.status
                if error.fatal and not self.typed:
                    raise ExitShell(error.status) from None

    async def _report_syntax(self, error: ShellSyntaxError, source: str) -> int:
        place = f"{source}: " if source and not self.typed else ""
        lines = [error.message] + ([error.echo_line] if error.echo_line and not self.typed else [])
        for line in lines:
            where = "" if self.typed else f"line {error.line}: "
            await self.write_error(f"{self.name if self.typed else self.origin}: {place}{where}{line}\n")
        self.status = 2
        return 2

    # Messages

    async def write(self, text: str) -> None:
        await self.writer(1).write(text)

    async def write_error(self, text: str) -> None:
        await self.writer(2).write(text)

    async def report(self, message: str) -> None:
        """An error of the shell itself: ``bash: line 1: MESSAGE``, or ``bash: MESSAGE`` at a prompt."""
        place = f"{self.name}: " if self.typed else f"{self.origin}: line {self.line}: "
        await self.write_error(f"{place}{message}\n")

    def writer(self, fd: int) -> Writer:
        stream: Any = self.fds.get(fd)
        return stream if hasattr(stream, "write") else ClosedStream()

    def reader(self, fd: int) -> Reader:
        stream: Any = self.fds.get(fd)
        return stream if hasattr(stream, "read") else ClosedStream()

    # State

    @property
    def fs(self) -> FileSystem:
        """The files a command sees, those of its process substitutions included."""
        return DescriptorFileSystem(self.base_fs, self._descriptors) if self._descriptors else self.base_fs

    @property
    def fatal_status(self) -> int:
        """What ``${x:?}`` and an unset variable under -u end a script with."""
        return 1 if self.typed or self.is_subshell else 127

    def resolve(self, path: str) -> str:
        """``path`` as an absolute, normal path."""
        return posixpath.normpath("/" + posixpath.join(self.cwd, path).lstrip("/"))

    def parameter(self, name: str) -> str | None:
        """The value of ``$name``, special parameters included; None when unset."""
        special = _SPECIAL.get(name)
        if special is not None:
            return special(self)
        if name.isdigit():
            index = int(name)
            return self.positional[index - 1] if index <= len(self.positional) else None
        return self.variables.get(name)

    def element(self, name: str, index: str) -> str | None:
        elements = self.variables.variable(name).elements
        number = self.evaluate(index)
        return elements.get(number if number >= 0 else max(elements, default=-1) + 1 + number)

    def evaluate(self, expression: str) -> int:
        """The value of an arithmetic expression. ShellError."""
        try:
            return evaluate(expression, self._arithmetic_value, self._arithmetic_store)
        except ArithmeticFailure as failure:
            raise ShellError(str(failure)) from None

    def _arithmetic_value(self, name: str) -> str:
        base, bracket, rest = name.partition("[")
        value = self.element(base, rest[:-1]) if bracket else self.parameter(name)
        if value is None and "u" in self.options:
            raise ShellError(f"{name}: unbound variable", self.fatal_status, fatal=True)
        return value or ""

    def _arithmetic_store(self, name: str, value: str) -> None:
        base, bracket, rest = name.partition("[")
        if bracket:
            self.variables.set_element(base, self.evaluate(rest[:-1]), value)
        else:
            self.variables.set(name, value)

    def fork(self) -> Shell:
        """A subshell: it starts with all that this shell has, and changes nothing here."""
        twin = copy.copy(self)
        twin.variables = self.variables.copy()
        twin.functions = dict(self.functions)
        twin.positional = list(self.positional)
        twin.options = set(self.options)
        twin.fds = dict(self.fds)
        twin.traps = {}
        twin.jobs = []
        twin.expander = Expander(twin)
        twin._descriptors = dict(self._descriptors)
        twin.is_subshell = True
        twin.exited = False
        return twin

    # Lists and pipelines

    async def run_listing(self, listing: Listing) -> int:
        for and_or, background in listing.items:
            if background:
                await self._start_job(and_or)
                self.status = 0
            else:
                self.status = await self._and_or(and_or)
        return self.status

    async def _start_job(self, and_or: AndOr) -> None:
        twin = self.fork()
        twin.fds[0] = NullStream()
        scheduler = await current_scheduler()
        pid = self.next_pid[0]
        self.next_pid[0] += 1
        body = twin._run_stage(lambda: twin.run_listing(Listing(((and_or, False),))))
        self.jobs.append(Job(pid, scheduler.spawn(body, f"job {pid}")))
        self.last_job = pid

    async def _and_or(self, node: AndOr) -> int:
        status = await self._tested_pipeline(node.first, tested=bool(node.rest))
        for index, (operator, pipeline) in enumerate(node.rest):
            if (status == 0) == (operator == "&&"):
                self.status = status
                status = await self._tested_pipeline(pipeline, tested=index < len(node.rest) - 1)
        return status

    async def _tested_pipeline(self, pipeline: Pipeline, *, tested: bool) -> int:
        tested = tested or pipeline.negated
        self.tested += tested
        try:
            status = await self._pipeline(pipeline)
        finally:
            self.tested -= tested
        if pipeline.negated:
            return int(status == 0)
        if status != 0 and "e" in self.options and not self.tested and not tested and _can_exit(pipeline):
            raise ExitShell(status)
        return status

    async def _pipeline(self, pipeline: Pipeline) -> int:
        if len(pipeline.commands) == 1:
            return await self.execute(pipeline.commands[0])
        scheduler = await current_scheduler()
        tasks: list[Task[int]] = []
        upstream: Pipe | None = None
        try:
            for command in pipeline.commands[:-1]:
                downstream = Pipe()
                stage = self._stage(command, upstream, downstream)
                tasks.append(scheduler.spawn(stage, "pipeline stage"))
                upstream = downstream
            statuses = [await self._stage(pipeline.commands[-1], upstream, None)]
            for task in reversed(tasks):
                statuses.append(await task.join())
        except BaseException:
            for task in tasks:
                task.cancel()
            raise
        if "pipefail" in self.options:
            return next((status for status in statuses if status != 0), 0)
        return statuses[0]

    def _stage(self, command: Command, upstream: Pipe | None, downstream: Pipe | None) -> Coroutine[Any, Any, int]:
        twin = self.fork()
        if upstream is not None:
            twin.fds[0] = upstream
        if downstream is not None:
            twin.fds[1] = Metered(downstream, self.budget)
        return twin._run_stage(lambda: twin.execute(command), upstream, downstream)

    async def _run_stage(
        self, body: Callable[[], Awaitable[int]], upstream: Pipe | None = None, downstream: Pipe | None = None
    ) -> int:
        """Run ``body`` in this subshell to its end, then close its ends of the pipes."""
        try:
            status = await self.run_subshell(body)
            for job in self.jobs:
                await job.task.join()
            return status
        finally:
            for job in self.jobs:
                job.task.cancel()
            if downstream is not None:
                downstream.close_writer()
            if upstream is not None:
                upstream.close_reader()

    async def run_subshell(self, body: Callable[[], Awaitable[int]]) -> int:
        """Run ``body`` in this shell, which is a fork: whatever ends it early becomes its status."""
        try:
            status = await self.nested(body)
        except ExitShell as leave:
            status = leave.status
        except (BreakLoop, ContinueLoop):
            status = 0
        except ReturnFromFunction as leave:
            status = leave.status
        except BrokenPipeError:
            status = _PIPE_STATUS
        except ShellError as error:
            await self.report(error.message)
            status = error.status
        if action := self.traps.pop("EXIT", ""):
            self.status = status
            await self.run_subshell(lambda: self.run_text(action, "trap"))
        return status

    async def nested(self, body: Callable[[], Awaitable[int]]) -> int:
        """Run ``body`` one level deeper. Every few levels a new task gives it a fresh Python stack."""
        self.budget.check_depth(self.depth + 1)
        self.depth += 1
        try:
            if self.depth % _CALLS_PER_STACK:
                return await body()
            scheduler = await current_scheduler()
            task = scheduler.spawn(_awaited(body), "nested call")
            try:
                return await task.join()
            except BaseException:
                task.cancel()
                raise
        finally:
            self.depth -= 1

    # Commands

    async def execute(self, command: Command) -> int:
        self.budget.spend_steps()
        if self.budget.used_steps % _STEPS_PER_TURN == 0:
            await checkpoint()
        return await _EXECUTORS[type(command)](self, command)

    async def _group(self, node: Group) -> int:
        return await self.run_listing(node.body)

    async def _subshell(self, node: Subshell) -> int:
        twin = self.fork()
        return await twin._run_stage(lambda: twin.run_listing(node.body))

    async def _if(self, node: If) -> int:
        for condition, body in node.branches:
            if await self._condition(condition) == 0:
                return await self.run_listing(body)
        return 0 if node.otherwise is None else await self.run_listing(node.otherwise)

    async def _condition(self, listing: Listing) -> int:
        self.tested += 1
        try:
            return await self.run_listing(listing)
        finally:
            self.tested -= 1

    async def _while(self, node: While) -> int:
        status = 0

        async def turn() -> bool:
            nonlocal status
            if (await self._condition(node.condition) == 0) == node.until:
                return False
            status = await self.run_listing(node.body)
            return True

        await self._loop(turn)
        return status

    async def _for(self, node: For) -> int:
        words = list(self.positional) if node.words is None else await self.expander.fields(node.words)
        status = 0
        remaining = iter(words)

        async def turn() -> bool:
            nonlocal status
            for word in remaining:
                self.variables.set(node.name, word)
                status = await self.run_listing(node.body)
                return True
            return False

        await self._loop(turn)
        return status

    async def _arithmetic_for(self, node: ArithmeticFor) -> int:
        status, first = 0, True
        await self.expander.arithmetic(node.start)

        async def turn() -> bool:
            nonlocal status, first
            if not first:
                await self.expander.arithmetic(node.step)
            first = False
            condition = await self.expander.string(node.condition)
            if condition.strip() and not self.evaluate(condition):
                return False
            status = await self.run_listing(node.body)
            return True

        await self._loop(turn)
        return status

    async def _loop(self, turn: Callable[[], Awaitable[bool]]) -> None:
        """Call ``turn`` until it says False or a ``break`` ends the loop."""
        self.loops += 1
        try:
            while True:
                self.budget.spend_steps()
                try:
                    if not await turn():
                        return
                except ContinueLoop as jump:
                    if jump.levels > 1 and self.loops > 1:
                        raise ContinueLoop(jump.levels - 1) from None
        except BreakLoop as jump:
            if jump.levels > 1 and self.loops > 1:
                raise BreakLoop(jump.levels - 1) from None
        finally:
            self.loops -= 1

    async def _case(self, node: Case) -> int:
        subject = await self.expander.string(node.subject)
        status, fall_through = 0, False
        for item in node.items:
            if not fall_through and not await self._case_matches(item.patterns, subject):
                continue
            status = await self.run_listing(item.body) if item.body.items else 0
            if item.ending == ";;":
                break
            fall_through = item.ending == ";&"
        return status

    async def _case_matches(self, patterns: Sequence[Word], subject: str) -> bool:
        for pattern in patterns:
            if glob.matches(subject, await self.expander.pattern(pattern)):
                return True
        return False

    async def _function(self, node: Function) -> int:
        self.functions[node.name] = node.body
        return 0

    async def _arithmetic_command(self, node: ArithmeticCommand) -> int:
        self.line = node.line
        try:
            return int(await self.expander.arithmetic(node.expression) == 0)
        except ShellError as error:
            await self.report(f"((: {error.message}")
            return 1

    async def _redirected(self, node: Redirected) -> int:
        self.line = node.line
        return await self._with_redirects(node.redirects, lambda: self.execute(node.command))

    async def _with_redirects(self, redirects: Sequence[Redirect], body: Callable[[], Awaitable[int]]) -> int:
        """Run ``body`` with its redirections; one that fails is reported and is the status."""
        if not redirects:
            return await body()
        saved, descriptors = self.fds, dict(self._descriptors)
        try:
            opened = await self._opened(redirects)
            if opened is None:
                return 1
            self.fds = opened
            return await body()
        finally:
            self.fds, self._descriptors = saved, descriptors

    async def _opened(self, redirects: Sequence[Redirect]) -> dict[int, Stream] | None:
        fds = dict(self.fds)
        for redirect in redirects:
            try:
                await apply_redirect(self, redirect, fds)
            except OSError as error:
                await self.report(f"{error.filename}: {describe(error)}" if error.filename else describe(error))
                return None
        return fds

    # [[ ... ]]

    async def _conditional(self, node: Conditional) -> int:
        self.line = node.line
        return int(not await self._holds(node.test))

    async def _holds(self, test: Test) -> bool:
        if isinstance(test, NotTest):
            return not await self._holds(test.test)
        if isinstance(test, LogicTest):
            left = await self._holds(test.left)
            return await self._holds(test.right) if left == (test.operator == "&&") else left
        if isinstance(test, UnaryTest):
            return await self._unary_test(test)
        return await self._binary_test(test)

    async def _unary_test(self, test: UnaryTest) -> bool:
        operand = await self.expander.string(test.operand)
        if test.operator in conditions.STRING_TESTS:
            return (operand != "") == (test.operator == "-n")
        if test.operator == "-v":
            return self.is_set(operand)
        if test.operator == "-o":
            return operand in ("errexit", "nounset", "pipefail") and _OPTION_LETTERS[operand] in self.options
        return conditions.file_test(self.fs, self.resolve, test.operator, operand)

    async def _binary_test(self, test: BinaryTest) -> bool:
        left = await self.expander.string(test.left)
        operator = test.operator
        if operator in ("=", "==", "!="):
            return glob.matches(left, await self.expander.pattern(test.right)) == (operator != "!=")
        if operator == "=~":
            return self._regex_match(left, await self.expander.regex(test.right))
        right = await self.expander.string(test.right)
        if conditions.is_numeric(operator):
            return conditions.compare_numbers(operator, self.evaluate(left), self.evaluate(right))
        if operator in ("<", ">"):
            return left < right if operator == "<" else left > right
        return conditions.compare_files(self.fs, self.resolve, operator, left, right)

    def _regex_match(self, text: str, pattern: str) -> bool:
        try:
            match = compile_regex(pattern, "extended").search(text)
        except RegexError as error:
            raise ShellError(f"[[: invalid regular expression `{pattern}': {error}", 2) from None
        groups = {} if match is None else {index: match.group(index) for index in range(len(match.spans))}
        self.variables.set("BASH_REMATCH", groups)
        return match is not None

    def is_set(self, name: str) -> bool:
        base, bracket, index = name.partition("[")
        return (self.element(base, index[:-1]) if bracket else self.parameter(name)) is not None

    # Simple commands

    async def _simple(self, node: Simple) -> int:
        self.line = node.line
        self._substitution_status = None
        descriptors = dict(self._descriptors) if self._descriptors else {}
        try:
            if node.words and node.words[0].bare in DECLARATIONS:
                return await self._declaration(node)
            arguments = await self.expander.fields(node.words)
            if not arguments:
                return await self._assignments_only(node)
            if "x" in self.options:
                await self.write_error("+ " + " ".join(map(single_quoted, arguments)) + "\n")
            if arguments == ["exec"]:
                return await self._keep_redirects(node.redirects)
            return await self._call(node, arguments)
        finally:
            self._descriptors = descriptors

    async def _keep_redirects(self, redirects: Sequence[Redirect]) -> int:
        """``exec > file``: the redirections hold from now on."""
        opened = await self._opened(redirects)
        if opened is None:
            return 1
        self.fds = opened
        return 0

    async def _assignments_only(self, node: Simple) -> int:
        async def assign() -> int:
            for assignment in node.assignments:
                await self.assign(assignment)
                if "x" in self.options:
                    value = self.variables.get(assignment.name) or ""
                    await self.write_error(f"+ {assignment.name}={single_quoted(value) if value else ''}\n")
            return self._substitution_status or 0

        return await self._with_redirects(node.redirects, assign)

    async def _declaration(self, node: Simple) -> int:
        """``export a=$b``: the value is one word, and may be an array."""
        arguments, arrays = [node.words[0].bare or ""], list[Assignment]()
        for word in node.words[1:]:
            assignment = Parser.of_text("").assignment(word)
            if assignment is None:
                arguments += await self.expander.fields([word])
            elif assignment.value.parts and isinstance(assignment.value.parts[0], ArrayLiteral):
                arguments.append(assignment.name)
                arrays.append(assignment)
            else:
                value = await self.expander.string(assignment.value, assignment=True)
                arguments.append(f"{assignment.name}{'+' if assignment.append else ''}={value}")
        status = await self._call(node, arguments)
        for array in arrays:
            await self.assign(array)
        return status

    async def assign(self, assignment: Assignment) -> None:
        name, parts = assignment.name, assignment.value.parts
        if parts and isinstance(parts[0], ArrayLiteral):
            elements = assignments_of(await self.expander.fields(parts[0].words))
            if assignment.append:
                old = self.variables.variable(name).elements
                offset = max(old, default=-1) + 1
                elements = {**old, **{offset + index: value for index, value in elements.items()}}
            self.variables.set(name, elements)
            return
        value = await self.expander.string(assignment.value, assignment=True)
        if name == "SECONDS" and value.isdecimal():
            self.started = self.system.clock.now() - int(value)
        if assignment.index is not None:
            index = await self.expander.arithmetic(assignment.index)
            old_value = self.variables.variable(name).elements.get(index, "") if assignment.append else ""
            self.variables.set_element(name, index, old_value + value)
        else:
            self.variables.set(name, (self.variables.get(name) or "") + value if assignment.append else value)

    async def _call(self, node: Simple, arguments: list[str]) -> int:
        if not node.assignments:
            return await self._with_redirects(node.redirects, lambda: self.call(arguments))
        saved = {assignment.name: self.variables.snapshot(assignment.name) for assignment in node.assignments}
        try:
            for assignment in node.assignments:
                await self.assign(assignment)
                self.variables.mark(assignment.name, exported=True)
            return await self._with_redirects(node.redirects, lambda: self.call(arguments))
        finally:
            for name, variable in saved.items():
                self.variables.restore(name, variable)

    async def call(self, arguments: list[str], *, functions: bool = True) -> int:
        """Run a function, a builtin or a program, in this order of preference."""
        name = arguments[0]
        if functions and name in self.functions:
            return await self.call_function(self.functions[name], arguments[1:])
        builtin = BUILTINS.get(name)
        if builtin is not None:
            return await self._call_builtin(builtin, arguments)
        return await self.call_program(arguments)

    async def _call_builtin(self, builtin: Callable[[Shell, list[str]], Awaitable[int]], arguments: list[str]) -> int:
        try:
            return await builtin(self, arguments)
        except UsageError as error:
            await self.report(f"{arguments[0]}: {error}")
            return error.status
        except BrokenPipeError:
            raise
        except OSError as error:
            place = f"{error.filename}: " if error.filename else "write error: "
            await self.report(f"{arguments[0]}: {place}{describe(error)}")
            return 1

    async def call_function(self, body: Command, arguments: list[str]) -> int:
        saved, loops = self.positional, self.loops
        self.positional, self.loops = arguments, 0
        self.variables.push_scope()
        self.calls += 1
        try:
            return await self.nested(lambda: self.execute(body))
        except ReturnFromFunction as leave:
            return leave.status
        finally:
            self.calls -= 1
            self.variables.pop_scope()
            self.positional, self.loops = saved, loops

    async def call_program(self, arguments: list[str]) -> int:
        name = arguments[0]
        program = self.find_program(name)
        if program is not None:
            return await self.nested(lambda: self._run_program(program, arguments))
        script = self.find_script(name)
        if script is not None:
            return await self._run_script_file(script, arguments)
        if "/" not in name:
            await self.report(f"{name}: command not found")
            return 127
        try:
            kind = self.fs.stat(self.resolve(name)).kind
        except OSError as error:
            await self.report(f"{name}: {describe(error)}")
            return 127
        await self.report(f"{name}: {'Is a directory' if kind == 'dir' else 'Permission denied'}")
        return 126

    def find_program(self, name: str) -> Program | None:
        """The program of a command name or path; those of the table lie in the usual directories."""
        if "/" not in name:
            return self.programs.get(name)
        path = self.resolve(name)
        directory, base = posixpath.split(path)
        return self.programs.get(path) or (self.programs.get(base) if directory in _BIN_DIRECTORIES else None)

    def find_script(self, name: str) -> str | None:
        """The path of an executable file, looked for along PATH when the name has no slash."""
        places = (
            [name]
            if "/" in name
            else [posixpath.join(place or ".", name) for place in (self.variables.get("PATH") or "").split(":") if name]
        )
        for place in places:
            path = self.resolve(place)
            try:
                status = self.base_fs.stat(path)
            except OSError:
                continue
            if status.kind == "file" and status.mode & 0o111:
                return path
        return None

    async def _run_script_file(self, path: str, arguments: list[str]) -> int:
        text = decode(self.base_fs.read(path))
        if text.startswith(_ELF):  # a program that an image has and nobody has built
            await self.report(f"{arguments[0]}: not available in this simulator")
            return 126
        first = text.partition("\n")[0]
        if first.startswith("#!"):
            interpreter = first[2:].split()
            name = posixpath.basename(interpreter[0]) if interpreter else ""
            if name == "env" and len(interpreter) > 1:
                interpreter = interpreter[1:]
                name = posixpath.basename(interpreter[0])
            if name not in ("sh", "bash", "dash"):
                if self.find_program(interpreter[0] if interpreter else "") is None:
                    await self.report(f"{path}: {name}: bad interpreter: No such file or directory")
                    return 126
                return await self.call_program([*interpreter, path, *arguments[1:]])
        return await self.call_program(["bash", path, *arguments[1:]])

    def process(self, arguments: list[str]) -> Process:
        """The process that a program would get here and now."""
        return Process(
            args=arguments,
            env=self.variables.environment(),
            cwd=self.cwd,
            stdin=self.reader(0),
            stdout=self.writer(1),
            stderr=self.writer(2),
            fs=self.fs,
            system=self.system,
            terminal=self.terminal,
            programs=self.programs,
            budget=self.budget,
            depth=self.depth,
        )

    async def _run_program(self, program: Program, arguments: list[str]) -> int:
        return await run_program(program, self.process(arguments))

    # Substitutions

    async def substitute(self, script: tuple[Listing, ...]) -> str:
        """``$(...)``: what the script writes, without the newlines at its end."""
        output = Buffer(limit=self.budget.bytes)
        status = await self._captured(script, output)
        self._substitution_status = self.status = status
        return output.text().replace("\0", "").rstrip("\n")

    async def substitute_process(self, script: tuple[Listing, ...]) -> str:
        """``<(...)``: run the script, keep what it writes, and return the path under which the command can read it."""
        output = Buffer(limit=self.budget.bytes // 8)
        await self._captured(script, output)
        number = FIRST_DESCRIPTOR
        while (path := f"/dev/fd/{number}") in self._descriptors:
            number -= 1
        self._descriptors = {**self._descriptors, path: output.getvalue()}
        return path

    async def _captured(self, script: tuple[Listing, ...], output: Buffer) -> int:
        twin = self.fork()
        twin.fds[1] = Metered(output, self.budget)
        twin.status = self.status if script else 0

        async def body() -> int:
            status = 0
            for listing in script:
                status = await twin.run_listing(listing)
            return status

        return await twin._run_stage(body)


async def run_program(program: Program, process: Process) -> int:
    """Run a program. Whatever goes wrong inside becomes a line on its stderr and a status, but for budgets."""
    try:
        return await program(process) & 255
    except BrokenPipeError:
        return _PIPE_STATUS
    except BudgetExceeded:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        message = f"{process.name}: {place}{describe(error)}\n"
    except StatusError as error:
        message = f"Error from server ({error.reason}): {error.message}\n"
    except RecursionError:
        message = f"{process.name}: nested too deeply\n"
    except Exception as error:
        message = f"{process.name}: internal error: {type(error).__name__}: {error}\n"
    await process.stderr.write(message)
    return 1


async def _awaited(body: Callable[[], Awaitable[int]]) -> int:
    return await body()


def _can_exit(pipeline: Pipeline) -> bool:
    """Whether -e looks at this status: not at a group's or a loop's, whose own commands it has looked at already."""
    return len(pipeline.commands) > 1 or isinstance(
        pipeline.commands[0], Simple | Subshell | ArithmeticCommand | Conditional | Redirected
    )


def _default_programs() -> Mapping[str, Program]:
    from simulator.shell.programs import PROGRAMS  # the table imports the shell (sh, xargs), so not at the top

    return PROGRAMS


def _random(shell: Shell) -> str:
    """$RANDOM: the same sequence in every session, as all else here."""
    shell.random_state = (shell.random_state * 1103515245 + 12345) % 2**31
    return str(shell.random_state >> 16)


_OPTION_LETTERS: Final = {"errexit": "e", "nounset": "u", "pipefail": "pipefail"}

_SPECIAL: Final[dict[str, Callable[[Shell], str | None]]] = {
    "?": lambda shell: str(shell.status),
    "#": lambda shell: str(len(shell.positional)),
    "*": lambda shell: " ".join(shell.positional),
    "@": lambda shell: " ".join(shell.positional),
    "$": lambda shell: str(shell.pid),
    "!": lambda shell: str(shell.last_job) if shell.last_job else None,
    "-": lambda shell: "".join(sorted(option for option in shell.options if len(option) == 1)) + "hB",
    "0": lambda shell: shell.zero,
    "LINENO": lambda shell: str(shell.line),
    "RANDOM": _random,
    "SECONDS": lambda shell: str(int(shell.system.clock.now() - shell.started)),
    "PPID": lambda shell: "0",
    "UID": lambda shell: str(shell.system.uid),
    "EUID": lambda shell: str(shell.system.uid),
    "HOSTNAME": lambda shell: shell.variables.get("HOSTNAME") or shell.system.hostname,
    "BASH_VERSION": lambda shell: "5.2.15(1)-release" if shell.name == "bash" else None,
}

_EXECUTORS: Final[dict[type, Callable[[Shell, Any], Awaitable[int]]]] = {
    Simple: Shell._simple,
    Group: Shell._group,
    Subshell: Shell._subshell,
    If: Shell._if,
    While: Shell._while,
    For: Shell._for,
    ArithmeticFor: Shell._arithmetic_for,
    Case: Shell._case,
    Function: Shell._function,
    ArithmeticCommand: Shell._arithmetic_command,
    Conditional: Shell._conditional,
    Redirected: Shell._redirected,
}
