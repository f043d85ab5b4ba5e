"""``oc debug`` without a kubelet: the pod that it would create. The texts are those of the real oc 4.20."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

CONTAINER = {
    "name": "web",
    "image": "nginx",
    "args": ["-v"],
    "livenessProbe": {"tcpSocket": {"port": 80}},
    "ports": [{"containerPort": 80, "hostPort": 80}],
}


@pytest.fixture
def bench(modern: Any) -> Any:
    pod = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [CONTAINER]}}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": pod}
    modern.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    modern.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a.example"}})
    return modern


def test_a_copy_has_no_labels_probes_and_ports_of_the_host(bench: Any) -> None:
    ran = bench.run("oc debug deploy/web -o yaml A=b --as-root -- id")
    assert (ran.status, ran.stderr) == (0, "")
    pod = yaml.safe_load(ran.stdout)
    assert pod["metadata"]["name"].startswith("web-debug-")
    assert "labels" not in pod["metadata"]
    assert pod["metadata"]["annotations"]["debug.openshift.io/source-resource"] == ("apps/v1, Resource=deployments/web")
    container = pod["spec"]["containers"][0]
    assert container["command"] == ["id"]
    assert not {"args", "livenessProbe", "stdin"} & container.keys()
    assert (container["env"], container["securityContext"]) == ([{"name": "A", "value": "b"}], {"runAsUser": 0})
    assert "hostPort" not in container["ports"][0]


def test_a_pod_on_a_node_has_its_files(bench: Any) -> None:
    pod = yaml.safe_load(bench.run("oc debug node/a.example -n demo -o yaml").stdout)
    assert pod["metadata"]["name"].startswith("aexample-debug-")
    assert pod["spec"]["nodeName"] == "a.example"
    assert pod["spec"]["containers"][0]["volumeMounts"] == [{"mountPath": "/host", "name": "host"}]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("oc debug -t -I", "you may not specify -I and -t together\nSee 'oc debug -h' for help and examples"),
        ("oc debug pod/x --as-root --as-user=5", "you may not specify --as-root and --as-user=5 at the same time"),
        ("oc debug deploy/web -c no", 'the container "no" is not a valid container name; must be one of [web]'),
    ],
)
def test_wrong_command_lines(bench: Any, line: str, error: str) -> None:
    ran = bench.run(line)
    assert (ran.status, ran.stderr) == (1, f"error: {error}\n")
