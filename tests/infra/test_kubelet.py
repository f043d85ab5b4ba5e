"""Pods' lives: images, configuration, volumes, scripts, restarts, probes, the end."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import NODEMACHINES, NODES, PERSISTENTVOLUMECLAIMS, PODS, PODSANDBOXES, SECRETS, VOLUMES
from simulator.errors import BadRequest, InternalError

NODE = "ip-10-0-131-236.ec2.internal"
CEPHFS, RBD = "ocs-storagecluster-cephfs", "ocs-storagecluster-ceph-rbd"


def script(command: str, **more: Any) -> dict[str, Any]:
    return {"name": "app", "image": "busybox", "command": ["sh", "-c", command], **more}


def mounting(claim: str) -> dict[str, Any]:
    mounts = [{"name": "v", "mountPath": "/data"}]
    container = {"name": "app", "image": "quay.io/openshift/app:1", "volumeMounts": mounts}
    volume = {"name": "v", "persistentVolumeClaim": {"claimName": claim}}
    return {"containers": [container], "volumes": [volume]}


def state(lab: Any, name: str, container: int = 0) -> Any:
    return lab.get_pod(name)["status"]["containerStatuses"][container]


def test_image_is_pulled_once(lab: Any) -> None:
    lab.pod("one", containers=[{"name": "app", "image": "quay.io/openshift/other:2"}])
    assert lab.settle()
    assert lab.events("one") == [
        ("Pulling", 'Pulling image "quay.io/openshift/other:2"'),
        ("Pulled", 'Successfully pulled image "quay.io/openshift/other:2"'),
        ("Created", "Created container app"),
        ("Started", "Started container app"),
    ]
    lab.pod("two", containers=[{"name": "app", "image": "quay.io/openshift/other:2"}])
    assert lab.settle()
    present = ("Pulled", 'Container image "quay.io/openshift/other:2" already present on machine')
    assert lab.events("two")[0] == present
    lab.assert_settled()


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (
            "nosuchimage",
            'Failed to pull image "nosuchimage": rpc error: code = Unknown desc = Error reading manifest latest in '
            "docker.io/library/nosuchimage: errors:\ndenied: requested access to the resource is denied\n"
            "unauthorized: authentication required\n",
        ),
        (
            "nowhere.example.com/a/b:1",
            'Failed to pull image "nowhere.example.com/a/b:1": rpc error: code = Unknown desc = pinging docker '
            "registry returned: Get https://nowhere.example.com/v2/: dial tcp: lookup nowhere.example.com on "
            "10.0.0.2:53: no such host",
        ),
    ],
)
def test_image_that_does_not_exist(lab: Any, image: str, text: str) -> None:
    lab.pod("web", containers=[{"name": "app", "image": image}])
    lab.settle(8)
    said = lab.events("web")
    assert ("Failed", text) in said
    assert ("Failed", "Error: ErrImagePull") in said
    assert ("Failed", "Error: ImagePullBackOff") in said
    waiting = state(lab, "web")["state"]["waiting"]
    assert waiting == {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'}
    with pytest.raises(BadRequest, match="is waiting to start: trying and failing to pull image"):
        lab.machines.kubelet.logs(lab.get_pod("web"), "app", {})


def test_bad_image_name(lab: Any) -> None:
    lab.pod("web", containers=[{"name": "app", "image": "UPPER//x"}])
    lab.settle(8)
    assert state(lab, "web")["state"]["waiting"]["reason"] == "InvalidImageName"
    assert lab.events("web")[0][0] == "InspectFailed"


def test_missing_key_and_missing_secret(lab: Any) -> None:
    variable = {"name": "A", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "a"}}}
    lab.pod("web", containers=[{"name": "app", "image": "quay.io/openshift/app:1", "env": [variable]}])
    lab.settle(8)
    assert ("Failed", 'Error: secret "keys" not found') in lab.events("web")
    assert state(lab, "web")["state"]["waiting"]["reason"] == "CreateContainerConfigError"
    lab.secret("keys", "demo", {"b": "1"})
    lab.settle(15)
    assert ("Failed", "Error: couldn't find key a in Secret demo/keys") in lab.events("web")
    lab.client.delete(SECRETS, "keys", "demo")
    lab.secret("keys", "demo", {"a": "value"})
    assert lab.settle()
    assert lab.sh("web", "echo $A") == "value\n"


def test_missing_volume_content_is_told_again_and_again(lab: Any) -> None:
    container = {"name": "app", "image": "quay.io/openshift/app:1"}
    lab.pod("web", containers=[container], volumes=[{"name": "conf", "configMap": {"name": "settings"}}])
    lab.settle(130)
    text = 'MountVolume.SetUp failed for volume "conf" : configmap "settings" not found'
    said = lab.events("web")
    assert ("FailedMount", text) in said
    uid = lab.get_pod("web")["metadata"]["uid"]
    timeout = (
        f'Unable to mount volumes for pod "web_demo({uid})": timeout expired waiting for volumes to attach or mount '
        'for pod "demo"/"web". list of unmounted volumes=[conf]. list of unattached volumes=[conf]'
    )
    assert ("FailedMount", timeout) in said
    assert state(lab, "web")["state"]["waiting"] == {"reason": "ContainerCreating"}


def test_script_ends_the_container(lab: Any) -> None:
    lab.pod("job", containers=[script("echo started; sleep 30; echo done")], restartPolicy="Never")
    lab.settle(20)
    assert lab.get_pod("job")["status"]["phase"] == "Running"
    assert lab.settle()
    status = lab.get_pod("job")["status"]
    assert status["phase"] == "Succeeded"
    ended = state(lab, "job")["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("Completed", 0)
    assert lab.machines.kubelet.logs(lab.get_pod("job"), "app", {}) == "started\ndone\n"
    lab.assert_settled()


def test_a_job_runs_in_a_platform_namespace_too(lab: Any) -> None:
    container = {"name": "copy", "image": "quay.io/openshift/app:1", "command": ["sh", "-c", "echo copied; exit 4"]}
    lab.pod("copy", "openshift-image-registry", containers=[container], restartPolicy="Never")
    assert lab.settle()
    pod = lab.get_pod("copy", "openshift-image-registry")
    assert pod["status"]["phase"] == "Failed"
    assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 4
    assert lab.machines.kubelet.logs(pod, "copy", {}) == "copied\n"


def test_a_shell_without_anything_to_read_ends_at_once(lab: Any) -> None:
    lab.pod("web", containers=[{"name": "app", "image": "busybox"}])
    lab.pod("typed", containers=[{"name": "app", "image": "busybox", "stdin": True}])
    lab.settle(20)
    assert state(lab, "web")["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert state(lab, "web")["lastState"]["terminated"]["reason"] == "Completed"
    assert "running" in state(lab, "typed")["state"]


def test_command_that_the_image_does_not_have(lab: Any) -> None:
    lab.pod("web", containers=[{"name": "app", "image": "busybox", "command": ["serve"]}])
    lab.settle(10)
    text = (
        'container create failed: container_linux.go:345: starting container process caused "exec: \\"serve\\": '
        'executable file not found in $PATH"\n'
    )
    assert state(lab, "web")["state"]["waiting"] == {"reason": "CreateContainerError", "message": text}
    assert ("Failed", f"Error: {text}") in lab.events("web")


def test_init_containers_come_first(lab: Any) -> None:
    lab.pod(
        "web",
        initContainers=[{**script("sleep 20"), "name": "first"}],
        containers=[script("sleep infinity")],
    )
    lab.settle(15)
    status = lab.get_pod("web")["status"]
    assert status["phase"] == "Pending"
    assert status["conditions"][0]["reason"] == "ContainersNotInitialized"
    assert status["conditions"][0]["message"] == "containers with incomplete status: [first]"
    assert status["containerStatuses"][0]["state"]["waiting"] == {"reason": "PodInitializing"}
    assert lab.settle()
    assert lab.get_pod("web")["status"]["phase"] == "Running"


def test_crash_loop_backs_off(lab: Any) -> None:
    lab.pod("web", containers=[script("exit 3")])
    lab.settle(25)
    status = state(lab, "web")
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert "Back-off 20s restarting failed container=app pod=web_demo(" in status["state"]["waiting"]["message"]
    assert status["lastState"]["terminated"]["exitCode"] == 3
    assert status["restartCount"] == 2
    assert ("BackOff", "Back-off restarting failed container") in lab.events("web")
    lab.settle(600)
    assert 5 <= state(lab, "web")["restartCount"] <= 7


def test_readiness_by_exec_follows_a_file(lab: Any) -> None:
    probe = {"exec": {"command": ["cat", "/tmp/ready"]}, "periodSeconds": 5}
    lab.pod("web", containers=[script("sleep infinity", readinessProbe=probe)])
    lab.settle(30)
    assert not state(lab, "web")["ready"]
    said = [text for reason, text in lab.events("web") if reason == "Unhealthy"]
    assert said == ["Readiness probe failed: cat: /tmp/ready: No such file or directory\n"]
    lab.sh("web", "touch /tmp/ready")
    assert lab.settle()
    assert state(lab, "web")["ready"]
    lab.sh("web", "rm /tmp/ready")
    lab.settle(20)
    assert not state(lab, "web")["ready"]


def test_a_pod_ends_within_its_grace(lab: Any) -> None:
    lab.pod("web", containers=[script("sleep infinity")])
    lab.settle()
    lab.client.delete(PODS, "web", "demo", grace_period_s=5)
    lab.settle(3)
    assert ("Killing", "Stopping container app") in lab.events("web")
    assert lab.client.get_or_none(PODS, "web", "demo") is not None
    assert lab.settle()
    assert lab.client.get_or_none(PODS, "web", "demo") is None
    assert lab.client.get_or_none(PODSANDBOXES, "demo.web") is None
    assert [one for one in lab.client.list(VOLUMES) if one["spec"].get("pod") == "demo/web"] == []


def test_nothing_happens_on_a_machine_that_is_off(lab: Any) -> None:
    lab.client.patch(NODEMACHINES, NODE, {"spec": {"poweredOff": True}})
    lab.pod("web")
    assert lab.settle()
    assert lab.get_pod("web").get("status", {}).get("phase", "Pending") == "Pending"
    lab.client.patch(NODEMACHINES, NODE, {"spec": {"poweredOff": False}})
    assert lab.settle()
    assert lab.get_pod("web")["status"]["phase"] == "Running"


def test_a_machine_that_is_off_cannot_be_entered(lab: Any) -> None:
    lab.pod("web", containers=[script("sleep infinity")])
    lab.settle()
    lab.fault("power", f"node:{NODE}", "down")
    with pytest.raises(InternalError, match=r"^error dialing backend: dial tcp 10.0.131.236:10250: i/o timeout$"):
        lab.client.exec("web", "demo", ["ls"])
    with pytest.raises(InternalError, match=r"^Get https://10.0.131.236:10250/containerLogs/demo/web/app: dial tcp "):
        lab.machines.kubelet.logs(lab.get_pod("web"), "app", {})


def test_service_and_hostname_variables(lab: Any) -> None:
    lab.pod("web", containers=[script("sleep infinity", env=[{"name": "URL", "value": "http://$(HOSTNAME2)$(A)"}])])
    lab.settle()
    assert lab.sh("web", "hostname; echo $HOSTNAME; echo $URL") == "web\nweb\nhttp://$(HOSTNAME2)$(A)\n"


def test_entering_what_does_not_run(lab: Any) -> None:
    lab.pod("web", containers=[{"name": "app", "image": "nosuchimage"}])
    lab.settle(8)
    with pytest.raises(InternalError, match=r'unable to upgrade connection: container not found \("app"\)'):
        lab.client.exec("web", "demo", ["ls"])


def test_block_volume_is_an_ext4_of_the_pods_group(lab: Any) -> None:
    lab.claim("data", RBD, modes=["ReadWriteOnce"], size="5Gi")
    lab.settle(20)
    spec = mounting("data")
    lab.pod("web", securityContext={"fsGroup": 1234, "runAsUser": 1000}, **spec)
    assert lab.settle()
    line = "/dev/rbd0 on /data type ext4 (rw,relatime,seclabel,stripe=1024,data=ordered)\n"
    assert lab.sh("web", "mount | grep /data") == line
    assert lab.sh("web", "df -h /data | tail -1").split() == ["/dev/rbd0", "4.9G", "20M", "4.9G", "1%", "/data"]
    lab.sh("web", "echo x > /data/file")
    assert lab.sh("web", "stat -c '%u %g' /data/file") == "1000 1234\n"


def test_ebs_volume_gets_a_device(lab: Any) -> None:
    note = {"volume.kubernetes.io/selected-node": NODE}
    lab.claim("data", "gp2", modes=["ReadWriteOnce"], size="1Gi")
    lab.settle(16)
    lab.client.patch(PERSISTENTVOLUMECLAIMS, "data", {"metadata": {"annotations": note}}, "demo")
    lab.settle(30)
    lab.pod("web", **mounting("data"))
    assert lab.settle()
    assert lab.sh("web", "mount | grep /data") == "/dev/xvdba on /data type ext4 (rw,relatime,seclabel,data=ordered)\n"
    lab.client.delete(PODS, "web", "demo")
    assert lab.settle()
    assert lab.client.get(NODES, NODE)["status"]["volumesAttached"] == []


def test_no_driver_on_the_node(lab: Any) -> None:
    lab.claim("data", CEPHFS)
    lab.settle(20)
    lab.client.delete(PODS, "csi-cephfsplugin-0", "openshift-storage")
    lab.settle()
    lab.pod("web", **mounting("data"))
    lab.settle(5)
    volume = lab.get_claim("data")["spec"]["volumeName"]
    assert (
        "FailedMount",
        f'MountVolume.MountDevice failed for volume "{volume}" : driver name openshift-storage.cephfs.csi.ceph.com not '
        "found in the list of registered CSI drivers",
    ) in lab.events("web")


def test_ceph_does_not_answer_at_the_mount(lab: Any) -> None:
    lab.claim("data", CEPHFS)
    lab.settle(20)
    lab.fault("outage", "ceph", "down")
    lab.pod("web", **mounting("data"))
    lab.settle(5)
    text = next(text for reason, text in lab.events("web") if reason == "FailedMount")
    volume = lab.get_claim("data")["spec"]["volumeName"]
    assert text.startswith(
        f'MountVolume.MountDevice failed for volume "{volume}" : rpc error: code = Internal desc = an error occurred '
        "while running (796) mount [-t ceph 172.30.107.130:6789,172.30.82.116:6789,172.30.125.23:6789:"
        "/volumes/csi/csi-vol-"
    )
    staging = f"/var/lib/kubelet/plugins/kubernetes.io/csi/pv/{volume}/globalmount"
    assert f"{staging} -o name=csi-cephfs-node,secretfile=" in text
    lab.repair("outage")
    assert lab.settle(300)
    assert lab.get_pod("web")["status"]["phase"] == "Running"
