"""``oc describe`` against texts of real clients of the 4.2 era."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.types import GVR
from simulator.oc.describe.containers import probe_text
from simulator.oc.describe.generic import label_of
from simulator.oc.describe.pod import toleration_text
from simulator.release import OLDEST, Release

CONFIGS = GVR("imageregistry.operator.openshift.io", "v1", "configs")


def claim(name: str = "data", **spec: Any) -> dict[str, Any]:
    wanted = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": wanted}


def event(
    about: dict[str, Any], reason: str, message: str, count: int = 1, first: str = "", **source: str
) -> dict[str, Any]:
    last = "2019-10-28T09:07:09Z"
    meta = about["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{meta['name']}.{reason.lower()}"},
        "involvedObject": {
            "kind": about["kind"],
            "name": meta["name"],
            "uid": meta["uid"],
            "namespace": meta.get("namespace"),
        },
        "type": "Normal",
        "reason": reason,
        "message": message,
        "count": count,
        "firstTimestamp": first or last,
        "lastTimestamp": last,
        "source": source,
    }


def test_a_project_without_quota(bench: Any) -> None:
    """Tabs, and every value at column 24: the lab's own text."""
    bench.create({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {
            "name": "web",
            "labels": {"openshift.io/cluster-monitoring": "true"},
            "annotations": {"openshift.io/node-selector": "", "openshift.io/sa.scc.mcs": "s0:c18,c17"},
        },
    })  # fmt: skip
    bench.clock.advance(3 * 3600 + 16 * 60)
    shown = bench.run("oc describe project web").stdout
    assert "Created:\t\t3 hours ago\n" in shown
    assert "Labels:\t\t\topenshift.io/cluster-monitoring=true\n" in shown
    assert "Annotations:\t\topenshift.io/node-selector=\n\t\t\topenshift.io/sa.scc.mcs=s0:c18,c17\n" in shown
    assert shown.endswith(
        "Display Name:\t\t<none>\nDescription:\t\t<none>\nStatus:\t\t\tActive\nNode Selector:\t\t<none>\n"
        "Quota:\t\t\t<none>\nResource limits:\t<none>\n"
    )


def test_a_project_with_quota_and_limits(bench: Any) -> None:
    """With a quota the block ends at ``Node Selector``, so that the values stand at column 16."""
    bench.create({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
        "spec": {"hard": {"pods": "5", "requests.storage": "10Gi"}},
    })  # fmt: skip
    quota = bench.client.get(GVR("", "v1", "resourcequotas"), "q", "demo")
    used = {"hard": {"pods": "5", "requests.storage": "10Gi"}, "used": {"pods": "2", "requests.storage": "0"}}
    bench.client.update_status(GVR("", "v1", "resourcequotas"), {**quota, "status": used})
    bench.create({
        "apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"},
        "spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}, "default": {"cpu": "1"}}]},
    })  # fmt: skip
    shown = bench.run("oc describe project demo").stdout
    assert "Node Selector:\t<none>\nQuota:\n\tName:\t\t\tq\n\tResource\t\tUsed\tHard\n" in shown
    assert "\t--------\t\t----\t----\n\tpods\t\t\t2\t5\n\trequests.storage\t0\t10Gi\n" in shown
    assert "Resource limits:\n\tName:\t\tl\n\tType\t\tResource\tMin\tMax\tDefault Request\tDefault Limit" in shown
    assert shown.rstrip("\n").split("\n")[-1].split("\t")[:2] == ["", "Container"]


def test_a_claim_shows_events_before_the_pods_that_mount_it(bench: Any) -> None:
    """Up to 4.6: ``Mounted By`` comes last and widens the first column of the events."""
    made = bench.create(claim(storageClassName="nope"))
    bench.create(event(made, "ProvisioningFailed", 'storageclass.storage.k8s.io "nope" not found', 3,
                       "2019-10-28T09:06:09Z", component="persistentvolume-controller"))  # fmt: skip
    bench.clock.advance(1)
    shown = bench.run("oc describe pvc data").stdout
    assert "StorageClass:  nope\n" in shown
    assert "Finalizers:    [kubernetes.io/pvc-protection]\n" in shown
    assert shown.endswith(
        "Events:\n"
        "  Type       Reason              Age               From                         Message\n"
        "  ----       ------              ----              ----                         -------\n"
        "  Normal     ProvisioningFailed  1s (x3 over 61s)  persistentvolume-controller  "
        'storageclass.storage.k8s.io "nope" not found\n'
        "Mounted By:  <none>\n"
    )


def test_a_claim_without_events(bench: Any) -> None:
    bench.create(claim())
    shown = bench.run("oc describe pvc/data").stdout
    assert shown.endswith("Events:        <none>\nMounted By:    <none>\n")


