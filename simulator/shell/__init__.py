"""Floor 1: the small POSIX shell, over a filesystem and a table of programs that others hand it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from simulator.shell.budget import Budget, BudgetExceeded
    from simulator.shell.interpreter import Shell, run_program
    from simulator.shell.memoryfs import MemoryFileSystem
    from simulator.shell.programs import PROGRAMS
    from simulator.shell.script import Result, run_script

__all__ = [
    "PROGRAMS",
    "Budget",
    "BudgetExceeded",
    "MemoryFileSystem",
    "Result",
    "Shell",
    "run_program",
    "run_script",
]

_HOMES: Final = {
    "Budget": "budget",
    "BudgetExceeded": "budget",
    "MemoryFileSystem": "memoryfs",
    "PROGRAMS": "programs",
    "Result": "script",
    "Shell": "interpreter",
    "run_program": "interpreter",
    "run_script": "script",
}


def __getattr__(name: str) -> Any:
    """Imported when first asked for: most who need the ports in this folder never run a shell."""
    if name in _HOMES:
        return getattr(import_module(f"simulator.shell.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
