"""Who may do what, in the words of the real server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.authorization import Attributes, decide
from simulator.api.types import ADMIN, User
from simulator.errors import Forbidden, MethodNotAllowed, NotFound, Object

from .conftest import CORE, RBAC, Api

NOBODY = User("system:anonymous", ("system:unauthenticated",))
DEV = User("dev", ("system:authenticated",))
ACCOUNT = User("system:serviceaccount:demo:builder", ("system:serviceaccounts", "system:authenticated"))


def message(api: Api, method: str, path: str, query: dict[str, str] | None = None, user: User = NOBODY) -> str:
    with pytest.raises(Forbidden) as refused:
        api.ask(method, path, query=query or {}, user=user)
    return refused.value.message


def test_the_refusals(api: Api) -> None:
    head = 'User "system:anonymous" cannot'
    assert message(api, "GET", "/api/v1/namespaces/ns/pods") == (
        f'pods is forbidden: {head} list resource "pods" in API group "" in the namespace "ns"'
    )
    watch = message(api, "GET", "/api/v1/namespaces/ns/pods", {"watch": "true"})
    assert watch.startswith(f"pods is forbidden: {head} watch")
    assert message(api, "DELETE", "/apis/apps/v1/namespaces/ns/deployments/web") == (
        f'deployments.apps "web" is forbidden: {head} delete resource "deployments" in API group "apps" '
        'in the namespace "ns"'
    )
    assert message(api, "GET", "/api/v1/namespaces/ns/pods/zz/log").endswith(
        'cannot get resource "pods/log" in API group "" in the namespace "ns"'
    )
    assert message(api, "GET", "/apis/user.openshift.io/v1/users/~") == (
        f'users.user.openshift.io "~" is forbidden: {head} get resource "users" in API group "user.openshift.io" '
        "at the cluster scope"
    )
    assert message(api, "GET", "/apis") == f'forbidden: {head} get path "/apis"'


def test_an_object_that_is_a_namespace_lies_in_itself(api: Api) -> None:
    assert message(api, "GET", f"{CORE}/namespaces/demo").endswith('in API group "" in the namespace "demo"')
    assert message(api, "GET", "/apis/project.openshift.io/v1/projects/demo").endswith('in the namespace "demo"')
    assert message(api, "GET", f"{CORE}/namespaces").endswith("at the cluster scope")


def test_a_list_of_one_name_is_about_that_name(api: Api) -> None:
    query = {"fieldSelector": "metadata.name=a,status.phase=Running"}
    assert message(api, "GET", f"{CORE}/namespaces/demo/pods", query).startswith('pods "a" is forbidden')


def test_who_may_not_ask_is_not_told_what_is_served(api: Api) -> None:
    path = "/apis/none.io/v1/namespaces/demo/things/a/status"
    assert message(api, "GET", path) == (
        'things.none.io "a" is forbidden: User "system:anonymous" cannot get resource "things/status" in API group '
        '"none.io" in the namespace "demo"'
    )
    with pytest.raises(NotFound):
        api.get(path)


@pytest.mark.parametrize(
    ("verbs", "resources", "namespace", "method", "path", "allowed"),
    [
        ("get", "pods", "demo", "GET", "namespaces/demo/pods/a", True),
        ("get", "pods", "demo", "GET", "namespaces/demo/pods", False),
        ("get", "pods", "demo", "GET", "namespaces/other/pods/a", False),
        ("get", "pods", "", "GET", "namespaces/other/pods/a", True),
        ("list", "*", "", "GET", "pods", True),
        ("list", "pods", "demo", "GET", "pods", False),
        ("*", "pods", "demo", "DELETE", "namespaces/demo/pods", True),
        ("get", "pods", "demo", "GET", "namespaces/demo/pods/a/log", False),
        ("get", "pods/log", "demo", "GET", "namespaces/demo/pods/a/log", True),
        ("get", "*/log", "demo", "GET", "namespaces/demo/pods/a/log", True),
        ("get", "namespaces", "demo", "GET", "namespaces/demo", True),
    ],
)
def test_a_role(api: Api, verbs: str, resources: str, namespace: str, method: str, path: str, allowed: bool) -> None:
    api.post(f"{CORE}/namespaces", {"metadata": {"name": "other"}})
    api.allow(DEV, verbs, resources, namespace=namespace)
    try:
        api.ask(method, f"{CORE}/{path}", user=DEV)
    except Forbidden:
        assert not allowed
    except (NotFound, MethodNotAllowed):
        assert allowed
    else:
        assert allowed


def test_names_of_objects(api: Api) -> None:
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["mine"]}
    api.post(f"{RBAC}/namespaces/demo/roles", {"metadata": {"name": "r"}, "rules": [rule]})
    bind(api, "demo", "Role", "r", {"kind": "User", "name": "dev"})
    api.post(f"{CORE}/namespaces/demo/configmaps", {"metadata": {"name": "mine"}})
    assert api.get(f"{CORE}/namespaces/demo/configmaps/mine", user=DEV)["metadata"]["name"] == "mine"
    assert message(api, "GET", f"{CORE}/namespaces/demo/configmaps/other", user=DEV).startswith('configmaps "other"')
    assert message(api, "GET", f"{CORE}/namespaces/demo/configmaps", user=DEV).startswith("configmaps is forbidden")


def bind(api: Api, namespace: str, kind: str, role: str, *subjects: Object) -> None:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role}
    path = f"{RBAC}/namespaces/{namespace}/rolebindings" if namespace else f"{RBAC}/clusterrolebindings"
    api.post(path, {"metadata": {"name": f"{role}-b"}, "roleRef": reference, "subjects": list(subjects)})


READ_PODS = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]


@pytest.mark.parametrize(
    ("subject", "user", "whom"),
    [
        ({"kind": "User", "name": "dev"}, DEV, 'User "dev"'),
        ({"kind": "Group", "name": "system:authenticated"}, DEV, 'Group "system:authenticated"'),
        ({"kind": "ServiceAccount", "name": "builder", "namespace": "demo"}, ACCOUNT, 'ServiceAccount "builder/demo"'),
        ({"kind": "ServiceAccount", "name": "builder"}, ACCOUNT, 'ServiceAccount "builder/demo"'),
    ],
)
def test_the_reason_names_the_binding(api: Api, subject: Object, user: User, whom: str) -> None:
    """Source: kubernetes, pkg/registry/rbac/validation/rule.go, String of the describers."""
    api.post(f"{RBAC}/clusterroles", {"metadata": {"name": "reader"}, "rules": READ_PODS})
    bind(api, "demo", "ClusterRole", "reader", {"kind": "User", "name": "other"}, subject)
    decision = decide(api.server, user, Attributes("get", "", "pods", "", "demo", "a"))
    assert decision.allowed
    assert decision.reason == f'RBAC: allowed by RoleBinding "reader-b/demo" of ClusterRole "reader" to {whom}'


def test_a_missing_role_is_told(api: Api) -> None:
    bind(api, "demo", "ClusterRole", "gone", {"kind": "User", "name": "dev"})
    bind(api, "demo", "Role", "away", {"kind": "User", "name": "dev"})
    assert message(api, "GET", f"{CORE}/namespaces/demo/pods/a", user=DEV).endswith(
        'in the namespace "demo": RBAC: [role.rbac.authorization.k8s.io "away" not found, '
        'clusterrole.rbac.authorization.k8s.io "gone" not found]'
    )


def test_a_change_counts_at_once(api: Api) -> None:
    path = f"{CORE}/namespaces/demo/configmaps"
    message(api, "GET", path, user=DEV)
    api.post(f"{RBAC}/clusterroles", {"metadata": {"name": "r"}, "rules": []})
    bind(api, "demo", "ClusterRole", "r", {"kind": "User", "name": "dev"})
    message(api, "GET", path, user=DEV)
    api.patch(
        f"{RBAC}/clusterroles/r", {"rules": [{"verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"]}]}
    )
    assert api.get(path, user=DEV)["items"] == []
    api.delete(f"{RBAC}/namespaces/demo/rolebindings/r-b")
    message(api, "GET", path, user=DEV)


def test_administrators_keep_their_rights_until_there_is_a_policy(api: Api) -> None:
    assert api.get(f"{CORE}/namespaces/demo/pods", user=ADMIN)["items"] == []
    api.post(f"{RBAC}/clusterroles", {"metadata": {"name": "cluster-admin"}, "rules": []})
    message(api, "GET", f"{CORE}/namespaces/demo/pods", user=ADMIN)


@pytest.mark.parametrize(
    ("scope", "verb", "resource", "allowed"),
    [
        ("user:full", "get", "pods", True),
        ("user:info", "get", "pods", False),
        ("role:reader:demo", "get", "pods", True),
        ("role:reader:other", "get", "pods", False),
        ("role:reader:*", "get", "pods", True),
        ("role:reader:demo", "get", "secrets", False),
        ("role:reader:demo:!", "get", "secrets", True),
    ],
)
def test_the_scopes_of_a_token_limit_its_user(api: Api, scope: str, verb: str, resource: str, allowed: bool) -> None:
    api.allow(DEV, "*", "*", "*")
    rules = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods", "secrets"]}]
    api.post(f"{RBAC}/clusterroles", {"metadata": {"name": "reader"}, "rules": rules})
    user = User("dev", extra=(("scopes.authorization.openshift.io", (scope,)),))
    decision = decide(api.server, user, Attributes(verb, "", resource, "", "demo", "a"))
    assert decision.allowed is allowed
    if not allowed:
        assert decision.reason == f"scopes [{scope}] prevent this action"


# -- the evaluator agrees with one that reads the rules as they are written


VERBS, GROUPS, RESOURCES = ["get", "list", "*"], ["", "apps", "*"], ["pods", "pods/log", "*/log", "deployments", "*"]
NAMES, SPACES = ["a", "b"], ["demo", "other"]


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True)


PLAIN = st.fixed_dictionaries(
    {"verbs": some(VERBS), "apiGroups": some(GROUPS), "resources": some(RESOURCES), "resourceNames": some(NAMES)}
)
URLS = st.fixed_dictionaries({"verbs": some(VERBS), "nonResourceURLs": some(["/healthz", "/healthz/*", "*", "/a*"])})
SUBJECT = st.sampled_from(
    [{"kind": "User", "name": "dev"}, {"kind": "User", "name": "other"}, {"kind": "Group", "name": "g"},
     {"kind": "ServiceAccount", "name": "builder", "namespace": "demo"}, {"kind": "ServiceAccount", "name": "builder"}]
)  # fmt: skip
BINDING = st.tuples(
    st.sampled_from(["", *SPACES]),
    st.sampled_from(["Role", "ClusterRole"]),
    st.integers(0, 2),
    st.lists(SUBJECT, max_size=2),
)
USERS = [User("dev", ("g",)), User("dev", ()), ACCOUNT, User("system:serviceaccount:other:builder", ())]
VERB = st.sampled_from(["get", "list"])
ABOUT_OBJECTS = st.builds(
    Attributes, VERB, st.sampled_from(["", "apps"]), st.sampled_from(["pods", "deployments"]),
    st.sampled_from(["", "log"]), st.sampled_from(["", *SPACES]), st.sampled_from(["", *NAMES]),
)  # fmt: skip
ASKED = ABOUT_OBJECTS | st.builds(Attributes, VERB, path=st.sampled_from(["/healthz", "/healthz/etcd", "/a/b"]))


@given(
    st.lists(st.lists(PLAIN | URLS, max_size=2), min_size=3, max_size=3),
    st.lists(BINDING, max_size=4),
    st.sampled_from(USERS),
    st.lists(ASKED, min_size=1, max_size=6),
)
def test_it_agrees_with_a_naive_evaluation(
    roles: list[list[Object]], bindings: list[Any], user: User, asks: list[Attributes]
) -> None:
    api = Api()
    api.post(f"{CORE}/namespaces", {"metadata": {"name": "other"}})
    for number, rules in enumerate(roles):
        api.post(f"{RBAC}/clusterroles", {"metadata": {"name": f"r{number}"}, "rules": rules})
        plain = [rule for rule in rules if "resources" in rule]
        api.post(f"{RBAC}/namespaces/demo/roles", {"metadata": {"name": f"r{number}"}, "rules": plain})
    for number, (namespace, kind, role, subjects) in enumerate(bindings):
        if namespace or kind == "ClusterRole":
            reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": f"r{role}"}
            body = {"metadata": {"name": f"b{number}"}, "roleRef": reference, "subjects": subjects}
            api.server.state.commit("put", _key(namespace), namespace, f"b{number}", body, time=0, cause="test")
    for asked in [*asks, *asks]:  # twice: what is remembered is the same
        assert decide(api.server, user, asked).allowed is naive(api, user, asked)


def _key(namespace: str) -> str:
    return f"{'rolebindings' if namespace else 'clusterrolebindings'}.rbac.authorization.k8s.io"


def naive(api: Api, user: User, asked: Attributes) -> bool:
    state = api.server.state
    for namespace in {"", asked.namespace}:
        for stored in state.list(_key(namespace), namespace):
            if any(names(subject, user, namespace) for subject in stored.object["subjects"]):
                role = stored.object["roleRef"]
                home = namespace if role["kind"] == "Role" else ""
                found = state.get(f"{role['kind'].lower()}s.rbac.authorization.k8s.io", home, role["name"])
                if found is not None and any(allows(rule, asked) for rule in found.object.get("rules") or ()):
                    return True
    return False


def names(subject: Object, user: User, namespace: str) -> bool:
    if subject["kind"] == "ServiceAccount":
        return user.name == f"system:serviceaccount:{subject.get('namespace', namespace)}:{subject['name']}"
    return subject["name"] == user.name if subject["kind"] == "User" else subject["name"] in user.groups


def allows(rule: Object, asked: Attributes) -> bool:
    if not {asked.verb, "*"} & set(rule["verbs"]):
        return False
    if asked.path:
        return any(
            asked.path == url or (url[-1] == "*" and asked.path.startswith(url[:-1]))
            for url in rule.get("nonResourceURLs", ())
        )
    if not {asked.group, "*"} & set(rule.get("apiGroups", ())):
        return False
    wanted = {asked.what, "*"} | ({f"*/{asked.subresource}"} if asked.subresource else set())
    if not wanted & set(rule.get("resources", ())):
        return False
    return not rule.get("resourceNames") or asked.name in rule["resourceNames"]


# -- nobody grants what they do not have


def test_a_role_with_more_than_one_has_is_refused(api: Api) -> None:
    """Source: kubernetes, pkg/registry/rbac/validation/rule.go, ConfirmNoEscalation."""
    api.allow(DEV, "get,create", "pods,roles,rolebindings", ",rbac.authorization.k8s.io", namespace="demo")
    rules = [
        {"verbs": ["get", "list", "delete"], "apiGroups": [""], "resources": ["pods"]},
        {"verbs": ["get"], "apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["web"]},
    ]
    path = f"{RBAC}/namespaces/demo/roles"
    with pytest.raises(Forbidden) as refused:
        api.post(path, {"metadata": {"name": "r"}, "rules": rules}, user=DEV)
    assert refused.value.message == (
        'roles.rbac.authorization.k8s.io "r" is forbidden: user "dev" (groups=["system:authenticated"]) is attempting '
        "to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete" "list"]}\n'
        '{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["web"], Verbs:["get"]}'
    )
    less = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["web"]}]
    assert api.post(path, {"metadata": {"name": "r"}, "rules": less}, user=DEV)["rules"] == less


def test_a_binding_to_more_than_one_has_is_refused(api: Api) -> None:
    api.allow(DEV, "get,create", "pods,rolebindings", ",rbac.authorization.k8s.io", namespace="demo")
    for name, verb in (("small", "get"), ("large", "delete")):
        rules = [{"verbs": [verb], "apiGroups": [""], "resources": ["pods"]}]
        api.post(f"{RBAC}/clusterroles", {"metadata": {"name": name}, "rules": rules})

    def grant(role: str) -> Any:
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
        body = {"metadata": {"name": f"{role}-b"}, "roleRef": reference, "subjects": [{"kind": "User", "name": "bob"}]}
        return api.post(f"{RBAC}/namespaces/demo/rolebindings", body, user=DEV)

    assert grant("small")["roleRef"]["name"] == "small"
    with pytest.raises(Forbidden, match="is attempting to grant RBAC permissions not currently held"):
        grant("large")
    with pytest.raises(NotFound, match=r'clusterroles.rbac.authorization.k8s.io "none" not found'):
        grant("none")
    api.allow(DEV, "bind", "clusterroles", "rbac.authorization.k8s.io", namespace="demo")
    assert grant("large")["roleRef"]["name"] == "large"
