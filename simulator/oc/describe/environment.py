"""The environment of a container. Source: kubectl 1.14, describe.go (describeContainerEnvVars)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from simulator.api import quantity as quantities
from simulator.errors import Object
from simulator.oc.describe.fields import lower_bool
from simulator.oc.printers.tabwriter import TabWriter

_FIELD, _DETAIL = "    ", "      "


def write_environment(writer: TabWriter, container: Object, pod: Object | None) -> None:
    """``envFrom`` and ``env``. References to fields are resolved from ``pod``, in a template they stay empty."""
    _sources(writer, container.get("envFrom") or ())
    variables = container.get("env") or ()
    if not variables:
        writer.line(f"{_FIELD}Environment:", "<none>")
        return
    writer.write(f"{_FIELD}Environment:\n")
    for variable in variables:
        title = f"{_DETAIL}{variable['name']}:"
        if variable.get("valueFrom") is None:
            first, *more = str(variable.get("value", "")).split("\n")
            writer.line(title, first)
            writer.write("".join(f"{_DETAIL}\t{line}\n" for line in more))
        else:
            writer.write(f"{title}\t{_reference(variable['valueFrom'], container, pod)}\n")


def _sources(writer: TabWriter, sources: Sequence[Object]) -> None:
    if not sources:
        return
    writer.write(f"{_FIELD}Environment Variables from:\n")
    for source in sources:
        kind, key = ("ConfigMap", "configMapRef") if "configMapRef" in source else ("Secret", "secretRef")
        reference = source[key]
        prefix = f" with prefix '{source['prefix']}'" if source.get("prefix") else ""
        optional = f"Optional: {lower_bool(reference.get('optional'))}"
        writer.line(f"{_DETAIL}{reference['name']}", f"{kind}{prefix}", optional)


def _reference(source: Object, container: Object, pod: Object | None) -> str:
    if "fieldRef" in source:
        field = source["fieldRef"]
        return f"{_field(pod, field['fieldPath'])} ({field.get('apiVersion', 'v1')}:{field['fieldPath']})"
    if "resourceFieldRef" in source:
        return f"{_resource(container, source['resourceFieldRef'])} ({source['resourceFieldRef']['resource']})"
    kind, key = ("of config map", "configMapKeyRef") if "configMapKeyRef" in source else ("in secret", "secretKeyRef")
    reference = source[key]
    optional = f"Optional: {lower_bool(reference.get('optional'))}"
    return f"<set to the key '{reference['key']}' {kind} '{reference['name']}'>\t{optional}"


def _field(pod: Object | None, path: str) -> str:
    """The value of a ``metadata`` field; what comes from spec and status the client does not look up."""
    section, _, name = path.partition(".")
    if pod is None or section != "metadata" or name not in ("name", "namespace", "uid"):
        return ""
    return str(pod["metadata"].get(name, ""))


def _resource(container: Object, reference: Object) -> str:
    """A request or limit in units of its divisor, rounded up; a limit that is not set is the node's capacity."""
    kind, _, name = reference["resource"].partition(".")
    text = ((container.get("resources") or {}).get(kind) or {}).get(name)
    if text is None:
        return "node allocatable" if reference["resource"] in ("limits.cpu", "limits.memory") else "0"
    divisor = quantities.parse(str(reference.get("divisor") or "1")) or Fraction(1)
    value = quantities.parse(str(text)) / divisor
    return str(-(-value.numerator // value.denominator))
