"""Floor 5: the migration engine. It knows the Client only: nothing here can tell a simulated cluster from a real one.

``plan`` looks, ``apply`` changes, ``verify`` looks again. This first engine moves the registry's *storage*; it does not
copy images yet, and says so in every plan.
"""

from simulator.migration.apply import StepDone, apply
from simulator.migration.checks import Check, Outcome
from simulator.migration.plan import Plan, Target, make_plan, read_plan
from simulator.migration.verify import verify

__all__ = ["Check", "Outcome", "Plan", "StepDone", "Target", "apply", "make_plan", "read_plan", "verify"]
