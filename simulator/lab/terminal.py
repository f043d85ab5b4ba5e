"""The person in front of the lab's shell: types what the page says, edits as it says, and reads what is printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulator.lab.model import Change, Command, Input, View
from simulator.lab.progress import Comparison, Progress
from simulator.lab.result import StepResult, Verdict
from simulator.lab.stanza import StanzaError, replace_stanza

_EDITED: Final = "=== saved by the editor ==="
_UNCOMPARED: Final = Comparison()
_PEOPLE_S_EDITORS: Final = frozenset({"vi", "vim", "nvim", "view", "nano", "emacs", "ed", "ex", "pico", "mcedit"})


class LabTerminal:
    """The person of the page: types the lines of the session, does the edits, and reads what is printed.

    Each line typed ends the output of the one before it, which is then compared.
    """

    def __init__(self, run: Progress, command: Command) -> None:
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
        prompt = prompt or self._unfinished_line()
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

    def _unfinished_line(self) -> str:
        """Some programs write their prompt themselves: then it is what stands after the last newline."""
        output, newline, prompt = "".join(self._output).rpartition("\n")
        self._output = [output + newline]
        return prompt

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
        found = self._run.compare(view.expected, text, self._rules)
        verdict = Verdict.VERIFIED if found.fits else Verdict.MISMATCH
        message = "" if found.fits else "the editor shows something else"
        self._add(view.expected.line, verdict, view, output=text, message=message, found=found)

    async def _change(self, change: Change, path: str, text: str) -> str:
        wanted = self._run.names.here(change.text)
        if change.kind == "command":
            self._add(change.line, Verdict.RAN, change, output=wanted, message="as the editor, this command:")
            return await self._run_editor(wanted, path, text)
        try:
            changed = replace_stanza(text, wanted)
        except StanzaError as error:
            message = f"cannot do this edit: {error}"
            self._add(change.line, Verdict.NOT_UNDERSTOOD, change, output=change.text, message=message)
            return text
        self._add(
            change.line, Verdict.RAN, change, output=change.text, message="in the editor, in place of the stanza:"
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
        found = Comparison()
        if part.expected is not None:
            found = self._run.compare(part.expected, output, self._rules)
            if not found.fits:
                complaints.append("the output differs")
        complaints += self._status_complaints(status, part.expected is not None)
        compared = part.expected is not None or any(isinstance(edit, View) for edit in self._command.edits)
        verdict = Verdict.MISMATCH if complaints else Verdict.VERIFIED if compared else Verdict.RAN
        message = "; ".join(complaints)
        self._add(part.line, verdict, part, output=output, status=status, message=message, found=found)

    def _judge_status_alone(self, status: int, output: str) -> None:
        """The session ended with Ctrl-D, after the last line of the page was judged."""
        complaints = self._status_complaints(status, True)
        if complaints:
            self.typed = self._prompt = ""
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
        found: Comparison = _UNCOMPARED,
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
            diff=found.diff,
            notes=found.notes,
            names=self._names,
            prompt=self._prompt if typed else "",
        )
        if self._part is not None and not typed:
            self._in_editor.append(result)
            return
        told, self._in_editor = [result, *self._in_editor], []
        for each in told:
            self._run.add(each)


def _is_interactive(editor: str) -> bool:
    """Whether ``$EDITOR`` names an editor for people; any other command does its work by itself."""
    words = editor.split()
    return not words or words[0].rsplit("/", 1)[-1] in _PEOPLE_S_EDITORS


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
