"""What a person does in the editor with a piece of YAML."""

from __future__ import annotations

import pytest
import yaml

from simulator.lab.stanza import StanzaError, replace_stanza

FILE = """\
# Please edit the object below.
#
apiVersion: v1
kind: Config
metadata:
  name: cluster
spec:
  replicas: 1
  storage:
    s3:
      bucket: x  # a remark
      encrypt: true
  text: |
    storage:
      not this
status:
  storage:
    s3:
      bucket: x
"""


@pytest.mark.parametrize(
    ("fragment", "where", "becomes"),
    [
        ("  storage:\n    pvc:\n     claim: a\n", "storage", {"pvc": {"claim": "a"}}),
        ("spec:\n  storage:\n    pvc:\n      claim: a\n", "storage", {"pvc": {"claim": "a"}}),
        ("storage: {pvc: {claim: a}}", "storage", {"pvc": {"claim": "a"}}),
        ("spec:\n  storage:\n    s3: {}\n    pvc:\n      claim: a\n", "storage", {"s3": {}, "pvc": {"claim": "a"}}),
        ("spec:\n  storage:\n    s3:\n      bucket: y\n", "storage", {"s3": {"bucket": "y", "encrypt": True}}),
        ("spec:\n  storage: {}\n", "storage", {}),
        ("replicas: 3", "replicas", 3),
        ("spec:\n  replicas: 3\n", "replicas", 3),
        ("spec:\n  logging: 2\n", "logging", 2),
        ("spec:\n  list:\n  - a\n  - b: c\n", "list", ["a", {"b": "c"}]),
        ("bucket: y\n", "storage", {"s3": {"bucket": "y", "encrypt": True}}),
        ("text: none\n", "text", "none"),
    ],
)
def test_a_fragment_replaces_its_stanza_and_nothing_else(fragment: str, where: str, becomes: object) -> None:
    before, after = yaml.safe_load(FILE), yaml.safe_load(replace_stanza(FILE, fragment))
    assert after["spec"].pop(where) == becomes
    before["spec"].pop(where, None)
    assert after == before


def test_other_lines_stay_as_they_are() -> None:
    after = replace_stanza(FILE, "storage:\n  pvc:\n    claim: a\n")
    assert after == FILE.replace(
        "    s3:\n      bucket: x  # a remark\n      encrypt: true\n", "    pvc:\n      claim: a\n"
    )


def test_several_stanzas_at_once() -> None:
    after = yaml.safe_load(replace_stanza(FILE, "metadata:\n  labels:\n    a: b\nspec:\n  replicas: 2\n  logging: 4\n"))
    assert after["metadata"] == {"name": "cluster", "labels": {"a": "b"}}
    assert (after["spec"]["replicas"], after["spec"]["logging"]) == (2, 4)


def test_a_whole_object_replaces_the_file_below_its_comments() -> None:
    assert replace_stanza(FILE, "apiVersion: v1\nkind: Other\n") == (
        "# Please edit the object below.\n#\napiVersion: v1\nkind: Other\n"
    )


def test_a_file_without_a_last_newline() -> None:
    assert replace_stanza("spec:\n  a:\n    b: 1", "a:\n  c: 2") == "spec:\n  a:\n    c: 2\n"


@pytest.mark.parametrize(
    ("file", "fragment", "says"),
    [
        (FILE, "stroage: {}\n", "no stanza `stroage`"),
        (FILE, "- a\n", "the fragment is not a YAML mapping"),
        (FILE, "a: b: c\n", "the fragment is not YAML"),
        ("{a: 1}\n", "b: 1\n", "no stanza `b`"),
        ("spec: {a: {b: 1}}\n", "spec:\n  c: 1\n", "no block `spec`"),
    ],
)
def test_what_cannot_be_done_is_said(file: str, fragment: str, says: str) -> None:
    with pytest.raises(StanzaError) as caught:
        replace_stanza(file, fragment)
    assert says in str(caught.value)
