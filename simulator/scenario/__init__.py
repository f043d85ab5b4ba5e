"""Floor 5: scenarios. A file breaks a profile, says what a learner sees, what is to be reached, and how.

``load`` reads one, ``begin`` breaks a cluster, ``check`` looks at the objectives, ``verify`` proves the whole file:
symptoms show, objectives fail, the solution helps.
"""

from simulator.scenario.model import Objective, Scenario, Symptom, load
from simulator.scenario.run import Finding, Host, begin, check, verify

__all__ = ["Finding", "Host", "Objective", "Scenario", "Symptom", "begin", "check", "load", "verify"]
