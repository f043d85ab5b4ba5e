"""The operator at work on a cluster: installation, the move to a claim, what goes wrong, removal."""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.api.gvrs import (
    BUCKETS,
    CLUSTERROLES,
    CONFIGMAPS,
    DAEMONSETS,
    DEPLOYMENTS,
    NAMESPACES,
    PERSISTENTVOLUMECLAIMS,
    REGISTRYCONFIGS,
    SECRETS,
    SERVICES,
)
from simulator.runtime.clock import parse_rfc3339

NS = "openshift-image-registry"
PVC = {"pvc": {"claim": "ocs4registry"}}
READY = ("True", "Ready", "The registry is ready")
DONE = ("False", "Ready", "The registry is ready")
NOT_DEGRADED = ("False", "", "")
WRAPPED = "Unable to apply resources: unable to sync storage configuration: "


def writes(cluster: Any, since: int) -> list[tuple[str, str]]:
    """(resource, name) of what was written since a revision, in order."""
    return [(entry.resource, entry.name) for entry in cluster.log.read(since)]


def plain(obj: Any) -> Any:
    return json.loads(json.dumps(obj))


def comparable(config: dict[str, Any]) -> dict[str, Any]:
    """The Config without what differs from one cluster to the next."""
    config = plain(config)
    for key in ("uid", "resourceVersion", "creationTimestamp"):
        config["metadata"].pop(key, None)
    for one in config["status"]["conditions"]:
        del one["lastTransitionTime"]
    config["spec"]["httpSecret"] = "x" * (len(config["spec"]["httpSecret"]) and 1)
    masked = re.sub(r"(?<=us-east-2-)[a-y]{17}", "LETTERS", json.dumps(config))
    return dict(json.loads(masked))


def is_ready(cluster: Any) -> bool:
    return bool(
        cluster.condition("Available") == READY
        and cluster.condition("Progressing") == DONE
        and cluster.condition("Degraded") == NOT_DEGRADED
    )


# -- installation


def test_installation_ends_in_the_config_of_a_real_cluster(running: Any, golden: Callable[[str], Any]) -> None:
    assert comparable(running.config) == comparable(golden("4.2/config")[0])
    assert re.fullmatch("[0-9a-f]{128}", running.config["spec"]["httpSecret"])
    assert running.private_configuration() == {
        "REGISTRY_STORAGE_S3_ACCESSKEY": "AKIAEXAMPLE",
        "REGISTRY_STORAGE_S3_SECRETKEY": "secretExample",
    }
    node_ca = running.client.get(DAEMONSETS, "node-ca", NS)["spec"]["template"]["spec"]["containers"][0]
    registry = running.deployment["spec"]["template"]["spec"]["containers"][0]
    assert node_ca["image"] == registry["image"]


