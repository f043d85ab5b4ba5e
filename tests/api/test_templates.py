"""Templates and how they are processed. Source: openshift/library-go, pkg/template, with its own test vectors."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.templates import generated, substituted
from simulator.errors import Invalid

PROCESS = "/apis/template.openshift.io/v1/namespaces/demo/processedtemplates"


def dice(seed: int) -> Any:
    return random.Random(seed).randrange


def template(*parameters: Any, **rest: Any) -> Any:
    meta = {"name": "${NAME}", "namespace": "elsewhere"}
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"${NAME}": "a-${NAME}-${OTHER}"}}
    return {"metadata": {"name": "t"}, "objects": [obj], "parameters": list(parameters), **rest}


@given(st.integers(), st.integers(1, 255))
def test_a_generator_gives_as_many_letters_of_its_ranges(seed: int, length: int) -> None:
    text = generated(f"pre[a-zA-Z0-9]{{{length}}}post", dice(seed))
    assert re.fullmatch(rf"pre[a-yA-Y0-8]{{{length}}}post", text)


@pytest.mark.parametrize(
    ("expression", "pattern"),
    [("test[0-9]{1}x", "test[0-8]x"), ("[0-1]{8}", "0{8}"), ("0x[A-F0-9]{4}", "0x[A-E0-8]{4}"),
     ("[\\w]{10}", "[a-zA-Z0-9_]{10}"), ("[\\d]{3}-[\\a]{3}", "[0-9]{3}-[a-zA-Z0-9]{3}"), ("plain", "plain")],
)  # fmt: skip
def test_generators(expression: str, pattern: str) -> None:
    assert re.fullmatch(pattern, generated(expression, dice(1)))


@pytest.mark.parametrize(
    ("expression", "text"),
    [("[a-z]{0}", r"range must be within \[1-255\] characters \(0\)"),
     ("[z-a]{2}", "invalid range specified: z-a"), ("[ab]{2}", "malformed expresion syntax")],
)  # fmt: skip
def test_a_generator_that_makes_no_sense(expression: str, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        generated(expression, dice(1))


@given(st.text(), st.dictionaries(st.from_regex("[A-Z_]{1,5}", fullmatch=True), st.text()))
def test_text_without_references_stays(text: str, values: dict[str, str]) -> None:
    assert substituted(text.replace("$", ""), values) == text.replace("$", "")


def test_objects_are_filled_in(modern: Any) -> None:
    name = {"name": "NAME", "value": "web"}
    made = modern.post(PROCESS, template(name, labels={"app": "${NAME}"}, message="see ${NAME}"))
    assert made["message"] == "see web"
    assert made["objects"] == [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "web", "labels": {"app": "web"}},
            "data": {"web": "a-web-${OTHER}"},
        }
    ]


def test_a_value_may_be_a_number_and_an_old_kind_gets_its_group(modern: Any) -> None:
    config = {"apiVersion": "v1", "kind": "DeploymentConfig", "metadata": {"name": "x"}, "spec": {"replicas": "${{N}}"}}
    made = modern.post(PROCESS, {**template({"name": "N", "value": "3"}), "objects": [config]})
    assert made["objects"][0]["spec"] == {"replicas": 3}
    assert made["objects"][0]["apiVersion"] == "apps.openshift.io/v1"


def test_generated_values_are_the_same_for_the_same_seed(modern: Any, api: Any) -> None:
    parameter = {"name": "NAME", "generate": "expression", "from": "[a-z]{16}"}
    first = modern.post(PROCESS, template(parameter))
    assert re.fullmatch("[a-y]{16}", first["parameters"][0]["value"])
    assert first["objects"][0]["metadata"]["name"] == first["parameters"][0]["value"]


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (
            {"name": "NAME", "required": True},
            'Template.template.openshift.io "t" is invalid: template.parameters[0]: Required value: '
            "template.parameters[0]: parameter NAME is required and must be specified",
        ),
        (
            {"name": "NAME", "generate": "dice"},
            'Template.template.openshift.io "t" is invalid: template.parameters[0]: Invalid value: "dice": '
            "Unknown generator name 'dice' for parameter NAME",
        ),
        ({"name": "a b"}, 'Template.template.openshift.io "t" is invalid: parameters[0].name: Invalid value: "a b": '
         r"does not match ^[a-zA-Z0-9\_]+$"),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_told(modern: Any, parameter: Any, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        modern.post(PROCESS, template(parameter))
    assert refused.value.message == text
