"""``oc status``: what belongs together, and how far it is. Texts: clients of the 4.2 era."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.types import GVR
from simulator.oc.exposure import route_lines, service_text
from simulator.oc.overview import pod_summary

HEAD = "In project demo on server https://api.example.com:6443\n"
REPLICA_SETS = GVR("apps", "v1", "replicasets")
PROBE = {"livenessProbe": {"tcpSocket": {"port": 80}}}


def workload(bench: Any, kind: str, name: str, **container: Any) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "main", "image": f"{name}:1", **container}]},
    }
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
    made: dict[str, Any] = bench.create(
        {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
    )
    return made


def replica_set(bench: Any, owner: dict[str, Any], revision: int, ready: int, replicas: int = 1) -> None:
    name = f"{owner['metadata']['name']}-{revision}"
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": owner["metadata"]["name"],
                 "uid": owner["metadata"]["uid"], "controller": True}  # fmt: skip
    annotations = {"deployment.kubernetes.io/revision": str(revision)}
    made = bench.create({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": name, "annotations": annotations, "ownerReferences": [reference]},
        "spec": {**owner["spec"], "replicas": replicas, "strategy": None},
    })  # fmt: skip
    bench.client.update_status(REPLICA_SETS, {**made, "status": {"replicas": replicas, "readyReplicas": ready}})


def service(bench: Any, name: str, **spec: Any) -> None:
    wanted = {"clusterIP": "172.30.0.9", "ports": [{"port": 80, "targetPort": 8080}], "selector": {"app": name}, **spec}
    bench.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": wanted})


def annotate_revision(bench: Any, revision: int) -> None:
    patch = {"metadata": {"annotations": {"deployment.kubernetes.io/revision": str(revision)}}}
    bench.client.patch(GVR("apps", "v1", "deployments"), "web", patch, "demo")


def test_an_empty_project(bench: Any) -> None:
    assert bench.run("oc status").stdout == (
        f"{HEAD}\nYou have no services, deployment configs, or build configs.\n"
        "Run 'oc new-app' to create an application.\n"
    )


def test_a_service_and_its_deployment(bench: Any) -> None:
    """A single image is followed by a space: there a trigger would be told."""
    made = workload(bench, "Deployment", "web", **PROBE)
    annotate_revision(bench, 2)
    replica_set(bench, made, 1, ready=0, replicas=0)
    replica_set(bench, made, 2, ready=0)
    service(bench, "web")
    bench.clock.advance(3 * 3600)
    assert bench.run("oc status").stdout == (
        f"{HEAD}\nsvc/web - 172.30.0.9:80 -> 8080\n  deployment/web deploys web:1 \n"
        "    deployment #2 running for 3 hours - 0/1 pods\n    deployment #1 deployed 3 hours ago\n\n"
        "View details with 'oc describe <resource>/<name>' or list everything with 'oc get all'.\n"
    )


def test_a_workload_alone_and_what_it_lacks(bench: Any) -> None:
    workload(bench, "DaemonSet", "agent")
    assert bench.run("oc status").stdout == (
        f"{HEAD}\ndaemonset/agent manages agent:1 \n  generation #1 running for less than a second\n\n\n"
        "1 info identified, use 'oc status --suggest' to see details.\n"
    )
    assert bench.run("oc status --suggest").stdout.endswith(
        "\nInfo:\n  * daemonset/agent has no liveness probe to verify pods are still running.\n"
        "    try: oc set probe daemonset/agent --liveness ...\n\n"
        "You have no services, deployment configs, or build configs.\nRun 'oc new-app' to create an application.\n"
    )


def test_a_crash_loop_is_an_error(bench: Any) -> None:
    bench.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}})
    spec = {"containers": [{"name": "main", "image": "i", **PROBE}]}
    made = bench.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec})
    state = {"name": "main", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    bench.client.update_status(
        GVR("", "v1", "pods"), {**made, "status": {"phase": "Running", "containerStatuses": [state]}}
    )
    assert bench.run("oc status").stdout == (
        f"{HEAD}\npod/web runs i\n\nErrors:\n  * pod/web is crash-looping\n\n"
        "1 error identified, use 'oc status --suggest' to see details.\n"
    )
    assert "      oc logs web -c main\n" in bench.run("oc status --suggest").stdout


def test_all_projects(bench: Any) -> None:
    workload(bench, "StatefulSet", "db", **PROBE)
    shown = bench.run("oc status -A").stdout
    assert shown.startswith(
        "Showing all projects on server https://api.example.com:6443\n\nstatefulset/db[demo] manages db:1\n"
    )


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"clusterIP": "10.0.0.1", "ports": [{"port": 5000, "targetPort": 5000}]}, "svc/a - 10.0.0.1:5000"),
        ({"clusterIP": "None", "ports": [{"port": 80, "targetPort": 8080}]}, "svc/a (headless):80"),
        ({"clusterIP": "10.0.0.1"}, "svc/a - 10.0.0.1 no ports"),
        (
            {"clusterIP": "10.0.0.1", "ports": [{"port": 80, "targetPort": 8080}, {"port": 443, "targetPort": 443}]},
            "svc/a - 10.0.0.1 ports 80->8080, 443",
        ),
        ({"type": "NodePort", "clusterIP": "10.0.0.1", "ports": [{"port": 80, "targetPort": 80, "nodePort": 30080}]},
         "svc/a (all nodes):30080 -> 80"),
        ({"type": "ExternalName", "externalName": "x.example.com"}, "svc/a - x.example.com"),
        ({}, "svc/a <initializing> no ports"),
    ],
)  # fmt: skip
def test_addresses_of_services(spec: dict[str, Any], text: str) -> None:
    assert service_text("svc/a", spec) == text


def route(host: str = "h", *, admitted: str = "True", **spec: Any) -> dict[str, Any]:
    condition = {"type": "Admitted", "status": admitted, "reason": "HostAlreadyClaimed"}
    ingress = [{"host": host, "conditions": [condition]}] if host else []
    return {
        "metadata": {"name": "r", "namespace": "demo"},
        "spec": {"host": host, "to": {"name": "a"}, **spec},
        "status": {"ingress": ingress},
    }


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (route(), "http://h"),
        (route(port={"targetPort": "http"}), "http://h to pod port http"),
        (route(tls={"termination": "reencrypt"}), "https://h (reencrypt)"),
        (route(tls={"termination": "edge", "insecureEdgeTerminationPolicy": "Redirect"}), "https://h (redirects)"),
        (route(admitted="False"), "route/r not accepted: HostAlreadyClaimed"),
        (route(""), "route/r has no host set"),
    ],
)
def test_lines_of_routes(one: dict[str, Any], line: str) -> None:
    assert route_lines({"metadata": {"name": "a", "namespace": "demo"}}, [one]) == [line]


@pytest.mark.parametrize(
    ("counts", "text"),
    [((1, 1, 1), " - 1 pod"), ((0, 1, 1), " - 0/1 pods"), ((1, 1, 2), " - 1/2 pods growing to 2"), ((0, 0, 0), ""),
     ((2, 3, 2), " - 2 pods reducing to 2"), ((1, 1, 1, 4), " - 1 pod (warning: 4 restarts)")],
)  # fmt: skip
def test_summaries_of_pods(counts: tuple[int, ...], text: str) -> None:
    assert pod_summary(*counts) == text
