"""``oc rollout``: on objects without controllers, and once on a cluster of the profile."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Cluster
from simulator.api.types import GVR
from simulator.oc.rolloutstatus import daemonset_status, deployment_status, statefulset_status
from simulator.release import Release

DEPLOYMENTS = GVR("apps", "v1", "deployments")


def web(bench: Any, image: str = "web:2") -> dict[str, Any]:
    """A Deployment with three revisions; the present one is the third."""
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": image}]}}
    meta = {"name": "web", "annotations": {"deployment.kubernetes.io/revision": "3"}}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    made: dict[str, Any] = bench.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec})
    for revision, old in ((1, "web:0"), (2, "web:1"), (3, image)):
        labels = {"app": "web", "pod-template-hash": str(revision)}
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": made["metadata"]["uid"]}
        annotations = {"deployment.kubernetes.io/revision": str(revision)}
        if revision == 2:
            annotations["kubernetes.io/change-cause"] = "a reason"
        bench.create({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": f"web-{revision}", "annotations": annotations, "ownerReferences": [owner]},
            "spec": {
                "replicas": int(revision == 3), "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": old}]}},
            },
        })  # fmt: skip
    return made


def set_status(bench: Any, **status: int) -> None:
    current = bench.client.get(DEPLOYMENTS, "web", "demo")
    bench.client.update_status(DEPLOYMENTS, {**current, "status": {"observedGeneration": 1, **status}})


def image_of(bench: Any) -> str:
    image: str = bench.client.get(DEPLOYMENTS, "web", "demo")["spec"]["template"]["spec"]["containers"][0]["image"]
    return image


def test_status_tells_every_step(bench: Any) -> None:
    web(bench)
    bench.clock.call_later(5, lambda: set_status(bench, replicas=2, updatedReplicas=1))
    bench.clock.call_later(6, lambda: set_status(bench, replicas=1, updatedReplicas=1))
    bench.clock.call_later(9, lambda: set_status(bench, replicas=1, updatedReplicas=1, availableReplicas=1))
    assert bench.run("oc rollout status deploy/web", limit_s=60).stdout == (
        "Waiting for deployment spec update to be observed...\n"
        'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...\n'
        'Waiting for deployment "web" rollout to finish: 0 of 1 updated replicas are available...\n'
        'deployment "web" successfully rolled out\n'
    )


def test_status_gives_up_in_time(bench: Any) -> None:
    web(bench)
    before = bench.clock.now()
    ran = bench.run("oc rollout status deploy web --timeout=30s")
    assert (ran.status, ran.stderr) == (1, "error: timed out waiting for the condition\n")
    assert 30 <= bench.clock.now() - before < 31


def test_status_once(bench: Any) -> None:
    web(bench)
    assert (
        bench.run("oc rollout status deploy/web -w=false").stdout
        == "Waiting for deployment spec update to be observed...\n"
    )
    set_status(bench, replicas=1, updatedReplicas=1, availableReplicas=1)
    assert bench.run("oc rollout status deploy/web --revision=2").stderr == (
        "error: desired revision (2) is different from the running revision (3)\n"
    )


def test_status_of_what_is_deleted_meanwhile(bench: Any) -> None:
    web(bench)
    bench.clock.call_later(5, lambda: bench.client.delete(DEPLOYMENTS, "web", "demo"))
    assert bench.run("oc rollout status deploy/web", limit_s=60).stderr == "error: object has been deleted\n"


def test_history(bench: Any) -> None:
    web(bench)
    assert bench.run("oc rollout history deployment.apps/web").stdout == (
        "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         a reason\n3         <none>\n\n"
    )
    assert bench.run("oc rollout history deployment.apps/web --revision=2").stdout == (
        "deployment.apps/web with revision #2\nPod Template:\n  Labels:  app=web\n           pod-template-hash=2\n"
        "  Containers:\n   main:\n    Image:        web:1\n    Port:         <none>\n    Host Port:    <none>\n"
        "    Environment:  <none>\n    Mounts:       <none>\n  Volumes:        <none>\n\n"
    )
    assert (
        bench.run("oc rollout history deploy/web --revision=9").stderr
        == "error: unable to find the specified revision\n"
    )


def test_undo(bench: Any) -> None:
    web(bench)
    assert bench.run("oc rollout undo deploy/web").stdout == "deployment.extensions/web rolled back\n"
    assert image_of(bench) == "web:1"
    assert bench.run("oc rollout undo deployment.apps/web --to-revision=2").stdout == (
        "deployment.apps/web skipped rollback (current template already matches revision 2)\n"
    )
    assert bench.run("oc rollout undo deploy/web --to-revision=1").status == 0
    labels = bench.client.get(DEPLOYMENTS, "web", "demo")["spec"]["template"]["metadata"]["labels"]
    assert (image_of(bench), labels) == ("web:0", {"app": "web"})
    assert bench.run("oc rollout undo deploy/web --to-revision=9").stderr == (
        "error: unable to find specified revision 9 in history\n"
    )


def test_pause_and_resume(bench: Any) -> None:
    web(bench)
    assert bench.run("oc rollout resume deployment.apps/web").stderr == 'error: deployments.apps "web" is not paused\n'
    assert bench.run("oc rollout pause deployment.apps/web").stdout == "deployment.apps/web paused\n"
    assert (
        bench.run("oc rollout pause deployment.apps/web").stderr == 'error: deployments.apps "web" is already paused\n'
    )
    assert bench.run("oc rollout undo deploy/web").stderr == (
        "error: you cannot rollback a paused deployment; resume it first with "
        "'kubectl rollout resume deployment/web' and try again\n"
    )
    assert bench.run("oc rollout resume deployment.apps/web").stdout == "deployment.apps/web resumed\n"
    assert "paused" not in bench.client.get(DEPLOYMENTS, "web", "demo")["spec"]


def test_restart_came_after_4_2(bench: Any) -> None:
    web(bench)
    ran = bench.run("oc rollout restart deploy/web")
    assert ran.status == 1
    assert ran.stderr.startswith('error: unknown command "restart deploy/web"\n')
    bench.session.release = Release("4.20.0", "v1.33.5", ())
    assert bench.run("oc rollout restart deployment.apps/web").stdout == "deployment.apps/web restarted\n"
    template = bench.client.get(DEPLOYMENTS, "web", "demo")["spec"]["template"]
    assert template["metadata"]["annotations"] == {"kubectl.kubernetes.io/restartedAt": "2019-10-28T09:07:09Z"}


@pytest.mark.parametrize("verb", ["status", "history", "undo", "pause", "resume"])
def test_something_must_be_named(bench: Any, verb: str) -> None:
    assert bench.run(f"oc rollout {verb}").stderr == "error: required resource not specified\n"


def test_viewers_of_the_other_kinds() -> None:
    daemon_set = {
        "metadata": {"name": "d", "generation": 1}, "spec": {},
        "status": {"observedGeneration": 1, "desiredNumberScheduled": 3, "updatedNumberScheduled": 2},
    }  # fmt: skip
    assert daemonset_status(daemon_set, 0) == (
        'Waiting for daemon set "d" rollout to finish: 2 out of 3 new pods have been updated...', False
    )  # fmt: skip
    stateful_set = {
        "metadata": {"name": "s", "generation": 1},
        "spec": {"replicas": 1, "updateStrategy": {"rollingUpdate": {"partition": 0}}},
        "status": {"observedGeneration": 1, "readyReplicas": 1, "updatedReplicas": 1},
    }  # fmt: skip
    assert statefulset_status(stateful_set, 0) == (
        "partitioned roll out complete: 1 new pods have been updated...",
        True,
    )


def test_a_deadline_that_has_passed() -> None:
    from simulator.oc.errors import CommandError

    condition = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    deployment = {
        "metadata": {"name": "web", "generation": 1},
        "spec": {},
        "status": {"observedGeneration": 1, "conditions": [condition]},
    }
    with pytest.raises(CommandError, match=r'^error: deployment "web" exceeded its progress deadline$'):
        deployment_status(deployment, 0)


def test_the_history_of_a_daemon_set() -> None:
    cluster = Cluster.from_profile("ocp-4.2", seed=1)
    of = "ds/node-exporter -n openshift-monitoring"
    before = cluster.sh(f"oc rollout history {of}").stdout
    assert before == "daemonset.extensions/node-exporter \nREVISION  CHANGE-CAUSE\n1         <none>\n\n"
    cluster.sh(f"oc set env {of} A=1")
    cluster.settle()
    assert "2         <none>\n" in cluster.sh(f"oc rollout history {of}").stdout
    assert "      A:" in cluster.sh(f"oc rollout history {of} --revision=2").stdout
    ran = cluster.sh(f"oc rollout undo {of}")
    assert ran.stdout == "daemonset.extensions/node-exporter rolled back\n", ran
    assert "A=1" not in cluster.sh(f"oc set env {of} --list").stdout


def test_a_roll_out_on_a_cluster() -> None:
    cluster = Cluster.from_profile("ocp-4.2", seed=1)
    cluster.sh("oc new-project web; oc create deployment web --image=docker.io/library/nginx:1.17")
    ran = cluster.sh("oc rollout status deploy/web")
    assert ran.stdout.endswith('deployment "web" successfully rolled out\n'), ran
    cluster.sh("oc set env deploy/web A=1")
    ran = cluster.sh("oc rollout status deploy/web; oc rollout undo deploy/web; oc rollout status deploy/web")
    assert ran.stdout.count('deployment "web" successfully rolled out\n') == 2
    assert ran.status == 0
    assert "A=1" not in cluster.sh("oc set env deploy/web --list").stdout
