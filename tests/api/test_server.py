"""Verbs, discovery, subresources, watches: requests as a client sends them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from simulator.api.resourcetable import builtin_table
from simulator.api.schema import fields_of
from simulator.api.server import ApiServer
from simulator.api.types import MERGE_PATCH, STRATEGIC_MERGE_PATCH, TABLE_V1BETA1, Request, Response, Upgrade, User
from simulator.api.watch import Watch
from simulator.errors import (
    AlreadyExists,
    BadRequest,
    Conflict,
    InternalError,
    Invalid,
    MethodNotAllowed,
    NotFound,
    TooManyRequests,
)
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names

DEVELOPER = User("developer")

CORE, DEPLOYMENTS = "/api/v1/namespaces/demo", "/apis/apps/v1/namespaces/demo/deployments"


def refusal(kind: type[Exception], call: Any, *args: Any, **details: Any) -> str:
    with pytest.raises(kind) as error:
        call(*args, **details)
    return str(error.value)


# -- discovery


def test_the_version_and_the_groups(api: Any) -> None:
    assert api.get("/version")["gitVersion"] == "v1.14.6+868bc38"
    assert api.get("/api")["versions"] == ["v1"]
    groups = [group["name"] for group in api.get("/apis")["groups"]]
    assert groups.index("extensions") < groups.index("apps") < groups.index("config.openshift.io")
    assert groups[-1] == "infra.ocsim.dev"
    assert api.get("/apis/operators.coreos.com")["preferredVersion"]["version"] == "v1"
    assert api.get("/healthz") == "ok"


def test_the_resources_of_a_group(api: Any) -> None:
    entries = {item["name"]: item for item in api.get("/apis/apps/v1")["resources"]}
    assert entries["deployments"]["shortNames"] == ["deploy"]
    assert entries["deployments"]["categories"] == ["all"]
    assert (entries["deployments/scale"]["kind"], entries["deployments/scale"]["group"]) == ("Scale", "autoscaling")
    assert all("categories" not in item for item in api.get("/apis/extensions/v1beta1")["resources"])


@pytest.mark.parametrize("path", ["/apis/no/v1", "/apis/no", "/api/v1/nones", "/api/v1/nodes/n/none", "/other"])
def test_nothing_is_served_here(api: Any, path: str) -> None:
    assert refusal(NotFound, api.get, path) == "the server could not find the requested resource"


def test_kinds_and_short_names_are_unique_enough() -> None:
    rows = builtin_table().rows
    assert len({row.gvr for row in rows}) == len(rows)
    assert all(builtin_table().by_key(row.key) is not None for row in rows)


def test_a_defined_kind_is_served_like_any_other(api: Any) -> None:
    spec = {
        "group": "shop.test", "version": "v1", "names": {"plural": "orders", "kind": "Order"},
        "validation": {"openAPIV3Schema": {"properties": {"spec": {"properties": {"items": {"type": "integer"}}}}}},
        "additionalPrinterColumns": [{"name": "Items", "type": "integer", "JSONPath": ".spec.items"}],
    }  # fmt: skip
    definitions, orders = "/apis/apiextensions.k8s.io/v1beta1/customresourcedefinitions", "/apis/shop.test/v1"
    api.post(definitions, {"metadata": {"name": "orders.shop.test"}, "spec": spec})
    path = f"{orders}/namespaces/demo/orders"
    api.post(path, {"apiVersion": "shop.test/v1", "kind": "Order", "metadata": {"name": "o"}, "spec": {"items": 3}})
    assert api.table(path) == (["NAME", "ITEMS"], [["o", 3]])
    assert [item["name"] for item in api.get(orders)["resources"]] == ["orders"]
    assert "must be of type integer" in refusal(Invalid, api.patch, f"{path}/o", {"spec": {"items": "x"}})
    api.delete(f"{definitions}/orders.shop.test")
    api.patch(f"{definitions}/orders.shop.test", {"metadata": {"finalizers": None}})  # as its controller does
    refusal(NotFound, api.get, path)


# -- verbs


def test_create_exists_and_is_being_deleted(api: Any, claim: Any) -> None:
    claims = f"{CORE}/persistentvolumeclaims"
    api.post(claims, claim)
    assert refusal(AlreadyExists, api.post, claims, claim) == 'persistentvolumeclaims "data" already exists'
    api.delete(f"{claims}/data")
    assert refusal(AlreadyExists, api.post, claims, claim) == (
        'object is being deleted: persistentvolumeclaims "data" already exists'
    )


def test_missing_objects_name_their_kind(api: Any) -> None:
    assert refusal(NotFound, api.get, f"{CORE}/pods/zz") == 'pods "zz" not found'
    config = "/apis/imageregistry.operator.openshift.io/v1/configs/nope"
    assert refusal(NotFound, api.get, config) == 'configs.imageregistry.operator.openshift.io "nope" not found'


def test_a_stale_update_conflicts(api: Any, deployment: Any) -> None:
    stored = api.post(DEPLOYMENTS, deployment)
    api.patch(f"{DEPLOYMENTS}/web", {"spec": {"replicas": 2}})
    assert refusal(Conflict, api.put, f"{DEPLOYMENTS}/web", stored) == (
        'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )


def test_generation_counts_what_is_wanted(api: Any, deployment: Any) -> None:
    path = f"{DEPLOYMENTS}/web"
    api.post(DEPLOYMENTS, deployment)
    assert api.patch(path, {"metadata": {"labels": {"a": "b"}}})["metadata"]["generation"] == 1
    assert api.patch(f"{path}/status", {"status": {"replicas": 1}})["metadata"]["generation"] == 1
    assert api.patch(path, {"spec": {"replicas": 2}})["metadata"]["generation"] == 2
    assert api.get(path)["status"] == {"replicas": 1}


def test_status_and_the_rest_are_written_apart(api: Any, deployment: Any) -> None:
    api.post(DEPLOYMENTS, {**deployment, "status": {"replicas": 9}})
    path = f"{DEPLOYMENTS}/web"
    assert api.get(path)["status"] == {}
    assert api.patch(path, {"status": {"replicas": 9}})["status"] == {}
    changed = api.patch(f"{path}/status", {"status": {"replicas": 9}, "spec": {"replicas": 9}})
    assert (changed["status"], changed["spec"]["replicas"]) == ({"replicas": 9}, 1)


def test_an_update_without_a_change_writes_nothing(api: Any, deployment: Any) -> None:
    stored = api.post(DEPLOYMENTS, deployment)
    before = api.server.state.revision
    assert api.put(f"{DEPLOYMENTS}/web", stored) == stored
    assert api.patch(f"{DEPLOYMENTS}/web", {"spec": {"replicas": 1}}) == stored
    assert api.server.state.revision == before


def test_a_dry_run_leaves_no_trace(api: Any, deployment: Any) -> None:
    dry, path = {"dryRun": "All"}, f"{DEPLOYMENTS}/web"
    before = api.server.state.revision
    assert api.post(DEPLOYMENTS, deployment, query=dry)["spec"]["replicas"] == 1
    assert api.server.state.revision == before
    api.post(DEPLOYMENTS, deployment)
    before = api.server.state.revision
    assert api.patch(path, {"spec": {"replicas": 5}}, query=dry)["spec"]["replicas"] == 5
    api.patch(f"{path}/scale", {"spec": {"replicas": 5}}, query=dry)
    api.delete(path, query=dry)
    project = {"metadata": {"name": "new"}}
    api.post("/apis/project.openshift.io/v1/projectrequests", project, query=dry)
    assert api.server.state.revision == before


def test_strategic_patch_of_a_container(api: Any, deployment: Any) -> None:
    api.post(DEPLOYMENTS, deployment)
    container = {"name": "web", "env": [{"name": "A", "value": "1"}]}
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    made = api.patch(f"{DEPLOYMENTS}/web", patch, STRATEGIC_MERGE_PATCH)
    assert made["spec"]["template"]["spec"]["containers"][0]["image"] == "web:1"
    assert made["spec"]["template"]["spec"]["containers"][0]["env"] == [{"name": "A", "value": "1"}]


@pytest.mark.parametrize(
    ("policy", "finalizers"), [("Foreground", ["foregroundDeletion"]), ("Orphan", ["orphan"]), ("Background", None)]
)
def test_propagation(api: Any, deployment: Any, policy: str, finalizers: Any) -> None:
    api.post(DEPLOYMENTS, deployment)
    reply = api.delete(f"{DEPLOYMENTS}/web", {"propagationPolicy": policy})
    if finalizers is None:
        assert reply["status"] == "Success"
        refusal(NotFound, api.get, f"{DEPLOYMENTS}/web")
    else:
        assert reply["metadata"]["finalizers"] == finalizers
        api.patch(f"{DEPLOYMENTS}/web", {"metadata": {"finalizers": None}})
        refusal(NotFound, api.get, f"{DEPLOYMENTS}/web")


def test_preconditions_of_a_deletion(api: Any, deployment: Any) -> None:
    uid = api.post(DEPLOYMENTS, deployment)["metadata"]["uid"]
    text = refusal(Conflict, api.delete, f"{DEPLOYMENTS}/web", {"preconditions": {"uid": "other"}})
    assert text.endswith(f"Precondition failed: UID in precondition: other, UID in object meta: {uid}")


def test_a_running_pod_stops_gracefully(api: Any, pod: Any) -> None:
    pod["spec"]["nodeName"] = "n1"
    api.post(f"{CORE}/pods", pod)
    assert api.delete(f"{CORE}/pods/web")["metadata"]["deletionTimestamp"] == "2019-10-28T09:00:30Z"
    api.delete(f"{CORE}/pods/web", {"gracePeriodSeconds": 0})
    refusal(NotFound, api.get, f"{CORE}/pods/web")


def test_a_collection_is_deleted_by_label(api: Any) -> None:
    for number in range(4):
        labels = {"odd": str(number % 2)}
        api.post(f"{CORE}/configmaps", {"metadata": {"name": f"c{number}", "labels": labels}})
    api.delete(f"{CORE}/configmaps", query={"labelSelector": "odd=1"})
    assert [item["metadata"]["name"] for item in api.get(f"{CORE}/configmaps")["items"]] == ["c0", "c2"]


def test_pages_join_to_the_whole_list(api: Any) -> None:
    for number in range(7):
        api.post(f"{CORE}/configmaps", {"metadata": {"name": f"c{number}"}})
    names, token = [], ""
    while True:
        page = api.get("/api/v1/configmaps", query={"limit": "3", "continue": token})
        names += [item["metadata"]["name"] for item in page["items"]]
        token = page["metadata"].get("continue", "")
        if not token:
            break
    assert names == [f"c{number}" for number in range(7)]
    assert refusal(BadRequest, api.get, "/api/v1/configmaps", query={"continue": "x"}).startswith(
        "invalid continue token: continue key is not valid"
    )


def test_an_unsupported_field_selector(api: Any) -> None:
    query = {"fieldSelector": "foo=bar"}
    assert refusal(BadRequest, api.get, f"{CORE}/pods", query=query) == "field label not supported: foo"


def test_a_method_that_a_kind_does_not_have(api: Any) -> None:
    text = "the server does not allow this method on the requested resource"
    assert refusal(MethodNotAllowed, api.delete, "/api/v1/componentstatuses/scheduler") == text


# -- aliases and questions


def test_one_deployment_in_two_groups(api: Any, deployment: Any) -> None:
    api.post(DEPLOYMENTS, deployment)
    old = "/apis/extensions/v1beta1/namespaces/demo/deployments"
    shown = api.get(f"{old}/web")
    assert (shown["apiVersion"], shown["metadata"]["selfLink"]) == ("extensions/v1beta1", f"{old}/web")
    assert api.patch(f"{old}/web", {"spec": {"replicas": 3}})["spec"]["replicas"] == 3
    assert api.get(f"{DEPLOYMENTS}/web")["apiVersion"] == "apps/v1"


def test_a_project_is_requested_once(api: Any) -> None:
    requests = "/apis/project.openshift.io/v1/projectrequests"
    api.allow(DEVELOPER, "create", "projectrequests", "project.openshift.io")
    assert api.get(requests)["status"] == "Success"
    made = api.post(requests, {"metadata": {"name": "foo"}, "displayName": "Foo"}, user=DEVELOPER)
    assert made["kind"] == "Project"
    assert made["metadata"]["annotations"]["openshift.io/requester"] == "developer"
    rights = "/apis/rbac.authorization.k8s.io/v1/namespaces/foo/rolebindings/admin"
    assert api.get(rights)["subjects"][0]["name"] == "developer"
    text = refusal(AlreadyExists, api.post, requests, {"metadata": {"name": "foo"}})
    assert text == 'project.project.openshift.io "foo" already exists'
    rows = [["demo", None, "Active"], ["foo", "Foo", "Active"]]
    assert api.table("/apis/project.openshift.io/v1/projects")[1] == rows


def test_who_am_i_and_what_may_i(api: Any) -> None:
    assert api.get("/apis/user.openshift.io/v1/users/~")["metadata"]["name"] == "kube:admin"
    review = {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "demo"}}}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    assert api.post(path, review)["status"]["allowed"] is True
    api.allow(DEVELOPER, "create", "selfsubjectaccessreviews", "authorization.k8s.io")
    assert api.post(path, review, user=DEVELOPER)["status"]["allowed"] is False


def test_component_statuses(api: Any) -> None:
    assert api.table("/api/v1/componentstatuses")[1][0] == ["controller-manager", "Healthy", "ok", ""]


def test_tags_of_an_image_stream(api: Any) -> None:
    streams = "/apis/image.openshift.io/v1/namespaces/demo"
    items = [{"created": "2019-10-28T08:00:00Z", "image": "sha256:0", "dockerImageReference": "r/x@sha256:0"}]
    api.post(f"{streams}/imagestreams", {"metadata": {"name": "x"}})
    api.patch(f"{streams}/imagestreams/x/status", {"status": {"tags": [{"tag": "1", "items": items}]}})
    assert api.table(f"{streams}/imagestreamtags")[1] == [["x:1", "r/x@sha256:0", "About an hour ago"]]
    assert api.get(f"{streams}/imagestreamtags/x:1")["image"]["metadata"]["name"] == "sha256:0"


# -- subresources


def test_scale(api: Any, deployment: Any) -> None:
    api.post(DEPLOYMENTS, deployment)
    scale = api.get(f"{DEPLOYMENTS}/web/scale")
    assert (scale["kind"], scale["spec"]) == ("Scale", {"replicas": 1})
    assert scale["status"] == {"replicas": 0, "selector": "app=web"}
    assert api.put(f"{DEPLOYMENTS}/web/scale", {**scale, "spec": {"replicas": 4}})["spec"] == {"replicas": 4}
    refusal(Conflict, api.put, f"{DEPLOYMENTS}/web/scale", {**scale, "spec": {"replicas": 5}})
    text = refusal(Invalid, api.patch, f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": -1}}, MERGE_PATCH)
    assert text.endswith("spec.replicas: Invalid value: -1: must be greater than or equal to 0")
    assert api.get(f"{DEPLOYMENTS}/web")["spec"]["replicas"] == 4


def test_binding_and_eviction(api: Any, pod: Any) -> None:
    pod["metadata"]["labels"] = {"app": "web"}
    api.post(f"{CORE}/pods", pod)
    api.post(f"{CORE}/pods/web/binding", {"target": {"kind": "Node", "name": "n1"}})
    bound = api.get(f"{CORE}/pods/web")
    assert bound["spec"]["nodeName"] == "n1"
    assert bound["status"]["conditions"][0]["type"] == "PodScheduled"
    text = refusal(Conflict, api.post, f"{CORE}/pods/web/binding", {"target": {"name": "n2"}})
    assert text.endswith('pod web is already assigned to node "n1"')
    budget = {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}}
    budgets = "/apis/policy/v1beta1/namespaces/demo/poddisruptionbudgets"
    api.post(budgets, budget)
    text = refusal(TooManyRequests, api.post, f"{CORE}/pods/web/eviction", {})
    assert text == "Cannot evict pod as it would violate the pod's disruption budget."
    api.patch(f"{budgets}/b/status", {"status": {"disruptionsAllowed": 1}})
    api.post(f"{CORE}/pods/web/eviction", {"deleteOptions": {"gracePeriodSeconds": 0}})
    refusal(NotFound, api.get, f"{CORE}/pods/web")


def test_a_namespace_goes_when_its_finalizer_does(api: Any) -> None:
    api.delete("/api/v1/namespaces/demo")
    terminating = api.get("/api/v1/namespaces/demo")
    assert terminating["status"]["phase"] == "Terminating"
    api.put("/api/v1/namespaces/demo/finalize", {**terminating, "spec": {"finalizers": []}})
    refusal(NotFound, api.get, "/api/v1/namespaces/demo")


def two_containers(api: Any, **state: Any) -> None:
    containers = [{"name": name, "image": "i:1"} for name in ("a", "b")]
    api.post(f"{CORE}/pods", {"metadata": {"name": "two"}, "spec": {"containers": containers, **state}})


@pytest.mark.parametrize("verb", ["exec", "log"])
def test_which_container_is_meant(api: Any, verb: str) -> None:
    two_containers(api)
    text = refusal(BadRequest, api.get, f"{CORE}/pods/two/{verb}")
    assert text == "a container name must be specified for pod two, choose one of: [a b]"
    text = refusal(BadRequest, api.get, f"{CORE}/pods/two/{verb}", query={"container": "nope"})
    assert text == "container nope is not valid for pod two"


def test_exec_reaches_a_running_container_only(api: Any) -> None:
    query = {"container": "a", "command": "ls\0-l", "tty": "true", "stdout": "true", "stderr": "true"}
    two_containers(api)
    path = f"{CORE}/pods/two/exec"
    assert refusal(BadRequest, api.post, path, None, query=query) == "pod two does not have a host assigned"
    api.post(f"{CORE}/pods/two/binding", {"target": {"name": "n1"}})
    text = refusal(InternalError, api.post, path, None, query=query)
    assert text == 'unable to upgrade connection: container not found ("a")'
    status = {"phase": "Running", "containerStatuses": [{"name": "a", "state": {"running": {}}}]}
    api.patch(f"{CORE}/pods/two/status", {"status": status})
    assert api.post(path, None, query=query) == Upgrade("demo", "two", "a", ("ls", "-l"), False, True, stderr=False)
    api.patch(f"{CORE}/pods/two/status", {"status": {"phase": "Succeeded"}})
    assert "completed pod; current phase is Succeeded" in refusal(BadRequest, api.post, path, None, query=query)


def test_logs_come_from_the_kubelet(api: Any) -> None:
    two_containers(api)
    api.post(f"{CORE}/pods/two/binding", {"target": {"name": "n1"}})
    path, query = f"{CORE}/pods/two/log", {"container": "a"}
    text = refusal(BadRequest, api.get, path, query=query)
    assert text == 'container "a" in pod "two" is waiting to start: ContainerCreating'
    status = {"phase": "Running", "containerStatuses": [{"name": "a", "state": {"running": {}}}]}
    api.patch(f"{CORE}/pods/two/status", {"status": status})
    api.server.logs = lambda pod, container, query: f"{pod['metadata']['name']}/{container}\n"
    assert api.get(path, query=query) == "two/a\n"
    text = refusal(BadRequest, api.get, path, query={**query, "previous": "true"})
    assert text == 'previous terminated container "a" in pod "two" not found'


# -- explaining


def test_fields_for_explain() -> None:
    table = builtin_table()
    configs = table.find("imageregistry.operator.openshift.io", "v1", "configs")
    claims = table.find("", "v1", "persistentvolumeclaims")
    assert configs is not None
    assert claims is not None
    storage = fields_of(configs, ("spec", "storage"))
    assert storage is not None
    assert [field.name for field in storage.fields] == ["azure", "emptyDir", "gcs", "pvc", "s3", "swift"]
    spec = fields_of(claims, ("spec",))
    assert spec is not None
    assert {"accessModes": "[]string", "resources": "Object"}.items() <= {f.name: f.type for f in spec.fields}.items()
    assert all(field.description for field in spec.fields)
    assert fields_of(claims, ("spec", "foo")) is None


# -- watches


def test_a_watch_from_before_a_compaction_has_expired(api: Any) -> None:
    old = api.server.state.revision
    for number in range(3):
        api.post(f"{CORE}/configmaps", {"metadata": {"name": f"c{number}"}})
    api.server.state.log.compact(api.server.state.snapshot())
    query = {"watch": "true", "resourceVersion": str(old)}
    watch = api.get(f"{CORE}/configmaps", query=query)
    event = watch.next()
    assert (watch.closed, watch.next(), event.type) == (True, None, "ERROR")
    assert (event.object["reason"], event.object["code"]) == ("Gone", 410)
    assert event.object["message"].startswith(f"too old resource version: {old} (")


class ListAndWatch(RuleBasedStateMachine):
    """Whoever lists, then watches from that revision, knows the state at every moment."""

    names = st.sampled_from(["a", "b", "c"])

    def __init__(self) -> None:
        super().__init__()
        self.server = ApiServer(State(MemoryLog()), Clock(0.0), Names(1), builtin_table())
        self.send("POST", "/api/v1/namespaces", {"metadata": {"name": "demo"}})
        self.known: dict[str, Any] = {}
        self.watch: Watch | None = None

    def send(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        reply = self.server.handle(Request(method, path, query, body, MERGE_PATCH))
        return reply.body if isinstance(reply, Response) else reply

    @rule(name=names, label=st.sampled_from(["x", "y"]))
    def create(self, name: str, label: str) -> None:
        self.send("POST", f"{CORE}/configmaps", {"metadata": {"name": name, "labels": {"l": label}}})

    @rule(name=names, label=st.sampled_from(["x", "y"]))
    def change(self, name: str, label: str) -> None:
        self.send("PATCH", f"{CORE}/configmaps/{name}", {"metadata": {"labels": {"l": label}}})

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.send("DELETE", f"{CORE}/configmaps/{name}")

    @rule()
    def list_and_watch(self) -> None:
        listed = self.send("GET", f"{CORE}/configmaps", labelSelector="l=x")
        self.known = {item["metadata"]["name"]: item for item in listed["items"]}
        version = listed["metadata"]["resourceVersion"]
        self.watch = self.send("GET", f"{CORE}/configmaps", watch="true", resourceVersion=version, labelSelector="l=x")

    @precondition(lambda self: self.watch is not None)
    @rule()
    def drop_and_resume(self) -> None:
        self.follow()
        assert self.watch is not None
        self.watch.close()
        version = str(self.server.state.revision)
        self.watch = self.send("GET", f"{CORE}/configmaps", watch="true", resourceVersion=version, labelSelector="l=x")

    def follow(self) -> None:
        while self.watch is not None and (event := self.watch.next()) is not None:
            name = event.object["metadata"]["name"]
            assert (name in self.known) == (event.type != "ADDED")
            if event.type == "DELETED":
                del self.known[name]
            else:
                self.known[name] = event.object

    @invariant()
    def the_follower_knows_the_state(self) -> None:
        if self.watch is not None:
            self.follow()
            items = self.send("GET", f"{CORE}/configmaps", labelSelector="l=x")["items"]
            assert self.known == {item["metadata"]["name"]: item for item in items}


ListAndWatch.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestListAndWatch = ListAndWatch.TestCase


def test_a_table_of_one_object(api: Any) -> None:
    body = api.get("/api/v1/namespaces/demo", accept=TABLE_V1BETA1)
    assert body["rows"][0]["cells"] == ["demo", "Active", "0s"]


def test_a_watch_for_tables_tells_rows_and_the_columns_once(api: Any) -> None:
    query = {"watch": "true", "resourceVersion": "0", "fieldSelector": "metadata.namespace=demo"}
    watch = api.get(f"{CORE}/configmaps", query=query, accept=TABLE_V1BETA1)
    api.post(f"{CORE}/configmaps", {"metadata": {"name": "c"}, "data": {"a": "1"}})
    api.clock.advance(5)
    api.patch(f"{CORE}/configmaps/c", {"data": {"b": "2"}})
    api.delete(f"{CORE}/configmaps/c")
    events = [watch.next() for _ in range(3)]
    assert [(event.type, event.object["rows"][0]["cells"]) for event in events] == [
        ("ADDED", ["c", 1, "0s"]),
        ("MODIFIED", ["c", 2, "5s"]),
        ("DELETED", ["c", 2, "5s"]),
    ]
    assert [event.object["kind"] for event in events] == ["Table"] * 3
    columns = [event.object["columnDefinitions"] for event in events]
    assert [column["name"] for column in columns[0]] == ["Name", "Data", "Age"]
    assert columns[1:] == [None, None]
    assert events[0].object["rows"][0]["object"]["metadata"]["namespace"] == "demo"


def test_a_watch_for_tables_shows_the_columns_of_a_defined_kind(api: Any) -> None:
    spec = {
        "group": "shop.test", "version": "v1", "names": {"plural": "orders", "kind": "Order"},
        "additionalPrinterColumns": [{"name": "Items", "type": "integer", "JSONPath": ".spec.items"}],
    }  # fmt: skip
    definitions = "/apis/apiextensions.k8s.io/v1beta1/customresourcedefinitions"
    api.post(definitions, {"metadata": {"name": "orders.shop.test"}, "spec": spec})
    path = "/apis/shop.test/v1/namespaces/demo/orders"
    watch = api.get(path, query={"watch": "true"}, accept=TABLE_V1BETA1)
    api.post(path, {"apiVersion": "shop.test/v1", "kind": "Order", "metadata": {"name": "o"}, "spec": {"items": 3}})
    assert watch.next().object["rows"][0]["cells"] == ["o", 3]


def test_a_watch_from_a_revision_knows_what_matched_then(api: Any) -> None:
    """Only what left the selection is told as DELETED, not what never was in it."""
    for name, labels in (("leaves", {"app": "x"}), ("stays", {"app": "x"}), ("comes", {}), ("other", {})):
        api.post(f"{CORE}/configmaps", {"metadata": {"name": name, "labels": labels}})
    since = str(api.server.state.revision)
    api.patch(f"{CORE}/configmaps/other", {"data": {"a": "1"}})
    api.patch(f"{CORE}/configmaps/leaves", {"metadata": {"labels": {"app": "y"}}})
    api.patch(f"{CORE}/configmaps/stays", {"data": {"a": "1"}})
    api.patch(f"{CORE}/configmaps/comes", {"metadata": {"labels": {"app": "x"}}})
    api.delete(f"{CORE}/configmaps/other")
    query = {"watch": "true", "resourceVersion": since, "labelSelector": "app=x"}
    watch = api.get(f"{CORE}/configmaps", query=query)
    events = []
    while (event := watch.next()) is not None:
        events.append((event.type, event.object["metadata"]["name"]))
    assert events == [("DELETED", "leaves"), ("MODIFIED", "stays"), ("ADDED", "comes")]
