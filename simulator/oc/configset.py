"""``oc config set`` and its kin: entries and single values of the kubeconfig. Source: kubectl, cmd/config/set*.go."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from simulator.client.config import SECTIONS, Config
from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, fail, misuse
from simulator.oc.files import absolute
from simulator.oc.flags import Flag, Flags
from simulator.oc.invocation import Invocation

_BOOLEANS: Final = ("insecure-skip-tls-verify", "disable-compression")


async def set_context(invocation: Invocation) -> int:
    flags, place = invocation.flags, invocation.session.kubeconfig
    name = _name(invocation)
    if bool(name) == flags.flag("current"):
        raise fail(
            "you cannot specify both a context name and --current"
            if name
            else "you must specify a non-empty context name or --current"
        )
    config = place.load()
    name = name or config.current
    if not name:
        raise fail("no current context is set")
    existed = name in config.contexts
    config.contexts[name] = _changed(config.contexts.get(name, {}), _given(flags, "cluster", "user", "namespace"))
    place.save(config)
    if name == config.current:
        invocation.session.follow(config)
    await invocation.line(f'Context "{name}" {"modified" if existed else "created"}.')
    return 0


async def set_cluster(invocation: Invocation) -> int:
    flags, place, name = invocation.flags, invocation.session.kubeconfig, _name(invocation)
    if not name:
        raise fail("you must specify a non-empty cluster name")
    if flags.flag("insecure-skip-tls-verify") and flags.text("certificate-authority"):
        raise fail("you cannot specify a certificate authority and insecure mode at the same time")
    values = _given(
        flags, "server", "tls-server-name", "proxy-url", "insecure-skip-tls-verify", "certificate-authority"
    )
    _embed(invocation, values, "certificate-authority")
    config = place.load()
    cluster = _changed(config.clusters.get(name, {}), values)
    if values.get("insecure-skip-tls-verify"):
        cluster = _changed(cluster, {"certificate-authority": "", "certificate-authority-data": ""})
    config.clusters[name] = cluster
    place.save(config)
    await invocation.line(f'Cluster "{name}" set.')
    return 0


async def set_credentials(invocation: Invocation) -> int:
    flags, place, name = invocation.flags, invocation.session.kubeconfig, _name(invocation)
    if not name:
        raise fail("you must specify a non-empty user name")
    methods = [text for text, key in (("--token", "token"), ("--username/--password", "username")) if flags.text(key)]
    if len(methods) > 1:
        raise fail("you cannot specify more than one authentication method at the same time: " + ", ".join(methods))
    values = _given(flags, "token", "username", "password", "client-certificate", "client-key")
    for key in ("client-certificate", "client-key"):
        _embed(invocation, values, key)
    config = place.load()
    config.users[name] = _changed(config.users.get(name, {}), values)
    place.save(config)
    await invocation.line(f'User "{name}" set.')
    return 0


async def set_value(invocation: Invocation) -> int:
    if len(invocation.args) != 2:
        raise misuse("oc config set", f"Unexpected args: [{' '.join(invocation.args)}]")
    (path, text), place = invocation.args, invocation.session.kubeconfig
    config = place.load()
    _apply(config, path, text)
    place.save(config)
    invocation.session.follow(config)
    await invocation.line(f'Property "{path}" set.')
    return 0


async def unset_value(invocation: Invocation) -> int:
    if len(invocation.args) != 1:
        raise misuse("oc config unset", f"Unexpected args: [{' '.join(invocation.args)}]")
    path, place = invocation.args[0], invocation.session.kubeconfig
    config = place.load()
    _apply(config, path, None)
    place.save(config)
    invocation.session.follow(config)
    await invocation.line(f'Property "{path}" unset.')
    return 0


def _apply(config: Config, path: str, text: str | None) -> None:
    """Set ``current-context`` or ``SECTION.NAME.FIELD``; None unsets it, or all of ``SECTION.NAME``, or a section.

    A name may have dots in it: the field is what follows the last one.
    """
    section, _, rest = path.partition(".")
    if path == "current-context":
        config.current = text or ""
        return
    if section not in SECTIONS:
        raise fail(f"unable to locate path {section} under the kubeconfig")
    items = config.section(section)
    if text is None and (not rest or rest in items):
        items.pop(rest, None) if rest else items.clear()
        return
    name, _, field = rest.rpartition(".")
    if not name:
        raise fail(f"can't set a map to a value: {section}.{rest}")
    if text is None and name not in items:
        raise fail(f"current map key `{name}` is invalid")
    items[name] = _changed(items.get(name, {}), {field: _value(field, text)})


def _value(field: str, text: str | None) -> Any:
    if text is None:
        return ""
    if field in _BOOLEANS:
        if text.lower() not in ("true", "false"):
            raise fail(f'error decoding input value: strconv.ParseBool: parsing "{text}": invalid syntax')
        return text.lower() == "true"
    return text


def _name(invocation: Invocation) -> str:
    if len(invocation.args) > 1:
        raise CommandError(
            f"error: Unexpected args: [{' '.join(invocation.args)}]\n"
            f"See '{invocation.command.path} -h' for help and examples"
        )
    return "".join(invocation.args)


def _given(flags: Flags, *names: str) -> Object:
    return {name: flags.values[name] for name in names if name in flags.given}


def _changed(stanza: Object, values: Mapping[str, Any]) -> Object:
    """With these values; one that is empty goes."""
    changed = {**stanza, **values}
    return {key: value for key, value in changed.items() if value not in ("", False, None)}


def _embed(invocation: Invocation, values: Object, key: str) -> None:
    """With ``--embed-certs`` the content of a file takes the place of its name, and otherwise the other way round."""
    if key not in values:
        return
    if not invocation.flags.flag("embed-certs"):
        values[f"{key}-data"] = ""
        return
    path = str(values[key])
    try:
        data = invocation.process.fs.read(absolute(invocation.process, path))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise fail(f"could not stat {key} file {path}: stat {path}: {reason}") from None
    values[f"{key}-data"], values[key] = base64.b64encode(data).decode(), ""


_EMBED = Flag("embed-certs", "If true, put the content of certificate files into the kubeconfig.", "bool")

SETTERS: Final = {
    "set": Command(
        path="oc config set",
        usage="oc config set PROPERTY_NAME PROPERTY_VALUE",
        short="Set an individual value in a kubeconfig file",
        long="Set one value: current-context, or SECTION.NAME.FIELD.",
        examples=("# Set the project of a context", "oc config set contexts.admin.namespace web"),
        run=set_value,
    ),
    "set-cluster": Command(
        path="oc config set-cluster",
        usage="oc config set-cluster NAME [--server=server] [--certificate-authority=path/to/certificate/authority]",
        short="Set a cluster entry in kubeconfig",
        long="Add a cluster, or change what is said of one.",
        flags=(_EMBED, Flag("proxy-url", "The proxy that leads to the cluster"), Flag("tls-server-name", "TLS name")),
        run=set_cluster,
    ),
    "set-context": Command(
        path="oc config set-context",
        usage="oc config set-context [NAME | --current] [--cluster=name] [--user=name] [--namespace=namespace]",
        short="Set a context entry in kubeconfig",
        long="Add a context, or change what is said of one.",
        examples=("# Set the project of the current context", "oc config set-context --current --namespace=web"),
        flags=(Flag("current", "Modify the current context", "bool"),),
        run=set_context,
    ),
    "set-credentials": Command(
        path="oc config set-credentials",
        usage="oc config set-credentials NAME [--token=bearer_token] [--client-certificate=path] [--client-key=path]",
        short="Set a user entry in kubeconfig",
        long="Add a user, or change what is said of one.",
        flags=(_EMBED, Flag("password", "The password of the user"), Flag("username", "The name of the user")),
        run=set_credentials,
    ),
    "unset": Command(
        path="oc config unset",
        usage="oc config unset PROPERTY_NAME",
        short="Unset an individual value in a kubeconfig file",
        long="Take one value away: current-context, SECTION.NAME.FIELD, or all of SECTION.NAME.",
        run=unset_value,
    ),
}
