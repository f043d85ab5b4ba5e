"""``podman`` as a program: login, pull, push, tag, images, rmi, inspect. Its images lie in the user's home."""

from __future__ import annotations

import base64
import json
import posixpath
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.infra import images
from simulator.infra.images import Blob, Image
from simulator.infra.programs import image_kind
from simulator.infra.registry import INTERNAL_HOST, RegistryError, split_name
from simulator.shell.process import Process, Program

if TYPE_CHECKING:
    from simulator.infra import Machines

_STORE = ".local/share/containers/storage/images.json"
_AUTH = ".config/containers/auth.json"
_USAGE_STATUS = 125
_HELP = """\
manage container images

Usage:
  podman [command]

Available Commands:
  images      List images in local storage
  inspect     Display the configuration of an image
  login       Login to a container registry
  pull        Pull an image from a registry
  push        Push an image to a specified destination
  rmi         Removes one or more images from local storage
  tag         Add an additional name to a local image
"""


class PodmanError(Exception):
    """Printed after ``Error: ``; the exit status is 125."""


def podman(machines: Machines, *, outside: bool = False) -> Program:
    """The program, bound to the registries that it can reach: ``outside`` the cluster not by the service's name."""

    async def program(process: Process) -> int:
        words = process.args[1:]
        command = words[0] if words else ""
        if {"-h", "--help"} & {*words} or command == "help":
            await process.stdout.write(_HELP)
            return 0
        run = _COMMANDS.get(command)
        if run is None:
            text = f"unrecognized command `podman {command}`" if command else "missing command 'podman COMMAND'"
            await process.stderr.write(f"Error: {text}\nTry 'podman --help' for more information.\n")
            return _USAGE_STATUS
        try:
            await run(_Podman(machines, process, outside), words[1:])
        except (PodmanError, RegistryError) as error:
            await process.stderr.write(f"Error: {error}\n")
            return _USAGE_STATUS
        return 0

    return program


@dataclass
class _Podman:
    machines: Machines
    process: Process
    outside: bool

    # -- commands

    async def login(self, words: list[str]) -> None:
        options, rest = _options(words, ("-u", "--username", "-p", "--password"))
        host = rest[0] if rest else "docker.io"
        user, password = options.get("u", options.get("username", "")), options.get("p", options.get("password", ""))
        if not user or not password:
            raise PodmanError("error reading username and password: both are needed (-u, -p)")
        try:
            self._check_name(host)
        except RegistryError as error:
            raise PodmanError(f'error authenticating creds for "{host}": {error}') from None
        auth = self._load(_AUTH, {"auths": {}})
        auth["auths"][host] = {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}
        self._save(_AUTH, auth)
        await self._print("Login Succeeded!")

    async def pull(self, words: list[str]) -> None:
        _, rest = _options(words, ())
        name = _full(_one(rest, "pull"))
        await self._complain(f"Trying to pull {name}...")
        host, repository, reference = split_name(name)
        try:
            image = self._fetch(name, host, repository, reference)
        except RegistryError as error:
            raise PodmanError(
                f'error pulling image "{name}": unable to pull {name}: unable to pull image: Error initializing '
                f"source docker://{name}: Error reading manifest {reference} in {host}/{repository}: {error}"
            ) from None
        for layer in image.layers:
            await self._complain(f"Copying blob {layer.digest[7:19]} done")
        await self._complain(f"Copying config {image.config.digest[7:17]} done")
        await self._complain("Writing manifest to image destination")
        self._keep(name, image)
        await self._print(image.config.digest[7:])

    async def push(self, words: list[str]) -> None:
        _, rest = _options(words, ())
        source = _full(_one(rest[:1], "push"))
        target = _full(rest[1].removeprefix("docker://")) if len(rest) > 1 else source
        image = self._local(source)
        host, repository, tag = split_name(target)
        await self._complain("Getting image source signatures")
        try:
            self._check_login(host)
            if not self.machines.registry.serves(host):
                raise RegistryError("denied: requested access to the resource is denied")
            self.machines.registry.push(repository, tag, image)
        except RegistryError as error:
            blob = f"{image.layers[0].digest}" if image.layers else image.config.digest
            raise PodmanError(
                f"Error copying image to the remote destination: Error writing blob: Error initiating layer upload to "
                f"/v2/{repository}/blobs/uploads/ in {host}: {error}"
                if "500" in str(error)
                else f"Error copying image to the remote destination: Error trying to reuse blob {blob} at "
                f"destination: {error}"
            ) from None
        for layer in image.layers:
            await self._complain(f"Copying blob {layer.digest[7:19]} done")
        await self._complain(f"Copying config {image.config.digest[7:17]} done")
        await self._complain("Writing manifest to image destination")
        await self._complain("Storing signatures")

    async def tag(self, words: list[str]) -> None:
        _, rest = _options(words, ())
        if len(rest) < 2:
            raise PodmanError("`podman tag` requires at least 2 arg(s), only received " + str(len(rest)))
        for name in rest[1:]:
            self._keep(_full(name), self._local(_full(rest[0])))

    async def images(self, words: list[str]) -> None:
        rows = [("REPOSITORY", "TAG", "IMAGE ID", "SIZE")]
        for name, entry in sorted(self._load(_STORE, {}).items()):
            repository, _, tag = name.rpartition(":")
            rows.append((repository, tag, entry["config"]["digest"][7:19], _size(_image(entry).size)))
        widths = [max(len(row[column]) for row in rows) + 3 for column in range(4)]
        for row in rows:
            await self._print("".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())

    async def rmi(self, words: list[str]) -> None:
        _, rest = _options(words, ())
        store = self._load(_STORE, {})
        for name in rest:
            self._local(_full(name))
            del store[_full(name)]
            await self._print(f"Untagged: {_full(name)}")
        self._save(_STORE, store)

    async def inspect(self, words: list[str]) -> None:
        _, rest = _options(words, ())
        name = _full(_one(rest, "inspect"))
        image = self._local(name)
        shown = {"Id": image.config.digest[7:], "Digest": image.digest, "RepoTags": [name], "Size": image.size}
        await self._print(json.dumps([shown], indent=4))

    async def build(self, words: list[str]) -> None:
        raise PodmanError("this workstation cannot build images; pull one, tag it and push it")

    # -- registries

    def _fetch(self, name: str, host: str, repository: str, reference: str) -> Image:
        if self.machines.registry.serves(host):
            self._check_login(host)
            return self.machines.registry.pull(repository, reference)
        row = image_kind(name)
        if row is None:
            raise RegistryError("manifest unknown: manifest unknown")
        return images.build({"layers": [{"text": name, "size": row["size"]}]})

    def _check_name(self, host: str) -> None:
        """The names of services mean something within the cluster only."""
        if self.outside and host == INTERNAL_HOST:
            name = host.partition(":")[0]
            raise RegistryError(
                f"pinging docker registry returned: Get https://{host}/v2/: dial tcp: lookup {name}: no such host"
            )

    def _check_login(self, host: str) -> None:
        self._check_name(host)
        if host not in self._load(_AUTH, {"auths": {}})["auths"]:
            raise RegistryError("unauthorized: authentication required")

    # -- local images

    def _local(self, name: str) -> Image:
        entry = self._load(_STORE, {}).get(name)
        if entry is None:
            raise PodmanError(f"unable to find '{name}' in local storage: no such image")
        return _image(entry)

    def _keep(self, name: str, image: Image) -> None:
        blobs = {"manifest": image.manifest, "config": image.config}
        entry: dict[str, Any] = {key: _entry(blob) for key, blob in blobs.items()}
        entry["layers"] = [_entry(blob) for blob in image.layers]
        self._save(_STORE, {**self._load(_STORE, {}), name: entry})

    def _load(self, path: str, default: Any) -> Any:
        try:
            return json.loads(self.process.fs.read(self._home(path)))
        except OSError:
            return default

    def _save(self, path: str, value: Any) -> None:
        full = self._home(path)
        folder = ""
        try:
            for part in posixpath.dirname(full).strip("/").split("/"):
                folder += "/" + part
                if not self._exists(folder):
                    self.process.fs.make_dir(folder)
            self.process.fs.write(full, json.dumps(value).encode())
        except OSError as error:
            raise PodmanError(f"mkdir {folder}: {error.strerror}") from None

    def _exists(self, path: str) -> bool:
        try:
            self.process.fs.stat(path)
        except OSError:
            return False
        return True

    def _home(self, path: str) -> str:
        home = self.process.env.get("HOME", "/")
        return posixpath.join("/tmp" if home == "/" else home, path)

    async def _print(self, text: str) -> None:
        await self.process.stdout.write(text + "\n")

    async def _complain(self, text: str) -> None:
        await self.process.stderr.write(text + "\n")


