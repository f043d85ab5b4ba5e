"""``oc project`` and ``oc projects``. Texts: clients of the 4.2 era."""

from __future__ import annotations

from typing import Any

import pytest

URL = "https://api.example.com:6443"


def name_project(bench: Any, name: str, display: str) -> None:
    meta = {"name": name, "annotations": {"openshift.io/display-name": display}}
    bench.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})


def test_the_current_project(bench: Any) -> None:
    assert bench.run("oc project").stdout == f'Using project "demo" on server "{URL}".\n'
    assert bench.run("oc project -q").stdout == "demo\n"


def test_switching_lasts(bench: Any) -> None:
    assert bench.run("oc project default").stdout == f'Now using project "default" on server "{URL}".\n'
    assert bench.run("oc project -q").stdout == "default\n"
    assert bench.run("oc project default").stdout == f'Already on project "default" on server "{URL}".\n'
    assert bench.run("oc project -q demo").stdout == "demo\n"


def test_a_context_with_a_name_of_its_own_is_told_until_one_switches(bench: Any) -> None:
    bench.session.context = "lab"
    assert bench.run("oc project").stdout == f'Using project "demo" from context named "lab" on server "{URL}".\n'
    assert bench.run("oc project default").stdout == f'Now using project "default" on server "{URL}".\n'


def test_an_unknown_project(bench: Any) -> None:
    name_project(bench, "web", "The Web")
    ran = bench.run("oc project nope")
    assert ran.status == 1
    assert ran.stderr == (
        f'error: A project named "nope" does not exist on "{URL}".\n'
        "Your projects are:\n* default\n* demo\n* The Web (web)\n"
    )
    assert bench.session.namespace == "demo"


def test_the_current_project_is_gone(bench: Any) -> None:
    bench.session.namespace = "gone"
    ran = bench.run("oc project")
    assert ran.status == 1
    assert ran.stderr == (
        'error: you do not have rights to view project "gone" specified in your config or the project doesn\'t exist\n'
    )


def test_too_many_names(bench: Any) -> None:
    ran = bench.run("oc project a b")
    assert (ran.status, ran.stderr) == (1, "error: Only one argument is supported (project name or context name).\n")


def test_the_list_marks_the_current_one(bench: Any) -> None:
    name_project(bench, "web", "The Web")
    assert bench.run("oc projects").stdout == (
        "You have access to the following projects and can switch between them with 'oc project <projectname>':\n\n"
        "    default\n  * demo\n    web - The Web\n\n"
        f'Using project "demo" on server "{URL}".\n'
    )
    assert bench.run("oc projects -q").stdout == "default\ndemo\nweb\n"


@pytest.mark.parametrize("display", ["", "plain"])
def test_a_display_name_that_says_nothing_is_left_out(bench: Any, display: str) -> None:
    name_project(bench, "plain", display)
    assert "    plain\n" in bench.run("oc projects").stdout
