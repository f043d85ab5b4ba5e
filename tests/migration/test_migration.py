"""The first engine: it looks, changes in steps, and looks again, through the Client only."""

from __future__ import annotations

import pytest

from simulator import migration
from simulator.api.types import GVR
from simulator.embedded import Cluster
from simulator.errors import Conflict, InputError, Timeout
from simulator.migration import Target

CONFIGS = GVR("imageregistry.operator.openshift.io", "v1", "configs")
CLAIMS = GVR("", "v1", "persistentvolumeclaims")
CLASSES = GVR("storage.k8s.io", "v1", "storageclasses")


@pytest.fixture
def cluster() -> Cluster:
    return Cluster.from_profile("ocp-4.2", seed=1)


def outcomes(checks: list[migration.Check]) -> dict[str, str]:
    return {check.id: check.outcome for check in checks}


def test_plan_writes_nothing_and_says_that_images_stay(cluster: Cluster) -> None:
    before = cluster.state.revision
    plan = migration.make_plan(cluster.client(), Target())
    assert cluster.state.revision == before
    assert plan.possible()
    assert outcomes(plan.checks)["images"] == "warn"
    assert [operation["op"] for operation in plan.patch] == ["test", "remove", "add"]


def test_apply_and_verify(cluster: Cluster) -> None:
    client = cluster.client()
    plan = migration.make_plan(client, Target())
    steps = [step.name for step in migration.apply(client, plan)]
    assert steps == ["claim", "bound", "switch", "roll-out"]
    checks = migration.verify(client, "ocs4registry")
    assert {check.outcome for check in checks} == {"pass"}, checks
    assert any(check.id.startswith("mount/image-registry-") for check in checks)


def test_verify_fails_before_the_move(cluster: Cluster) -> None:
    checks = outcomes(migration.verify(cluster.client(), "ocs4registry"))
    assert checks["storage"] == "fail"
    assert [value for key, value in checks.items() if key.startswith("mount/")] == ["fail"]


def test_verify_says_so_when_a_container_does_not_run(cluster: Cluster) -> None:
    cluster.client().patch(CONFIGS, "cluster", {"spec": {"replicas": 2}})
    cluster.clock.advance(0.5)
    failed = [check for check in migration.verify(cluster.client(), "ocs4registry") if check.outcome == "fail"]
    assert "container not found" in " ".join(check.saw for check in failed)


def test_a_plan_survives_its_file(cluster: Cluster) -> None:
    plan = migration.make_plan(cluster.client(), Target(size="50Gi"))
    assert migration.read_plan(plan.to_yaml(), "plan.yaml") == plan


def test_a_changed_world_is_refused(cluster: Cluster) -> None:
    client = cluster.client()
    plan = migration.make_plan(client, Target())
    client.patch(CONFIGS, "cluster", {"spec": {"readOnly": True}})
    with pytest.raises(Conflict, match="has changed since this plan"):
        list(migration.apply(client, plan))
    assert cluster.sh("oc get pvc -n openshift-image-registry").stdout == ""


def test_a_missing_class_is_named_with_those_that_exist(cluster: Cluster) -> None:
    plan = migration.make_plan(cluster.client(), Target(storage_class="nope"))
    assert not plan.possible()
    failed = next(check for check in plan.checks if check.outcome == "fail")
    assert failed.id == "storage-class"
    assert "ocs-storagecluster-cephfs" in failed.do


def test_nothing_is_left_to_move_after_a_move(cluster: Cluster) -> None:
    client = cluster.client()
    list(migration.apply(client, migration.make_plan(client, Target())))
    again = migration.make_plan(client, Target())
    assert outcomes(again.checks)["storage"] == "fail"


def test_a_claim_that_nobody_provisions_times_out_with_its_name(cluster: Cluster) -> None:
    client = cluster.client()
    plan = migration.make_plan(client, Target())
    cluster.sh("oc scale deployment csi-cephfsplugin-provisioner --replicas=0 -n openshift-storage")
    cluster.settle()
    with pytest.raises(Timeout, match="persistentvolumeclaims/ocs4registry"):
        list(migration.apply(client, plan))


def test_an_unready_registry_is_not_moved(cluster: Cluster) -> None:
    client = cluster.client()
    client.patch(CONFIGS, "cluster", {"spec": {"storage": {"pvc": {"claim": "x"}}}})
    cluster.settle()
    checks = outcomes(migration.make_plan(client, Target()).checks)
    assert (checks["storage"], checks["health"]) == ("fail", "fail")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [", "plan.yaml:1: not a YAML file"),
        ("a: 1", "format"),
        ("format: ocsim.dev/migration-plan/v1\n", "the plan is incomplete"),
        ("a: 2001-99-99", "plan.yaml: not a YAML file: month must be in 1..12"),
        ("a: 1\nb: \x07", "plan.yaml:2: not a YAML file: "),
    ],
)
def test_a_broken_plan_is_named(text: str, complaint: str) -> None:
    with pytest.raises(InputError) as refused:
        migration.read_plan(text, "plan.yaml")
    assert complaint in str(refused.value)


PLAN = """\
format: ocsim.dev/migration-plan/v1
target: {claim: c, storage_class: s, size: 1Gi}
storage: {}
patch: [{op: test}]
checks: [{id: a, outcome: pass, saw: b, do: ""}]
seen: x
"""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("claim: c", "claim: 5", "plan.yaml:2: target.claim: must be a text, is 5"),
        ("claim: c, ", "", "plan.yaml:2: target.claim: this is missing"),
        ("size:", "sise:", "plan.yaml:2: target.sise: unknown key"),
        ("storage: {}", "storage: 3", "plan.yaml:3: storage: must be a mapping, is 3"),
        ("[{op: test}]", "[1]", "plan.yaml:4: patch[0]: must be a mapping, is 1"),
        ("outcome: pass", "outcome: good", "plan.yaml:5: checks[0].outcome: must be one of pass, warn"),
        ("seen: x", "seen: x\nmore: y", "plan.yaml:7: more: unknown key"),
    ],
)
def test_a_wrong_field_of_a_plan_is_named_with_its_line(old: str, new: str, complaint: str) -> None:
    assert migration.read_plan(PLAN, "plan.yaml").seen == "x"
    with pytest.raises(InputError) as refused:
        migration.read_plan(PLAN.replace(old, new), "plan.yaml")
    assert str(refused.value).startswith(complaint)


# -- on a cluster of today, where the operator notes whose storage it is


def test_the_claim_is_noted_as_the_users() -> None:
    """With the note that the bucket left, Removed would delete it. Source: pkg/storage/pvc/pvc.go, release-4.20."""
    cluster = Cluster.from_profile("ocp-4.20", seed=1)
    client = cluster.client()
    assert client.get(CONFIGS, "cluster")["spec"]["storage"]["managementState"] == "Managed"
    list(migration.apply(client, migration.make_plan(client, Target())))
    assert {check.outcome for check in migration.verify(client, "ocs4registry")} == {"pass"}
    client.patch(CONFIGS, "cluster", {"spec": {"managementState": "Removed"}})
    cluster.settle()
    assert client.get(CLAIMS, "ocs4registry", "openshift-image-registry")["status"]["phase"] == "Bound"
