"""Run a lab: type its commands, answer its prompts and its editor, and compare what comes back with the page.

The runner is a coroutine without I/O of its own. It knows the cluster only as a Host: something that runs a script in
its shell and lets virtual time pass. What a person would do at the terminal, LabTerminal does from the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Protocol

from simulator.lab.match import Names, align, damaged_lines, match, trimmed
from simulator.lab.model import Change, Command, Excerpt, Expected, Input, Lab, Unknown, View
from simulator.lab.normalise import CARRIED, FOREIGN, Rules, anything_like, tokens
from simulator.lab.report import difference
from simulator.lab.result import LabResult, StepResult, Verdict
from simulator.lab.stanza import StanzaError, replace_stanza
from simulator.runtime.terminal import Terminal

_EDITED: Final = "=== saved by the editor ==="


class Host(Protocol):
    """What a lab runs on."""

    async def run(self, script: str, terminal: Terminal) -> int:
        """Run one script in the shell and return its exit status.

        Everything that it prints, on stdout and stderr, goes to ``terminal.write`` in the order of time. The state of
        the shell (directory, variables, files, project) lasts to the next call. A call may come while another one waits
        for ``terminal.edit``: that is the editor, a script of its own.
        """
        ...

    def settle(self) -> None:
        """Let virtual time pass until the cluster is at rest, within a bound."""
        ...


OnStep = Callable[[StepResult], None]


async def run_lab(
    lab: Lab, host: Host, *, on_step: OnStep | None = None, normalise: Iterable[str] = (), columns: int = 80
) -> LabResult:
    """Run every step of ``lab`` on ``host`` and compare. ``on_step`` sees each result as soon as there is one.

    ``normalise``: kinds that count for every block, in addition to the block's own (for a seed that is not the page's).
    """
    run = _Run(lab, host, on_step, frozenset(normalise), columns)
    for step in lab.steps:
        if isinstance(step, Command):
            await run.command(step)
        elif isinstance(step, Excerpt):
            message = f"repeats a part of the block at line {step.of}"
            run.add(StepResult(lab.path, step.line, Verdict.EXCERPT, step, output=step.text, message=message))
        elif isinstance(step, Unknown):
            result = StepResult(
                lab.path, step.line, Verdict.NOT_UNDERSTOOD, step, output=step.text, message=step.reason
            )
            run.add(result)
    return run.result


class _Run:
    """A run in progress: what is known of names, and the results so far."""

    def __init__(self, lab: Lab, host: Host, on_step: OnStep | None, normalise: frozenset[str], columns: int) -> None:
        self.host, self.on_step, self.normalise, self.columns = host, on_step, normalise, columns
        self.result = LabResult(lab)
        self.names = Names()
        self.began = False

    def add(self, result: StepResult) -> None:
        self.result.steps.append(result)
        if self.on_step is not None:
            self.on_step(result)

    def rules(self, command: Command) -> Rules:
        return Rules(command.rules.normalise | self.normalise, command.rules.foreign)

    async def command(self, command: Command) -> None:
        if self.began and command.settle:
            self.host.settle()
        self.began = True
        terminal = LabTerminal(self, command)
        missing = self.names.missing(command.script)
        if missing:
            terminal.give_up(f"no output above has shown what [..{missing[0]}] is", Verdict.SKIPPED)
            return
        try:
            status = await self.host.run(terminal.typed, terminal)
        except Exception as failure:  # a lab must go on, and end with a report, whatever a command does
            terminal.give_up(f"the command broke off: {type(failure).__name__}: {failure}", Verdict.MISMATCH)
            return
        terminal.finish(status)

    def compare(self, expected: Expected, output: str, rules: Rules) -> tuple[bool, tuple[str, ...], tuple[str, ...]]:
        """Whether ``output`` fits, the difference, and notes. Learns the names either way, so that later commands,
        which speak of them, do not all fail for the one difference."""
        actual = lines_of(output)
        known = match(expected.lines, actual, rules, self.names)
        if known is not None:
            self.names = known
            notes = tuple(
                f"line {expected.line + i}: the document's indentation is damaged (rule indent)"
                for i in damaged_lines(expected.lines, actual, rules)
            )
            return True, (), notes
        wanted, actual = trimmed(expected.lines, rules), trimmed(actual, rules)
        pairs = align(wanted, actual, rules, self.names)
        self.names = _learned(wanted, actual, self.names)
        return False, tuple(difference(wanted, actual, pairs)), ()


def _learned(expected: Sequence[str], actual: Sequence[str], names: Names) -> Names:
    """What outputs that differ still tell of names: those that stand at the same place in lines that belong together."""
    for pair in align(expected, actual, FOREIGN, names):
        if pair.expected is not None and pair.stop == pair.start + 1:
            names = names.plus(_counterparts(expected[pair.expected], actual[pair.start], names))
    return names


def _counterparts(page: str, here: str, names: Names) -> Iterator[tuple[str, str]]:
    shown, found = ([token for token in tokens(line) if token.kind in CARRIED] for line in (page, here))
    if len(shown) == len(found):
        for one, other in zip(shown, found, strict=True):
            if one.text not in names.carried and re.fullmatch(anything_like(one), other.text):
                yield one.text, other.text


def lines_of(output: str) -> list[str]:
    """The lines of what was printed; a terminal's carriage returns and a missing last newline do not count."""
    lines = output.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