def test_the_first_release_does_not_know_a_field_of_later_ones(cluster: Any) -> None:
    operator = cluster.client.get(DEPLOYMENTS, "cluster-image-registry-operator", NS)
    patch = {"spec": {"template": plain(operator["spec"]["template"])}}
    patch["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = "4.2.0"
    cluster.client.patch(DEPLOYMENTS, "cluster-image-registry-operator", patch, NS)
    cluster.start()
    assert "disableRedirect" not in cluster.config["spec"]
    cluster.edit(disableRedirect=True)
    cluster.settle()
    variables = cluster.deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    assert "REGISTRY_STORAGE_REDIRECT_DISABLE" not in [variable["name"] for variable in variables]


def test_the_cluster_operator_tells_the_same(running: Any) -> None:
    status = running.cluster_operator["status"]
    copied = ("Available", "Progressing", "Degraded")
    assert status["conditions"] == [one for one in running.config["status"]["conditions"] if one["type"] in copied]
    assert status["versions"] == [{"name": "operator", "version": "4.2.4"}]
    assert [f"{one['resource']}/{one['name']}" for one in status["relatedObjects"]] == [
        "configs/cluster",
        f"namespaces/{NS}",
        "clusterroles/system:registry",
        "clusterrolebindings/registry-registry-role",
        "serviceaccounts/registry",
        "configmaps/serviceca",
        "configmaps/image-registry-certificates",
        "secrets/image-registry-private-configuration",
        "images/cluster",
        "daemonsets/node-ca",
        "services/image-registry",
        "deployments/image-registry",
    ]


def test_the_version_waits_for_the_roll_out(cluster: Any) -> None:
    cluster.manager.start()
    cluster.settle(roll_out=False)
    assert "versions" not in cluster.cluster_operator["status"]
    assert cluster.condition("Available")[1] == "NoReplicasAvailable"
    cluster.settle()
    assert cluster.cluster_operator["status"]["versions"][0]["version"] == "4.2.4"


def test_a_platform_without_storage_degrades_for_good(new_cluster: Callable[..., Any]) -> None:
    cluster = new_cluster("None")
    cluster.start()
    assert cluster.condition("Degraded") == ("True", "StorageNotConfigured", "storage backend not configured")
    assert cluster.condition("Available") == ("False", "StorageNotConfigured", "storage backend not configured")
    assert cluster.condition("Progressing")[0] == "False"
    assert cluster.clock.next_due() is None, "a permanent error is not tried again"
    cluster.edit(storage={"emptyDir": {}})
    cluster.settle()
    assert is_ready(cluster)


def test_a_settled_cluster_sees_no_writes(running: Any) -> None:
    head = running.log.head()
    running.clock.run_until_idle(5000)
    assert running.clock.next_due() is None
    again = running.restart()
    assert writes(again, head) == []


# -- the move


def test_the_move_from_s3_to_a_claim(running: Any, golden: Callable[[str], Any]) -> None:
    running.create_claim("ocs4registry")
    bucket = running.config["spec"]["storage"]["s3"]["bucket"]
    running.clock.advance(3600)
    since = running.log.head()
    running.edit(storage=PVC)
    running.settle(roll_out=False)
    assert running.condition("Available")[1] == "MinimumAvailability"
    assert running.condition("Progressing")[1] == "DeploymentNotCompleted"
    written = writes(running, since)
    secret = ("secrets", "image-registry-private-configuration")
    assert written.index(secret) < written.index(("deployments.apps", "image-registry"))
    assert written.count(("deployments.apps", "image-registry")) == 1
    assert running.private_configuration() == {}
    running.settle()
    assert is_ready(running)
    assert comparable(running.config) == comparable(golden("4.2/config")[1])
    assert running.conditions()["StorageExists"]["lastTransitionTime"] == "2019-11-04T11:00:46Z"
    assert running.conditions()["StorageTagged"]["lastTransitionTime"] == "2019-11-04T10:00:46Z"
    assert running.client.get_or_none(BUCKETS, bucket) is not None, "the old storage is never removed on a change"
    pod = running.deployment["spec"]["template"]["spec"]
    assert pod["volumes"][0] == {"name": "registry-storage", "persistentVolumeClaim": {"claimName": "ocs4registry"}}


def test_a_patch_that_only_adds_the_claim_leaves_two_storages(running: Any) -> None:
    running.create_claim("ocs4registry")
    before = running.deployment
    running.client.patch(REGISTRYCONFIGS, "cluster", {"spec": {"storage": PVC}})
    running.clock.advance(10)
    text = "exactly one storage type should be configured at the same time, got 2: [S3 PVC]"
    assert running.condition("Progressing") == ("True", "Error", WRAPPED + text)
    assert running.condition("Available") == READY
    assert running.condition("Degraded") == NOT_DEGRADED
    assert running.condition("StorageExists") == ("True", "S3 Bucket Exists", "")
    assert running.deployment == before
    running.client.patch(REGISTRYCONFIGS, "cluster", {"spec": {"storage": {"s3": None}}})
    running.settle()
    assert is_ready(running)


def test_a_misspelt_claim_leaves_the_old_pods_alone(running: Any) -> None:
    running.create_claim("ocs4registry")
    before = running.deployment
    running.edit(storage={"pvc": {"claim": "ocs4regstry"}}, replicas=2)
    running.clock.advance(10)
    text = 'persistentvolumeclaims "ocs4regstry" not found'
    assert running.condition("Progressing") == ("True", "Error", WRAPPED + text)
    assert running.condition("StorageExists") == ("False", "PVC Issues Found", text)
    assert running.condition("Available") == READY
    assert running.condition("Degraded") == NOT_DEGRADED
    assert running.deployment == before, "nothing else is applied while the storage fails"
    assert "s3" in running.config["status"]["storage"]
    assert running.config["status"]["storageManaged"] is True


def test_a_claim_for_one_node_is_refused(running: Any) -> None:
    running.create_claim("ocs4registry", "ReadWriteOnce")
    running.edit(storage=PVC)
    running.clock.advance(10)
    text = "PVC ocs4registry does not contain the necessary access mode (ReadWriteMany)"
    assert running.condition("Progressing") == ("True", "Error", WRAPPED + text)
    assert running.condition("StorageExists") == ("False", "PVC Issues Found", text)


def test_a_claim_of_a_missing_class_is_taken_and_the_roll_out_hangs(running: Any) -> None:
    running.create_claim("ocs4registry", storageClassName="nope")
    running.edit(storage=PVC)
    running.settle(roll_out=False)
    generation = running.deployment["metadata"]["generation"]
    running.set_rollout(observedGeneration=generation, replicas=2, updatedReplicas=1, availableReplicas=1)
    running.settle(roll_out=False)
    assert running.condition("StorageExists") == ("True", "PVC Exists", "")
    assert running.condition("Available")[:2] == ("True", "MinimumAvailability")
    assert running.condition("Progressing")[:2] == ("True", "DeploymentNotCompleted")
    assert running.condition("Degraded") == NOT_DEGRADED
    assert running.clock.next_due() is None


def test_a_wrong_key_counts_as_no_storage_and_is_dropped(running: Any) -> None:
    old = running.config["spec"]["storage"]["s3"]["bucket"]
    running.edit(storage={"persistentVolumeClaim": {"claim": "ocs4registry"}})
    running.settle()
    assert list(running.config["spec"]["storage"]) == ["s3"]
    new = running.config["spec"]["storage"]["s3"]["bucket"]
    assert new != old, "a new bucket; the old one is orphaned"
    assert {bucket["metadata"]["name"] for bucket in running.client.list(BUCKETS)} == {old, new}


def test_observed_generation_lags_a_pass_behind_an_edit_of_the_operators(cluster: Any) -> None:
    cluster.manager.start()
    seen = []
    while cluster.clock.run_next() and len(seen) < 40:
        config = cluster.client.get_or_none(REGISTRYCONFIGS, "cluster")
        if config and "observedGeneration" in config.get("status", {}):
            seen.append((config["metadata"]["generation"], config["status"]["observedGeneration"]))
    assert seen[0] == (2, 1)
    assert seen[-1] == (2, 2)


# -- failing and trying again


def test_failures_back_off_exponentially(running: Any) -> None:
    running.edit(storage={"pvc": {"claim": "nope"}})
    running.clock.advance(900)
    times = [at for at, _name, _key, _error in running.manager.errors]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    # Each failure doubles the delay. Once tries are seconds apart, the time of StorageExists moves at each of them;
    # that is written, the write is an event, and its pass fails too: two failures a try, so the delay grows fourfold.
    waits = [gap for gap in gaps if gap > 1]
    assert len(waits) >= 4
    assert max(waits) > 100
    assert [round(later / earlier) for earlier, later in pairwise(waits)] == [4] * (len(waits) - 1)


def test_each_failing_try_moves_the_time_of_storage_exists(running: Any) -> None:
    running.edit(storage={"pvc": {"claim": "nope"}})
    running.clock.advance(5)
    first = running.conditions()["StorageExists"]["lastTransitionTime"]
    running.clock.advance(600)
    assert running.conditions()["StorageExists"]["lastTransitionTime"] > first


def test_a_claim_made_too_late_waits_for_the_back_off(running: Any) -> None:
    running.edit(storage=PVC)
    running.clock.advance(600)
    running.create_claim("ocs4registry")
    running.clock.advance(1)
    assert running.condition("StorageExists")[0] == "False"
    running.clock.advance(1000)
    running.settle()
    assert is_ready(running)


def test_any_edit_of_the_config_ends_the_waiting(running: Any) -> None:
    running.edit(storage=PVC)
    running.clock.advance(600)
    running.create_claim("ocs4registry")
    running.edit(logging=3)
    running.clock.advance(1)
    assert running.condition("StorageExists") == ("True", "PVC Exists", "")


def test_negative_replicas_are_a_permanent_error(running: Any) -> None:
    running.edit(replicas=-1)
    running.settle()
    text = "unable to complete resource: replicas must be greater than or equal to 0"
    assert running.condition("Degraded") == ("True", "VerificationFailed", text)
    assert running.condition("Progressing") == ("False", "Error", f"Unable to apply resources: {text}")
    assert running.condition("Available") == READY
    assert running.clock.next_due() is None


def test_a_route_must_not_take_the_default_name(running: Any) -> None:
    running.edit(routes=[{"name": "default-route"}])
    running.settle()
    text = "unable to complete resource: duplication of names has been detected in the additional routes"
    assert running.condition("Degraded") == ("True", "VerificationFailed", text)


GROUPS = "openshift.io/sa.scc.supplemental-groups"


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        (None, f'namespace "{NS}" doesn\'t have annotation {GROUPS}'),
        ("1000320000", f"annotation {GROUPS} in namespace \"{NS}\" doesn't contain '/'"),
        (
            "x/1",
            f'unable to parse annotation {GROUPS} in namespace "{NS}": strconv.ParseInt: parsing "x": invalid syntax',
        ),
    ],
)
def test_a_namespace_without_groups_stops_the_deployment(groups: str | None, text: str, cluster: Any) -> None:
    cluster.client.patch(NAMESPACES, NS, {"metadata": {"annotations": {GROUPS: groups}}})
    cluster.manager.start()
    cluster.clock.advance(5)
    assert cluster.condition("Progressing")[2] == (
        "Unable to apply resources: unable to apply objects: failed to create object *v1.Deployment, "
        f"Namespace={NS}, Name=image-registry: generate security context for deployment config: {text}"
    )


