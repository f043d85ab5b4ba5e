"""Server-side apply and managedFields, as clients see them.

Source: kubernetes, test/integration/apiserver/apply; structured-merge-diff, merge/*_test.go. The sequences were also
played to apimachinery's own field manager, with the same result.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.api.fields.sets import paths
from simulator.api.types import APPLY_PATCH, JSON_PATCH, MERGE_PATCH, User
from simulator.errors import BadRequest, Conflict, Invalid, NotFound, StatusError, UnsupportedMediaType
from tests.api.conftest import APPS, CORE, MODERN, Api

MAPS = f"{CORE}/namespaces/demo/configmaps"
DEPLOYMENTS = f"{APPS}/namespaces/demo/deployments"
CONTROLLER = User("system:serviceaccount:kube-system:deployment-controller", ("system:masters",))
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def config(kind: str = "ConfigMap", version: str = "v1", **parts: Any) -> Any:
    meta = {"name": "web", "namespace": "demo", **parts.pop("metadata", {})}
    return {"apiVersion": version, "kind": kind, "metadata": meta, **parts}


def apply(api: Api, body: Any, manager: str = "one", path: str = f"{MAPS}/web", **query: str) -> Any:
    return api.patch(path, body, APPLY_PATCH, query={"fieldManager": manager, **query})


def managed(obj: Any) -> Any:
    """(manager, operation, subresource) -> fields."""
    return {
        (entry["manager"], entry["operation"], entry.get("subresource", "")): entry["fieldsV1"]
        for entry in obj["metadata"].get("managedFields", ())
    }


# -- what is applied


def test_an_apply_creates_what_is_not_there(modern: Api) -> None:
    made = apply(modern, config(data={"a": "1"}))
    assert made["data"] == {"a": "1"}
    assert made["metadata"]["managedFields"] == [
        {
            "manager": "one",
            "operation": "Apply",
            "apiVersion": "v1",
            "time": made["metadata"]["creationTimestamp"],
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:data": {"f:a": {}}},
        }
    ]


def test_the_same_again_changes_nothing(modern: Api) -> None:
    made = apply(modern, config(data={"a": "1"}))
    modern.clock.advance(60)
    assert apply(modern, config(data={"a": "1"})) == made


def test_who_changes_what_another_applied_has_a_conflict(modern: Api) -> None:
    apply(modern, config(data={"a": "1", "b": "1"}))
    modern.patch(f"{MAPS}/web", {"data": {"b": "2"}}, query={"fieldManager": "kubectl-edit"})
    with pytest.raises(Conflict) as error:
        apply(modern, config(data={"a": "2"}), "two")
    assert error.value.message == 'Apply failed with 1 conflict: conflict with "one": .data.a'
    assert error.value.causes == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".data.a"}
    ]
    with pytest.raises(Conflict) as error:
        apply(modern, config(data={"a": "2", "b": "3"}), "two")
    assert error.value.message == (
        'Apply failed with 2 conflicts: conflicts with "kubectl-edit" using v1:\n- .data.b\n'
        'conflicts with "one":\n- .data.a'
    )
    forced = apply(modern, config(data={"a": "2", "b": "3"}), "two", force="true")
    assert managed(forced) == {("two", "Apply", ""): {"f:data": {"f:a": {}, "f:b": {}}}}


def test_the_same_value_is_owned_together(modern: Api) -> None:
    apply(modern, config(data={"a": "1"}))
    both = apply(modern, config(data={"a": "1"}), "two")
    assert set(managed(both)) == {("one", "Apply", ""), ("two", "Apply", "")}
    left = apply(modern, config(data={}), "two")
    assert left["data"] == {"a": "1"}  # the first one has it still
    assert "data" not in apply(modern, config(), "one")


def test_what_an_applier_names_no_more_is_removed_unless_others_have_it(modern: Api) -> None:
    apply(modern, config(data={"a": "1", "b": "1"}))
    modern.patch(f"{MAPS}/web", {"data": {"c": "1"}}, query={"fieldManager": "other"})
    assert apply(modern, config(data={"b": "1"}))["data"] == {"b": "1", "c": "1"}


def test_items_of_lists_are_told_apart_by_their_keys(modern: Api, deployment: Any) -> None:
    path = f"{DEPLOYMENTS}/web"
    deployment |= {"apiVersion": "apps/v1", "kind": "Deployment"}
    apply(modern, deployment, path=path)
    sidecar = copy.deepcopy(deployment)
    sidecar["spec"]["template"]["spec"]["containers"] = [{"name": "log", "image": "log:1"}]
    made = apply(modern, sidecar, "two", path)
    assert [item["name"] for item in made["spec"]["template"]["spec"]["containers"]] == ["web", "log"]
    fields = managed(made)["two", "Apply", ""]["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert fields == {'k:{"name":"log"}': {".": {}, "f:image": {}, "f:name": {}}}
    del sidecar["spec"]["template"]["spec"]["containers"][0]
    left = apply(modern, sidecar, "two", path)
    assert [item["name"] for item in left["spec"]["template"]["spec"]["containers"]] == ["web"]


def test_dry_run_keeps_nothing(modern: Api) -> None:
    assert apply(modern, config(data={"a": "1"}), dryRun="All")["data"] == {"a": "1"}
    with pytest.raises(NotFound):
        modern.get(f"{MAPS}/web")


def test_preconditions(modern: Api) -> None:
    made = apply(modern, config(data={"a": "1"}))
    with pytest.raises(Conflict, match="the object has been modified"):
        apply(modern, config(data={"a": "2"}, metadata={"resourceVersion": "1"}))
    with pytest.raises(Conflict, match="uid mismatch: the provided object specified uid u, and no existing object"):
        apply(modern, config(metadata={"uid": "u", "name": "new"}), path=f"{MAPS}/new")
    version = made["metadata"]["resourceVersion"]
    assert apply(modern, config(data={"a": "2"}, metadata={"resourceVersion": version}))["data"] == {"a": "2"}


def test_the_status_is_applied_by_its_subresource(modern: Api, deployment: Any) -> None:
    modern.post(DEPLOYMENTS, deployment)
    body = config("Deployment", "apps/v1", spec={"replicas": 5}, status={"replicas": 3})
    made = apply(modern, body, "status-writer", f"{DEPLOYMENTS}/web/status")
    assert (made["spec"]["replicas"], made["status"]["replicas"]) == (1, 3)
    assert managed(made)["status-writer", "Apply", "status"] == {"f:status": {"f:replicas": {}}}
    with pytest.raises(NotFound):
        apply(modern, config("Deployment", "apps/v1", metadata={"name": "x"}), path=f"{DEPLOYMENTS}/x/status")


# -- what is refused


@pytest.mark.parametrize(
    ("body", "query", "kind", "text"),
    [
        (config(), {"fieldManager": ""}, Invalid,
         'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'),
        (config(), {"fieldManager": "m" * 129}, Invalid,
         'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes'),
        (config(), {"fieldManager": "a\tb"}, Invalid, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Invalid '
         'value: "a\\tb": invalid character U+0009 (at position 1)'),
        (config(metadata={"managedFields": []}), {}, BadRequest, "metadata.managedFields must be nil"),
        ({"apiVersion": "v1", "kind": "Secret"}, {}, BadRequest, "invalid object type: /v1, Kind=Secret"),
        ({}, {}, BadRequest, "invalid object type: /, Kind="),
        ([1], {}, BadRequest, "error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot "
         "unmarshal array into Go value of type map[string]interface {}"),
        (config(metadata={"name": "x"}), {}, BadRequest,
         "the name of the object (x) does not match the name on the URL (web)"),
        (config(metadata={"name": None}), {}, BadRequest,
         "the name of the object (web based on URL) was undeterminable: name must be provided"),
        (config(dada={}), {}, StatusError, "failed to create typed patch object (demo/web; /v1, Kind=ConfigMap): "
         ".dada: field not declared in schema"),
        (config(data={"a": 1}), {}, StatusError, "failed to create typed patch object (demo/web; /v1, Kind=ConfigMap): "
         ".data.a: expected string, got &value.valueUnstructured{Value:1}"),
        (config(data=[1]), {}, StatusError, "failed to create typed patch object (demo/web; /v1, Kind=ConfigMap): "
         ".data: expected map, got &{[1]}"),
        (config(metadata={"finalizers": ["a/b", "a/b"]}), {}, StatusError, "failed to create typed patch object "
         '(demo/web; /v1, Kind=ConfigMap): .metadata.finalizers: duplicate entries for key [="a/b"]'),
    ],
)  # fmt: skip
def test_an_apply_that_is_refused(modern: Api, body: Any, query: Any, kind: Any, text: str) -> None:
    with pytest.raises(kind) as error:
        modern.patch(f"{MAPS}/web", body, APPLY_PATCH, query={"fieldManager": "m", **query})
    assert error.value.message == text


def test_only_who_may_create_creates_by_applying(modern: Api) -> None:
    modern.post("/apis/rbac.authorization.k8s.io/v1/clusterroles", {
        "metadata": {"name": "patcher"}, "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]}]
    })  # fmt: skip
    modern.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        "metadata": {"name": "patcher"}, "subjects": [{"kind": "User", "name": "p"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "patcher"},
    })  # fmt: skip
    with pytest.raises(StatusError, match='User "p" cannot create resource "configmaps"'):
        modern.patch(f"{MAPS}/web", config(), APPLY_PATCH, query={"fieldManager": "m"}, user=User("p"))


def test_force_is_for_applies(modern: Api) -> None:
    modern.post(MAPS, config())
    with pytest.raises(Invalid, match="force: Forbidden: may not be specified for non-apply patch"):
        modern.patch(f"{MAPS}/web", {}, query={"force": "true"})


def test_the_oldest_release_knows_no_apply(api: Api) -> None:
    api.post(MAPS, config())
    with pytest.raises(UnsupportedMediaType):
        apply(api, config())
    made = api.post(MAPS, config(metadata={"name": "b"}), query={"fieldManager": "m"})
    assert "managedFields" not in made["metadata"]


# -- other writes


def test_writes_of_named_managers_are_tracked(modern: Api, deployment: Any) -> None:
    made = modern.post(DEPLOYMENTS, deployment, query={"fieldManager": "kubectl-create"})
    (fields,) = managed(made).values()
    assert set(fields["f:spec"]) == {
        "f:progressDeadlineSeconds", "f:replicas", "f:revisionHistoryLimit", "f:selector", "f:strategy", "f:template",
    }  # fmt: skip
    assert "." not in fields["f:spec"]  # a struct is there in any case, nobody manages it
    assert fields["f:spec"]["f:strategy"] == {
        "f:rollingUpdate": {".": {}, "f:maxSurge": {}, "f:maxUnavailable": {}}, "f:type": {}
    }  # fmt: skip
    changed = modern.patch(f"{DEPLOYMENTS}/web", {"spec": {"replicas": 3}}, query={"fieldManager": "kubectl-edit"})
    assert managed(changed)["kubectl-edit", "Update", ""] == {"f:spec": {"f:replicas": {}}}
    assert "f:replicas" not in managed(changed)["kubectl-create", "Update", ""]["f:spec"]


def test_components_go_by_their_programs_and_create_without_a_trace(modern: Api, deployment: Any) -> None:
    untracked = modern.post(DEPLOYMENTS, deployment | {"metadata": {"name": "quiet"}}, user=CONTROLLER)
    assert "managedFields" not in untracked["metadata"]
    made = modern.post(DEPLOYMENTS, deployment, query={"fieldManager": "m"})
    body = {**made, "status": {"replicas": 1, "conditions": [{"type": "Available", "status": "True"}]}}
    done = modern.put(f"{DEPLOYMENTS}/web/status", body, user=CONTROLLER)
    condition = {'k:{"type":"Available"}': {".": {}, "f:status": {}, "f:type": {}}}
    assert managed(done)["kube-controller-manager", "Update", "status"] == {
        "f:status": {"f:conditions": {".": {}, **condition}, "f:replicas": {}}
    }
    scaled = modern.patch(f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 2}}, query={"fieldManager": "kubectl"})
    assert scaled["spec"]["replicas"] == 2
    stored = modern.get(f"{DEPLOYMENTS}/web")
    assert managed(stored)["kubectl", "Update", "scale"] == {"f:spec": {"f:replicas": {}}}


def test_times_change_with_the_fields_only(modern: Api) -> None:
    modern.post(MAPS, config(data={"a": "1"}), query={"fieldManager": "m"})
    modern.clock.advance(100)
    same = modern.put(f"{MAPS}/web", config(data={"a": "1"}), query={"fieldManager": "m"})
    assert same["metadata"]["managedFields"][0]["time"] == same["metadata"]["creationTimestamp"]
    changed = modern.put(f"{MAPS}/web", config(data={"a": "2"}), query={"fieldManager": "m"})
    (entry,) = changed["metadata"]["managedFields"]
    assert entry["time"] > changed["metadata"]["creationTimestamp"]


def test_old_updaters_become_one(modern: Api) -> None:
    modern.post(MAPS, config(data={"a": "1"}), query={"fieldManager": "m0"})
    for number in range(1, 12):
        modern.clock.advance(1)
        last = modern.patch(f"{MAPS}/web", {"data": {f"k{number}": "v"}}, query={"fieldManager": f"m{number}"})
    names = [entry["manager"] for entry in last["metadata"]["managedFields"]]
    assert names == ["ancient-changes", *(f"m{number}" for number in range(3, 12))]
    assert set(managed(last)["ancient-changes", "Update", ""]["f:data"]) == {".", "f:a", "f:k1", "f:k2"}


def test_an_empty_list_ends_the_tracking_and_nonsense_is_not_taken(modern: Api) -> None:
    made = modern.post(MAPS, config(data={"a": "1"}), query={"fieldManager": "m"})
    nonsense = [{"manager": "x", "operation": "Dance", "apiVersion": "v1", "fieldsType": "FieldsV1"}]
    kept = modern.patch(f"{MAPS}/web", {"metadata": {"managedFields": nonsense}}, query={"fieldManager": "m"})
    assert managed(kept) == managed(made)
    ended = modern.patch(f"{MAPS}/web", {"metadata": {"managedFields": []}}, query={"fieldManager": "m"})
    assert "managedFields" not in ended["metadata"]
    first = apply(modern, config(data={"b": "1"}))
    assert managed(first)["before-first-apply", "Update", ""] == {"f:data": {".": {}, "f:a": {}}}


def test_kubectl_takes_over_from_its_client_side_apply(modern: Api) -> None:
    def annotated(value: str) -> Any:
        said = json.dumps(config(data={"a": value}))
        return config(data={"a": value}, metadata={"annotations": {LAST_APPLIED: said}})

    modern.post(MAPS, annotated("1"), query={"fieldManager": "kubectl-client-side-apply"})
    with pytest.raises(Conflict, match=r'"kubectl-client-side-apply" using v1: \.data\.a'):
        apply(modern, config(data={"a": "2"}), "someone")
    made = apply(modern, config(data={"a": "2"}), "kubectl")
    assert json.loads(made["metadata"]["annotations"][LAST_APPLIED]) == config(data={"a": "2"})
    assert managed(made)["kubectl", "Apply", ""] == {"f:data": {"f:a": {}}}


def test_the_patch_that_migrates_managers_is_taken(modern: Api) -> None:
    """client-go, util/csaupgrade: a JSON Patch of managedFields and resourceVersion."""
    made = modern.post(MAPS, config(data={"a": "1"}), query={"fieldManager": "kubectl-client-side-apply"})
    entry = {**made["metadata"]["managedFields"][0], "manager": "kubectl", "operation": "Apply"}
    patch = [
        {"op": "replace", "path": "/metadata/managedFields", "value": [entry]},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": made["metadata"]["resourceVersion"]},
    ]
    assert managed(modern.patch(f"{MAPS}/web", patch, JSON_PATCH)) == {
        ("kubectl", "Apply", ""): entry["fieldsV1"],
    }


# -- properties

DATA = st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"), max_size=3)
WRITES = st.lists(st.tuples(st.sampled_from(["apply", "merge"]), st.sampled_from("mn"), DATA), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(WRITES)
def test_every_field_has_an_owner_and_appliers_get_what_they_want(writes: Any) -> None:
    api = Api(MODERN)
    apply(api, config(data={"z": "0"}), "z")  # what nobody manages a field of is not tracked
    for how, manager, data in writes:
        body = config(data=data) if data else config()
        if how == "apply":
            stored = apply(api, body, manager, force="true")
            assert apply(api, body, manager, force="true") == stored
        else:
            stored = api.patch(f"{MAPS}/web", {"data": data}, MERGE_PATCH, query={"fieldManager": manager})
        assert data.items() <= stored.get("data", {}).items()
        owned = {path for fields in managed(stored).values() for path in paths(fields)}
        assert {("f:data", f"f:{key}") for key in stored.get("data", {})} <= owned
        assert {path[1][2:] for path in owned if len(path) == 2} <= set(stored.get("data", {}))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("mno"), DATA), min_size=1, max_size=8))
def test_updaters_share_no_field(writes: Any) -> None:
    """An update takes the fields that it changes from who had them: each value has one updater."""
    api = Api(MODERN)
    api.post(MAPS, config(data={"z": "0"}), query={"fieldManager": "first"})
    for manager, data in writes:
        stored = api.patch(f"{MAPS}/web", {"data": data}, MERGE_PATCH, query={"fieldManager": manager})
        owned = [path for fields in managed(stored).values() for path in paths(fields) if len(path) == 2]
        assert sorted(owned) == sorted(("f:data", f"f:{key}") for key in stored["data"])


# -- custom resources

WIDGETS = "/apis/example.com/v1/namespaces/demo/widgets"
PART = {"properties": {"name": {"type": "string"}, "size": {"type": "integer"}}, "type": "object"}
SPEC = {
    "type": "object",
    "properties": {
        "parts": {
            "type": "array",
            "items": PART,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
        "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        "plain": {"type": "array", "items": {"type": "string"}},
    },
}


@pytest.fixture
def widgets(modern: Api) -> Api:
    schema = {"type": "object", "properties": {"spec": SPEC, "status": {"type": "object"}}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    modern.post(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        {"metadata": {"name": "widgets.example.com"}, "spec": spec},
    )
    return modern


def widget(**spec: Any) -> Any:
    return config("Widget", "example.com/v1", spec=spec)


def test_custom_resources_merge_by_their_schema(widgets: Api) -> None:
    path = f"{WIDGETS}/web"
    apply(widgets, widget(parts=[{"name": "a", "size": 1}], tags=["x"], plain=["p"]), path=path)
    made = apply(widgets, widget(parts=[{"name": "b", "size": 2}], tags=["y"]), "two", path)
    assert made["spec"] == {
        "parts": [{"name": "a", "size": 1}, {"name": "b", "size": 2}],
        "tags": ["x", "y"],
        "plain": ["p"],
    }
    part = {'k:{"name":"b"}': {".": {}, "f:name": {}, "f:size": {}}}
    assert managed(made)["two", "Apply", ""] == {"f:spec": {"f:parts": part, "f:tags": {'v:"y"': {}}}}
    with pytest.raises(Conflict, match=r'conflict with "one": \.spec\.plain$'):
        apply(widgets, widget(plain=["q"]), "two", path)
    assert apply(widgets, widget(), "one", path)["spec"] == {"parts": [{"name": "b", "size": 2}], "tags": ["y"]}


def test_a_custom_resource_has_the_fields_of_its_schema(widgets: Api) -> None:
    with pytest.raises(StatusError, match=r"Kind=Widget\): \.spec\.other: field not declared in schema$"):
        apply(widgets, widget(other=1), path=f"{WIDGETS}/web")
    with pytest.raises(StatusError, match=r"\.spec\.parts: element 0: associative list with keys has an element that"):
        apply(widgets, widget(parts=[{"size": 1}]), path=f"{WIDGETS}/web")


def test_updates_of_custom_resources_are_tracked_from_the_top(widgets: Api) -> None:
    made = widgets.post(WIDGETS, widget(plain=["p"]), query={"fieldManager": "m"})
    assert managed(made) == {("m", "Update", ""): {"f:spec": {".": {}, "f:plain": {}}}}  # no struct is there before
