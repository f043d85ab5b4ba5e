"""DeploymentConfigs on a whole cluster: versions, deployer pods, triggers, and what the API offers beside.

Source: openshift-controller-manager and openshift-apiserver (4.20), openshift/oc, pkg/cli/deployer.
"""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import DEPLOYMENTCONFIGS, IMAGESTREAMS, PODS, PROJECTREQUESTS, REPLICATIONCONTROLLERS
from simulator.api.types import GVR
from simulator.cluster import Cluster
from simulator.controllers.conditions import find_condition
from simulator.errors import BadRequest, Invalid, Object

IMAGE = "quay.io/openshift/hello:1"


class Lab:
    """A project with one config in it."""

    def __init__(self, **spec: Any) -> None:
        self.cluster = Cluster.from_profile("ocp-4.20")
        self.client = self.cluster.client()
        self.client.create(PROJECTREQUESTS, {"metadata": {"name": "lab"}})
        self.client.create(DEPLOYMENTCONFIGS, config(**spec))
        self.cluster.settle()

    @property
    def config(self) -> Object:
        return self.client.get(DEPLOYMENTCONFIGS, "web", "lab")

    def version(self, number: int) -> Object:
        return self.client.get(REPLICATIONCONTROLLERS, f"web-{number}", "lab")

    def phase(self, number: int) -> str:
        text: str = self.version(number)["metadata"]["annotations"]["openshift.io/deployment.phase"]
        return text

    def pods(self) -> list[str]:
        return [pod["metadata"]["name"] for pod in self.client.list(PODS, "lab")]

    def patch(self, patch: Any) -> None:
        self.client.patch(DEPLOYMENTCONFIGS, "web", patch, "lab")
        self.cluster.settle()

    def ask(self, subresource: str, **body: Any) -> Any:
        path = DEPLOYMENTCONFIGS.path("lab", "web", subresource)
        return self.client.request("POST", path, body={"name": "web", **body})

    def log(self, **query: str) -> str:
        text: str = self.client.request("GET", DEPLOYMENTCONFIGS.path("lab", "web", "log"), query=query).body
        return text

    def events(self) -> set[tuple[str, str]]:
        found = self.client.list(GVR("", "v1", "events"), "lab")
        return {(one["reason"], one["message"]) for one in found if one["involvedObject"]["kind"] == "DeploymentConfig"}

    def assert_settled(self) -> None:
        before = self.cluster.state.revision
        self.cluster.manager.stop()
        self.cluster.manager.start()
        self.cluster.settle()
        assert [(entry.cause, entry.resource) for entry in self.cluster.state.history(before)] == []


def config(**spec: Any) -> Object:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": IMAGE}]}}
    return {"metadata": {"name": "web", "namespace": "lab"}, "spec": {"replicas": 2, "template": template, **spec}}


def test_the_first_version_rolls_out_by_itself() -> None:
    lab = Lab()
    status = lab.config["status"]
    assert (status["latestVersion"], status["availableReplicas"], status["updatedReplicas"]) == (1, 2, 2)
    progress = find_condition(status["conditions"], "Progressing") or {}
    assert progress["message"] == 'replication controller "web-1" successfully rolled out'
    assert progress["reason"] == "NewReplicationControllerAvailable"
    assert status["details"] == {"message": "config change", "causes": [{"type": "ConfigChange"}]}
    deployer = lab.client.get(PODS, "web-1-deploy", "lab")
    assert deployer["status"]["phase"] == "Succeeded"
    assert deployer["metadata"]["labels"]["openshift.io/deployer-pod-for.name"] == "web-1"
    log = PODS.path("lab", "web-1-deploy", "log")
    assert lab.client.request("GET", log).body == "--> Scaling web-1 to 2\n--> Success\n"
    assert lab.events() == {("DeploymentCreated", 'Created new replication controller "web-1" for version 1')}
    lab.assert_settled()


