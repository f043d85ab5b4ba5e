"""Security context constraints: which one admits a pod, what it fills in, and how all of them refuse.

Sources: openshift/apiserver-library-go, branches release-4.2 and release-4.20: sccadmission/admission.go,
sccmatching/provider.go, util/sort/byrestrictions.go; the constraints: cluster-kube-apiserver-operator.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.api.admission.security.constraint import compiled
from simulator.api.admission.security.faults import faults
from simulator.api.admission.security.prescription import prescribed
from simulator.api.admission.security.provider import block, provider_of
from simulator.api.admission.security.wording import same_level
from simulator.api.types import ADMIN, MERGE_PATCH, Request, Response, User
from simulator.cluster import Cluster
from simulator.errors import Forbidden, Object, from_status
from simulator.release import Release

DEVELOPER = User("developer", ("system:authenticated:oauth", "system:authenticated"))
ROOT = User("system:admin", ("system:masters", "system:authenticated"))
PODS, RBAC = "/api/v1/namespaces/mine/pods", "/apis/rbac.authorization.k8s.io/v1/namespaces/mine/rolebindings"
SCCS = "/apis/security.openshift.io/v1/securitycontextconstraints"
UNABLE = 'pods "x" is forbidden: unable to validate against any security context constraint: '
NO_HOST = "Host network is not allowed to be used"
ANNOTATION, SUBJECT = "openshift.io/scc", "security.openshift.io/validated-scc-subject-type"


class Project:
    """A developer's project in a cluster of a profile: ``mine``, whose users and groups begin at ``first``."""

    def __init__(self, profile: str) -> None:
        self.cluster = Cluster.from_profile(profile)
        self.ask("POST", "/apis/project.openshift.io/v1/projectrequests", {"metadata": {"name": "mine"}})
        self.cluster.settle(5, 1)
        notes = self.ask("GET", "/api/v1/namespaces/mine")["metadata"]["annotations"]
        self.first = int(notes["openshift.io/sa.scc.uid-range"].partition("/")[0])
        self.level = notes["openshift.io/sa.scc.mcs"]

    def ask(self, method: str, path: str, body: Any = None, user: User = DEVELOPER) -> Any:
        kind = MERGE_PATCH if method == "PATCH" else "application/json"
        reply = self.cluster.api.handle(Request(method, path, {}, body, kind, "application/json", user))
        assert isinstance(reply, Response)
        if reply.code >= 400:
            raise from_status(reply.body)
        return reply.body

    def pod(self, spec: Object, user: User = DEVELOPER, **annotations: str) -> Any:
        notes = {key.replace("_", "-"): value for key, value in annotations.items()}
        notes = {f"openshift.io/{key}": value for key, value in notes.items()}
        return self.ask("POST", PODS, {"metadata": {"name": "x", "annotations": notes}, "spec": spec_of(spec)}, user)

    def refusal(self, spec: Object, user: User = DEVELOPER, **annotations: str) -> str:
        with pytest.raises(Forbidden) as error:
            self.pod(spec, user, **annotations)
        return str(error.value)

    def grant(self, role: str, account: str) -> None:
        subject = {"kind": "ServiceAccount", "name": account, "namespace": "mine"}
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
        self.ask("POST", RBAC, {"metadata": {"name": "scc"}, "roleRef": reference, "subjects": [subject]}, ADMIN)


def spec_of(spec: Object) -> Object:
    """``container``: what the only container has besides its name and image."""
    container = {"name": "c", "image": "example.com/i", **spec.get("container", {})}
    return {**{key: value for key, value in spec.items() if key != "container"}, "containers": [container]}


@pytest.fixture
def old() -> Iterator[Project]:
    project = Project("ocp-4.2")
    yield project
    project.cluster.stop()


@pytest.fixture
def new() -> Iterator[Project]:
    project = Project("ocp-4.20-small")
    yield project
    project.cluster.stop()


HOST_NETWORK = {"hostNetwork": True}
HOST_PATH = {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}
PRIVILEGED = {"container": {"securityContext": {"privileged": True}}}
STRANGER = {"securityContext": {"runAsUser": 0, "fsGroup": 5}}
CAPABLE = {
    "container": {
        "ports": [{"containerPort": 80, "hostPort": 80}],
        "securityContext": {"capabilities": {"add": ["SYS_TIME"]}},
    }
}
PARAMETERS = {"securityContext": {"sysctls": [{"name": "kernel.shmmax", "value": "1"}]}}


