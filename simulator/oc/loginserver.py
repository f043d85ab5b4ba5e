"""``oc login`` to a server: a token, credentials that are there, or a name and a password for the OAuth server.

What was reached is kept in the kubeconfig. Source: oc, pkg/cli/login (loginoptions.go); library-go, oauth/tokenrequest.
"""

from __future__ import annotations

import base64
import json
import posixpath
import re
from typing import Any, Final, Protocol, runtime_checkable
from urllib.parse import parse_qs, urlencode, urlsplit

from simulator.api.gvrs import PROJECTS, USERS
from simulator.changes.client import LOGIN_REFUSED
from simulator.client import Client
from simulator.client.config import Config, Overrides, choose, remember
from simulator.errors import Forbidden, InputError, NotFound, Object, StatusError, Unauthorized, Unreachable
from simulator.oc.containers import at_terminal
from simulator.oc.errors import Exit, fail
from simulator.oc.files import absolute
from simulator.oc.invocation import Invocation
from simulator.oc.login import NO_PROJECTS, overview
from simulator.oc.session import Connector

_DEFAULT_URL = "https://localhost:8443"
_CLIENT = "openshift-challenging-client"
_UNTRUSTED: Final = (
    "The server uses a certificate signed by unknown authority. You may need to use the --certificate-authority flag "
    "to provide the path to a certificate file for the certificate authority, or --insecure-skip-tls-verify to bypass "
    "the certificate check and use insecure connections."
)
_ANY_CERTIFICATE = (
    "You can bypass the certificate check, but any data you send to the server could be intercepted by others."
)
_BASIC = re.compile(r"""\s*basic(?:\s+realm\s*=\s*"?([^",]*)"?)?""", re.IGNORECASE)
_REDIRECTS = 10


@runtime_checkable
class Discreet(Protocol):
    """A terminal that can read a line without showing it."""

    async def read_secret(self, prompt: str) -> str: ...


async def login(invocation: Invocation, connector: Connector) -> int:
    """Log in, choose a project, and write both down."""
    _check(invocation)
    session = invocation.session
    config = session.kubeconfig.load()
    cluster = await _reach(invocation, connector, config)
    if cluster.get("insecure-skip-tls-verify"):
        await invocation.line("WARNING: Using insecure TLS client config. Setting this option is not supported!\n")
    client, name, credentials = await _authenticate(invocation, connector, config, cluster)
    project = await _project(invocation, client)
    is_first = session.kubeconfig.is_first
    cluster = _relative(invocation, cluster)
    session.kubeconfig.save(remember(config, namespace=project, user=name, cluster=cluster, credentials=credentials))
    if is_first:
        await invocation.line("Welcome! See 'oc help' to get started.")
    return 0


def _relative(invocation: Invocation, cluster: Object) -> Object:
    """A file is named as from the folder of the kubeconfig. Source: oc, helpers/kubeconfig/paths.go."""
    path = cluster.get("certificate-authority")
    if not path:
        return cluster
    folder = posixpath.dirname(absolute(invocation.process, invocation.session.kubeconfig.name))
    return {**cluster, "certificate-authority": posixpath.relpath(absolute(invocation.process, path), folder)}


def _check(invocation: Invocation) -> None:
    flags = invocation.flags
    if len(invocation.args) > 1:
        raise fail("Only the server URL may be specified as an argument")
    if flags.text("server") and invocation.args:
        raise fail("--server and passing the server URL as an argument are mutually exclusive")
    if flags.text("username") and flags.text("token"):
        raise fail("--token and --username are mutually exclusive")


# -- the server


async def _reach(invocation: Invocation, connector: Connector, config: Config) -> Object:
    """The cluster as the kubeconfig will hold it, after a first word with it."""
    flags = invocation.flags
    server = normal_url(await _server(invocation, config))
    cluster: Object = {"server": server}
    if flags.flag("insecure-skip-tls-verify"):
        cluster["insecure-skip-tls-verify"] = True
    elif flags.text("certificate-authority"):
        cluster["certificate-authority"] = absolute(invocation.process, flags.text("certificate-authority"))
    else:
        cluster |= _known_authority(invocation, config, server)
    try:
        _dial(connector, cluster)
    except Unreachable as error:
        cluster = await _accept(invocation, config, server, error)
        _dial(connector, cluster)
    return cluster


async def _server(invocation: Invocation, config: Config) -> str:
    """That of the command line, else of the current context, else what the person says."""
    named = "".join(invocation.args) or invocation.flags.text("server")
    context = config.contexts.get(config.current, {})
    named = named or str(config.clusters.get(str(context.get("cluster")), {}).get("server") or "")
    if named:
        return named
    if not at_terminal(invocation.process):
        raise fail("A server URL must be specified")
    terminal = invocation.process.terminal
    assert terminal is not None
    return await terminal.read_line(f"Server [{_DEFAULT_URL}]: ") or _DEFAULT_URL