def test_a_change_rolls_and_a_rollback_brings_the_old_template_back() -> None:
    lab = Lab()
    lab.patch({"spec": {"template": {"metadata": {"annotations": {"touched": "yes"}}}}})
    assert [lab.phase(number) for number in (1, 2)] == ["Complete", "Complete"]
    assert [lab.version(number)["spec"]["replicas"] for number in (1, 2)] == [0, 2]
    assert lab.client.request("GET", PODS.path("lab", "web-2-deploy", "log")).body.splitlines() == [
        "--> Scaling up web-2 from 0 to 2, scaling down web-1 from 2 to 0 (keep 2 pods available, don't exceed 3 pods)",
        "    Scaling web-2 up to 1",
        "    Scaling web-1 down to 1",
        "    Scaling web-2 up to 2",
        "    Scaling web-1 down to 0",
        "--> Success",
    ]
    undone = lab.ask("rollback", spec={"from": {}, "revision": 1, "includeTemplate": True}).body
    assert undone["status"]["latestVersion"] == 3
    assert "annotations" not in undone["spec"]["template"]["metadata"]
    lab.client.update(DEPLOYMENTCONFIGS, undone)
    lab.cluster.settle()
    assert lab.phase(3) == "Complete"
    assert "touched" not in lab.version(3)["spec"]["template"]["metadata"]["annotations"]
    lab.assert_settled()


def test_recreate_waits_for_the_old_pods_to_be_gone() -> None:
    lab = Lab(strategy={"type": "Recreate"})
    lab.patch({"spec": {"template": {"metadata": {"annotations": {"touched": "yes"}}}}})
    assert lab.client.request("GET", PODS.path("lab", "web-2-deploy", "log")).body.splitlines() == [
        "--> Scaling web-1 down to zero",
        "--> Scaling web-2 to 1 before performing acceptance check",
        "--> Scaling web-2 to 2",
        "--> Success",
    ]


def test_scaling_rolls_nothing_out() -> None:
    lab = Lab()
    scale = lab.client.request("GET", DEPLOYMENTCONFIGS.path("lab", "web", "scale")).body
    assert (scale["spec"], scale["status"]) == ({"replicas": 2}, {"replicas": 2, "selector": "app=web"})
    lab.client.request("PUT", DEPLOYMENTCONFIGS.path("lab", "web", "scale"), body={**scale, "spec": {"replicas": 3}})
    lab.cluster.settle()
    assert lab.version(1)["status"]["readyReplicas"] == 3
    assert ("ReplicationControllerScaled", 'Scaled replication controller "web-1" from 2 to 3') in lab.events()


def test_without_triggers_it_waits_to_be_asked() -> None:
    lab = Lab(triggers=[])
    assert lab.config["status"]["latestVersion"] == 0
    assert lab.pods() == []
    with pytest.raises(BadRequest, match='no deployment exists for deploymentConfig "web"'):
        lab.log()
    assert lab.ask("instantiate", latest=True, force=True).body["status"]["details"]["causes"] == [{"type": "Manual"}]
    lab.cluster.settle()
    assert lab.phase(1) == "Complete"
    assert lab.ask("instantiate", latest=True, force=False).code == 204
    with pytest.raises(BadRequest, match='invalid version for deploymentConfig "web": 7'):
        lab.log(version="7")


def test_a_paused_config_starts_nothing() -> None:
    lab = Lab(paused=True)
    with pytest.raises(Invalid, match='deployment config "web" is paused - unpause to request a new deployment'):
        lab.ask("instantiate", latest=True, force=True)
    lab.patch({"spec": {"paused": False}})
    assert lab.phase(1) == "Complete"


