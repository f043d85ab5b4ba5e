"""From bytes to JSON values: what is accepted, what is told of it, and how it is refused.

The texts are those of Go's encoding/json and go-yaml v2, as kube-apiserver passes them on.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.bodies import Unreadable, decode_body
from simulator.api.jsontext import MAX_DEPTH, fault_of
from simulator.api.types import Request
from simulator.errors import BadRequest, UnsupportedMediaType

JSON, YAML = "application/json", "application/yaml"
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


@given(VALUES.map(lambda value: value if not isinstance(value, float) or abs(value) < 1e300 else 0))
def test_what_is_written_is_read(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    if b"Infinity" not in text:
        assert decode_body(text, f"{JSON}; charset=utf-8").value == json.loads(text)
        assert fault_of(text) == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a":', "unexpected end of JSON input"),
        ("{a: 1}", "invalid character 'a' looking for beginning of object key string"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("{}x", "invalid character 'x' after top-level value"),
        ("trux", "invalid character 'x' in literal true (expecting 'e')"),
        ("nul", "invalid character ' ' in literal null (expecting 'l')"),
        ('["a', "unexpected end of JSON input"),
        ('{"a":NaN}', "invalid character 'N' looking for beginning of value"),
        ('{"a":"\n"}', "invalid character '\\n' in string literal"),
        ('{"a":"\\q"}', "invalid character 'q' in string escape code"),
        ('"\\u12"', "invalid character '\"' in \\u hexadecimal character escape"),
        ("[01]", "invalid character '1' after array element"),
        ("[1.]", "invalid character ']' after decimal point in numeric literal"),
        ("[1e+]", "invalid character ']' in exponent of numeric literal"),
        ("[-]", "invalid character ']' in numeric literal"),
        ("\ufeff{}", "invalid character 'ï' looking for beginning of value"),
        ("[" * (MAX_DEPTH + 1), "invalid character '[' exceeded max depth"),
        ("[" * 9999 + "]" * 9999, "invalid character '[' exceeded max depth"),
        ('{"a":1e999}', "json: cannot unmarshal number 1e999 into Go value of type float64"),
    ],
)
def test_what_is_no_json(text: str, fault: str) -> None:
    body = decode_body(text.encode(), JSON)
    assert isinstance(body.value, Unreadable)
    assert body.value.text == fault


@given(st.binary(max_size=30) | st.text('{}[]",:\\0-1.eEtruefalsn ', max_size=12).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for content_type in (JSON, YAML, "application/apply-patch+yaml", "text/plain"):
        assert decode_body(data, content_type) is not None
    assert (fault_of(data) == "") != isinstance(
        decode_body(data or b"x", JSON).value, Unreadable
    ) or b"e" in data.lower()


def test_numbers_that_do_not_fit() -> None:
    body = decode_body(b"[9223372036854775807, 9223372036854775808, -9223372036854775808, 1e2]", JSON)
    assert [(type(one), one) for one in body.value] == [
        (int, 2**63 - 1),
        (float, 2.0**63),
        (int, -(2**63)),
        (float, 100.0),
    ]


def test_half_a_surrogate_pair_is_no_character() -> None:
    assert decode_body(b'{"a":"\\ud83d\\ude00 \\ud83d"}', JSON).value == {"a": "😀 \ufffd"}


def test_names_that_come_twice() -> None:
    body = decode_body(b'{"spec":{"a":1,"a":2,"l":[{"b":1},{"b":1,"b":2,"b":3}]},"spec":{}}', JSON)
    assert body.value == {"spec": {}}
    assert body.duplicates == (
        'duplicate field "spec.a"',
        'duplicate field "spec.l[1].b"',
        'duplicate field "spec.l[1].b"',
        'duplicate field "spec"',
    )
    assert decode_body(b"a: 1\nb:\n  c: 1\n  c: 2\na: 3\n", YAML).duplicates == (
        'yaml: unmarshal errors:\n  line 4: key "c" already set in map\n  line 5: key "a" already set in map',
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: yes\nb: 0x10\nc: 2001-01-01\nd: '1'\n2: ~", {"a": True, "b": 16, "c": "2001-01-01", "d": "1", "2": None}),
        ("x: &x {a: 1}\nz:\n  <<: *x\n  b: 2", {"x": {"a": 1}, "z": {"a": 1, "b": 2}}),
        ("a: 1\n---\nb: 2", {"a": 1}),
        ("---\n", None),
        ('{"a": [1, "b"]}', {"a": [1, "b"]}),
        ("{a: 1}", {"a": 1}),
    ],
)
def test_yaml(text: str, value: Any) -> None:
    assert decode_body(text.encode(), YAML).value == value


BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        ("a: .nan", "json: unsupported value: NaN"),
        ("a: *b", "yaml: unknown anchor 'b' referenced"),
        ("a: &a [*a]", "yaml: anchor 'a' value contains itself"),
        (BOMB, "yaml: document contains excessive aliasing"),
        ("- " * 300, "yaml: exceeded max depth"),
        ("a: \0", "yaml: control characters are not allowed"),
    ],
)
def test_what_is_no_yaml(text: str, fault: str) -> None:
    body = decode_body(text.encode(), YAML)
    assert isinstance(body.value, Unreadable)
    assert body.value.text == fault


@pytest.mark.parametrize(
    ("data", "content_type", "text"),
    [
        (b'{"kind":', JSON, "couldn't get version/kind; json parse error: unexpected end of JSON input ({\"kind\":)"),
        (b"<html>", JSON, "couldn't get version/kind; json parse error: invalid character '<' looking for beginning of "
                          "value (3c68746d6c3e)"),
        (b"a: b: c", YAML, "yaml: mapping values are not allowed in this context (613a20623a2063)"),
        (b"", JSON, "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"),
        (b'"x"', JSON, 'couldn\'t get version/kind; json parse error: json: cannot unmarshal string into Go value of '
                       'type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string '
                       '"json:\\"kind,omitempty\\"" } (227822)'),
    ],
)  # fmt: skip
def test_a_body_that_is_no_object_is_refused(modern: Any, data: bytes, content_type: str, text: str) -> None:
    body = decode_body(data, content_type)
    with pytest.raises(BadRequest) as error:
        modern.post("/api/v1/namespaces/demo/configmaps", body.value, content_type=content_type)
    assert error.value.message == f"the object provided is unrecognized (must be of type ConfigMap): {text}"


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/api/v1/namespaces/demo/configmaps", ", application/vnd.kubernetes.protobuf"),
        ("/apis/imageregistry.operator.openshift.io/v1/configs", ""),
    ],
)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_a_body_in_another_form(modern: Any, path: str, more: str, content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType) as error:
        modern.post(path, {"metadata": {"name": "a"}}, content_type=content_type)
    assert error.value.message == (
        "the body of the request was in an unknown format - accepted media types include: application/json, "
        f"application/yaml{more}"
    )


def test_what_a_body_says_twice_is_told_or_refused(modern: Any) -> None:
    body = decode_body(b'{"metadata":{"name":"a"},"data":{"k":"1","k":"2"},"foo":1}', JSON)

    def sent(validation: str) -> Any:
        query = {"fieldValidation": validation, "dryRun": "All"}
        path = "/api/v1/namespaces/demo/configmaps"
        return modern.server.handle(Request("POST", path, query, body.value, duplicates=body.duplicates))

    told = ('unknown field "foo"', 'duplicate field "data.k"')
    assert (sent("Warn").code, sent("Warn").warnings, sent("Ignore").warnings) == (201, told, ())
    assert sent("Strict").code == 400
    assert sent("Strict").body["message"] == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo", '
        'duplicate field "data.k"'
    )
