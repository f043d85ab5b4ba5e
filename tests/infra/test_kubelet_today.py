"""What the kubelet of 1.33 says and reports, where it is not what that of 1.14 did."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from simulator.api.gvrs import PODS
from simulator.errors import InternalError
from simulator.infra.programs import behaviour_of
from simulator.infra.rootfs import family
from simulator.release import OLDEST, Release

REGISTRY = "openshift-image-registry"
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


# -- status


def test_the_status_of_a_pod_that_runs(lab: Any) -> None:
    mounts = [{"name": "tmp", "mountPath": "/tmp"}, {"name": "conf", "mountPath": "/conf", "readOnly": True}]
    resources = {"requests": {"cpu": "10m"}, "limits": {"memory": "1Gi"}}
    lab.pod("web", containers=[{"name": "app", "image": "quay.io/openshift/app:1", "volumeMounts": mounts,
                                "resources": resources}],
            volumes=[{"name": "tmp", "emptyDir": {}}, {"name": "conf", "emptyDir": {}}],
            securityContext={"fsGroup": 1000350000, "runAsUser": 1000350000})  # fmt: skip
    lab.settle(3)
    conditions = lab.get_pod("web")["status"]["conditions"]
    assert (conditions[0]["type"], conditions[0]["status"]) == ("PodReadyToStartContainers", "False")
    assert state(lab, "web")["started"] is False
    assert "resources" not in state(lab, "web")
    assert lab.settle()
    status, one = lab.get_pod("web")["status"], state(lab, "web")
    order = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"]
    assert [condition["type"] for condition in status["conditions"]][:4] == order
    assert {condition["status"] for condition in status["conditions"]} == {"True"}
    assert status["podIPs"] == [{"ip": status["podIP"]}]
    assert status["hostIPs"] == [{"ip": status["hostIP"]}]
    assert one["started"] is True
    assert one["volumeMounts"] == [
        {"mountPath": "/tmp", "name": "tmp"},
        {"mountPath": "/conf", "name": "conf", "readOnly": True, "recursiveReadOnly": "Disabled"},
    ]
    assert one["resources"] == lab.get_pod("web")["spec"]["containers"][0]["resources"]
    assert one["allocatedResources"] == one["resources"]["requests"]
    assert one["user"] == {"linux": {"uid": 1000350000, "gid": 0, "supplementalGroups": [0, 1000350000]}}
    lab.assert_settled()


@pytest.mark.parametrize(("code", "reason"), [(0, "PodCompleted"), (3, "PodFailed")])
def test_the_status_of_a_pod_that_has_ended(lab: Any, code: int, reason: str) -> None:
    lab.pod("job", containers=[script(f"exit {code}")], restartPolicy="Never")
    assert lab.settle()
    found = {one["type"]: (one["status"], one.get("reason")) for one in lab.get_pod("job")["status"]["conditions"]}
    assert found["PodReadyToStartContainers"] == ("False", None)
    assert found["Ready"] == found["ContainersReady"] == ("False", reason)


# -- start


def test_a_startup_probe_comes_before_the_others(lab: Any) -> None:
    startup = {"exec": {"command": ["test", "-e", "/tmp/up"]}, "periodSeconds": 5, "failureThreshold": 6}
    liveness = {"exec": {"command": ["false"]}, "periodSeconds": 5, "failureThreshold": 1}
    lab.pod("web", containers=[script("sleep 3000", startupProbe=startup, livenessProbe=liveness)])
    lab.settle(20)
    assert (state(lab, "web")["started"], state(lab, "web")["ready"]) == (False, False)
    assert {text for reason, text in lab.events("web") if reason == "Unhealthy"} == {"Startup probe failed: "}
    lab.sh("web", "touch /tmp/up")
    lab.settle(8)
    assert ("Killing", "Container app failed liveness probe, will be restarted") in lab.events("web")


def test_a_container_that_does_not_start_up_is_restarted(lab: Any) -> None:
    startup = {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 3}
    lab.pod("web", containers=[script("sleep 3000", startupProbe=startup)])
    lab.settle(30)
    assert ("Killing", "Container app failed startup probe, will be restarted") in lab.events("web")
    assert state(lab, "web")["restartCount"] >= 1


# -- the registry of 4.20


def registry(lab: Any) -> Any:
    shell = "mkdir -p /etc/pki/ca-trust/extracted/pem && update-ca-trust extract && exec /usr/bin/dockerregistry"
    made = lab.registry_pod()
    lab.client.delete(PODS, made["metadata"]["name"], REGISTRY, grace_period_s=0)
    meta = {"name": "image-registry-2", "namespace": REGISTRY, "labels": made["metadata"]["labels"]}
    container = {
        **made["spec"]["containers"][0],
        "command": ["/bin/sh", "-c", shell],
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "25"]}}},
        "securityContext": {"readOnlyRootFilesystem": True},
    }
    source = {"serviceAccountToken": {"audience": "openshift", "path": "token"}}
    where = {"name": "bound-sa-token", "mountPath": "/var/run/secrets/openshift/serviceaccount", "readOnly": True}
    container["volumeMounts"] = [*container["volumeMounts"], where]
    volumes = [*made["spec"]["volumes"], {"name": "bound-sa-token", "projected": {"sources": [source]}}]
    spec = {**made["spec"], "containers": [container], "volumes": volumes, "terminationGracePeriodSeconds": 55,
            "serviceAccountName": "registry"}  # fmt: skip
    lab.create(PODS, {"metadata": meta, "spec": spec})
    assert lab.settle()
    return "image-registry-2"


def test_a_shell_becomes_the_registry(lab: Any) -> None:
    pod = registry(lab)
    status = lab.get_pod(pod, REGISTRY)["status"]
    assert status["containerStatuses"][0]["ready"]
    assert "/usr/bin/dockerregistry" in lab.sh(pod, "ps aux", REGISTRY)
    assert 'PRETTY_NAME="Red Hat Enterprise Linux 9.6 (Plow)"' in lab.sh(pod, "cat /etc/os-release", REGISTRY)
    log = lab.machines.kubelet.logs(lab.get_pod(pod, REGISTRY), "registry", {})
    assert "distribution_version=v3.0.0" in log


def test_a_read_only_root_takes_no_file(lab: Any) -> None:
    pod = registry(lab)
    assert lab.sh(pod, "touch /x", REGISTRY, status=1) == "touch: cannot touch '/x': Read-only file system\n"
    assert lab.sh(pod, "mount | grep ' / '", REGISTRY).startswith("overlay on / type overlay (ro,")


def claims_of(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text.split(".")[1] + "=="))


def test_tokens_are_bound_and_renewed(lab: Any) -> None:
    pod = registry(lab)
    path = "/var/run/secrets/openshift/serviceaccount/token"
    first = claims_of(lab.sh(pod, f"cat {path}", REGISTRY))
    assert first["aud"] == ["openshift"]
    assert first["sub"] == "system:serviceaccount:openshift-image-registry:registry"
    assert first["exp"] - first["iat"] == 3600
    assert first["kubernetes.io"]["pod"] == {"name": pod, "uid": lab.get_pod(pod, REGISTRY)["metadata"]["uid"]}
    lab.clock.advance(2800)
    assert claims_of(lab.sh(pod, f"cat {path}", REGISTRY)) == first
    lab.clock.advance(200)
    later = claims_of(lab.sh(pod, f"cat {path}", REGISTRY))
    assert later["iat"] == first["iat"] + 2880  # four fifths of an hour
    assert later["jti"] != first["jti"]


def test_the_hook_comes_before_the_end(lab: Any) -> None:
    pod = registry(lab)
    lab.client.delete(PODS, pod, REGISTRY)
    begin = lab.clock.now()
    lab.clock.advance(25)
    assert lab.client.get_or_none(PODS, pod, REGISTRY) is not None
    assert ("Killing", "Stopping container registry") in lab.events(pod, REGISTRY)
    lab.settle()
    assert lab.client.get_or_none(PODS, pod, REGISTRY) is None
    assert 25 < lab.clock.now() - begin < 30


@pytest.mark.parametrize(
    ("hook", "grace_s", "end_s"),
    [
        ({"exec": {"command": ["sleep", "10"]}}, 30, 30),  # a shell's sleep does not heed SIGTERM
        ({"exec": {"command": ["sleep", "100"]}}, 30, 32),  # two seconds are its due
        ({"sleep": {"seconds": 5}}, 20, 20),
        ({"exec": {"command": ["true"]}}, 20, 20),
    ],
)
def test_hooks_take_from_the_grace_period(lab: Any, hook: Any, grace_s: int, end_s: float) -> None:
    lab.pod(
        "web", containers=[script("sleep 3000", lifecycle={"preStop": hook})], terminationGracePeriodSeconds=grace_s
    )
    lab.settle(30)
    lab.client.delete(PODS, "web", "demo")
    lab.clock.advance(end_s - 0.5)
    assert lab.client.get_or_none(PODS, "web", "demo") is not None
    lab.clock.advance(1)
    assert lab.client.get_or_none(PODS, "web", "demo") is None


@pytest.mark.parametrize(("release", "prompt"), [(OLDEST, "sh-4.2"), (TODAY, "sh-5.1")])
def test_a_prompt_of_its_time(release: Release, prompt: str) -> None:
    pod = {"metadata": {"namespace": "openshift-console"}, "spec": {}}
    container = {"name": "console", "image": "quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:1"}
    assert family(behaviour_of(pod, container, release).family).prompt == prompt


def test_no_variable_gives_the_prompt(lab: Any) -> None:
    assert "PS1" not in lab.sh(registry(lab), "env", REGISTRY)


def test_the_pruner_gets_through(lab: Any) -> None:
    command = ["/bin/sh", "-c", "oc adm prune images --confirm=true"]
    container = {"name": "image-pruner", "image": "quay.io/openshift/cli:1", "command": command}
    lab.pod("image-pruner-29366400-abcde", REGISTRY, containers=[container], restartPolicy="OnFailure")
    assert lab.settle()
    pod = lab.get_pod("image-pruner-29366400-abcde", REGISTRY)
    assert pod["status"]["phase"] == "Succeeded"
    assert lab.machines.kubelet.logs(pod, "image-pruner", {}) == "Deleted 0 objects.\n"
