from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.oc import goyaml


def configmap(name: str, labels: dict[str, str] | None = None, **data: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, **({"labels": labels} if labels else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


@pytest.fixture
def filled(bench: Any) -> Any:
    bench.create(configmap("b", {"app": "web", "x.io/tier": "front"}, size="10", a="1"))
    bench.create(configmap("a", size="9"))
    bench.clock.advance(59.8)
    return bench


def test_a_table(filled: Any) -> None:
    assert filled.run("oc get cm").stdout == "NAME   DATA   AGE\na      1      60s\nb      2      60s\n"


def test_nothing_found(bench: Any) -> None:
    ran = bench.run("oc get pods")
    assert (ran.stdout, ran.stderr, ran.status) == ("", "No resources found.\n", 0)


@pytest.mark.parametrize(
    ("line", "stdout"),
    [
        (
            "oc get cm -A",
            "NAMESPACE   NAME   DATA   AGE\ndemo        a      1      60s\ndemo        b      2      60s\n",
        ),
        ("oc get cm --no-headers", "a     1     60s\nb     2     60s\n"),
        ("oc get cm -l app=web", "NAME   DATA   AGE\nb      2      60s\n"),
        ("oc get cm --field-selector metadata.name=a", "NAME   DATA   AGE\na      1      60s\n"),
        (
            "oc get cm --show-labels",
            "NAME   DATA   AGE   LABELS\na      1      60s   <none>\nb      2      60s   app=web,x.io/tier=front\n",
        ),
        (
            "oc get cm -L app,x.io/tier",
            "NAME   DATA   AGE   APP   TIER\na      1      60s         \nb      2      60s   web   front\n",
        ),
        ("oc get cm --sort-by=.data.size", "NAME   DATA   AGE\na      1      60s\nb      2      60s\n"),
        ("oc get cm --sort-by='{.data.a}'", "NAME   DATA   AGE\na      1      60s\nb      2      60s\n"),
        ("oc get cm b a", "NAME   DATA   AGE\nb      2      60s\na      1      60s\n"),
        ("oc get cm/b ConfigMap/a", "NAME   DATA   AGE\nb      2      60s\na      1      60s\n"),
        ("oc get cm a --show-kind", "NAME          DATA   AGE\nconfigmap/a   1      60s\n"),
        ("oc get cm -o name", "configmap/a\nconfigmap/b\n"),
        ("oc get cm -o jsonpath='{.items[*].metadata.name}'", "a b"),
        ("oc get cm a -o jsonpath={.data.size}", "9"),
        ("oc get cm -o custom-columns=N:.metadata.name,A:.data.a", "N     A\na     <none>\nb     1\n"),
        ("oc get cm -o custom-columns=N:.metadata.name --no-headers", "a\nb\n"),
        ("oc get cm a -o go-template='{{.data.size}}'", "9"),
        ("oc get cm a --template='{{.data.size}}'", "9"),
        ("oc get cm nope --ignore-not-found", ""),
        ("oc get cm nope --ignore-not-found -o yaml", ""),
        ("oc get pods -o name", ""),
    ],
)
def test_forms(filled: Any, line: str, stdout: str) -> None:
    ran = filled.run(line)
    assert (ran.stdout, ran.stderr, ran.status) == (stdout, "", 0)


def test_sorting_by_a_field_that_none_has_finds_nothing(filled: Any) -> None:
    ran = filled.run("oc get cm --sort-by=.nope")
    assert (ran.stdout, ran.stderr, ran.status) == ("", "No resources found.\n", 0)


def test_several_kinds_carry_their_kind_and_a_blank_line(filled: Any) -> None:
    filled.run("oc create sa bob")
    assert filled.run("oc get cm,sa").stdout == (
        "NAME          DATA   AGE\nconfigmap/a   1      60s\nconfigmap/b   2      60s\n\n"
        "NAME                 SECRETS   AGE\nserviceaccount/bob   0         0s\n"
    )
    assert filled.run("oc get cm/a sa/bob cm/b").stdout.count("NAME") == 3


def test_what_was_found_comes_before_the_errors(filled: Any) -> None:
    ran = filled.run("oc get cm a nope zz")
    assert ran.stdout == "NAME   DATA   AGE\na      1      60s\n"
    assert ran.stderr == (
        'Error from server (NotFound): configmaps "nope" not found\nError from server '
        '(NotFound): configmaps "zz" not found\n'
    )
    assert ran.status == 1


def test_yaml_of_one_and_of_many(filled: Any) -> None:
    one = goyaml.load(filled.run("oc get cm a -o yaml").stdout)
    assert (one["kind"], one["data"]) == ("ConfigMap", {"size": "9"})
    many = filled.run("oc get cm -o yaml").stdout
    assert many.startswith('apiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    size: "9"\n  kind: ConfigMap\n')
    assert many.endswith('kind: List\nmetadata:\n  resourceVersion: ""\n  selfLink: ""\n')
    assert json.loads(filled.run("oc get pods -o json").stdout)["items"] == []


def test_json_is_indented_by_four(filled: Any) -> None:
    assert filled.run("oc get cm a -o json").stdout.startswith(
        '{\n    "apiVersion": "v1",\n    "data": {\n        "size": "9"\n'
    )


@pytest.mark.parametrize(
    ("line", "stderr"),
    [
        ("oc get foo", 'error: the server doesn\'t have a resource type "foo"'),
        ("oc get foo.apps", 'error: the server doesn\'t have a resource type "foo"'),
        ("oc get cm nope", 'Error from server (NotFound): configmaps "nope" not found'),
        (
            "oc get configs.imageregistry.operator.openshift.io nope",
            'Error from server (NotFound): configs.imageregistry.operator.openshift.io "nope" not found',
        ),
        ("oc get pods/", "error: arguments in resource/name form must have a single resource and name"),
        ("oc get cm -o jsonpath='{.spec['", "error: error parsing jsonpath {.spec[, unterminated array"),
        (
            "oc get cm -o foo",
            'error: unable to match a printer suitable for the output format "foo", allowed '
            "formats are: custom-columns,"
            "custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-file,name,template,templatefile,wide,yaml",
        ),
        (
            "oc get pods --field-selector foo=bar",
            'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", '
            'field selector "foo=bar": field label not supported: foo',
        ),
        (
            "oc get cm -o custom-columns=x",
            "error: unexpected custom-columns spec: x, expected <header>:<json-path-expr>",
        ),
        ("oc get cm a -A", "error: a resource cannot be retrieved by name across all namespaces"),
    ],
)
def test_errors(bench: Any, line: str, stderr: str) -> None:
    ran = bench.run(line)
    assert (ran.stdout, ran.stderr, ran.status) == ("", stderr + "\n", 1)


def test_no_type_explains_itself(bench: Any) -> None:
    ran = bench.run("oc get")
    assert ran.status == 1
    assert ran.stderr.startswith("You must specify the type of resource to get. Use ")
    assert ran.stderr.endswith(
        '\n\nerror: Required resource not specified.\nUse "oc explain '
        '<resource>" for a detailed '
        "description of that resource (e.g. oc explain pods).\nSee 'oc "
        "get -h' for help and examples\n"
    )


def test_the_plain_word_for_deployments_means_the_old_group(bench: Any) -> None:
    bench.run("oc create deployment web --image=x")
    assert bench.run("oc get deploy -o name").stdout == "deployment.extensions/web\n"
    assert bench.run("oc get deploy.apps -o name").stdout == "deployment.apps/web\n"
    assert bench.run("oc get all -o name").stdout == "deployment.apps/web\n"


def test_raw(bench: Any) -> None:
    assert json.loads(bench.run("oc get --raw /api/v1/namespaces/demo").stdout)["metadata"]["name"] == "demo"
    assert bench.run("oc get --raw /nope").stderr.startswith("Error from server (NotFound): ")


def test_a_file_names_what_to_get(filled: Any) -> None:
    filled.fs.add("/a.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n")
    assert filled.run("oc get -f a.yaml -o name").stdout == "configmap/a\n"
    assert filled.run("oc get -f a.yaml").stdout == "NAME   DATA   AGE\na      1      60s\n"


def later(bench: Any, seconds: float, action: Any) -> None:
    bench.clock.call_later(seconds, action)


def test_watching_prints_each_change_without_headers(filled: Any) -> None:
    later(filled, 5, lambda: filled.create(configmap("c-with-a-long-name")))
    later(filled, 8, lambda: filled.create(configmap("d")))
    ran = filled.run("oc get cm -w --request-timeout=10s")
    assert ran.stdout == (
        "NAME   DATA   AGE\na      1      60s\nb      2      60s\nc-with-a-long-name   0      "
        "0s\nd                    0      0s\n"
    )
    assert ran.status == 0


def test_watching_one_object_until_it_is_gone(filled: Any) -> None:
    later(filled, 5, lambda: filled.client.delete(filled.api.table.by_kind("v1", "ConfigMap").gvr, "a", "demo"))
    ran = filled.run("oc get cm a --watch-only -o name --request-timeout=10s")
    assert ran.stdout == "configmap/a\n"
    ran = filled.run("oc get cm b -w -o jsonpath='{.metadata.name},' --request-timeout=1")
    assert ran.stdout == "b,"


def test_watching_takes_one_kind(bench: Any) -> None:
    ran = bench.run("oc get cm,sa -w")
    assert ran.stderr == (
        "error: watch is only supported on individual resources and resource collections - 2 resources were found\n"
    )


def test_a_deleted_object_is_shown_once_more(filled: Any) -> None:
    gvr = filled.api.table.by_kind("v1", "ConfigMap").gvr
    later(filled, 2, lambda: filled.client.delete(gvr, "b", "demo"))
    ran = filled.run("oc get cm b --watch-only --request-timeout=5s")
    assert ran.stdout == "NAME   DATA   AGE\nb      2      61s\n"


def test_watching_one_object_shows_it_as_it_is_and_as_it_becomes(filled: Any) -> None:
    gvr = filled.api.table.by_kind("v1", "ConfigMap").gvr
    later(filled, 2, lambda: filled.client.patch(gvr, "a", {"data": {"more": "x"}}, "demo"))
    ran = filled.run("oc get cm a -w --request-timeout=5s")
    assert ran.stdout == "NAME   DATA   AGE\na      1      60s\na      2      61s\n"


def test_watching_one_object_that_is_older_than_the_log(filled: Any) -> None:
    filled.create(configmap("z"))
    filled.state.log.compact(filled.state.snapshot())
    ran = filled.run("oc get cm a -w --request-timeout=1s")
    assert (ran.stdout, ran.stderr) == ("NAME   DATA   AGE\na      1      60s\n", "")


def test_watching_what_is_not_there(filled: Any) -> None:
    ran = filled.run("oc get cm nope -w")
    assert ran.stderr == 'Error from server (NotFound): configmaps "nope" not found\n'


def test_watching_with_labels_and_in_all_projects(filled: Any) -> None:
    labelled = {**configmap("c"), "metadata": {"name": "c", "labels": {"l": "x"}}}
    later(filled, 1, lambda: filled.create(configmap("no")))
    later(filled, 2, lambda: filled.create(labelled))
    ran = filled.run("oc get cm -A -l l=x -w --show-labels --request-timeout=5s")
    assert ran.stdout == "NAMESPACE   NAME   DATA   AGE   LABELS\ndemo        c      0      0s    l=x\n"


def test_a_bad_timeout(filled: Any) -> None:
    ran = filled.run("oc get cm -w --request-timeout=soon")
    assert ran.stderr.startswith("error: Invalid timeout value. ")
