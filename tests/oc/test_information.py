"""api-resources, api-versions, version, whoami and explain."""

from __future__ import annotations

from typing import Any


def test_api_resources(bench: Any) -> None:
    lines = bench.run("oc api-resources").stdout.splitlines()
    assert lines[0].split() == ["NAME", "SHORTNAMES", "APIGROUP", "NAMESPACED", "KIND"]
    columns = {line.split()[0]: line.split() for line in lines if "imageregistry" in line}
    assert columns["configs"] == ["configs", "imageregistry.operator.openshift.io", "false", "Config"]
    assert bench.run("oc api-resources --namespaced=false --api-group='' -o name").stdout.split()[:3] == [
        "componentstatuses",
        "namespaces",
        "nodes",
    ]
    assert "[create delete " in bench.run("oc api-resources -o wide --no-headers").stdout


def test_api_versions(bench: Any) -> None:
    versions = bench.run("oc api-versions").stdout.split()
    assert versions == sorted(versions)
    assert {"v1", "apps/v1", "imageregistry.operator.openshift.io/v1"} <= set(versions)


def test_version(bench: Any) -> None:
    assert bench.run("oc version").stdout == "Client Version: v4.2.0\nKubernetes Version: v1.14.6+868bc38\n"
    bench.create(
        {"apiVersion": "config.openshift.io/v1", "kind": "ClusterOperator", "metadata": {"name": "openshift-apiserver"}}
    )
    bench.client.patch(
        bench.api.table.by_kind("config.openshift.io/v1", "ClusterOperator").gvr,
        "openshift-apiserver",
        {"status": {"versions": [{"name": "operator", "version": "4.2.0"}]}},
        subresource="status",
    )
    assert bench.run("oc version").stdout == (
        "Client Version: v4.2.0\nServer Version: 4.2.0\nKubernetes Version: v1.14.6+868bc38\n"
    )
    assert bench.run("oc version --client").stdout == "Client Version: v4.2.0\n"


def test_whoami(bench: Any) -> None:
    assert bench.run("oc whoami").stdout == "kube:admin\n"
    assert bench.run("oc whoami --show-server").stdout == "https://api.example.com:6443\n"
    assert bench.run("oc whoami -c").stdout == "demo/api-example-com:6443/kube:admin\n"
    assert bench.run("oc whoami -t").stderr == "error: no token is currently in use for this session\n"


def test_explain(bench: Any) -> None:
    text = bench.run("oc explain pvc.spec").stdout
    assert text.startswith(
        "KIND:     PersistentVolumeClaim\nVERSION:  v1\n\nRESOURCE: spec <Object>\n\nDESCRIPTION:\n     "
    )
    assert "\nFIELDS:\n   accessModes\t<[]string>\n     " in text
    storage = bench.run("oc explain configs.imageregistry.operator.openshift.io.spec.storage").stdout
    assert storage.startswith(
        "KIND:     Config\nVERSION:  imageregistry.operator.openshift.io/v1\n\nRESOURCE: storage <Object>\n"
    )
    assert "   pvc\t<Object>\n" in storage
    assert "         claim\t<string>\n" in bench.run("oc explain --recursive configs.imageregistry.spec").stdout
    assert bench.run("oc explain pvc.spec.foo").stderr == 'error: field "foo" does not exist\n'
    assert bench.run("oc explain nope").stderr == 'error: the server doesn\'t have a resource type "nope"\n'