def test_a_storage_class(bench: Any) -> None:
    bench.create({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": "gp2", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "kubernetes.io/aws-ebs", "parameters": {"type": "gp2", "encrypted": "true"},
        "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer",
    })  # fmt: skip
    assert bench.run("oc describe sc gp2").stdout == (
        "Name:                  gp2\n"
        "IsDefaultClass:        Yes\n"
        "Annotations:           storageclass.kubernetes.io/is-default-class=true\n"
        "Provisioner:           kubernetes.io/aws-ebs\n"
        "Parameters:            encrypted=true,type=gp2\n"
        "AllowVolumeExpansion:  <unset>\n"
        "MountOptions:          <none>\n"
        "ReclaimPolicy:         Delete\n"
        "VolumeBindingMode:     WaitForFirstConsumer\n"
        "Events:                <none>\n"
    )


def test_a_custom_resource(bench: Any) -> None:
    """Fields by name; a line without a value ends the column above it."""
    bench.create({
        "apiVersion": "imageregistry.operator.openshift.io/v1", "kind": "Config", "metadata": {"name": "cluster"},
        "spec": {
            "managementState": "Managed", "logging": 2, "replicas": 1, "proxy": {"noProxy": ""},
            "storage": {"s3": {"bucket": "b", "encrypt": True, "keyID": "", "regionEndpoint": ""}}, "tolerations": [],
        },
    })  # fmt: skip
    made = bench.client.get(CONFIGS, "cluster")
    status = {
        "conditions": [
            {"type": "StorageExists", "status": "True", "reason": "S3 Bucket Exists"},
            {"type": "Available", "status": "True", "message": "The registry is ready"},
        ],
        "storageManaged": True,
    }
    bench.client.update_status(CONFIGS, {**made, "status": status})
    shown = bench.run("oc describe configs.imageregistry.operator.openshift.io").stdout
    assert shown.startswith("Name:         cluster\nNamespace:    \nLabels:       <none>\nAnnotations:  <none>\n")
    assert (
        "  Storage:\n    s3:\n      Bucket:           b\n      Encrypt:          true\n      Key ID:           \n"
        "      Region Endpoint:  \n  Tolerations:\nStatus:\n  Conditions:\n"
        "    Reason:         S3 Bucket Exists\n    Status:         True\n    Type:           StorageExists\n"
        "    Message:        The registry is ready\n    Status:         True\n    Type:           Available\n"
        "  Storage Managed:  true\nEvents:             <none>\n"
    ) in shown


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("httpSecret", "Http Secret"),
        ("noProxy", "No Proxy"),
        ("maxWaitInQueue", "Max Wait In Queue"),
        ("keyID", "Key ID"),
        ("uid", "UID"),
        ("selfLink", "Self Link"),
        ("s3", "s3"),
        ("a.b/c", "a.b/c"),
        ("apiVersion", "API Version"),
    ],
)
def test_labels_of_custom_fields(key: str, label: str) -> None:
    assert label_of(key) == label


def test_a_probe_and_a_toleration() -> None:
    probe = {
        "httpGet": {"path": "/healthz", "port": 5000, "scheme": "HTTPS"},
        "initialDelaySeconds": 10,
        "timeoutSeconds": 5,
    }
    assert probe_text(probe) == "http-get https://:5000/healthz delay=10s timeout=5s period=10s #success=1 #failure=3"
    toleration = {
        "key": "node.kubernetes.io/not-ready",
        "effect": "NoExecute",
        "operator": "Exists",
        "tolerationSeconds": 300,
    }
    assert toleration_text(toleration, OLDEST) == "node.kubernetes.io/not-ready:NoExecute for 300s"
    assert toleration_text(toleration, Release("4.6.0")) == "node.kubernetes.io/not-ready:NoExecute op=Exists for 300s"


def account(bench: Any) -> None:
    bench.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}})


def test_a_pod_with_its_parts(bench: Any) -> None:
    account(bench)
    bench.create({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {
            "containers": [{
                "name": "main", "image": "web:1", "ports": [{"containerPort": 80}],
                "env": [
                    {"name": "A", "value": "1"},
                    {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                ],
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            }],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "c"}}],
        },
    })  # fmt: skip
    shown = bench.run("oc describe pod web").stdout
    for line in (
        "Node:               <none>\n",
        "    Port:       80/TCP\n",
        "      A:    1\n",
        "      KEY:  <set to the key 'k' in secret 's'>  Optional: false\n",
        "      /data from data (rw)\n",
        "    Type:        PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)\n",
        "    ClaimName:   c\n",
        "QoS Class:       BestEffort\n",
    ):
        assert line in shown, shown


def test_several_objects_are_two_blank_lines_apart(bench: Any) -> None:
    bench.create(claim("a"))
    bench.create(claim("b"))
    shown = bench.run("oc describe pvc").stdout
    assert "Mounted By:    <none>\n\n\nName:          b\n" in shown


