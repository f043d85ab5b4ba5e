"""The commands ``oc create KIND``: a table of names, flags and makers. Source: kubectl, cmd/create; oc, cli/create."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from simulator.changes.client import FAILED_TO_CREATE
from simulator.errors import Object, StatusError
from simulator.oc import createkinds as kinds
from simulator.oc.applied import with_last_applied
from simulator.oc.command import Command
from simulator.oc.createtoken import COMMAND as TOKEN
from simulator.oc.errors import fail
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.flags import DRY_RUN, OUTPUT, TEMPLATE, VALIDATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import Format, output_format, print_result
from simulator.oc.resources import ResourceInfo, resource_of

_COMMON: Final = (
    *DRY_RUN,
    field_manager("create"),
    Flag("generator", "The name of the generator.", hidden=True),
    OUTPUT,
    Flag("save-config", "If true, keep the configuration of the object in its annotation.", "bool"),
    TEMPLATE,
    *VALIDATE,
)


_FAILED: Final = {"ResourceQuota": "quota", "Service": "{type} service"}


async def send(
    invocation: Invocation, form: Format, resource: ResourceInfo, obj: Object, namespace: str | None
) -> None:
    """Create one object (or with --dry-run show it), and print what happened."""
    created = obj
    if invocation.dry_run != "client":
        created = invocation.client.create(resource.gvr, obj, namespace, dry_run=bool(invocation.dry_run))
    title = resource.named(created["metadata"].get("name", ""))
    await print_result(invocation, form, title, created, f"created{invocation.dry_suffix}")


def _runner(make: kinds.Maker) -> Callable[[Invocation], Awaitable[int]]:
    async def run(invocation: Invocation) -> int:
        form = await output_format(invocation)
        obj = make(invocation)
        resource = resource_of(invocation.session, obj)
        if resource is None:
            raise fail(f'no matches for kind "{obj["kind"]}" in version "{obj["apiVersion"]}"')
        namespace = invocation.namespace if resource.namespaced else None
        if resource.namespaced and "namespace" in invocation.flags.given:
            obj = {**obj, "metadata": {**obj["metadata"], "namespace": namespace}}
        if invocation.flags.flag("save-config"):
            obj = with_last_applied(obj)
        try:
            await send(invocation, form, resource, obj, namespace)
        except StatusError as error:
            what = _FAILED.get(obj["kind"], obj["kind"].lower()).format(type=(obj.get("spec") or {}).get("type"))
            if what in FAILED_TO_CREATE.at(invocation.release):
                raise fail(f"failed to create {what}: {error.message}") from None
            raise
        return 0

    return run


def _subcommand(
    words: str, usage: str, short: str, make: kinds.Maker, *flags: Flag, examples: Sequence[str] = ()
) -> Command:
    path = f"oc create {words}"
    return Command(path, f"{path} {usage}", short, "", examples, (*flags, *_COMMON), _runner(make))


def _group(words: str, short: str, *commands: Command) -> Command:
    return Command(
        f"oc create {words}",
        f"oc create {words} [flags]",
        short,
        subcommands={command.path.rsplit(" ", 1)[-1]: command for command in commands},
    )


_FROM_FILE = Flag(
    "from-file", "A file whose content becomes a key's value; KEY=FILE names the key; a directory gives all.", "array"
)
_FROM_LITERAL = Flag("from-literal", "A key and its value (mykey=somevalue).", "array")
_FROM_ENV = Flag("from-env-file", "A file of lines KEY=VALUE.")
_APPEND_HASH = Flag("append-hash", "Append a hash of the object to its name.", "bool", hidden=True)
_TYPE = Flag("type", "The type of secret to create")
_SOURCES = (_FROM_FILE, _FROM_LITERAL, _FROM_ENV, _APPEND_HASH)
_SUBJECT_FLAGS = (
    Flag("clusterrole", "ClusterRole that this binding refers to"),
    Flag("group", "Groups to bind to the role", "array"),
    Flag("serviceaccount", "Service accounts to bind to the role, in the format <namespace>:<name>", "array"),
    Flag("user", "Users to bind to the role", "array"),
)
_TCP = Flag("tcp", "Port pairs as <port>:<targetPort>.", "list")
_ROUTE_FLAGS = (
    Flag("hostname", "The host name of the route"),
    Flag("insecure-policy", "What to do with insecure traffic: Allow, Redirect or None"),
    Flag("path", "Path that the router watches"),
    Flag("port", "Name or number of the service's port"),
    Flag("service", "Name of the service"),
)
_IMAGE = Flag("image", "Image name to run.")

_SECRET = _group(
    "secret",
    "Create a secret using specified subcommand",
    _subcommand(
        "secret docker-registry",
        "NAME --docker-username=user --docker-password=password [flags]",
        "Create a secret for use with a registry",
        kinds.registry_secret,
        Flag("docker-email", "Email for the registry"),
        Flag("docker-password", "Password for the registry"),
        Flag("docker-server", "Server location of the registry", default="https://index.docker.io/v1/"),
        Flag("docker-username", "User name for the registry"),
        *_SOURCES,
    ),
    _subcommand(
        "secret generic",
        "NAME [--type=string] [--from-file=[key=]source] [--from-literal=k=v] [flags]",
        "Create a secret from a local file, directory or literal value",
        kinds.generic_secret,
        *_SOURCES,
        _TYPE,
    ),
    _subcommand(
        "secret tls",
        "NAME --cert=path/to/cert/file --key=path/to/key/file [flags]",
        "Create a TLS secret",
        kinds.tls_secret,
        Flag("cert", "Path to the certificate"),
        Flag("key", "Path to the private key"),
        _APPEND_HASH,
    ),
)
_SERVICE = _group(
    "service",
    "Create a service using specified subcommand.",
    *(
        _subcommand(
            f"service {word}",
            "NAME [--tcp=<port>:<targetPort>] [flags]",
            f"Create a {kind} service.",
            kinds.service(kind),
            _TCP,
            *([Flag("external-name", "External name of the service")] if kind == "ExternalName" else []),
        )
        for word, kind in (
            ("clusterip", "ClusterIP"),
            ("externalname", "ExternalName"),
            ("loadbalancer", "LoadBalancer"),
            ("nodeport", "NodePort"),
        )
    ),
)
_ROUTE = _group(
    "route",
    "Expose containers externally via secured routes",
    *(
        _subcommand(
            f"route {word}",
            "[NAME] --service=SERVICE [flags]",
            f"Create a route that uses {word} TLS termination",
            kinds.route(word),
            *_ROUTE_FLAGS,
        )
        for word in ("edge", "passthrough", "reencrypt")
    ),
)

_COMMANDS = (
    _subcommand(
        "clusterrolebinding",
        "NAME --clusterrole=NAME [--user=username] [--group=groupname] [flags]",
        "Create a ClusterRoleBinding for a particular ClusterRole",
        kinds.binding("ClusterRoleBinding"),
        *_SUBJECT_FLAGS,
    ),
    _subcommand(
        "configmap",
        "NAME [--from-file=[key=]source] [--from-literal=k=v] [flags]",
        "Create a configmap from a local file, directory or literal value",
        kinds.configmap,
        *_SOURCES,
        examples=(
            "# Create a config map from two literals",
            "oc create configmap colours --from-literal=sky=blue --from-literal=grass=green",
        ),
    ),
    _subcommand(
        "cronjob",
        "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
        "Create a cronjob with the specified name.",
        kinds.cronjob,
        _IMAGE,
        Flag("restart", "The restart policy of the job's pods."),
        Flag("schedule", "A schedule in the Cron format."),
    ),
    _subcommand(
        "deployment",
        "NAME --image=image [flags]",
        "Create a deployment with the specified name.",
        kinds.deployment,
        Flag("image", "Image name to run.", "array"),
        Flag("port", "The port that the first container offers.", "int", default=-1, since="4.6"),
        Flag("replicas", "Number of replicas to create. Default is 1.", "int", "r", default=1, since="4.6"),
    ),
    _subcommand(
        "imagestream",
        "NAME [flags]",
        "Create a new empty image stream.",
        kinds.imagestream,
        Flag("lookup-local", "If true, the stream's tags resolve in pods of the project.", "bool"),
    ),
    _subcommand(
        "job",
        "NAME [--image=image --from=cronjob/name] -- [COMMAND] [args...] [flags]",
        "Create a job with the specified name.",
        kinds.job,
        Flag("from", "The cronjob to create the job from."),
        _IMAGE,
    ),
    _subcommand("namespace", "NAME [flags]", "Create a namespace with the specified name", kinds.namespace),
    _subcommand(
        "quota",
        "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [flags]",
        "Create a quota with the specified name.",
        kinds.quota,
        Flag("hard", "Pairs of a resource and its limit."),
        Flag("scopes", "The scopes that the quota is for."),
    ),
    _subcommand(
        "rolebinding",
        "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [flags]",
        "Create a RoleBinding for a particular Role or ClusterRole",
        kinds.binding("RoleBinding"),
        Flag("role", "Role that this binding refers to"),
        *_SUBJECT_FLAGS,
    ),
    _ROUTE,
    _SECRET,
    _SERVICE,
    _subcommand(
        "serviceaccount", "NAME [flags]", "Create a service account with the specified name", kinds.serviceaccount
    ),
    TOKEN,
)
_SHORT: Final = {
    "cm": "configmap",
    "cj": "cronjob",
    "deploy": "deployment",
    "is": "imagestream",
    "ns": "namespace",
    "resourcequota": "quota",
    "sa": "serviceaccount",
    "svc": "service",
}

_BY_NAME: Final = {command.path.split(" ")[2]: command for command in _COMMANDS}
SUBCOMMANDS: Final[Mapping[str, Command]] = {**_BY_NAME, **{short: _BY_NAME[name] for short, name in _SHORT.items()}}
"""By the word after ``oc create``, short names included."""