def test_a_bucket_of_another_account_is_taken_for_success_over_and_over(running: Any) -> None:
    running.create_bucket("theirs", ("AKIAOTHER", "otherSecret"))
    running.edit(storage={"s3": {"bucket": "theirs", "region": "us-east-2"}})
    running.settle()
    assert running.condition("StorageExists") == ("True", "Creation Successful", "S3 bucket was successfully created")
    assert running.condition("StorageTagged")[:2] == ("False", "AccessDenied")
    assert is_ready(running)


# -- by hand


def test_hand_edits_of_the_deployment_stay_until_something_is_wanted(running: Any) -> None:
    running.client.patch(DEPLOYMENTS, "image-registry", {"spec": {"replicas": 3}}, NS)
    running.settle()
    assert running.deployment["spec"]["replicas"] == 3
    running.edit(logging=4)
    running.settle()
    assert running.deployment["spec"]["replicas"] == 1


def test_without_its_checksum_an_object_is_rewritten(running: Any) -> None:
    patch = {
        "metadata": {"annotations": {"imageregistry.operator.openshift.io/checksum": None}},
        "spec": {"replicas": 3},
    }
    running.client.patch(DEPLOYMENTS, "image-registry", patch, NS)
    running.settle()
    assert running.deployment["spec"]["replicas"] == 1


