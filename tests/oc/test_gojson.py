from __future__ import annotations

import pytest

from simulator.oc import gojson


def test_keys_are_sorted_and_html_is_escaped() -> None:
    assert gojson.dumps({"b": "<&>", "a": [1, None, "é"]}) == '{"a":[1,null,"é"],"b":"\\u003c\\u0026\\u003e"}'
    assert gojson.dumps({"a": {}, "b": []}, indent=4) == '{\n    "a": {},\n    "b": []\n}'


def test_a_stream_of_values() -> None:
    assert list(gojson.load_stream('{"a":1}\n {"b":2}')) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1', "unexpected EOF"),
        ('{"a": "x', "unexpected EOF"),
        ("{bad}", "invalid character 'b' looking for beginning of object key string"),
        ('{"a":1}}', "invalid character '}' after top-level value"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1 "b":2}', "invalid character '\"' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ('{"a":"\\z"}', "invalid character 'z' in string escape code"),
        ('{"a":}', "invalid character '}' looking for beginning of value"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
    ],
)
def test_errors_are_gos(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        gojson.loads(text)
    assert str(caught.value) == message


def test_errors_in_a_stream_name_the_line() -> None:
    with pytest.raises(ValueError, match="json: line 1: invalid character 'b' looking for beginning of value"):
        list(gojson.load_stream('{"a":\nbad}'))