_COMMANDS: dict[str, Callable[[_Podman, list[str]], Awaitable[None]]] = {
    "build": _Podman.build,
    "images": _Podman.images,
    "inspect": _Podman.inspect,
    "login": _Podman.login,
    "pull": _Podman.pull,
    "push": _Podman.push,
    "rmi": _Podman.rmi,
    "tag": _Podman.tag,
}


def _options(words: list[str], valued: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
    """({flag: value}, the other words). Flags without a value, such as --tls-verify=false, are let through."""
    found: dict[str, str] = {}
    rest: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        name, equals, value = word.partition("=")
        if name in valued:
            found[name.lstrip("-")] = value if equals else (queue.pop(0) if queue else "")
        elif not word.startswith("-"):
            rest.append(word)
    return found, rest


def _one(words: list[str], command: str) -> str:
    if len(words) != 1:
        raise PodmanError(f"`podman {command}` requires an image name")
    return words[0]


def _full(name: str) -> str:
    name = name.removeprefix("docker://")
    first = name.partition("/")[0]
    if "/" not in name:
        name = f"docker.io/library/{name}"
    elif "." not in first and ":" not in first and first != "localhost":
        name = f"docker.io/{name}"
    return name if ":" in name.rpartition("/")[2] or "@" in name else name + ":latest"


def _entry(blob: Blob) -> dict[str, Any]:
    return {"digest": blob.digest, "size": blob.size, "data": base64.b64encode(blob.data).decode()}


def _image(entry: dict[str, Any]) -> Image:
    def blob(raw: dict[str, Any]) -> Blob:
        return Blob(raw["digest"], base64.b64decode(raw["data"]), raw["size"])

    return Image(blob(entry["manifest"]), blob(entry["config"]), tuple(blob(raw) for raw in entry["layers"]))


def _size(count: int) -> str:
    """As go-units prints it: 75 MB, 1.2 GB."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):  # noqa: B007 - the last one is used below
        if value < 1000:
            break
        value /= 1000
    return f"{value:.3g} {unit}"
