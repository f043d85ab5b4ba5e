"""What the API server refuses, in its own words."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from simulator.api.types import STRATEGIC_MERGE_PATCH
from simulator.errors import BadRequest, Conflict, Forbidden, Invalid, UnsupportedMediaType

PODS, CLAIMS = "/api/v1/namespaces/demo/pods", "/api/v1/namespaces/demo/persistentvolumeclaims"
DEPLOYMENTS = "/apis/apps/v1/namespaces/demo/deployments"
CONFIGS = "/apis/imageregistry.operator.openshift.io/v1/configs"
SUBDOMAIN = (
    "a DNS-1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with "
    "an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def changed(obj: Any, path: str, value: Any) -> Any:
    """A copy of ``obj`` with ``value`` at ``path`` (``spec.containers.0.name``); None takes the field away."""
    result = copy.deepcopy(obj)
    *way, last = path.split(".")
    place = result
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return result


def refusal(call: Any, *args: Any, **details: Any) -> str:
    with pytest.raises((Invalid, BadRequest, Forbidden, Conflict)) as error:
        call(*args, **details)
    return error.value.message


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("spec.resources", None, "spec.resources[storage]: Required value"),
        ("spec.resources.requests.storage", "0",
         'spec.resources[storage]: Invalid value: "0": must be greater than zero'),
        ("spec.accessModes", None, "spec.accessModes: Required value: at least 1 access mode is required"),
        ("spec.accessModes", ["RWX"], 'spec.accessModes: Unsupported value: "RWX": supported values: "ReadOnlyMany", '
         '"ReadWriteMany", "ReadWriteOnce"'),
        ("spec.volumeMode", "Disk",
         'spec.volumeMode: Unsupported value: "Disk": supported values: "Block", "Filesystem"'),
        ("metadata.name", "Data_1", f'metadata.name: Invalid value: "Data_1": {SUBDOMAIN}'),
    ],
)  # fmt: skip
def test_a_claim_with_one_fault(api: Any, claim: Any, path: str, value: Any, message: str) -> None:
    wrong = changed(claim, path, value)
    expected = f'PersistentVolumeClaim "{wrong["metadata"]["name"]}" is invalid: {message}'
    assert refusal(api.post, CLAIMS, wrong) == expected


def test_several_faults_stand_in_brackets_and_as_causes(api: Any) -> None:
    with pytest.raises(Invalid) as error:
        api.post(CLAIMS, {"metadata": {"name": "x"}, "spec": {}})
    assert error.value.message == (
        'PersistentVolumeClaim "x" is invalid: [spec.accessModes: Required value: at least 1 access mode is required, '
        "spec.resources[storage]: Required value]"
    )
    assert error.value.kind == "PersistentVolumeClaim"
    assert error.value.causes[1] == {
        "reason": "FieldValueRequired", "message": "Required value", "field": "spec.resources[storage]",
    }  # fmt: skip


def test_a_name_is_required(api: Any, claim: Any) -> None:
    expected = 'PersistentVolumeClaim "" is invalid: metadata.name: Required value: name or generateName is required'
    assert refusal(api.post, CLAIMS, changed(claim, "metadata.name", None)) == expected


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("spec.containers", [], "spec.containers: Required value"),
        ("spec.containers.0.image", None, "spec.containers[0].image: Required value"),
        ("spec.containers.0.volumeMounts", [{"name": "v", "mountPath": "/v"}],
         'spec.containers[0].volumeMounts[0].name: Not found: "v"'),
        ("spec.restartPolicy", "Maybe",
         'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"'),
        ("spec.volumes", [{"name": "v"}, {"name": "v"}], 'spec.volumes[1].name: Duplicate value: "v"'),
        ("spec.containers.0.ports", [{"containerPort": 70000}],
         "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"),
        ("spec.containers.0.resources", {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}},
         'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit'),
    ],
)  # fmt: skip
def test_a_pod_with_one_fault(api: Any, pod: Any, path: str, value: Any, message: str) -> None:
    assert refusal(api.post, PODS, changed(pod, path, value)) == f'Pod "web" is invalid: {message}'


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("spec.replicas", -1, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        ("spec.template.metadata.labels.app", "api",
         'spec.template.metadata.labels: Invalid value: map[string]string{"app":"api"}: '
         "`selector` does not match template `labels`"),
        ("spec.template.spec.restartPolicy", "Never",
         'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'),
    ],
)  # fmt: skip
def test_a_deployment_with_one_fault(api: Any, deployment: Any, path: str, value: Any, message: str) -> None:
    expected = f'Deployment.apps "web" is invalid: {message}'
    assert refusal(api.post, DEPLOYMENTS, changed(deployment, path, value)) == expected


def test_the_selector_of_a_deployment_is_for_ever(api: Any, deployment: Any) -> None:
    api.post(DEPLOYMENTS, deployment)
    patch = {"spec": {"selector": {"matchLabels": {"app": "b"}}, "template": {"metadata": {"labels": {"app": "b"}}}}}
    assert refusal(api.patch, f"{DEPLOYMENTS}/web", patch) == (
        'Deployment.apps "web" is invalid: spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string'
        '{"app":"b"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable'
    )


def test_what_of_a_claim_is_for_ever(api: Any, claim: Any) -> None:
    api.post(CLAIMS, claim)
    assert refusal(api.patch, f"{CLAIMS}/data", {"spec": {"storageClassName": "gp2"}}) == (
        'PersistentVolumeClaim "data" is invalid: spec: Forbidden: '
        "is immutable after creation except resources.requests for bound claims"
    )
    assert api.patch(f"{CLAIMS}/data", {"spec": {"volumeName": "pvc-1"}})["spec"]["volumeName"] == "pvc-1"


def test_a_bound_claim_grows_only_where_its_class_can(api: Any, claim: Any) -> None:
    classes = "/apis/storage.k8s.io/v1/storageclasses"
    api.post(classes, {"metadata": {"name": "cephfs"}, "provisioner": "p"})
    api.post(CLAIMS, claim)
    bigger = {"spec": {"resources": {"requests": {"storage": "200Gi"}}}}
    assert "Only bound persistent volume claims can be expanded" in refusal(api.patch, f"{CLAIMS}/data", bigger)
    api.patch(f"{CLAIMS}/data/status", {"status": {"phase": "Bound"}})
    assert refusal(api.patch, f"{CLAIMS}/data", bigger) == (
        'persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the '
        "storageclass that provisions the pvc must support resize"
    )
    api.patch(f"{classes}/cephfs", {"allowVolumeExpansion": True})
    assert api.patch(f"{CLAIMS}/data", bigger)["spec"]["resources"]["requests"]["storage"] == "200Gi"
    smaller = {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}
    assert "field can not be less than previous value" in refusal(api.patch, f"{CLAIMS}/data", smaller)


def test_a_pod_changes_its_image_and_nothing_else(api: Any, pod: Any) -> None:
    stored = api.post(PODS, pod)
    api.put(f"{PODS}/web", changed(stored, "spec.containers.0.image", "web:2"))
    assert "pod updates may not change fields other than `spec.containers[*].image`" in refusal(
        api.patch, f"{PODS}/web", {"spec": {"hostname": "h"}}
    )


CONFIG = {"metadata": {"name": "cluster"}, "spec": {"logging": 2, "managementState": "Managed", "replicas": 1}}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("spec.managementState", "foo", 'spec.managementState: Invalid value: "foo": spec.managementState in body '
         "should match '^(Managed|Unmanaged|Force|Removed)$'"),
        ("spec.replicas", "two",
         'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"'),
        ("spec.logging", None, "spec.logging: Required value"),
        ("spec.storage", {"pvc": {"claim": 3}},
         'spec.storage.pvc.claim: Invalid value: "integer": '
         'spec.storage.pvc.claim in body must be of type string: "integer"'),
    ],
)  # fmt: skip
def test_the_registry_configuration_with_one_fault(api: Any, path: str, value: Any, message: str) -> None:
    expected = f'Config.imageregistry.operator.openshift.io "cluster" is invalid: {message}'
    assert refusal(api.post, CONFIGS, changed(CONFIG, path, value)) == expected


def test_custom_resources_keep_what_they_do_not_know_and_built_in_ones_drop_it(api: Any, claim: Any) -> None:
    config = api.post(CONFIGS, changed(CONFIG, "spec.storage", {"persistentVolumeClaim": {"claim": "x"}}))
    assert config["spec"]["storage"] == {"persistentVolumeClaim": {"claim": "x"}}
    assert "foo" not in api.post(CLAIMS, changed(claim, "spec.foo", "bar"))["spec"]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("spec.replicas", "x", "v1.Deployment.Spec: v1.DeploymentSpec.Replicas: readUint32: unexpected character: "),
        ("spec.template.spec.containers.0.image", 1,
         "v1.Deployment.Spec: v1.DeploymentSpec.Template: v1.PodTemplateSpec.Spec: v1.PodSpec.Containers: "
         '[]v1.Container: v1.Container.Image: ReadString: expects " or n, but found 1, error found in #10 byte of '
         '...|{"image":1,"name":"w|..., bigger context ...|'),
        ("spec.template.spec.containers", {"a": 1}, "v1.PodSpec.Containers: decode slice: expect [ or n, but found {"),
        ("spec.paused", "yes", 'v1.DeploymentSpec.Paused: ReadBool: expect t or f, but found "'),
        ("spec.selector", "app=web", 'v1.DeploymentSpec.Selector: readObjectStart: expect { or n, but found "'),
    ],
)  # fmt: skip
def test_values_of_another_type(api: Any, deployment: Any, path: str, value: Any, fault: str) -> None:
    text = refusal(api.post, DEPLOYMENTS, changed(deployment, path, value))
    assert text.startswith('Deployment in version "v1" cannot be handled as a Deployment: v1.Deployment.Spec: ')
    assert fault in text


def test_a_quantity_that_is_none(api: Any, claim: Any) -> None:
    text = refusal(api.post, CLAIMS, changed(claim, "spec.resources.requests.storage", "100Gx"))
    assert (
        "v1.ResourceRequirements.Requests: unmarshalerDecoder: quantities must match the regular expression "
        "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$', error found in #10 byte of" in text
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"apiVersion": "apps/v1", "kind": "Pod"},
         "the API version in the data (apps/v1) does not match the expected API version (v1)"),
        ({"apiVersion": "v1", "kind": "Service"}, 'Service in version "v1" cannot be handled as a Pod: '
         'no kind "Service" is registered for version "v1"'),
        ("text", "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse "
         'error: json: cannot unmarshal string into Go value of type struct { APIVersion string '
         '"json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (227465787422)'),
        ({"metadata": {"name": "x", "namespace": "other"}},
         "the namespace of the provided object does not match the namespace sent on the request"),
    ],
)  # fmt: skip
def test_a_body_that_does_not_belong_here(api: Any, body: Any, message: str) -> None:
    assert refusal(api.post, PODS, body) == message


def test_what_an_update_may_not_say(api: Any, claim: Any) -> None:
    stored = api.post(CLAIMS, claim)
    assert refusal(api.put, f"{CLAIMS}/data", changed(stored, "metadata.name", "b")) == (
        "the name of the object (b) does not match the name on the URL (data)"
    )
    assert refusal(api.patch, f"{CLAIMS}/data", {"metadata": {"uid": "b"}}).startswith("Operation cannot be fulfilled")
    config = api.post(CONFIGS, CONFIG)
    assert refusal(api.put, f"{CONFIGS}/cluster", changed(config, "metadata.resourceVersion", None)) == (
        'Config.imageregistry.operator.openshift.io "cluster" is invalid: '
        "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update"
    )


def test_an_object_that_is_being_deleted_gets_no_new_finalizer(api: Any, claim: Any) -> None:
    api.post(CLAIMS, claim)
    api.delete(f"{CLAIMS}/data")
    patch = {"metadata": {"finalizers": ["kubernetes.io/pvc-protection", "mine"]}}
    assert refusal(api.patch, f"{CLAIMS}/data", patch) == (
        'PersistentVolumeClaim "data" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if '
        'the object is being deleted, found new finalizers []string{"mine"}'
    )


# -- in the words of 4.20

BOUND = {"status": {"phase": "Bound", "capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteMany"]}}


@pytest.mark.parametrize(
    ("change", "diff"),
    [
        ({"storageClassName": "other"}, """\
  core.PersistentVolumeClaimSpec{
  \t... // 2 identical fields
  \tResources:        {Requests: {s"storage": {i: {...}, s: "100Gi", Format: "BinarySI"}}},
  \tVolumeName:       "pvc-1",
- \tStorageClassName: &"cephfs",
+ \tStorageClassName: &"other",
  \tVolumeMode:       &"Filesystem",
  \tDataSource:       nil,
  \t... // 2 identical fields
  }
