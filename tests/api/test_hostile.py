"""Whatever a client sends, the answer is a Status: never a traceback."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import (
    APPLY_PATCH,
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_MERGE_PATCH,
    TABLE_V1BETA1,
    Request,
    Response,
    User,
)
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.release import OLDEST, Release
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names

HOSTILE = 150  # bodies in a run of the suite
ROOT = User("root", ("system:masters",))
WORDS = """
metadata spec status name labels annotations finalizers template containers selector matchLabels ports replicas
resources requests storage data rules volumes kind names ownerReferences conditions group plural versions tls to
host hard limits target user groups deleteOptions
"""
KEYS = st.sampled_from(WORDS.split())
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "b/c", "1Gi", "True"])
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4))
RELEASES = st.sampled_from([OLDEST, Release("4.20.1", "v1.33.5", ())])


def server(release: Release = OLDEST) -> ApiServer:
    made = ApiServer(State(MemoryLog()), Clock(0.0), Names(1), builtin_table(release), release)
    made.handle(Request("POST", "/api/v1/namespaces", {}, {"metadata": {"name": "demo"}}, user=ROOT))
    account = {"metadata": {"name": "default"}}
    made.handle(Request("POST", "/api/v1/namespaces/demo/serviceaccounts", {}, account, user=ROOT))
    return made


@settings(max_examples=HOSTILE, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RELEASES, st.data(), st.dictionaries(KEYS, JSON, max_size=4) | JSON, st.dictionaries(KEYS, JSON, max_size=2))
def test_any_body_of_any_kind(release: Release, data: st.DataObject, body: Any, patch: Any) -> None:
    api = server(release)
    row = data.draw(st.sampled_from([row for row in api.table.rows if "create" in row.verbs]))
    if isinstance(body, dict) and isinstance(body.get("metadata", {}), dict):
        body = {**body, "metadata": {**body.get("metadata", {}), "name": "a"}}
    path = row.gvr.path("demo" if row.namespaced else None)
    replies = [api.handle(Request("POST", path, {}, body, user=ROOT))]
    for content_type in (MERGE_PATCH, STRATEGIC_MERGE_PATCH, JSON_PATCH):
        replies.append(api.handle(Request("PATCH", f"{path}/a", {}, patch, content_type, user=ROOT)))
    for manager in ("one", "two"):
        query = {"fieldManager": manager, "force": "true"}
        named = {"apiVersion": row.api_version, "kind": row.kind, **patch, "metadata": {"name": "a", "labels": patch}}
        for wanted in (patch, named):
            replies.append(api.handle(Request("PATCH", f"{path}/a", query, wanted, APPLY_PATCH, user=ROOT)))
    replies.append(api.handle(Request("GET", path, {}, accept=TABLE_V1BETA1, user=ROOT)))
    replies.append(api.handle(Request("PUT", f"{path}/a/scale", {}, body, user=ROOT)))
    replies.append(api.handle(Request("POST", f"{path}/a/token", {}, body, user=ROOT)))
    replies.append(api.handle(Request("DELETE", f"{path}/a", {}, body, user=ROOT)))
    assert all(isinstance(reply, Response) and reply.code < 600 for reply in replies)


PARAMETERS = st.sampled_from(["labelSelector", "fieldSelector", "limit"])


@given(st.text(max_size=12), st.text("=!,() abin", max_size=12), PARAMETERS)
def test_any_path_and_query(path: str, text: str, parameter: str) -> None:
    reply = server().handle(Request("GET", f"/api/v1/{path}", {parameter: text}))
    assert isinstance(reply, Response)
    assert isinstance(server().handle(Request("GET", "/api/v1/pods", {parameter: text})), Response)


def test_secrets_hold_bytes(api: Any) -> None:
    secrets = "/api/v1/namespaces/demo/secrets"
    made = api.post(secrets, {"metadata": {"name": "s"}, "stringData": {"a": "b"}, "data": {"c": "ZA=="}})
    assert made["data"] == {"a": "Yg==", "c": "ZA=="}
    assert "stringData" not in made
    with pytest.raises(Exception, match=r"v1.Secret.Data: base64Codec: illegal base64 data at input byte 1"):
        api.post(secrets, {"metadata": {"name": "t"}, "data": {"c": "a!b="}})


def test_a_stateful_set_mounts_the_claims_of_its_templates(api: Any, deployment: Any) -> None:
    mount = {"name": "data", "mountPath": "/data"}
    deployment["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = [mount]
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    deployment["spec"] |= {"volumeClaimTemplates": [claim], "serviceName": "web"}
    made = api.post("/apis/apps/v1/namespaces/demo/statefulsets", deployment)
    assert made["spec"]["volumeClaimTemplates"][0]["status"] == {"phase": "Pending"}


PLACES = st.sampled_from(
    ["/a", "/metadata", "/metadata/labels/x", "/data/a", "/data", "/a/0", "", "/-", "x", "/metadata/name"]
)
OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "jump"])},
        optional={"path": PLACES, "from": PLACES, "value": JSON},
    ),
    max_size=4,
)
DIRECTIVES = st.dictionaries(
    st.sampled_from(["$patch", "$retainKeys", "$setElementOrder/finalizers", "$deleteFromPrimitiveList/finalizers",
                     "finalizers", "labels", "ownerReferences"]),
    JSON | st.sampled_from(["replace", "delete", "merge", ["a"], [{"uid": "a"}]]),
    max_size=4,
)  # fmt: skip
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "manager": LEAVES,
            "operation": st.sampled_from(["Apply", "Update", "x", 1]),
            "apiVersion": st.sampled_from(["v1", "", 1]),
            "fieldsType": st.sampled_from(["FieldsV1", ""]),
            "fieldsV1": st.dictionaries(st.sampled_from(["f:data", "k:{", 'k:{"a":1}', "v:1", "i:x", ".", "z"]), JSON),
            "time": LEAVES,
        },
    ),
    max_size=2,
)


@settings(max_examples=HOSTILE, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RELEASES, OPERATIONS, DIRECTIVES, ENTRIES, st.booleans())
def test_any_patch(release: Release, operations: Any, directives: Any, entries: Any, tracked: bool) -> None:
    api = server(release)
    path = "/api/v1/namespaces/demo/configmaps"
    body = {"metadata": {"name": "a", "finalizers": ["x/y"]}, "data": {"a": "b"}}
    api.handle(Request("POST", path, {"fieldManager": "m"} if tracked else {}, body, user=ROOT))
    meta = {"name": "a", "managedFields": entries}
    for content_type, patch in (
        (JSON_PATCH, operations),
        (STRATEGIC_MERGE_PATCH, {"metadata": directives}),
        (STRATEGIC_MERGE_PATCH, directives),
        (MERGE_PATCH, {"metadata": meta}),
        (MERGE_PATCH, {"data": {"c": "d"}}),
        (APPLY_PATCH, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"e": "f"}}),
    ):
        request = Request("PATCH", f"{path}/a", {"fieldManager": "n"}, patch, content_type, user=ROOT)
        reply = api.handle(request)
        assert isinstance(reply, Response)
        assert reply.code < 600