@pytest.mark.parametrize(
    ("resource", "name", "namespace"),
    [
        (DEPLOYMENTS, "image-registry", NS),
        (SERVICES, "image-registry", NS),
        (SECRETS, "image-registry-private-configuration", NS),
        (CONFIGMAPS, "serviceca", NS),
        (CLUSTERROLES, "system:registry", None),
        (DAEMONSETS, "node-ca", NS),
    ],
)
def test_a_deleted_object_comes_back(resource: Any, name: str, namespace: str | None, running: Any) -> None:
    running.client.delete(resource, name, namespace)
    running.settle()
    assert running.client.get_or_none(resource, name, namespace) is not None
    assert is_ready(running)


def history(cluster: Any, resource: str, since: int) -> list[dict[str, Any]]:
    """The states of the one object of a resource that matters here, as the log has them."""
    names = ("cluster", "image-registry")
    return [entry.object for entry in cluster.log.read(since) if entry.resource == resource and entry.name in names]


def test_a_deleted_deployment_is_missed_for_a_moment(running: Any) -> None:
    since = running.log.head()
    running.client.delete(DEPLOYMENTS, "image-registry", NS)
    running.settle()
    states = history(running, "configs.imageregistry.operator.openshift.io", since)
    reasons = [{one["type"]: one.get("reason") for one in state["status"]["conditions"]} for state in states]
    assert [one["Available"] for one in reasons] == ["DeploymentNotFound", "NoReplicasAvailable", "Ready"]
    assert [one["Progressing"] for one in reasons] == ["WaitingForDeployment", "DeploymentNotCompleted", "Ready"]