@pytest.mark.parametrize(("spec", "texts"), [
    (HOST_NETWORK, [f"provider restricted: .spec.securityContext.hostNetwork: Invalid value: true: {NO_HOST}",
                    f"spec.containers[0].securityContext.hostNetwork: Invalid value: true: {NO_HOST}"]),
    (HOST_PATH, ['spec.volumes[0]: Invalid value: "hostPath": hostPath volumes are not allowed to be used']),
    (PRIVILEGED, ["spec.containers[0].securityContext.privileged: Invalid value: true: Privileged containers are not "
                  "allowed"]),
    (STRANGER, ["fsGroup: Invalid value: []int64{{5}}: 5 is not an allowed group",
                "spec.containers[0].securityContext.securityContext.runAsUser: Invalid value: 0: must be in the "
                "ranges: [{first}, {last}]"]),
    (CAPABLE, ['capabilities.add: Invalid value: "SYS_TIME": capability may not be added',
               "spec.containers[0].securityContext.containers[0].hostPort: Invalid value: 80: Host ports are not "
               "allowed to be used"]),
    (PARAMETERS, ['pod.spec.securityContext.sysctls[0]: Forbidden: unsafe sysctl "kernel.shmmax" is not allowed']),
])  # fmt: skip
def test_what_a_developer_is_told_by_4_2(old: Project, spec: Object, texts: list[str]) -> None:
    """A slice of errors as Go prints it: in brackets, parted by spaces."""
    shown = " ".join(texts).format(first=old.first, last=old.first + 9999)
    assert old.refusal(spec) == f"{UNABLE}[{shown}]"


NOBODYS = [
    "restricted", "nested-container", "nonroot-v2", "nonroot", "hostmount-anyuid", "hostmount-anyuid-v2",
    "machine-api-termination-handler", "hostnetwork-v2", "hostnetwork", "hostaccess", "node-exporter", "privileged",
]  # fmt: skip
USERS = (
    'provider restricted-v3: .spec.securityContext.hostUsers: Invalid value: "null": Host Users must be set to false'
)


def unusable(name: str) -> str:
    return f'provider "{name}": Forbidden: not usable by user or serviceaccount'


@pytest.mark.parametrize(("spec", "texts"), [
    (HOST_NETWORK, [
        f"provider restricted-v2: .spec.securityContext.hostNetwork: Invalid value: true: {NO_HOST}",
        f"provider restricted-v2: .containers[0].hostNetwork: Invalid value: true: {NO_HOST}",
        f"provider restricted-v3: .spec.securityContext.hostNetwork: Invalid value: true: {NO_HOST}", USERS,
        f"provider restricted-v3: .containers[0].hostNetwork: Invalid value: true: {NO_HOST}"]),
    (HOST_PATH, [  # both say the same: each text once
        'spec.volumes[0]: Invalid value: "hostPath": hostPath volumes are not allowed to be used', USERS]),
    (STRANGER, [
        "provider restricted-v2: .spec.securityContext.fsGroup: Invalid value: []int64{{5}}: 5 is not an allowed group",
        "provider restricted-v2: .containers[0].runAsUser: Invalid value: 0: must be in the ranges: [{first}, {last}]",
        "provider restricted-v3: .spec.securityContext.fsGroup: Invalid value: []int64{{5}}: 5 is not an allowed group",
        USERS, "provider restricted-v3: .containers[0].runAsUser: Invalid value: 0: must be in the ranges: [1000, "
        "65534]"]),
    ({"securityContext": {"seccompProfile": {"type": "Unconfined"}}, "hostUsers": False}, [
        f"pod.metadata.annotations[{key}]: Forbidden: unconfined is not an allowed seccomp profile. Valid values are "
        "[runtime/default]"
        for key in ("seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/c")]),
])  # fmt: skip
def test_what_a_developer_is_told_today(new: Project, spec: Object, texts: list[str]) -> None:
    """All constraints of the cluster, in the order in which they are tried."""
    shown = [text.format(first=new.first, last=new.first + 9999) for text in texts]
    every = [unusable("anyuid"), *shown, *map(unusable, NOBODYS)]
    assert new.refusal(spec) == f"{UNABLE}[{', '.join(every)}]"


