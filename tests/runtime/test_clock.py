import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.runtime.clock import Clock, parse_rfc3339, rfc3339


def test_timers_run_in_order_of_time_then_of_setting() -> None:
    clock, seen = Clock(100.0), []
    clock.call_later(2, lambda: seen.append("late"))
    clock.call_later(1, lambda: seen.append("first"))
    clock.call_later(1, lambda: seen.append("second"))
    clock.advance(1.5)
    assert seen == ["first", "second"]
    assert clock.now() == 101.5
    clock.advance(1)
    assert seen[-1] == "late"


def test_a_cancelled_timer_never_runs() -> None:
    clock, seen = Clock(), []
    timer = clock.call_later(0, lambda: seen.append(1))
    timer.cancel()
    timer.cancel()
    assert clock.next_due() is None
    clock.advance(10)
    assert seen == []


def test_a_timer_may_set_another_one_in_the_same_moment() -> None:
    clock, seen = Clock(), []
    clock.call_later(0, lambda: clock.call_later(0, lambda: seen.append(clock.now())))
    clock.advance(0)
    assert seen == [0.0]


def test_run_until_idle_stops_at_the_limit_and_at_quiet() -> None:
    clock = Clock()
    clock.call_later(5, lambda: None)
    clock.call_later(500, lambda: None)
    assert clock.run_until_idle(limit_s=1000, quiet_s=60)
    assert clock.now() == 5
    assert not clock.run_until_idle(limit_s=100)
    assert clock.now() == 105


@given(st.integers(min_value=0, max_value=4_000_000_000))
def test_rfc3339_round_trip(seconds: int) -> None:
    assert parse_rfc3339(rfc3339(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "2019-10-28", "2019-10-28T09:07:09", "2019-10-28 09:07:09Z", "yesterday"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        parse_rfc3339(text)


def test_what_runs_in_the_background_is_not_due_and_runs_when_time_passes_it() -> None:
    clock, ran = Clock(), []
    clock.call_in_background(5, lambda: ran.append(("background", clock.now())))
    assert clock.next_due() is None
    assert not clock.run_next()
    assert clock.run_until_idle(100)
    assert ran == []
    clock.call_at(7, lambda: ran.append(("timer", clock.now())))
    assert clock.run_until_idle(100)
    assert ran == [("background", 5), ("timer", 7)]
    clock.call_in_background(8, lambda: ran.append(("background", clock.now())))
    clock.advance_to(9)
    assert ran[-1] == ("background", 8)