def test_related_objects_shrink_for_a_moment_at_each_new_status(running: Any) -> None:
    since = running.log.head()
    running.client.delete(DEPLOYMENTS, "image-registry", NS)
    running.settle()
    states = history(running, "clusteroperators.config.openshift.io", since)
    assert [len(state["status"]["relatedObjects"]) for state in states] == [2, 12] * 3


def test_a_lost_finalizer_is_put_back(running: Any) -> None:
    running.client.patch(REGISTRYCONFIGS, "cluster", {"metadata": {"finalizers": None}})
    running.settle()
    assert running.config["metadata"]["finalizers"] == ["imageregistry.operator.openshift.io/finalizer"]


def test_new_credentials_roll_the_pods(running: Any) -> None:
    generation = running.deployment["metadata"]["generation"]
    name = "image-registry-private-configuration-user"
    data = {"REGISTRY_STORAGE_S3_ACCESSKEY": "QQ==", "REGISTRY_STORAGE_S3_SECRETKEY": "Qg=="}
    bucket = running.config["spec"]["storage"]["s3"]["bucket"]
    pairs = [{"accessKeyID": "A", "secretAccessKey": "B"}]
    running.client.patch(BUCKETS, bucket, {"spec": {"credentials": pairs}})
    running.create(SECRETS, {"metadata": {"name": name, "namespace": NS}, "data": data})
    running.settle()
    assert running.private_configuration() == {
        "REGISTRY_STORAGE_S3_ACCESSKEY": "A",
        "REGISTRY_STORAGE_S3_SECRETKEY": "B",
    }
    assert running.deployment["metadata"]["generation"] == generation + 1


def test_an_operator_scaled_to_nothing_does_nothing(running: Any) -> None:
    operator = running.client.get(DEPLOYMENTS, "cluster-image-registry-operator", NS)
    running.client.update_status(DEPLOYMENTS, {**operator, "status": {}})
    running.create_claim("ocs4registry")
    running.edit(storage=PVC)
    head = running.log.head()
    running.settle()
    assert running.log.head() == head
    operator = running.client.get(DEPLOYMENTS, "cluster-image-registry-operator", NS)
    running.client.update_status(DEPLOYMENTS, {**operator, "status": {"availableReplicas": 1}})
    running.settle()
    assert running.config["status"]["storage"] == PVC


