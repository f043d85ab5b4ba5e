"""The fixtures for tests of scripts and controllers."""

from __future__ import annotations

import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from simulator.api.gvrs import DEPLOYMENTS, PODS
from simulator.api.types import ADMIN
from simulator.client import Client
from simulator.client.kubeconfig import Kubeconfig
from simulator.errors import Object

pytest_plugins = ["pytester"]
OCSIM = Path(sys.executable).with_name("ocsim")


@pytest.mark.openshift(profile="ocp-4.2", seed=7)
class TestMarked:
    def test_a_cluster_of_the_profile_that_is_asked_for(self, openshift: Any) -> None:
        assert openshift.sh("oc version").stdout.startswith("Client Version: v4.2.0")
        assert openshift.seed == 7

    @pytest.mark.openshift(profile="ocp-4.20")
    def test_the_nearest_marker_wins(self, openshift: Any) -> None:
        assert (openshift.profile.name, openshift.seed) == ("ocp-4.20", 7)


def test_each_test_has_its_own(openshift: Any) -> None:
    openshift.sh("oc create configmap one")
    assert "one" not in type(openshift).from_profile().sh("oc get configmap -o name").stdout


@pytest.mark.openshift(scenario="missing-storage-class")
def test_a_scenario_has_begun(openshift: Any) -> None:
    from simulator import scenario
    from simulator.server import material

    path = material.find("scenarios", "missing-storage-class", (".yaml",))
    made = scenario.load(path.read_text(), str(path), path.stem)
    assert openshift.profile.name == made.profile
    for symptom in made.symptoms:
        assert symptom.shows in openshift.console.script(symptom.run)[1]


def is_ready(found: Object | None) -> bool:
    return bool(found and found["status"].get("readyReplicas"))


def test_a_server_for_real_clients(openshift_server: Any) -> None:
    client = Client(Kubeconfig(str(openshift_server.kubeconfig)), ADMIN)
    line = "oc create deployment web --image=registry.access.redhat.com/ubi9/httpd-24 -n default"
    created = openshift_server.call(lambda: openshift_server.cluster.sh(line))
    assert created.stdout == "deployment.apps/web created\n"
    client.wait(DEPLOYMENTS, "web", is_ready, "default", timeout_s=20)
    assert len(client.list(PODS, "default", labels="app=web")) == 1
    client.transport.close()  # type: ignore[attr-defined]


def test_its_token_is_an_administrators(openshift_server: Any) -> None:
    url = f"{openshift_server.url}/apis/user.openshift.io/v1/users/~"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {openshift_server.token}"})
    context = ssl.create_default_context(cafile=openshift_server.certificate_authority)
    with urllib.request.urlopen(request, context=context) as answer:
        assert b'"kube:admin"' in answer.read()


def test_time_flows_behind_it(openshift_server: Any) -> None:
    script = """
    ocsim oc create deployment web --image=registry.access.redhat.com/ubi9/httpd-24 -n default
    ocsim oc wait deployment/web -n default --for=condition=Available --timeout=20s
    """
    env = {**openshift_server.env, "PATH": f"{OCSIM.parent}:/usr/bin:/bin"}
    done = subprocess.run(["sh", "-e", "-c", script], env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["deployment.apps/web condition met"]), done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("profil='ocp-4.2'", "'profil' is no argument; write profile=..., scenario=..., seed=..., speed=..."),
        ("'ocp-4.2'", "it takes no positional arguments"),
        ("speed=-1", "speed=-1 is neither 'max' nor between 0.01 and 1000000"),
        ("speed='fast'", "speed='fast' is neither 'max' nor"),
        ("profile='ocp-3.11'", "pytest.mark.openshift: profile: there is no profile"),
        ("scenario='nope'", "there is no file and no scenario 'nope'; there are: "),
    ],
)
def test_a_marker_that_is_wrong_is_told_in_a_line(pytester: pytest.Pytester, arguments: str, message: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.openshift({arguments})
        def test_it(openshift):
            assert False, "not reached"
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    text = "\n".join([*result.outlines, *result.errlines])
    assert message in text
    assert "not reached" not in text
    assert "Traceback" not in text
