"""tar: archives that the host's tar reads, and those that it writes."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.runtime.clock import Clock
from simulator.shell.memoryfs import MemoryFileSystem
from simulator.shell.script import Result, run_script

LONG = "long/" + "x" * 140


def files(content: dict[str, bytes]) -> MemoryFileSystem:
    fs = MemoryFileSystem({"/src/": "", "/dst/": "", "/root/": ""}, clock=Clock(1_572_253_629.0).now)
    for name, data in content.items():
        run_script(f"mkdir -p $(dirname '/src/{name}')", fs=fs)
        fs.write(f"/src/{name}", data)
    return fs


def tar(fs: MemoryFileSystem, arguments: str, stdin: bytes = b"") -> Result:
    return run_script(f"tar {arguments}", fs=fs, stdin=stdin, cwd="/src")


def raw(result: Result) -> bytes:
    return result.stdout.encode("utf-8", "surrogateescape")


def test_what_we_write_the_host_reads(tmp_path: Path) -> None:
    fs = files({"one": b"1\n", LONG: bytes(range(256)) * 9, "empty": b""})
    fs.set_mode("/src/one", 0o751)
    packed = tar(fs, "cf - .")
    assert packed.stderr == ""
    assert len(raw(packed)) % 10240 == 0
    subprocess.run(["tar", "-xf", "-", "-C", str(tmp_path)], input=raw(packed), check=True)
    assert (tmp_path / "one").read_bytes() == b"1\n"
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o751
    assert (tmp_path / "one").stat().st_mtime == 1_572_253_629
    assert (tmp_path / LONG).read_bytes() == bytes(range(256)) * 9
    assert (tmp_path / "empty").read_bytes() == b""


@pytest.mark.parametrize("kind", ["--format=gnu", "--format=pax", "--format=ustar", "-z"])
def test_what_the_host_writes_we_read(tmp_path: Path, kind: str) -> None:
    (tmp_path / "long").mkdir()
    name = "long/" + "y" * 90 if "ustar" in kind else LONG
    (tmp_path / name).write_bytes(b"deep\n")
    (tmp_path / "one").write_text("1\n")
    made = subprocess.run(["tar", "-c", kind, "-f", "-", "."], cwd=tmp_path, stdout=subprocess.PIPE, check=True)
    fs = files({})
    unpacked = tar(fs, "-xmf - -C /dst --no-same-owner", made.stdout)
    assert (unpacked.stderr, unpacked.status) == ("", 0)
    assert (fs.read("/dst/one"), fs.read(f"/dst/{name}")) == (b"1\n", b"deep\n")


@given(
    st.dictionaries(
        st.text("abcé ", min_size=1, max_size=8).map(lambda text: f"f{text}"), st.binary(max_size=1500), max_size=4
    )
)
@settings(max_examples=15)
def test_there_and_back(content: dict[str, bytes]) -> None:
    fs = files(content)
    packed = tar(fs, "czf - .")
    assert tar(fs, "xzf - -C /dst", raw(packed)).status == 0
    assert {name: fs.read(f"/dst/{name}") for name in fs.list("/dst")} == content


def test_the_old_way_without_a_dash_and_files() -> None:
    fs = files({"a/one": b"1\n", "a/two": b"2\n"})
    assert tar(fs, "cvf /root/x.tar a --exclude two").stdout == "a/\na/one\n"
    assert tar(fs, "tf /root/x.tar").stdout == "a/\na/one\n"
    assert tar(fs, "tvf /root/x.tar").stdout.splitlines()[1].endswith(" 2 2019-10-28 09:07 a/one")
    assert tar(fs, "xOf /root/x.tar a/one").stdout == "1\n"
    tar(fs, "xf /root/x.tar --strip-components=1 -C /dst")
    assert fs.list("/dst") == ["one"]


def test_a_leading_slash_is_removed() -> None:
    packed = tar(files({"one": b"1\n"}), "cf - /src/one")
    assert packed.stderr == "tar: Removing leading `/' from member names\n"
    with tarfile.open(fileobj=io.BytesIO(raw(packed))) as archived:
        assert archived.getnames() == ["src/one"]


def archive(name: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    return member.tobuf() + bytes(1024)


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "text"),
    [
        ("cf -", b"", 2, "tar: Cowardly refusing to create an empty archive\n"),
        ("-v", b"", 2, "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n"),
        ("cf - nope", b"", 2, "tar: nope: Cannot stat: No such file or directory\n"
                              "tar: Exiting with failure status due to previous errors\n"),
        ("xf - -C /nope", b"", 2, "tar: /nope: Cannot open: No such file or directory\n"
                                  "tar: Error is not recoverable: exiting now\n"),
        ("xf nope.tar", b"", 2, "tar: nope.tar: Cannot open: No such file or directory\n"),
        ("xf - -C /dst", b"no archive" * 99, 2, "tar: This does not look like a tar archive\n"),
        ("xf - -C /dst", archive("../../etc/passwd"), 2, "tar: ../../etc/passwd: Member name contains '..'\n"),
        ("xf - -C /dst", archive("link", tarfile.SYMTYPE), 2, "tar: link: Cannot open: Operation not permitted\n"),
        ("xf - -C /dst", bytes(10240), 0, ""),
    ],
)  # fmt: skip
def test_refusals(arguments: str, stdin: bytes, status: int, text: str) -> None:
    fs = files({})
    done = tar(fs, arguments, stdin)
    assert done.status == status
    assert done.stderr.startswith(text)
    assert fs.list("/dst") == []


def test_an_absolute_name_stays_below() -> None:
    fs = files({})
    assert tar(fs, "xf - -C /dst", archive("/etc/passwd")).status == 0
    assert fs.read("/dst/etc/passwd") == b""
