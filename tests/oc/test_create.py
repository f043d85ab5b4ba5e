from __future__ import annotations

from typing import Any

import pytest

PVC = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: ocs4registry}
spec:
  storageClassName: ocs-storagecluster-cephfs
  accessModes: [ReadWriteMany]
  resources: {requests: {storage: 100Gi}}
"""


def test_from_a_file_and_once_more(bench: Any) -> None:
    bench.fs.add("/lab/pvc.yaml", PVC)
    assert bench.run("cd lab; oc create -f pvc.yaml").stdout == "persistentvolumeclaim/ocs4registry created\n"
    again = bench.run("oc create -f lab/pvc.yaml")
    assert again.stderr == (
        'Error from server (AlreadyExists): error when creating "lab/pvc.yaml": '
        'persistentvolumeclaims "ocs4registry" already exists\n'
    )
    assert again.status == 1


def test_from_a_process_substitution(bench: Any) -> None:
    line = 'oc create -f <(echo \'{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}\');'
    assert bench.run(line).stdout == "configmap/x created\n"
    assert 'error when creating "/dev/fd/63": configmaps "x" already exists' in bench.run(line).stderr


@pytest.mark.parametrize("verb", ["create", "apply"])
@pytest.mark.parametrize(
    ("bad", "stderr"),
    [
        ("{kind: Zed, apiVersion: foo.com/v1}", 'error: unable to recognize "f": no matches for kind "Zed" in version'),
        ("a: b: c", "error: error parsing f: error converting YAML to JSON: yaml: "),
        ("{apiVersion: v1}", "error: unable to decode \"f\": Object 'Kind' is missing in '"),
    ],
)
def test_what_stands_before_a_bad_document_is_done(bench: Any, verb: str, bad: str, stderr: str) -> None:
    """The client reads a file as a stream: an error in the second document does not take back the first."""
    bench.fs.add("/f", f"kind: ConfigMap\napiVersion: v1\nmetadata: {{name: one}}\n---\n{bad}\n")
    ran = bench.run(f"oc {verb} -f f")
    assert (ran.stdout, ran.status) == ("configmap/one created\n", 1)
    assert ran.stderr.startswith(stderr)


def test_from_stdin(bench: Any) -> None:
    assert bench.run("oc create -f -", stdin=PVC).stdout == "persistentvolumeclaim/ocs4registry created\n"
    assert 'error when creating "STDIN": ' in bench.run("oc create -f -", stdin=PVC).stderr


def test_several_documents_lists_and_directories(bench: Any) -> None:
    bench.fs.add("/d/b.yaml", "kind: ServiceAccount\napiVersion: v1\nmetadata: {name: b}\n---\n---\n" + PVC)
    bench.fs.add(
        "/d/a.json",
        '{"kind":"List","apiVersion":"v1","items":[{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"}}]}',
    )
    bench.fs.add("/d/ignored.txt", "x")
    bench.fs.add("/d/below/c.yml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: c}\n")
    ran = bench.run("oc create -f /d")
    assert ran.stdout == "configmap/a created\nserviceaccount/b created\npersistentvolumeclaim/ocs4registry created\n"
    assert bench.run("oc delete -f /d --wait=false").status == 0
    assert "configmap/c created" in bench.run("oc create -R -f /d").stdout


def test_one_failure_does_not_stop_the_rest(bench: Any) -> None:
    bench.run("oc create configmap x")
    bench.fs.add(
        "/f.yaml",
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n---\nkind: ConfigMap\napiVersion: "
        "v1\nmetadata: {name: z}\n",
    )
    ran = bench.run("oc create -f /f.yaml")
    assert ran.stdout == "configmap/z created\n"
    assert (
        ran.stderr
        == 'Error from server (AlreadyExists): error when creating "/f.yaml": configmaps "x" already exists\n'
    )


@pytest.mark.parametrize(
    ("text", "stderr"),
    [
        (
            "kind: Zed\napiVersion: foo.com/v1\n",
            'error: unable to recognize "f": no matches for kind "Zed" in version "foo.com/v1"',
        ),
        ("a: 1\n", "error: unable to decode \"f\": Object 'Kind' is missing in '{\"a\":1}'"),
        (
            "kind: Pod\nmetadata: {name: x}\n",
            'Error from server (NotFound): error when creating "f": the server could not find the requested resource',
        ),
        ('{"kind": "Pod"', "error: error parsing f: unexpected EOF"),
        (
            "a: b\n c: d\n",
            "error: error parsing f: error converting YAML to JSON: yaml: line 2: mapping values "
            "are not allowed in this "
            "context",
        ),
        ("", "error: no objects passed to create"),
        (
            "hello\n",
            'error: unable to decode "f": json: cannot unmarshal string into Go value of type unstructured.detector',
        ),
        (
            "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x, namespace: other}\n",
            'Error from server (NotFound): error when creating "f": namespaces "other" not found',
        ),
    ],
)
def test_bad_documents(bench: Any, text: str, stderr: str) -> None:
    bench.fs.add("/f", text)
    ran = bench.run("oc create -f f")
    assert (ran.stdout, ran.stderr, ran.status) == ("", stderr + "\n", 1)


@pytest.mark.parametrize(
    ("line", "stderr"),
    [
        ("oc create -f /nonexist", 'error: the path "/nonexist" does not exist'),
        ("oc create pvc x", "error: Unexpected args: [pvc x]\nSee 'oc create -h' for help and examples"),
        (
            "oc create -f https://example.com/x.yaml",
            "Unable to connect to the server: dial tcp: lookup example.com: no such host",
        ),
        (
            "oc create -n default -f /other.yaml",
            'error: the namespace from the provided object "demo" does not match the namespace "default". '
            "You must pass '--namespace=demo' to perform this operation.",
        ),
        ("oc create configmap x --from-literal=a", "error: invalid literal source a, expected key=value"),
        ("oc create configmap x --from-file=/none", "error: error reading /none: no such file or directory"),
    ],
)
def test_errors(bench: Any, line: str, stderr: str) -> None:
    bench.fs.add("/other.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x, namespace: demo}\n")
    ran = bench.run(line)
    assert (ran.stderr, ran.status) == (stderr + "\n", 1)


def test_without_a_file_the_usage_is_shown(bench: Any) -> None:
    ran = bench.run("oc create")
    assert ran.stderr.startswith("Error: must specify one of -f and -k\n\n\nUsage:\n  oc create -f FILENAME [flags]\n")
    assert ran.status == 1


@pytest.mark.parametrize(
    ("line", "stdout"),
    [
        ("oc create configmap c --from-literal=a=1 --from-file=k=/etc/f", "configmap/c created\n"),
        ("oc create secret generic s --from-literal=a=1", "secret/s created\n"),
        ("oc create secret tls t --cert=/etc/f --key=/etc/f", "secret/t created\n"),
        ("oc create ns foo", "namespace/foo created\n"),
        ("oc create serviceaccount bob", "serviceaccount/bob created\n"),
        ("oc create deployment web --image=quay.io/x/web:1", "deployment.apps/web created\n"),
        ("oc create job j --image=busybox -- echo hi", "job.batch/j created\n"),
        ("oc create quota q --hard=pods=2,services=1", "resourcequota/q created\n"),
        ("oc create service clusterip s --tcp=80:8080", "service/s created\n"),
        ("oc create rolebinding r --clusterrole=view --user=bob", "rolebinding.rbac.authorization.k8s.io/r created\n"),
        ("oc create -n default sa bob -o name", "serviceaccount/bob\n"),
        ("oc create sa bob --dry-run", "serviceaccount/bob created (dry run)\n"),
    ],
)
def test_generators(bench: Any, line: str, stdout: str) -> None:
    bench.fs.add("/etc/f", "content\n")
    ran = bench.run(line)
    assert (ran.stdout, ran.stderr, ran.status) == (stdout, "", 0)


def test_what_a_generator_makes(bench: Any) -> None:
    ran = bench.run("oc create deployment web --image=quay.io/x/web:1 --dry-run -o yaml")
    assert (
        ran.stdout
        == """\
