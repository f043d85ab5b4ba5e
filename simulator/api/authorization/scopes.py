"""What a token is limited to, whatever its user may: ``user:full`` to nothing, ``user:info`` to asking who one is.

Source: openshift/apiserver-library-go, pkg/authorization/scope/converter.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulator.api.authorization.attributes import Attributes
from simulator.api.authorization.policy import Policy
from simulator.api.authorization.rules import ALL, Rule
from simulator.api.types import User

SCOPES: Final = "scopes.authorization.openshift.io"
FULL: Final = ("user:full",)


def _rule(verbs: str, groups: tuple[str, ...], resource: str, *names: str) -> Rule:
    return Rule(frozenset(verbs.split()), frozenset(groups), frozenset({resource}), frozenset(names))


_DISCOVERY: Final = Rule(
    frozenset({"get"}),
    urls=(
        "/version", "/version/*", "/api", "/api/*", "/apis", "/apis/*", "/oapi", "/oapi/*", "/openapi/v2",
        "/swaggerapi", "/swaggerapi/*", "/swagger.json", "/swagger-2.0.0.pb-v1", "/osapi", "/osapi/",
        "/.well-known", "/.well-known/*", "/",
    ),
)  # fmt: skip
_PROJECTS: Final = _rule("list watch", ("project.openshift.io", ""), "projects")
_USER: Final = {
    "user:info": (_rule("get", ("user.openshift.io", ""), "users", "~"),),
    "user:check-access": (
        _rule("create", ("authorization.k8s.io",), "selfsubjectaccessreviews"),
        _rule("create", ("authorization.openshift.io", ""), "selfsubjectrulesreviews"),
    ),
    "user:list-scoped-projects": (_PROJECTS,),
    "user:list-projects": (_PROJECTS, _rule("get", ("",), "namespaces")),
}
_ESCALATING: Final = {
    ("", "secrets"), ("image.openshift.io", "imagestreams/secrets"), ("network.openshift.io", "service/externalips"),
    *(("oauth.openshift.io", one) for one in ("oauthauthorizetokens", "oauthaccesstokens")),
    *(("authorization.openshift.io", one) for one in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")),
    *(("", one) for one in ("imagestreams/secrets", "oauthauthorizetokens", "oauthaccesstokens", "roles",
                            "rolebindings", "clusterroles", "clusterrolebindings")),
}  # fmt: skip


def scopes_of(user: User) -> tuple[str, ...]:
    """Those of the user's token; none for who came with something else."""
    return next((values for key, values in user.extra if key == SCOPES), ())


def prevented(policy: Policy, user: User, asked: Attributes) -> str:
    """Why the token's scopes do not allow what the user asks; "" when they do."""
    scopes = scopes_of(user)
    if not scopes or "user:full" in scopes:
        return ""
    if any(_allows(rule, asked) for rule in _rules(policy, scopes, asked.namespace)):
        return ""
    return f"scopes [{' '.join(scopes)}] prevent this action"


def _rules(policy: Policy, scopes: tuple[str, ...], namespace: str) -> Iterator[Rule]:
    yield _DISCOVERY
    for scope in scopes:
        yield from _USER.get(scope, ())
        if scope.startswith("role:"):
            yield from _rules_of_role(policy, scope, namespace)


def _rules_of_role(policy: Policy, scope: str, namespace: str) -> Iterator[Rule]:
    """``role:NAME:NAMESPACE``: a ClusterRole in a namespace ("*": in all); ``:!`` lets it escalate as well."""
    escalating = scope.endswith(":!")
    role, _, where = scope.removesuffix(":!").removeprefix("role:").rpartition(":")
    if where not in (ALL, namespace):
        return
    for rule in policy.rules_of_role("ClusterRole", role) or ():
        if escalating:
            yield rule
        elif ALL not in rule.verbs | rule.resources | rule.groups:
            taken = {what for group, what in _ESCALATING if group in rule.groups}
            yield Rule(rule.verbs, rule.groups, rule.resources - taken, rule.names, rule.urls)


def _allows(rule: Rule, asked: Attributes) -> bool:
    if asked.path:
        return rule.covers_path(asked.verb, asked.path)
    covers = rule.covers(asked.verb, asked.group, asked.resource, asked.subresource)
    return covers and (not rule.names or asked.name in rule.names)
