"""The operator of 4.20 at work on a cluster: installation, the move to a claim and its trap, hand edits, its loops."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.api.gvrs import (
    BUCKETS,
    CLUSTERROLEBINDINGS,
    CLUSTERROLES,
    CONFIGMAPS,
    CRONJOBS,
    DAEMONSETS,
    DEPLOYMENTS,
    EVENTS,
    IMAGECONFIGS,
    IMAGEPRUNERS,
    INFRASTRUCTURES,
    PERSISTENTVOLUMECLAIMS,
    PODDISRUPTIONBUDGETS,
    REGISTRYCONFIGS,
    ROUTES,
    SECRETS,
    SERVICEACCOUNTS,
    SERVICES,
)

NS = "openshift-image-registry"
MANAGED_NS = "openshift-config-managed"
PVC = {"pvc": {"claim": "ocs4registry"}}
READY = ("True", "Ready", "The registry is ready")
WRAPPED = "Unable to apply resources: unable to sync storage configuration: "


def comparable(config: dict[str, Any]) -> dict[str, Any]:
    """The Config without what differs from one cluster to the next, its conditions and generations by name."""
    config = json.loads(json.dumps(config))
    for key in ("uid", "resourceVersion", "creationTimestamp"):
        config["metadata"].pop(key, None)
    for one in config["status"].get("conditions", ()):
        one.pop("lastTransitionTime", None)
    config["status"]["conditions"] = {one.pop("type"): one for one in config["status"].get("conditions", ())}
    config["status"]["generations"] = {one.pop("name"): one for one in config["status"].get("generations", ())}
    if "httpSecret" in config["spec"]:
        config["spec"]["httpSecret"] = "x"
    return dict(json.loads(re.sub(r"(?<=us-east-2-)[a-y]{17}", "LETTERS", json.dumps(config))))


def merged(first: Any, second: Any) -> Any:
    """``second`` over ``first``, as the second golden document is to be read; a storage is replaced as a whole."""
    if not (isinstance(first, dict) and isinstance(second, dict)):
        return second
    shown = {key: merged(first.get(key), value) for key, value in second.items()}
    return {**first, **shown, **({"storage": second["storage"]} if "storage" in second else {})}


def events(cluster: Any) -> list[tuple[str, str]]:
    found = cluster.client.list(EVENTS, NS)
    return [(one["reason"], one["message"]) for one in found if one["source"]["component"] == "image-registry-operator"]


def merge_patch(cluster: Any, **storage: Any) -> None:
    cluster.client.patch(REGISTRYCONFIGS, "cluster", {"spec": {"storage": storage}})


# -- installation


def test_installation_ends_in_the_config_of_a_real_cluster(modern_running: Any, golden: Callable[[str], Any]) -> None:
    assert comparable(modern_running.config) == comparable(golden("4.20/config")[0])
    assert re.fullmatch("[0-9a-f]{128}", modern_running.config["spec"]["httpSecret"])
    assert modern_running.private_configuration() == {
        "credentials": "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secretExample\n"
    }


@pytest.mark.parametrize(
    ("platform", "state", "storage", "replicas", "strategy"),
    [
        ("AWS", "Managed", "s3", 2, "RollingUpdate"),
        ("BareMetal", "Removed", None, 1, "RollingUpdate"),
        ("None", "Removed", None, 1, "RollingUpdate"),
        ("VSphere", "Removed", None, 1, "RollingUpdate"),
        ("Libvirt", "Managed", "emptyDir", 1, "RollingUpdate"),
        ("SomethingNew", "Managed", "emptyDir", 1, "RollingUpdate"),
        ("oVirt", "Managed", "pvc", 1, "Recreate"),
    ],
)
def test_the_platform_decides_at_bootstrap(
    platform: str, state: str, storage: str | None, replicas: int, strategy: str, new_modern: Callable[..., Any]
) -> None:
    cluster = new_modern(platform)
    cluster.start()
    spec = cluster.config["spec"]
    assert (spec["managementState"], spec["replicas"], spec["rolloutStrategy"]) == (state, replicas, strategy)
    assert [key for key in spec["storage"] if key != "managementState"] == ([storage] if storage else [])
    removed = ("True", "Removed", "The registry is removed")
    assert cluster.condition("Available") == (removed if state == "Removed" else READY)
    assert cluster.condition("Degraded")[0] == "False"
    assert cluster.clock.next_due() is None


def test_a_platform_with_disks_gets_a_claim_for_one_node(new_modern: Callable[..., Any]) -> None:
    cluster = new_modern("oVirt")
    cluster.start()
    claim = cluster.client.get(PERSISTENTVOLUMECLAIMS, "image-registry-storage", NS)
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert claim["spec"]["storageClassName"] == "ovirt-csi-sc"
    assert cluster.config["spec"]["storage"] == {
        "pvc": {"claim": "image-registry-storage"},
        "managementState": "Unmanaged",
    }


def test_a_cluster_of_one_node_starts_with_one_replica(modern: Any) -> None:
    infrastructure = modern.client.get(INFRASTRUCTURES, "cluster")
    status = {**infrastructure["status"], "infrastructureTopology": "SingleReplica"}
    modern.client.update_status(INFRASTRUCTURES, {**infrastructure, "status": status})
    modern.start()
    assert modern.config["spec"]["replicas"] == 1


def test_a_registry_that_starts_removed_is_set_up_with_a_claim(new_modern: Callable[..., Any]) -> None:
    cluster = new_modern("BareMetal")
    cluster.start()
    assert cluster.deployment is None
    cluster.create_claim("ocs4registry")
    cluster.client.patch(
        REGISTRYCONFIGS, "cluster", {"spec": {"managementState": "Managed", "replicas": 2, "storage": PVC}}
    )
    cluster.settle()
    assert cluster.condition("Available") == READY
    assert cluster.config["spec"]["storage"]["managementState"] == "Unmanaged"


def test_managed_without_a_storage_is_a_permanent_error(new_modern: Callable[..., Any]) -> None:
    cluster = new_modern("None")
    cluster.start()
    cluster.edit(managementState="Managed")
    cluster.settle()
    degraded = ("True", "StorageNotConfigured", "Error: storage backend not configured")
    assert cluster.condition("Degraded") == degraded
    assert cluster.condition("Available") == ("False", *degraded[1:])
    assert cluster.condition("Progressing")[0] == "False"


def test_the_pull_secret_is_copied_with_the_next_pass(modern_running: Any) -> None:
    name = "installation-pull-secrets"
    modern_running.client.patch(SECRETS, "pull-secret", {"data": {".dockerconfigjson": "e30="}}, "openshift-config")
    modern_running.settle()
    assert modern_running.client.get(SECRETS, name, NS)["data"] != {".dockerconfigjson": "e30="}
    modern_running.edit(logLevel="Debug")
    modern_running.settle()
    assert modern_running.client.get(SECRETS, name, NS)["data"] == {".dockerconfigjson": "e30="}


@pytest.mark.parametrize(("replicas", "minimum"), [(1, 0), (2, 1), (5, 1)])
def test_the_disruption_budget_follows_the_replicas(replicas: int, minimum: int, modern_running: Any) -> None:
    modern_running.edit(replicas=replicas)
    modern_running.settle()
    budget = modern_running.client.get(PODDISRUPTIONBUDGETS, "image-registry", NS)
    assert budget["spec"]["minAvailable"] == minimum


def test_a_settled_cluster_sees_no_writes(modern_running: Any) -> None:
    head = modern_running.log.head()
    modern_running.clock.run_until_idle(5000)
    assert modern_running.clock.next_due() is None
    again = modern_running.restart()
    assert [(entry.resource, entry.name) for entry in again.log.read(head)] == []


# -- the move, and its trap


def test_the_move_that_replaces_the_storage(modern_running: Any, golden: Callable[[str], Any]) -> None:
    modern_running.create_claim("ocs4registry")
    bucket = modern_running.config["spec"]["storage"]["s3"]["bucket"]
    modern_running.edit(storage=PVC)
    modern_running.settle()
    first, second = (comparable(document) for document in golden("4.20/config"))
    assert comparable(modern_running.config) == merged(first, second)
    assert modern_running.private_configuration() == {}
    assert modern_running.client.get_or_none(BUCKETS, bucket) is not None
    modern_running.edit(managementState="Removed")
    modern_running.settle()
    assert modern_running.client.get_or_none(PERSISTENTVOLUMECLAIMS, "ocs4registry", NS) is not None
    assert modern_running.config["status"]["storage"] == {}
    assert modern_running.condition("Degraded") == ("False", "Removed", "The registry is removed")


def test_the_trap_managed_outlives_the_bucket_and_takes_the_users_claim(modern_running: Any) -> None:
    modern_running.create_claim("ocs4registry")
    merge_patch(modern_running, s3=None, **PVC)
    modern_running.settle()
    assert modern_running.config["spec"]["storage"] == {**PVC, "managementState": "Managed"}
    assert modern_running.config["status"]["storageManaged"] is True
    modern_running.edit(managementState="Removed")
    modern_running.settle()
    claim = modern_running.client.get_or_none(PERSISTENTVOLUMECLAIMS, "ocs4registry", NS)
    assert claim is None or "deletionTimestamp" in claim["metadata"]


def test_who_says_unmanaged_in_time_keeps_the_claim(modern_running: Any) -> None:
    modern_running.create_claim("ocs4registry")
    merge_patch(modern_running, s3=None, managementState="Unmanaged", **PVC)
    modern_running.settle()
    modern_running.edit(managementState="Removed")
    modern_running.settle()
    claim = modern_running.client.get(PERSISTENTVOLUMECLAIMS, "ocs4registry", NS)
    assert "deletionTimestamp" not in claim["metadata"]


def test_two_storages(modern_running: Any) -> None:
    modern_running.create_claim("ocs4registry")
    merge_patch(modern_running, **PVC)
    modern_running.clock.advance(10)
    text = "exactly one storage type should be configured at the same time, got 2: [S3 PVC]"
    assert modern_running.condition("Progressing") == ("True", "Error", WRAPPED + text)
    assert modern_running.condition("Available") == READY
    assert modern_running.condition("ImageRegistryCertificatesControllerDegraded")[0] == "False"


def test_a_claim_for_one_node_needs_one_replica_that_is_recreated(modern_running: Any) -> None:
    modern_running.create_claim("ocs4registry", "ReadWriteOnce")
    modern_running.edit(storage=PVC)
    modern_running.clock.advance(1)
    text = "cannot use ReadWriteOnce access mode with more than one replica of the image registry"
    assert modern_running.condition("Progressing") == ("True", "Error", WRAPPED + text)
    modern_running.edit(replicas=1)
    modern_running.clock.advance(1)
    text = "cannot use ReadWriteOnce access mode with RollingUpdate rollout strategy"
    assert modern_running.condition("StorageExists") == ("False", "PVC Issues Found", text)
    modern_running.edit(rolloutStrategy="Recreate")
    modern_running.settle()
    assert modern_running.condition("Available") == READY
    assert modern_running.deployment["spec"]["strategy"] == {"type": "Recreate"}


def test_a_bucket_that_is_removed_and_made_anew(modern_running: Any) -> None:
    bucket = modern_running.config["spec"]["storage"]["s3"]["bucket"]
    modern_running.edit(managementState="Removed")
    modern_running.settle()
    assert modern_running.client.get_or_none(BUCKETS, bucket) is None
    assert modern_running.condition("StorageExists")[1:] == ("S3 Bucket Deleted", "The S3 bucket has been removed.")
    for resource, name, namespace in (
        (CONFIGMAPS, "image-registry-certificates", NS),
        (CONFIGMAPS, "serviceca", NS),
        (CONFIGMAPS, "image-registry-ca", MANAGED_NS),
        (DAEMONSETS, "node-ca", NS),
        (CRONJOBS, "image-pruner", NS),
    ):
        assert modern_running.client.get_or_none(resource, name, namespace) is not None, "kept"
    for resource, name in ((PODDISRUPTIONBUDGETS, "image-registry"), (SECRETS, "installation-pull-secrets")):
        assert modern_running.client.get_or_none(resource, name, NS) is None, "gone"
    modern_running.edit(managementState="Managed")
    modern_running.settle()
    assert modern_running.condition("Available") == READY
    assert modern_running.config["spec"]["storage"]["s3"]["bucket"] not in ("", bucket)


def test_a_deleted_config_comes_back_with_the_platforms_defaults(modern_running: Any) -> None:
    modern_running.create_claim("ocs4registry")
    modern_running.edit(storage=PVC)
    modern_running.settle()
    old = modern_running.config
    modern_running.client.delete(REGISTRYCONFIGS, "cluster")
    modern_running.settle()
    assert modern_running.config["metadata"]["uid"] != old["metadata"]["uid"]
    assert "s3" in modern_running.config["spec"]["storage"]
    assert modern_running.client.get_or_none(PERSISTENTVOLUMECLAIMS, "ocs4registry", NS) is not None
    assert modern_running.condition("Available") == READY


def test_a_config_that_cannot_be_removed_stays_terminating_and_says_nothing(modern_running: Any) -> None:
    modern_running.client.delete(SECRETS, "installer-cloud-credentials", NS)
    modern_running.client.delete(REGISTRYCONFIGS, "cluster")
    modern_running.clock.advance(10)
    assert "deletionTimestamp" in modern_running.config["metadata"]
    degraded = [one for one in modern_running.cluster_operator["status"]["conditions"] if one["type"] == "Degraded"]
    assert degraded[0]["status"] == "False"
    text = next(error.message for _, name, _, error in modern_running.manager.errors if name.startswith("cluster-"))
    assert text.startswith("unable to finalize resource: unable to remove storage: unable to get cluster minted")


# -- conditions over time


def test_a_registry_without_pods_degrades_after_a_minute(modern_running: Any) -> None:
    modern_running.set_rollout(observedGeneration=1, replicas=2, updatedReplicas=2)
    modern_running.clock.advance(59)
    assert modern_running.condition("Available")[1] == "NoReplicasAvailable"
    assert modern_running.condition("Degraded") == ("False", "", "")
    modern_running.clock.advance(3)
    text = "The deployment does not have available replicas"
    assert modern_running.condition("Degraded") == ("True", "Unavailable", text)
    merged_condition = {one["type"]: one for one in modern_running.cluster_operator["status"]["conditions"]}["Degraded"]
    assert merged_condition["message"] == f"Degraded: {text}"
    assert modern_running.clock.next_due() is None


def test_ready_replicas_are_the_deployments(modern_running: Any) -> None:
    modern_running.set_rollout(observedGeneration=1, replicas=2, updatedReplicas=2, readyReplicas=1)
    modern_running.clock.advance(1)
    assert modern_running.config["status"]["readyReplicas"] == 1


def test_a_route_that_is_not_admitted_reaches_the_cluster_operator(modern_running: Any) -> None:
    modern_running.edit(defaultRoute=True)
    modern_running.settle()
    route = modern_running.client.get(ROUTES, "default-route", NS)
    refused = {"type": "Admitted", "status": "False", "reason": "HostAlreadyClaimed", "message": "taken"}
    ingress = {"host": "x.example.com", "routerName": "default", "conditions": [refused]}
    modern_running.client.update_status(ROUTES, {**route, "status": {"ingress": [ingress]}})
    modern_running.clock.advance(1)
    degraded = {one["type"]: one for one in modern_running.cluster_operator["status"]["conditions"]}["Degraded"]
    text = "route default-route (host x.example.com, router default) not admitted: taken"
    assert (degraded["reason"], degraded["message"]) == ("RouteDegraded", f"Degraded: {text}")


# -- by hand


@pytest.mark.parametrize(
    "patch",
    [
        {"spec": {"replicas": 5}},
        {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}},
        {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 1}}}},
    ],
)
def test_hand_edits_of_the_deployment_are_undone_at_once(patch: dict[str, Any], modern_running: Any) -> None:
    before = modern_running.deployment
    modern_running.client.patch(DEPLOYMENTS, "image-registry", patch, NS)
    modern_running.clock.advance(1)
    after = modern_running.deployment
    assert after["spec"] == before["spec"]
    assert after["metadata"]["generation"] == before["metadata"]["generation"] + 2
    text = f"Updated Deployment.apps/image-registry -n {NS} because it changed"
    assert events(modern_running)[-1] == ("DeploymentUpdated", text)
    generations = {one["name"]: one for one in modern_running.config["status"]["generations"]}
    assert generations["image-registry"]["lastGeneration"] == after["metadata"]["generation"]


def test_labels_and_annotations_of_others_stay_on_the_deployment(modern_running: Any) -> None:
    metadata = {"labels": {"team": "storage"}, "annotations": {"note": "x"}}
    modern_running.client.patch(DEPLOYMENTS, "image-registry", {"metadata": metadata}, NS)
    modern_running.edit(logLevel="Debug")
    modern_running.settle()
    found = modern_running.deployment["metadata"]
    assert (found["labels"]["team"], found["annotations"]["note"]) == ("storage", "x")
    assert len([one for one in events(modern_running) if one[0] == "DeploymentUpdated"]) == 1


def test_a_hand_edit_of_node_ca_is_undone_too(modern_running: Any) -> None:
    before = modern_running.client.get(DAEMONSETS, "node-ca", NS)
    modern_running.client.patch(DAEMONSETS, "node-ca", {"spec": {"minReadySeconds": 9}}, NS)
    modern_running.settle()
    assert modern_running.client.get(DAEMONSETS, "node-ca", NS)["spec"] == before["spec"]


def test_hand_edits_of_other_objects_stay_as_ever(modern_running: Any) -> None:
    modern_running.client.patch(PODDISRUPTIONBUDGETS, "image-registry", {"spec": {"minAvailable": 2}}, NS)
    modern_running.settle()
    budget = modern_running.client.get(PODDISRUPTIONBUDGETS, "image-registry", NS)
    assert budget["spec"]["minAvailable"] == 2


@pytest.mark.parametrize(
    ("resource", "name", "namespace"),
    [
        (DEPLOYMENTS, "image-registry", NS),
        (SERVICES, "image-registry", NS),
        (SECRETS, "installation-pull-secrets", NS),
        (PODDISRUPTIONBUDGETS, "image-registry", NS),
        (CONFIGMAPS, "serviceca", NS),
        (CONFIGMAPS, "image-registry-certificates", NS),
        (CONFIGMAPS, "image-registry-ca", MANAGED_NS),
        (DAEMONSETS, "node-ca", NS),
        (CRONJOBS, "image-pruner", NS),
        (IMAGEPRUNERS, "cluster", None),
        (SERVICEACCOUNTS, "pruner", NS),
        (CLUSTERROLES, "system:image-pruner", None),
        (CLUSTERROLEBINDINGS, "openshift-image-registry-pruner", None),
    ],
)
def test_a_deleted_object_comes_back(resource: Any, name: str, namespace: str | None, modern_running: Any) -> None:
    modern_running.client.delete(resource, name, namespace)
    modern_running.settle()
    assert modern_running.client.get_or_none(resource, name, namespace) is not None
    assert modern_running.condition("Available") == READY


def test_what_is_created_is_told_by_the_operators_own_deployment(modern_running: Any) -> None:
    assert events(modern_running) == [
        ("DaemonSetCreated", f"Created DaemonSet.apps/node-ca -n {NS} because it was missing"),
        ("DeploymentCreated", f"Created Deployment.apps/image-registry -n {NS} because it was missing"),
    ]
    own = [one for one in modern_running.client.list(EVENTS, NS) if one["reason"].endswith("Created")]
    about = {(one["involvedObject"]["kind"], one["involvedObject"]["name"]) for one in own}
    assert about == {("Deployment", "cluster-image-registry-operator")}


# -- the loops with a single purpose


def test_the_cluster_operator_names_what_is_related(modern_running: Any) -> None:
    status = modern_running.cluster_operator["status"]
    assert [f"{one['resource']}/{one['name']}" for one in status["relatedObjects"]] == [
        "configs/cluster",
        "imagepruners/cluster",
        "clusterroles/system:registry",
        "clusterrolebindings/registry-registry-role",
        "clusterrolebindings/openshift-image-registry-pruner",
        f"namespaces/{NS}",
    ]
    assert status["versions"] == [{"name": "operator", "version": "4.20.1"}]
    reasons = {one["type"]: (one["status"], one["reason"]) for one in status["conditions"]}
    assert reasons == {
        "Available": ("True", "Ready"),
        "Progressing": ("False", "Ready"),
        "Degraded": ("False", "AsExpected"),
    }


def test_a_missing_additional_ca_degrades_one_loop_and_not_the_registry(modern_running: Any) -> None:
    modern_running.client.patch(IMAGECONFIGS, "cluster", {"spec": {"additionalTrustedCA": {"name": "extra"}}})
    modern_running.clock.advance(1)
    text = (
        f"failed to update object *v1.ConfigMap, Namespace={NS}, Name=image-registry-certificates: "
        'image-registry-certificates: configmap "extra" not found'
    )
    assert modern_running.condition("ImageRegistryCertificatesControllerDegraded") == ("True", "Error", text)
    assert modern_running.condition("Progressing")[1] == "Ready"
    degraded = {one["type"]: one for one in modern_running.cluster_operator["status"]["conditions"]}["Degraded"]
    assert degraded["reason"] == "ImageRegistryCertificatesControllerError"
    metadata = {"name": "extra", "namespace": "openshift-config"}
    modern_running.create(CONFIGMAPS, {"metadata": metadata, "data": {"reg..5000": "X"}})
    modern_running.settle()
    assert modern_running.condition("ImageRegistryCertificatesControllerDegraded")[0] == "False"
    found = modern_running.client.get(CONFIGMAPS, "image-registry-certificates", NS)
    assert found["data"] == {"reg..5000": "X"}
    assert found["metadata"]["annotations"]["openshift.io/owning-component"] == "Image Registry"
    assert "data" not in modern_running.client.get(CONFIGMAPS, "image-registry-ca", MANAGED_NS), "not the nodes' own"


@pytest.mark.parametrize(("redirects", "service"), [(True, "CERT\nPEM"), (False, "CERT")])
def test_the_storages_authority_is_trusted(redirects: bool, service: str, modern_running: Any) -> None:
    serviceca = modern_running.client.get(CONFIGMAPS, "serviceca", NS)
    modern_running.client.update(CONFIGMAPS, {**serviceca, "data": {"service-ca.crt": "CERT"}})
    metadata = {"name": "store-ca", "namespace": "openshift-config"}
    modern_running.create(CONFIGMAPS, {"metadata": metadata, "data": {"ca-bundle.crt": "PEM"}})
    s3 = {**modern_running.config["spec"]["storage"]["s3"], "trustedCA": {"name": "store-ca"}}
    modern_running.edit(storage={"s3": s3}, disableRedirect=not redirects)
    modern_running.settle()
    own = {f"image-registry.{NS}.svc{domain}..5000": service for domain in ("", ".cluster.local")}
    certificates = modern_running.client.get(CONFIGMAPS, "image-registry-certificates", NS)
    assert certificates["data"] == {**own, "storage-ca-bundle.pem": "PEM"}
    assert modern_running.client.get(CONFIGMAPS, "image-registry-ca", MANAGED_NS)["data"] == own


@pytest.mark.parametrize(
    ("status", "available", "progressing"),
    [
        ({}, ("False", "NoAvailableReplicas"), ("True", "Progressing")),
        ({"observedGeneration": 1, "numberUnavailable": 1, "numberAvailable": 2}, ("True", "AsExpected"),
         ("True", "Unavailable")),
        ({"observedGeneration": 1, "numberAvailable": 3}, ("True", "AsExpected"), ("False", "AsExpected")),
    ],
)  # fmt: skip
def test_what_is_said_of_node_ca(
    status: dict[str, int], available: tuple[str, str], progressing: tuple[str, str], modern_running: Any
) -> None:
    node_ca = modern_running.client.get(DAEMONSETS, "node-ca", NS)
    modern_running.client.update_status(DAEMONSETS, {**node_ca, "status": status})
    modern_running.clock.advance(1)
    assert modern_running.condition("NodeCADaemonAvailable")[:2] == available
    assert modern_running.condition("NodeCADaemonProgressing")[:2] == progressing


def test_the_other_loops_go_on_while_the_registry_is_unmanaged(modern_running: Any) -> None:
    modern_running.edit(managementState="Unmanaged")
    modern_running.settle()
    modern_running.client.delete(DAEMONSETS, "node-ca", NS)
    modern_running.client.patch(DEPLOYMENTS, "image-registry", {"spec": {"replicas": 1}}, NS)
    modern_running.settle()
    assert modern_running.client.get_or_none(DAEMONSETS, "node-ca", NS) is not None
    assert modern_running.deployment["spec"]["replicas"] == 1


def test_an_operator_scaled_to_nothing_does_nothing(modern_running: Any) -> None:
    operator = modern_running.client.get(DEPLOYMENTS, "cluster-image-registry-operator", NS)
    modern_running.client.update_status(DEPLOYMENTS, {**operator, "status": {}})
    modern_running.client.delete(DAEMONSETS, "node-ca", NS)
    modern_running.client.patch(DEPLOYMENTS, "image-registry", {"spec": {"replicas": 1}}, NS)
    head = modern_running.log.head()
    modern_running.settle(roll_out=False)
    assert modern_running.log.head() == head
    operator = modern_running.client.get(DEPLOYMENTS, "cluster-image-registry-operator", NS)
    modern_running.client.update_status(DEPLOYMENTS, {**operator, "status": {"availableReplicas": 1}})
    modern_running.settle()
    assert modern_running.client.get_or_none(DAEMONSETS, "node-ca", NS) is not None
    assert modern_running.deployment["spec"]["replicas"] == 2


# -- any sequence of edits

VALID: tuple[dict[str, Any], ...] = (
    {"pvc": {"claim": "ocs4registry"}},
    {"pvc": {"claim": ""}},
    {"emptyDir": {}},
    {"s3": {}},
    {"s3": {"bucket": "mybucket", "region": "us-east-2"}},
    {"managementState": "Managed"},
    {},
)
INVALID: tuple[dict[str, Any], ...] = (
    {"pvc": {"claim": "nope"}},
    {"pvc": {"claim": "one-node"}},
    {"s3": {}, "pvc": {"claim": "ocs4registry"}},
    {"gcs": {}},
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.tuples(st.sampled_from(VALID + INVALID), st.floats(0, 40)), max_size=4),
    last=st.sampled_from(VALID),
)
def test_after_the_last_valid_edit_the_registry_is_ready_on_one_storage(
    new_modern: Callable[..., Any], edits: list[tuple[dict[str, Any], float]], last: dict[str, Any]
) -> None:
    cluster = new_modern()
    cluster.create_claim("ocs4registry")
    cluster.create_claim("one-node", "ReadWriteOnce")
    cluster.create_bucket("mybucket")
    cluster.start()
    for storage, pause_s in edits:
        cluster.edit(storage=storage)
        cluster.clock.advance(pause_s)
    cluster.edit(storage=last)
    cluster.settle()
    assert cluster.condition("Available") == READY
    config = cluster.config
    assert config["status"]["storage"] == config["spec"]["storage"]
    assert len(config["status"]["storage"]) == 2, "one storage, and who owns it"
    assert config["status"]["storageManaged"] is (config["spec"]["storage"]["managementState"] == "Managed")
    assert yaml.safe_load(yaml.safe_dump(comparable(config)))["status"]["conditions"]["Degraded"]["status"] == "False"
