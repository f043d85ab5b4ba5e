"""The kubelet's door to containers: exec, attach, logs, and the runs of scripts and probes inside."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.api.gvrs import PODS, PODSANDBOXES
from simulator.api.logstream import LogStream
from simulator.api.types import Upgrade
from simulator.changes.node import EXEC_FAILED, QUOTED_URLS
from simulator.client.client import Client
from simulator.errors import BadRequest, InternalError, Object
from simulator.infra.filesystem import MountedFileSystem
from simulator.infra.kubelet.addresses import host_address
from simulator.infra.kubelet.changes import PodChanges
from simulator.infra.kubelet.environment import PATH, ConfigError, environment, expand, references
from simulator.infra.kubelet.live import Client as Attached
from simulator.infra.kubelet.live import Live, LiveTerminal, LiveWriter, Unheard, UnheardTerminal
from simulator.infra.kubelet.logs import Log, LogTail, Place, demand_started, is_on, rendered, select
from simulator.infra.kubelet.output import Recorder, beginning, recorded
from simulator.infra.kubelet.record import Record, load, save
from simulator.infra.kubelet.view import View
from simulator.infra.machine import machine_of
from simulator.infra.podman import podman
from simulator.infra.programs import behaviour_of, command_line
from simulator.infra.rootfs import Family
from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Deadlock, Scheduler, current_scheduler
from simulator.runtime.terminal import Terminal
from simulator.shell.budget import EXHAUSTED_STATUS, Budget, BudgetExceeded
from simulator.shell.process import Process, ProcessInfo, Program, Reader, System, Writer
from simulator.shell.programs import PROGRAMS
from simulator.shell.streams import Buffer, Metered, TerminalReader, decode

if TYPE_CHECKING:
    from simulator.infra import Machines
    from simulator.infra.listeners import Listener

_NOT_FOUND_STATUS, _NOT_EXECUTABLE = 127, 126
_RUN_LIMIT_S = 30 * 86400.0  # a script that needs longer is one that runs for ever
_RUN_STEPS, _PROBE_STEPS = 20_000, 2_000
_RUN_BYTES, _ENDLESS_BYTES = 1 << 20, 1 << 14
_INTERRUPTED_STATUS = 130  # 128 + SIGINT
_EXEC_PID = 15
_LOG_LINES = 200  # requests that a container's record keeps


class Kubelet:
    """All kubelets at once. The loop writes; this reads, and runs programs over what the loop has mounted."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines
        self._lives: dict[tuple[str, str], Live] = {}  # by the pod's uid and the container

    # -- exec and attach

    async def exec(
        self, target: Upgrade, stdin: Reader, stdout: Writer, stderr: Writer, terminal: Terminal | None = None
    ) -> int:
        """Run a command in a container, or join its main program (``attach``). InternalError when it does not run.

        A Ctrl-C or a client that is gone cancels the task: what it started in the container ends with it.
        """
        pod, spec, record = self._running(target)
        if target.kind == "attach":
            await self._attach(pod, spec, record, stdin if target.stdin else None, Attached(stdout, stderr, terminal))
            return 0
        process = self._process(View(self._machines, pod, spec, record), list(target.command), stdin, stdout, stderr)
        process.system = _with_command(process, target)
        if terminal is not None and target.tty:
            process.terminal, process.stdin = terminal, TerminalReader(terminal)
        program = self._program(process)
        if program is None:
            name = target.command[0]
            if _is_file(process, posixpath.join("/usr/bin", name)):
                await stderr.write(f"{name}: not available in this simulator\n")
                return _NOT_EXECUTABLE
            await stderr.write(EXEC_FAILED.at(self._machines.release).format(program=name))
            return _NOT_FOUND_STATUS if "/" not in name else _NOT_EXECUTABLE
        return await _run(program, process)

    def live(self, pod: Object, container: str) -> Live | None:
        """The main program of a container, if it runs because somebody has attached to it."""
        return self._lives.get((pod["metadata"]["uid"], container))

    def listener(self, target: Upgrade, port: int) -> Listener:
        """Who listens on a port of a pod. ForwardError when nobody does."""
        from simulator.infra.listeners import listener  # here: most who need a kubelet forward nothing

        pod = self._client.get(PODS, target.pod, target.namespace)
        self._dial(pod, "error dialing backend: ")
        return listener(self._machines, pod, self.record(pod), port)

    def interrupt(self, target: Upgrade) -> None:
        """A Ctrl-C for the main program that ``target`` is attached to."""
        pod = self._client.get_or_none(PODS, target.pod, target.namespace)
        live = None if pod is None else self.live(pod, target.container)
        if live is not None and live.task is not None:
            live.task.cancel()

    def _running(self, target: Upgrade) -> tuple[Object, Object, Record]:
        """Pod, container and record of a target; InternalError unless it runs on a node that can be reached."""
        pod = self._client.get(PODS, target.pod, target.namespace)
        spec = _container(pod, target.container)
        self._dial(pod, "error dialing backend: ")
        record = self.record(pod)
        if record["containers"].get(spec["name"], {}).get("state") != "running":
            raise InternalError(f'unable to upgrade connection: container not found ("{spec["name"]}")')
        return pod, spec, record

    async def _attach(self, pod: Object, spec: Object, record: Record, stdin: Reader | None, client: Attached) -> None:
        """Show what the main program writes from now on, until it ends; give it ``stdin`` if it waits for it."""
        if not record["containers"][spec["name"]].get("run", {}).get("reads"):
            await _copy(LogStream(LogTail(self._machines, pod, spec, {"tailLines": "0"})), client.stdout)
            return
        scheduler = (await current_scheduler()).root
        live = self.live(pod, spec["name"]) or self._begin(pod, spec, record, scheduler)
        feeding = scheduler.spawn(live.feed(stdin), "standard input") if stdin and client.terminal is None else None
        try:
            await live.join(client)
        finally:
            if feeding is not None:
                feeding.cancel()

    def _begin(self, pod: Object, spec: Object, record: Record, scheduler: Scheduler) -> Live:
        """Start the program that waits for somebody. It ends with the container, whoever is attached."""
        one = record["containers"][spec["name"]]
        live = Live(self._machines.clock.now, one["started"], bool(spec.get("stdinOnce")))
        view = View(self._machines, pod, spec, record)
        words = self._main_command(view, one)
        process = self._process(view, words, live.stdin, LiveWriter(live), LiveWriter(live, error=True))
        if spec.get("tty"):
            terminal = LiveTerminal(live)
            process.terminal, process.stdin = terminal, TerminalReader(terminal)
        program = self._program(process)
        assert program is not None, f"{words[0]} ran when the container started"
        live.task = scheduler.spawn(self._live_through(pod, spec, live, _run(program, process)), spec["name"])
        self._lives[pod["metadata"]["uid"], spec["name"]] = live
        return live

    async def _live_through(self, pod: Object, spec: Object, live: Live, program: Awaitable[int]) -> None:
        """The program to its end; then the kubelet hears of it."""
        name, log = spec["name"], Log(self._machines, pod, spec)

        def look() -> None:
            one = log.record()
            if (one.get("state"), one.get("started")) != ("running", live.started) and live.task is not None:
                live.task.cancel()

        changes, status = PodChanges(self._client, self._machines.clock, pod, look), _INTERRUPTED_STATUS
        try:
            status = await program
        finally:
            changes.close()
            live.finish()
            now, written = self._machines.clock.now(), recorded(live.recorder.lines(finished=True), live.started)
            dropped = {"dropped": live.recorder.dropped} if live.recorder.dropped else {}
            self._note_end(pod, name, live, {"exitCode": status, "finished": now, **written, **dropped})
            del self._lives[pod["metadata"]["uid"], name]

    def _note_end(self, pod: Object, name: str, live: Live, run: Record) -> None:
        record, stored = load(self._client, pod, self._machines.clock.now())
        one = record["containers"].get(name, {})
        if (one.get("state"), one.get("started")) == ("running", live.started):
            one["run"] = run
            save(self._client, record, stored)

    # -- logs

    def logs(self, pod: Object, container: str, query: Mapping[str, str]) -> str | LogStream:
        """What a container has written. ``query``: previous, tailLines, since(Seconds|Time), timestamps, limitBytes.

        With ``follow`` a stream, which goes on until the container ends.
        """
        spec = _container(pod, container)
        where = f"containerLogs/{pod['metadata']['namespace']}/{pod['metadata']['name']}/{spec['name']}"
        self._dial(pod, QUOTED_URLS.at(self._machines.release).format(url=f"https://{{address}}/{where}") + ": ")
        one = self.record(pod)["containers"].get(spec["name"], {})
        log = Log(self._machines, pod, spec)
        if is_on(query, "previous"):
            if not one.get("restarts"):
                name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
                raise BadRequest(f'previous terminated container "{spec["name"]}" in pod "{name}" not found')
            lines = log.previous(one)
        elif is_on(query, "follow"):
            return LogStream(LogTail(self._machines, pod, spec, query))
        else:
            demand_started(pod, spec, one)
            lines = log.after(Place(), one, one["started"])[0]
        text = decode(rendered(select(lines, query, self._machines.clock.now()), is_on(query, "timestamps")))
        return text[: int(query["limitBytes"])] if query.get("limitBytes") else text

    def note(self, pod: Object, container: str, line: str) -> None:
        """Add a line to a container's log."""
        record, stored = load(self._client, pod, self._machines.clock.now())
        one = record["containers"].get(container)
        if one is not None:
            entry = {"time": self._machines.clock.now(), "line": line}
            kept = one.get("log", ())
            if len(kept) == _LOG_LINES:
                one["logged"] = one.get("logged", _LOG_LINES) + 1
            one["log"] = [*kept, entry][-_LOG_LINES:]
            save(self._client, record, stored)

    def _dial(self, pod: Object, failure: str) -> None:
        """InternalError when the pod's machine is off: the API server cannot reach its kubelet."""
        node = pod["spec"].get("nodeName")
        if node and not machine_of(self._client, node).up:
            address = f"{host_address(self._client, node)}:10250"
            raise InternalError(failure.format(address=address) + f"dial tcp {address}: i/o timeout")

    # -- programs inside

    def record(self, pod: Object) -> Record:
        """What the kubelet knows of a pod; read only."""
        stored = self._client.get_or_none(PODSANDBOXES, f"{pod['metadata']['namespace']}.{pod['metadata']['name']}")
        if stored is not None and stored["spec"]["uid"] == pod["metadata"]["uid"]:
            found: Record = stored["spec"]
            return found
        return load(self._client, pod, self._machines.clock.now())[0]

    def environment(self, pod: Object, spec: Object) -> dict[str, str]:
        """The variables of a container as it was started; ConfigError if it cannot be and a reference leads nowhere."""
        referred = self.record(pod)["containers"].get(spec["name"], {}).get("env")
        if referred is None:
            referred = references(self._client, pod, spec)
        return environment(self._client, pod, spec, referred)

    def filesystem(self, pod: Object, spec: Object, record: Record) -> MountedFileSystem:
        return View(self._machines, pod, spec, record).filesystem()

    def run(self, pod: Object, spec: Object, record: Record) -> Record:
        """Run a script container ahead, on a clock of its own: ``{exitCode, finished, output, times}``.

        Its effects on volumes are there at its start; its end comes when its sleeps have passed. One that never ends
        has no ``finished``, and the beginning of its output; one that waits for its standard input ``{reads: True}``.
        """
        now = self._machines.clock.now()
        view = View(self._machines, pod, spec, record)
        words = self._main_command(view, record["containers"][spec["name"]])
        if not command_line(spec) and not spec.get("stdin"):
            return {"exitCode": 0, "finished": now, "output": ""}  # the image's shell finds nothing to read
        if posixpath.basename(words[0]) == "sleep" and not words[-1].rstrip("smhd").replace(".", "").isdigit():
            return {}
        clock = Clock(now)
        output, stdin = Recorder(clock.now, _RUN_BYTES), Unheard()
        terminal = UnheardTerminal(stdin, output) if spec.get("tty") else None
        status = self._run_ahead(view, words, output, clock, _RUN_STEPS, stdin if spec.get("stdin") else None, terminal)
        if stdin.asked:
            return {"reads": True}
        lines = output.lines(finished=True)
        if status is not None and clock.now() - now <= _RUN_LIMIT_S:
            return {"exitCode": status, "finished": clock.now(), **recorded(lines, now)}
        return recorded(kept, now) if (kept := beginning(lines, _ENDLESS_BYTES)) else {}

    def _main_command(self, view: View, one: Record) -> list[str]:
        """The words of a container's main program, the image's shell where the spec names none."""
        env = environment(self._client, view.pod, view.spec, one.get("env", {}))
        return [expand(word, env) for word in command_line(view.spec)] or [view.family().shell]

    def lacks(self, pod: Object, spec: Object, record: Record) -> str:
        """The command of a script container if its image has no such program, else ""."""
        words = command_line(spec)
        if not words or behaviour_of(pod, spec, self._machines.release).kind != "script":
            return ""
        process = self._process(View(self._machines, pod, spec, record), words, Buffer(), Buffer(), Buffer())
        return "" if self._program(process) is not None else words[0]

    def probe(self, pod: Object, spec: Object, record: Record, command: Sequence[str]) -> tuple[bool, str]:
        """Run an exec probe: whether it succeeded, and what it printed."""
        output = Buffer()
        clock = Clock(self._machines.clock.now())
        status = self._run_ahead(View(self._machines, pod, spec, record), list(command), output, clock, _PROBE_STEPS)
        return status == 0, output.text()

    def duration(self, pod: Object, spec: Object, record: Record, command: Sequence[str]) -> float:
        """How many seconds a command takes in a container; as long as may be if it never ends."""
        clock = Clock(begin := self._machines.clock.now())
        view = View(self._machines, pod, spec, record)
        status = self._run_ahead(view, list(command), Buffer(), clock, _PROBE_STEPS)
        return _RUN_LIMIT_S if status is None else clock.now() - begin

    def user(self, pod: Object, spec: Object, record: Record) -> Record:
        """As whom a container runs: ``{uid, gid, supplementalGroups}``."""
        identity = View(self._machines, pod, spec, record).identity()
        groups = list(dict.fromkeys((identity.gid, *identity.groups)))
        return {"uid": identity.uid, "gid": identity.gid, "supplementalGroups": groups}

    def _run_ahead(
        self,
        view: View,
        words: list[str],
        output: Writer,
        clock: Clock,
        steps: int,
        stdin: Reader | None = None,
        terminal: Terminal | None = None,
    ) -> int | None:
        process = self._process(view, words, stdin or Buffer(), output, output, clock)
        process.budget = Budget(steps=steps, bytes=_RUN_BYTES)
        if terminal is not None and stdin is not None:
            process.terminal, process.stdin = terminal, TerminalReader(terminal)
        program = self._program(process)
        if program is None:
            return _NOT_FOUND_STATUS
        try:
            status: int = Scheduler(clock).run(_as_coroutine(program, process), limit_s=_RUN_LIMIT_S)
        except (TimeoutError, Deadlock):
            return None
        return None if status == EXHAUSTED_STATUS else status

    @property
    def _client(self) -> Client:
        return self._machines.client

    def _program(self, process: Process) -> Program | None:
        """The program of a command: looked up by name where the image has it."""
        name = process.args[0]
        base = posixpath.basename(name)
        if base != name and posixpath.dirname(name) not in PATH.split(":"):
            return process.programs["sh"] if _is_file(process, name) else None
        return process.programs.get(base)

    def _process(
        self,
        view: View,
        words: list[str],
        stdin: Reader,
        stdout: Writer,
        stderr: Writer,
        clock: Clock | None = None,
    ) -> Process:
        kind = view.family()
        identity, names = view.identity(), view.user_names()
        user = names.get(identity.uid, str(identity.uid))
        system = System(
            clock=clock or self._machines.clock,
            hostname=view.hostname(),
            user=user,
            uid=identity.uid,
            gid=identity.gid,
            groups=identity.groups,
            user_names=names,
            group_names={0: "root"},
            processes=lambda: self._processes(view, user),
            kernel=view.kernel(),
            prompt=kind.prompt,
        )
        return Process(
            args=words,
            env=self._variables(view),
            cwd=view.spec.get("workingDir") or "/",
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            fs=view.filesystem(),
            system=system,
            programs=self._programs(kind),
        )

    def _programs(self, kind: Family) -> dict[str, Program]:
        programs = {name: program for name, program in PROGRAMS.items() if name in kind.programs}
        if "podman" in kind.programs:
            programs["podman"] = podman(self._machines)
        return programs

    def _variables(self, view: View) -> dict[str, str]:
        env = {"PATH": PATH, "HOSTNAME": view.hostname(), "HOME": "/root" if view.identity().uid == 0 else "/"}
        env["container"] = "oci"
        try:
            return {**env, **self.environment(view.pod, view.spec)}
        except ConfigError:  # what it was started with is gone since
            return env

    def _processes(self, view: View, user: str) -> list[ProcessInfo]:
        one = view.record["containers"].get(view.spec["name"], {})
        words = command_line(view.spec)
        if not words or view.behaviour().kind == "registry":  # whatever shell began, it became the registry
            words = [_entry_point(view)]
        return [ProcessInfo(1, user, " ".join(words), one.get("started", 0.0))]


