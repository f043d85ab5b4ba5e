"""The kubelet's door to containers: exec, logs, and the runs of scripts and probes inside."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.api.gvrs import PODS, PODSANDBOXES
from simulator.api.types import Upgrade
from simulator.changes.node import EXEC_FAILED, QUOTED_URLS
from simulator.client.client import Client
from simulator.errors import BadRequest, InternalError, Object
from simulator.infra.filesystem import MountedFileSystem
from simulator.infra.kubelet.addresses import host_address
from simulator.infra.kubelet.environment import PATH, ConfigError, environment, expand, references
from simulator.infra.kubelet.record import Record, load, save
from simulator.infra.kubelet.view import View
from simulator.infra.machine import machine_of
from simulator.infra.podman import podman
from simulator.infra.programs import behaviour_of, command_line
from simulator.infra.rootfs import Family
from simulator.runtime.clock import Clock, parse_rfc3339, rfc3339
from simulator.runtime.tasks import Deadlock, Scheduler
from simulator.runtime.terminal import Terminal
from simulator.shell.budget import EXHAUSTED_STATUS, Budget
from simulator.shell.process import Process, ProcessInfo, Program, Reader, System, Writer
from simulator.shell.programs import PROGRAMS
from simulator.shell.streams import Buffer, TerminalReader

if TYPE_CHECKING:
    from simulator.infra import Machines

_NOT_FOUND_STATUS, _NOT_EXECUTABLE = 127, 126
_RUN_LIMIT_S = 30 * 86400.0  # a script that needs longer is one that runs for ever
_RUN_STEPS, _PROBE_STEPS = 20_000, 2_000
_EXEC_PID = 15
_LOG_LINES = 200  # requests that a container's record keeps


class Kubelet:
    """All kubelets at once. The loop writes; this reads, and runs programs over what the loop has mounted."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines

    # -- exec

    async def exec(
        self, target: Upgrade, stdin: Reader, stdout: Writer, stderr: Writer, terminal: Terminal | None = None
    ) -> int:
        """Run a command in a container. InternalError when the container does not run."""
        pod = self._client.get(PODS, target.pod, target.namespace)
        spec = _container(pod, target.container)
        self._dial(pod, "error dialing backend: ")
        record = self.record(pod)
        if record["containers"].get(spec["name"], {}).get("state") != "running":
            raise InternalError(f'unable to upgrade connection: container not found ("{spec["name"]}")')
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
        return await program(process)

    # -- logs

    def logs(self, pod: Object, container: str, query: Mapping[str, str]) -> str:
        """What a container has written. ``query``: previous, tailLines, since(Seconds|Time), timestamps, limitBytes."""
        spec = _container(pod, container)
        where = f"containerLogs/{pod['metadata']['namespace']}/{pod['metadata']['name']}/{spec['name']}"
        self._dial(pod, QUOTED_URLS.at(self._machines.release).format(url=f"https://{{address}}/{where}") + ": ")
        one = self.record(pod)["containers"].get(spec["name"], {})
        if query.get("previous") in ("true", "1"):
            if not one.get("restarts"):
                name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
                raise BadRequest(f'previous terminated container "{spec["name"]}" in pod "{name}" not found')
            lines = self._start_lines(pod, spec, _time_of(one.get("lastState", {})))
        elif "started" not in one:
            reason = one.get("reason", "ContainerCreating")
            text = f'container "{spec["name"]}" in pod "{pod["metadata"]["name"]}" is waiting to start: '
            waits = {"ImagePullBackOff": "trying and failing to pull image", "ErrImagePull": "image can't be pulled"}
            raise BadRequest(text + waits.get(reason, reason))
        else:
            lines = self._lines(pod, spec, one)
        return _select(lines, query, self._machines.clock.now())

    def note(self, pod: Object, container: str, line: str) -> None:
        """Add a line to a container's log."""
        record, stored = load(self._client, pod, self._machines.clock.now())
        one = record["containers"].get(container)
        if one is not None:
            entry = {"time": self._machines.clock.now(), "line": line}
            one["log"] = [*one.get("log", ()), entry][-_LOG_LINES:]
            save(self._client, record, stored)

    def _lines(self, pod: Object, spec: Object, one: Record) -> list[tuple[float, str]]:
        output = one.get("run", {}).get("output", "")
        lines = self._start_lines(pod, spec, one["started"])
        lines += [(one["started"], text) for text in output.splitlines()]
        return lines + [(entry["time"], entry["line"]) for entry in one.get("log", ())]

    def _start_lines(self, pod: Object, spec: Object, started: float) -> list[tuple[float, str]]:
        """The lines of a program's start, as far as it has come."""
        behaviour = behaviour_of(pod, spec, self._machines.release)
        try:
            env = self.environment(pod, spec)
        except ConfigError:
            env = {}
        step = behaviour.boot_s / max(len(behaviour.log), 1)
        times = [started + step * (number + 1) for number in range(len(behaviour.log))]
        storage = env.get("REGISTRY_STORAGE", "")
        place = env.get("REGISTRY_STORAGE_S3_BUCKET") or env.get("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "")
        fields = {
            "container": spec["name"],
            "storage": f"{storage} {place}".strip(),
            "server": env.get("REGISTRY_OPENSHIFT_SERVER_ADDR", ""),
            "address": env.get("REGISTRY_HTTP_ADDR", ":5000"),
        }
        now = self._machines.clock.now()
        texts = zip(times, behaviour.log, strict=True)
        return [(at, line.format(**fields, time=_nanos(at), klog=_klog(at))) for at, line in texts if at <= now]

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
        """Run a script container ahead, on a clock of its own: ``{exitCode, finished, output}``; {} if it never ends.

        Its effects on volumes are there at its start; its end comes when its sleeps have passed.
        """
        env = environment(self._client, pod, spec, record["containers"][spec["name"]].get("env", {}))
        words = [expand(word, env) for word in command_line(spec)]
        now = self._machines.clock.now()
        if not words and not spec.get("stdin"):
            return {"exitCode": 0, "finished": now, "output": ""}  # the image's shell finds nothing to read
        if not words:
            return {}
        if posixpath.basename(words[0]) == "sleep" and not words[-1].rstrip("smhd").replace(".", "").isdigit():
            return {}
        view = View(self._machines, pod, spec, record)
        output, clock = Buffer(), Clock(now)
        status = self._run_ahead(view, words, output, clock, _RUN_STEPS)
        if status is None or clock.now() - now > _RUN_LIMIT_S:
            return {}
        return {"exitCode": status, "finished": clock.now(), "output": output.text()}

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

    def _run_ahead(self, view: View, words: list[str], output: Buffer, clock: Clock, steps: int) -> int | None:
        process = self._process(view, words, Buffer(), output, output, clock)
        process.budget = Budget(steps=steps, bytes=1 << 20)
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


def _with_command(process: Process, target: Upgrade) -> System:
    """The container's processes with the one that exec starts."""
    system = process.system
    tty = "pts/0" if target.tty else "?"
    row = ProcessInfo(_EXEC_PID, system.user, " ".join(target.command), system.clock.now(), 0, tty)
    return replace(system, processes=lambda: [*system.processes(), row])


def _container(pod: Object, name: str) -> Object:
    specs = [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]
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


def _select(lines: list[tuple[float, str]], query: Mapping[str, str], now: float) -> str:
    since = now - float(query["sinceSeconds"]) if query.get("sinceSeconds") else 0.0
    if query.get("sinceTime"):
        since = parse_rfc3339(query["sinceTime"])
    chosen = [(at, line) for at, line in lines if at >= since]
    if query.get("tailLines"):
        count = int(query["tailLines"])
        chosen = chosen[-count:] if count else []
    stamped = query.get("timestamps") in ("true", "1")
    text = "".join(f"{_nanos(at) + ' ' if stamped else ''}{line}\n" for at, line in chosen)
    return text[: int(query["limitBytes"])] if query.get("limitBytes") else text


def _nanos(seconds: float) -> str:
    """RFC 3339 with nanoseconds."""
    return f"{rfc3339(seconds)[:-1]}.{int(seconds % 1 * 1_000_000):06d}000Z"


def _klog(seconds: float) -> str:
    """``I1028 09:07:56.123456       1``."""
    text = rfc3339(seconds)
    return f"I{text[5:7]}{text[8:10]} {text[11:19]}.{int(seconds % 1 * 1_000_000):06d}       1"


def _time_of(state: Mapping[str, Any]) -> float:
    ended = state.get("terminated") or {}
    return parse_rfc3339(ended["startedAt"]) if ended.get("startedAt") else 0.0
