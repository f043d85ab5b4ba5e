"""``oc config``: look into the kubeconfig and change it. Source: kubectl, cmd/config."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.client.config import SECTIONS, Config, minify, redact
from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.configset import SETTERS
from simulator.oc.errors import CommandError, fail
from simulator.oc.flags import NO_HEADERS, OUTPUT, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import Format, output_format, print_document
from simulator.oc.printers.tabwriter import TABLE, TabWriter


async def view(invocation: Invocation) -> int:
    flags = invocation.flags
    if invocation.args:
        raise fail(
            f"unexpected arguments: [{' '.join(invocation.args)}]\nSee 'oc config view -h' for help and examples"
        )
    config = invocation.session.kubeconfig.load()
    if flags.flag("minify"):
        config = minify(config, flags.text("context"))
    if not flags.flag("raw") and not flags.flag("flatten"):
        config = redact(config)
    form = await output_format(invocation)
    await print_document(invocation, Format("yaml") if form.is_table else form, shown(config))
    return 0


def shown(config: Config) -> Object:
    """A kubeconfig with its keys in the order of its type, and null for a list that is empty."""
    obj = config.to_object()
    order = ("kind", "apiVersion", "preferences", "clusters", "users", "contexts", "current-context")
    rest = {key: value for key, value in obj.items() if key not in order}
    return {key: obj[key] if obj[key] != [] else None for key in order} | rest


async def get_contexts(invocation: Invocation) -> int:
    """Those that were asked for and are there; an error names the others."""
    form = invocation.flags.text("output")
    if form not in ("", "name"):
        raise fail(
            f"--output {form} is not available in kubectl config get-contexts; resetting to default output format"
        )
    config = invocation.session.kubeconfig.load()
    wanted = invocation.args or list(config.contexts)
    missing = [name for name in wanted if name not in config.contexts]
    names = sorted(name for name in wanted if name in config.contexts)
    if form:
        await invocation.out("".join(f"{name}\n" for name in names))
    else:
        await invocation.out(_table(config, names, headers=not invocation.flags.flag("no-headers")))
    if missing:
        texts = [f"context {name} not found" for name in missing]
        raise fail(texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]")
    return 0


def _table(config: Config, names: Sequence[str], *, headers: bool) -> str:
    writer = TabWriter(TABLE)
    if headers:
        writer.line("CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE")
    for name in names:
        context = config.contexts[name]
        cells = (str(context.get(key) or "") for key in ("cluster", "user", "namespace"))
        writer.line("*" if name == config.current else " ", name, *cells)
    return writer.text()


async def current_context(invocation: Invocation) -> int:
    name = invocation.session.kubeconfig.load().current
    if not name:
        raise fail("current-context is not set")
    await invocation.line(name)
    return 0


async def use_context(invocation: Invocation) -> int:
    name, session = one_argument(invocation), invocation.session
    config = session.kubeconfig.load()
    if name not in config.contexts:
        raise fail(f'no context exists with the name: "{name}"' if name else "empty context names are not allowed")
    config.current = name
    session.kubeconfig.save(config)
    session.follow(config)
    await invocation.line(f'Switched to context "{name}".')
    return 0


async def rename_context(invocation: Invocation) -> int:
    if len(invocation.args) != 2:
        raise unexpected(invocation)
    (old, new), place = invocation.args, invocation.session.kubeconfig
    config = place.load()
    if old not in config.contexts:
        raise fail(f'cannot rename the context "{old}", it\'s not in {place.name}')
    if new in config.contexts:
        raise fail(f'cannot rename the context "{old}", the context "{new}" already exists in {place.name}')
    config.contexts[new] = config.contexts.pop(old)
    if config.current == old:
        config.current = new
    place.save(config)
    invocation.session.follow(config)
    await invocation.line(f'Context "{old}" renamed to "{new}".')
    return 0


def one_argument(invocation: Invocation) -> str:
    if len(invocation.args) != 1:
        raise unexpected(invocation)
    return invocation.args[0]


def unexpected(invocation: Invocation) -> CommandError:
    path = invocation.command.path
    return CommandError(f"error: Unexpected args: [{' '.join(invocation.args)}]\nSee '{path} -h' for help and examples")


def _lister(section: str) -> Command:
    """``get-clusters`` and ``get-users``: names, one a line."""

    async def run(invocation: Invocation) -> int:
        names = sorted(invocation.session.kubeconfig.load().section(section))
        await invocation.out("".join(f"{name}\n" for name in ("NAME", *names)))
        return 0

    about = f"Display {section} defined in the kubeconfig"
    path = f"oc config get-{section}"
    return Command(path=path, usage=f"{path} [flags]", short=about, long=f"{about}.", run=run)


def _deleter(section: str) -> Command:
    """``delete-cluster``, ``delete-context``, ``delete-user``."""
    kind = SECTIONS[section]

    async def run(invocation: Invocation) -> int:
        name, place = one_argument(invocation), invocation.session.kubeconfig
        config = place.load()
        if name not in config.section(section):
            raise fail(f"cannot delete {kind} {name}, not in {place.name}")
        if section == "contexts" and config.current == name:
            await invocation.error(
                'warning: this removed your active context, use "kubectl config use-context" to select a different one'
            )
        del config.section(section)[name]
        place.save(config)
        await invocation.line(f"deleted {kind} {name} from {place.name}")
        return 0

    about = f"Delete the specified {kind} from the kubeconfig"
    path = f"oc config delete-{kind}"
    return Command(path=path, usage=f"{path} NAME", short=about, long=f"{about}.", run=run)


VIEW = Command(
    path="oc config view",
    usage="oc config view [flags]",
    short="Display merged kubeconfig settings or a specified kubeconfig file",
    long="Print the kubeconfig in use, without what is secret in it.",
    examples=("# Show the settings in use", "oc config view", "# Show them with all secrets", "oc config view --raw"),
    flags=(
        Flag("flatten", "If true, print certificates of files as data, for a kubeconfig of its own.", "bool"),
        Flag("merge", "Merge all kubeconfig files", "bool", default=True, hidden=True),
        Flag("minify", "If true, leave out what the current context does not use.", "bool"),
        OUTPUT,
        Flag("raw", "If true, print secrets and certificates too.", "bool"),
        TEMPLATE,
    ),
    run=view,
)
GET_CONTEXTS = Command(
    path="oc config get-contexts",
    usage="oc config get-contexts [(-o|--output=)name)]",
    short="Describe one or many contexts",
    long="List the contexts of the kubeconfig; the current one is marked.",
    examples=("# List all contexts", "oc config get-contexts"),
    flags=(NO_HEADERS, OUTPUT),
    run=get_contexts,
)
CURRENT_CONTEXT = Command(
    path="oc config current-context",
    usage="oc config current-context",
    short="Display the current-context",
    long="Display the current-context.",
    run=current_context,
)
USE_CONTEXT = Command(
    path="oc config use-context",
    usage="oc config use-context CONTEXT_NAME",
    short="Set the current-context in a kubeconfig file",
    long="Make a context the one that commands use.",
    examples=("# Use the context 'production'", "oc config use-context production"),
    run=use_context,
)
RENAME_CONTEXT = Command(
    path="oc config rename-context",
    usage="oc config rename-context CONTEXT_NAME NEW_NAME",
    short="Rename a context from the kubeconfig file",
    long="Give a context another name.",
    run=rename_context,
)

COMMAND = Command(
    path="oc config",
    usage="oc config SUBCOMMAND",
    short="Modify kubeconfig files",
    long="Look into the kubeconfig and change it.",
    subcommands={
        "current-context": CURRENT_CONTEXT,
        "delete-cluster": _deleter("clusters"),
        "delete-context": _deleter("contexts"),
        "delete-user": _deleter("users"),
        "get-clusters": _lister("clusters"),
        "get-contexts": GET_CONTEXTS,
        "get-users": _lister("users"),
        "rename-context": RENAME_CONTEXT,
        **SETTERS,
        "use-context": USE_CONTEXT,
        "view": VIEW,
    },
)
