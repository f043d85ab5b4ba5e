"""``oc create KIND``: objects made from flags. Source: kubectl, cmd/create and pkg/generate/versioned; oc, cli/create.

A maker is a function from the invocation (with the files that it names) to an object; createcommands.py makes
commands of them.
"""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from simulator.changes.client import CRONJOB_VERSION
from simulator.errors import Object
from simulator.oc.errors import UsageError, fail, misuse
from simulator.oc.files import absolute
from simulator.oc.gojson import compact, dumps
from simulator.oc.invocation import Invocation

Maker = Callable[[Invocation], Object]
_KEY: Final = re.compile(r"[-._a-zA-Z0-9]+")


def _object(api_version: str, kind: str, name: str, **more: Any) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"creationTimestamp": None, "name": name}, **more}


def _name(invocation: Invocation) -> str:
    """The one NAME argument."""
    args, path = invocation.args, invocation.command.path
    at = invocation.flags.dash_at
    names = args if at is None else args[:at]
    if len(names) != 1:
        raise misuse(path, f"exactly one NAME is required, got {len(names)}")
    return names[0]


def _required(invocation: Invocation, *names: str) -> None:
    missing = [name for name in names if name not in invocation.flags.given]
    if missing:
        quoted = ", ".join(f'"{name}"' for name in missing)
        raise UsageError(f"required flag(s) {quoted} not set")


# -- config maps and secrets


def _data(invocation: Invocation) -> Iterator[tuple[str, bytes]]:
    """Keys and contents of --from-file, --from-literal and --from-env-file, in that order."""
    flags = invocation.flags
    for text in flags.texts("from-file"):
        yield from _from_file(invocation, text)
    for text in flags.texts("from-literal"):
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise fail(f"invalid literal source {text}, expected key=value")
        yield key, value.encode()
    if flags.text("from-env-file"):
        for line in _read(invocation, flags.text("from-env-file")).decode("utf-8", "replace").splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                key, _, value = line.strip().partition("=")
                yield key, value.encode()


def _from_file(invocation: Invocation, text: str) -> Iterator[tuple[str, bytes]]:
    key, equals, path = text.partition("=")
    if not equals:
        key, path = posixpath.basename(text.rstrip("/")), text
    fs = invocation.process.fs
    place = absolute(invocation.process, path)
    try:
        is_directory = fs.stat(place).kind == "dir"
    except OSError as error:
        raise fail(f"error reading {path}: {_reason(error)}") from None
    if not is_directory:
        yield key, _read(invocation, path)
        return
    if equals:
        raise fail("cannot give a key name for a directory path")
    for entry in fs.list(place):
        if fs.stat(posixpath.join(place, entry)).kind == "file":
            yield entry, _read(invocation, posixpath.join(path, entry))


