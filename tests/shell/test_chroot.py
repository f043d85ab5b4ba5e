"""chroot: a directory as the root of a program."""

from __future__ import annotations

from simulator.runtime.clock import Clock
from simulator.shell.memoryfs import MemoryFileSystem
from simulator.shell.process import System
from simulator.shell.script import Result, run_script


def run(script: str, uid: int = 0) -> Result:
    fs = MemoryFileSystem({"/host/etc/motd": "below\n", "/etc/motd": "above\n"}, clock=Clock().now)
    return run_script(script, fs=fs, system=System(clock=Clock(), uid=uid))


def test_a_program_sees_the_directory_as_its_root() -> None:
    assert run("chroot /host cat /etc/motd").stdout == "below\n"
    assert run(
        "cd /etc; chroot ../host sh -c 'pwd; ls /; cat /../../etc/motd; echo new > /file'; cat /host/file"
    ).stdout == ("/\netc\nbelow\nnew\n")
    assert run("chroot /host false").status == 1


def test_what_is_refused() -> None:
    said = run("chroot /nope ls")
    assert (said.stderr, said.status) == (
        "chroot: cannot change root directory to '/nope': No such file or directory\n", 125,
    )  # fmt: skip
    assert run("chroot /etc/motd ls").stderr == "chroot: cannot change root directory to '/etc/motd': Not a directory\n"
    assert run("chroot /host ls", uid=1000).stderr == (
        "chroot: cannot change root directory to '/host': Operation not permitted\n"
    )
    assert run("chroot").status == 125
