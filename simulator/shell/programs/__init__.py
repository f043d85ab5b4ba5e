"""The programs of a small Linux image: ``PROGRAMS`` maps a name to its program, one family a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulator.shell.process import Program
from simulator.shell.programs.shells import sh

PROGRAMS: Final[Mapping[str, Program]] = {"sh": sh, "bash": sh}