def _read(invocation: Invocation, path: str) -> bytes:
    try:
        return invocation.process.fs.read(absolute(invocation.process, path))
    except OSError as error:
        raise fail(f"error reading {path}: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _checked(kind: str, data: Iterator[tuple[str, bytes]]) -> dict[str, bytes]:
    """The data of a ConfigMap or Secret; each key must be valid and come once."""
    checked: dict[str, bytes] = {}
    for key, value in data:
        if not _KEY.fullmatch(key):
            raise fail(
                f'"{key}" is not a valid key name for a {kind}: a valid config key must consist of alphanumeric '
                f"characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for "
                f"validation is '[-._a-zA-Z0-9]+')"
            )
        if key in checked:
            raise fail(
                f"cannot add key {key}, another key by that name already exists in data: {dumps(sorted(checked))}"
            )
        checked[key] = value
    return checked


def configmap(invocation: Invocation) -> Object:
    name = _name(invocation)
    texts: dict[str, str] = {}
    binary: dict[str, str] = {}
    for key, value in _checked("ConfigMap", _data(invocation)).items():
        try:
            texts[key] = value.decode()
        except UnicodeDecodeError:
            binary[key] = base64.b64encode(value).decode()
    parts = {"data": texts} if texts else {}
    return _object("v1", "ConfigMap", name, **parts, **({"binaryData": binary} if binary else {}))


def _secret(invocation: Invocation, name: str, data: Mapping[str, bytes], default_type: str = "") -> Object:
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    kind = str(invocation.flags.values.get("type", "")) or default_type
    return _object("v1", "Secret", name, **({"data": encoded} if encoded else {}), **({"type": kind} if kind else {}))


def generic_secret(invocation: Invocation) -> Object:
    return _secret(invocation, _name(invocation), _checked("Secret", _data(invocation)))


def registry_secret(invocation: Invocation) -> Object:
    flags = invocation.flags
    data: dict[str, bytes] = {}
    if flags.texts("from-file"):
        data = _checked("Secret", _data(invocation))
    else:
        _required(invocation, "docker-username", "docker-password")
        user, password = flags.text("docker-username"), flags.text("docker-password")
        entry = {"username": user, "password": password}
        entry |= {"email": flags.text("docker-email")} if flags.text("docker-email") else {}
        entry["auth"] = base64.b64encode(f"{user}:{password}".encode()).decode()
        data = {".dockerconfigjson": compact({"auths": {flags.text("docker-server"): entry}}).encode()}
    return _secret(invocation, _name(invocation), data, "kubernetes.io/dockerconfigjson")


def tls_secret(invocation: Invocation) -> Object:
    _required(invocation, "cert", "key")
    data = {"tls.crt": _read(invocation, invocation.flags.text("cert"))}
    data["tls.key"] = _read(invocation, invocation.flags.text("key"))
    return _secret(invocation, _name(invocation), data, "kubernetes.io/tls")


# -- workloads


def _containers(images: Sequence[str], command: Sequence[str] = ()) -> list[Object]:
    extra = {"command": list(command)} if command else {}
    return [{"image": image, "name": container_name(image), "resources": {}, **extra} for image in images]


def container_name(image: str) -> str:
    """``postgres`` of ``quay.io/org/postgres:9.6``."""
    return image.rsplit("/", 1)[-1].partition("@")[0].partition(":")[0].lower().replace("_", "-")


def deployment(invocation: Invocation) -> Object:
    _required(invocation, "image")
    name = _name(invocation)
    labels = {"app": name}
    metadata = {"creationTimestamp": None, "labels": labels, "name": name}
    containers = _containers(invocation.flags.texts("image"))
    port = invocation.flags.values.get("port", -1)
    if port >= 0:
        containers[0]["ports"] = [{"containerPort": port}]
    template = {"metadata": {"creationTimestamp": None, "labels": labels}, "spec": {"containers": containers}}
    replicas = invocation.flags.values.get("replicas", 1)
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "strategy": {}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec, "status": {}}


def _command_words(invocation: Invocation) -> list[str]:
    at = invocation.flags.dash_at
    return invocation.args[at:] if at is not None else []


def job(invocation: Invocation) -> Object:
    name, image, source = _name(invocation), invocation.flags.text("image"), invocation.flags.text("from")
    if bool(image) == bool(source):
        raise fail("either --image or --from must be specified")
    if source:
        return _job_from(invocation, name, source)
    pod = {"containers": _containers([image], _command_words(invocation)), "restartPolicy": "Never"}
    pod["containers"][0]["name"] = name  # type: ignore[index]
    template = {"metadata": {"creationTimestamp": None}, "spec": pod}
    return _object("batch/v1", "Job", name, spec={"template": template}, status={})


def _job_from(invocation: Invocation, name: str, source: str) -> Object:
    word, _, cronjob = source.partition("/")
    resource = invocation.resolve(word)
    if resource.plural != "cronjobs" or not cronjob:
        raise fail(f"from must be an existing cronjob: {source}")
    template = invocation.client.get(resource.gvr, cronjob, invocation.namespace)["spec"]["jobTemplate"]
    job = _object("batch/v1", "Job", name, spec=template["spec"], status={})
    inherited = template.get("metadata") or {}
    annotations = {**(inherited.get("annotations") or {}), "cronjob.kubernetes.io/instantiate": "manual"}
    labels = {"labels": inherited["labels"]} if inherited.get("labels") else {}
    job["metadata"] = {"annotations": annotations, **job["metadata"], **labels}
    return job


def cronjob(invocation: Invocation) -> Object:
    _required(invocation, "image", "schedule")
    flags, name = invocation.flags, _name(invocation)
    restart = flags.text("restart") or "OnFailure"
    containers = _containers([flags.text("image")], _command_words(invocation))
    containers[0]["name"] = name
    pod = {"metadata": {"creationTimestamp": None}, "spec": {"containers": containers, "restartPolicy": restart}}
    job = {"metadata": {"creationTimestamp": None, "name": name}, "spec": {"template": pod}}
    spec = {"jobTemplate": job, "schedule": flags.text("schedule")}
    return _object(CRONJOB_VERSION.at(invocation.release), "CronJob", name, spec=spec, status={})


# -- the rest


def namespace(invocation: Invocation) -> Object:
    return _object("v1", "Namespace", _name(invocation), spec={}, status={})


def serviceaccount(invocation: Invocation) -> Object:
    return _object("v1", "ServiceAccount", _name(invocation))


