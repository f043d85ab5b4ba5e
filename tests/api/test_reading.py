"""Lists and watches: of which revision, from where on, which of them, in which shape."""

import base64
import json
from typing import Any

import pytest

from simulator.api.types import Request, Response
from simulator.errors import BadRequest, Expired, Invalid, NotAcceptable, Timeout
from simulator.log import state as state_module

CORE, CONFIGMAPS = "/api/v1/namespaces/demo", "/api/v1/namespaces/demo/configmaps"

NO_VERSION = 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax'


@pytest.fixture
def five(modern: Any) -> Any:
    for name in "abcde":
        modern.post(CONFIGMAPS, {"metadata": {"name": name, "labels": {"odd": str("ace".count(name))}}})
    return modern


def names(listed: Any) -> list[str]:
    return [item["metadata"]["name"] for item in listed["items"]]


def events(watch: Any) -> list[tuple[str, str]]:
    found = []
    while (event := watch.next()) is not None:
        found.append((event.type, event.object["metadata"].get("name", "")))
    return found


def now(api: Any) -> str:
    return str(api.server.state.revision)


# -- pages


def test_the_pages_of_a_list_show_one_state_though_writes_go_on(five: Any) -> None:
    first = five.get(CONFIGMAPS, query={"limit": "2"})
    assert (names(first), first["metadata"]["remainingItemCount"]) == (["a", "b"], 3)
    five.delete(f"{CONFIGMAPS}/c")
    five.post(CONFIGMAPS, {"metadata": {"name": "bb"}})
    five.patch(f"{CONFIGMAPS}/d", {"data": {"new": "1"}})
    second = five.get(CONFIGMAPS, query={"limit": "2", "continue": first["metadata"]["continue"]})
    third = five.get(CONFIGMAPS, query={"limit": "2", "continue": second["metadata"]["continue"]})
    assert (names(second), names(third)) == (["c", "d"], ["e"])
    assert "data" not in second["items"][1]
    assert len({page["metadata"]["resourceVersion"] for page in (first, second, third)}) == 1
    assert "continue" not in third["metadata"]


def test_a_token_says_where_etcd_would_go_on(five: Any) -> None:
    token = five.get("/api/v1/configmaps", query={"limit": "2"})["metadata"]["continue"]
    decoded = json.loads(base64.urlsafe_b64decode(token + "=="))
    assert decoded == {"v": "meta.k8s.io/v1", "rv": five.server.state.revision, "start": "demo/b\0"}


