"""What the pods of a node ask for."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.api.quantity import parse
from simulator.oc.describe.noderesources import asked, total


def amounts(*units: str) -> st.SearchStrategy[str]:
    return st.builds(lambda number, unit: f"{number}{unit}", st.integers(1, 4096), st.sampled_from(units))


parts_of_containers = st.fixed_dictionaries({}, optional={"cpu": amounts("", "m"), "memory": amounts("Ki", "Mi", "Gi")})


@given(st.lists(parts_of_containers, max_size=5))
def test_sums_are_exact(parts: list[dict[str, str]]) -> None:
    sums = total(parts)
    for name in ("cpu", "memory"):
        assert parse(sums.get(name, "0")) == sum(parse(part.get(name, "0")) for part in parts)


def container(**requests: str) -> dict[str, Any]:
    return {"resources": {"requests": requests}}


def test_an_init_container_counts_only_beyond_the_others() -> None:
    pod = {"spec": {
        "containers": [container(cpu="100m", memory="256Mi"), container(cpu="50m")],
        "initContainers": [container(cpu="1"), container(memory="1Mi")],
    }}  # fmt: skip
    assert asked(pod, "requests") == {"cpu": "1", "memory": "256Mi"}
    assert asked(pod, "limits") == {}