async def _as_coroutine(program: Program, process: Process) -> int:
    return await program(process)


async def _run(program: Program, process: Process) -> int:
    """A program to its end; what goes wrong inside is told on its stderr, as by a shell."""
    from simulator.shell.interpreter import run_program  # here: most who need a kubelet run nothing

    process.stdout, process.stderr = Metered(process.stdout, process.budget), Metered(process.stderr, process.budget)
    try:
        return await run_program(program, process)
    except BudgetExceeded as exceeded:
        process.budget.reset()  # so that the message itself fits
        await process.stderr.write(f"{process.name}: {exceeded}\n")
        return EXHAUSTED_STATUS


async def _copy(stream: LogStream, stdout: Writer) -> None:
    """All that comes, to the end of the stream."""
    try:
        while True:
            while (data := stream.next()) is not None:
                await stdout.write(data)
            if stream.closed:
                return
            await stream.changed.wait()
    finally:
        stream.close()


def _with_command(process: Process, target: Upgrade) -> System:
    """The container's processes with the one that exec starts."""
    system = process.system
    tty = "pts/0" if target.tty else "?"
    row = ProcessInfo(_EXEC_PID, system.user, " ".join(target.command), system.clock.now(), 0, tty)
    return replace(system, processes=lambda: [*system.processes(), row])


def _container(pod: Object, name: str) -> Object:
    more = [one for kind in ("initContainers", "ephemeralContainers") for one in pod["spec"].get(kind) or ()]
    specs = [*pod["spec"]["containers"], *more]
    found: Object | None = next((spec for spec in specs if not name or spec["name"] == name), None)
    if found is None:
        raise BadRequest(f"container {name} is not valid for pod {pod['metadata']['name']}")
    return found


def _entry_point(view: View) -> str:
    kind = view.behaviour().kind
    return "/usr/bin/dockerregistry" if kind == "registry" else f"/usr/bin/{view.spec['name']}"


def _is_file(process: Process, path: str) -> bool:
    try:
        return process.fs.stat(path).kind == "file"
    except OSError:
        return False