apiVersion: apps/v1
kind: Deployment
metadata:
  creationTimestamp: null
  labels:
    app: web
  name: web
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web
  strategy: {}
  template:
    metadata:
      creationTimestamp: null
      labels:
        app: web
    spec:
      containers:
      - image: quay.io/x/web:1
        name: web
        resources: {}
status: {}
"""
    )
    assert bench.run("oc get deploy").stderr == "No resources found.\n"


def test_a_secret_is_encoded(bench: Any) -> None:
    bench.run("oc create secret generic s --from-literal=key=value")
    assert bench.run("oc get secret s -o jsonpath='{.data.key} {.type}'").stdout == "dmFsdWU= Opaque"


def test_required_flags(bench: Any) -> None:
    assert bench.run("oc create deployment web").stderr.startswith(
        'Error: required flag(s) "image" not set\n\n\nUsage:'
    )
    assert bench.run("oc create sa").stderr == (
        "error: exactly one NAME is required, got 0\nSee 'oc create serviceaccount -h' for help and examples\n"
    )


def test_documents_are_kept_apart(bench: Any) -> None:
    text = "---\n".join(f"kind: ConfigMap\napiVersion: v1\nmetadata: {{name: {name}}}\n" for name in "ab")
    ran = bench.run("oc create -f - --dry-run -o yaml", stdin=text)
    assert ran.stdout == (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: demo\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  namespace: demo\n"
    )


def test_what_is_fetched_must_have_a_name(bench: Any) -> None:
    bench.fs.add("/f", "kind: ConfigMap\napiVersion: v1\nmetadata: {generateName: x-}\n")
    for verb in ("get", "delete", "apply", "replace"):
        assert bench.run(f"oc {verb} -f /f").stderr == "error: resource name may not be empty\n"