def normal_url(text: str) -> str:
    """With its scheme and its port, as kubeconfigs hold it. Source: oc, helpers/kubeconfig (NormalizeServerURL)."""
    url = urlsplit(text if "://" in text else f"https://{text}")
    try:
        port = url.port or {"http": 80}.get(url.scheme, 443)
    except ValueError:
        wrong = url.netloc.rpartition(":")[2]
        raise fail(f"Not a valid port: {wrong}. Port numbers must be between 0 and 65535.") from None
    host = url.hostname or ""
    return f"{url.scheme}://{f'[{host}]' if ':' in host else host}:{port}{url.path.rstrip('/')}"


def _known_authority(invocation: Invocation, config: Config, server: str) -> Object:
    """That of a cluster of the kubeconfig with this server; a file by its full path."""
    for name, cluster in config.clusters.items():
        if cluster.get("server") != server:
            continue
        if path := cluster.get("certificate-authority"):
            folder = posixpath.dirname(absolute(invocation.process, config.origins.get(("clusters", name), "")))
            return {"certificate-authority": posixpath.join(folder, path)}
        if data := cluster.get("certificate-authority-data"):
            return {"certificate-authority-data": data}
    return {}


def _dial(connector: Connector, cluster: Object) -> None:
    client = connector.open(cluster, {})
    _, headers, _ = connector.fetch(client, f"{cluster['server']}/", {})
    if "text/html" in headers.get("content-type", ""):
        raise fail(
            "Seems you passed an HTML page (console?) instead of server URL.\nVerify provided address and try again."
        )


async def _accept(invocation: Invocation, config: Config, server: str, error: Unreachable) -> Object:
    """A connection without a check of the certificate, if the person wants it, or did so before."""
    if not error.untrusted:
        where = " - verify you have provided the correct host and port and that the server is currently running."
        raise fail(f"{error.problem}{where if error.problem.startswith('dial tcp') else ''}")
    insecure = {"server": server, "insecure-skip-tls-verify": True}
    if insecure in config.clusters.values():
        return insecure
    reason = error.problem.partition("x509: ")[2]
    text = (
        _UNTRUSTED if "unknown authority" in reason else f"The server is using an invalid certificate: x509: {reason}"
    )
    terminal = invocation.process.terminal
    if not at_terminal(invocation.process) or terminal is None:
        raise fail(text)
    if "unknown authority" in reason:
        text = "The server uses a certificate signed by an unknown authority."
    await invocation.line(f"{text}\n{_ANY_CERTIFICATE}")
    answer = (await terminal.read_line("Use insecure connections? (y/n): ")) or "n"
    await invocation.line()
    if answer.strip().lower() not in ("y", "yes", "t", "true", "1"):
        raise fail(_UNTRUSTED)
    return insecure


# -- the person


async def _authenticate(
    invocation: Invocation, connector: Connector, config: Config, cluster: Object
) -> tuple[Client, str, Object]:
    """The client, the name that the server knows, and the credentials to keep."""
    flags, server = invocation.flags, cluster["server"]
    if token := flags.text("token"):
        client = connector.open(cluster, {"token": token})
        try:
            name = _name(client)
        except Unauthorized:
            raise fail("The token provided is invalid or expired.\n\n") from None
        await invocation.line(f'Logged into "{server}" as "{name}" using the token provided.\n')
        return client, name, {"token": token}
    if flags.text("username") and not flags.text("password"):
        for credentials in _known_credentials(config, cluster):
            client = connector.open(cluster, credentials)
            if _name_or_none(client) == flags.text("username"):
                await invocation.line(
                    f'Logged into "{server}" as "{flags.text("username")}" using existing credentials.\n'
                )
                return client, flags.text("username"), credentials
    credentials = {"token": await _request_token(invocation, connector, cluster)}
    client = connector.open(cluster, credentials)
    name = _name(client)
    await invocation.line("Login successful.\n")
    return client, name, credentials


def _name(client: Client) -> str:
    return str(client.get(USERS, "~")["metadata"]["name"])


def _name_or_none(client: Client) -> str | None:
    try:
        return _name(client)
    except StatusError:
        return None


def _known_credentials(config: Config, cluster: Object) -> list[Object]:
    """Those of all contexts of this server."""
    found = []
    for name in sorted(config.contexts):
        try:
            choice = choose(config, Overrides(context=name))
        except InputError:
            continue
        if choice.server == cluster["server"]:
            found.append(choice.user)
    return found


