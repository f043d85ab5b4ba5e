"""From files to objects: Lists, typed Lists, torn files, unknown kinds, other versions, the release and the moment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.errors import Object
from simulator.profiles.importing.files import layout_of, object_files
from simulator.profiles.importing.kinds import Items, collect
from simulator.profiles.importing.origin import newest_time, release_of
from simulator.profiles.importing.reading import Found, objects_in
from simulator.profiles.importing.report import Report
from simulator.release import Release
from simulator.runtime.clock import rfc3339
from tests.profiles.importing.mustgather import of_texts

TODAY = Release("4.20.1", "v1.33.5", ())
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "carts.shop.io"},
    "spec": {"group": "shop.io", "scope": "Namespaced", "names": {"plural": "carts", "kind": "Cart"},
             "versions": [{"name": "v1", "served": True, "storage": True}]},
}  # fmt: skip


TEMPLATE = {"spec": {"containers": [{"name": "web"}]}}


def read(report: Report | None = None, **texts: str) -> tuple[list[Found], Report]:
    report = report or Report()
    files = of_texts(**texts)
    report.layout = layout_of(files)
    return [one for file, text in object_files(files, report) for one in objects_in(file, text, report)], report


def obj(kind: str, name: str = "x", api_version: str = "v1", namespace: str = "shop", **body: Any) -> Object:
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": meta, **body}


def collected(*objects: Object, release: Release = TODAY) -> tuple[Items, Report]:
    texts = {f"o{index}_yaml": json.dumps(one) for index, one in enumerate(objects)}
    found, report = read(**texts)
    return collect(found, release, report)[0], report


# -- files


def test_one_object_several_documents_lists_and_json() -> None:
    one, two = json.dumps(obj("ConfigMap", "a")), json.dumps(obj("ConfigMap", "b"))
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": [obj("ConfigMap", "c"), obj("ConfigMap", "d")]})
    found, report = read(single_yaml=one, many_yaml=f"---\n{one}\n---\n{two}\n---\n", list_yaml=listed)
    assert [found.object["metadata"]["name"] for found in found] == ["a", "a", "b", "c", "d"]
    assert report.not_understood == []


def test_items_of_a_typed_list_need_not_say_what_they_are() -> None:
    item = "- metadata: {name: a, namespace: shop}\n  spec: {containers: [{name: a}]}\n"
    text = f"apiVersion: v1\nitems:\n{item}kind: PodList\n"
    found, _ = read(pods_yaml=text)
    assert (found[0].object["kind"], found[0].object["apiVersion"], found[0].line) == ("Pod", "v1", 3)


@pytest.mark.parametrize(
    ("text", "names", "line"),
    [
        ("apiVersion: v1\nitems:\n- {kind: A, metadata: {name: a}}\n- {kind: A, metadata: {na", ["a"], 4),
        (
            "apiVersion: v1\nitems:\n- kind: A\n  metadata:\n    name: a\n- kind: A\n  metadata:\n    name: b\n",
            ["a"],
            6,
        ),
    ],
)
def test_a_file_that_ends_early_gives_what_it_has_and_says_so(text: str, names: list[str], line: int) -> None:
    found, report = read(torn_yaml=text)
    assert [one.object["metadata"]["name"] for one in found][: len(names)] == names
    assert report.not_understood[0]["line"] == line


def test_the_layout_is_told_by_the_folders() -> None:
    assert layout_of(of_texts(a_yaml="")) == "oc get"
    assert layout_of(of_texts(x__namespaces__shop__core__pods_yaml="")) == "oc adm inspect"
    assert (
        layout_of(of_texts(**{"quay-io-x-sha256-0a__cluster-scoped-resources__core__nodes_yaml": ""})) == "must-gather"
    )


def test_what_is_no_object_in_a_must_gather_is_skipped_and_counted() -> None:
    found, report = read(
        **{
            "g-sha256-1__namespaces__shop__core__configmaps_yaml": json.dumps(obj("ConfigMap")),
            "g-sha256-1__namespaces__shop__pods__web__web__web__logs__current.log": "line\n",
            "g-sha256-1__audit_logs__audit_yaml": "a: b\n",
        }
    )
    assert len(found) == 1
    assert dict(report.skipped) == {
        "logs of containers and hosts": 1,
        "files outside of namespaces and cluster-scoped-resources": 1,
    }


# -- kinds


def test_a_custom_resource_is_kept_when_its_definition_is_in_the_dump() -> None:
    items, report = collected(CRD, obj("Cart", api_version="shop.io/v1", spec={"size": 3}))
    assert ("carts.shop.io", "shop", "x") in items
    assert report.not_understood == []


def test_an_unknown_kind_is_left_out_and_told() -> None:
    items, report = collected(obj("Cart", api_version="shop.io/v1"), obj("ConfigMap"))
    assert [key[0] for key in items] == ["configmaps"]
    told = "unknown kind Cart in version shop.io/v1, and no CustomResourceDefinition of it is in the dump"
    assert report.not_understood == [{"file": "o0.yaml", "line": 1, "reason": told}]


@pytest.mark.parametrize(
    ("release", "given", "stored"),
    [
        (Release(), obj("CronJob", api_version="batch/v1", spec={}), "batch/v1beta1"),
        (TODAY, obj("CronJob", api_version="batch/v1beta1", spec={}), "batch/v1"),
        (TODAY, obj("Project", api_version="project.openshift.io/v1", namespace=""), "v1"),
    ],
)
def test_another_version_is_converted_to_the_one_that_is_served(release: Release, given: Object, stored: str) -> None:
    items, report = collected(given, release=release)
    (item,) = items.values()
    assert item.object["apiVersion"] == stored
    assert sum(report.converted.values()) == 1


def test_an_event_of_the_newer_group_reads_as_one_of_the_core() -> None:
    given = obj("Event", api_version="events.k8s.io/v1", regarding={"kind": "Pod", "name": "web"}, note="Started")
    (item,) = collected(given)[0].values()
    assert item.key == ("events", "shop", "x")
    assert item.object["involvedObject"] == {"kind": "Pod", "name": "web"}
    assert item.object["message"] == "Started"


def test_what_the_server_computes_is_no_object() -> None:
    given = obj("ImageStreamTag", "a:b", "image.openshift.io/v1")
    items, report = collected(given)
    assert not items
    assert dict(report.skipped) == {"objects of kind ImageStreamTag, which the server computes": 1}


def test_of_two_of_one_name_the_newer_is_kept() -> None:
    old, new = obj("ConfigMap", data={"a": "old"}), obj("ConfigMap", data={"a": "new"})
    old["metadata"]["resourceVersion"], new["metadata"]["resourceVersion"] = "9", "10"
    items, report = collected(new, old, old)
    (item,) = items.values()
    assert item.object["data"] == {"a": "new"}
    assert (
        report.not_understood[0]["reason"] == "configmaps shop/x once more, not the same; the one in o0.yaml:1 is kept"
    )


def test_the_same_object_twice_is_only_counted() -> None:
    items, report = collected(obj("ConfigMap"), obj("ConfigMap"))
    assert (len(items), report.repeated, report.not_understood) == (1, 1, [])


@pytest.mark.parametrize(
    "given",
    [
        obj("Pod", spec={"containers": "none"}),
        obj("Pod", spec={"containers": [{"name": "a", "env": [3]}]}),
        obj("Deployment", api_version="apps/v1", spec="three"),
        obj("Deployment", api_version="apps/v1", spec={"selector": {"a": "b"}, "replicas": "3", "template": TEMPLATE}),
        obj("Service", spec={"ports": {"port": 1}}),
        obj("Node", namespace="", status={"conditions": "Ready"}),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_refused(given: Object) -> None:
    items, report = collected(given)
    assert not items
    assert len(report.not_understood) == 1


# -- where it comes from


def version(version: str, state: str = "Completed") -> Object:
    status = {"desired": {"version": "9.9.9"}, "history": [{"state": state, "version": version}]}
    return obj("ClusterVersion", "version", "config.openshift.io/v1", "", status=status)


NODE = obj("Node", namespace="", status={"nodeInfo": {"kubeletVersion": "v1.27.6+f67aeb3"}})


@pytest.mark.parametrize(
    ("objects", "versions", "expected"),
    [
        ([version("4.14.3"), NODE], [], ("4.14.3", "v1.27.6+f67aeb3")),
        ([version("4.14.3")], [], ("4.14.3", "v1.27.0")),
        ([NODE], [], ("4.14.0", "v1.27.6+f67aeb3")),
        ([version("4.14.3", "Partial")], [], ("9.9.9", "v1.22.0")),
        ([], [{"serverVersion": {"gitVersion": "v1.33.5"}, "openshiftVersion": "4.20.4"}], ("4.20.4", "v1.33.5")),
    ],
)
def test_the_release(objects: list[Object], versions: list[Object], expected: tuple[str, str]) -> None:
    found = release_of(objects, versions, Report())
    assert (found.version, found.kubernetes) == expected


@pytest.mark.parametrize(("text", "note"), [("4.1.2", "older"), ("4.99.0", "newer"), ("4.12.0", "")])
def test_a_release_that_is_not_modelled_is_taken_and_noted(text: str, note: str) -> None:
    report = Report()
    assert release_of([version(text)], [], report).version == text
    assert [note in line for line in report.notes] == ([True] if note else [])


def test_the_newest_time_is_one_of_the_past() -> None:
    soon = {"annotations": {"not-after": "2031-01-01T00:00:00Z"}, "creationTimestamp": "2024-05-01T08:00:00Z"}
    certificate = {
        "kind": "Secret",
        "metadata": {"name": "a", **soon},
        "status": {"expirationTimestamp": "2030-01-01T00:00:00Z"},
    }
    lease = {"kind": "Lease", "metadata": {"name": "b"}, "spec": {"renewTime": "2024-05-01T08:00:07.123456Z"}}
    assert rfc3339(newest_time([certificate, lease], 0.0)) == "2024-05-01T08:00:07Z"
    assert newest_time([], 5.0) == 5.0
