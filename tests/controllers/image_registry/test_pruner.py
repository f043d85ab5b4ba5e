"""The ImagePruner: its CronJob, and what is said of its jobs."""

from typing import Any

import pytest

from simulator.api.gvrs import (
    CLUSTERROLEBINDINGS,
    CLUSTERROLES,
    CRONJOBS,
    IMAGECONFIGS,
    IMAGEPRUNERS,
    JOBS,
)
from simulator.controllers.image_registry.loops.pruner import said
from simulator.controllers.image_registry.resources.cronjob import PrunerCronJob

NS = "openshift-image-registry"
HOST = f"image-registry.{NS}.svc:5000"
PRUNE = ["arg0", "oc", "adm", "prune", "images", "--confirm=true"]


def pruner(cluster: Any) -> dict[str, Any]:
    found: dict[str, Any] = cluster.client.get(IMAGEPRUNERS, "cluster")
    return found


def cronjob(cluster: Any) -> dict[str, Any]:
    found: dict[str, Any] = cluster.client.get(CRONJOBS, "image-pruner", NS)
    return found


def arguments(cluster: Any, **settings: Any) -> list[str]:
    wanted = PrunerCronJob(cluster.work({}), settings).wanted()
    args: list[str] = wanted["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"]
    return args[2:]


def test_installation_makes_a_pruner_with_the_operators_defaults(modern_running: Any) -> None:
    assert pruner(modern_running)["spec"] == {
        "schedule": "",
        "suspend": False,
        "keepTagRevisions": 3,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
        "ignoreInvalidImageReferences": True,
        "logLevel": "Normal",  # the definition's default, not the operator's
    }
    status = pruner(modern_running)["status"]
    assert status["observedGeneration"] == 1
    assert [(one["type"], one["status"], one["reason"]) for one in status["conditions"]] == [
        ("Available", "True", "AsExpected"),
        ("Failed", "False", "Complete"),
        ("Scheduled", "True", "Scheduled"),
        ("Degraded", "False", "AsExpected"),
    ]


def test_its_cron_job(modern_running: Any) -> None:
    spec = cronjob(modern_running)["spec"]
    assert (spec["schedule"], spec["concurrencyPolicy"], spec["suspend"]) == ("0 0 * * *", "Forbid", False)
    assert (spec["startingDeadlineSeconds"], spec["successfulJobsHistoryLimit"]) == (3600, 3)
    template = spec["jobTemplate"]
    assert template["metadata"]["labels"] == {"created-by": "image-pruner"}
    assert template["spec"]["backoffLimit"] == 0
    pod = template["spec"]["template"]["spec"]
    assert (pod["serviceAccountName"], pod["restartPolicy"]) == ("pruner", "Never")
    (container,) = pod["containers"]
    assert container["image"].endswith("2" * 64)
    assert container["args"][2:] == [
        *PRUNE,
        "--certificate-authority=/var/run/configmaps/serviceca/service-ca.crt",
        "--keep-tag-revisions=3",
        "--keep-younger-than=60m",
        "--ignore-invalid-refs=true",
        "--loglevel=1",
        "--prune-registry=true",
        f"--registry-url=https://{HOST}",
    ]
    assert container["resources"] == {"requests": {"cpu": "100m", "memory": "256Mi"}}


def test_it_may_what_pruning_needs(modern_running: Any) -> None:
    role = modern_running.client.get(CLUSTERROLES, "system:image-pruner")
    assert {"apiGroups": ["image.openshift.io"], "resources": ["images"], "verbs": ["delete"]} in role["rules"]
    binding = modern_running.client.get(CLUSTERROLEBINDINGS, "openshift-image-registry-pruner")
    assert binding["roleRef"]["name"] == "system:image-pruner"
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "pruner", "namespace": NS}]


def test_without_a_registry_only_the_api_is_pruned(modern_running: Any) -> None:
    modern_running.edit(managementState="Removed")
    modern_running.settle()
    args = cronjob(modern_running)["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"]
    assert args[-1] == "--prune-registry=false"


