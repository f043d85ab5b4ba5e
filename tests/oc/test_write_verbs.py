"""patch, replace, delete, label, annotate, scale and wait."""

from __future__ import annotations

from typing import Any

import pytest

REGISTRY = "configs.imageregistry.operator.openshift.io"
CONFIG = {
    "apiVersion": f"{REGISTRY.removeprefix('configs.')}/v1",
    "kind": "Config",
    "metadata": {"name": "cluster"},
    "spec": {"managementState": "Managed", "replicas": 1, "logging": 2, "storage": {"s3": {"bucket": "b"}}},
}


@pytest.fixture
def web(bench: Any) -> Any:
    bench.run("oc create deployment web --image=x; oc create configmap cm --from-literal=k=v")
    return bench


@pytest.mark.parametrize(
    ("line", "stdout"),
    [
        ('oc patch cm cm -p \'{"data":{"k":"w"}}\'', "configmap/cm patched\n"),
        ("oc patch cm/cm -p 'data: {k: v}'", "configmap/cm patched (no change)\n"),
        ("oc patch cm cm --type merge -p '{\"data\":null}' -o name", "configmap/cm\n"),
        ('oc patch cm cm --type=json -p \'[{"op":"remove","path":"/data/k"}]\'', "configmap/cm patched\n"),
        ("oc label cm cm a=b", "configmap/cm labeled\n"),
        ("oc label cm cm x-", 'label "x" not found.\nconfigmap/cm not labeled\n'),
        ("oc label cm --all a=b c=d", "configmap/cm labeled\n"),
        ("oc annotate cm cm a=b", "configmap/cm annotated\n"),
        ("oc scale deploy/web --replicas=3", "deployment.extensions/web scaled\n"),
        ("oc scale deploy.apps web --replicas=3 --current-replicas=1", "deployment.apps/web scaled\n"),
        ("oc delete cm cm", 'configmap "cm" deleted\n'),
        ("oc delete cm/cm deploy/web", 'configmap "cm" deleted\ndeployment.extensions "web" deleted\n'),
        ("oc delete cm --all -o name", "configmap/cm\n"),
        ("oc delete pods --all", "No resources found\n"),
        ("oc delete cm nope --ignore-not-found", ""),
        ("oc wait --for=delete pod/nope", ""),
    ],
)
def test_what_is_said(web: Any, line: str, stdout: str) -> None:
    ran = web.run(line)
    assert (ran.stdout, ran.stderr, ran.status) == (stdout, "", 0)


@pytest.mark.parametrize(
    ("line", "stderr"),
    [
        ("oc patch cm cm --type foo -p x", 'error: --type must be one of [json merge strategic], not "foo"'),
        ("oc patch cm nope -p '{}'", 'Error from server (NotFound): configmaps "nope" not found'),
        ("oc patch cm cm -p '{bad'", "error: unable to parse \"{bad\": yaml: did not find expected ',' or '}'"),
        ("oc label cm cm a=1 a-", "error: can not both modify and remove a label in the same command"),
        ("oc label cm cm", "error: at least one label update is required"),
        ("oc annotate cm cm", "error: at least one annotation update is required"),
        ("oc scale deploy web --replicas=2 --current-replicas=5", "error: Expected replicas to be 5, was 1"),
        (
            "oc scale cm cm --replicas=2",
            "Error from server (NotFound): the server could not find the requested resource",
        ),
        ("oc delete cm", "error: resource(s) were provided, but no name, label selector, or --all flag specified"),
        ("oc delete cm nope", 'Error from server (NotFound): configmaps "nope" not found'),
        ("oc delete cm cm --now --grace-period=3", "error: --now and --grace-period cannot be specified together"),
        ("oc wait --for=foo cm/cm", 'error: unrecognized condition: "foo"'),
        ("oc wait --for=condition=Ready pod/nope", 'Error from server (NotFound): pods "nope" not found'),
        ("oc wait --for=condition=Ready pod -l a=b", "error: no matching resources found"),
        (
            "oc wait --for=condition=available deploy/web --timeout=5s",
            "error: timed out waiting for the condition on deployments/web",
        ),
    ],
)
def test_what_is_refused(web: Any, line: str, stderr: str) -> None:
    ran = web.run(line)
    assert (ran.stdout, ran.stderr, ran.status) == ("", stderr + "\n", 1)


@pytest.mark.parametrize(
    ("line", "flag"), [("oc patch cm cm", "patch"), ("oc scale deploy web", "replicas")]
)  # fmt: skip
def test_required_flags(web: Any, line: str, flag: str) -> None:
    assert web.run(line).stderr.startswith(f'Error: required flag(s) "{flag}" not set\n\n\nUsage:\n')


