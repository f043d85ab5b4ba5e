"""Every test runs with stored objects frozen: code that changes one in place fails here, not in a fork of a cluster."""

from simulator.log import state

state.FREEZE = True
