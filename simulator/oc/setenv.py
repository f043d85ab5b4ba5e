"""``oc set env``: show and change the environment of containers. Source: oc, pkg/cli/set/env.go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulator.errors import Object
from simulator.oc.errors import Exit, fail, misuse
from simulator.oc.files import read_text
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.targets import Target, fetch
from simulator.oc.templates import (
    NO_TARGETS,
    change_template,
    chosen_containers,
    template_of,
    warn_unmatched,
    with_containers,
)

ENV_FLAGS: Final = (
    Flag("containers", "The names of containers in the selected pod templates to change", short="c", default="*"),
    Flag("env", "Specify a key-value pair for an environment variable to set into each container.", "array", "e"),
    Flag("from", "The name of a resource from which to inject environment variables"),
    Flag("list", "If true, display the environment and any changes in the standard format.", "bool"),
    Flag("overwrite", "If false, refuse to change a value that is there.", "bool", default=True),
    Flag("prefix", "Prefix to append to variable names"),
)
_KEY_REFERENCES = {"Secret": "secretKeyRef", "ConfigMap": "configMapKeyRef"}


@dataclass(frozen=True)
class Change:
    """Variables to set, as entries of a container's ``env``, and names to remove."""

    entries: Sequence[Object]
    removed: Sequence[str]

    def apply(self, variables: Sequence[Object]) -> list[Object]:
        """New values stand where the old ones stood, new names at the end."""
        present = {variable["name"]: variable for variable in variables}
        present.update({entry["name"]: entry for entry in self.entries})
        return [variable for name, variable in present.items() if name not in self.removed]


async def env(invocation: Invocation) -> int:
    words, changes = _split(invocation.args)
    if not words and not invocation.flags.texts("filename"):
        raise misuse("oc set env", NO_TARGETS)
    change = await _change(invocation, [*invocation.flags.texts("env"), *changes])
    listing = invocation.flags.flag("list")
    if not listing and not change.entries and not change.removed:
        raise fail("at least one environment variable must be provided")
    refused = False
    for target in (await fetch(invocation, words, default_all=False)).check():
        if listing:
            await _list(invocation, target, change)
        else:
            refused = not await _set(invocation, target, change) or refused
    if refused:
        raise Exit(1)
    return 0


def _split(args: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that name resources, and the changes ``KEY=VALUE``, ``KEY-`` and ``-`` (standard input)."""
    words = [arg for arg in args if "=" not in arg and not arg.endswith("-")]
    return words, [arg for arg in args if arg not in words]


async def _change(invocation: Invocation, changes: Sequence[str]) -> Change:
    prefix, pairs = invocation.flags.text("prefix"), [text for text in changes if text != "-"]
    if "-" in changes:
        lines = (await read_text(invocation.process, "-")).splitlines()
        pairs += [line for line in lines if line and not line.startswith("#")]
    entries: list[Object] = []
    removed = []
    for text in pairs:
        name, equals, value = text.partition("=")
        if equals and name:
            entries.append({"name": prefix + name, "value": value})
        elif text.endswith("-"):
            removed.append(text[:-1])
        else:
            raise fail(f"environment variables must be of the form key=value and can not contain spaces: {text}")
    if invocation.flags.text("from"):
        entries += await _from(invocation, prefix)
    return Change(entries, removed)


async def _from(invocation: Invocation, prefix: str) -> list[Object]:
    """The variables of ``--from=secret/NAME``: one a key, its name in capitals after the prefix."""
    entries: list[Object] = []
    for source in (await fetch(invocation, [invocation.flags.text("from")])).check():
        reference = _KEY_REFERENCES.get(source.resource.kind)
        if reference is None:
            raise fail(f"unsupported resource specified in --from: *v1.{source.resource.kind}")
        for key in sorted(source.object.get("data") or {}):
            value = {reference: {"name": source.name, "key": key}}
            entries.append({"name": prefix + _variable_name(key), "valueFrom": value})
    return entries


def _variable_name(key: str) -> str:
    return "".join(char if char.isascii() and char.isalnum() else "_" for char in key).upper()


async def _set(invocation: Invocation, target: Target, change: Change) -> bool:
    """False when ``--overwrite=false`` forbids the change."""
    pattern = invocation.flags.text("containers")
    spec = template_of(target.object)["spec"]
    chosen = chosen_containers(spec, pattern)
    if await warn_unmatched(invocation, target, chosen, pattern):
        return True
    clash = None if invocation.flags.flag("overwrite") else _clash(spec, chosen, change)
    if clash is not None:
        name, value = clash["name"], clash.get("value", "")
        where = f"{target.resource.plural}/{target.name}"
        await invocation.error(f"error: {where} '{name}' already has a value ({value}), and --overwrite is false")
        return False
    if change_template(invocation, target, lambda old: with_containers(old, chosen, lambda one: _changed(one, change))):
        await invocation.line(f"{target.title} updated{invocation.dry_suffix}")
    return True


def _clash(spec: Object, chosen: Sequence[str], change: Change) -> Object | None:
    """The first variable that has another value already."""
    wanted = {entry["name"]: entry.get("value", "") for entry in change.entries}
    for container in spec["containers"]:
        for variable in container.get("env") or () if container["name"] in chosen else ():
            if wanted.get(variable["name"], variable.get("value", "")) != variable.get("value", ""):
                found: Object = variable
                return found
    return None


def _changed(container: Object, change: Change) -> Object:
    variables = change.apply(container.get("env") or ())
    without = {key: value for key, value in container.items() if key != "env"}
    return {**without, "env": variables} if variables else without


async def _list(invocation: Invocation, target: Target, change: Change) -> None:
    pattern, spec = invocation.flags.text("containers"), template_of(target.object)["spec"]
    chosen = chosen_containers(spec, pattern)
    await warn_unmatched(invocation, target, chosen, pattern)
    for container in spec["containers"]:
        if container["name"] in chosen:
            await invocation.line(f"# {target.resource.plural}/{target.name}, container {container['name']}")
            for variable in change.apply(container.get("env") or ()):
                await invocation.line(_shown(variable))


def _shown(variable: Object) -> str:
    source = variable.get("valueFrom")
    if source is None:
        return f"{variable['name']}={variable.get('value', '')}"
    return f"# {variable['name']} from {_source_text(source)}"


def _source_text(source: Object) -> str:
    for kind, key in (("configmap", "configMapKeyRef"), ("secret", "secretKeyRef")):
        if key in source:
            return f"{kind} {source[key]['name']}, key {source[key]['key']}"
    if "resourceFieldRef" in source:
        container = source["resourceFieldRef"].get("containerName")
        return f"resource field {container + '.' if container else ''}{source['resourceFieldRef']['resource']}"
    return f"field path {source['fieldRef']['fieldPath']}" if "fieldRef" in source else "invalid valueFrom"
