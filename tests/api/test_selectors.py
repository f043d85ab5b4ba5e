"""Label and field selectors, their grammar and how they are refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.labelselectors import parse_labels
from simulator.errors import BadRequest
from simulator.release import OLDEST, Release

MODERN = Release("4.20.1", "v1.33.5", ())
LABELS = {"app": "web", "tier": "", "size": "12", "in": "notin", "example.com/x": "y"}
NAME_FAULT = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
VALUE_FAULT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier=", True),
        ("app!=web", False),
        ("nope!=web", True),
        (" app in ( web , db ) , size > 9", True),
        ("app notin (web)", False),
        ("nope notin (web)", True),
        ("nope in (web)", False),
        ("app in (web,)", True),
        ("tier in ()", True),
        ("tier in (,a)", True),
        ("app,!nope", True),
        ("! app", False),
        ("size<13,size>11", True),
        ("size>12", False),
        ("app>1", False),
        ("in in (notin)", True),
        ("in=notin", True),
        ("in", True),
        ("example.com/x=y", True),
        ("tier=,app=web", True),
    ],
)
def test_what_a_selector_chooses(text: str, expected: bool) -> None:
    """Source: apimachinery, pkg/labels/selector_test.go has the same cases, and more."""
    assert all(test(LABELS) for test in parse_labels(text, MODERN)) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("=a", "found '=', expected: !, identifier, or 'end of string'"),
        (",app=web", "found ',', expected: !, identifier, or 'end of string'"),
        ("app=web,", "found '', expected: identifier after ','"),
        ("app=web,,tier", "found ',', expected: identifier after ','"),
        ("app web", "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"),
        ("app in web", "unable to parse requirement: found 'web' expected: '('"),
        ("app in (web", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("app in (web db)", "unable to parse requirement: found 'db', expected: ',' or ')'"),
        ("app in (=", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
        ("app==(", "unable to parse requirement: found '(', expected: identifier"),
        ("!=", "found '!=', expected: !, identifier, or 'end of string'"),
        ("!,", "unable to parse requirement: found ',', expected: identifier"),
        ("app=web db", "found 'db', expected: ',' or 'end of string'"),
        ("-a=b", f'unable to parse requirement: <nil>: Invalid value: "-a": {NAME_FAULT}'),
        ("/a", 'unable to parse requirement: <nil>: Invalid value: "/a": prefix part must be non-empty'),
        ("a=-", f'unable to parse requirement: values[0][a]: Invalid value: "-": {VALUE_FAULT}'),
        (
            "a>b",
            "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be "
            "an integer",
        ),
    ],
)
def test_how_a_selector_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_labels(text, MODERN)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("app web", "unable to parse requirement: found 'web', expected: '=', '!=', '==', 'in', notin'"),
        ("-a=b", f'unable to parse requirement: invalid label key "-a": {NAME_FAULT}'),
        ("a=-", f'unable to parse requirement: invalid label value: "-": {VALUE_FAULT}'),
    ],
)
def test_the_words_of_4_2(text: str, message: str) -> None:
    """Source: apimachinery of Kubernetes 1.14, pkg/labels/selector.go."""
    with pytest.raises(BadRequest) as refused:
        parse_labels(text, OLDEST)
    assert refused.value.message == message


@given(st.text("abin!=()<>,/ .-", max_size=12) | st.text(max_size=8))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        tests = parse_labels(text, MODERN)
    except BadRequest:
        return
    assert all(test({}) in (True, False) for test in tests)


# -- fields

PODS = "/api/v1/namespaces/demo/pods"


def test_fields_that_pods_are_selected_by(modern: Any, pod: Any) -> None:
    modern.post(PODS, pod)
    for text, found in (
        ("status.phase=Pending", 1),
        ("status.phase!=Pending", 0),
        ("spec.hostNetwork=false,metadata.namespace==demo", 1),
        ("spec.host=", 1),
        ("metadata.name=web,spec.restartPolicy=Never", 0),
        (r"metadata.name=a\,b", 0),
        (",", 1),
    ):
        assert len(modern.get(PODS, query={"fieldSelector": text})["items"]) == found, text


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        (PODS, "foo=bar", "field label not supported: foo"),
        (PODS, "foo", "invalid selector: 'foo'; can't understand 'foo'"),
        (PODS, "metadata.name=a=b", "invalid field selector: unescaped character in value: 61"),
        (PODS, r"metadata.name=a\b", r"invalid field selector: invalid escape sequence: \b"),
        (PODS, "metadata.name=a\\", "invalid field selector: invalid escape sequence: \\"),
        ("/api/v1/nodes", "metadata.namespace=a", "field label not supported: metadata.namespace"),
        (
            "/apis/apps/v1/deployments",
            "spec.replicas=1",
            '"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
        ("/apis/batch/v1/jobs", "foo=1", 'field label "foo" not supported for batchv1.Job'),
    ],
)
def test_how_a_field_selector_is_refused(modern: Any, path: str, text: str, message: str) -> None:
    """Source: each kind's AddFieldLabelConversionFunc; apimachinery, runtime/conversion.go."""
    with pytest.raises(BadRequest) as refused:
        modern.get(path, query={"fieldSelector": text})
    assert refused.value.message == message
