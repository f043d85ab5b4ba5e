"""kubectl as it comes from Debian (1.20), and a newer one where the machine has it, through its verbs.

The texts are those that both print of a cluster of Kubernetes 1.33.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from simulator.server.service import Service
from tests.clients.conftest import Kubectl

_NUMBERS = itertools.count(1)
NODE = "ip-10-0-38-60.us-east-2.compute.internal"
HTTPD = "registry.access.redhat.com/ubi9/httpd-24"
UBI = "registry.access.redhat.com/ubi9/ubi"
DEPLOYMENT = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers: [{{name: web, image: {HTTPD}, ports: [{{containerPort: 8080}}]}}]
"""


@pytest.fixture
def project(kubectl: Kubectl) -> Iterator[str]:
    name = f"project-{next(_NUMBERS)}"
    assert kubectl.out(f"create namespace {name}") == f"namespace/{name} created\n"
    yield name
    kubectl.out(f"delete namespace {name} --wait=false")


def test_what_the_cluster_is(kubectl: Kubectl) -> None:
    assert "v1.33.5" in kubectl.out("version -o yaml")
    nodes = kubectl.out("get nodes").splitlines()
    assert nodes[0].split() == ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]
    assert [line.split()[1] for line in nodes[1:]] == ["Ready"] * 6
    assert kubectl.out("get --raw /readyz") == "ok"
    assert "apps/v1\n" in kubectl.out("api-versions")
    resources = kubectl.out("api-resources --api-group=apps --no-headers")
    assert re.search(r"^deployments +deploy +apps/v1 +true +Deployment$", resources, re.M)


def test_apply_diff_and_replace(kubectl: Kubectl, project: str) -> None:
    apply = f"-n {project} apply -f -"
    assert kubectl.out(apply, DEPLOYMENT) == "deployment.apps/web created\n"
    assert kubectl.out(apply, DEPLOYMENT) == "deployment.apps/web unchanged\n"
    more = DEPLOYMENT.replace("replicas: 2", "replicas: 3")
    status, difference, _ = kubectl.run(f"-n {project} diff -f -", more)
    assert status == 1
    assert "-  replicas: 2\n+  replicas: 3\n" in difference
    assert kubectl.out(apply, more) == "deployment.apps/web configured\n"
    assert kubectl.out(f"-n {project} get deployment web -o jsonpath={{.spec.replicas}}") == "3"
    assert kubectl.out(f"-n {project} replace -f -", DEPLOYMENT) == "deployment.apps/web replaced\n"


def test_an_unknown_field_is_found_before_it_is_sent(kubectl: Kubectl, project: str) -> None:
    """1.20 asks OpenAPI v2 (in protobuf) itself; newer ones leave it to the server. Both name the field."""
    wrong = DEPLOYMENT.replace("  replicas: 2", "  replicaz: 2")
    status, _, error = kubectl.run(f"-n {project} apply -f -", wrong)
    assert status == 1
    assert "replicaz" in error
    assert "unknown field" in error
    assert kubectl.run(f"-n {project} get deployment web")[0] == 1


def test_a_roll_out(kubectl: Kubectl, project: str) -> None:
    n = f"-n {project}"
    assert kubectl.out(f"{n} create deployment web --image={HTTPD}") == "deployment.apps/web created\n"
    assert kubectl.out(f"{n} rollout status deployment/web").endswith('deployment "web" successfully rolled out\n')
    assert kubectl.out(f"{n} scale deployment/web --replicas=3") == "deployment.apps/web scaled\n"
    assert kubectl.out(f"{n} wait --for=condition=Available deployment/web --timeout=30s").endswith("condition met\n")
    assert kubectl.out(f"{n} set image deployment/web httpd-24={UBI}:latest") == "deployment.apps/web image updated\n"
    assert kubectl.out(f"{n} rollout undo deployment/web") == "deployment.apps/web rolled back\n"
    history = kubectl.out(f"{n} rollout history deployment/web").splitlines()
    assert [line.split() for line in history[1:] if line] == [
        ["REVISION", "CHANGE-CAUSE"], ["2", "<none>"], ["3", "<none>"],
    ]  # fmt: skip
    assert kubectl.out(f"{n} rollout restart deployment/web") == "deployment.apps/web restarted\n"
    pods = kubectl.out(f"{n} get pods --no-headers").splitlines()
    assert [line.split()[1:3] for line in pods] == [["1/1", "Running"]] * 3
    assert "Replicas:               3 desired" in kubectl.out(f"{n} describe deployment web")
    assert kubectl.out(f"{n} delete deployment web") == 'deployment.apps "web" deleted\n'.replace(
        " deleted", f" deleted from {project} namespace" if kubectl.version() >= (1, 34) else " deleted"
    )


