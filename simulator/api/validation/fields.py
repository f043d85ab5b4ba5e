"""Errors about fields, worded as ``field.Error`` words them. Source: apimachinery, util/validation/field/errors.go."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from simulator.errors import Invalid, Object
from simulator.release import OLDEST, Dated


@dataclass(slots=True)
class Errors:
    """What was found so far, as (path, reason, text). ``release`` is that of the server, for rules that ask."""

    release: Dated = OLDEST
    items: list[tuple[str, str, str]] = field(default_factory=list)

    def required(self, path: str, detail: str = "") -> None:
        self._add(path, "FieldValueRequired", "Required value", detail)

    def invalid(self, path: str, value: Any, detail: str) -> None:
        self._add(path, "FieldValueInvalid", f"Invalid value: {go_literal(value)}", detail)

    def unsupported(self, path: str, value: Any, supported: Iterable[str]) -> None:
        choices = ", ".join(json.dumps(item) for item in sorted(supported))
        text = f"Unsupported value: {go_literal(value)}"
        self._add(path, "FieldValueNotSupported", text, f"supported values: {choices}")

    def forbidden(self, path: str, detail: str) -> None:
        self._add(path, "FieldValueForbidden", "Forbidden", detail)

    def duplicate(self, path: str, value: Any) -> None:
        self._add(path, "FieldValueDuplicate", f"Duplicate value: {go_literal(value)}", "")

    def too_long(self, path: str, most: int) -> None:
        """Source: since Kubernetes 1.32 the value is left out, and bytes are counted."""
        self._add(path, "FieldValueTooLong", "Too long", f"may not be more than {most} bytes")

    def missing(self, path: str, value: Any) -> None:
        self._add(path, "FieldValueNotFound", f"Not found: {go_literal(value)}", "")

    def _add(self, path: str, reason: str, text: str, detail: str) -> None:
        self.items.append((path, reason, f"{text}: {detail}" if detail else text))


def invalid(group: str, kind: str, name: str, errors: Errors) -> Invalid:
    """``Kind.group "name" is invalid: ...``; several errors stand in brackets, each once."""
    texts = list(dict.fromkeys(f"{path}: {text}" for path, _, text in errors.items))
    shown = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    causes = [{"reason": reason, "message": text, "field": path} for path, reason, text in errors.items]
    qualified = f"{kind}.{group}" if group else kind
    return Invalid(f'{qualified} "{name}" is invalid: {shown}', group=group, kind=kind, name=name, causes=causes)


def go_literal(value: Any) -> str:
    """A value as the messages show it: text in quotes, numbers plain, a map or a list as Go source."""
    if isinstance(value, Literal):
        return value.text
    if isinstance(value, str | bool) or value is None:
        return "null" if value is None else json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that has its Go form already."""

    text: str


def string_map(value: Object | None) -> str:
    """``map[string]string{"a":"b"}``"""
    if value is None:
        return "map[string]string(nil)"
    return "map[string]string{" + ", ".join(f"{json.dumps(k)}:{json.dumps(value[k])}" for k in sorted(value)) + "}"


def label_selector(value: Object | None) -> Literal:
    """A LabelSelector as Go prints it."""
    if value is None:
        return Literal("null")
    expressions = [
        f"v1.LabelSelectorRequirement{{Key:{json.dumps(term['key'])}, Operator:{json.dumps(term['operator'])}, "
        f"Values:{_strings(term.get('values'))}}}"
        for term in value.get("matchExpressions") or ()
    ]
    shown = "{" + ", ".join(expressions) + "}" if expressions else "(nil)"
    labels = string_map(value.get("matchLabels"))
    return Literal(f"v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:[]v1.LabelSelectorRequirement{shown}}}")


def _strings(values: Any) -> str:
    return "[]string{" + ", ".join(map(json.dumps, values)) + "}" if values else "[]string(nil)"
