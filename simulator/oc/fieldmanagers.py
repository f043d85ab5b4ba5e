"""Under which name each command writes, so that the server can tell who manages a field.

Source: the defaults of --field-manager in kubectl and oc. What has none here goes by the name of the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulator.oc.flags import Flag

PROGRAM: Final = "oc"
CLIENT_SIDE: Final = "kubectl-client-side-apply"
SERVER_SIDE: Final = "kubectl"
LAST_APPLIED: Final = "kubectl-last-applied"
_MANAGERS: Final[Mapping[str, str]] = {
    "annotate": "kubectl-annotate",
    "apply": CLIENT_SIDE,
    "autoscale": "kubectl-autoscale",
    "create": "kubectl-create",
    "edit": "kubectl-edit",
    "expose": "kubectl-expose",
    "label": "kubectl-label",
    "patch": "kubectl-patch",
    "replace": "kubectl-replace",
    "rollout pause": "kubectl-rollout",
    "rollout restart": "kubectl-rollout",
    "rollout resume": "kubectl-rollout",
    "run": "kubectl-run",
    "set": "kubectl-set",
    "adm taint": "kubectl-taint",
}


def default_manager(path: str) -> str:
    """Of a command, as ``oc create configmap``; "" if it names none."""
    words = path.split()[1:]
    return _MANAGERS.get(" ".join(words[:2])) or _MANAGERS.get(words[0] if words else "", "")


def field_manager(command: str) -> Flag:
    """``--field-manager`` of a command."""
    return Flag(
        "field-manager",
        "Name of the manager used to track field ownership.",
        default=_MANAGERS[command],
        since="4.6",
    )
