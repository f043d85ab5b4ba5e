from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.controllers.limits import max_surge, max_unavailable

AMOUNT = st.one_of(st.integers(0, 20), st.integers(0, 100).map("{}%".format))


def deployment(replicas: int, surge: int | str, unavailable: int | str, kind: str = "RollingUpdate") -> dict[str, Any]:
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    return {"spec": {"replicas": replicas, "strategy": {"type": kind, "rollingUpdate": rolling}}}


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        (1, "25%", "25%", (1, 0)),
        (4, "25%", "25%", (1, 1)),
        (10, "25%", "25%", (3, 2)),
        (3, 0, "10%", (0, 1)),  # both round to nothing: one may be unavailable
        (2, 0, 5, (0, 2)),
        (0, 1, 1, (1, 0)),
    ],
)
def test_rounding(replicas: int, surge: int | str, unavailable: int | str, expected: tuple[int, int]) -> None:
    made = deployment(replicas, surge, unavailable)
    assert (max_surge(made), max_unavailable(made)) == expected


@given(st.integers(1, 50), AMOUNT, AMOUNT)
def test_a_roll_out_can_always_move(replicas: int, surge: int | str, unavailable: int | str) -> None:
    made = deployment(replicas, surge, unavailable)
    assert max_surge(made) + max_unavailable(made) > 0
    assert 0 <= max_unavailable(made) <= replicas


@given(st.integers(0, 50), AMOUNT, AMOUNT)
def test_recreate_has_no_room(replicas: int, surge: int | str, unavailable: int | str) -> None:
    made = deployment(replicas, surge, unavailable, "Recreate")
    assert (max_surge(made), max_unavailable(made)) == (0, 0)
