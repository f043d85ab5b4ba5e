"""A kubeconfig as data: clusters, users, contexts, and which of them a command means. No I/O.

Source: client-go, tools/clientcmd; oc, pkg/helpers/kubeconfig.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from simulator import documents
from simulator.errors import InputError, Object

SECTIONS: Final[Mapping[str, str]] = {"clusters": "cluster", "contexts": "context", "users": "user"}
"""The lists of a kubeconfig, and the key of each item beside its name."""

_REDACTED, _OMITTED = "REDACTED", "DATA+OMITTED"
_SECRETS: Final = {"token": _REDACTED, "password": _REDACTED}
_DATA: Final = ("certificate-authority-data", "client-certificate-data", "client-key-data")

NOT_CONFIGURED: Final = """Missing or incomplete configuration info.  Please point to an existing, complete config file:


  1. Via the command-line flag --kubeconfig
  2. Via the KUBECONFIG environment variable
  3. In your home directory as ~/.kube/config

To view or setup config directly use the 'config' command."""


_NO_CONTEXT: Final = (
    "Error in configuration: \n* context was not found for specified context: {name}\n* cluster has no server defined"
)


@dataclass
class Config:
    """One kubeconfig, or several merged. ``origins``: the file of each (section, name); ``extra``: all the rest."""

    clusters: dict[str, Object] = field(default_factory=dict)
    contexts: dict[str, Object] = field(default_factory=dict)
    users: dict[str, Object] = field(default_factory=dict)
    current: str = ""
    extra: Object = field(default_factory=dict)
    origins: dict[tuple[str, str], str] = field(default_factory=dict)

    def section(self, name: str) -> dict[str, Object]:
        found: dict[str, Object] = getattr(self, name)
        return found

    def copy(self) -> Config:
        """Another one with stanzas of its own."""
        copied = replace(self, extra=dict(self.extra), origins=dict(self.origins))
        for name in SECTIONS:
            setattr(copied, name, {key: dict(item) for key, item in self.section(name).items()})
        return copied

    def to_object(self) -> Object:
        """As it is written: the items of each list by name."""
        lists = {
            section: [{key: item, "name": name} for name, item in sorted(self.section(section).items())]
            for section, key in SECTIONS.items()
        }
        head = {"apiVersion": "v1", "kind": "Config", "preferences": {}}
        return {**head, **self.extra, **lists, "current-context": self.current}


class ConfigPlace(Protocol):
    """Where the kubeconfig of a session is kept: in files, or in memory."""

    @property
    def name(self) -> str:
        """The file that new entries go to."""
        ...

    @property
    def is_first(self) -> bool:
        """Whether nothing is there yet, where people have their kubeconfig."""
        ...

    def load(self) -> Config: ...

    def save(self, config: Config) -> None:
        """Write what differs from what is there."""
        ...


class InMemory:
    """The kubeconfig of a session that has no files of its own."""

    name = "/root/.kube/config"
    is_first = False

    def __init__(self, config: Config) -> None:
        self._config = config.copy()

    def load(self) -> Config:
        return self._config.copy()

    def save(self, config: Config) -> None:
        self._config = config.copy()


def parse(text: str, file: str) -> Config:
    """Read one file; InputError with its line and field when it is no kubeconfig."""
    try:
        document = documents.parse(text, file)
    except InputError as error:
        problem = f"line {error.line}: {error.message.removeprefix('not YAML: ')}"
        raise InputError(f'error loading config file "{file}": yaml: {problem}') from error
    if document.data is None:
        return Config()
    if not isinstance(document.data, dict):
        raise document.fail("a kubeconfig is a mapping with clusters, users and contexts")
    config = Config()
    for section, key in SECTIONS.items():
        items = document.get(list, section) if document.data.get(section) else ()
        for index in range(len(items)):
            name = document.get(str, section, index, "name")
            item = document.data[section][index].get(key)
            if item is not None and not isinstance(item, dict):
                raise document.fail("must be a mapping", section, index, key)
            config.section(section).setdefault(name, item or {})
            config.origins[section, name] = file
    config.current = str(document.data.get("current-context") or "")
    known = {*SECTIONS, "apiVersion", "kind", "current-context"}
    config.extra = {key: value for key, value in document.data.items() if key not in known and value is not None}
    return config


def merge(configs: Iterable[Config]) -> Config:
    """The first file that sets a value wins."""
    merged = Config()
    for config in configs:
        for section in SECTIONS:
            merged.section(section).update(
                {name: item for name, item in config.section(section).items() if name not in merged.section(section)}
            )
        merged.origins = {**config.origins, **merged.origins}
        merged.current = merged.current or config.current
        merged.extra = {**config.extra, **merged.extra}
    return merged


@dataclass(frozen=True)
class Overrides:
    """What a command line says in place of the kubeconfig. ``None`` and "": nothing."""

    context: str = ""
    cluster: str = ""
    user: str = ""
    server: str = ""
    namespace: str = ""
    token: str = ""
    impersonate: str = ""
    groups: tuple[str, ...] = ()
    certificate_authority: str = ""
    client_certificate: str = ""
    client_key: str = ""
    tls_server_name: str = ""
    insecure: bool | None = None


class Choice(NamedTuple):
    """The cluster, the user and the project that a command means. Files are those that the stanzas came from."""

    context: str
    namespace: str
    cluster_name: str
    cluster: Object
    cluster_file: str
    user_name: str
    user: Object
    user_file: str

    @property
    def server(self) -> str:
        return str(self.cluster.get("server") or "").rstrip("/")


def choose(config: Config, overrides: Overrides = Overrides()) -> Choice:
    """What a command means; InputError when the kubeconfig does not have it."""
    name = overrides.context or config.current
    context = config.contexts.get(name)
    if context is None and name:
        raise InputError(_NO_CONTEXT.format(name=name))
    context = context or {}
    cluster_name = overrides.cluster or str(context.get("cluster") or "")
    user_name = overrides.user or str(context.get("user") or "")
    if overrides.cluster and cluster_name not in config.clusters:
        raise InputError(f'no server found for cluster "{cluster_name}"')
    if overrides.user and user_name not in config.users:
        raise InputError(f'auth info "{user_name}" does not exist')
    choice = Choice(
        context=name if context else "",
        namespace=overrides.namespace or str(context.get("namespace") or ""),
        cluster_name=cluster_name,
        cluster=_cluster(config.clusters.get(cluster_name, {}), overrides),
        cluster_file=config.origins.get(("clusters", cluster_name), ""),
        user_name=user_name,
        user=_user(config.users.get(user_name, {}), overrides),
        user_file=config.origins.get(("users", user_name), ""),
    )
    if not choice.server:
        raise _incomplete(config, choice)
    return choice


def _incomplete(config: Config, choice: Choice) -> InputError:
    if not choice.cluster_name:
        return InputError(NOT_CONFIGURED)
    file = config.origins.get(("contexts", choice.context), "")
    if choice.cluster_name not in config.clusters:
        return InputError(
            f'there is no cluster "{choice.cluster_name}"', file=file, field=f"contexts[{choice.context}].cluster"
        )
    return InputError("this is missing", file=choice.cluster_file, field=f"clusters[{choice.cluster_name}].server")


def _cluster(stanza: Object, overrides: Overrides) -> Object:
    changes: Object = {
        "server": overrides.server and _with_scheme(overrides.server),
        "certificate-authority": overrides.certificate_authority,
        "tls-server-name": overrides.tls_server_name,
    }
    cluster = {**stanza, **{key: value for key, value in changes.items() if value}}
    if overrides.certificate_authority or overrides.insecure:
        cluster.pop("certificate-authority-data", None)
    if overrides.insecure:
        cluster.pop("certificate-authority", None)
    if overrides.insecure is not None:
        cluster["insecure-skip-tls-verify"] = overrides.insecure
    return cluster


def _with_scheme(server: str) -> str:
    return server if "://" in server else f"https://{server}"


def _user(stanza: Object, overrides: Overrides) -> Object:
    """A token of the command line puts all other ways to authenticate aside."""
    user = dict(stanza)
    if overrides.token:
        user = {key: value for key, value in user.items() if key.startswith("as")} | {"token": overrides.token}
    if overrides.client_certificate:
        user = {**user, "client-certificate": overrides.client_certificate, "client-key": overrides.client_key}
        user = {key: value for key, value in user.items() if not key.endswith("-data")}
    if overrides.impersonate:
        user = {key: value for key, value in user.items() if not key.startswith("as")}
        user |= {"as": overrides.impersonate, "as-groups": list(overrides.groups)}
    return user


# -- what oc writes


def nickname(server: str) -> str:
    """``api-example-com:6443``: what oc calls the cluster of a server."""
    parts = urlsplit(server)
    port = parts.port or {"http": 80}.get(parts.scheme, 443)
    host = parts.hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{port}".replace(".", "-")


def generated_name(context: Object) -> str:
    """The name that oc would give this context: ``demo/api-example-com:6443/ann``."""
    user = str(context.get("user") or "").partition("/")[0]
    return f"{context.get('namespace') or ''}/{context.get('cluster') or ''}/{user}"


def remember(config: Config, *, namespace: str, user: str, cluster: Object, credentials: Object) -> Config:
    """The kubeconfig with a context for this project, cluster and user as the current one.

    A context that says the same under another name is used as it is. Source: oc, kubeconfig/smart_merge.go.
    """
    changed = config.copy()
    place = nickname(str(cluster["server"]))
    account, name = f"{user}/{place}", f"{namespace}/{place}/{user}"
    context = {"cluster": place, "user": account} | ({"namespace": namespace} if namespace else {})
    changed.clusters[place], changed.users[account] = cluster, credentials
    same = [key for key, item in sorted(config.contexts.items()) if item == context]
    changed.current = same[0] if same else name
    if not same:
        changed.contexts[name] = context
    return changed


def minify(config: Config, context: str = "") -> Config:
    """Only what the current context (or ``context``) uses; InputError when there is none."""
    name = context or config.current
    if not name:
        raise InputError("current-context must exist in order to minify")
    if name not in config.contexts:
        raise InputError(f"cannot locate context {name}")
    item = config.contexts[name]
    kept = config.copy()
    kept.contexts, kept.current = {name: item}, name
    kept.clusters = {key: value for key, value in config.clusters.items() if key == item.get("cluster")}
    kept.users = {key: value for key, value in config.users.items() if key == item.get("user")}
    return kept


def redact(config: Config) -> Config:
    """Without secrets and without long data, as ``config view`` shows it."""
    shown = config.copy()
    for section in ("clusters", "users"):
        for item in shown.section(section).values():
            item.update({key: _OMITTED for key in _DATA if item.get(key)})
            item.update({key: text for key, text in _SECRETS.items() if item.get(key)})
    return shown
