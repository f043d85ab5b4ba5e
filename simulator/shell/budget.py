"""Bounds of what a script may use, so that ``while :; do :; done`` ends with a message instead of never."""

from __future__ import annotations

from dataclasses import dataclass

EXHAUSTED_STATUS = 125  # what a run ends with whose budget is spent


class BudgetExceeded(Exception):
    """A script used more than it may. Ends the whole run, past every ``||`` and trap."""


@dataclass(slots=True)
class Budget:
    """``steps``: commands and loop turns; ``bytes``: all that is written or kept; ``depth``: nested calls.

    The counters start anew with every command line of a session.
    """

    steps: int = 200_000
    bytes: int = 64 * 1024 * 1024
    depth: int = 200
    used_steps: int = 0
    used_bytes: int = 0

    def reset(self) -> None:
        self.used_steps = self.used_bytes = 0

    def spend_steps(self, count: int = 1) -> None:
        self.used_steps += count
        if self.used_steps > self.steps:
            raise BudgetExceeded(f"stopped after {self.steps} steps")

    def spend_bytes(self, count: int) -> None:
        self.used_bytes += count
        if self.used_bytes > self.bytes:
            raise BudgetExceeded(f"stopped after {self.bytes} bytes of output")

    def check_depth(self, depth: int) -> None:
        if depth > self.depth:
            raise BudgetExceeded(f"stopped at {self.depth} nested calls")