def test_a_custom_resource_refuses_a_strategic_patch(bench: Any) -> None:
    bench.create(CONFIG)
    ran = bench.run(f"oc patch {REGISTRY} cluster -p '{{}}'")
    assert ran.stderr == (
        "Error from server (UnsupportedMediaType): the body of the request was in an unknown "
        "format - accepted media types "
        "include: application/json-patch+json, application/merge-patch+json\n"
    )
    patch = '{"spec":{"storage":{"pvc":{"claim":"ocs4registry"},"s3":null}}}'
    ran = bench.run(f"oc patch {REGISTRY}/cluster --type merge -p '{patch}'")
    assert ran.stdout == "config.imageregistry.operator.openshift.io/cluster patched\n"
    bad = bench.run(f'oc patch {REGISTRY}/cluster --type merge -p \'{{"spec":{{"managementState":"foo"}}}}\'')
    assert bad.stderr.startswith('The Config "cluster" is invalid: spec.managementState: Invalid value: ')


def test_labels_are_kept_unless_overwritten(web: Any) -> None:
    web.run("oc label cm cm a=b")
    refused = "error: 'a' already has a value (b), and --overwrite is false\n"
    assert web.run("oc label cm cm a=c").stderr == refused
    assert web.run("oc label cm cm a=b").stderr == refused
    assert web.run("oc label cm cm a=c --overwrite").stdout == "configmap/cm labeled\n"
    assert web.run("oc label cm cm --list").stdout == "a=c\n"
    assert web.run("oc label cm cm a-").stdout == "configmap/cm labeled\n"
    assert web.run("oc label cm cm --list").stdout == ""


def test_a_label_value_must_be_one(web: Any) -> None:
    assert web.run("oc label cm cm 'a=b c'").stderr.startswith(
        'error: invalid label value: "a=b c": a valid label must be'
    )


def test_annotations_are_kept_unless_overwritten(web: Any) -> None:
    web.run("oc annotate cm cm a=1")
    assert web.run("oc annotate cm cm a=2").stderr == (
        "error: --overwrite is false but found the following declared annotation(s): 'a' already has a value (1)\n"
    )
    assert web.run("oc annotate cm cm a=2 --overwrite").stdout == "configmap/cm annotated\n"


def test_replace(web: Any) -> None:
    web.fs.add("/cm.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: cm}\ndata: {new: x}\n")
    assert web.run("oc replace -f /cm.yaml").stdout == "configmap/cm replaced\n"
    assert web.run("oc get cm cm -o jsonpath={.data}").stdout == "map[new:x]"
    web.fs.add("/old.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: cm, resourceVersion: '1'}\n")
    assert web.run("oc replace -f /old.yaml").stderr == (
        'Error from server (Conflict): error when replacing "/old.yaml": Operation cannot be '
        'fulfilled on configmaps "cm": the '
        "object has been modified; please apply your changes to the latest version and try again\n"
    )
    assert web.run("oc replace --force -f /cm.yaml").stdout == 'configmap "cm" deleted\nconfigmap/cm replaced\n'


def held(bench: Any) -> None:
    """A config map that a finalizer holds for ten seconds."""
    obj = bench.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["x.io/f"]}}
    )
    gvr = bench.api.table.by_kind("v1", "ConfigMap").gvr
    bench.clock.call_later(10, lambda: bench.client.patch(gvr, "held", {"metadata": {"finalizers": None}}, "demo"))
    assert obj["metadata"]["name"] == "held"


def test_delete_waits_for_finalizers(bench: Any) -> None:
    held(bench)
    start = bench.clock.now()
    assert bench.run("oc delete cm held").stdout == 'configmap "held" deleted\n'
    assert bench.clock.now() == pytest.approx(start + 10)


def test_delete_need_not_wait(bench: Any) -> None:
    held(bench)
    start = bench.clock.now()
    assert bench.run("oc delete cm held --wait=false").stdout == 'configmap "held" deleted\n'
    assert bench.clock.now() < start + 1
    assert bench.run("oc wait --for=delete cm/held --timeout=60s").stdout == "configmap/held condition met\n"


def test_delete_gives_up_in_time(bench: Any) -> None:
    held(bench)
    ran = bench.run("oc delete cm held --timeout=3s")
    assert ran.stderr == "error: timed out waiting for the condition on configmaps/held\n"


def test_force_warns(web: Any) -> None:
    ran = web.run("oc delete cm cm --force --grace-period=0")
    assert ran.stdout == 'configmap "cm" force deleted\n'
    assert ran.stderr.startswith(
        "warning: Immediate deletion does not wait for confirmation that the running resource has "
    )


def test_wait_for_a_condition(web: Any) -> None:
    gvr = web.api.table.by_kind("apps/v1", "Deployment").gvr
    status = {"conditions": [{"type": "Available", "status": "True"}]}

    def become_available() -> None:
        web.client.patch(gvr, "web", {"status": status}, "demo", subresource="status")

    web.clock.call_later(5, become_available)
    ran = web.run("oc wait --for=condition=available deployment.apps/web --timeout=60s")
    assert (ran.stdout, ran.status) == ("deployment.apps/web condition met\n", 0)
    ran = web.run("oc wait --for=condition=available=false deployment.apps/web --timeout=1s")
    assert ran.stderr == "error: timed out waiting for the condition on deployments/web\n"
