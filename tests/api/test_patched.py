"""What comes of patches that do not fit the kind. Source: apiserver, handlers/patch.go."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.types import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, Request, Response
from simulator.errors import BadRequest, Invalid, StatusError
from tests.api.conftest import APPS, CORE, Api

DEPLOYMENT = f"{APPS}/namespaces/demo/deployments/web"
MAPS = f"{CORE}/namespaces/demo/configmaps"


@pytest.fixture
def served(modern: Api, deployment: Any) -> Api:
    modern.post(f"{APPS}/namespaces/demo/deployments", deployment)
    modern.post(MAPS, {"metadata": {"name": "m"}, "data": {"a": "1"}})
    return modern


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ({"spec": {"replicas": "many"}}, '"map[spec:map[replicas:many]]": unrecognized type: int32'),
        ({"spec": {"paused": 1}}, '"map[spec:map[paused:1]]": unrecognized type: bool'),
        ({"spec": {"template": "x"}}, '"map[spec:map[template:x]]": cannot restore struct from: string'),
        ({"metadata": {"labels": "x"}}, '"map[metadata:map[labels:x]]": cannot restore map from string'),
        ({"metadata": {"finalizers": "x"}}, '"map[metadata:map[finalizers:x]]": cannot restore slice from string'),
    ],
)
def test_a_strategic_merge_patch_of_the_wrong_type(served: Api, patch: Any, text: str) -> None:
    with pytest.raises(Invalid) as error:
        served.patch(DEPLOYMENT, patch, STRATEGIC_MERGE_PATCH)
    assert error.value.message == f' "" is invalid: patch: Invalid value: {text}'
    assert error.value.causes[0]["field"] == "patch"


@pytest.mark.parametrize("content_type", [MERGE_PATCH, JSON_PATCH])
def test_another_patch_of_the_wrong_type_shows_the_object(served: Api, content_type: str) -> None:
    patch: Any = {"data": {"a": 5}}
    if content_type == JSON_PATCH:
        patch = [{"op": "replace", "path": "/data/a", "value": 5}]
    with pytest.raises(Invalid) as error:
        served.patch(f"{MAPS}/m", patch, content_type)
    start = ' "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"data\\":{\\"a\\":5}'
    assert error.value.message.startswith(start)
    assert error.value.message.endswith(
        "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
    )


def sent(api: Api, patch: Any, content_type: str, duplicates: tuple[str, ...] = (), **query: str) -> Response:
    request = Request("PATCH", f"{MAPS}/m", query, patch, content_type, duplicates=duplicates)
    reply = api.server.handle(request)
    assert isinstance(reply, Response)
    return reply


@pytest.mark.parametrize(
    ("patch", "content_type", "told"),
    [
        ({"foo": 1}, MERGE_PATCH, ('duplicate field "data"', 'unknown field "foo"')),
        ({"foo": 1}, STRATEGIC_MERGE_PATCH, ('duplicate field "data"', 'unknown field "foo"')),
        (
            [{"op": "add", "path": "/foo", "value": 1, "values": 2}],
            JSON_PATCH,
            ('json patch duplicate field "data"', 'json patch unknown field "[0].values"', 'unknown field "foo"'),
        ),
    ],
)
def test_more_than_the_kind_knows(served: Api, patch: Any, content_type: str, told: tuple[str, ...]) -> None:
    twice = ('duplicate field "data"',)
    assert sent(served, patch, content_type, twice).warnings == told
    assert sent(served, patch, content_type, twice, fieldValidation="Ignore").warnings == ()
    refused = sent(served, patch, content_type, twice, fieldValidation="Strict")
    assert refused.code == 422
    assert refused.body["message"].endswith(f"strict decoding error: {', '.join(told)}")


@pytest.mark.parametrize(
    ("patch", "kind", "text"),
    [
        ({"$patch": "jump"}, StatusError, "unknown patch type: jump in map: map[$patch:jump]"),
        ({"$retainKeys": ["data"], "kind": "ConfigMap"}, BadRequest, "invalid patch format of retainKeys"),
        ({"$retainKeys": "data"}, BadRequest, "invalid patch format of retainKeys"),
        ({"metadata": {"$setElementOrder/finalizers": "a"}}, StatusError,
         "expected a []interface {}, but received a string"),
        ({"metadata": {"$setElementOrder/nothing": ["a"]}}, StatusError,
         'unable to find api field in struct ObjectMeta for the json field "nothing"'),
        ({"metadata": {"finalizers": ["x/a"], "$setElementOrder/finalizers": ["x/b"]}}, StatusError,
         "The order in patch list:\n[x/a]\n doesn't match $setElementOrder list:\n[x/b]\n"),
    ],
)  # fmt: skip
def test_directives_that_cannot_be_followed(served: Api, patch: Any, kind: Any, text: str) -> None:
    with pytest.raises(kind) as error:
        served.patch(f"{MAPS}/m", patch, STRATEGIC_MERGE_PATCH)
    assert error.value.message == text


def test_a_patch_does_not_rename(served: Api) -> None:
    with pytest.raises(BadRequest, match=r"the name of the object \(n\) does not match the name on the URL \(m\)"):
        served.patch(f"{MAPS}/m", {"metadata": {"name": "n"}})
    with pytest.raises(BadRequest, match="the namespace of the provided object does not match"):
        served.patch(f"{MAPS}/m", {"metadata": {"namespace": "other"}})


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"fieldValidation": "Perhaps"},
         'fieldValidation: Unsupported value: "Perhaps": supported values: "", "Ignore", "Strict", "Warn"'),
        ({"dryRun": "Some"}, 'dryRun: Unsupported value: []string{"Some"}: supported values: "All"'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_parameters_of_writes(served: Api, method: str, query: dict[str, str], text: str) -> None:
    path = MAPS if method == "POST" else f"{MAPS}/m"
    kind = {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions"}[method]
    with pytest.raises(Invalid) as error:
        served.ask(method, path, {"metadata": {"name": "m"}}, query=query, content_type="application/json")
    assert error.value.message == f'{kind}.meta.k8s.io "" is invalid: {text}'
