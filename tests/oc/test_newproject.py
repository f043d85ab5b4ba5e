"""``oc new-project``."""

from __future__ import annotations

from typing import Any

from simulator.api.types import GVR

NAMESPACES = GVR("", "v1", "namespaces")


def test_a_new_project_becomes_the_current_one(bench: Any) -> None:
    ran = bench.run("oc new-project foo --display-name='The Foo' --description=d")
    assert ran.status == 0
    assert ran.stdout == (
        'Now using project "foo" on server "https://api.example.com:6443".\n\n'
        "You can add applications to this project with the 'new-app' command. For example, try:\n\n"
        "    oc new-app django-psql-example\n\n"
        "to build a new example application in Python. Or use kubectl to deploy a simple Kubernetes application:\n\n"
        "    kubectl create deployment hello-node --image=gcr.io/hello-minikube-zero-install/hello-node\n\n"
    )
    annotations = bench.client.get(NAMESPACES, "foo")["metadata"]["annotations"]
    assert annotations["openshift.io/display-name"] == "The Foo"
    assert annotations["openshift.io/description"] == "d"
    assert bench.session.namespace == "foo"


def test_a_name_that_is_taken(bench: Any) -> None:
    ran = bench.run("oc new-project default")
    assert (ran.status, ran.stderr) == (
        1,
        'Error from server (AlreadyExists): project.project.openshift.io "default" already exists\n',
    )
    assert bench.session.namespace == "demo"


def test_the_current_project_can_stay(bench: Any) -> None:
    assert bench.run("oc new-project foo --skip-config-write").stdout == ""
    assert bench.session.namespace == "demo"


def test_a_name_is_required(bench: Any) -> None:
    assert bench.run("oc new-project").stderr == "error: must have exactly one argument\n"


def test_a_bad_name_is_refused_in_the_words_of_the_request(bench: Any) -> None:
    ran = bench.run("oc new-project Foo_")
    assert ran.status == 1
    assert ran.stderr.startswith('The ProjectRequest "Foo_" is invalid: metadata.name: Invalid value: "Foo_": a DNS')
