"""Floor 1: the one client. Only its transport knows whether the cluster is simulated or real."""

from simulator.client.client import Client
from simulator.client.transport import EventStream, ExecResult, Transport

__all__ = ["Client", "EventStream", "ExecResult", "Transport"]
