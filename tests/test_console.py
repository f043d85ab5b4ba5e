"""The bastion: what a learner has at hand beside the cluster."""

from __future__ import annotations

import pytest

from simulator import Cluster
from simulator.console import Console

PVC = '{"spec":{"storage":{"s3":null,"pvc":{"claim":"ocs4registry"}}}}'
CLAIM = """\
oc create -n openshift-image-registry -f - <<END
{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "ocs4registry"},
 "spec": {"storageClassName": "ocs-storagecluster-cephfs", "accessModes": ["ReadWriteMany"],
          "resources": {"requests": {"storage": "100Gi"}}}}
END
"""


@pytest.fixture
def console() -> Console:
    """With ``$R``, the registry as it is known outside of the cluster, and a login there."""
    console = Console(Cluster.from_profile("ocp-4.2", seed=1))
    route = "oc get route default-route -n openshift-image-registry -o jsonpath='{.spec.host}'"
    status, output = console.script(f"R=$({route}); podman login -u kubeadmin -p $(oc whoami -t) $R")
    assert (status, output) == (0, "Login Succeeded!\n")
    return console


def test_after_the_switch_an_old_image_is_unknown_and_a_new_one_lies_in_the_volume(console: Console) -> None:
    """facts: the operator copies nothing; a pull answers `manifest unknown`, after a push the blobs are on CephFS."""
    assert console.script("podman pull $R/petclinic/spring-petclinic:2.1")[0] == 0
    move = f"oc patch configs.imageregistry.operator.openshift.io/cluster --type merge -p '{PVC}'"
    assert console.script(CLAIM + move)[0] == 0
    console.settle()
    status, output = console.script("podman pull $R/petclinic/spring-petclinic:2.0")
    assert status == 125
    assert output.endswith("manifest unknown: manifest unknown\n")
    df = "oc rsh -n openshift-image-registry deployment/image-registry df -h /registry | awk 'NR==2{print $3}'"
    assert console.script(df) == (0, "0\n")
    push = "podman tag $R/petclinic/spring-petclinic:2.1 $R/petclinic/new:1 && podman push $R/petclinic/new:1"
    assert console.script(push)[0] == 0
    assert console.script(df) == (0, "208M\n")
    blobs = "oc rsh -n openshift-image-registry deployment/image-registry ls /registry/docker/registry/v2/blobs/sha256"
    assert len(console.script(blobs)[1].split()) == 5  # a manifest, a configuration, three layers


def test_the_name_of_a_service_means_nothing_outside_of_the_cluster(console: Console) -> None:
    host = "image-registry.openshift-image-registry.svc:5000"
    text = (
        f"pinging docker registry returned: Get https://{host}/v2/: dial tcp: lookup "
        "image-registry.openshift-image-registry.svc: no such host\n"
    )
    status, output = console.script(f"podman login -u kubeadmin -p secret {host}")
    assert (status, output) == (125, f'Error: error authenticating creds for "{host}": {text}')
    status, output = console.script(f"podman pull {host}/petclinic/web:3.2")
    assert status == 125
    assert output.endswith(text)


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("sh -c 'dd if=/dev/zero of=/tmp/x'", "sh: line 1: dd"),
        ("dd if=/dev/zero of=/tmp/x", "dd"),
        ("/usr/bin/curl localhost", "/usr/bin/curl"),
    ],
)
def test_what_an_image_has_and_nobody_has_built_says_so(console: Console, command: str, text: str) -> None:
    """It is there (`ls /usr/bin`), so it is not said to be missing."""
    status, output = console.script(f"oc exec -n openshift-image-registry deployment/image-registry -- {command}")
    assert status == 126
    assert output == f"{text}: not available in this simulator\ncommand terminated with exit code 126\n"


def test_processes_of_the_asking_terminal(console: Console) -> None:
    assert console.script("ps")[1].splitlines()[1:] == ["   2412 pts/0    00:00:00 bash"]
    _, output = console.script("oc exec -n openshift-image-registry deployment/image-registry -- sh -c ps")
    assert [line.split()[-1] for line in output.splitlines()[1:]] == ["dockerregistry", "sh"]


def test_the_log_of_a_container_without_an_image(console: Console) -> None:
    """The kubelet's own words for it, not the reason of the status."""
    console.script("oc new-project foo; oc create deployment web --image=quay.io/nope/nope:1; sleep 60")
    status, output = console.script("oc logs deployment/web")
    assert status == 1
    assert output.endswith(" is waiting to start: trying and failing to pull image\n")
