"""Defaulting: what comes back from a create, and that it is complete."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.api.decoding import decode
from simulator.api.defaults import apply_defaults
from simulator.api.preparation import quality_of_service
from simulator.api.resourcetable import ResourceType, builtin_table
from simulator.api.schema import type_of, types
from simulator.errors import BadRequest
from simulator.release import OLDEST, Minor, Release


def row(group: str, version: str, plural: str) -> ResourceType:
    found = builtin_table().find(group, version, plural)
    assert found is not None
    return found


MODERN = Release("4.20.1", "v1.33.5", ())
RELEASES = {"4.2": OLDEST, "4.20": MODERN}
TYPED = [item for release in RELEASES.values() for item in builtin_table(release).rows if type_of(item)]


@cache
def values(minor: Minor, code: str, depth: int) -> st.SearchStrategy[Any]:
    """Values of a type of the schema, not too deep."""
    scalars: dict[str, st.SearchStrategy[Any]] = {
        "s": st.sampled_from(["", "a", "RollingUpdate", "LoadBalancer", "web:1"]),
        "i": st.integers(0, 9),
        "n": st.floats(0, 9),
        "b": st.booleans(),
        "q": st.sampled_from(["1", "100Gi", "0.5", "250m"]),
        "t": st.just("2019-10-28T09:00:00Z"),
        "x": st.sampled_from([80, "25%"]),
        "m": st.just({"anything": [1]}),
        "o": st.just({"anything": [1]}),
        "y": st.sampled_from(["", "YQ=="]),
    }
    if code in scalars:
        return scalars[code]
    if code[0] == "[":
        return st.lists(values(minor, code[1:], depth), max_size=2)
    if code[0] == "{":
        return st.dictionaries(st.sampled_from(["a", "b"]), values(minor, code[1:], depth), max_size=2)
    fields = types(minor)[code]
    if depth == 0:
        return st.just({})
    return st.fixed_dictionaries({}, optional={key: values(minor, sub, depth - 1) for key, sub in fields.items()})


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    "resource",
    ["pods", "services", "deployments.apps", "statefulsets.apps", "persistentvolumes", "cronjobs.batch", "jobs.batch"],
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_defaults_once_are_defaults_for_ever(resource: str, release: str, data: st.DataObject) -> None:
    kind = next(item for item in builtin_table(RELEASES[release]).rows if item.qualified == resource)
    drawn = data.draw(values(kind.minor, type_of(kind), 4))
    obj = decode(kind, drawn)
    once = apply_defaults(kind, obj)
    assert apply_defaults(kind, once) == once
    assert decode(kind, once) == _without_nulls(once)
    assert all(once[key] == obj[key] or isinstance(obj[key], dict | list) for key in obj)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


KEYS = st.sampled_from(["spec", "template", "metadata", "containers"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner))


@given(st.sampled_from(TYPED), ANYTHING)
def test_any_body_is_decoded_or_refused(resource: ResourceType, spec: Any) -> None:
    body = {"spec": spec, "metadata": spec}
    try:
        decoded = decode(resource, body)
    except BadRequest:
        return
    assert decode(resource, decoded) == decoded


def test_a_pod(api: Any, pod: Any) -> None:
    made = api.post("/api/v1/namespaces/demo/pods", pod)
    assert made["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    wanted = {
        "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
        "terminationGracePeriodSeconds": 30, "enableServiceLinks": True,
    }  # fmt: skip
    assert wanted.items() <= made["spec"].items()
    container = {"imagePullPolicy": "IfNotPresent", "terminationMessagePath": "/dev/termination-log"}
    assert container.items() <= made["spec"]["containers"][0].items()


def test_a_deployment_of_either_group(api: Any, deployment: Any) -> None:
    made = api.post("/apis/apps/v1/namespaces/demo/deployments", deployment)
    assert made["spec"]["strategy"] == {
        "type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }  # fmt: skip
    assert (made["spec"]["replicas"], made["spec"]["revisionHistoryLimit"]) == (1, 10)
    assert made["spec"]["template"]["metadata"]["creationTimestamp"] is None
    deployment["metadata"]["name"] = "old"
    del deployment["spec"]["selector"]
    made = api.post("/apis/extensions/v1beta1/namespaces/demo/deployments", deployment)
    assert made["apiVersion"] == "extensions/v1beta1"
    assert made["spec"]["selector"] == {"matchLabels": {"app": "web"}}
    assert made["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 1}


@pytest.mark.parametrize(
    ("image", "policy"),
    [("web", "Always"), ("web:latest", "Always"), ("web:1", "IfNotPresent"), ("host:5000/web", "Always"),
     ("quay.io/web@sha256:0", "IfNotPresent")],
)  # fmt: skip
def test_the_pull_policy_follows_the_image(image: str, policy: str) -> None:
    pod = {"spec": {"containers": [{"name": "c", "image": image}]}}
    made = apply_defaults(row("", "v1", "pods"), pod)
    assert made["spec"]["containers"][0]["imagePullPolicy"] == policy


@pytest.mark.parametrize(
    ("resources", "quality"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}, "Burstable"),
    ],
)
def test_quality_of_service(resources: Any, quality: str) -> None:
    assert quality_of_service({"containers": [{"resources": resources}]}) == quality


def test_services_get_addresses_and_ports_that_nobody_has(api: Any) -> None:
    seen: set[Any] = set()
    for number in range(20):
        spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
        made = api.post("/api/v1/namespaces/demo/services", {"metadata": {"name": f"s{number}"}, "spec": spec})["spec"]
        assert made["clusterIP"].startswith("172.30.")
        assert made["ports"][0]["targetPort"] == 80
        seen |= {made["clusterIP"], made["ports"][0]["nodePort"]}
    assert len(seen) == 40


def test_a_job_finds_its_own_pods(api: Any, pod: Any) -> None:
    template = {"spec": {**pod["spec"], "restartPolicy": "Never"}}
    made = api.post("/apis/batch/v1/namespaces/demo/jobs", {"metadata": {"name": "j"}, "spec": {"template": template}})
    uid = made["metadata"]["uid"]
    assert made["spec"]["selector"] == {"matchLabels": {"controller-uid": uid}}
    assert made["spec"]["template"]["metadata"]["labels"] == {"controller-uid": uid, "job-name": "j"}


def test_a_route_gets_a_host_below_the_applications_domain(api: Any) -> None:
    api.post("/apis/config.openshift.io/v1/ingresses", {"metadata": {"name": "cluster"}, "spec": {"domain": "apps.x"}})
    made = api.post(
        "/apis/route.openshift.io/v1/namespaces/demo/routes", {"metadata": {"name": "r"}, "spec": {"to": {"name": "s"}}}
    )
    assert made["spec"]["host"] == "r-demo.apps.x"
    assert made["spec"]["to"] == {"kind": "Service", "name": "s", "weight": 100}


# -- what later releases fill in


def test_a_service_of_today(modern: Any) -> None:
    ports = [{"port": 80}]
    made = modern.post("/api/v1/namespaces/demo/services", {"metadata": {"name": "web"}, "spec": {"ports": ports}})
    address = made["spec"]["clusterIP"]
    assert made["spec"] == {
        "clusterIP": address, "clusterIPs": [address], "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack", "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        "sessionAffinity": "None", "type": "ClusterIP",
    }  # fmt: skip
    spec = {"clusterIP": "None", "selector": {"app": "web"}, "ports": ports}
    headless = modern.post("/api/v1/namespaces/demo/services", {"metadata": {"name": "all"}, "spec": spec})
    assert (headless["spec"]["clusterIPs"], headless["spec"]["ipFamilyPolicy"]) == (["None"], "SingleStack")
    spec = {"type": "LoadBalancer", "ports": ports}
    balanced = modern.post("/api/v1/namespaces/demo/services", {"metadata": {"name": "lb"}, "spec": spec})
    assert balanced["spec"]["allocateLoadBalancerNodePorts"] is True
    spec = {"type": "ExternalName", "externalName": "example.com"}
    named = modern.post("/api/v1/namespaces/demo/services", {"metadata": {"name": "far"}, "spec": spec})
    assert named["spec"] == {**spec, "sessionAffinity": "None"}


TEMPLATE = {"spec": {"containers": [{"name": "main", "image": "busybox"}], "restartPolicy": "Never"}}


def test_a_job_of_today(modern: Any) -> None:
    body = {"metadata": {"name": "once"}, "spec": {"template": TEMPLATE}}
    made = modern.post("/apis/batch/v1/namespaces/demo/jobs", body)
    uid, spec = made["metadata"]["uid"], made["spec"]
    own = {"batch.kubernetes.io/controller-uid": uid}
    assert spec["selector"] == {"matchLabels": own}
    labels = {**own, "batch.kubernetes.io/job-name": "once", "controller-uid": uid, "job-name": "once"}
    assert spec["template"]["metadata"]["labels"] == made["metadata"]["labels"] == labels
    assert {key: value for key, value in spec.items() if key not in ("selector", "template")} == {
        "backoffLimit": 6, "completionMode": "NonIndexed", "completions": 1, "manualSelector": False, "parallelism": 1,
        "podReplacementPolicy": "TerminatingOrFailed", "suspend": False,
    }  # fmt: skip
    assert made["metadata"]["generation"] == 1


@pytest.mark.parametrize("release", RELEASES)
def test_the_template_of_a_cron_job_stays_as_it_was_written(release: str) -> None:
    """Source: batch/v1/zz_generated.defaults.go: SetDefaults_Job is of a Job."""
    kind = next(item for item in builtin_table(RELEASES[release]).rows if item.plural == "cronjobs")
    made = apply_defaults(kind, {"spec": {"jobTemplate": {"spec": {"template": TEMPLATE}}}})
    job = made["spec"]["jobTemplate"]
    assert job["metadata"] == {"creationTimestamp": None}
    assert list(job["spec"]) == ["template"]


@pytest.mark.parametrize(
    ("kind", "spec", "filled"),
    [
        ("csidrivers", {}, {"attachRequired": True, "fsGroupPolicy": "ReadWriteOnceWithFSType", "podInfoOnMount": False,
                            "requiresRepublish": False, "seLinuxMount": False, "storageCapacity": False,
                            "volumeLifecycleModes": ["Persistent"]}),
        ("daemonsets", {}, {"updateStrategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
                                               "type": "RollingUpdate"}}),
        ("statefulsets", {}, {"persistentVolumeClaimRetentionPolicy":
                              {"whenDeleted": "Retain", "whenScaled": "Retain"}}),
        ("horizontalpodautoscalers", {}, {"minReplicas": 1, "metrics": [{"type": "Resource", "resource": {
            "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]}),
    ],
)  # fmt: skip
def test_fields_that_came_later(kind: str, spec: Any, filled: Any) -> None:
    found = next(item for item in builtin_table(MODERN).rows if item.plural == kind)
    assert filled.items() <= apply_defaults(found, {"spec": spec})["spec"].items()


def test_a_namespace_carries_its_name_as_a_label(api: Any, modern: Any) -> None:
    label = {"kubernetes.io/metadata.name": "demo"}
    assert modern.get("/api/v1/namespaces/demo")["metadata"]["labels"] == label
    assert "labels" not in api.get("/api/v1/namespaces/demo")["metadata"]
    assert modern.patch("/api/v1/namespaces/demo", {"metadata": {"labels": None}})["metadata"]["labels"] == label


def test_a_volume_tells_when_its_phase_changed(modern: Any) -> None:
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}
    made = modern.post("/api/v1/persistentvolumes", {"metadata": {"name": "v"}, "spec": spec})
    assert made["status"] == {"phase": "Pending", "lastPhaseTransitionTime": "2019-10-28T09:00:00Z"}
    modern.clock.advance(60)
    path = "/api/v1/persistentvolumes/v/status"
    changed = modern.patch(path, {"status": {"phase": "Available"}})
    assert changed["status"] == {"phase": "Available", "lastPhaseTransitionTime": "2019-10-28T09:01:00Z"}
    modern.clock.advance(60)
    assert modern.patch(path, {"status": {"message": "fine"}})["status"]["lastPhaseTransitionTime"].endswith(
        "09:01:00Z"
    )


def test_fields_are_those_of_the_release(api: Any, modern: Any, pod: Any) -> None:
    pod["spec"]["topologySpreadConstraints"] = [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    ]
    assert "topologySpreadConstraints" not in api.post("/api/v1/namespaces/demo/pods", pod)["spec"]
    made = modern.post("/api/v1/namespaces/demo/pods", pod)["spec"]
    assert made["topologySpreadConstraints"] == pod["spec"]["topologySpreadConstraints"]
