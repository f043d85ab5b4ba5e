"""Floor 0: what changed between releases of OpenShift: every difference in behaviour or wording has its name here.

A ``Change`` is a value, most often a switch or a text, with the releases in which it became another one. Code asks for
``CHANGE.at(release)`` and never compares versions itself. Kinds and columns that came or went are data: see ``since``
and ``until`` in ``api/resources`` and ``api/columns``.

| module       | what changed in                                                           |
|--------------|---------------------------------------------------------------------------|
| ``api``      | the API server: metadata, defaults, admission, refusals, tables           |
| ``workloads``| controllers and scheduler: events, roll-outs, service accounts, endpoints |
| ``node``     | the kubelet: events, mounts, what a container sees                        |
| ``storage``  | claims, volumes, provisioners, Ceph and object storage                    |
| ``registry`` | the Image Registry Operator                                               |
| ``access``   | who is taken for whom, and who may do what                                |
| ``reads``    | the API server's lists, watches and selectors                             |
| ``client``   | ``oc``: which depends on the client's release, not on the cluster's       |
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from simulator.release import Change, Release

MODULES = ("api", "workloads", "node", "storage", "registry", "access", "reads", "client")


def all_changes() -> Iterator[tuple[str, str, Change[Any]]]:
    """(module, name, change) of every change, in the order of the files."""
    for module in MODULES:
        for name, value in vars(import_module(f"simulator.changes.{module}")).items():
            if isinstance(value, Change):
                yield module, name, value


def between(old: Release, new: Release) -> Iterator[tuple[str, str, Change[Any]]]:
    """Those that are not the same in the two releases."""
    return ((module, name, change) for module, name, change in all_changes() if change.at(old) != change.at(new))
