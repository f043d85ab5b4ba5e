"""The registry's storage drivers, set up from what its container's environment and files say.

Source: distribution, registry/storage/driver/s3-aws and filesystem, with OpenShift's ``credentialsconfigpath``.
"""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from simulator.infra import images
from simulator.infra.filesystem import MountedFileSystem
from simulator.infra.s3 import S3, Credentials, S3Error
from simulator.infra.sharedcredentials import keys_in_file
from simulator.shell.errors import describe

if TYPE_CHECKING:
    from simulator.infra import Machines

_S3 = "REGISTRY_STORAGE_S3_"
_SERVER_ERROR = "received unexpected HTTP status: 500 Internal Server Error"
_NO_CREDENTIALS = (
    "s3aws: NoCredentialProviders: no valid providers in chain. Deprecated.\n\t"
    "For verbose messaging see aws.Config.CredentialsChainVerboseErrors"
)
_ANCHORS = ("/etc/pki/ca-trust/source/anchors", "/usr/share/pki/ca-trust-source/anchors")
"""What the container's start makes trusted, by update-ca-trust."""


class RegistryError(Exception):
    """A refusal as a client prints it; ``detail`` is what only the registry's log tells."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class Storage(Protocol):
    """A storage driver. Paths are relative: ``docker/registry/v2/…``. RegistryError when the storage fails."""

    def read(self, path: str) -> bytes | None: ...
    def size(self, path: str) -> int | None: ...
    def write(self, path: str, data: bytes, size: int) -> None: ...
    def names(self, path: str) -> list[str]:
        """What stands directly under a path; nothing if it is not there."""
        ...

    def check(self) -> None:
        """The health check: a look at the root."""
        ...


@dataclass(frozen=True)
class S3Storage:
    """The ``s3`` driver."""

    store: S3
    bucket: str
    credentials: Credentials

    def read(self, path: str) -> bytes | None:
        try:
            return self.store.get_object(self.bucket, path, self.credentials)
        except S3Error as error:
            self._missing(error)
            return None

    def size(self, path: str) -> int | None:
        try:
            return self.store.head_object(self.bucket, path, self.credentials)
        except S3Error as error:
            self._missing(error)
            return None

    def write(self, path: str, data: bytes, size: int) -> None:
        try:
            self.store.put_object(self.bucket, path, data, self.credentials, size=size)
        except S3Error as error:
            raise failure(f"s3aws: {error}") from None

    def names(self, path: str) -> list[str]:
        try:
            keys = self.store.list_objects(self.bucket, path + "/", self.credentials)
        except S3Error as error:
            raise failure(f"s3aws: {error}") from None
        return sorted({key[len(path) + 1 :].split("/")[0] for key, _ in keys})

    def check(self) -> None:
        self.names(images.ROOT)

    def _missing(self, error: S3Error) -> None:
        if error.code not in ("NoSuchKey", "NotFound"):
            raise failure(f"s3aws: {error}")


@dataclass(frozen=True)
class FileStorage:
    """The ``filesystem`` driver, as the user that the container runs as."""

    fs: MountedFileSystem
    root: str

    def read(self, path: str) -> bytes | None:
        try:
            return self.fs.read(self._full(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise failure(_go_error("open", self._full(path), error)) from None

    def size(self, path: str) -> int | None:
        try:
            return self.fs.stat(self._full(path)).size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise failure(_go_error("stat", self._full(path), error)) from None

    def write(self, path: str, data: bytes, size: int) -> None:
        full = self._full(path)
        self._make_dirs(posixpath.dirname(full))
        try:
            self.fs.store(full, data, size=size)
        except OSError as error:
            raise failure(_go_error("write" if error.errno != errno.EACCES else "open", full, error)) from None

    def names(self, path: str) -> list[str]:
        try:
            return self.fs.list(self._full(path))
        except OSError:
            return []

    def check(self) -> None:
        self.size("")

    def _make_dirs(self, path: str) -> None:
        missing = []
        while path != "/":
            try:
                self.fs.stat(path)
                break
            except FileNotFoundError:
                missing.append(path)
                path = posixpath.dirname(path)
            except OSError as error:
                raise failure(_go_error("mkdir", path, error)) from None
        for folder in reversed(missing):
            try:
                self.fs.make_dir(folder)
            except OSError as error:
                raise failure(_go_error("mkdir", folder, error)) from None

    def _full(self, path: str) -> str:
        return posixpath.join(self.root, path)


def s3_storage(
    machines: Machines, env: Mapping[str, str], files: Callable[[], MountedFileSystem], kept: str | None = None
) -> S3Storage:
    """The ``s3`` driver of a container; ``files`` gives its filesystem, ``kept`` is the file of keys that it has read.

    RegistryError without credentials.
    """
    get = {key.removeprefix(_S3): value for key, value in env.items()}.get
    endpoint = get("REGIONENDPOINT", "")
    store = machines.store_at(endpoint, get("FORCEPATHSTYLE") == "false", _trusted(files()) if endpoint else "")
    return S3Storage(store, get("BUCKET", ""), _credentials(env, files, kept))


def credentials_file(env: Mapping[str, str], files: Callable[[], MountedFileSystem]) -> str | None:
    """What the file of keys says that the environment names; None when it names none, or there is none.

    The SDK reads it once and goes on with that: the Secret may change below a registry that runs. Source: aws-sdk-go,
    credentials/shared_credentials_provider.go, whose values never expire.
    """
    path = env.get(f"{_S3}CREDENTIALSCONFIGPATH", "")
    if not path or env.get(f"{_S3}ACCESSKEY"):
        return None
    try:
        return files().read(path).decode()
    except (OSError, ValueError):
        return None


def _credentials(env: Mapping[str, str], files: Callable[[], MountedFileSystem], kept: str | None) -> Credentials:
    """The keys of the environment, or those of the ``default`` profile in the file that it names."""
    access, secret = (env.get(f"{_S3}{name}KEY", "") for name in ("ACCESS", "SECRET"))
    if access or not env.get(f"{_S3}CREDENTIALSCONFIGPATH"):
        return access, secret
    access, secret = keys_in_file(credentials_file(env, files) or "" if kept is None else kept)
    if not access:
        raise failure(_NO_CREDENTIALS)
    return access, secret


def _trusted(fs: MountedFileSystem) -> str:
    """The certificates under the anchors, all in one text."""
    return "\n".join(text for folder in _ANCHORS for text in _texts(fs, folder))


def _texts(fs: MountedFileSystem, folder: str) -> list[str]:
    try:
        paths = [posixpath.join(folder, name) for name in fs.list(folder)]
        return [fs.read(path).decode(errors="replace") for path in paths if fs.stat(path).kind == "file"]
    except OSError:
        return []


def failure(detail: str) -> RegistryError:
    return RegistryError(_SERVER_ERROR, detail)


def _go_error(operation: str, path: str, error: OSError) -> str:
    """``filesystem: mkdir /registry/docker: permission denied``: Go's texts are the C library's in lower case."""
    return f"filesystem: {operation} {path}: {describe(error).lower()}"
