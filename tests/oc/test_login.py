"""``oc login`` and ``oc logout`` on a cluster in the same process."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import CLUSTERROLEBINDINGS
from simulator.embedded import Cluster

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


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Cluster.from_profile("ocp-4.20")


def test_a_developer_logs_in_and_out(cluster: Cluster) -> None:
    ran = cluster.sh("oc login -u developer -p developer")
    assert ran.stdout == (
        'Login successful.\n\nYou have one project on this server: "petclinic"\n\nUsing project "petclinic".\n'
    )
    assert (
        cluster.sh("oc whoami; oc get projects --no-headers").stdout == "developer\npetclinic   Pet Clinic   Active\n"
    )
    assert cluster.sh("oc get nodes").stderr == (
        'Error from server (Forbidden): nodes is forbidden: User "developer" cannot list resource "nodes" in API group '
        '"" at the cluster scope\n'
    )
    token = cluster.sh("oc whoami -t").stdout.strip()
    assert token.startswith("sha256~")
    assert cluster.sh("oc logout").status == 0
    assert cluster.sh(f"oc login --token={token}").stderr.startswith("error: The token provided is invalid or expired.")


def test_a_password_is_asked_for(cluster: Cluster) -> None:
    ran = cluster.sh("oc login -u developer", stdin="developer\n")
    assert ran.stdout.endswith('Using project "petclinic".\n')
    assert "Username: developer\nPassword: \nLogin successful.\n" in ran.stdout


def test_speaking_for_somebody_else_is_a_right(cluster: Cluster) -> None:
    cluster.sh("oc login -u developer -p developer")
    assert cluster.sh("oc --as=kube:admin get nodes").stderr == (
        'Error from server (Forbidden): users "kube:admin" is forbidden: User "developer" cannot impersonate resource '
        '"users" in API group "" at the cluster scope\n'
    )
    mine = "oc --as=system:serviceaccount:petclinic:deployer get pods --no-headers | wc -l"
    assert cluster.sh(mine).stdout.strip() == "3"  # edit lets one speak for the accounts of one's project


def test_a_token_of_the_command_line(cluster: Cluster) -> None:
    cluster.sh("oc login -u developer -p developer")
    assert cluster.sh("oc get pods --token=bad").stderr == "error: You must be logged in to the server (Unauthorized)\n"


def test_who_may_request_a_project(cluster: Cluster) -> None:
    cluster.sh("oc login -u developer -p developer")
    assert cluster.sh("oc new-project openshift-x").stderr == (
        'Error from server (Forbidden): project.project.openshift.io "openshift-x" is forbidden: cannot request a '
        'project starting with "openshift-"\n'
    )
    cluster.client().patch(CLUSTERROLEBINDINGS, "self-provisioners", {"subjects": None})
    assert cluster.sh("oc new-project mine").stderr == (
        "Error from server (Forbidden): You may not request a new project via this API.\n"
    )