def test_what_a_selector_leaves_out_is_not_counted(five: Any) -> None:
    page = five.get(CONFIGMAPS, query={"limit": "1", "labelSelector": "odd=1"})
    assert names(page) == ["a"]
    assert "remainingItemCount" not in page["metadata"]
    last = five.get(CONFIGMAPS, query={"limit": "3", "labelSelector": "odd=1"})
    assert (names(last), "continue" in last["metadata"]) == (["a", "c", "e"], False)


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("x", "continue key is not valid"),
        ("[]", "continue key is not valid"),
        (
            '{"v":"v2","rv":1,"start":"a"}',
            "continue key is not valid: server does not recognize this encoded version v2",
        ),
        (
            '{"v":"meta.k8s.io/v1","start":"a"}',
            "continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
        ),
        (
            '{"v":"meta.k8s.io/v1","rv":1}',
            "continue key is not valid: encoded start key empty (version meta.k8s.io/v1)",
        ),
        ('{"v":"meta.k8s.io/v1","rv":1,"start":"../secrets"}', "continue key is not valid: ../secrets"),
    ],
)
def test_a_token_that_was_made_up(five: Any, token: str, text: str) -> None:
    """Source: apiserver, pkg/storage/continue.go."""
    query = {"continue": base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")}
    with pytest.raises(BadRequest) as refused:
        five.get(CONFIGMAPS, query=query)
    assert refused.value.message == f"invalid continue token: {text}"


def test_what_is_too_old_has_expired(five: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Source: storage/etcd3/errors.go; storage/cacher/watch_cache.go."""
    monkeypatch.setattr(state_module, "REMEMBERED", 10)
    page, old = five.get(CONFIGMAPS, query={"limit": "2"}), now(five)
    for number in range(20):
        five.patch(f"{CONFIGMAPS}/e", {"data": {"number": str(number)}})
    five.delete(f"{CONFIGMAPS}/c")
    with pytest.raises(Expired) as expired:
        five.get(CONFIGMAPS, query={"limit": "2", "continue": page["metadata"]["continue"]})
    assert expired.value.message.startswith("The provided continue parameter is too old to display a consistent list")
    token = expired.value.to_status()["metadata"]["continue"]
    rest = five.get(CONFIGMAPS, query={"limit": "9", "continue": token})
    assert (names(rest), rest["metadata"]["resourceVersion"]) == (["d", "e"], now(five))
    with pytest.raises(Expired, match=r"^The resourceVersion for the provided list is too old\.$"):
        five.get(CONFIGMAPS, query={"resourceVersion": old, "resourceVersionMatch": "Exact"})
    watch = five.get(CONFIGMAPS, query={"watch": "1", "resourceVersion": old})
    error = watch.next()
    assert (error.type, error.object["reason"], error.object["code"]) == ("ERROR", "Expired", 410)
    assert error.object["message"].startswith(f"too old resource version: {old} (")
    assert watch.closed


# -- which revision


def test_a_list_of_an_exact_revision(five: Any) -> None:
    old = now(five)
    five.delete(f"{CONFIGMAPS}/a")
    exact = five.get(CONFIGMAPS, query={"resourceVersion": old, "resourceVersionMatch": "Exact"})
    assert (names(exact), exact["metadata"]["resourceVersion"]) == (list("abcde"), old)
    assert names(five.get(CONFIGMAPS, query={"resourceVersion": old, "limit": "2"})) == ["a", "b"]
    newer = five.get(CONFIGMAPS, query={"resourceVersion": old, "resourceVersionMatch": "NotOlderThan"})
    assert (names(newer), newer["metadata"]["resourceVersion"]) == (list("bcde"), now(five))
    assert names(five.get(CONFIGMAPS, query={"resourceVersion": "0", "limit": "1"})) == list("bcde")


@pytest.mark.parametrize("path", [CONFIGMAPS, f"{CONFIGMAPS}/a"])
def test_a_revision_that_is_still_to_come(five: Any, path: str) -> None:
    with pytest.raises(Timeout) as refused:
        five.get(path, query={"resourceVersion": "99999"})
    status = refused.value.to_status()
    assert status["message"] == f"Timeout: Too large resource version: 99999, current: {now(five)}"
    assert status["details"] == {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1,
    }


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ({"resourceVersionMatch": "Exact"}, ["resourceVersionMatch is forbidden unless resourceVersion is provided"]),
        (
            {"resourceVersionMatch": "Exact", "resourceVersion": "0"},
            ['resourceVersionMatch "exact" is forbidden for resourceVersion "0"'],
        ),
        (
            {"resourceVersionMatch": "Exact", "resourceVersion": "1", "continue": "x"},
            ["resourceVersionMatch is forbidden when continue is provided"],
        ),
        (
            {"resourceVersionMatch": "foo", "resourceVersion": "1"},
            ['Unsupported value: "foo": supported values: "", "Exact", "NotOlderThan"'],
        ),
        ({"sendInitialEvents": "true"}, ["sendInitialEvents is forbidden for list"]),
        (
            {"watch": "1", "resourceVersionMatch": "NotOlderThan"},
            ["resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"],
        ),
        (
            {"watch": "1", "sendInitialEvents": "true"},
            ["sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"],
        ),
    ],
)
def test_options_that_contradict_each_other(five: Any, query: dict[str, str], texts: list[str]) -> None:
    """Source: apimachinery, apis/meta/internalversion/validation/validation.go."""
    with pytest.raises(Invalid) as refused:
        five.get(CONFIGMAPS, query=query)
    assert refused.value.message.startswith('ListOptions.meta.k8s.io "" is invalid: ')
    for text in texts:
        assert text in refused.value.message


@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ({"limit": "x"}, BadRequest, 'strconv.ParseInt: parsing "x": invalid syntax'),
        (
            {"resourceVersion": "x"},
            BadRequest,
            f"invalid resource version: {NO_VERSION}",
        ),
        (
            {"resourceVersion": "x", "watch": "true"},
            Invalid,
            f'configmaps "" is invalid: {NO_VERSION}',
        ),
        ({"resourceVersion": "1", "continue": ""}, None, ""),
    ],
)
def test_numbers_that_are_none(five: Any, query: dict[str, str], kind: Any, text: str) -> None:
    if kind is None:
        assert len(names(five.get(CONFIGMAPS, query=query))) == 5
        return
    with pytest.raises(kind) as refused:
        five.get(CONFIGMAPS, query=query)
    assert refused.value.message == text


# -- watches


def test_initial_events_end_with_a_bookmark(five: Any) -> None:
    options = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    watch = five.get(CONFIGMAPS, query={"watch": "true", "labelSelector": "odd=1", **options})
    told = [watch.next() for _ in range(4)]
    assert [event.type for event in told] == ["ADDED", "ADDED", "ADDED", "BOOKMARK"]
    assert told[-1].object == {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {
            "resourceVersion": now(five),
            "creationTimestamp": None,
            "annotations": {"k8s.io/initial-events-end": "true"},
        },
    }
    assert watch.next() is None


def test_without_initial_events_a_watch_begins_now(five: Any) -> None:
    options = {"sendInitialEvents": "false", "resourceVersionMatch": "NotOlderThan"}
    watch = five.get(CONFIGMAPS, query={"watch": "true", **options})
    five.delete(f"{CONFIGMAPS}/a")
    assert events(watch) == [("DELETED", "a")]


def test_a_bookmark_tells_how_far_a_watch_is(five: Any) -> None:
    query = {"watch": "true", "resourceVersion": now(five), "allowWatchBookmarks": "true"}
    watch = five.get(CONFIGMAPS, query=query)
    watch.bookmark()
    assert watch.next() is None
    five.post(f"{CORE}/secrets", {"metadata": {"name": "s"}})
    watch.bookmark()
    assert watch.next().object["metadata"]["resourceVersion"] == now(five)
    plain = five.get(CONFIGMAPS, query={"watch": "true", "resourceVersion": now(five)})
    five.post(f"{CORE}/secrets", {"metadata": {"name": "t"}})
    plain.bookmark()
    assert plain.next() is None


def test_a_watch_from_a_revision_to_come_waits_for_it(five: Any) -> None:
    watch = five.get(CONFIGMAPS, query={"watch": "true", "resourceVersion": str(five.server.state.revision + 1)})
    five.delete(f"{CONFIGMAPS}/a")
    five.delete(f"{CONFIGMAPS}/b")
    assert events(watch) == [("DELETED", "b")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/watch/namespaces/demo/configmaps", list("abcde")),
        ("/api/v1/watch/configmaps", list("abcde")),
        ("/api/v1/watch/namespaces/demo/configmaps/c", ["c"]),
        ("/api/v1/watch/namespaces/demo", ["demo"]),
    ],
)
def test_the_old_paths_of_watches(five: Any, path: str, expected: list[str]) -> None:
    """Source: apiserver, endpoints/installer.go."""
    assert [name for _, name in events(five.get(path))] == expected


def test_the_old_path_of_one_object_wants_no_other_name(five: Any) -> None:
    with pytest.raises(BadRequest, match=r"fieldSelector metadata\.name doesn't match requested name"):
        five.get("/api/v1/watch/namespaces/demo/configmaps/c", query={"fieldSelector": "metadata.name=d"})


def test_how_long_a_watch_may_last_is_handed_on(five: Any) -> None:
    assert five.get(CONFIGMAPS, query={"watch": "true", "timeoutSeconds": "7"}).timeout_s == 7


# -- shapes


PARTIAL = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"


def test_metadata_alone(five: Any) -> None:
    one = five.get(f"{CONFIGMAPS}/a", accept=PARTIAL)
    assert (one["kind"], one["apiVersion"], set(one)) == (
        "PartialObjectMetadata",
        "meta.k8s.io/v1",
        {"kind", "apiVersion", "metadata"},
    )
    listed = five.get(CONFIGMAPS, accept=f"{PARTIAL_LIST},application/json")
    assert (listed["kind"], len(listed["items"]), listed["items"][0]) == ("PartialObjectMetadataList", 5, one)
    event = five.get(CONFIGMAPS, query={"watch": "true"}, accept=PARTIAL).next()
    assert event.object == one


def test_the_wrong_kind_of_metadata(five: Any) -> None:
    text = r"^you requested PartialObjectMetadata, but the requested object is a list \(\*core.ConfigMapList\)$"
    with pytest.raises(NotAcceptable, match=text):
        five.get(CONFIGMAPS, accept=PARTIAL)
    with pytest.raises(NotAcceptable, match="but the requested object is not a list"):
        five.get(f"{CONFIGMAPS}/a", accept=PARTIAL_LIST)


@pytest.mark.parametrize("accept", ["text/html", "application/json;as=Table;g=meta.k8s.io;v=v9", "application/cbor"])
def test_what_cannot_be_had(five: Any, accept: str) -> None:
    text = "^only the following media types are accepted: application/json, application/yaml, "
    with pytest.raises(NotAcceptable, match=text):
        five.get(CONFIGMAPS, accept=accept)


def test_a_table_of_one_object_has_its_revision(five: Any) -> None:
    one = five.get(f"{CONFIGMAPS}/a")
    table = five.get(f"{CONFIGMAPS}/a", accept=TABLE)
    assert table["metadata"] == {"resourceVersion": one["metadata"]["resourceVersion"]}
    with pytest.raises(BadRequest, match=r"^Unable to convert to Table as requested: includeObject: Invalid value"):
        five.get(f"{CONFIGMAPS}/a", accept=TABLE, query={"includeObject": "All"})


@pytest.mark.parametrize(
    ("details", "start"),
    [
        ({"query": {"pretty": "true"}}, b'{\n  "kind": "Config'),
        ({"agent": "curl"}, b"{\n  "),
        ({"agent": "curl", "query": {"pretty": "0"}}, b'{"'),
        ({"accept": "application/yaml"}, b"apiVersion: v1\n"),
        ({"accept": "application/json;pretty=1"}, b"{\n  "),
        ({"agent": "oc"}, b'{"'),
    ],
)
def test_how_the_bytes_are_laid_out(five: Any, details: dict[str, Any], start: bytes) -> None:
    """Source: apiserver, handlers/negotiation/negotiate.go, isPrettyPrint."""
    reply = five.server.handle(Request("GET", CONFIGMAPS, **details))
    assert isinstance(reply, Response)
    assert reply.data().replace(b'"apiVersion": "v1",\n  "kind"', b'"kind"').startswith(start)
    assert reply.content_type == ("application/yaml" if "accept" in details and "yaml" in details["accept"] else "")


# -- delete collection


def test_a_collection_is_deleted_as_it_is_listed(five: Any) -> None:
    dry = five.delete(CONFIGMAPS, {"kind": "DeleteOptions", "dryRun": ["All"]}, query={"labelSelector": "odd=1"})
    assert (names(dry), len(names(five.get(CONFIGMAPS)))) == (["a", "c", "e"], 5)
    assert names(five.delete(CONFIGMAPS, query={"labelSelector": "odd=1", "limit": "2"})) == ["a", "c"]
    assert names(five.get(CONFIGMAPS)) == ["b", "d", "e"]
    five.delete(CONFIGMAPS, query={"fieldSelector": "metadata.name=b"})
    assert names(five.get(CONFIGMAPS)) == ["d", "e"]
