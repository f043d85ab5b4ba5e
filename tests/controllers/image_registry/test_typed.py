"""Objects as the operator's Go types hold and write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.controllers.image_registry.typed import go_duration, go_json, typed


def test_a_key_that_the_type_does_not_know_is_dropped() -> None:
    known = {"pvc": {"claim": "x"}}
    assert typed("ConfigStorage", {"persistentVolumeClaim": {"claim": "x"}, **known}) == known


def test_a_type_without_omitempty_shows_its_zeros() -> None:
    assert typed("ConfigStorage", {"s3": {"bucket": "b"}}) == {
        "s3": {"bucket": "b", "region": "", "regionEndpoint": "", "encrypt": False, "keyID": ""}
    }


def test_what_a_pointer_points_at_is_written_even_when_zero() -> None:
    assert typed("DeploymentSpec", {"replicas": 0})["replicas"] == 0
    assert "replicas" not in typed("DeploymentSpec", {})
    assert typed("RouteTarget", {"kind": "Service", "name": "x"})["weight"] is None


def test_an_empty_object_is_not_the_same_as_none() -> None:
    assert typed("ConfigStorage", {"emptyDir": {}}) == {"emptyDir": {}}
    assert typed("ConfigStorage", {"emptyDir": None}) == {}


def test_html_is_escaped_as_go_escapes_it() -> None:
    assert go_json({"a": "<&>\u2028é"}) == '{"a":"\\u003c\\u0026\\u003e\\u2028é"}'


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("", "0s"),
        ("0s", "0s"),
        ("90s", "1m30s"),
        ("1h", "1h0m0s"),
        ("1500ms", "1.5s"),
        ("250ms", "250ms"),
        ("soon", "soon"),
    ],
)
def test_durations_are_printed_as_go_prints_them(written: str, printed: str) -> None:
    assert go_duration(written) == printed


_STORAGES = st.fixed_dictionaries(
    {},
    optional={
        "pvc": st.fixed_dictionaries({}, optional={"claim": st.text(max_size=5), "class": st.text(max_size=3)}),
        "s3": st.fixed_dictionaries({}, optional={"bucket": st.text(max_size=5), "encrypt": st.booleans()}),
        "emptyDir": st.just({}),
        "nfs": st.just({"path": "/"}),
    },
)


@given(
    st.fixed_dictionaries(
        {"managementState": st.text(max_size=5)},
        optional={
            "storage": _STORAGES,
            "replicas": st.integers(-2, 5),
            "tolerations": st.just([{"operator": "Exists"}]),
        },
    )
)
def test_decoding_what_was_encoded_changes_nothing(spec: dict[str, Any]) -> None:
    once = typed("ConfigSpec", spec)
    assert typed("ConfigSpec", once) == once
    assert go_json(typed("ConfigSpec", once)) == go_json(once)
