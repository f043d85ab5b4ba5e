"""What a profile is refused for before anything is built: each with file, line and field."""

from pathlib import Path

import pytest

from simulator.api.resourcetable import builtin_table
from simulator.errors import InputError
from simulator.profiles.platform import Platform
from simulator.profiles.references import check
from simulator.profiles.timeline import read_timeline
from simulator.release import Release

RELEASE = Release("4.20.1", "v1.33.5", ())
RAW = {"infraID": "i", "domain": "d", "region": "r", "repositories": {"release": "quay.io/x/y"}}
CLASSES = """- age: 2h
  projects: [{firstBlock: 1, names: [n, openshift-storage]}]
  objects:
  - &class {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: ebs}, provisioner: ebs.csi.aws.com}
  - {<<: *class, metadata: {name: rbd}, provisioner: openshift-storage.rbd.csi.ceph.com}
  - {<<: *class, metadata: {name: cephfs}, provisioner: openshift-storage.cephfs.csi.ceph.com}
  - {<<: *class, metadata: {name: obc}, provisioner: openshift-storage.noobaa.io/obc}
  claims:
  - {name: files, namespace: n, class: ebs, size: 1Gi}
  - {name: disk, namespace: n, class: ebs, size: 1Gi, block: true}
"""
LINE = len(CLASSES.splitlines()) + 3  # of the object in ``refusal``


def warnings_of(folder: Path, text: str) -> list[str]:
    (folder / "a.yaml").write_text(text)
    platform = Platform("p", 1_762_943_400.0, RAW, RELEASE)
    return check(read_timeline(folder, platform), builtin_table(RELEASE))


def refusal(folder: Path, form: str, item: str) -> str:
    with pytest.raises(InputError) as caught:
        warnings_of(folder, f"{CLASSES}- age: 1h\n  {form}:\n  - {item}\n")
    assert caught.value.line == LINE
    return f"{caught.value.field}: {caught.value.message}"


def workload(**fields: str) -> str:
    texts = {"containers": "[c]", **fields}
    return "{name: w, namespace: n, " + ", ".join(f"{key}: {value}" for key, value in texts.items()) + "}"


def pod(spec: str, containers: str = "[{name: c, image: i}]") -> str:
    metadata = "metadata: {name: w, namespace: n}"
    return f"{{apiVersion: v1, kind: Pod, {metadata}, spec: {{{spec}, containers: {containers}}}}}"


