"""The table that is read is the one that the YAML files give."""

from importlib.resources import files

from simulator.api import resourcetable


def test_the_generated_table_is_current() -> None:
    """``make update`` writes it anew."""
    assert (files("simulator.api") / resourcetable.GENERATED).read_text() == resourcetable.generated()
