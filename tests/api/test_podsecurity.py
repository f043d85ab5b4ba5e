"""Pod Security admission: the words of k8s.io/pod-security-admission, as ``oc debug`` and ``oc create`` show them."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.podsecurity import LEVELS, text, violations
from simulator.api.types import Request, Response
from simulator.errors import Forbidden, Object

PLAIN = (
    'allowPrivilegeEscalation != false (container "web" must set securityContext.allowPrivilegeEscalation=false), '
    'unrestricted capabilities (container "web" must set securityContext.capabilities.drop=["ALL"]), '
    'runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true), '
    'seccompProfile (pod or container "web" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
    '"Localhost")'
)
GOOD = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"}}  # fmt: skip
DEPLOYMENTS = "/apis/apps/v1/namespaces/demo/deployments"


def test_the_levels() -> None:
    plain = {"containers": [{"name": "web"}]}
    assert [bool(violations(level, plain)) for level in LEVELS] == [False, False, True]
    assert text("restricted", "latest", violations("restricted", plain)) == f'PodSecurity "restricted:latest": {PLAIN}'
    assert violations("restricted", {"containers": [{"name": "web", "securityContext": GOOD}]}) == []


def test_a_debug_pod_of_a_node() -> None:
    """The warning that every ``oc debug node/…`` prints."""
    context = {"privileged": True, "runAsUser": 0}
    spec = {
        "hostNetwork": True, "hostPID": True, "hostIPC": True, "volumes": [{"name": "host", "hostPath": {"path": "/"}}],
        "containers": [{"name": "container-00", "securityContext": context}],
    }  # fmt: skip
    assert text("restricted", "latest", violations("restricted", spec)) == (
        'PodSecurity "restricted:latest": host namespaces (hostNetwork=true, hostPID=true, hostIPC=true), '
        'privileged (container "container-00" must not set securityContext.privileged=true), '
        'allowPrivilegeEscalation != false (container "container-00" must set '
        "securityContext.allowPrivilegeEscalation=false), "
        'unrestricted capabilities (container "container-00" must set securityContext.capabilities.drop=["ALL"]), '
        'restricted volume types (volume "host" uses restricted volume type "hostPath"), '
        'runAsNonRoot != true (pod or container "container-00" must set securityContext.runAsNonRoot=true), '
        'runAsUser=0 (container "container-00" must not set runAsUser=0), '
        'seccompProfile (pod or container "container-00" must set securityContext.seccompProfile.type to '
        '"RuntimeDefault" or "Localhost")'
    )


def test_several_containers_are_named_together() -> None:
    found = violations("baseline", {"containers": [
        {"name": name, "ports": [{"hostPort": 80 + number}]} for number, name in enumerate("ab")]})  # fmt: skip
    assert [str(one) for one in found] == ['hostPort (containers "a", "b" use hostPorts 80, 81)']


def warnings(api: Any, path: str, body: Object) -> tuple[str, ...]:
    reply = api.server.handle(Request("POST", path, body=body))
    assert isinstance(reply, Response)
    assert reply.code == 201, reply.body
    return reply.warnings


def test_a_template_is_warned_of_and_a_pod_that_admission_completes_is_not(
    modern: Any, deployment: Any, pod: Any
) -> None:
    assert warnings(modern, DEPLOYMENTS, deployment) == (f'would violate PodSecurity "restricted:latest": {PLAIN}',)
    deployment["metadata"]["name"] = "good"
    deployment["spec"]["template"]["spec"]["containers"][0]["securityContext"] = GOOD
    assert warnings(modern, DEPLOYMENTS, deployment) == ()


def test_the_namespace_says_what_is_warned_of_and_refused(modern: Any, pod: Object, deployment: Object) -> None:
    prefix = "pod-security.kubernetes.io/"
    labels = {f"{prefix}warn": "privileged", f"{prefix}enforce": "baseline", f"{prefix}enforce-version": "v1.30"}
    modern.patch("/api/v1/namespaces/demo", {"metadata": {"labels": labels}})
    assert warnings(modern, DEPLOYMENTS, deployment) == ()
    modern.post("/api/v1/namespaces/demo/pods", pod)
    bad = {"metadata": {"name": "bad"}, "spec": {**pod["spec"], "hostNetwork": True}}
    refusal = r'pods "bad" is forbidden: violates PodSecurity "baseline:v1\.30": host namespaces \(hostNetwork=true\)'
    with pytest.raises(Forbidden, match=refusal):
        modern.post("/api/v1/namespaces/demo/pods", bad)


def test_older_releases_do_not_look(api: Any, deployment: Object) -> None:
    assert warnings(api, DEPLOYMENTS, deployment) == ()