def test_a_pod_that_the_older_restricted_would_admit_is_told_so(new: Project) -> None:
    gaining = {"container": {"securityContext": {"allowPrivilegeEscalation": True}}}
    assert new.refusal(gaining).endswith(
        ", no access to scc/restricted: Forbidden: the pod fails to validate against the `restricted-v2` security "
        "context constraint, but would validate successfully against the `restricted` security context constraint]"
    )


def test_the_pod_of_a_developer(old: Project, new: Project) -> None:
    less = {"restricted": ["KILL", "MKNOD", "SETGID", "SETUID"], "restricted-v2": ["ALL"]}
    for project, (name, dropped) in zip((old, new), less.items(), strict=True):
        made = project.pod({})
        assert made["metadata"]["annotations"][ANNOTATION] == name
        assert made["spec"]["securityContext"]["seLinuxOptions"] == {"level": project.level}
        assert made["spec"]["securityContext"]["fsGroup"] == project.first
        context = made["spec"]["containers"][0]["securityContext"]
        assert (context["runAsUser"], context["capabilities"]) == (project.first, {"drop": dropped})
    assert context["runAsNonRoot"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert made["metadata"]["annotations"][SUBJECT] == "user"


@pytest.mark.parametrize(("spec", "user", "constraint"), [
    ({}, ADMIN, "anyuid"),  # its priority is 10
    ({}, ROOT, "anyuid"),
    (HOST_NETWORK, ADMIN, "hostnetwork-v2"),
    (HOST_PATH, ADMIN, "hostmount-anyuid"),
    (PRIVILEGED, ROOT, "privileged"),
    ({"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}, ADMIN, "restricted-v2"),
    ({"hostUsers": False, "securityContext": {"runAsUser": 2000, "fsGroup": 2000}}, DEVELOPER, "restricted-v3"),
])  # fmt: skip
def test_the_narrowest_of_those_that_one_may_use(new: Project, spec: Object, user: User, constraint: str) -> None:
    notes = new.pod(spec, user)["metadata"]["annotations"]
    assert (notes[ANNOTATION], notes[SUBJECT]) == (constraint, "user")


def test_the_right_of_the_account_counts(new: Project) -> None:
    new.grant("system:openshift:scc:privileged", "default")
    notes = new.pod(PRIVILEGED)["metadata"]["annotations"]
    assert (notes[ANNOTATION], notes[SUBJECT]) == ("privileged", "serviceaccount")


def test_users_and_groups_of_a_constraint(old: Project) -> None:
    """As ``oc adm policy add-scc-to-user`` of 4.2 lists them."""
    old.ask("PATCH", f"{SCCS}/anyuid", {"users": ["system:serviceaccount:mine:default"]}, ADMIN)
    assert old.pod({"securityContext": {"runAsUser": 0}})["metadata"]["annotations"] == {ANNOTATION: "anyuid"}
    old.ask("PATCH", f"{SCCS}/hostaccess", {"groups": ["system:serviceaccounts:mine"]}, ADMIN)
    old.ask("DELETE", f"{PODS}/x")
    old.cluster.settle(60, 5)
    assert old.pod(HOST_NETWORK)["metadata"]["annotations"] == {ANNOTATION: "hostaccess"}


def test_a_constraint_by_name(new: Project) -> None:
    assert new.refusal({}, required_scc="anyuid") == UNABLE + unusable("anyuid")
    assert new.refusal({}, required_scc="none") == (
        'pods "x" is forbidden: failed to retrieve the required SCC "none": '
        'securitycontextconstraints.security.openshift.io "none" not found'
    )
    assert new.pod({}, ADMIN, required_scc="nonroot-v2")["metadata"]["annotations"][ANNOTATION] == "nonroot-v2"
    with pytest.raises(Forbidden, match="invalid change of required security context constraint annotation"):
        new.ask("PATCH", f"{PODS}/x", {"metadata": {"annotations": {"openshift.io/required-scc": None}}}, ADMIN)


@pytest.mark.parametrize("profile", ["old", "new"])
def test_a_replica_set_makes_what_its_account_may_run(profile: str, request: pytest.FixtureRequest) -> None:
    project: Project = request.getfixturevalue(profile)
    meta = {"labels": {"app": "web"}}
    template = {"metadata": meta, "spec": spec_of({"hostPID": True})}
    wanted = {"selector": {"matchLabels": meta["labels"]}, "template": template}
    path = "/apis/apps/v1/namespaces/mine/deployments"
    project.ask("POST", path, {"metadata": {"name": "web"}, "spec": wanted})
    project.cluster.settle(1, 0.5)
    events = [one.object for one in project.cluster.state.list("events", "mine")]
    told = {(one["involvedObject"]["kind"], one["reason"]): one["message"] for one in events}
    message = told["ReplicaSet", "FailedCreate"]
    assert message.startswith('Error creating: pods "web-')
    assert ".spec.securityContext.hostPID: Invalid value: true: Host PID is not allowed to be used" in message
    project.grant("system:openshift:scc:privileged", "default") if profile == "new" else project.ask(
        "PATCH", f"{SCCS}/privileged", {"users": ["system:serviceaccount:mine:default"]}, ADMIN
    )
    project.cluster.settle(60, 30)
    (pod,) = project.ask("GET", PODS)["items"]
    assert pod["metadata"]["annotations"][ANNOTATION] == "privileged"


def test_whoever_changes_a_pod_must_be_able_to_have_it(new: Project) -> None:
    new.pod(HOST_NETWORK, ADMIN)
    label = {"metadata": {"labels": {"a": "b"}}}
    with pytest.raises(Forbidden, match=NO_HOST):
        new.ask("PATCH", f"{PODS}/x", label)
    changed = new.ask("PATCH", f"{PODS}/x", label, ADMIN)
    assert changed["metadata"]["annotations"][ANNOTATION] == "hostnetwork-v2"
    left = new.ask("PATCH", f"{PODS}/x", {"metadata": {"finalizers": ["example.com/wait"]}})
    assert left["metadata"]["finalizers"] == ["example.com/wait"]  # what the garbage collector changes is free


def test_one_changes_ones_own_pod(new: Project) -> None:
    made = new.pod({})
    changed = new.ask("PATCH", f"{PODS}/x", {"metadata": {"labels": {"a": "b"}}})
    assert changed["spec"] == made["spec"]
    assert changed["metadata"]["annotations"] == made["metadata"]["annotations"]


def test_a_constraint_of_ones_own(new: Project) -> None:
    """Priority comes before everything; what is made is used at once, and no more when it is gone."""
    any_ = {"type": "RunAsAny"}
    mine = {
        "metadata": {"name": "mine"}, "priority": 20, "users": ["developer"], "allowPrivilegedContainer": False,
        "allowHostNetwork": False, "allowHostPorts": False, "allowHostPID": False, "allowHostIPC": False,
        "allowHostDirVolumePlugin": False, "readOnlyRootFilesystem": True, "defaultAddCapabilities": ["NET_RAW"],
        "defaultAllowPrivilegeEscalation": False, "allowedCapabilities": [], "requiredDropCapabilities": [],
        "runAsUser": {"type": "MustRunAs", "uid": 77}, "seLinuxContext": any_, "supplementalGroups": any_,
        "fsGroup": {"type": "MustRunAs", "ranges": [{"min": 5, "max": 9}]}, "volumes": ["secret"],
    }  # fmt: skip
    new.ask("POST", SCCS, mine, ADMIN)
    made = new.pod({})
    assert made["metadata"]["annotations"][ANNOTATION] == "mine"  # the token's volume is no more than a secret
    assert made["spec"]["securityContext"] == {"fsGroup": 5}
    assert made["spec"]["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False, "capabilities": {"add": ["NET_RAW"]}, "readOnlyRootFilesystem": True,
        "runAsNonRoot": True, "runAsUser": 77,
    }  # fmt: skip
    new.ask("DELETE", f"{SCCS}/mine", user=ADMIN)
    spec = {"name": "y"}
    made = new.ask("POST", PODS, {"metadata": spec, "spec": spec_of({})})
    assert made["metadata"]["annotations"][ANNOTATION] == "restricted-v2"


@pytest.mark.parametrize(("text", "expected"), [
    ("1000/10", (1000, 1009)), ("5-9", (5, 9)), ("", None), ("a/b", None), ("7", None),
])  # fmt: skip
def test_blocks_of_numbers(text: str, expected: tuple[int, int] | None) -> None:
    assert block(text) == expected


def test_categories_have_no_order() -> None:
    assert same_level("s0:c6,c0", "s0:c0,c6")
    assert not same_level("s0:c6,c0", "s1:c6,c0")
    assert not same_level("s0", "s0:c1")


# -- whatever is admitted is what the constraint wants

_users = st.sampled_from([None, 0, 1000, 1000340001])
_levels = st.sampled_from([None, {"level": "s0:c17,c18"}, {"level": "s0:c1,c2"}])
_contexts = st.fixed_dictionaries({}, optional={
    "runAsUser": _users, "seLinuxOptions": _levels, "runAsNonRoot": st.booleans(),
    "seccompProfile": st.sampled_from([{"type": "RuntimeDefault"}, {"type": "Unconfined"}]),
})  # fmt: skip
_names = st.lists(st.sampled_from(["KILL", "MKNOD", "ALL", "SYS_TIME"]), max_size=3, unique=True)
_own = st.fixed_dictionaries({}, optional={
    "runAsUser": _users, "allowPrivilegeEscalation": st.booleans(), "privileged": st.booleans(),
    "capabilities": st.fixed_dictionaries({}, optional={"add": _names, "drop": _names}),
})  # fmt: skip
_strategies = ("RunAsAny", "MustRunAs")
_constraints = st.fixed_dictionaries({
    "runAsUser": st.sampled_from([{"type": one} for one in ("RunAsAny", "MustRunAsRange", "MustRunAsNonRoot")]),
    "seLinuxContext": st.sampled_from([{"type": one} for one in _strategies]),
    "fsGroup": st.sampled_from([{"type": one} for one in _strategies]),
    "supplementalGroups": st.sampled_from([{"type": one} for one in _strategies]),
    "requiredDropCapabilities": _names, "allowedCapabilities": _names, "volumes": st.just(["*"]),
    "defaultAddCapabilities": st.sampled_from([[], ["CHOWN"]]), "allowPrivilegeEscalation": st.booleans(),
    "allowPrivilegedContainer": st.booleans(), "readOnlyRootFilesystem": st.booleans(),
    "seccompProfiles": st.sampled_from([[], ["*"], ["runtime/default"]]),
})  # fmt: skip
_RANGES = {"openshift.io/sa.scc.uid-range": "1000340000/10000", "openshift.io/sa.scc.mcs": "s0:c18,c17"}


@settings(max_examples=60, deadline=None)
@given(raw=_constraints, context=_contexts, own=_own, release=st.sampled_from(["4.2.0", "4.20.1"]))
def test_what_is_admitted_needs_nothing_more(raw: Object, context: Object, own: Object, release: str) -> None:
    """What a constraint fills in satisfies it wherever the pod had said nothing, and is filled in once."""
    at = Release(release, "v1.33.5", ())
    provider = provider_of(compiled({"metadata": {"name": "one"}, **raw}, at), _RANGES)
    spec = {"securityContext": context, "containers": [{"name": "c", "image": "i", "securityContext": own}]}
    filled = prescribed({"metadata": {"name": "x"}, "spec": spec}, provider, at)
    assert prescribed(filled, provider, at) == filled
    plain = prescribed({"metadata": {"name": "x"}, "spec": {"containers": [{"name": "c"}]}}, provider, at)
    clash = set(raw["requiredDropCapabilities"]) & set(raw["defaultAddCapabilities"])
    assert clash or not faults(plain, provider, at)
    if not faults(filled, provider, at):
        mine = filled["spec"]["containers"][0].get("securityContext") or {}
        user = mine["runAsUser"] if mine.get("runAsUser") is not None else context.get("runAsUser", -1)
        assert raw["runAsUser"]["type"] != "MustRunAsRange" or 1000340000 <= user <= 1000349999
        assert raw["allowPrivilegedContainer"] or not mine.get("privileged")
        assert raw["allowPrivilegeEscalation"] or mine["allowPrivilegeEscalation"] is False
