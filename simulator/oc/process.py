"""``oc process``: a template and parameters in, a list of objects out. Source: openshift/oc, pkg/cli/process (4.20)."""

from __future__ import annotations

from simulator.api.types import GVR
from simulator.errors import NotFound, Object, StatusError
from simulator.oc.command import Command
from simulator.oc.errors import UsageError, fail
from simulator.oc.files import read_documents
from simulator.oc.flags import FILENAME, OUTPUT, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format, render_object
from simulator.oc.printers.tabwriter import OC_DESCRIBE, TabWriter

_TEMPLATES = GVR("template.openshift.io", "v1", "templates")
_PROCESSED = GVR("template.openshift.io", "v1", "processedtemplates")


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    names = [word for word in invocation.args if "=" not in word]
    if len(names) > 1:
        raise UsageError(f"template name must be specified only once: {names[1]}")
    if not names and not flags.texts("filename"):
        raise UsageError("Must pass a filename or name of stored template")
    values = _values(invocation)
    template = _stored(invocation, names[0]) if names else await _from_file(invocation)
    if flags.flag("parameters"):
        await invocation.out(_parameters(template))
        return 0
    template = _with_labels(template, flags.text("labels"))
    template = _with_values(template, values, ignore_unknown=flags.flag("ignore-unknown-parameters"))
    objects = _process(invocation, template)
    form = await output_format(invocation) if flags.text("output") else None
    if form is not None and form.name == "name":
        for obj in objects:
            await invocation.line(f"{obj['kind'].lower()}/{obj['metadata']['name']}")
        return 0
    shown = {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": objects}
    if form is None:
        flags.values["output"] = "json"
        form = await output_format(invocation)
    await invocation.out(render_object(invocation, form, shown))
    return 0


def _values(invocation: Invocation) -> dict[str, str]:
    """The parameters that are given; CommandError when one is given twice."""
    found: dict[str, str] = {}
    twice = set()
    for text in (*invocation.flags.texts("param"), *(word for word in invocation.args if "=" in word)):
        name, equals, value = text.partition("=")
        if not equals:
            raise fail(f'invalid parameter assignment in "{invocation.command.path}": "{text}"')
        twice |= {name} if name in found else set()
        found[name] = value
    if twice:
        raise UsageError(f"The following parameters were provided more than once: {', '.join(sorted(twice))}")
    return found


def _stored(invocation: Invocation, text: str) -> Object:
    """The template of ``NAME``, ``NAMESPACE//NAME`` or ``template/NAME``."""
    namespace, name = invocation.namespace, text
    if "//" in text:
        namespace, _, name = text.partition("//")
    elif "/" in text:
        kind, _, name = text.partition("/")
        if kind not in ("template", "templates"):
            raise fail(f'unable to process invalid resource "{kind}"')
    try:
        return invocation.client.get(_TEMPLATES, name, namespace)
    except NotFound:
        raise fail(f'template "{name}" could not be found') from None


async def _from_file(invocation: Invocation) -> Object:
    documents = await read_documents(invocation.process, invocation.flags.texts("filename"), recursive=False)
    template = documents[0].object
    if template.get("kind") != "Template":
        source = invocation.flags.texts("filename")[0]
        raise fail(f'unable to parse "{source}", not a valid Template but *unstructured.Unstructured\n')
    return template


def _parameters(template: Object) -> str:
    writer = TabWriter(OC_DESCRIBE)
    writer.line("NAME", "DESCRIPTION", "GENERATOR", "VALUE")
    for one in template.get("parameters") or ():
        value = one.get("from", "") if one.get("generate") else one.get("value", "")
        writer.line(one["name"], one.get("description", ""), one.get("generate", ""), value)
    return writer.text()


def _with_labels(template: Object, text: str) -> Object:
    if not text:
        return template
    labels = dict(pair.partition("=")[::2] for pair in text.split(","))
    return {**template, "labels": {**(template.get("labels") or {}), **labels}}


def _with_values(template: Object, values: dict[str, str], *, ignore_unknown: bool) -> Object:
    known = [one["name"] for one in template.get("parameters") or ()]
    unknown = [name for name in values if name not in known]
    if unknown and not ignore_unknown:
        raise fail(f'unknown parameter name "{unknown[0]}"\n')
    parameters = [
        {**one, "value": values[one["name"]], "generate": ""} if one["name"] in values else one
        for one in template.get("parameters") or ()
    ]
    return {**template, "parameters": parameters}


def _process(invocation: Invocation, template: Object) -> list[Object]:
    meta = {key: value for key, value in (template.get("metadata") or {}).items() if key == "name"}
    body = {**template, "apiVersion": _PROCESSED.group_version, "metadata": meta}
    try:
        processed = invocation.client.request("POST", _PROCESSED.path(invocation.namespace), body=body).body
    except StatusError as error:
        causes = [cause["message"] for cause in error.causes] or [error.message]
        raise fail("unable to process template\n" + "".join(f"  {cause}\n" for cause in causes)) from None
    objects: list[Object] = processed["objects"] or []
    return objects


COMMAND = Command(
    path="oc process",
    usage="oc process (TEMPLATE | -f FILENAME) [-p=KEY=VALUE] [flags]",
    short="Process a template into list of resources",
    long="Fill in the parameters of a template that is stored in a project, or in a file, and print its objects.",
    examples=(
        "# Create what a template of the project openshift describes",
        "oc process openshift//foo | oc create -f -",
    ),
    flags=(
        FILENAME,
        Flag(
            "ignore-unknown-parameters", "If true, do not stop at a parameter that the template does not have.", "bool"
        ),
        Flag("labels", "Labels for all objects, as key=value pairs with commas between them.", short="l"),
        OUTPUT,
        Flag("param", "The value of a parameter: NAME=VALUE. May be given several times.", "array", short="p"),
        Flag("parameters", "If true, print the parameters of the template instead.", "bool"),
        TEMPLATE,
    ),
    run=run,
)
