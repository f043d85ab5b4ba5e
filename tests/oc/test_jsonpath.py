"""kubectl's JSONPath; every line of the table was compared with a compiled client."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.oc.printers.jsonpath import JSONPathError, find, parse_relaxed, render
from simulator.release import OLDEST, Release

POD = {
    "metadata": {"name": "x", "labels": {"a.b/c": "v", "k": "w"}},
    "spec": {
        "nodeName": "n1",
        "priority": 5,
        "hostNetwork": True,
        "containers": [
            {"name": "a", "image": "i1", "ports": [{"containerPort": 80}, {"containerPort": 443}]},
            {"name": "b", "image": "i2", "ports": [{"containerPort": 8080}]},
        ],
    },
    "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Init", "status": "False"}]},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{.metadata.name}", "x"),
        ("plain", "plain"),
        ("{.nope}x", "x"),
        ("{.spec.containers[*].name}", "a b"),
        ("{.spec.containers[0].name}", "a"),
        ("{.spec.containers[-1].name}", "b"),
        ("{.spec.containers[0:1].name}", "a"),
        ("{.spec.containers[::2].name}", "a"),
        ("{.spec.containers[0,1].name}", "a b"),
        ("{..containerPort}", "80 443 8080"),
        ("{.spec.containers[*]..containerPort}", "80 443 8080"),
        ("{.metadata.labels.a\\.b/c}", "v"),
        ("{.metadata.labels['a\\.b/c']}", "v"),
        ("{.metadata['name','labels']['k']}", "w"),
        ('{.spec.containers[?(@.name=="b")].image}', "i2"),
        ("{.spec.containers[?(@.name!='b')].image}", "i1"),
        ("{.spec.containers[?(@.ports[0].containerPort>100)].name}", "b"),
        ("{.spec.containers[?(@.ports)].name}", "a b"),
        ("{.spec.containers[?(@.name=='a')].ports[?(@.containerPort==443)].containerPort}", "443"),
        ('{.status.conditions[?(@.type=="Ready")].status}', "True"),
        ('{range .spec.containers[*]}{.name}{"\\t"}{.image}{"\\n"}{end}done', "a\ti1\nb\ti2\ndone"),
        ("{range .spec.containers[*]}{.name}:{range .ports[*]}{.containerPort},{end};{end}", "a:80,443,;b:8080,;"),
        ("{.spec.priority} {.spec.hostNetwork}", "5 true"),
        ("{$.metadata.name}{@.metadata.name}", "xx"),
        ("{ .metadata.name }", "x"),
        ("{'a'}{\"b\\n\"}", "ab\n"),
        ("{.metadata.labels}", "map[a.b/c:v k:w]"),
        ("{.spec.containers[1].ports}", "[map[containerPort:8080]]"),
    ],
)
def test_templates(template: str, text: str) -> None:
    assert render(template, POD) == text


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{.spec[", "unterminated array"),
        ("{.spec", "unclosed action"),
        ('{.spec.containers[?(@.name=="b"].x}', "unterminated filter"),
        ("{.spec.containers[a].name}", "invalid array index a"),
        ("{#}", "unrecognized character in action: U+0023 '#'"),
        ("{foo}", "unrecognized identifier foo"),
        ("{end}", "not in range, nothing to end"),
        ("{.spec.containers[5].name}", "array index out of bounds: index 5, length 2"),
        ("{[0]}", "map[string]interface {} is not array or slice"),
    ],
)
def test_errors(template: str, message: str) -> None:
    with pytest.raises(JSONPathError) as caught:
        render(template, POD)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"])
def test_the_relaxed_form(text: str) -> None:
    assert find(parse_relaxed(text), POD) == ["x"]


@pytest.mark.parametrize(
    ("release", "text"),
    [
        (OLDEST, "map[a:1 b:x<y] 1 [map[name:1]]"),
        (Release("4.5.0"), "map[a:1 b:x<y] 1 [map[name:1]]"),
        (Release("4.6.0"), '{"a":"1","b":"x\\u003cy"} 1 [{"name":"1"}]'),
    ],
)
def test_maps_and_lists_are_json_since_kubernetes_1_19(bench: Any, release: Release, text: str) -> None:
    """Source: kubernetes#89660."""
    data = {"a": "1", "b": "x<y"}
    bench.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data})
    bench.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "s"}, "secrets": [{"name": "1"}]})
    bench.session.release = release
    shown = bench.run("oc get cm/c -o jsonpath='{.data} {.data.a} '; oc get sa/s -o jsonpath='{.secrets}'").stdout
    assert shown == text
