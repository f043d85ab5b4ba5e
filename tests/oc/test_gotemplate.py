from __future__ import annotations

import pytest

from simulator.oc.printers.gotemplate import TemplateError, execute

DATA = {"kind": "ConfigMap", "data": {"b": "2", "a": "1"}, "items": [{"n": "x", "c": 1}, {"n": "y", "c": 0}], "zero": 0}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{.kind}}", "ConfigMap"),
        ("{{.nope}}", "<no value>"),
        ("{{range .items}}{{.n}} {{end}}", "x y "),
        ("{{range $i, $x := .items}}{{$i}}={{$x.n}};{{end}}", "0=x;1=y;"),
        ('{{range $k, $v := .data}}{{$k}}={{$v}}{{"\\n"}}{{end}}', "a=1\nb=2\n"),
        ("{{range .none}}x{{else}}none{{end}}", "none"),
        ('{{if eq .kind "ConfigMap"}}yes{{else}}no{{end}}', "yes"),
        ("{{if .zero}}a{{else if .kind}}b{{else}}c{{end}}d", "bd"),
        ("{{with .data}}{{.a}}{{end}}", "1"),
        ('{{index .data "a"}} {{len .items}}', "1 2"),
        ('{{printf "%s has %d" .kind (len .items)}}', "ConfigMap has 2"),
        ('{{(index .items 1).n | printf "%q"}}', '"y"'),
        ("a {{- .kind -}} b", "aConfigMapb"),
        ("{{/* nothing */}}x", "x"),
        ("{{$x := .kind}}{{$x}}", "ConfigMap"),
        ("{{range .items}}{{$.kind}}{{end}}", "ConfigMapConfigMap"),
        ("{{if and .kind (not .zero)}}ok{{end}}", "ok"),
        ('{{"aGk=" | base64decode}}', "hi"),
    ],
)
def test_templates(template: str, text: str) -> None:
    assert execute(template, DATA) == text


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{.a", "unclosed action"),
        ("{{frob .a}}", 'function "frob" not defined'),
        ("{{range .items}}", "unexpected EOF"),
        ("{{end}}", "unexpected {{end}}"),
        ('{{template "x"}}', '"template" is not available in this simulator'),
        ("{{range .kind}}{{end}}", "range can't iterate over ConfigMap"),
    ],
)
def test_errors(template: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        execute(template, DATA)
    assert message in str(caught.value)