@pytest.mark.parametrize(
    ("settings", "argument"),
    [
        ({"keepTagRevisions": 7}, "--keep-tag-revisions=7"),
        ({"keepYoungerThan": 3_600_000_000_000}, "--keep-younger-than=1h0m0s"),
        ({"keepYoungerThanDuration": "90m", "keepYoungerThan": 1}, "--keep-younger-than=1h30m0s"),
        ({"ignoreInvalidImageReferences": False}, "--ignore-invalid-refs=false"),
        ({"logLevel": "Normal"}, "--loglevel=1"),
        ({"logLevel": "TraceAll"}, "--loglevel=8"),
    ],
)
def test_what_the_pruner_asks_for_reaches_the_command(settings: dict[str, Any], argument: str, modern: Any) -> None:
    assert argument in arguments(modern, **settings)


def test_the_rest_of_it_reaches_job_and_pod(modern: Any) -> None:
    settings = {
        "schedule": "5 4 * * *",
        "suspend": True,
        "failedJobsHistoryLimit": 0,
        "nodeSelector": {"infra": ""},
        "tolerations": [{"operator": "Exists"}],
        "resources": {"limits": {"memory": "1Gi"}},
    }
    spec = PrunerCronJob(modern.work({}), settings).wanted()["spec"]
    assert (spec["schedule"], spec["suspend"], spec["failedJobsHistoryLimit"]) == ("5 4 * * *", True, 0)
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert (pod["nodeSelector"], pod["tolerations"]) == ({"infra": ""}, [{"operator": "Exists"}])
    assert pod["containers"][0]["resources"] == {"limits": {"memory": "1Gi"}}


def test_suspending_it_suspends_the_cron_job(modern_running: Any) -> None:
    modern_running.client.patch(IMAGEPRUNERS, "cluster", {"spec": {"suspend": True}})
    modern_running.settle()
    assert cronjob(modern_running)["spec"]["suspend"] is True
    conditions = {one["type"]: one for one in pruner(modern_running)["status"]["conditions"]}
    assert (conditions["Scheduled"]["status"], conditions["Scheduled"]["reason"]) == ("False", "Suspended")
    assert conditions["Scheduled"]["message"] == "The pruner job has been suspended"


def create_job(cluster: Any, name: str, *conditions: dict[str, Any]) -> None:
    labels = {"created-by": "image-pruner"}
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}
    job = {"metadata": {"name": name, "namespace": NS, "labels": labels}, "spec": {"template": {"spec": pod}}}
    created = cluster.create(JOBS, job)
    cluster.client.update_status(JOBS, {**created, "status": {"conditions": list(conditions)} if conditions else {}})


def test_the_last_finished_job_counts(modern_running: Any) -> None:
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "Job has reached"}
    create_job(modern_running, "image-pruner-1", failed)
    modern_running.settle()
    conditions = {one["type"]: one for one in pruner(modern_running)["status"]["conditions"]}
    assert (conditions["Failed"]["status"], conditions["Failed"]["reason"]) == ("True", "BackoffLimitExceeded")
    assert (conditions["Degraded"]["reason"], conditions["Degraded"]["message"]) == ("JobFailed", "Job has reached")
    merged = {one["type"]: one for one in modern_running.cluster_operator["status"]["conditions"]}["Degraded"]
    assert (merged["reason"], merged["message"]) == (
        "ImagePrunerJobFailed",
        "ImagePrunerDegraded: Job has reached",
    )
    modern_running.clock.advance(5)
    create_job(modern_running, "image-pruner-2", {"type": "Complete", "status": "True"})
    modern_running.clock.advance(5)
    create_job(modern_running, "image-pruner-3")
    modern_running.settle()
    conditions = {one["type"]: one for one in pruner(modern_running)["status"]["conditions"]}
    assert (conditions["Failed"]["status"], conditions["Degraded"]["status"]) == ("False", "False")


def test_an_error_is_told_and_tried_again(modern_running: Any) -> None:
    modern_running.client.delete(IMAGECONFIGS, "cluster")
    modern_running.client.delete(CRONJOBS, "image-pruner", NS)
    modern_running.clock.advance(0.001)
    modern_running.settle()
    texts = [error.message for _, name, _, error in modern_running.manager.errors if name == "ImagePrunerController"]
    assert any(
        text.startswith(f"unable to apply objects: failed to create object *v1.CronJob, Namespace={NS}")
        and text.endswith('image.config.openshift.io "cluster" not found')
        for text in texts
    )
    degraded = {one[0]: one[1:] for one in said({}, None, (), None)}
    assert degraded["Available"] == ("False", "Error", "Pruner CronJob does not exist")


def test_an_older_operator_has_none(running: Any) -> None:
    assert running.client.list(CRONJOBS, NS) == []
