"""What the kubelet of 1.33 says and reports, where it is not what that of 1.14 did."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.errors import InternalError
from simulator.release import Release

TODAY = Release("4.20.1", "v1.33.5", ())


@pytest.fixture
def lab(new_lab: Any) -> Any:
    made = new_lab(release=TODAY).start()
    assert made.settle()
    return made


def script(command: str, **more: Any) -> dict[str, Any]:
    return {"name": "app", "image": "busybox", "command": ["sh", "-c", command], **more}


def state(lab: Any, name: str) -> Any:
    return lab.get_pod(name)["status"]["containerStatuses"][0]


def test_a_start_in_the_words_of_1_33(lab: Any) -> None:
    image = "quay.io/openshift/other:2"
    lab.pod("web", containers=[{"name": "app", "image": image}])
    assert lab.settle()
    address = lab.get_pod("web")["status"]["podIP"]
    assert lab.events("web") == [
        ("AddedInterface", f"Add eth0 [{address}/23] from ovn-kubernetes"),
        ("Pulling", f'Pulling image "{image}"'),
        ("Pulled", f'Successfully pulled image "{image}" in 4.8s (4.8s including waiting). '
                   "Image size: 240000000 bytes."),
        ("Created", "Created container: app"),
        ("Started", "Started container app"),
    ]  # fmt: skip


def test_the_host_network_adds_no_interface(lab: Any) -> None:
    lab.pod("web", hostNetwork=True)
    assert lab.settle()
    assert "AddedInterface" not in dict(lab.events("web"))


def test_an_image_that_does_not_exist(lab: Any) -> None:
    lab.pod("web", containers=[{"name": "app", "image": "nowhere.example.com/a/b:1"}])
    lab.settle(8)
    cause = (
        'pinging container registry nowhere.example.com: Get "https://nowhere.example.com/v2/": dial tcp: lookup '
        "nowhere.example.com on 10.0.0.2:53: no such host"
    )
    failure = (
        "unable to pull image or OCI artifact: pull image err: initializing source "
        f"docker://nowhere.example.com/a/b:1: {cause}; artifact err: get manifest: build image source: {cause}"
    )
    assert ("Failed", f'Failed to pull image "nowhere.example.com/a/b:1": {failure}') in lab.events("web")
    message = f'Back-off pulling image "nowhere.example.com/a/b:1": ErrImagePull: {failure}'
    assert state(lab, "web")["state"]["waiting"] == {"reason": "ImagePullBackOff", "message": message}


def test_a_container_that_keeps_failing(lab: Any) -> None:
    lab.pod("web", containers=[script("exit 1")])
    lab.settle(30)
    uid = lab.get_pod("web")["metadata"]["uid"]
    told = f"Back-off restarting failed container app in pod web_demo({uid})"
    assert ("BackOff", told) in lab.events("web")
    waiting = state(lab, "web")["state"]["waiting"]
    assert waiting["message"] == f"back-off 20s restarting failed container=app pod=web_demo({uid})"


def test_a_program_that_the_image_lacks(lab: Any) -> None:
    lab.pod("web", containers=[{"name": "app", "image": "busybox", "command": ["nope"]}])
    lab.settle(20)
    text = "container create failed: executable file `nope` not found in $PATH: No such file or directory"
    assert ("Failed", f"Error: {text}") in lab.events("web")


def test_a_probe_quotes_its_url(lab: Any) -> None:
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "failureThreshold": 1}
    lab.pod("web", containers=[script("sleep 600", readinessProbe=probe)])
    lab.settle(20)
    address = lab.get_pod("web")["status"]["podIP"]
    url = f"http://{address}:8080/healthz"
    failed = f'Readiness probe failed: Get "{url}": dial tcp {address}:8080: connect: connection refused'
    assert ("Unhealthy", failed) in lab.events("web")


def test_volumes_that_do_not_come(lab: Any) -> None:
    lab.pod("web", volumes=[{"name": "conf", "configMap": {"name": "settings"}}])
    lab.settle(130)
    text = (
        "Unable to attach or mount volumes: unmounted volumes=[conf], unattached volumes=[], failed to process "
        "volumes=[]: timed out waiting for the condition"
    )
    assert ("FailedMount", text) in lab.events("web")


def test_the_logs_of_a_node_that_is_off(lab: Any) -> None:
    lab.pod("web")
    assert lab.settle()
    node = lab.get_pod("web")["spec"]["nodeName"]
    lab.fault("off", f"node:{node}", "down")
    with pytest.raises(InternalError, match=r'Get "https://10\.0\.131\.236:10250/containerLogs/demo/web'):
        lab.machines.kubelet.logs(lab.get_pod("web"), "app", {})
