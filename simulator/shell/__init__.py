"""Floor 1: the small POSIX shell, over a filesystem and a table of programs that others hand it."""

from simulator.shell.budget import Budget, BudgetExceeded
from simulator.shell.interpreter import Shell, run_program
from simulator.shell.memoryfs import MemoryFileSystem
from simulator.shell.programs import PROGRAMS
from simulator.shell.script import Result, run_script

__all__ = ["PROGRAMS", "Budget", "BudgetExceeded", "MemoryFileSystem", "Result", "Shell", "run_program", "run_script"]
