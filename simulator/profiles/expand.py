"""The short forms of a profile's files, and the objects that each stands for.

A block is ``{age: 3h16m, FORM: [item, ...], ...}``; ``FORMS`` has the function of each form. A function is pure: one
item and the platform in, objects out. ``objects`` is the form of those that are written out in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.api import passwords
from simulator.controllers.namespace import scc_annotations
from simulator.documents import Path
from simulator.errors import InputError, Object
from simulator.profiles import configuration, content, nodes, operators, policy, workloads
from simulator.profiles.platform import Platform
from simulator.profiles.rules import rule, subject
from simulator.profiles.source import FormError, Source, check_keys

Form = Callable[[Any, Platform], Iterator[Object]]


def objects(block: Mapping[str, Any], source: Source, path: Path, platform: Platform) -> Iterator[tuple[Path, Object]]:
    """The objects of a block in order, each with the place of the item that it came from."""
    for form, items in block.items():
        if form in ("age", "late"):
            continue
        expand = FORMS.get(form)
        if expand is None:
            raise source.error(f"unknown form; known are {', '.join(sorted(FORMS))}", (*path, form), form)
        if not isinstance(items, list):
            raise source.error("expected a list", (*path, form), form)
        for index, item in enumerate(items):
            where = (*path, form, index)
            for obj in _expanded(expand, item, platform, source, where):
                yield where, obj


def _expanded(expand: Form, item: Any, platform: Platform, source: Source, where: Path) -> list[Object]:
    field = str(where[-2])
    try:
        return list(expand(item, platform))
    except FormError as error:
        whole = f"{field}.{error.field}" if error.field else field
        raise source.error(error.message, (*where, error.field), whole) from error
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise source.error(f"cannot be understood ({type(error).__name__}: {error})", where, field) from error


def _raw(item: Any, _platform: Platform) -> Iterator[Object]:
    check_keys(item, list(item) if isinstance(item, dict) else [], ("apiVersion", "kind", "metadata"))
    yield item


def _projects(item: Any, platform: Platform) -> Iterator[Object]:
    """A group of namespaces. The ``n``-th takes block ``firstBlock + n`` of the numbers that projects get for security.

    ``platform`` ones are monitored and may run on all nodes; those of a person carry ``requester`` and the rest.
    ``podSecurity``: a level, or ``{enforce, audit, warn}`` with a level each.
    """
    check_keys(item, ("names", "firstBlock", "platform", "requester", "displayName", "description", "labels",
                      "podSecurity"), ("names", "firstBlock"))  # fmt: skip
    for offset, name in enumerate(item["names"]):
        annotations = scc_annotations(item["firstBlock"] + offset)
        labels = dict(item.get("labels", {}))
        if item.get("platform"):
            annotations["openshift.io/node-selector"] = ""
            annotations |= platform.raw.get("platformProjects", {}).get("annotations", {})
            labels["openshift.io/cluster-monitoring"] = "true"
        if "requester" in item:
            annotations["openshift.io/description"] = item.get("description", "")
            annotations["openshift.io/display-name"] = item.get("displayName", "")
            annotations["openshift.io/requester"] = item["requester"]
        labels |= _pod_security(item.get("podSecurity", {}))
        meta = {"name": name, "annotations": annotations, **({"labels": labels} if labels else {})}
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}


def _pod_security(levels: Any) -> Object:
    """The labels of Pod Security admission; what is not enforced has its version beside it."""
    by_mode = dict.fromkeys(("audit", "enforce", "warn"), levels) if isinstance(levels, str) else levels
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode, level in by_mode.items()}
    versions = (f"pod-security.kubernetes.io/{mode}-version" for mode in by_mode if "enforce" not in by_mode)
    return labels | dict.fromkeys(versions, "latest")


def _services(item: Any, _platform: Platform) -> Iterator[Object]:
    """``ports``: ``web:443`` or ``web:443>8443``, with ``/UDP``; ``loadBalancer``: its host name; ``headless``."""
    check_keys(item, ("name", "namespace", "ports", "selector", "headless", "loadBalancer", "clusterIP", "labels",
                      "servingCert", "owner"), ("name", "namespace", "ports"))  # fmt: skip
    meta: Object = {"name": item["name"], "namespace": item["namespace"]}
    if "labels" in item:
        meta["labels"] = item["labels"]
    if "servingCert" in item:
        meta["annotations"] = {"service.alpha.openshift.io/serving-cert-secret-name": item["servingCert"]}
    if "owner" in item:
        meta["ownerReferences"] = [item["owner"]]
    spec: Object = {"type": "LoadBalancer" if "loadBalancer" in item else "ClusterIP"}
    spec["ports"] = [_service_port(text) for text in item["ports"]]
    if "selector" in item:
        spec["selector"] = item["selector"]
    if item.get("headless") or "clusterIP" in item:
        spec["clusterIP"] = item.get("clusterIP", "None")
    service: Object = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}
    if "loadBalancer" in item:
        service["status"] = {"loadBalancer": {"ingress": [{"hostname": item["loadBalancer"]}]}}
    yield service


def _service_port(text: str) -> Object:
    rest, _, protocol = text.partition("/")
    name, _, numbers = rest.rpartition(":")
    port, _, target = numbers.partition(">")
    made: Object = {"port": int(port), "protocol": protocol or "TCP", "targetPort": _number(target or port)}
    return {"name": name, **made} if name else made


def _number(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _routes(item: Any, platform: Platform) -> Iterator[Object]:
    """A route that the default router has admitted. ``host``: what stands before ``.apps.DOMAIN``."""
    check_keys(item, ("name", "namespace", "service", "port", "termination", "insecure", "host", "since"),
               ("name", "namespace", "since"))  # fmt: skip
    host = f"{item.get('host', item['name'] + '-' + item['namespace'])}.apps.{platform.domain}"
    to = {"kind": "Service", "name": item.get("service", item["name"]), "weight": 100}
    spec: Object = {"host": host, "subdomain": "", "to": to, "wildcardPolicy": "None"}
    if "port" in item:
        spec["port"] = {"targetPort": item["port"]}
    if "termination" in item:
        spec["tls"] = {
            "insecureEdgeTerminationPolicy": item.get("insecure", "Redirect"),
            "termination": item["termination"],
        }
    admitted = {"lastTransitionTime": item["since"], "status": "True", "type": "Admitted"}
    ingress = {
        "conditions": [admitted],
        "host": host,
        "routerCanonicalHostname": f"apps.{platform.domain}",
        "routerName": "default",
        "wildcardPolicy": "None",
    }
    yield {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": {"name": item["name"], "namespace": item["namespace"]},
        "spec": spec,
        "status": {"ingress": [ingress]},
    }


def _bindings(item: Any, _platform: Platform) -> Iterator[Object]:
    """``{role, subjects}``, cluster-wide or in a ``namespace``. Subjects: ``user:X``, ``group:X``, ``sa:NAMESPACE/X``.

    ``role: Role/x`` means a role of the namespace instead of a cluster role. ``name`` is the role's if not given.
    """
    check_keys(item, ("name", "namespace", "role", "subjects"), ("role", "subjects"))
    kind, _, role = item["role"].rpartition("/")
    meta = {"name": item.get("name", role)}
    if "namespace" in item:
        meta["namespace"] = item["namespace"]
    yield {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding" if "namespace" in item else "ClusterRoleBinding",
        "metadata": meta,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind or "ClusterRole", "name": role},
        "subjects": [subject(text) for text in item["subjects"]],
    }


def _roles(item: Any, _platform: Platform) -> Iterator[Object]:
    """``rules``: as ``rules.rule`` reads them."""
    check_keys(item, ("name", "namespace", "rules", "labels", "annotations"), ("name", "rules"))
    meta = {key: item[key] for key in ("name", "namespace", "labels", "annotations") if key in item}
    yield {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role" if "namespace" in item else "ClusterRole",
        "metadata": meta,
        "rules": [rule(text) for text in item["rules"]],
    }


def _secrets(item: Any, platform: Platform) -> Iterator[Object]:
    """``{name, namespace, text: {key: value}}``.

    A value ``seeded:N`` stands for N characters that nobody chose, ``password:bcrypt`` for the hash of a password.
    """
    check_keys(item, ("name", "namespace", "text", "type", "labels", "annotations", "owner"), ("name", "namespace"))
    meta: Object = {key: item[key] for key in ("name", "namespace", "labels", "annotations") if key in item}
    if "owner" in item:
        meta["ownerReferences"] = [item["owner"]]
    data = {key: _secret_text(platform, item, key, str(value)) for key, value in item.get("text", {}).items()}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": item.get("type", "Opaque")}
    yield {**secret, "data": {key: content.base64_of(value.encode()) for key, value in data.items()}}


def _secret_text(platform: Platform, item: Any, key: str, value: str) -> str:
    kind, _, length = value.partition(":")
    what = ("secret", item["namespace"], item["name"], key)
    if value == "password:bcrypt":
        return passwords.generated_hash(platform.seeded_hex(*what))
    return platform.seeded_hex(*what, digits=int(length)) if kind == "seeded" else value


def _configmaps(item: Any, _platform: Platform) -> Iterator[Object]:
    check_keys(item, ("name", "namespace", "data", "labels", "annotations", "owner"), ("name", "namespace"))
    meta: Object = {key: item[key] for key in ("name", "namespace", "labels", "annotations") if key in item}
    if "owner" in item:
        meta["ownerReferences"] = [item["owner"]]
    data = {"data": item["data"]} if "data" in item else {}
    yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, **data}


def _claims(item: Any, _platform: Platform) -> Iterator[Object]:
    """``{name, namespace, size}``; of the default ``class``, RWO and a filesystem unless it says so."""
    check_keys(item, ("name", "namespace", "class", "size", "modes", "block", "labels", "annotations", "owner"),
               ("name", "namespace", "size"))  # fmt: skip
    meta: Object = {key: item[key] for key in ("name", "namespace", "labels", "annotations") if key in item}
    if "owner" in item:
        meta["ownerReferences"] = [item["owner"]]
    spec: Object = {"accessModes": item.get("modes", ["ReadWriteOnce"])}
    if "class" in item:
        spec["storageClassName"] = item["class"]
    if item.get("block"):
        spec["volumeMode"] = "Block"
    spec["resources"] = {"requests": {"storage": item["size"]}}
    yield {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}


def _machinesets(item: Any, platform: Platform) -> Iterator[Object]:
    """``{name, zone, type, replicas, storage}``: the name follows the infrastructure's. Nothing without machines."""
    check_keys(item, ("name", "zone", "type", "replicas", "storage"), ("name", "zone", "type", "replicas"))
    if "machine" in platform.raw:
        yield nodes.machineset(item, platform)


FORMS: Mapping[str, Form] = {
    "projects": _projects,
    "nodes": nodes.expand,
    "csinodes": nodes.csinodes,
    "machinesets": _machinesets,
    "workloads": workloads.expand,
    "clusteroperators": operators.clusteroperators,
    "csvs": operators.csvs,
    "machineconfigpools": configuration.machineconfigpools,
    "operatorconfigs": configuration.operatorconfigs,
    "services": _services,
    "routes": _routes,
    "roles": _roles,
    "bindings": _bindings,
    "policy": policy.expand,
    "secrets": _secrets,
    "configmaps": _configmaps,
    "claims": _claims,
    "imagestreams": content.imagestreams,
    "pushes": content.pushes,
    "objects": _raw,
}