class LabTerminal:
    """The person of the page: types the lines of the session, does the edits, and reads what is printed.

    Each line typed ends the output of the one before it, which is then compared.
    """

    def __init__(self, run: _Run, command: Command) -> None:
        self.columns = run.columns
        self._run, self._command = run, command
        self._rules = run.rules(command)
        self._names = run.names
        self._inputs: Iterator[Input] = iter(command.inputs)
        self._edits = list(command.edits)
        self._part: Command | Input | None = command
        self._output: list[str] = []
        self._prompt = "$ "
        self._complaints: list[str] = []
        self._in_editor: list[StepResult] = []  # told after the command that opened it
        self.typed = run.names.here(command.script)

    # -- the port

    async def write(self, text: str) -> None:
        self._output.append(text)

    async def read_line(self, prompt: str) -> str | None:
        """Type the next line of the page; at the page's end press Ctrl-D."""
        self._judge(None)
        self._part = next(self._inputs, None)
        if self._part is None:
            return None
        missing = self._run.names.missing(self._part.text)
        if missing:
            self._complaints.append(f"no output above has shown what [..{missing[0]}] is")
        if self._command.settle:
            self._run.host.settle()
        if prompt.rstrip() != self._part.prompt.rstrip():
            self._complaints.append(f"the prompt is {prompt.rstrip()!r}, the page has {self._part.prompt.rstrip()!r}")
        self._names, self._prompt = self._run.names, prompt
        self.typed = self._names.here(self._part.text)
        return self.typed

    async def edit(self, path: str, text: str, command: str) -> str:
        """Look at the text, if the page shows it, and change it as the page says. A second call is a reopened editor:
        what comes before the next view was done in the first. With no edits left the editor is closed as it is."""
        while self._edits and isinstance(view := self._edits[0], View):
            self._edits.pop(0)
            self._look(view, text)
        if not self._edits and command and not _is_interactive(command):
            return await self._run_editor(command, path, text)
        while self._edits and isinstance(change := self._edits[0], Change):
            self._edits.pop(0)
            text = await self._change(change, path, text)
        return text

    # -- the editor

    def _look(self, view: View, text: str) -> None:
        fits, diff, notes = self._run.compare(view.expected, text, self._rules)
        self._add(
            view.expected.line,
            Verdict.VERIFIED if fits else Verdict.MISMATCH,
            view,
            output=text,
            message="" if fits else "the editor shows something else",
            diff=diff,
            notes=notes,
        )

    async def _change(self, change: Change, path: str, text: str) -> str:
        wanted = self._run.names.here(change.text)
        if change.kind == "command":
            self._add(change.line, Verdict.RAN, change, output=wanted, message="the editor is this command")
            return await self._run_editor(wanted, path, text)
        try:
            changed = replace_stanza(text, wanted)
        except StanzaError as error:
            self._add(
                change.line, Verdict.NOT_UNDERSTOOD, change, output=change.text, message=f"cannot do this edit: {error}"
            )
            return text
        self._add(
            change.line, Verdict.RAN, change, output=change.text, message="put in place of the stanza in the editor"
        )
        return changed

    async def _run_editor(self, command: str, path: str, text: str) -> str:
        """Run an editor command, such as ``sed -i s/a/b/``, on the file, in the host's own shell."""
        end = "END_OF_FILE"
        while end in text:
            end += "_"
        body = text if text.endswith("\n") else text + "\n"
        script = f"cat > {path} <<'{end}'\n{body}{end}\n{command} {path}\nprintf '%s\\n' '{_EDITED}'\ncat {path}\n"
        screen = _Screen(self.columns)
        await self._run.host.run(script, screen)
        messages, marker, saved = "".join(screen.text).partition(_EDITED + "\n")
        if messages.strip():
            self._complaints.append(f"the editor said: {messages.strip()}")
        return saved if marker else text

    # -- the verdicts

    def finish(self, status: int) -> None:
        """The command has ended with ``status``."""
        self._judge(status)
        self._part = None
        self._leave_out(Verdict.MISMATCH, "the session ended before this line could be typed")
        for edit in self._edits:
            line = edit.expected.line if isinstance(edit, View) else edit.line
            self._add(line, Verdict.MISMATCH, edit, message="the command did not open the editor for this")

    def give_up(self, message: str, verdict: Verdict) -> None:
        self._add(self._line(), verdict, self._part or self._command, output=self._taken(), message=message)
        self._part = None
        self._leave_out(Verdict.SKIPPED, "the session did not get so far")

    def _leave_out(self, verdict: Verdict, message: str) -> None:
        for left in self._inputs:
            self.typed, self._prompt = left.text, left.prompt
            self._add(left.line, verdict, left, message=message)

    def _line(self) -> int:
        return self._part.line if self._part is not None else self._command.line

    def _taken(self) -> str:
        output, self._output = "".join(self._output), []
        return output

    def _judge(self, status: int | None) -> None:
        """Compare what was printed since the last line typed. ``status`` None: the command still runs."""
        part, output = self._part, self._taken()
        complaints, self._complaints = self._complaints, []
        if part is None:  # after Ctrl-D there is nothing on the page any more
            if status is not None:
                self._judge_status_alone(status, output)
            return
        fits, diff, notes = True, tuple[str, ...](), tuple[str, ...]()
        if part.expected is not None:
            fits, diff, notes = self._run.compare(part.expected, output, self._rules)
            if not fits:
                complaints.append("the output differs")
        complaints += self._status_complaints(status, part.expected is not None)
        compared = part.expected is not None or any(isinstance(edit, View) for edit in self._command.edits)
        good = Verdict.VERIFIED if compared else Verdict.RAN
        self._add(
            part.line,
            Verdict.MISMATCH if complaints else good,
            part,
            output=output,
            status=status,
            message="; ".join(complaints),
            diff=diff,
            notes=notes,
        )

    def _judge_status_alone(self, status: int, output: str) -> None:
        complaints = self._status_complaints(status, True)
        if complaints:
            line = self._command.status.line if self._command.status else self._command.line
            message = complaints[0]
            self._add(line, Verdict.MISMATCH, self._command, output=output, status=status, message=message)

    def _status_complaints(self, status: int | None, output_compared: bool) -> list[str]:
        """A foreign page has no exit statuses: there an output that fits is enough, and without one it must be 0."""
        promised = self._command.status.code if self._command.status else 0
        lenient = self._rules.foreign and (output_compared or self._command.inputs)
        if status is None or status == promised or lenient:
            return []
        return [f"the exit status is {status}, the page has {promised}"]

    def _add(
        self,
        line: int,
        verdict: Verdict,
        part: Command | Input | View | Change,
        *,
        output: str = "",
        status: int | None = None,
        message: str = "",
        diff: tuple[str, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> None:
        typed = isinstance(part, Command | Input)
        result = StepResult(
            file=self._run.result.lab.path,
            line=line,
            verdict=verdict,
            part=part,
            typed=self.typed if typed else "",
            output=output,
            status=status,
            message=message,
            diff=diff,
            notes=notes,
            names=self._names,
            prompt=self._prompt if typed else "",
        )
        if typed or self._part is None:
            told, self._in_editor = [result, *self._in_editor], []
        else:
            self._in_editor.append(result)
            return
        for each in told:
            self._run.add(each)


def _is_interactive(editor: str) -> bool:
    """Whether ``$EDITOR`` names an editor for people; any other command does its work by itself."""
    return editor.split()[0].rsplit("/", 1)[-1] in (
        "vi",
        "vim",
        "nvim",
        "view",
        "nano",
        "emacs",
        "ed",
        "ex",
        "pico",
        "mcedit",
    )


class _Screen:
    """A terminal on which nobody types."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.text: list[str] = []

    async def write(self, text: str) -> None:
        self.text.append(text)

    async def read_line(self, prompt: str) -> str | None:
        return None

    async def edit(self, path: str, text: str, command: str) -> str:
        return text
