"""One schema for several releases."""

from typing import Any

import pytest

from simulator.api.gvrs import REGISTRYCONFIGS
from simulator.api.resourcetable import builtin_table
from simulator.api.schema import openapi_of
from simulator.api.schemareleases import schema_at
from simulator.release import Release, minor_of

SCHEMA: dict[str, Any] = {
    "required": ["a"],
    "later": [{"since": "4.6", "required": []}],
    "properties": {
        "a": {"type": "string"},
        "b": {"type": "string", "since": "4.5"},
        "c": {"type": "array", "until": "4.6", "items": {"properties": {"d": {"since": "4.5"}}}},
    },
}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (
            "4.2",
            {
                "required": ["a"],
                "properties": {"a": {"type": "string"}, "c": {"type": "array", "items": {"properties": {}}}},
            },
        ),
        ("4.6", {"required": [], "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}),
    ],
)
def test_a_schema_is_what_a_release_has_of_it(version: str, expected: dict[str, Any]) -> None:
    before = repr(SCHEMA)
    assert schema_at(SCHEMA, minor_of(version)) == expected
    assert repr(SCHEMA) == before


@pytest.mark.parametrize(
    ("release", "required", "owner"),
    [
        (Release(), ["logging", "managementState", "replicas"], False),
        (Release("4.20.1", "v1.33.5", ()), ["replicas"], True),
    ],
)
def test_the_registrys_config_is_checked_as_its_release_does(
    release: Release, required: list[str], owner: bool
) -> None:
    row = builtin_table(release).find(*REGISTRYCONFIGS)
    assert row is not None
    schema = openapi_of(row)
    assert schema is not None
    spec = schema["properties"]["spec"]
    assert spec["required"] == required
    assert ("managementState" in spec["properties"]["storage"]["properties"]) is owner
