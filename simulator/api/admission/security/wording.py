"""Single faults, as both pods and containers have them, in the server's words.

Source: apimachinery 0.33, field/errors.go: nothing is shown as "null", lists as Go source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from simulator.api.validation.fields import Literal, go_literal
from simulator.errors import Object

_OPTIONS: Final = ("level", "role", "type", "user")
_DEFAULT: Final = {"runtime/default", "docker/default"}


def invalid(path: str, value: Any, detail: str) -> str:
    return f"{path}: Invalid value: {go_literal('null' if value is None else value)}: {detail}"


def required(path: str, detail: str = "") -> str:
    return f"{path}: Required value: {detail}" if detail else f"{path}: Required value"


def numbers(values: Sequence[int] | None) -> Literal:
    return Literal("[]int64(nil)" if values is None else f"[]int64{{{', '.join(map(str, values))}}}")


def names(values: Sequence[str] | None) -> Literal:
    """Capabilities."""
    if values is None:
        return Literal("[]core.Capability(nil)")
    return Literal(f"[]core.Capability{{{', '.join(map(go_literal, values))}}}")


def selinux_faults(path: str, options: Object | None, wanted: Mapping[str, str] | None) -> Iterator[str]:
    if wanted is None:
        return
    if options is None:
        yield required(path)
        return
    for key in _OPTIONS:
        have, must = options.get(key) or "", wanted.get(key) or ""
        if have != must and not (key == "level" and same_level(have, must)):
            yield invalid(f"{path}.{key}", have, f"must be {must}")


def same_level(one: str, other: str) -> bool:
    """The categories of a level have no order: ``s0:c1,c2`` is ``s0:c2,c1``."""
    (sensitivity, colon, categories), (second, another, more) = one.partition(":"), other.partition(":")
    return (
        bool(colon and another) and sensitivity == second and sorted(categories.split(",")) == sorted(more.split(","))
    )


def seccomp_fault(key: str, text: str, profiles: Sequence[str], *, fields: bool) -> Iterator[str]:
    """``key``: of the annotation, which the path names even where a field was set."""
    path = f"pod.metadata.annotations[{key}]" if fields else f"pod.metadata.annotations.{key}"
    allowed = [profile for profile in profiles if profile != "*"] if fields else list(profiles)
    if not profiles and text:
        yield f"{path}: Forbidden: seccomp may not be set"
    elif profiles and "*" not in profiles and text not in allowed and not (fields and _are_default(text, allowed)):
        if fields and not allowed and not text:
            return
        kind = "an allowed" if fields else "a valid"
        yield f"{path}: Forbidden: {text} is not {kind} seccomp profile. Valid values are [{' '.join(allowed)}]"


def _are_default(text: str, allowed: Sequence[str]) -> bool:
    return text in _DEFAULT and bool(_DEFAULT & set(allowed))
