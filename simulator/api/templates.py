"""Templates: what their parameters make of their objects. Pure, but for the dice that the caller throws.

Source: openshift/library-go, pkg/template/{templateprocessing/template.go, generator/expressionvalue.go}.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.api.validation.fields import Errors
from simulator.errors import Object

Dice = Callable[[int], int]
"""A number from 0 to below the given one."""

_NAME = re.compile(r"[a-zA-Z0-9_]+")
_TEXT = re.compile(r"\$\{([a-zA-Z0-9_]+?)\}")
_VALUE = re.compile(r"\$\{\{([a-zA-Z0-9_]+)\}\}")
_GENERATOR = re.compile(r"\[([a-zA-Z0-9\-\\]+)\]\{([0-9]+)\}")
_RANGE = re.compile(r"\\?[a-zA-Z0-9]-?[a-zA-Z0-9]?")
_SYMBOLS = "~!@#$%^&*()-_+={}[]\\|<,>.?/\"';:`"
_ASCII = string.ascii_letters + string.digits + _SYMBOLS
_CLASSES = {"\\w": string.ascii_letters + string.digits + "_", "\\d": string.digits,
            "\\a": string.ascii_letters + string.digits, "\\A": _SYMBOLS}  # fmt: skip
_LONGEST = 255
_OLD_KINDS = {
    "apps.openshift.io/v1": ("DeploymentConfig",),
    "build.openshift.io/v1": ("Build", "BuildConfig"),
    "image.openshift.io/v1": ("Image", "ImageStream", "ImageStreamImport", "ImageStreamMapping", "ImageStreamTag"),
    "project.openshift.io/v1": ("Project", "ProjectRequest"),
    "route.openshift.io/v1": ("Route",),
    "template.openshift.io/v1": ("Template",),
    "user.openshift.io/v1": ("Group", "Identity", "User"),
}
_GROUPED = {kind: version for version, kinds in _OLD_KINDS.items() for kind in kinds}


def process(template: Object, dice: Dice, errors: Errors) -> Object:
    """The template with values for its parameters, and its objects with them; ``errors`` tells what is missing."""
    for index, parameter in enumerate(template.get("parameters") or ()):
        name = parameter.get("name", "")
        if not name:
            errors.required(f"parameters[{index}].name")
        elif not _NAME.fullmatch(name):
            errors.invalid(f"parameters[{index}].name", name, "does not match ^[a-zA-Z0-9\\_]+$")
    if errors.items:
        return template
    parameters = [
        _valued(index, parameter, dice, errors) for index, parameter in enumerate(template.get("parameters") or ())
    ]
    if errors.items:
        return template
    values = {parameter["name"]: parameter.get("value", "") for parameter in parameters}
    labels = {
        substituted(key, values): substituted(value, values) for key, value in (template.get("labels") or {}).items()
    }
    result = {**template, "objects": [_object(obj, values, labels) for obj in template.get("objects") or ()]}
    if "message" in template:
        result["message"] = substituted(template["message"], values)
    if parameters:
        result["parameters"] = parameters
    if labels:
        result["labels"] = labels
    return result


def _valued(index: int, parameter: Object, dice: Dice, errors: Errors) -> Object:
    """The parameter with a value, made up if it says how."""
    path = f"template.parameters[{index}]"
    name, kind = parameter["name"], parameter.get("generate", "")
    if parameter.get("value"):
        return parameter
    value = ""
    if kind and kind != "expression":
        errors.invalid(path, kind, f"Unknown generator name '{kind}' for parameter {name}")
        return parameter
    if kind:
        try:
            value = generated(parameter.get("from", ""), dice)
        except ValueError as error:
            errors.invalid(path, parameter, str(error))
            return parameter
    if not value and parameter.get("required"):
        errors.required(path, f"template.parameters[{index}]: parameter {name} is required and must be specified")
    return {**parameter, "value": value} if value else parameter


def generated(expression: str, dice: Dice) -> str:
    """``[a-zA-Z0-9]{16}`` and text around it, by chance. ValueError when it cannot be understood.

    As in the real one, a range lacks its last letter: ``a-z`` has no z.
    """
    while (found := _GENERATOR.search(expression)) is not None:
        if not re.search(r"\\[wdaA]|[a-zA-Z0-9]-[a-zA-Z0-9]", found[1]):
            raise ValueError(f"malformed expresion syntax: [{found[1]}]")
        length = int(found[2])
        if not 0 < length <= _LONGEST:
            raise ValueError(f"range must be within [1-255] characters ({length})")
        letters = "".join(dict.fromkeys("".join(_letters(found[1]))))
        text = "".join(letters[dice(len(letters))] for _ in range(length))
        expression = expression[: found.start()] + text + expression[found.end() :]
    return expression


def _letters(ranges: str) -> Iterator[str]:
    for span in _RANGE.findall(ranges):
        first, last = span[0], span[-1]
        if first + last in _CLASSES:
            yield _CLASSES[first + last]
            continue
        left, right = _ASCII.find(first), _ASCII.rfind(last)
        if left > right:
            raise ValueError(f"invalid range specified: {first}-{last}")
        yield _ASCII[left:right]


def substituted(text: str, values: Mapping[str, str]) -> str:
    """The text with each known ``${NAME}`` replaced."""
    return _TEXT.sub(lambda found: values.get(found[1], found[0]), text)


def _object(obj: Object, values: Mapping[str, str], labels: Mapping[str, str]) -> Object:
    made: Object = _filled(_without_namespace(obj), values)
    if made.get("apiVersion") == "v1" and made.get("kind") in _GROUPED:
        made["apiVersion"] = _GROUPED[made["kind"]]
    if labels:
        meta = made.get("metadata") or {}
        made["metadata"] = {**meta, "labels": {**(meta.get("labels") or {}), **labels}}
    return made


def _without_namespace(obj: Object) -> Object:
    """A namespace is where the template is instantiated, unless a parameter names it."""
    meta = obj.get("metadata")
    if not isinstance(meta, dict) or not meta.get("namespace") or _TEXT.search(str(meta["namespace"])):
        return obj
    return {**obj, "metadata": {key: value for key, value in meta.items() if key != "namespace"}}


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _text(value, values)
    if isinstance(value, dict):
        return {substituted(key, values): _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    return value


def _text(text: str, values: Mapping[str, str]) -> Any:
    """``${{NAME}}`` alone stands for the value as JSON reads it: a number, not its digits."""
    whole = _VALUE.fullmatch(text)
    if whole is None or whole[1] not in values:
        return substituted(text, values)
    try:
        return json.loads(values[whole[1]])
    except ValueError:
        return values[whole[1]]