# -- management states


@pytest.mark.parametrize("state", ["Unmanaged", "Force"])
def test_outside_managed_nothing_is_applied(state: str, running: Any) -> None:
    before = running.deployment
    running.edit(managementState=state, storage=PVC, replicas=5)
    running.settle()
    assert running.deployment == before
    assert "s3" in running.config["status"]["storage"]
    text = "The registry configuration is set to unmanaged mode"
    expected = ("True", "Unmanaged", text) if state == "Unmanaged" else READY
    assert running.condition("Available") == expected


def test_removed_takes_a_managed_bucket_with_it(running: Any) -> None:
    bucket = running.config["spec"]["storage"]["s3"]["bucket"]
    running.s3.put_object(bucket, "docker/registry/v2/blobs/sha256/aa", b"x")
    running.edit(managementState="Removed")
    running.settle()
    assert running.client.get_or_none(BUCKETS, bucket) is None
    assert running.deployment is None
    assert running.client.get_or_none(CONFIGMAPS, "serviceca", NS) is None
    assert running.client.get_or_none(CLUSTERROLES, "system:registry") is None
    assert running.client.get_or_none(DAEMONSETS, "node-ca", NS) is not None
    assert running.config["spec"]["storage"]["s3"]["bucket"] == ""
    removed = ("True", "Removed", "The registry is removed")
    assert running.condition("Removed") == removed
    assert running.condition("Available") == removed
    assert running.condition("Progressing") == ("False", "Removed", "All registry resources are removed")
    assert running.condition("StorageExists") == ("False", "S3 Bucket Deleted", "The S3 bucket has been removed.")
    running.edit(managementState="Managed")
    running.settle()
    assert is_ready(running)
    assert running.config["spec"]["storage"]["s3"]["bucket"] not in ("", bucket)


def test_removed_keeps_the_users_claim(running: Any) -> None:
    running.create_claim("ocs4registry")
    running.edit(storage=PVC)
    running.settle()
    running.edit(managementState="Removed")
    running.settle()
    assert running.client.get_or_none(PERSISTENTVOLUMECLAIMS, "ocs4registry", NS) is not None
    running.edit(managementState="Managed")
    running.settle()
    assert is_ready(running)


def test_removed_deletes_the_operators_own_claim(running: Any) -> None:
    running.edit(storage={"pvc": {}})
    running.settle()
    assert running.config["spec"]["storage"] == {"pvc": {"claim": "image-registry-storage"}}
    assert running.config["status"]["storageManaged"] is True
    running.edit(managementState="Removed")
    running.settle()
    claim = running.client.get_or_none(PERSISTENTVOLUMECLAIMS, "image-registry-storage", NS)
    assert claim is None or "deletionTimestamp" in claim["metadata"], "its protection is not the operator's business"


def test_removed_while_the_deployment_is_going(running: Any) -> None:
    running.edit(managementState="Removed")
    running.clock.advance(1)
    assert running.condition("Progressing") == ("True", "DeletingDeployment", "The deployment is being removed")


def test_removed_with_two_storages_deletes_nothing(running: Any) -> None:
    running.edit(managementState="Removed", storage={"s3": {"bucket": "x"}, **PVC})
    running.clock.advance(10)
    assert running.deployment is not None
    text = running.manager.errors[-1][3].message
    assert text == (
        "unable to get generators: exactly one storage type should be configured at the same time, got 2: [S3 PVC]"
    )


def test_removed_together_with_a_new_storage_kills_the_operator_once(running: Any) -> None:
    running.create_claim("ocs4registry")
    bucket = running.config["spec"]["storage"]["s3"]["bucket"]
    running.edit(managementState="Removed", storage=PVC)
    running.settle()
    assert running.client.get_or_none(BUCKETS, bucket) is None
    texts = [error.message for _, _, _, error in running.manager.errors]
    assert texts == ["runtime error: invalid memory address or nil pointer dereference"]
    assert running.condition("StorageExists") == ("False", "S3 Bucket Deleted", "The S3 bucket did not exist.")


