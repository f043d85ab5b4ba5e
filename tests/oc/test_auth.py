"""``oc auth can-i``, and the warnings of the server."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.types import Request, Response


@pytest.mark.parametrize(
    ("line", "stdout", "stderr", "status"),
    [
        ("oc auth can-i get pods", "yes\n", "", 0),
        ("oc auth can-i create deployments.apps", "yes\n", "", 0),
        ("oc auth can-i get pods -q", "", "", 0),
        ("oc auth can-i get nodes", "yes\n", "Warning: resource 'nodes' is not namespace scoped\n\n", 0),
        ("oc auth can-i get foo", "yes\n", "Warning: the server doesn't have a resource type 'foo'\n\n", 0),
        ("oc auth can-i get /metrics", "yes\n", "", 0),
        (
            "oc auth can-i get",
            "",
            "error: you must specify two arguments: verb resource or verb resource/resourceName.\n"
            "See 'kubectl auth can-i -h' for help and examples.\n",
            1,
        ),
        ("oc auth can-i --list get", "", "error: list option must be specified with no arguments\n", 1),
    ],
)
def test_what_an_administrator_may(modern: Any, line: str, stdout: str, stderr: str, status: int) -> None:
    ran = modern.run(line)
    assert (ran.stdout, ran.stderr, ran.status) == (stdout, stderr, status)


def test_who_may_not_is_told_by_the_exit_status_too(modern: Any) -> None:
    modern.allow("bob", "create", "selfsubjectaccessreviews", "authorization.k8s.io")
    ran = modern.run("oc auth can-i delete nodes --as bob 2> /dev/null")
    assert ran.stdout == "no\n"
    assert ran.status == 1


def test_the_list_of_what_is_allowed(modern: Any) -> None:
    assert modern.run("oc auth can-i --list").stdout == (
        "Resources   Non-Resource URLs   Resource Names   Verbs\n"
        "*.*         []                  []               [*]\n"
        "            [*]                 []               [*]\n"
    )


@pytest.mark.parametrize(("world", "expected"), [("modern", "Warning: old\n"), ("bench", "")])
def test_a_warning_of_the_server_is_printed_once(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, world: str, expected: str
) -> None:
    cluster: Any = request.getfixturevalue(world)
    handle = cluster.api.handle

    def warning(asked: Request) -> Any:
        reply = handle(asked)
        return Response(reply.code, reply.body, ("old",)) if isinstance(reply, Response) else reply

    monkeypatch.setattr(cluster.api, "handle", warning)
    assert cluster.run("oc get cm,sa").stderr.replace("No resources found in demo namespace.\n", "").replace(
        "No resources found.\n", ""
    ) == (expected)