@pytest.mark.parametrize(
    ("form", "item", "said"),
    [
        ("secrets", "{name: s, namespace: gone}", "Secret/s: metadata.namespace: Namespace 'gone' does not exist yet"),
        (
            "claims",
            "{name: c, namespace: n, class: gone, size: 1Gi}",
            "PersistentVolumeClaim/c: spec.storageClassName: StorageClass 'gone' does not exist yet",
        ),
        (
            "claims",
            "{name: c, namespace: n, class: ebs, size: 1Gi, modes: [ReadWriteMany]}",
            "PersistentVolumeClaim/c: spec: StorageClass 'ebs' has volumes for one node only, not ReadWriteMany",
        ),
        (
            "claims",
            "{name: c, namespace: n, class: rbd, size: 1Gi, modes: [ReadWriteMany]}",
            "PersistentVolumeClaim/c: spec: StorageClass 'rbd' has ReadWriteMany for volumes of mode Block only",
        ),
        (
            "claims",
            "{name: c, namespace: n, class: cephfs, size: 1Gi, block: true}",
            "PersistentVolumeClaim/c: spec: StorageClass 'cephfs' has no volumes of mode Block",
        ),
        (
            "claims",
            "{name: c, namespace: n, class: obc, size: 1Gi}",
            "PersistentVolumeClaim/c: spec: StorageClass 'obc' is for ObjectBucketClaims",
        ),
        (
            "workloads",
            workload(volumes="[{name: v, claim: gone, at: /v}]"),
            "Deployment/w: spec.template.spec.volumes.v.persistentVolumeClaim: "
            "there is no PersistentVolumeClaim 'gone' in n",
        ),
        (
            "workloads",
            workload(volumes="[{name: v, secret: gone, at: /v}]"),
            "Deployment/w: spec.template.spec.volumes.v.secret: there is no Secret 'gone' in n",
        ),
        (
            "workloads",
            workload(volumes="[{name: v, configMap: gone, at: /v}]"),
            "Deployment/w: spec.template.spec.volumes.v.configMap: there is no ConfigMap 'gone' in n",
        ),
        (
            "workloads",
            workload(priority="gone"),
            "Deployment/w: spec.template.spec.priorityClassName: PriorityClass 'gone' does not exist yet",
        ),
        (
            "workloads",
            workload(kind="StatefulSet", claims="[{name: d, class: gone, size: 1Gi}]"),
            "StatefulSet/w: spec.volumeClaimTemplates: StorageClass 'gone' does not exist yet",
        ),
        (
            "workloads",
            workload(volumes="[{name: a, emptyDir: {}, at: /v}, {name: b, emptyDir: {}, at: /v}]"),
            "Deployment/w: spec.template.spec.containers.c.volumeMounts: 'a' and 'b' cannot both be at /v",
        ),
        (
            "workloads",
            workload(volumes="[{name: a, emptyDir: {}, at: data}]"),
            "Deployment/w: spec.template.spec.containers.c.volumeMounts: 'data' is not an absolute path",
        ),
        (
            "workloads",
            workload(volumes="[{name: a, claim: disk, at: /v}]"),
            "Deployment/w: spec.template.spec.containers.c.volumeMounts: "
            "'a' is a block device, which cannot be mounted at /v",
        ),
        (
            "workloads",
            workload(volumes="[{name: a, claim: files, device: /dev/x}]"),
            "Deployment/w: spec.template.spec.containers.c.volumeDevices: 'a' is a filesystem, no device for /dev/x",
        ),
        (
            "objects",
            pod("volumes: []", "[{name: c, image: i, volumeMounts: [{name: gone, mountPath: /v}]}]"),
            "Pod/w: spec.containers.c.volumeMounts: there is no volume 'gone'",
        ),
        ("objects", pod("nodeName: gone"), "Pod/w: spec.nodeName: there is no Node 'gone'"),
        (
            "objects",
            pod("serviceAccountName: gone"),
            "Pod/w: spec.serviceAccountName: there is no ServiceAccount 'gone' in n",
        ),
        (
            "objects",
            pod("imagePullSecrets: [{name: gone}]"),
            "Pod/w: spec.imagePullSecrets: there is no Secret 'gone' in n",
        ),
        (
            "objects",
            pod("hostPID: true", "[{name: c, image: i, envFrom: [{secretRef: {name: gone}}]}]"),
            "Pod/w: spec.containers.c.envFrom: there is no Secret 'gone' in n",
        ),
        (
            "objects",
            pod(
                "hostPID: true",
                "[{name: c, image: i, env: [{name: E, valueFrom: {configMapKeyRef: {name: gone, key: k}}}]}]",
            ),
            "Pod/w: spec.containers.c.env.E: there is no ConfigMap 'gone' in n",
        ),
        (
            "objects",
            "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c, namespace: n}, "
            "spec: {volumeName: gone}}",
            "PersistentVolumeClaim/c: spec.volumeName: there is no PersistentVolume 'gone'",
        ),
        (
            "routes",
            "{name: r, namespace: n, host: h, service: gone, since: '2025-11-12T10:00:00Z'}",
            "Route/r: spec.to: there is no Service 'gone' in n",
        ),
        (
            "objects",
            "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: s}, provisioner: x, "
            "parameters: {csi.storage.k8s.io/provisioner-secret-name: gone, "
            "csi.storage.k8s.io/provisioner-secret-namespace: n}}",
            "StorageClass/s: parameters.csi.storage.k8s.io/provisioner-secret-name: there is no Secret 'gone' in n",
        ),
        (
            "objects",
            "{apiVersion: noobaa.io/v1alpha1, kind: BackingStore, metadata: {name: b, namespace: n}, "
            "spec: {awsS3: {secret: {name: gone, namespace: n}}}}",
            "BackingStore/b: spec.awsS3.secret: there is no Secret 'gone' in n",
        ),
        (
            "objects",
            "{apiVersion: example.com/v1, kind: Widget, metadata: {name: b}}",
            "Widget/b: kind: unknown kind 'Widget' in version 'example.com/v1'",
        ),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, form: str, item: str, said: str) -> None:
    assert refusal(tmp_path, form, item).startswith(said)


def test_two_default_classes_are_warned_of(tmp_path: Path) -> None:
    marked = "metadata: {name: %s, annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}, provisioner: x}"
    classes = [f"  - {{apiVersion: storage.k8s.io/v1, kind: StorageClass, {marked % name}\n" for name in ("a", "b")]
    (warning,) = warnings_of(tmp_path, "- age: 1h\n  objects:\n" + "".join(classes))
    assert warning == ("p/a.yaml:4: StorageClass/b: metadata.annotations: more than one default class: a, b")


def test_a_default_that_moves_is_no_second_one(tmp_path: Path) -> None:
    mark = "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: %s, annotations: \
{storageclass.kubernetes.io/is-default-class: '%s'}}, provisioner: x}"
    blocks = [("3h", "a", "true"), ("2h", "b", "true"), ("1h", "a", "false")]
    text = "".join(f"- {{age: {age}, objects: [{mark % (name, value)}]}}\n" for age, name, value in blocks)
    assert warnings_of(tmp_path, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "  services: [{name: s, namespace: n, ports: ['80'], servingCert: made}]\n"
        "  workloads: [{name: w, namespace: n, containers: [c], volumes: [{name: v, secret: made, at: /v}]}]\n",
        "  workloads: [{name: w, namespace: n, containers: [c], "
        "volumes: [{name: v, configMap: kube-root-ca.crt, at: /v}]}]\n",
        "  workloads: [{name: w, namespace: n, containers: [c], volumes: [{name: v, optionalSecret: none, at: /v}]}]\n",
        "  workloads: [{name: w, namespace: n, containers: [c], volumes: [{name: v, claim: later, at: /v}]}]\n"
        "- age: 30m\n  claims: [{name: later, namespace: n, class: ebs, size: 1Gi}]\n",
        "  workloads: [{name: w, namespace: n, kind: StatefulSet, containers: [c], "
        "claims: [{name: d, class: ebs, size: 1Gi}], volumes: [{name: d, template: true, at: /d}]}]\n",
    ],
)
def test_what_controllers_or_later_blocks_bring_is_no_gap(tmp_path: Path, text: str) -> None:
    assert warnings_of(tmp_path, f"{CLASSES}- age: 1h\n{text}") == []