def quota(invocation: Invocation) -> Object:
    hard: dict[str, str] = {}
    for term in filter(None, invocation.flags.text("hard").split(",")):
        key, equals, amount = term.partition("=")
        if not equals:
            raise fail(f"Invalid argument syntax {term}, expected <resource>=<value>")
        hard[key] = amount
    scopes = [scope for scope in invocation.flags.text("scopes").split(",") if scope]
    spec = {"hard": hard, **({"scopes": scopes} if scopes else {})} if hard or scopes else {}
    return _object("v1", "ResourceQuota", _name(invocation), spec=spec, status={})


def _subjects(invocation: Invocation) -> list[Object]:
    flags = invocation.flags
    group = "rbac.authorization.k8s.io"
    subjects: list[Object] = [{"apiGroup": group, "kind": "User", "name": user} for user in flags.texts("user")]
    subjects += [{"apiGroup": group, "kind": "Group", "name": name} for name in flags.texts("group")]
    for text in flags.texts("serviceaccount"):
        namespace, colon, name = text.partition(":")
        if not colon or not name:
            raise fail("serviceaccount must be <namespace>:<name>")
        subjects.append({"kind": "ServiceAccount", "name": name, "namespace": namespace})
    return subjects


def binding(kind: str) -> Maker:
    def make(invocation: Invocation) -> Object:
        role, cluster_role = str(invocation.flags.values.get("role", "")), invocation.flags.text("clusterrole")
        if bool(role) == bool(cluster_role):
            raise fail("exactly one of clusterrole or role must be specified" if kind == "RoleBinding"
                       else "clusterrole must be specified")  # fmt: skip
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role" if role else "ClusterRole",
                     "name": role or cluster_role}  # fmt: skip
        name, subjects = _name(invocation), _subjects(invocation)
        return _object(
            "rbac.authorization.k8s.io/v1",
            kind,
            name,
            roleRef=reference,
            **({"subjects": subjects} if subjects else {}),
        )

    return make


def service(kind: str) -> Maker:
    def make(invocation: Invocation) -> Object:
        name, ports = _name(invocation), []
        for text in invocation.flags.texts("tcp"):
            port, _, target = text.partition(":")
            target = target or port
            if not port.isdigit():
                raise fail(f"{text} is not a valid port")
            number: int | str = int(target) if target.isdigit() else target
            ports.append({"name": text.replace(":", "-"), "port": int(port), "protocol": "TCP", "targetPort": number})
        if not ports and kind != "ExternalName":
            raise fail("at least one tcp port specifier must be provided")
        spec: Object = {**({"ports": ports} if ports else {}), "selector": {"app": name}, "type": kind}
        if kind == "ExternalName":
            _required(invocation, "external-name")
            spec["externalName"] = invocation.flags.text("external-name")
        service = _object("v1", "Service", name, spec=spec, status={"loadBalancer": {}})
        service["metadata"]["labels"] = {"app": name}
        return service

    return make


def route(termination: str) -> Maker:
    """A route to --service, on its --port or the service's first one. Source: oc, cli/create/routes."""

    def make(invocation: Invocation) -> Object:
        flags = invocation.flags
        if not flags.text("service"):
            raise misuse(invocation.command.path, "--service is required")
        name = invocation.args[0] if invocation.args else flags.text("service")
        service_kind = invocation.resolve("services")
        service = invocation.client.get(service_kind.gvr, flags.text("service"), invocation.namespace)
        ports = service["spec"].get("ports") or [{}]
        port = flags.text("port") or ports[0].get("name") or ports[0].get("targetPort")
        tls: Object = {"termination": termination}
        if flags.text("insecure-policy"):
            tls["insecureEdgeTerminationPolicy"] = flags.text("insecure-policy")
        spec = {
            "host": flags.text("hostname"),
            "to": {"kind": "", "name": flags.text("service"), "weight": None},
            "tls": tls,
        }
        spec |= {"path": flags.text("path")} if flags.text("path") else {}
        spec |= {"port": {"targetPort": int(port) if str(port).isdigit() else port}} if port else {}
        route = _object(
            "route.openshift.io/v1", "Route", name, spec={key: value for key, value in spec.items() if value}
        )
        route["spec"]["to"] = {"kind": "Service", "name": flags.text("service"), "weight": 100}
        labels = service["metadata"].get("labels")
        route["metadata"] |= {"labels": labels} if labels else {}
        return route

    return make


def imagestream(invocation: Invocation) -> Object:
    local = {"local": invocation.flags.flag("lookup-local")}
    return _object("image.openshift.io/v1", "ImageStream", _name(invocation), spec={"lookupPolicy": local},
                   status={"dockerImageRepository": ""})  # fmt: skip