def test_what_is_not_there(bench: Any) -> None:
    ran = bench.run("oc describe pvc nope")
    assert (ran.status, ran.stderr) == (1, 'Error from server (NotFound): persistentvolumeclaims "nope" not found\n')
    ran = bench.run("oc describe")
    assert ran.status == 1
    assert ran.stderr.startswith("error: You must specify the type of resource to describe.")


def test_a_prefix_of_a_name_is_enough(bench: Any) -> None:
    """Each description is followed by an empty line then."""
    bench.create(claim("ocs4registry"))
    bench.create(claim("ocs4other"))
    shown = bench.run("oc describe pvc ocs4").stdout
    assert shown.startswith("Name:          ocs4other\n")
    assert shown.count("Mounted By:    <none>\n\n") == 2
    assert bench.run("oc describe pvc zz").status == 1


def test_long_annotations_stand_below_their_key(bench: Any) -> None:
    bench.create({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "c", "annotations": {"a": "x" * 150, "b": "two\nlines\n", "c": "short"}},
        "data": {"key": "value\nmore", "other": ""},
    })  # fmt: skip
    assert bench.run("oc describe cm c").stdout == (
        "Name:         c\nNamespace:    demo\nLabels:       <none>\n"
        f"Annotations:  a:\n                {'x' * 138}...\n"
        "              b:\n                two\n                lines\n"
        "              c: short\n"
        "\nData\n====\nkey:\n----\nvalue\nmore\nother:\n----\n\nEvents:  <none>\n"
    )


def test_a_secret_hides_its_values(bench: Any) -> None:
    bench.create({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"adminID": "YWRtaW4=", "k": ""},
    })  # fmt: skip
    assert bench.run("oc describe secret s").stdout == (
        "Name:         s\nNamespace:    demo\nLabels:       <none>\nAnnotations:  <none>\n"
        "\nType:  Opaque\n\nData\n====\nadminID:  5 bytes\nk:        0 bytes\n"
    )


def test_a_service_account_and_the_secrets_it_lacks(bench: Any) -> None:
    bench.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "there"}, "data": {}})
    bench.create({
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bob"},
        "secrets": [{"name": "there"}, {"name": "gone"}], "imagePullSecrets": [{"name": "there"}],
    })  # fmt: skip
    assert bench.run("oc describe sa bob").stdout == (
        "Name:                bob\nNamespace:           demo\nLabels:              <none>\n"
        "Annotations:         <none>\nImage pull secrets:  there\nMountable secrets:   there\n"
        "                     gone (not found)\nTokens:              <none>\nEvents:              <none>\n"
    )


def test_a_volume_with_an_affinity(bench: Any) -> None:
    """The titles of the terms end in an empty value, so they belong to the column."""
    term = {
        "matchExpressions": [
            {"key": "zone", "operator": "In", "values": ["a", "b"]},
            {"key": "ssd", "operator": "Exists"},
        ]
    }
    bench.create({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv1"},
        "spec": {
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteMany"], "storageClassName": "fs",
            "csi": {"driver": "d", "volumeHandle": "h", "volumeAttributes": {"b": "2", "a": "1"}},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
        },
    })  # fmt: skip
    shown = bench.run("oc describe pv pv1").stdout
    assert (
        "Capacity:          1Gi\n"
        "Node Affinity:     \n  Required Terms:  \n    Term 0:        zone in [a, b]\n                   ssd exists\n"
        "Message:           \nSource:\n"
        "    Type:              CSI (a Container Storage Interface (CSI) volume source)\n"
        "    Driver:            d\n    VolumeHandle:      h\n    ReadOnly:          false\n"
        "    VolumeAttributes:      a=1\n                           b=2\n"
    ) in shown
    assert shown.endswith("Events:                <none>\n")


def test_a_namespace_with_and_without_limits(bench: Any) -> None:
    shown = bench.run("oc describe ns demo").stdout
    assert shown.endswith("Status:       Active\n\nNo resource quota.\n\nNo resource limits.\n")
    limit = {"type": "Container", "max": {"cpu": "2"}, "default": {"cpu": "1"}}
    bench.create({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"}, "spec": {"limits": [limit]}})
    bench.create(
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "5"}}}
    )
    quota = bench.client.get(GVR("", "v1", "resourcequotas"), "q", "demo")
    status = {"hard": {"pods": "5"}, "used": {"pods": "2"}}
    bench.client.update_status(GVR("", "v1", "resourcequotas"), {**quota, "status": status})
    shown = bench.run("oc describe ns demo").stdout
    assert "\nResource Quotas\n Name:     q\n Resource  Used  Hard\n --------  ---   ---\n pods      2     5\n" in shown
    assert (
        "\nResource Limits\n Type       Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ratio\n"
        in shown
    )
    assert bench.run("oc describe quota q").stdout == (
        "Name:       q\nNamespace:  demo\nResource    Used  Hard\n--------    ----  ----\npods        2     5\n"
    )