def test_a_newer_version_calls_a_stuck_one_off() -> None:
    lab = Lab()
    lab.client.patch(DEPLOYMENTCONFIGS, "web", _image("nowhere.example/x:1"), "lab",
                     content_type="application/strategic-merge-patch+json")  # fmt: skip
    lab.cluster.clock.advance(60)
    assert lab.phase(2) == "Running"
    lab.client.patch(DEPLOYMENTCONFIGS, "web", _image(IMAGE), "lab",
                     content_type="application/strategic-merge-patch+json")  # fmt: skip
    lab.cluster.settle()
    assert [lab.phase(number) for number in (1, 2, 3)] == ["Complete", "Failed", "Complete"]
    assert ("DeploymentCancelled", 'Cancelled deployment "web-2" superceded by version 3') in lab.events()
    assert ("RolloutCancelled", 'Rollout for "lab/web-2" cancelled') in lab.events()
    lab.assert_settled()


def test_a_roll_out_that_comes_no_further_fails() -> None:
    lab = Lab(strategy={"type": "Rolling", "rollingParams": {"timeoutSeconds": 30}})
    lab.client.patch(DEPLOYMENTCONFIGS, "web", _image("nowhere.example/x:1"), "lab",
                     content_type="application/strategic-merge-patch+json")  # fmt: skip
    lab.cluster.clock.advance(120)
    assert lab.phase(2) == "Failed"
    assert lab.log().splitlines()[-1] == "error: timed out waiting for any update progress to be made"
    progress = find_condition(lab.config["status"]["conditions"], "Progressing") or {}
    assert (progress["reason"], progress["message"]) == (
        "ProgressDeadlineExceeded", 'replication controller "web-2" has failed progressing')  # fmt: skip
    assert [lab.version(number)["spec"]["replicas"] for number in (1, 2)] == [2, 0]  # the old one stays in charge


def test_an_image_change_trigger_waits_for_its_tag_and_follows_it() -> None:
    source = {"kind": "ImageStreamTag", "name": "app:latest"}
    trigger = {"automatic": True, "containerNames": ["web"], "from": source}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": " "}]}}
    lab = Lab(triggers=[{"type": "ImageChange", "imageChangeParams": trigger}], template=template)
    assert lab.config["status"]["latestVersion"] == 0
    for number in (1, 2):
        _tag(lab, f"quay.io/openshift/hello:{number}")
        spec = lab.config["spec"]
        assert spec["template"]["spec"]["containers"][0]["image"] == f"quay.io/openshift/hello:{number}"
        assert spec["triggers"][0]["imageChangeParams"]["lastTriggeredImage"] == f"quay.io/openshift/hello:{number}"
        assert lab.phase(number) == "Complete"
    assert lab.config["status"]["details"]["message"] == "image change"
    lab.assert_settled()


def _image(image: str) -> Object:
    return {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}}


def _tag(lab: Lab, image: str) -> None:
    """What an import leaves in the stream."""
    stream = lab.client.get_or_none(IMAGESTREAMS, "app", "lab")
    if stream is None:
        stream = lab.client.create(IMAGESTREAMS, {"metadata": {"name": "app", "namespace": "lab"}})
    event = {"created": "2025-11-12T10:30:00Z", "dockerImageReference": image, "generation": 1, "image": "sha256:1"}
    tags = {"tags": [{"tag": "latest", "items": [event]}]}
    lab.client.update_status(IMAGESTREAMS, {**stream, "status": tags})
    lab.cluster.settle()


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"replicas": -1}, "spec.replicas: Invalid value: -1: replicas cannot be negative"),
        ({"selector": {"app": "other"}}, "`selector` does not match template `labels`"),
        ({"triggers": [{"type": "ImageChange"}]}, "spec.triggers[0].imageChangeParams: Required value"),
        ({"strategy": {"type": "Rolling", "rollingParams": {"timeoutSeconds": 0}}},
         "spec.strategy.rollingParams.timeoutSeconds: Invalid value: 0: must be >0"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(spec: Any, text: str) -> None:
    client = Cluster.from_profile("ocp-4.20").client()
    client.create(PROJECTREQUESTS, {"metadata": {"name": "lab"}})
    with pytest.raises(Invalid) as refused:
        client.create(DEPLOYMENTCONFIGS, config(**spec))
    assert text in refused.value.message