def test_changes_of_one_object(kubectl: Kubectl, project: str) -> None:
    n = f"-n {project}"
    kubectl.out(f"{n} create configmap a --from-literal=x=1")
    assert kubectl.out(f"{n} label configmap a tier=front") == "configmap/a labeled\n"
    assert kubectl.out(f"{n} annotate configmap a note=here") == "configmap/a annotated\n"
    for kind, patch in (
        ("strategic", '{"data":{"x":"2"}}'),
        ("merge", '{"data":{"y":"3"}}'),
        ("json", '[{"op":"remove","path":"/data/y"}]'),
    ):
        assert kubectl.out(f"{n} patch configmap a --type={kind} -p {patch}") == "configmap/a patched\n"
    found = json.loads(kubectl.out(f"{n} get configmap a -o json"))
    assert found["data"] == {"x": "2"}
    assert (found["metadata"]["labels"], found["metadata"]["annotations"]) == ({"tier": "front"}, {"note": "here"})
    assert kubectl.out(f"{n} get configmap -l tier=front -o name") == "configmap/a\n"


def test_what_create_makes(kubectl: Kubectl, project: str) -> None:
    """These come as protobuf."""
    n = f"-n {project} create"
    made = [
        kubectl.out(f"{n} {line}").split()[0]
        for line in (
            "secret generic s --from-literal=k=v",
            "serviceaccount bot",
            "role reader --verb=get --resource=pods",
            "rolebinding readers --role=reader --user=developer",
            "quota q --hard=pods=5",
            f"job j --image={UBI} -- true",
            "service clusterip web --tcp=80:8080",
        )
    ]
    assert made == [
        "secret/s", "serviceaccount/bot", "role.rbac.authorization.k8s.io/reader",
        "rolebinding.rbac.authorization.k8s.io/readers", "resourcequota/q", "job.batch/j", "service/web",
    ]  # fmt: skip
    assert kubectl.out(f"-n {project} get secret s -o jsonpath={{.data.k}}") == "dg=="
    assert kubectl.out(f"-n {project} wait --for=condition=Complete job/j --timeout=30s").endswith("condition met\n")


def test_refusals(kubectl: Kubectl, project: str) -> None:
    n = f"-n {project}"
    assert kubectl.run(f"{n} get pod none") == (1, "", 'Error from server (NotFound): pods "none" not found\n')
    kubectl.out(f"{n} create configmap a")
    status, _, error = kubectl.run(f"{n} create configmap a")
    assert (status, error.endswith('configmaps "a" already exists\n')) == (1, True)
    status, _, error = kubectl.run(f"{n} --as=developer get pods")
    assert (status, error) == (
        1,
        'Error from server (Forbidden): pods is forbidden: User "developer" cannot list resource "pods" in API group '
        f'"" in the namespace "{project}"\n',
    )
    assert kubectl.out("auth can-i create pods") == "yes\n"
    assert kubectl.run(f"{n} auth can-i create pods --as=developer")[:2] == (1, "no\n")


def test_explain_reads_openapi(kubectl: Kubectl) -> None:
    text = kubectl.out("explain deployment.spec.replicas")
    assert re.search(r"KIND: +Deployment", text)
    assert re.search(r"FIELD: +replicas <integer>", text)
    group = "--api-version=imageregistry.operator.openshift.io/v1"
    assert re.search(r"replicas\t<integer>", kubectl.out(f"explain configs.spec {group} --recursive"))


def test_nodes_are_cordoned_and_tainted(kubectl: Kubectl) -> None:
    assert kubectl.out(f"cordon {NODE}") == f"node/{NODE} cordoned\n"
    assert "SchedulingDisabled" in kubectl.out(f"get node {NODE}")
    assert kubectl.out(f"uncordon {NODE}") == f"node/{NODE} uncordoned\n"
    assert kubectl.out(f"taint nodes {NODE} k=v:NoSchedule") == f"node/{NODE} tainted\n"
    assert kubectl.out(f"taint nodes {NODE} k-") == f"node/{NODE} untainted\n"


def test_a_watch_and_events(kubectl: Kubectl, project: str, service: Service) -> None:
    kubectl.out(f"-n {project} run first --image={UBI} --restart=Never -- sleep 1000")
    watching = subprocess.Popen(
        [kubectl.binary, "-n", project, "get", "pods", "-w", "--no-headers"],
        stdout=subprocess.PIPE,
        text=True,
        env=kubectl.environment(),
    )
    assert watching.stdout is not None
    assert watching.stdout.readline().startswith("first ")
    kubectl.out(f"-n {project} run tool --image={UBI} --restart=Never -- sleep 1000")
    seen = [watching.stdout.readline().split()[2] for _ in range(3)]
    watching.terminate()
    watching.communicate(timeout=10)
    assert seen == ["Pending", "Pending", "ContainerCreating"]
    kubectl.out(f"-n {project} wait --for=condition=Ready pod/tool --timeout=30s")
    events = kubectl.out(f"-n {project} get events --field-selector=involvedObject.name=tool --no-headers")
    assert "Successfully pulled image" in events
    assert kubectl.out(f"-n {project} delete pod tool --wait=true --grace-period=1").startswith('pod "tool" deleted')
