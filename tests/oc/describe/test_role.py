"""Compact rules grant what the rules grant, each resource on one line."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.oc.describe.role import compact

words = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3, unique=True)
rules = st.lists(st.fixed_dictionaries({"apiGroups": words, "resources": words, "verbs": words}), max_size=4)


@given(rules)
def test_nothing_is_lost_and_no_resource_comes_twice(given_rules: list[dict[str, Any]]) -> None:
    granted = {
        (group, resource, verb)
        for rule in given_rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    shown = compact(given_rules)
    assert {(grant.group, grant.resource, verb) for grant in shown for verb in grant.verbs} == granted
    assert len({(grant.group, grant.resource) for grant in shown}) == len(shown)


def test_a_name_keeps_its_own_line() -> None:
    rule = {"apiGroups": [""], "resources": ["pods/log"], "resourceNames": ["x"], "verbs": ["get"]}
    assert [(grant.target(), grant.name) for grant in compact([rule])] == [("pods/log", "x")]
