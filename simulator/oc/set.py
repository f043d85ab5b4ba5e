"""``oc set``: image, env and volume of workloads. Source: oc, pkg/cli/set, and kubectl, cmd/set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.flags import ALL_NAMESPACES, FILENAME, SELECTOR, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.setvolume import VOLUME_FLAGS, volume
from simulator.oc.targets import Target, fetch
from simulator.oc.templates import change_template, containers_of, template_of

_REFERENCES = {"configmaps": "configMapKeyRef", "configmap": "configMapKeyRef", "cm": "configMapKeyRef",
               "secrets": "secretKeyRef", "secret": "secretKeyRef"}  # fmt: skip

# -- image


async def image(invocation: Invocation) -> int:
    words, changes = _split(invocation.args)
    if not changes:
        raise fail("at least one image update is required")
    for target in (await fetch(invocation, words, default_all=False)).check():
        known = {container["name"] for container in containers_of(target.object)}
        for name in changes:
            if name != "*" and name not in known:
                raise fail(f'unable to find container named "{name}"')
        change = change_template(invocation, target, lambda spec: _with_images(spec, changes))
        if change:
            await invocation.line(f"{target.title} image updated")
    return 0


def _with_images(spec: Object, changes: Mapping[str, str]) -> Object:
    def changed(container: Object) -> Object:
        wanted = changes.get(container["name"], changes.get("*"))
        return container if wanted is None else {**container, "image": wanted}

    return {**spec, "containers": [changed(container) for container in spec["containers"]]}


# -- env


async def env(invocation: Invocation) -> int:
    flags = invocation.flags
    words, changes = _split(invocation.args)
    removed = [word[:-1] for word in words if word.endswith("-")]
    words = [word for word in words if not word.endswith("-")]
    changes.update(dict(_pair(text) for text in flags.texts("env")))
    source = flags.text("from")
    if not flags.flag("list") and not changes and not removed and not source:
        raise fail("at least one environment variable must be provided")
    entries: list[Object] = [{"name": name, "value": value} for name, value in changes.items()]
    entries += _from(invocation, source) if source else []
    for target in (await fetch(invocation, words, default_all=False)).check():
        if flags.flag("list"):
            await _list(invocation, target)
            continue
        change = change_template(invocation, target, lambda spec: _with_env(invocation, spec, entries, removed))
        if change:
            await invocation.line(f"{target.title} updated")
    return 0


async def _list(invocation: Invocation, target: Target) -> None:
    for container in _chosen(invocation, template_of(target.object)["spec"]):
        await invocation.line(f"# {target.resource.plural}/{target.name}, container {container['name']}")
        for variable in container.get("env") or ():
            await invocation.line(_shown(variable))


def _shown(variable: Object) -> str:
    source = variable.get("valueFrom")
    if source is None:
        return f"{variable['name']}={variable.get('value', '')}"
    if "fieldRef" in source:
        return f"# {variable['name']} from field path {source['fieldRef']['fieldPath']}"
    kind, key = ("secret", "secretKeyRef") if "secretKeyRef" in source else ("configmap", "configMapKeyRef")
    return f"# {variable['name']} from {kind} {source[key]['name']}, key {source[key]['key']}"


def _from(invocation: Invocation, text: str) -> list[Object]:
    """The variables of ``--from=secret/NAME``: one a key, its name upper-cased after the prefix."""
    kind, _, name = text.partition("/")
    key_kind = _REFERENCES.get(kind)
    if key_kind is None:
        raise fail(f"unsupported resource type {kind}: only secrets and configmaps can be a source of variables")
    resource = invocation.resolve(kind)
    found = invocation.client.get(resource.gvr, name, invocation.namespace)
    prefix = invocation.flags.text("prefix")
    return [
        {"name": prefix + _variable_name(key), "valueFrom": {key_kind: {"name": name, "key": key}}}
        for key in sorted(found.get("data") or {})
    ]


def _variable_name(key: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in key).upper()


def _with_env(invocation: Invocation, spec: Object, entries: list[Object], removed: list[str]) -> Object:
    chosen = {container["name"] for container in _chosen(invocation, spec)}

    def changed(container: Object) -> Object:
        if container["name"] not in chosen:
            return container
        return _with_variables(container, entries, removed)

    return {**spec, "containers": [changed(container) for container in spec["containers"]]}


def _with_variables(container: Object, entries: list[Object], removed: list[str]) -> Object:
    present = {variable["name"]: variable for variable in container.get("env") or ()}
    present.update({entry["name"]: entry for entry in entries})
    kept = [variable for name, variable in present.items() if name not in removed]
    without = {key: value for key, value in container.items() if key != "env"}
    return {**without, "env": kept} if kept else without


def _chosen(invocation: Invocation, spec: Object) -> list[Object]:
    wanted = invocation.flags.text("containers")
    found = [container for container in spec["containers"] if wanted in ("*", "", container["name"])]
    if not found:
        raise fail(f'no containers matching "{wanted}"')
    return found


# -- shared


def _split(args: list[str]) -> tuple[list[str], dict[str, str]]:
    """The words that name resources, and the ``KEY=VALUE`` pairs."""
    words = [arg for arg in args if "=" not in arg]
    return words, dict(_pair(arg) for arg in args if "=" in arg)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise fail(f"environment variables must be of the form key=value: {text}")
    return name, value


_COMMON = (ALL_NAMESPACES, FILENAME, SELECTOR, Flag("all", "If true, select all resources of the given types", "bool"))
_Run = Callable[[Invocation], Awaitable[int]]


def _command(name: str, usage: str, short: str, run: _Run, *flags: Any, example: str) -> Command:
    return Command(
        path=f"oc set {name}",
        usage=f"oc set {usage} [flags]",
        short=short,
        long=f"{short}.",
        examples=(example,),
        flags=(*_COMMON, *flags),
        run=run,
    )


_VOLUME = _command(
    "volume",
    "volumes RESOURCE/NAME --add|--remove|--list",
    "Update volumes on a pod template",
    volume,
    *VOLUME_FLAGS,
    example="oc set volume deployment/registry --add --name=v1 -t pvc --claim-name=pvc1 --mount-path=/data",
)

COMMAND = Command(
    path="oc set",
    usage="oc set COMMAND [flags]",
    short="Commands that help set specific features on objects",
    long="Change one feature of workloads: their images, environment or volumes.",
    subcommands={
        "env": _command(
            "env",
            "env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
            "Update environment variables on a pod template",
            env,
            Flag(
                "containers", "The names of containers in the selected pod templates to change", short="c", default="*"
            ),
            Flag("env", "Specify a key-value pair for an environment variable.", "array", "e"),
            Flag("from", "The name of a resource from which to inject environment variables"),
            Flag("list", "If true, display the environment and any changes in the standard format.", "bool"),
            Flag("prefix", "Prefix to append to variable names"),
            example="oc set env deployment/registry --list",
        ),
        "image": _command(
            "image",
            "image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ...",
            "Update image of a pod template",
            image,
            example="oc set image deployment/nginx nginx=nginx:1.9.1",
        ),
        "volume": _VOLUME,
        "volumes": _VOLUME,
    },
)
