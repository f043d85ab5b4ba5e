from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.api.patch import merge_patch
from simulator.oc.patches import merge_diff, three_way_merge_patch, three_way_strategic_patch

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: a, image: x, env: [{name: A, value: "1"}, {name: B, value: "2"}]}
"""
WARNING = "Warning: oc apply should be used on resource created by either oc create --save-config or oc apply\n"


def test_created_unchanged_configured(bench: Any) -> None:
    bench.fs.add("/d.yaml", DEPLOYMENT)
    assert bench.run("oc apply -f /d.yaml").stdout == "deployment.apps/web created\n"
    assert bench.run("oc apply -f /d.yaml").stdout == "deployment.apps/web unchanged\n"
    bench.fs.add("/d.yaml", DEPLOYMENT.replace("image: x", "image: z"))
    ran = bench.run("oc apply -f /d.yaml")
    assert (ran.stdout, ran.stderr) == ("deployment.apps/web configured\n", "")


def test_the_annotation_holds_the_file(bench: Any) -> None:
    bench.run("oc apply -f -", stdin="kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\ndata: {a: b}\n")
    path = "{.metadata.annotations.kubectl\\.kubernetes\\.io/last-applied-configuration}"
    text = bench.run(f"oc get cm x -o jsonpath='{path}'").stdout
    assert text == (
        '{"apiVersion":"v1","data":{"a":"b"},"kind":"ConfigMap",'
        '"metadata":{"annotations":{},"name":"x","namespace":"demo"}}\n'
    )


def test_what_the_file_drops_goes_and_what_others_set_stays(bench: Any) -> None:
    bench.fs.add("/d.yaml", DEPLOYMENT)
    bench.run("oc apply -f /d.yaml")
    bench.run("oc scale deploy web --replicas=3")
    bench.fs.add("/d.yaml", DEPLOYMENT.replace(', {name: B, value: "2"}', ""))
    assert bench.run("oc apply -f /d.yaml").stdout == "deployment.apps/web configured\n"
    spec = json.loads(bench.run("oc get deploy web -o json").stdout)["spec"]
    assert spec["replicas"] == 3
    assert spec["template"]["spec"]["containers"][0]["env"] == [{"name": "A", "value": "1"}]


def test_an_object_that_was_never_applied_is_warned_about(bench: Any) -> None:
    bench.fs.add("/d.yaml", DEPLOYMENT)
    bench.run("oc create -f /d.yaml")
    ran = bench.run("oc apply -f /d.yaml")
    assert (ran.stdout, ran.stderr, ran.status) == ("deployment.apps/web configured\n", WARNING, 0)
    assert bench.run("oc apply -f /d.yaml").stderr == ""


def test_save_config_makes_it_applied(bench: Any) -> None:
    bench.fs.add("/d.yaml", DEPLOYMENT)
    bench.run("oc create --save-config -f /d.yaml")
    assert bench.run("oc apply -f /d.yaml").stdout == "deployment.apps/web unchanged\n"


def test_dry_run_changes_nothing(bench: Any) -> None:
    bench.fs.add("/d.yaml", DEPLOYMENT)
    assert bench.run("oc apply --dry-run -f /d.yaml").stdout == "deployment.apps/web created (dry run)\n"
    assert bench.run("oc get deploy").stderr == "No resources found.\n"


def test_nothing_to_apply(bench: Any) -> None:
    bench.fs.add("/empty", "")
    assert bench.run("oc apply -f /empty").stderr == "error: no objects passed to apply\n"
    assert bench.run("oc apply").stderr.startswith("Error: must specify one of -f and -k\n")


def test_list_items_are_patched_by_their_merge_key() -> None:
    original = {"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "old", "image": "x"}]}}
    modified = {"spec": {"containers": [{"name": "a", "image": "2"}, {"name": "new", "image": "y"}]}}
    current = {"spec": {"containers": [*original["spec"]["containers"], {"name": "sidecar", "image": "z"}]}}
    assert three_way_strategic_patch("Pod", original, modified, current) == {
        "spec": {
            "$setElementOrder/containers": [{"name": "a"}, {"name": "new"}],
            "containers": [
                {"$patch": "delete", "name": "old"},
                {"image": "2", "name": "a"},
                {"image": "y", "name": "new"},
            ],
        }
    }


_JSON = st.recursive(
    st.integers(0, 3) | st.text("ab", max_size=2) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
_OBJECTS = st.dictionaries(st.sampled_from("abcd"), _JSON, max_size=4)


@given(_OBJECTS, _OBJECTS)
def test_a_diff_leads_from_one_object_to_the_other(original: dict[str, Any], modified: dict[str, Any]) -> None:
    assert merge_patch(original, merge_diff(original, modified)) == modified


@given(_OBJECTS, _OBJECTS, _OBJECTS)
def test_a_three_way_patch_sets_all_that_the_file_says(
    original: dict[str, Any], modified: dict[str, Any], current: dict[str, Any]
) -> None:
    result = merge_patch(current, three_way_merge_patch(original, modified, current))
    assert all(key in result for key in modified)
    assert all(key not in result for key in original if key not in modified)
    assert all(result[key] == current[key] for key in current if key not in original and key not in modified)


def test_view_last_applied(bench: Any) -> None:
    bench.run("oc create configmap plain")
    bench.run("oc apply -f -", stdin="kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\ndata: {a: b}\n")
    assert bench.run("oc apply view-last-applied cm x").stdout == (
        "apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nmetadata:\n  annotations: {}\n  name: x\n  namespace: demo\n"
    )
    plain = bench.run("oc apply view-last-applied cm plain")  # the real client loses its error as well
    assert (plain.stdout, plain.stderr, plain.status) == ("", "", 0)
