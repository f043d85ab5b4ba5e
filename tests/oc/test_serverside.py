"""``oc apply --server-side`` and the names under which commands write.

Source: kubectl 1.33, cmd/apply/apply.go; client-go, util/csaupgrade/upgrade_test.go.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.oc.serverside import migrated

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: '1'}\n"


def managers(bench: Any, name: str = "c") -> list[tuple[str, str]]:
    shown = json.loads(bench.run(f"oc get cm {name} -o json --show-managed-fields").stdout)
    return [(entry["manager"], entry["operation"]) for entry in shown["metadata"].get("managedFields", ())]


def test_an_apply_by_the_server(modern: Any) -> None:
    modern.fs.add("/c.yaml", MAP)
    assert modern.run("oc apply --server-side -f /c.yaml").stdout == "configmap/c serverside-applied\n"
    assert managers(modern) == [("kubectl", "Apply")]
    assert "managedFields" not in modern.run("oc get cm c -o yaml").stdout
    dry = modern.run("oc apply --server-side --dry-run=server -f /c.yaml")
    assert dry.stdout == "configmap/c serverside-applied (server dry run)\n"


def test_a_conflict_is_explained_and_can_be_forced(modern: Any) -> None:
    modern.fs.add("/c.yaml", MAP)
    modern.run("oc apply --server-side -f /c.yaml")
    modern.run("""oc patch cm c -p '{"data":{"a":"2"}}'""")
    refused = modern.run("oc apply --server-side -f /c.yaml")
    assert (refused.stdout, refused.status) == ("", 1)
    first, second, *_, last = refused.stderr.splitlines()
    assert first == 'error: Apply failed with 1 conflict: conflict with "kubectl-patch" using v1: .data.a'
    assert second == "Please review the fields above--they currently have other managers. Here"
    assert last == "See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts"
    forced = modern.run("oc apply --server-side --force-conflicts -f /c.yaml")
    assert forced.stdout == "configmap/c serverside-applied\n"
    assert managers(modern) == [("kubectl", "Apply")]
    modern.run("oc apply --server-side --field-manager=me -f /c.yaml")
    assert managers(modern) == [("me", "Apply"), ("kubectl", "Apply")]


def test_what_the_client_applied_is_handed_over(modern: Any) -> None:
    modern.fs.add("/c.yaml", MAP)
    modern.run("oc apply -f /c.yaml")
    assert managers(modern) == [("kubectl-client-side-apply", "Update")]
    modern.fs.add("/c.yaml", MAP.replace("a: '1'", "b: '1'"))
    ran = modern.run("oc apply --server-side -f /c.yaml")
    assert (ran.stdout, ran.stderr) == ("configmap/c serverside-applied\n", "")
    assert managers(modern) == [("kubectl-last-applied", "Apply"), ("kubectl", "Apply")]
    shown = json.loads(modern.run("oc get cm c -o json").stdout)
    assert shown["data"] == {"b": "1"}  # what only the client's file had is gone
    last = shown["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]
    assert json.loads(last)["data"] == {"b": "1"}


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ("--force-conflicts", "error: --force-conflicts only works with --server-side\n"),
        (
            "--server-side --dry-run=client",
            "error: --dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)\n",
        ),
        ("--server-side --force", "error: --force cannot be used with --server-side\n"),
    ],
)
def test_flags_that_do_not_go_together(modern: Any, flags: str, text: str) -> None:
    modern.fs.add("/c.yaml", MAP)
    ran = modern.run(f"oc apply {flags} -f /c.yaml")
    assert (ran.stderr, ran.status) == (text, 1)


@pytest.mark.parametrize(
    ("line", "manager"),
    [
        ("oc label cm c x=y", "kubectl-label"),
        ("oc annotate cm c x=y", "kubectl-annotate"),
        ("""oc patch cm c -p '{"data":{"b":"1"}}'""", "kubectl-patch"),
        ("""oc patch cm c --field-manager=me -p '{"data":{"b":"1"}}'""", "me"),
        ("oc replace -f /other.yaml", "kubectl-replace"),
    ],
)
def test_commands_write_under_their_names(modern: Any, line: str, manager: str) -> None:
    modern.fs.add("/c.yaml", MAP)
    modern.fs.add("/other.yaml", MAP.replace("'1'", "'2'"))
    modern.run("oc create -f /c.yaml")
    assert managers(modern) == [("kubectl-create", "Update")]
    modern.run(line)
    assert (manager, "Update") in managers(modern)


def test_commands_without_a_name_go_by_that_of_the_program(modern: Any) -> None:
    modern.run("oc create deployment web --image=x")
    modern.run("oc scale deployment web --replicas=2")
    shown = json.loads(modern.run("oc get deployment web -o json --show-managed-fields").stdout)
    assert [(one["manager"], one.get("subresource", "")) for one in shown["metadata"]["managedFields"]] == [
        ("kubectl-create", ""),
        ("oc", "scale"),
    ]


def test_the_oldest_client_names_nobody(bench: Any) -> None:
    bench.fs.add("/c.yaml", MAP)
    assert bench.run("oc apply --server-side -f /c.yaml").stderr.startswith("Error: unknown flag: --server-side\n")
    bench.run("oc create -f /c.yaml")
    assert "managedFields" not in bench.run("oc get cm c -o yaml").stdout


def entry(manager: str, operation: str, fields: Any, version: str = "v1") -> Any:
    return {"manager": manager, "operation": operation, "apiVersion": version, "fieldsV1": fields}


def test_the_migration_of_entries() -> None:
    other = entry("x", "Update", {"f:c": {}})
    before = [entry("new", "Apply", {"f:a": {}}), entry("old", "Update", {"f:b": {}}), other]
    assert migrated(before, "old", "new") == [entry("new", "Apply", {"f:a": {}, "f:b": {}}), other]
    assert migrated(before[1:], "old", "new") == [entry("new", "Apply", {"f:b": {}}), other]
    assert migrated([other], "old", "new") == [other]
    elsewhere = [before[0], entry("old", "Update", {"f:b": {}}, "v2")]
    assert migrated(elsewhere, "old", "new") == [before[0]]
