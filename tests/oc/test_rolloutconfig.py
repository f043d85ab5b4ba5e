"""``oc rollout`` on a DeploymentConfig, as oc 4.20 prints it."""

from __future__ import annotations

import pytest

from simulator import Cluster

CONFIG = """oc new-project lab >/dev/null 2>&1
oc create -f - 2>/dev/null <<'END'
apiVersion: apps.openshift.io/v1
kind: DeploymentConfig
metadata: {name: web}
spec:
  replicas: 1
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "quay.io/openshift/hello:1"}]}
END
oc rollout status dc/web >/dev/null 2>&1
"""


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster.from_profile("ocp-4.20", seed=1)
    made.sh(CONFIG)
    return made


def test_a_new_version_is_asked_for_followed_and_taken_back(cluster: Cluster) -> None:
    assert cluster.sh("oc rollout latest dc/web").stdout == "deploymentconfig.apps.openshift.io/web rolled out\n"
    assert cluster.sh("oc rollout latest web").stderr.endswith("error: #2 is already in progress (Pending).\n")
    shown = cluster.sh("oc rollout status dc/web").stdout
    assert shown.startswith("Waiting for rollout to finish: 0 out of 1 new replicas have been updated...\n")
    assert shown.endswith('replication controller "web-2" successfully rolled out\n')
    assert cluster.sh("oc rollout history dc/web").stdout == (
        "deploymentconfig.apps.openshift.io/web \nREVISION\tSTATUS\t\tCAUSE\n"
        "1\t\tComplete\tconfig change\n2\t\tComplete\tmanual change\n\n"
    )
    assert cluster.sh("oc rollout undo dc/web").stdout == "deploymentconfig.apps.openshift.io/web rolled back\n"
    assert cluster.sh("oc rollout status dc/web --revision=3").status == 0


def test_a_paused_config_rolls_nowhere(cluster: Cluster) -> None:
    assert cluster.sh("oc rollout pause dc/web").stdout == "deploymentconfig.apps.openshift.io/web paused\n"
    assert cluster.sh("oc rollout latest web").stderr.endswith("error: cannot deploy a paused deployment config\n")
    assert "resume it first with 'rollout resume dc/web' and try again" in cluster.sh("oc rollout undo dc/web").stderr
    assert cluster.sh("oc rollout resume dc/web").stdout == "deploymentconfig.apps.openshift.io/web resumed\n"
