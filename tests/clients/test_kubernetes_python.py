"""The official Python client: typed APIs, custom objects, the dynamic client, watches, leader election."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.server.service import Service

kubernetes = pytest.importorskip("kubernetes")
from kubernetes import client, dynamic, watch  # noqa: E402
from kubernetes.leaderelection import electionconfig, leaderelection  # noqa: E402
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock  # noqa: E402

POD = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "registry.access.redhat.com/ubi9/httpd-24"}]},
}

# These clients leave connections open.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def api(service: Service) -> Iterator[Any]:
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    api = kubernetes.config.new_client_from_config(str(service.folder / "kubeconfig"))
    client.Configuration.set_default(api.configuration)  # the leader election asks for no client
    core = client.CoreV1Api(api)
    core.create_namespace({"metadata": {"name": "py"}})
    yield api
    core.delete_namespace("py")
    api.close()


@pytest.fixture
def core(api: Any) -> Any:
    return client.CoreV1Api(api)


def deployment(name: str, replicas: int) -> dict[str, Any]:
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": POD}
    return {"metadata": {"name": name}, "spec": spec}


def test_every_pod_of_the_cluster_is_read(core: Any) -> None:
    """Typed models refuse values that are not of their types: a whole cluster is a good sample."""
    pods = core.list_pod_for_all_namespaces().items
    assert len(pods) > 200
    assert {pod.status.phase for pod in pods} <= {"Running", "Succeeded", "Pending"}
    assert core.list_node().items[0].status.node_info.kubelet_version == "v1.33.5"


def test_pages_make_up_the_list(core: Any) -> None:
    whole = [pod.metadata.name for pod in core.list_pod_for_all_namespaces().items]
    names, token = [], None
    while token is None or token:
        page = core.list_pod_for_all_namespaces(limit=100, _continue=token)
        names += [pod.metadata.name for pod in page.items]
        token = page.metadata._continue or ""
    assert names == whole


def test_a_deployment_is_watched_until_it_is_there(api: Any) -> None:
    apps = client.AppsV1Api(api)
    apps.create_namespaced_deployment("py", deployment("web", 2))
    watching = watch.Watch()
    seen = []
    for event in watching.stream(apps.list_namespaced_deployment, "py", timeout_seconds=20):
        seen.append(event["object"].status.ready_replicas or 0)
        if seen[-1] == 2:
            watching.stop()
    assert seen[-1] == 2
    assert apps.patch_namespaced_deployment_scale("web", "py", {"spec": {"replicas": 1}}).spec.replicas == 1


def test_a_conflict(core: Any) -> None:
    core.create_namespaced_config_map("py", {"metadata": {"name": "a"}, "data": {"x": "1"}})
    old = core.read_namespaced_config_map("a", "py")
    core.patch_namespaced_config_map("a", "py", {"data": {"y": "2"}})
    with pytest.raises(client.ApiException) as refused:
        core.replace_namespaced_config_map("a", "py", old)
    assert (refused.value.status, refused.value.reason) == (409, "Conflict")


def test_custom_objects(api: Any) -> None:
    things = {"plural": "things", "singular": "thing", "kind": "Thing"}
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer", "default": 3}}}},
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {"group": "example.com", "scope": "Namespaced", "names": things, "versions": [version]}
    definitions, custom = client.ApiextensionsV1Api(api), client.CustomObjectsApi(api)
    definitions.create_custom_resource_definition({"metadata": {"name": "things.example.com"}, "spec": spec})
    kind = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "one"}, "spec": {}}
    made = custom.create_namespaced_custom_object("example.com", "v1", "py", "things", kind)
    assert made["spec"] == {"size": 3}
    definitions.delete_custom_resource_definition("things.example.com")


def test_the_dynamic_client_finds_the_kinds_of_openshift(api: Any) -> None:
    routes = dynamic.DynamicClient(api).resources.get(api_version="route.openshift.io/v1", kind="Route")
    hosts = [route.spec.host for route in routes.get(namespace="openshift-console").items]
    assert any(host.startswith("console-openshift-console.apps.") for host in hosts)


def test_logs(core: Any) -> None:
    namespace = "openshift-image-registry"
    pod = core.list_namespaced_pod(namespace, label_selector="docker-registry=default").items[0]
    text = core.read_namespaced_pod_log(pod.metadata.name, namespace, tail_lines=2)
    assert len(text.splitlines()) == 2


def test_a_leader_is_elected(api: Any) -> None:
    leading = threading.Event()
    config = electionconfig.Config(
        ConfigMapLock("lock", "py", "me"),
        lease_duration=4,
        renew_deadline=3,
        retry_period=1,
        onstarted_leading=leading.set,
        onstopped_leading=None,
    )

    def run() -> None:
        with contextlib.suppress(Exception):  # it goes on until its cluster is gone
            leaderelection.LeaderElection(config).run()

    threading.Thread(target=run, daemon=True).start()
    assert leading.wait(10)
