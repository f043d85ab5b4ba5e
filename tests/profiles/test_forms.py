"""The short forms of a profile, and the errors of those who write one."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.api.resourcetable import builtin_table
from simulator.errors import InputError, Object
from simulator.profiles import expand
from simulator.profiles.platform import Platform
from simulator.profiles.references import check
from simulator.profiles.source import Source
from simulator.profiles.timeline import read_timeline, seconds_of_age

PLATFORM = Platform(
    "test",
    1_000_000.0,
    {
        "infraID": "lab-x1y2z",
        "domain": "lab.example.com",
        "region": "us-east-1",
        "network": "OpenShiftSDN",
        "node": {
            "name": "{name}.ec2.internal",
            "providerID": "aws:///{zone}/{instance}",
            "uuidPrefix": "EC2",
            "labels": {"failure-domain.beta.kubernetes.io/zone": "{zone}", "node-role.kubernetes.io/{role}": ""},
            "storageLabels": {"cluster.ocs.openshift.io/openshift-storage": ""},
            "annotations": {"machine": "{infra}-{machine}"},
            "roles": {"master": {"taints": [{"effect": "NoSchedule", "key": "node-role.kubernetes.io/master"}]}},
        },
        "machine": {"spec": {"providerSpec": {"value": {"instanceType": "{type}"}}}},
        "repositories": {"release": "quay.io/release/images"},
        "nodeInfo": {"kubeletVersion": "v1.14.6"},
        "instanceTypes": {
            "small": {
                "diskUsed": "1Gi",
                "capacity": {"memory": "8Gi", "ephemeral-storage": "100Gi"},
                "allocatable": {"memory": "7Gi"},
            }
        },
    },
)


def expanded(text: str) -> list[Object]:
    source = Source("test.yaml", text)
    return [
        obj
        for index, block in enumerate(source.content)
        for _, obj in expand.objects(block, source, (index,), PLATFORM)
    ]


def error_of(text: str, tmp_path: Path) -> str:
    """What a profile with this one file is refused with."""
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        check(read_timeline(tmp_path, PLATFORM), builtin_table())
    return str(caught.value)


@pytest.mark.parametrize(("text", "seconds"), [("3h16m", 11760.0), ("116m", 6960.0), ("1d5s", 86405.0), ("0s", 0.0)])
def test_an_age_is_days_hours_minutes_seconds(text: str, seconds: float) -> None:
    assert seconds_of_age(text) == seconds


@pytest.mark.parametrize("text", ["", "3", "16m3h", "-3h", "3 h"])
def test_what_is_no_age(text: str) -> None:
    with pytest.raises(ValueError, match="not an age"):
        seconds_of_age(text)


def test_namespaces_take_consecutive_blocks_of_numbers() -> None:
    first, second = expanded("- {age: 1h, projects: [{firstBlock: 34, platform: true, names: [registry, other]}]}")
    assert first["metadata"] == {
        "name": "registry",
        "annotations": {
            "openshift.io/node-selector": "",
            "openshift.io/sa.scc.mcs": "s0:c18,c17",
            "openshift.io/sa.scc.supplemental-groups": "1000340000/10000",
            "openshift.io/sa.scc.uid-range": "1000340000/10000",
        },
        "labels": {"openshift.io/cluster-monitoring": "true"},
    }
    assert second["metadata"]["annotations"]["openshift.io/sa.scc.uid-range"] == "1000350000/10000"


def test_a_users_project_says_who_asked_for_it() -> None:
    text = "- {age: 1h, projects: [{firstBlock: 9, names: [shop], requester: ann, displayName: The Shop}]}"
    (project,) = expanded(text)
    annotations = project["metadata"]["annotations"]
    assert annotations["openshift.io/requester"] == "ann"
    assert annotations["openshift.io/display-name"] == "The Shop"
    assert "labels" not in project["metadata"]


def test_a_node_comes_with_its_machine_and_its_pod_subnet() -> None:
    machine, hardware, subnet, node = expanded(
        "- {age: 1h, nodes: [{name: ip-10-0-1-2, role: master, zone: us-east-1a, type: small, machine: master-0, "
        'subnet: 10.128.0.0/23, since: "2019-10-28T09:00:00Z"}]}'
    )
    assert machine["metadata"]["name"] == "lab-x1y2z-master-0"
    assert hardware["spec"]["disk"] == {"total": "100Gi", "used": "1Gi"}
    assert (subnet["hostIP"], subnet["subnet"]) == ("10.0.1.2", "10.128.0.0/23")
    assert node["metadata"]["name"] == "ip-10-0-1-2.ec2.internal"
    assert node["spec"]["taints"] == [{"effect": "NoSchedule", "key": "node-role.kubernetes.io/master"}]
    assert node["metadata"]["annotations"] == {"machine": "lab-x1y2z-master-0"}
    assert machine["spec"]["providerSpec"] == {"value": {"instanceType": "small"}}
    assert node["status"]["nodeInfo"]["systemUUID"].startswith("EC2")
    assert node["metadata"]["labels"]["failure-domain.beta.kubernetes.io/zone"] == "us-east-1a"
    ready = {condition["type"]: condition["status"] for condition in node["status"]["conditions"]}
    assert ready == {"MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False", "Ready": "True"}


def test_a_storage_worker_has_the_label_that_storage_looks_for() -> None:
    machine, _, _, node = expanded(
        "- {age: 1h, nodes: [{name: ip-10-0-1-3, role: worker, zone: us-east-1b, type: small, machine: ocs-b-x7x7x, "
        'subnet: 10.129.0.0/23, since: "2019-10-28T09:00:00Z", storage: true}]}'
    )
    assert node["metadata"]["labels"]["cluster.ocs.openshift.io/openshift-storage"] == ""
    assert "taints" not in node["spec"]
    assert machine["metadata"]["ownerReferences"][0]["name"] == "lab-x1y2z-ocs-b"


def test_nodes_with_which_csi_drivers_have_registered() -> None:
    node, csinode = expanded("- {age: 1h, csinodes: [{drivers: [a.csi, b.csi], names: [ip-10-0-1-3]}]}")
    assert node["metadata"]["annotations"] == {
        "csi.volume.kubernetes.io/nodeid": '{"a.csi":"ip-10-0-1-3.ec2.internal","b.csi":"ip-10-0-1-3.ec2.internal"}'
    }
    assert [driver["name"] for driver in csinode["spec"]["drivers"]] == ["a.csi", "b.csi"]
    assert csinode["metadata"]["ownerReferences"][0]["name"] == node["metadata"]["name"]


def test_a_deployment_in_one_line() -> None:
    account, deployment = expanded(
        "- {age: 1h, workloads: [{name: web, namespace: shop, replicas: 2, place: workers, account: runner, "
        "containers: [{name: web, ports: ['http:80'], requests: 10m/20Mi, env: {A: b, N: 'field:metadata.name'}}], "
        "volumes: [{name: data, claim: web-data, at: /data}]}]}"
    )
    assert account["metadata"] == {"name": "runner", "namespace": "shop"}
    spec = deployment["spec"]["template"]["spec"]
    assert deployment["spec"]["replicas"] == 2
    assert deployment["spec"]["selector"] == {"matchLabels": {"app": "web"}}
    assert spec["nodeSelector"] == {"node-role.kubernetes.io/worker": ""}
    assert spec["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "web-data"}}]
    (container,) = spec["containers"]
    assert container["image"].startswith("quay.io/release/images@sha256:")
    assert container["resources"] == {"requests": {"cpu": "10m", "memory": "20Mi"}}
    assert container["ports"] == [{"name": "http", "containerPort": 80, "protocol": "TCP"}]
    assert container["volumeMounts"] == [{"name": "data", "mountPath": "/data"}]
    assert container["env"][1] == {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}


def test_static_pods_are_named_after_their_nodes() -> None:
    pods = expanded(
        "- {age: 1h, workloads: ["
        "{name: etcd-member, namespace: e, kind: StaticPod, nodes: [n1, n2], containers: [etcd]}]}"
    )
    assert [(pod["metadata"]["name"], pod["spec"]["nodeName"]) for pod in pods] == [
        ("etcd-member-n1", "n1"),
        ("etcd-member-n2", "n2"),
    ]
    assert all("kubernetes.io/config.mirror" in pod["metadata"]["annotations"] for pod in pods)


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("443", {"port": 443, "protocol": "TCP", "targetPort": 443}),
        ("web:80>8080", {"name": "web", "port": 80, "protocol": "TCP", "targetPort": 8080}),
        ("dns:53>dns/UDP", {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": "dns"}),
    ],
)
def test_ports_of_a_service(text: str, port: dict[str, Any]) -> None:
    block = yaml.safe_dump([{"age": "1h", "services": [{"name": "s", "namespace": "n", "ports": [text]}]}])
    assert expanded(block)[0]["spec"]["ports"] == [port]


def test_a_rule_in_three_words() -> None:
    (role,) = expanded("- {age: 1h, roles: [{name: r, rules: ['get,list pods', 'create jobs batch', 'get /healthz']}]}")
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create"]},
        {"nonResourceURLs": ["/healthz"], "verbs": ["get"]},
    ]


def test_pushed_images_lie_in_the_bucket_under_their_true_digests() -> None:
    made = expanded(
        "- {age: 1h, pushes: [{bucket: b, namespace: shop, name: web, images: ["
        '{tag: "1", pushed: "2019-10-28T09:00:00Z", layers: [{text: base, size: 1000}]}, '
        '{tag: "1", pushed: "2019-10-28T10:00:00Z", layers: [{text: base, size: 1000}, {text: more, size: 5}]}]}]}'
    )
    old, new = (obj for obj in made if obj["kind"] == "Image")
    stream = made[-1]
    files = {obj["spec"]["key"]: obj["spec"] for obj in made if obj["kind"] == "BucketObject"}
    root = "docker/registry/v2/repositories/shop/web/_manifests"
    assert files[f"{root}/tags/1/current/link"]["data"] == new["metadata"]["name"]
    for image in (old, new):
        value = image["metadata"]["name"].removeprefix("sha256:")
        assert f"{root}/revisions/sha256/{value}/link" in files
        assert f"docker/registry/v2/blobs/sha256/{value[:2]}/{value}/data" in files
    assert [event["image"] for event in stream["status"]["tags"][0]["items"]] == [
        new["metadata"]["name"],
        old["metadata"]["name"],
    ]
    assert new["dockerImageMetadata"]["Size"] == 1005


def test_a_manifest_list_names_the_manifests_of_its_platforms() -> None:
    made = expanded(
        "- {age: 1h, pushes: [{bucket: b, namespace: shop, name: web, images: [{tag: all, "
        'pushed: "2019-10-28T09:00:00Z", platforms: {amd64: {layers: [{text: a}]}, ppc64le: {layers: [{text: p}]}}}]}]}'
    )
    (image,) = (obj for obj in made if obj["kind"] == "Image")
    files = {obj["spec"]["key"]: obj["spec"] for obj in made if obj["kind"] == "BucketObject"}
    value = image["metadata"]["name"].removeprefix("sha256:")
    content = yaml.safe_load(files[f"docker/registry/v2/blobs/sha256/{value[:2]}/{value}/data"]["data"])
    assert [one["platform"]["architecture"] for one in content["manifests"]] == ["amd64", "ppc64le"]
    for one in content["manifests"]:
        child = one["digest"].removeprefix("sha256:")
        assert f"docker/registry/v2/repositories/shop/web/_manifests/revisions/sha256/{child}/link" in files


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {projects: []}", "test/a.yaml:1: age: each block needs an age such as 3h16m"),
        ("- age: 1h\n- age: soon\n", "test/a.yaml:2: age: not an age such as 3h16m: 'soon'"),
        ("age: 1h\n", "test/a.yaml:1: expected a list of blocks"),
        ("- age: 1h\n  pods: []\n", "test/a.yaml:2: pods: unknown form; known are"),
        ("- age: 1h\n  projects: {names: [a]}\n", "test/a.yaml:2: projects: expected a list"),
        ("- age: [1h\n", "test/a.yaml:2: not YAML: did not find expected ',' or ']'"),
        (
            "- age: 1h\n  objects:\n  - {apiVersion: v1, kind: Pood, metadata: {name: a}}\n",
            "test/a.yaml:3: Pood/a: kind: unknown kind 'Pood' in version 'v1'",
        ),
        (
            "- age: 1h\n  objects:\n  - {apiVersion: v1, kind: Namespace, metadata: {}}\n",
            "test/a.yaml:3: Namespace/?: metadata.name: is missing",
        ),
        (
            "- age: 1h\n  objects:\n  - {kind: Namespace, metadata: {name: a}}\n",
            "test/a.yaml:3: objects.apiVersion: is missing",
        ),
        (
            "- age: 1h\n  secrets:\n  - {name: a, namespace: nowhere}\n",
            "test/a.yaml:3: Secret/a: metadata.namespace: Namespace 'nowhere' does not exist yet",
        ),
        (
            "- age: 1h\n  workloads:\n  - name: a\n    namespace: n\n    plaice: masters\n    containers: [x]\n",
            "test/a.yaml:5: workloads.plaice: unknown field; known are",
        ),
        (
            "- age: 1h\n  workloads:\n  - name: a\n    namespace: n\n    place: moon\n    containers: [x]\n",
            "test/a.yaml:5: workloads.place: unknown place; known are anywhere",
        ),
        (
            "- age: 1h\n  projects: [{firstBlock: 1, names: [n]}]\n  services:\n"
            "  - {name: s, namespace: n, ports: [http]}\n",
            "test/a.yaml:4: services: cannot be understood (ValueError: invalid literal",
        ),
    ],
)
def test_a_bad_profile_is_refused_with_file_line_and_field(text: str, message: str, tmp_path: Path) -> None:
    assert error_of(text, tmp_path).startswith(message)


CLAIM = (
    "- age: 1h\n  projects: [{firstBlock: 1, names: [n]}]\n  objects:\n"
    "  - apiVersion: v1\n    kind: PersistentVolumeClaim\n    metadata: {name: c, namespace: n%s}\n"
    "    spec: {storageClassName: fast}\n"
)


def test_a_claim_of_a_class_that_does_not_exist_yet(tmp_path: Path) -> None:
    assert error_of(CLAIM % "", tmp_path) == (
        "test/a.yaml:4: PersistentVolumeClaim/c: spec.storageClassName: StorageClass 'fast' does not exist yet"
    )


def test_an_owner_that_does_not_exist_yet(tmp_path: Path) -> None:
    owned = CLAIM % ", ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: boss}]"
    assert error_of(owned, tmp_path) == (
        "test/a.yaml:4: PersistentVolumeClaim/c: metadata.ownerReferences: ConfigMap 'boss' does not exist yet"
    )


def test_blocks_of_all_files_are_sorted_by_age(tmp_path: Path) -> None:
    (tmp_path / "1.yaml").write_text("- {age: 1h, projects: [{firstBlock: 2, names: [late]}]}")
    (tmp_path / "2.yaml").write_text("- {age: 2h, projects: [{firstBlock: 1, names: [early]}]}")
    steps = read_timeline(tmp_path, PLATFORM)
    assert [step.when for step in steps] == [PLATFORM.start - 7200, PLATFORM.start - 3600]
    assert [placed.object["metadata"]["name"] for step in steps for placed in step.objects] == ["early", "late"]
