"""``oc policy``: see admpolicy.py. Source: oc, cli/policy."""

from simulator.oc.admpolicy import POLICY as COMMAND

__all__ = ["COMMAND"]
