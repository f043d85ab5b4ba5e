"""What is worked out when it is read: leases of nodes, API services."""

from __future__ import annotations

from typing import Any

from simulator.errors import Object

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"


def node(status: str) -> Object:
    condition = {"type": "Ready", "status": status, "lastTransitionTime": "2019-10-28T09:01:00Z"}
    return {"metadata": {"name": "n"}, "status": {"conditions": [condition]}}


def test_a_living_node_renews_its_lease_though_nobody_writes(modern: Any) -> None:
    modern.post("/api/v1/namespaces", {"metadata": {"name": "kube-node-lease"}})
    spec = {"holderIdentity": "n", "leaseDurationSeconds": 40, "renewTime": "2019-10-28T09:00:00.000000Z"}
    modern.post(LEASES, {"metadata": {"name": "n"}, "spec": spec})
    modern.post("/api/v1/nodes", {"metadata": {"name": "n"}})
    modern.put("/api/v1/nodes/n/status", node("True"))
    revision = modern.server.state.revision
    modern.clock.advance(95)
    assert modern.get(f"{LEASES}/n")["spec"]["renewTime"] == "2019-10-28T09:01:30.000000Z"
    assert modern.get(LEASES)["items"][0]["spec"]["renewTime"] == "2019-10-28T09:01:30.000000Z"
    assert modern.server.state.revision == revision
    modern.put("/api/v1/nodes/n/status", node("Unknown"))
    modern.clock.advance(95)
    assert modern.get(f"{LEASES}/n")["spec"]["renewTime"] == "2019-10-28T09:00:20.000000Z"


def test_each_version_of_a_group_has_its_service(modern: Any) -> None:
    found = {one["metadata"]["name"]: one for one in modern.get(SERVICES)["items"]}
    assert {"v1.", "v1.apps", "v2.autoscaling", "v1.config.openshift.io"} <= found.keys()
    assert found["v1.apps.openshift.io"]["spec"]["service"] == {
        "name": "api", "namespace": "openshift-apiserver", "port": 443}  # fmt: skip
    assert "v1.infra.ocsim.dev" not in found
    headers, rows = modern.table(SERVICES)
    assert headers == ["NAME", "SERVICE", "AVAILABLE", "AGE"]
    assert ["v1.apps", "Local", "True"] in [row[:3] for row in rows]
    own = {"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100}
    modern.post(SERVICES, {"metadata": {"name": "v1beta1.metrics.k8s.io"}, "spec": own})
    assert modern.get(f"{SERVICES}/v1beta1.metrics.k8s.io")["spec"]["group"] == "metrics.k8s.io"
