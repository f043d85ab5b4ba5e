"""ClusterRoles that collect the rules of others: admin, edit, view, cluster-reader.

Source: kube-controller-manager, clusterroleaggregation/clusterroleaggregation_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simulator.api.gvrs import CLUSTERROLES
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches
from simulator.controllers.labels import selects
from simulator.errors import Object

_ALL = Key("", "aggregated")


def reconcile(context: Context, key: Key) -> Result:
    """Give each of them the rules of all whose labels it asks for; one may collect from another."""
    roles = context.client.list(CLUSTERROLES)
    for role in roles:
        if role.get("aggregationRule"):
            rules = collected(role, roles)
            if rules != (role.get("rules") or []):
                context.client.update(CLUSTERROLES, {**role, "rules": rules})
    return DONE


def collected(role: Object, roles: Sequence[Object]) -> list[Object]:
    """The rules for ``role``, each once, in the order of the roles' names for each of its selectors."""
    rules: list[Object] = []
    for selector in role["aggregationRule"].get("clusterRoleSelectors") or ():
        for other in roles:
            if other["metadata"]["name"] == role["metadata"]["name"] or not _chosen(selector, other):
                continue
            rules += (rule for rule in other.get("rules") or () if rule not in rules)
    return rules


def _chosen(selector: Object, role: Object) -> bool:
    return selects(selector, role["metadata"].get("labels") or {})


def _all(_context: Context, _role: Object) -> Iterable[Key]:
    """A role that changes may be part of any."""
    return (_ALL,)


CONTROLLER = Controller(
    name="clusterrole-aggregation-controller",
    user="system:serviceaccount:kube-system:clusterrole-aggregation-controller",
    watches=(Watches(CLUSTERROLES, _all),),
    reconcile=reconcile,
)