# -- the OAuth server


async def _request_token(invocation: Invocation, connector: Connector, cluster: Object) -> str:
    """An access token for a name and a password, by the challenge that the OAuth server answers with."""
    client, server = connector.open(cluster, {}), cluster["server"]
    known = _metadata(connector, client, server)
    issuer = str(known.get("issuer") or "").rstrip("/")
    query = {"client_id": _CLIENT, "redirect_uri": f"{issuer}/oauth/token/implicit", "response_type": "token"}
    url = f"{known['authorization_endpoint']}?{urlencode(query)}"
    headers = {"X-CSRF-Token": "1"}
    for _ in range(_REDIRECTS):
        code, answer, text = connector.fetch(client, url, headers)
        if code == 401:
            if "Authorization" in headers or "www-authenticate" not in answer:
                raise await _refused(invocation, "" if "Authorization" in headers else text)
            headers["Authorization"] = await _challenge(invocation, answer["www-authenticate"], server, known)
        elif code == 302:
            url = answer.get("location", "")
            if token := _token_of(url):
                return token
        else:
            raise fail(f"Internal error occurred: unexpected response: {code}")
    raise fail(f"Internal error occurred: redirect loop: {url}")


def _metadata(connector: Connector, client: Client, server: str) -> Object:
    url = f"{server}/.well-known/oauth-authorization-server"
    code, _, text = connector.fetch(client, url, {})
    if code != 200:
        raise fail(f"couldn't get {url}: unexpected response status {code}")
    found: Any = json.loads(text)
    return dict(found)


def _token_of(location: str) -> str:
    """The token in a redirect, "" when there is none; CommandError for an OAuth error in it."""
    url = urlsplit(location)
    failure = parse_qs(url.query)
    if "error" in failure:
        description = "".join(failure.get("error_description") or ())
        raise fail(f"{failure['error'][0]} {description}".strip())
    return "".join(parse_qs(url.fragment).get("access_token") or ())


async def _challenge(invocation: Invocation, header: str, server: str, known: Object) -> str:
    """The Authorization header for a Basic challenge; the password is asked for if the command line has none."""
    found = _BASIC.match(header)
    if found is None:
        raise Unauthorized("unhandled challenge")
    name, password = invocation.flags.text("username"), invocation.flags.text("password")
    if not name:
        await invocation.line(f"You must obtain an API token by visiting {known.get('token_endpoint')}/request\n")
        await invocation.line(
            'Alternatively, use "oc login --web" to login via your browser. See "oc login --help" for more information.'
        )
        raise Exit(1)
    if ":" in name:
        raise fail(f"username {name} is invalid for basic auth")
    if not password:
        realm = f" ({found[1]})" if found[1] else ""
        await invocation.line(f"Console URL: {server}/console")
        await invocation.line(f"Authentication required for {server}{realm}\nUsername: {name}")
        password = await _password(invocation)
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


async def _password(invocation: Invocation) -> str:
    terminal = invocation.process.terminal
    if at_terminal(invocation.process) and isinstance(terminal, Discreet):
        return await terminal.read_secret("Password: ")
    await invocation.out("Password: ")
    line = await invocation.process.stdin.read_line()
    await invocation.line()
    return line.decode(errors="replace").rstrip("\r\n")


async def _refused(invocation: Invocation, details: str) -> Exit:
    await invocation.line(LOGIN_REFUSED.at(invocation.release))
    if details.strip():
        await invocation.line(details.strip())
    return Exit(1)


# -- the project


async def _project(invocation: Invocation, client: Client) -> str:
    """The project to begin in: the one of before if there is one, else default or the first."""
    try:
        found = client.list(PROJECTS)
    except (Forbidden, NotFound):  # as on plain Kubernetes
        await invocation.line(
            'Using "default" namespace.  You can switch namespaces with:\n\n oc project <projectname>'
        )
        return "default"
    names = sorted(str(project["metadata"]["name"]) for project in found)
    before = invocation.flags.text("namespace") or _namespace_of_before(invocation)
    if before not in names and before != "default" and _is_there(client, before):
        names = sorted([*names, before])
    if not names:
        await invocation.line(NO_PROJECTS)
        return ""
    project = before if before in names else "default" if "default" in names else names[0]
    await invocation.line(f'{overview(names, project)}\nUsing project "{project}".')
    return project


def _namespace_of_before(invocation: Invocation) -> str:
    config = invocation.session.kubeconfig.load()
    return str(config.contexts.get(config.current, {}).get("namespace") or "default")


def _is_there(client: Client, name: str) -> bool:
    try:
        return client.get_or_none(PROJECTS, name) is not None
    except StatusError:
        return False