def test_a_deleted_config_comes_back_with_the_platforms_defaults(running: Any) -> None:
    running.create_claim("ocs4registry")
    running.edit(storage=PVC)
    running.settle()
    old = running.config
    running.client.delete(REGISTRYCONFIGS, "cluster")
    running.settle()
    assert running.config["metadata"]["uid"] != old["metadata"]["uid"]
    assert running.config["spec"]["httpSecret"] != old["spec"]["httpSecret"]
    assert list(running.config["spec"]["storage"]) == ["s3"]
    assert running.client.get_or_none(PERSISTENTVOLUMECLAIMS, "ocs4registry", NS) is not None
    assert is_ready(running)


def test_a_config_that_cannot_be_removed_stays_terminating(running: Any) -> None:
    running.client.delete(SECRETS, "installer-cloud-credentials", NS)
    running.client.delete(REGISTRYCONFIGS, "cluster")
    running.clock.advance(10)
    assert "deletionTimestamp" in running.config["metadata"]
    degraded = next(one for one in running.cluster_operator["status"]["conditions"] if one["type"] == "Degraded")
    assert (degraded["status"], degraded["reason"]) == ("True", "RemoveFailed")
    assert degraded["message"].startswith("Unable to remove registry: unable to remove storage: unable to get cluster")
    assert running.condition("Degraded") == NOT_DEGRADED, "it reaches only the ClusterOperator"


# -- restarts


def test_a_restart_in_the_middle_of_a_move_converges(running: Any) -> None:
    running.create_claim("ocs4registry")
    running.edit(storage=PVC)
    running.clock.run_next()
    for _ in range(3):
        running = running.restart()
        running.clock.run_next()
    running.settle()
    assert is_ready(running)
    assert running.config["status"]["storage"] == PVC


# -- any sequence of edits

VALID = (
    {"pvc": {"claim": "ocs4registry"}},
    {"pvc": {"claim": "other"}},
    {"pvc": {"claim": ""}},
    {"emptyDir": {}},
    {"s3": {}},
    {"s3": {"bucket": "mybucket"}},
    {},
)
INVALID = (
    {"pvc": {"claim": "nope"}},
    {"pvc": {"claim": "one-node"}},
    {"pvc": {"claim": "ocs4registry"}, "emptyDir": {}},
    {"s3": {}, "pvc": {"claim": "ocs4registry"}},
    {"gcs": {}},
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.tuples(st.sampled_from(VALID + INVALID), st.floats(0, 40)), max_size=6),
    last=st.sampled_from(VALID),
)
def test_after_the_last_valid_edit_the_registry_is_ready_on_one_storage(
    new_cluster: Callable[..., Any], edits: list[tuple[dict[str, Any], float]], last: dict[str, Any]
) -> None:
    cluster = new_cluster()
    cluster.create_claim("ocs4registry")
    cluster.create_claim("other")
    cluster.create_claim("one-node", "ReadWriteOnce")
    cluster.create_bucket("mybucket")
    cluster.start()
    for storage, pause_s in edits:
        cluster.edit(storage=storage)
        cluster.clock.advance(pause_s)
    cluster.edit(storage=last)
    cluster.settle()
    assert is_ready(cluster)
    assert cluster.config["status"]["storage"] == cluster.config["spec"]["storage"]
    assert len(cluster.config["status"]["storage"]) == 1
    times = [parse_rfc3339(one["lastTransitionTime"]) for one in cluster.config["status"]["conditions"]]
    assert max(times) <= cluster.clock.now()
    cluster.clock.run_until_idle(5000)
    head = cluster.log.head()
    assert writes(cluster.restart(), head) == []