def test_a_role_sums_up_its_rules(bench: Any) -> None:
    rules = [
        {"apiGroups": ["apps"], "resources": ["deployments/scale", "deployments"], "verbs": ["get"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]},
        {"apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"], "verbs": ["get"]},
        {"nonResourceURLs": ["/healthz"], "verbs": ["get"]},
    ]
    bench.create({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "r"}, "rules": rules,
    })  # fmt: skip
    assert bench.run("oc describe clusterrole r").stdout == (
        "Name:         r\nLabels:       <none>\nAnnotations:  <none>\nPolicyRule:\n"
        "  Resources               Non-Resource URLs  Resource Names  Verbs\n"
        "  ---------               -----------------  --------------  -----\n"
        "  deployments.apps        []                 []              [get list]\n"
        "                          [/healthz]         []              [get]\n"
        "  pods                    []                 [a]             [get]\n"
        "  deployments.apps/scale  []                 []              [get]\n"
    )


def test_a_route_with_its_service(bench: Any) -> None:
    bench.create({
        "apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": {"name": "web"},
        "spec": {"host": "web.example.com", "to": {"kind": "Service", "name": "web", "weight": 100},
                 "tls": {"termination": "edge"}, "port": {"targetPort": "http"}},
    })  # fmt: skip
    port = {"name": "http", "port": 8080}
    addresses = [{"ip": f"10.0.0.{number}"} for number in range(1, 5)]
    bench.create({
        "apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web"},
        "subsets": [{"addresses": addresses, "ports": [port, {"name": "other", "port": 1}]}],
    })  # fmt: skip
    shown = bench.run("oc describe route web").stdout
    assert "Requested Host:\t\tweb.example.com\n" in shown
    assert shown.endswith(
        "Path:\t\t\t<none>\nTLS Termination:\tedge\nInsecure Policy:\t<none>\nEndpoint Port:\t\thttp\n"
        "\nService:\tweb\nWeight:\t\t100 (100%)\n"
        "Endpoints:\t10.0.0.1:8080, 10.0.0.2:8080, 10.0.0.3:8080 + 5 more...\n"
    )


def test_the_node_of_the_profile() -> None:
    from simulator import Cluster

    cluster = Cluster.from_profile("ocp-4.2", seed=1)
    node = cluster.client().list(GVR("", "v1", "nodes"))[0]["metadata"]["name"]
    lines = cluster.sh(f"oc describe node {node}").stdout.split("\n")
    assert lines[0] == f"Name:               {node}"
    assert " pods:                        250" in lines
    header = next(line for line in lines if line.startswith("  Namespace "))
    assert " ".join(header.split()) == "Namespace Name CPU Requests CPU Limits Memory Requests Memory Limits AGE"
    assert "  (Total limits may be over 100 percent, i.e., overcommitted.)" in lines
    assert any(line.startswith("  attachable-volumes-aws-ebs  0") for line in lines)


@pytest.mark.parametrize(
    "what",
    ["all -n openshift-image-registry", "rs,ds,sa,secret,cm,ep,event,rolebinding -n openshift-image-registry",
     "sts,pvc,job,svc -n openshift-storage", "nodes", "pv", "sc", "co", "clusterversion", "clusterroles",
     "is -n openshift", "users,groups", "priorityclasses", "machinesets -A", "csidrivers", "crd"],
)  # fmt: skip
def test_every_kind_of_the_profile_can_be_described(what: str) -> None:
    """Nothing that a cluster of the profile holds breaks a describer."""
    from simulator import Cluster

    ran = Cluster.from_profile("ocp-4.2", seed=1).sh(f"oc describe {what}")
    assert ran.status == 0, ran.stderr
    assert ran.stdout.startswith("Name:") or "No resources found" in ran.stderr


def test_a_quantity_in_units_of_a_divisor(bench: Any) -> None:
    account(bench)
    reference = {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Mi"}}
    env = [
        {"name": "MEMORY", "valueFrom": reference},
        {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        {"name": "ME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ]
    resources = {"limits": {"memory": "1Gi"}, "requests": {"memory": "1Gi"}}
    spec = {"containers": [{"name": "main", "image": "i", "env": env, "resources": resources}]}
    bench.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec})
    shown = bench.run("oc describe pod web").stdout
    assert (
        "      MEMORY:    1024 (limits.memory)\n      CPU:       node allocatable (limits.cpu)\n"
        "      ME:        web (v1:metadata.name)\n      NODE:       (v1:spec.nodeName)\n"
    ) in shown