"""),
        ({"accessModes": ["ReadWriteOnce"]}, """\
  core.PersistentVolumeClaimSpec{
  \tAccessModes: []core.PersistentVolumeAccessMode{
- \t\t"ReadWriteMany",
+ \t\t"ReadWriteOnce",
  \t},
  \tSelector:  nil,
  \tResources: {Requests: {s"storage": {i: {...}, s: "100Gi", Format: "BinarySI"}}},
  \t... // 6 identical fields
  }
"""),
    ],
)  # fmt: skip
def test_a_refused_change_of_a_claim_is_shown(modern: Any, claim: Any, change: Any, diff: str) -> None:
    claim["spec"]["volumeName"] = "pvc-1"
    modern.post(CLAIMS, claim)
    modern.patch(f"{CLAIMS}/data/status", BOUND)
    head = (
        'PersistentVolumeClaim "data" is invalid: spec: Forbidden: spec is immutable after creation except '
        "resources.requests and volumeAttributesClassName for bound claims\n"
    )
    assert refusal(modern.patch, f"{CLAIMS}/data", {"spec": change}) == head + diff


def test_the_size_of_a_claim_that_waits(modern: Any, claim: Any) -> None:
    modern.post(CLAIMS, claim)
    text = refusal(modern.patch, f"{CLAIMS}/data", _asks("50Gi"))
    assert 's"storage": {i: resource.int64Amount{value: 53687091200}, s: "50Gi", Format: "BinarySI"},' in text


def _asks(size: str) -> Any:
    return {"spec": {"resources": {"requests": {"storage": size}}}}


def test_a_growing_claim_may_settle_for_less(api: Any, modern: Any, claim: Any) -> None:
    """Source: Kubernetes 1.32, RecoverVolumeExpansionFailure."""
    grown = {"metadata": {"name": "cephfs"}, "provisioner": "p", "allowVolumeExpansion": True}
    for server in (api, modern):
        server.post("/apis/storage.k8s.io/v1/storageclasses", grown)
        server.post(CLAIMS, changed(claim, "spec.volumeName", "pvc-1"))
        server.patch(f"{CLAIMS}/data/status", BOUND)
        server.patch(f"{CLAIMS}/data", _asks("300Gi"))
    assert "field can not be less than previous value" in refusal(api.patch, f"{CLAIMS}/data", _asks("200Gi"))
    assert modern.patch(f"{CLAIMS}/data", _asks("200Gi"))["spec"]["resources"] == _asks("200Gi")["spec"]["resources"]
    assert "field can not be less than status.capacity" in refusal(modern.patch, f"{CLAIMS}/data", _asks("90Gi"))


def test_a_claim_for_one_pod(api: Any, modern: Any, claim: Any) -> None:
    claim["spec"]["accessModes"] = ["ReadWriteOncePod"]
    assert modern.post(CLAIMS, claim)["spec"]["accessModes"] == ["ReadWriteOncePod"]
    assert 'Unsupported value: "ReadWriteOncePod"' in refusal(api.post, CLAIMS, claim)
    both = changed(claim, "spec.accessModes", ["ReadWriteOncePod", "ReadWriteOnce"])
    assert "may not use ReadWriteOncePod with other access modes" in refusal(modern.post, CLAIMS, both)


QUANTITIES = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("spec.replicas", "two", "json: cannot unmarshal string into Go struct field "
         "DeploymentSpec.spec.replicas of type int32"),
        ("spec.template.spec.containers", {}, "json: cannot unmarshal object into Go struct field "
         "PodSpec.spec.template.spec.containers of type []v1.Container"),
        ("spec.template.spec.containers.0.image", 7, "json: cannot unmarshal number into Go struct field "
         "Container.spec.template.spec.containers.image of type string"),
        ("spec.template.spec.hostNetwork", "yes", "json: cannot unmarshal string into Go struct field "
         "PodSpec.spec.template.spec.hostNetwork of type bool"),
        ("spec.template.spec.activeDeadlineSeconds", True, "json: cannot unmarshal bool into Go struct field "
         "PodSpec.spec.template.spec.activeDeadlineSeconds of type int64"),
        ("spec.template.metadata.labels.app", 1, "json: cannot unmarshal number into Go struct field "
         "ObjectMeta.spec.template.metadata.labels of type string"),
        ("spec.template.spec.containers.0.resources.limits.cpu", "lots", QUANTITIES),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type(modern: Any, deployment: Any, path: str, value: Any, text: str) -> None:
    head = 'Deployment in version "v1" cannot be handled as a Deployment: '
    wrong = changed(deployment, path, value)
    assert refusal(modern.post, DEPLOYMENTS, wrong) == head + text


def test_a_bad_quantity(modern: Any, claim: Any) -> None:
    wrong = changed(claim, "spec.resources.requests.storage", "big")
    head = 'PersistentVolumeClaim in version "v1" cannot be handled as a PersistentVolumeClaim: '
    assert refusal(modern.post, CLAIMS, wrong) == head + QUANTITIES


def test_the_patches_that_a_custom_resource_takes(modern: Any) -> None:
    config = {"metadata": {"name": "cluster"}, "spec": {"managementState": "Managed", "replicas": 1}}
    modern.post(CONFIGS, config)
    with pytest.raises(UnsupportedMediaType) as error:
        modern.patch(f"{CONFIGS}/cluster", {}, STRATEGIC_MERGE_PATCH)
    assert error.value.message == (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    )
