"""The shell as others use it: sessions, prompts, pods' ``sh``, process substitution, interruption."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Cancelled, Scheduler, sleep
from simulator.shell import PROGRAMS, MemoryFileSystem, Shell, run_script
from simulator.shell.parser import is_incomplete
from simulator.shell.process import Process, ProcessInfo, Program, System
from simulator.shell.streams import Buffer, TerminalReader, TerminalWriter


class ScriptedTerminal:
    """Answers every prompt with the next line, and keeps what a person would have seen."""

    columns = 80

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = list(lines)
        self.screen = ""

    async def write(self, text: str) -> None:
        self.screen += text

    async def read_line(self, prompt: str) -> str | None:
        self.screen += prompt
        if not self._lines:
            return None
        line = self._lines.pop(0)
        self.screen += line + "\n"
        return line

    async def edit(self, path: str, text: str, command: str) -> str:
        return text


def make_process(programs: Mapping[str, Program] | None = None, *, args: list[str] | None = None) -> Process:
    clock = Clock(1_572_253_629)
    return Process(
        args=args or ["bash"],
        env={"PATH": "/usr/bin", "HOME": "/root"},
        cwd="/",
        stdin=Buffer(),
        stdout=Buffer(),
        stderr=Buffer(),
        fs=MemoryFileSystem({"/root/": "", "/etc/passwd": "root:x:0:0\n"}, clock=clock.now),
        system=System(
            clock=clock, hostname="image-registry-1", user="1000340000", uid=1000340000, groups=(1000340000,)
        ),
        programs={**PROGRAMS, **(programs or {})},
    )


def session(*lines: str, name: str = "bash", prompt: str = "$ ") -> str:
    process, terminal = make_process(), ScriptedTerminal(lines)
    Scheduler(process.system.clock).run(Shell(process, name=name).interact(terminal, prompt))
    return terminal.screen


def test_a_session_keeps_directory_variables_and_functions() -> None:
    process = make_process()
    shell = Shell(process)
    scheduler = Scheduler(process.system.clock)
    for line in ("cd /etc", "x=kept", "f() { echo $x $PWD; }", "export y=1"):
        assert scheduler.run(shell.run(line, typed=True)) == 0
    out = Buffer()
    assert scheduler.run(shell.run("f; sh -c 'echo $y'; false", stdout=out, typed=True)) == 1
    assert out.text() == "kept /etc\n1\n"
    assert not shell.exited
    assert scheduler.run(shell.run("exit 5")) == 5
    assert shell.exited


def test_the_prompt_shows_output_and_goes_on_after_errors() -> None:
    assert session("echo hi", "nosuch", "echo $?", "echo )", "exit") == (
        "$ echo hi\nhi\n"
        "$ nosuch\nbash: nosuch: command not found\n"
        "$ echo $?\n127\n"
        "$ echo )\nbash: syntax error near unexpected token `)'\n"
        "$ exit\nexit\n"
    )


def test_incomplete_input_gets_a_continuation_prompt() -> None:
    screen = session("for i in 1 2", "do echo $i", "done", "echo 'a", "b'", "cat <<E", "x", "E", "echo a \\", "b")
    assert screen == (
        "$ for i in 1 2\n> do echo $i\n> done\n1\n2\n$ echo 'a\n> b'\na\nb\n"
        "$ cat <<E\n> x\n> E\nx\n$ echo a \\\n> b\na b\n$ exit\n"
    )


@pytest.mark.parametrize(
    "text", ["echo 'a", "if x", "a |", "a &&", "f() {", "$(a", "cat <<E\nx", "a \\", "case x in", '"', "[[ a"]
)
def test_incomplete_scripts(text: str) -> None:
    assert is_incomplete(text)


@pytest.mark.parametrize("text", ["", "echo a", "echo )", "cat <<E\nx\nE", "a;", "fi", "# it's", "echo a\\\\"])
def test_complete_scripts(text: str) -> None:
    assert not is_incomplete(text)


def test_sh_in_a_pod_has_its_own_prompt_and_name() -> None:
    process = make_process(args=["/bin/sh"])
    terminal = ScriptedTerminal(["cd /etc", "pwd", "foo", "exit 3"])
    process.terminal = terminal
    process.stdin, process.stdout = TerminalReader(terminal), TerminalWriter(terminal)
    status = Scheduler(process.system.clock).run(PROGRAMS["sh"](process))  # type: ignore[arg-type]
    assert status == 3
    assert terminal.screen == (
        "sh-4.2$ cd /etc\nsh-4.2$ pwd\n/etc\nsh-4.2$ foo\nsh: foo: command not found\nsh-4.2$ exit 3\nexit\n"
    )


def test_process_substitution_is_a_file_for_the_program() -> None:
    seen = {}

    async def oc(process: Process) -> int:
        path = process.args[-1]
        seen[path] = process.fs.read(path)
        await process.stderr.write(f"error: error parsing {path}\n")
        return 1

    process = make_process({"oc": oc})
    errors = Buffer()
    script = 'oc create -f <(echo \'{\n "kind": "X"\n}\');'
    assert Scheduler(process.system.clock).run(Shell(process).run(script, stderr=errors)) == 1
    assert seen == {"/dev/fd/63": b'{\n "kind": "X"\n}\n'}
    assert errors.text() == "error: error parsing /dev/fd/63\n"


def test_programs_never_end_in_a_traceback() -> None:
    async def broken(process: Process) -> int:
        raise KeyError("secret")

    async def full(process: Process) -> int:
        process.fs.write("/nodir/x", b"")
        return 0

    result = run_script("broken; echo $?; full; echo $?", programs={"broken": broken, "full": full})
    assert result.stdout == "1\n1\n"
    assert result.stderr == "broken: internal error: KeyError: 'secret'\nfull: /nodir/x: No such file or directory\n"


def test_interruption_passes_through_and_stops_every_stage() -> None:
    stopped = []

    async def watch(process: Process) -> int:
        try:
            while True:
                await process.stdout.write("tick\n")
                await sleep(1)
        finally:
            stopped.append(process.args[1])

    process = make_process({"watch": watch})
    shell, out, scheduler = Shell(process), Buffer(), Scheduler(process.system.clock)
    task = scheduler.spawn(shell.run("watch a | grep --line-buffered tick", stdout=out))
    scheduler.clock.call_later(2.5, task.cancel)

    async def main() -> None:
        with pytest.raises(Cancelled):
            await task.join()
        await sleep(10)

    scheduler.run(main())
    assert out.text() == "tick\ntick\ntick\n"
    assert stopped == ["a"]


def test_pipes_stream_and_hold_back_a_fast_writer() -> None:
    written = []

    async def chatty(process: Process) -> int:
        for number in range(10_000):
            await process.stdout.write(f"{number} {'x' * 100}\n")
            written.append(number)
        return 0

    result = run_script("chatty | head -n 2 | cut -c1; echo ${?}", programs={**PROGRAMS, "chatty": chatty})
    assert result.stdout == "0\n1\n0\n"
    assert len(written) < 2000  # one pipe full, and not the whole output


def test_time_is_virtual() -> None:
    system = System(clock=Clock(0))
    result = run_script("sleep 3600; date +%H; (sleep 10; echo late) & sleep 5; echo early; wait", system=system)
    assert result.stdout == "01\nearly\nlate\n"


def test_seconds_count_from_the_start_of_the_shell() -> None:
    result = run_script("sleep 3; echo $SECONDS; SECONDS=10; sleep 2; echo $SECONDS", system=System(clock=Clock(1e9)))
    assert result.stdout == "3\n12\n"


def test_an_array_by_names_is_refused_and_not_mistaken() -> None:
    result = run_script("declare -A ages; echo $?")
    assert (result.stdout, result.stderr) == ("2\n", "bash: line 1: declare: -A: invalid option\n")


def test_uniq_wants_a_number_of_bytes() -> None:
    result = run_script("uniq -w x; printf 'ab\\nac\\n' | uniq -w 1")
    assert result.stderr.startswith("uniq: x: invalid number of bytes to compare\n")
    assert result.stdout == "ab\n"


def test_two_runs_give_the_same_bytes() -> None:
    script = "echo $RANDOM $$ $(mktemp); ls -la /; for i in a b c; do echo $i & done; wait; ps aux"
    assert run_script(script) == run_script(script)


def test_who_and_where() -> None:
    system = System(
        clock=Clock(1_572_253_629), hostname="image-registry-7489584ddc-jhw2j", user="1000340000", uid=1000340000,
        groups=(1000340000,),
        processes=lambda: [ProcessInfo(1, "1000340000", "/usr/bin/dockerregistry", 1_572_253_629)],
    )  # fmt: skip
    script = "id; whoami; hostname; uname -r; ps -ef | tail -1; ps aux | wc -l; date -u"
    assert run_script(script, system=system).stdout == (
        "uid=1000340000(1000340000) gid=0(root) groups=0(root),1000340000\n1000340000\n"
        "image-registry-7489584ddc-jhw2j\n4.18.0-80.11.2.el8_0.x86_64\n"
        "1000340+       1       0  0 09:07 ?        00:00:00 /usr/bin/dockerregistry\n2\n"
        "Mon Oct 28 09:07:09 UTC 2019\n"
    )


def test_ls_prints_as_coreutils_does() -> None:
    system = System(clock=Clock(1_572_253_629))
    fs = MemoryFileSystem(clock=system.clock.now)
    fs.add("/d/file", "x" * 5000)
    fs.add("/d/sub/", "")
    fs.add("/d/old", "")
    fs.set_mtime("/d/old", 1_500_000_000)
    assert run_script("ls -l /d; ls -lh /d/file; du -h /d", fs=fs, system=system).stdout == (
        "total 12\n"
        "-rw-r--r-- 1 root root 5000 Oct 28 09:07 file\n"
        "-rw-r--r-- 1 root root    0 Jul 14  2017 old\n"
        "drwxr-xr-x 2 root root 4096 Oct 28 09:07 sub\n"
        "-rw-r--r-- 1 root root 4.9K Oct 28 09:07 /d/file\n"
        "4.0K\t/d/sub\n16K\t/d\n"
    )


def test_scripts_read_standard_input_and_arguments() -> None:
    assert run_script('read a; echo "$a $1"; cat', stdin="one\ntwo\n", arguments=("arg",)).stdout == "one arg\ntwo\n"


def test_ctrl_c_ends_the_command_and_not_the_session() -> None:
    clock = Clock()

    def interrupt() -> None:
        raise KeyboardInterrupt

    clock.call_later(5, interrupt)
    person = ScriptedTerminal(["sleep 1000", "echo status $?"])
    quiet = Buffer()
    process = Process(["bash"], {}, "/", quiet, quiet, quiet, MemoryFileSystem(clock=clock.now), System(clock))
    Scheduler(clock).run(Shell(process, PROGRAMS).interact(person, "$ "))
    assert "status 130\n" in person.screen
    assert clock.now() == 5
