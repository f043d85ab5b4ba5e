"""``-o``: the output formats by name, for all commands. Source: cli-runtime, genericclioptions/*_print_flags.go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from simulator.changes.client import HIDES_MANAGED_FIELDS, JSON_OF_JSONPATH, JSONPATH_PRINTS_JSON, LIST_SELF_LINK
from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.files import read_text
from simulator.oc.invocation import Invocation
from simulator.release import Release

JSONPATH_AS_JSON: Final = "jsonpath-as-json"

GET_FORMATS: Final = (
    "custom-columns", "custom-columns-file", "go-template", "go-template-file", "json", "jsonpath", JSONPATH_AS_JSON,
    "jsonpath-file", "name", "template", "templatefile", "wide", "yaml",
)  # fmt: skip
WRITE_FORMATS: Final = (
    "go-template", "go-template-file", "json", "jsonpath", JSONPATH_AS_JSON, "jsonpath-file", "name", "template",
    "templatefile", "yaml",
)  # fmt: skip
_ALIASES: Final = {"template": "go-template", "templatefile": "go-template-file"}


class Format(NamedTuple):
    """A parsed ``-o``: its canonical name ("" for the command's own text), and the template that it came with."""

    name: str = ""
    template: str = ""

    @property
    def is_table(self) -> bool:
        return self.name in ("", "wide")


async def output_format(invocation: Invocation, allowed: Sequence[str] = WRITE_FORMATS) -> Format:
    """The format of ``-o`` and ``--template``; a file is read. CommandError for an unknown one."""
    text = invocation.flags.text("output")
    template = str(invocation.flags.values.get("template", ""))
    if not text:
        return Format("go-template", template) if template else Format()
    name, _, argument = text.partition("=")
    if not JSON_OF_JSONPATH.at(invocation.release):
        allowed = [form for form in allowed if form != JSONPATH_AS_JSON]
    if name not in allowed:
        raise fail(
            f'unable to match a printer suitable for the output format "{text}", '
            f"allowed formats are: {','.join(allowed)}"
        )
    name = _ALIASES.get(name, name)
    argument = argument or template
    if name.startswith(("jsonpath", "go-template")) and not argument:
        raise fail("template format specified but no template given")
    if name.endswith("-file"):
        argument = await read_text(invocation.process, argument)
        name = name.removesuffix("-file")
        if name == "custom-columns":
            from simulator.oc.printers.customcolumns import spec_of_file

            argument = spec_of_file(argument)
    if name in ("jsonpath", JSONPATH_AS_JSON):
        _check_jsonpath(argument)
    return Format(name, argument)


def _check_jsonpath(template: str) -> None:
    from simulator.oc.printers.jsonpath import JSONPathError, parse

    try:
        parse(template)
    except JSONPathError as error:
        raise fail(f"error parsing jsonpath {template}, {error}") from None


# Each printer imports what it needs: a table, the most frequent output, needs none of it.


def to_yaml(obj: Object) -> str:
    from simulator.oc import goyaml

    return goyaml.dump(obj)


def to_json(obj: Object) -> str:
    from simulator.oc import gojson

    return gojson.dumps(obj, indent=4) + "\n"


def to_jsonpath(obj: Object, template: str, *, as_json: bool) -> str:
    """No newline at the end; maps and lists ``as_json``. CommandError with what the real client adds for debugging."""
    from simulator.oc import gojson
    from simulator.oc.printers.jsonpath import JSONPathError, render
    from simulator.oc.printers.values import go_syntax, go_text

    def text_of(value: object) -> str:
        return gojson.dumps(value) if as_json and isinstance(value, dict | list) else go_text(value)

    try:
        return render(template, obj, text_of)
    except JSONPathError as error:
        raise fail(
            f"error executing jsonpath {gojson.dumps(template)}: Error executing template: {error}. Printing more "
            f"information for debugging the template:\n\ttemplate was:\n\t\t{template}\n"
            f"\tobject given to jsonpath engine was:\n\t\t{go_syntax(obj)}\n\n\n"
        ) from None


def to_json_of_jsonpath(obj: Object, template: str) -> str:
    """What each expression of the template finds, as a JSON array."""
    from simulator.oc import gojson
    from simulator.oc.printers.jsonpath import JSONPathError, results

    try:
        return "".join(gojson.dumps(found, indent=4) + "\n" for found in results(template, obj))
    except JSONPathError as error:
        raise fail(str(error)) from None


def to_go_template(obj: Object, template: str) -> str:
    from simulator.oc.printers.gotemplate import TemplateError, execute

    try:
        return execute(template, obj)
    except TemplateError as error:
        raise fail(str(error)) from None


def custom_columns(obj: Object, spec: str) -> str:
    from simulator.oc.printers.customcolumns import CustomColumns

    return CustomColumns(spec).rows([obj])


_PRINTERS: Final[dict[str, Callable[[Object, str, Release], str]]] = {
    "yaml": lambda obj, _, __: to_yaml(obj),
    "json": lambda obj, _, __: to_json(obj),
    "jsonpath": lambda obj, template, oc: to_jsonpath(obj, template, as_json=JSONPATH_PRINTS_JSON.at(oc)),
    JSONPATH_AS_JSON: lambda obj, template, _: to_json_of_jsonpath(obj, template),
    "go-template": lambda obj, template, _: to_go_template(obj, template),
    "custom-columns": lambda obj, spec, _: custom_columns(obj, spec),
}


def render_object(invocation: Invocation, form: Format, obj: Object) -> str:
    """One object in a format other than a table or ``name``."""
    if form.name in ("json", "yaml") and _hides_managers(invocation):
        obj = without_managers(obj)
    return _PRINTERS[form.name](obj, form.template, invocation.release)


def _hides_managers(invocation: Invocation) -> bool:
    return HIDES_MANAGED_FIELDS.at(invocation.release) and not invocation.flags.flag("show-managed-fields")


def without_managers(obj: Object) -> Object:
    """The object, or the list with its items, without ``metadata.managedFields``."""
    if isinstance(obj.get("items"), list) and obj.get("kind", "").endswith("List"):
        obj = {**obj, "items": [without_managers(item) for item in obj["items"]]}
    metadata = obj.get("metadata") or {}
    if "managedFields" not in metadata:
        return obj
    return {**obj, "metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}


def as_list(objects: Sequence[Object], release: Release) -> Object:
    """The ``kind: List`` in which several objects are shown."""
    metadata = {"resourceVersion": "", **({"selfLink": ""} if LIST_SELF_LINK.at(release) else {})}
    return {"apiVersion": "v1", "items": list(objects), "kind": "List", "metadata": metadata}


async def print_result(invocation: Invocation, form: Format, title: str, obj: Object, done: str) -> None:
    """What a writing command says of one object: ``TITLE done``, the title for ``-o name``, or the object itself."""
    if not form.name:
        await invocation.line(f"{title} {done}")
    elif form.name == "name":
        await invocation.line(title)
    else:
        await print_document(invocation, form, obj)


async def print_document(invocation: Invocation, form: Format, obj: Object) -> None:
    """One of several objects that are printed one after the other: YAML documents are kept apart by dashes."""
    if form.name == "yaml" and invocation.documents:
        await invocation.out("---\n")
    invocation.documents += 1
    await invocation.out(render_object(invocation, form, obj))
