"""``oc login`` and ``oc logout`` in a session that is logged in already."""

from __future__ import annotations

from typing import Any

import pytest

URL = "https://api.example.com:6443"
LIST = (
    "You have access to the following projects and can switch between them with 'oc project <projectname>':\n\n"
    '    default\n  * demo\n\nUsing project "demo".\n'
)
REFUSED = "Login failed (401 Unauthorized)\nVerify you have provided correct credentials.\n"


@pytest.mark.parametrize("line", ["oc login", "oc login -u kube:admin", f"oc login {URL}"])
def test_the_credentials_of_the_session(bench: Any, line: str) -> None:
    ran = bench.run(line)
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout == f'Logged into "{URL}" as "kube:admin" using existing credentials.\n\n{LIST}'


def test_the_token_of_the_session(bench: Any) -> None:
    bench.session.token = "sha256~good"
    assert bench.run("oc login --token=sha256~good").stdout == (
        f'Logged into "{URL}" as "kube:admin" using the token provided.\n\n{LIST}'
    )
    ran = bench.run("oc login --token=bad")
    assert ran.status == 1
    assert ran.stderr.rstrip("\n") == "error: The token provided is invalid or expired."


def test_another_password_or_user_is_refused(bench: Any) -> None:
    ran = bench.run("oc login -u kubeadmin -p secret")
    assert (ran.status, ran.stdout) == (1, REFUSED)
    ran = bench.run("oc login -u developer", stdin="secret\n")
    assert ran.status == 1
    assert ran.stdout == (f"Authentication required for {URL} (openshift)\nUsername: developer\nPassword: \n{REFUSED}")


def test_another_server_cannot_be_reached(bench: Any) -> None:
    ran = bench.run("oc login https://other.example.com:6443")
    assert ran.status == 1
    assert ran.stderr.startswith("error: dial tcp: lookup other.example.com: no such host - verify you have provided")


def test_a_long_list_is_suppressed(bench: Any) -> None:
    for number in range(49):
        bench.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"n{number:02}"}})
    assert bench.run("oc login").stdout.endswith(
        "You have access to 51 projects, the list has been suppressed. You can list all projects with 'oc projects'\n\n"
        'Using project "demo".\n'
    )


def test_logout(bench: Any) -> None:
    ran = bench.run("oc logout")
    assert (ran.status, ran.stderr) == (1, "error: You must have a token in order to logout.\n")
    bench.session.token = "sha256~good"
    assert bench.run("oc logout").stdout == f'Logged "kube:admin" out on "{URL}"\n'
    assert bench.run("oc whoami").stderr.startswith(
        'Error from server (Forbidden): users.user.openshift.io "~" is forbidden'
    )
    assert bench.run("oc login --token=sha256~good").status == 1
