"""The parameters of a write: who writes, whether for a trial, how strictly.

Source: apimachinery, apis/meta/v1/validation/validation.go; apiserver, handlers/create.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulator.api.types import Request
from simulator.api.validation.fields import Errors, Literal, invalid

MAX_MANAGER: Final = 128  # bytes
_KINDS: Final[Mapping[str, str]] = {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions"}
_CHECKED: Final = frozenset({"fieldManager", "dryRun", "fieldValidation", "force"})
_PROGRAMS: Final[Mapping[str, str]] = {
    "kube-system": "kube-controller-manager",
    "openshift-infra": "openshift-controller-manager",
    "openshift-ingress": "openshift-router",
    "openshift-kube-controller-manager": "cluster-policy-controller",
    "openshift-service-ca": "service-ca-operator",
}
"""The programs that run under the service accounts of a namespace; elsewhere a program is called as its account."""
_DIRECTIVES: Final = ("", "Ignore", "Strict", "Warn")


def check_options(request: Request, *, applies: bool = False) -> None:
    """Invalid when a parameter says what it cannot. ``applies``: the request is an apply."""
    query = request.query
    if not applies and _CHECKED.isdisjoint(query):
        return
    errors, manager = Errors(), query.get("fieldManager", "")
    if applies and not manager:
        errors.required("fieldManager", "is required for apply patch")
    if "force" in query and not applies and request.method == "PATCH":
        errors.forbidden("force", "may not be specified for non-apply patch")
    if len(manager.encode()) > MAX_MANAGER:
        errors.too_long("fieldManager", MAX_MANAGER)
    for position, character in _unprintable(manager):
        text = f"invalid character U+{ord(character):04X} (at position {position})"
        errors.invalid("fieldManager", manager, text)
    values = query["dryRun"].split("\0") if query.get("dryRun") else []
    if any(value != "All" for value in values):
        shown = ", ".join(f'"{value}"' for value in values)
        errors.unsupported("dryRun", Literal(f"[]string{{{shown}}}"), ["All"])
    if (directive := query.get("fieldValidation", "")) not in _DIRECTIVES:
        errors.unsupported("fieldValidation", directive, _DIRECTIVES)
    if errors.items:
        raise invalid("meta.k8s.io", _KINDS.get(request.method, "CreateOptions"), "", errors)


def is_forced(request: Request) -> bool:
    """Whether an apply takes what others manage. Source: apimachinery, conversion.go: anything but false and 0."""
    return request.query.get("force", "false").lower() not in ("false", "0")


def named_manager(request: Request) -> str:
    """The manager that a request names: by parameter, else by its program; "" when it comes from within."""
    return request.query.get("fieldManager") or _of_agent(request.agent)


def manager_of(request: Request) -> str:
    """The manager that a request stands for; the cluster's own components go by the names of their users."""
    if named := named_manager(request):
        return named
    kind, _, rest = request.user.name.removeprefix("system:").partition(":")
    if kind == "serviceaccount":
        namespace, _, name = rest.partition(":")
        return _PROGRAMS.get(namespace, name)
    if not request.user.name.startswith("system:"):
        return "unknown"
    return "kubelet" if kind == "node" else kind


def _of_agent(agent: str) -> str:
    """Source: apiserver, handlers/create.go, prefixFromUserAgent."""
    text = agent.partition("/")[0]
    if text.isascii() and text.isprintable() and len(text) <= MAX_MANAGER:
        return text
    kept = "".join(character for character in text if character.isprintable())
    return kept.encode()[:MAX_MANAGER].decode("utf-8", "ignore")


def _unprintable(text: str) -> list[tuple[int, str]]:
    return [(position, character) for position, character in enumerate(text) if not character.isprintable()]
