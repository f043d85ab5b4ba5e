"""What admission adds, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.types import ADMIN, User
from simulator.errors import Forbidden, NotFound

CORE = "/api/v1/namespaces/demo"
SYSTEM = User("system:serviceaccount:kube-system:replicaset-controller", ("system:masters", "system:authenticated"))
RANGES = {
    "openshift.io/sa.scc.mcs": "s0:c18,c17",
    "openshift.io/sa.scc.supplemental-groups": "1000340000/10000",
    "openshift.io/sa.scc.uid-range": "1000340000/10000",
}


def refusal(kind: type[Exception], call: Any, *args: Any, **details: Any) -> str:
    with pytest.raises(kind) as error:
        call(*args, **details)
    return str(error.value)


def test_a_namespace_must_exist_and_stay(api: Any, pod: Any) -> None:
    assert refusal(NotFound, api.post, "/api/v1/namespaces/foo/pods", pod) == 'namespaces "foo" not found'
    api.delete("/api/v1/namespaces/demo")
    assert refusal(Forbidden, api.post, f"{CORE}/pods", pod) == (
        'pods "web" is forbidden: unable to create new content in namespace demo because it is being terminated'
    )


def test_some_namespaces_are_immortal(api: Any) -> None:
    api.post("/api/v1/namespaces", {"metadata": {"name": "default"}})
    text = refusal(Forbidden, api.delete, "/api/v1/namespaces/default")
    assert text == 'namespaces "default" is forbidden: this namespace may not be deleted'


def test_a_pod_runs_as_its_account_and_finds_its_token(api: Any, pod: Any) -> None:
    token = {"metadata": {"name": "default-token-abcde"}, "type": "kubernetes.io/service-account-token"}
    api.post(f"{CORE}/secrets", token)
    account = {"secrets": [{"name": "default-token-abcde"}], "imagePullSecrets": [{"name": "default-dockercfg-x"}]}
    api.patch(f"{CORE}/serviceaccounts/default", account)
    spec = api.post(f"{CORE}/pods", pod)["spec"]
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == ("default", "default")
    assert spec["imagePullSecrets"] == [{"name": "default-dockercfg-x"}]
    assert spec["containers"][0]["volumeMounts"] == [
        {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "default-token-abcde", "readOnly": True}
    ]
    assert spec["volumes"] == [
        {"name": "default-token-abcde", "secret": {"defaultMode": 420, "secretName": "default-token-abcde"}}
    ]


def test_a_pod_without_its_account(api: Any, pod: Any) -> None:
    pod["spec"]["serviceAccountName"] = "nobody"
    assert refusal(Forbidden, api.post, f"{CORE}/pods", pod) == (
        'pods "web" is forbidden: error looking up service account demo/nobody: serviceaccount "nobody" not found'
    )


def test_the_restricted_constraint_fills_in_the_ranges_of_the_namespace(api: Any, pod: Any) -> None:
    api.patch("/api/v1/namespaces/demo", {"metadata": {"annotations": RANGES}})
    made = api.post(f"{CORE}/pods", pod, user=SYSTEM)
    assert made["metadata"]["annotations"] == {"openshift.io/scc": "restricted"}
    assert made["spec"]["securityContext"] == {"fsGroup": 1000340000, "seLinuxOptions": {"level": "s0:c18,c17"}}
    assert made["spec"]["containers"][0]["securityContext"] == {
        "capabilities": {"drop": ["KILL", "MKNOD", "SETGID", "SETUID"]}, "runAsUser": 1000340000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "user", "constraint"),
    [
        ({}, ADMIN, "anyuid"),
        ({}, SYSTEM, "restricted"),
        ({"securityContext": {"fsGroup": 1000340000}}, SYSTEM, "restricted"),
        ({"securityContext": {"runAsUser": 0}}, SYSTEM, "anyuid"),
        ({"hostNetwork": True}, SYSTEM, "privileged"),
        ({"volumes": [{"name": "v", "hostPath": {"path": "/etc"}}]}, SYSTEM, "privileged"),
    ],
)
def test_which_constraint_admits_a_pod(api: Any, pod: Any, spec: Any, user: User, constraint: str) -> None:
    api.patch("/api/v1/namespaces/demo", {"metadata": {"annotations": RANGES}})
    pod["spec"].update(spec)
    made = api.post(f"{CORE}/pods", pod, user=user)
    assert made["metadata"]["annotations"]["openshift.io/scc"] == constraint


def test_a_pod_of_today_says_whether_it_preempts(api: Any, modern: Any, pod: Any) -> None:
    never = {"metadata": {"name": "calm"}, "value": 5, "preemptionPolicy": "Never"}
    modern.post("/apis/scheduling.k8s.io/v1/priorityclasses", never)
    assert modern.post(f"{CORE}/pods", pod)["spec"]["preemptionPolicy"] == "PreemptLowerPriority"
    calm = {"metadata": {"name": "b"}, "spec": {**pod["spec"], "priorityClassName": "calm"}}
    made = modern.post(f"{CORE}/pods", calm)["spec"]
    assert (made["priority"], made["preemptionPolicy"]) == (5, "Never")
    assert "preemptionPolicy" not in api.post(f"{CORE}/pods", pod)["spec"]


def test_the_restricted_constraint_of_today(modern: Any, pod: Any) -> None:
    """Source: OpenShift 4.11, restricted-v2; apiserver-library-go, sccmatching/provider.go."""
    modern.patch("/api/v1/namespaces/demo", {"metadata": {"annotations": RANGES}})
    made = modern.post(f"{CORE}/pods", pod, user=SYSTEM)
    assert made["metadata"]["annotations"] == {
        "openshift.io/scc": "restricted-v2",
        "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
        "security.openshift.io/validated-scc-subject-type": "user",
    }
    assert made["spec"]["securityContext"] == {
        "fsGroup": 1000340000, "seLinuxOptions": {"level": "s0:c18,c17"}, "seccompProfile": {"type": "RuntimeDefault"},
    }  # fmt: skip
    assert made["spec"]["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True,
        "runAsUser": 1000340000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "user", "annotations", "constraint", "subject"),
    [
        ({}, ADMIN, {}, "anyuid", "user"),
        ({}, ADMIN, {"openshift.io/required-scc": "restricted-v2"}, "restricted-v2", "user"),
        ({"securityContext": {"runAsUser": 0}}, SYSTEM, {}, "anyuid", "serviceaccount"),
        ({"hostNetwork": True}, SYSTEM, {}, "privileged", "serviceaccount"),
    ],
)
def test_which_constraint_admits_a_pod_of_today(
    modern: Any, pod: Any, spec: Any, user: User, annotations: Any, constraint: str, subject: str
) -> None:
    modern.patch("/api/v1/namespaces/demo", {"metadata": {"annotations": RANGES}})
    pod["spec"].update(spec)
    pod["metadata"]["annotations"] = annotations
    found = modern.post(f"{CORE}/pods", pod, user=user)["metadata"]["annotations"]
    assert found["openshift.io/scc"] == constraint
    assert found["security.openshift.io/validated-scc-subject-type"] == subject


def test_who_does_not_run_as_root_says_so(modern: Any, pod: Any) -> None:
    modern.patch("/api/v1/namespaces/demo", {"metadata": {"annotations": RANGES}})
    pod["spec"].update(hostNetwork=True)
    pod["spec"]["containers"][0]["securityContext"] = {"runAsUser": 1001}
    context = modern.post(f"{CORE}/pods", pod, user=SYSTEM)["spec"]["containers"][0]["securityContext"]
    assert context == {"runAsUser": 1001, "runAsNonRoot": True}


def test_priority_comes_from_the_class(api: Any, pod: Any) -> None:
    assert api.post(f"{CORE}/pods", pod)["spec"]["priority"] == 0
    critical = {"metadata": {"name": "b"}, "spec": {**pod["spec"], "priorityClassName": "system-cluster-critical"}}
    assert api.post(f"{CORE}/pods", critical)["spec"]["priority"] == 2_000_000_000
    unknown = {"metadata": {"name": "c"}, "spec": {**pod["spec"], "priorityClassName": "vip"}}
    assert refusal(Forbidden, api.post, f"{CORE}/pods", unknown) == (
        'pods "c" is forbidden: no PriorityClass with name vip was found'
    )


def test_default_tolerations(api: Any, pod: Any) -> None:
    pod["spec"]["tolerations"] = [{"key": "node.kubernetes.io/not-ready", "operator": "Exists"}]
    assert api.post(f"{CORE}/pods", pod)["spec"]["tolerations"][1:] == [
        {"effect": "NoExecute", "key": "node.kubernetes.io/unreachable", "operator": "Exists", "tolerationSeconds": 300}
    ]


def test_the_node_selector_of_the_project(api: Any, pod: Any) -> None:
    annotation = {"openshift.io/node-selector": "zone=a"}
    api.patch("/api/v1/namespaces/demo", {"metadata": {"annotations": annotation}})
    assert api.post(f"{CORE}/pods", pod)["spec"]["nodeSelector"] == {"zone": "a"}
    other = {"metadata": {"name": "b"}, "spec": {**pod["spec"], "nodeSelector": {"zone": "b"}}}
    assert refusal(Forbidden, api.post, f"{CORE}/pods", other) == (
        'pods "b" is forbidden: pod node label selector conflicts with its project node label selector'
    )


def test_the_default_storage_class_and_the_protection_of_claims(api: Any, claim: Any) -> None:
    annotation = {"storageclass.kubernetes.io/is-default-class": "true"}
    api.post(
        "/apis/storage.k8s.io/v1/storageclasses",
        {"metadata": {"name": "rbd", "annotations": annotation}, "provisioner": "p"},
    )
    del claim["spec"]["storageClassName"]
    made = api.post(f"{CORE}/persistentvolumeclaims", claim)
    assert made["spec"]["storageClassName"] == "rbd"
    assert made["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]


def test_quota_of_storage(api: Any, claim: Any) -> None:
    api.post(f"{CORE}/persistentvolumeclaims", claim)
    api.post(f"{CORE}/resourcequotas", {"metadata": {"name": "q"}, "spec": {"hard": {"requests.storage": "10Gi"}}})
    claim["metadata"]["name"] = "q2"
    assert refusal(Forbidden, api.post, f"{CORE}/persistentvolumeclaims", claim) == (
        'persistentvolumeclaims "q2" is forbidden: exceeded quota: q, requested: requests.storage=100Gi, '
        "used: requests.storage=100Gi, limited: requests.storage=10Gi"
    )


def test_quota_of_pods(api: Any, pod: Any) -> None:
    hard = {"pods": "1", "limits.cpu": "1"}
    api.post(f"{CORE}/resourcequotas", {"metadata": {"name": "q"}, "spec": {"hard": hard}})
    text = 'pods "web" is forbidden: failed quota: q: must specify limits.cpu'
    assert refusal(Forbidden, api.post, f"{CORE}/pods", pod) == text
    pod["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "600m"}}
    api.post(f"{CORE}/pods", pod)
    pod["metadata"]["name"] = "b"
    assert refusal(Forbidden, api.post, f"{CORE}/pods", pod) == (
        'pods "b" is forbidden: exceeded quota: q, requested: limits.cpu=600m,pods=1, used: limits.cpu=600m,pods=1, '
        "limited: limits.cpu=1,pods=1"
    )


def test_limit_ranges(api: Any, pod: Any, claim: Any) -> None:
    limits = [
        {"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "100m"}, "max": {"cpu": "2"}},
        {"type": "PersistentVolumeClaim", "max": {"storage": "10Gi"}},
    ]
    api.post(f"{CORE}/limitranges", {"metadata": {"name": "l"}, "spec": {"limits": limits}})
    made = api.post(f"{CORE}/pods", pod)
    assert made["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}, "requests": {"cpu": "100m"}}
    assert made["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: cpu request for container web; cpu limit for container web"
    )
    large = {"metadata": {"name": "b"}, "spec": {"containers": [{**pod["spec"]["containers"][0]}]}}
    large["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "3"}}
    assert refusal(Forbidden, api.post, f"{CORE}/pods", large) == (
        'pods "b" is forbidden: maximum cpu usage per Container is 2, but limit is 3'
    )
    assert refusal(Forbidden, api.post, f"{CORE}/persistentvolumeclaims", claim) == (
        'persistentvolumeclaims "data" is forbidden: maximum storage usage per PersistentVolumeClaim is 10Gi, '
        "but request is 100Gi"
    )


def test_only_trainers_touch_the_infrastructure(api: Any) -> None:
    buckets = "/apis/infra.ocsim.dev/v1/buckets"
    assert refusal(Forbidden, api.post, buckets, {"metadata": {"name": "b"}}) == (
        'buckets.infra.ocsim.dev "b" is forbidden: User "kube:admin" cannot create resource "buckets" in API group '
        '"infra.ocsim.dev" at the cluster scope'
    )
    api.post(buckets, {"metadata": {"name": "b"}}, user=User("system:ocsim:s3", ("system:masters",)))
    trainer = User("teacher", ("ocsim:trainers", "system:cluster-admins"))
    api.patch(f"{buckets}/b", {"spec": {"region": "r"}}, user=trainer)
    assert "cannot delete resource" in refusal(Forbidden, api.delete, f"{buckets}/b")
