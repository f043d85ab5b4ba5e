"""The files of a kubeconfig: which there are, reading them, and writing what changed to where it came from.

Source: client-go, tools/clientcmd/config.go (ModifyConfig) and loader.go.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator.client.config import SECTIONS, Config, merge, parse
from simulator.errors import InputError

_LOCK_PATIENCE_S = 2.0
_LOCK_POLL_S = 0.02
_MISSING = object()


class ConfigFiles:
    """The file of ``--kubeconfig``, else those of $KUBECONFIG, else ~/.kube/config. A missing one is an empty one."""

    def __init__(self, explicit: str = "", environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        self.explicit = explicit
        named = [path for path in environment.get("KUBECONFIG", "").split(os.pathsep) if path]
        home = self._home = os.path.join(environment.get("HOME") or os.path.expanduser("~"), ".kube", "config")
        self.paths = [explicit] if explicit else list(dict.fromkeys(named)) or [home]

    @property
    def name(self) -> str:
        """Where new entries go: the first file that exists, else the last one."""
        return next((path for path in self.paths if os.path.exists(path)), self.paths[-1])

    @property
    def is_first(self) -> bool:
        return self.name == self._home and not os.path.exists(self._home)

    def load(self) -> Config:
        """All files in one; InputError for a file that cannot be read, or is no kubeconfig."""
        if self.explicit and not os.path.exists(self.explicit):
            raise InputError(f"stat {self.explicit}: no such file or directory")
        return merge(_read(path) for path in self.paths)

    def save(self, config: Config) -> None:
        """Write each stanza that differs to the file it came from, new ones to ``name``; InputError when it fails."""
        with contextlib.ExitStack() as locks:
            for path in sorted(self.paths):
                if path == self.name or os.path.exists(path):
                    locks.enter_context(_lock(path))
            before = merge(_read(path) for path in self.paths)
            changes: dict[str, dict[tuple[str, str], Any]] = {}
            for place, value in _differences(before, config):
                changes.setdefault(before.origins.get(place) or self._place_of(place, config), {})[place] = value
            for path, stanzas in changes.items():
                _write(path, _changed(_read(path), stanzas))

    def _place_of(self, place: tuple[str, str], config: Config) -> str:
        """A current context that is cleared is cleared where it is set."""
        if place == ("current-context", "") and not config.current:
            return next((path for path in self.paths if _read(path).current), self.name)
        return self.name


def _differences(before: Config, after: Config) -> Iterator[tuple[tuple[str, str], Any]]:
    """What became of each (section, name); _MISSING: it is gone. The current context stands as a section of its own."""
    if before.current != after.current:
        yield ("current-context", ""), after.current
    for section in SECTIONS:
        old, new = before.section(section), after.section(section)
        for name in {**old, **new}:
            if old.get(name, _MISSING) != new.get(name, _MISSING):
                yield (section, name), new.get(name, _MISSING)


def _changed(config: Config, stanzas: Mapping[tuple[str, str], Any]) -> Config:
    for (section, name), value in stanzas.items():
        if section == "current-context":
            config.current = value
        elif value is _MISSING:
            config.section(section).pop(name, None)
        else:
            config.section(section)[name] = value
    return config


def _read(path: str) -> Config:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f'error loading config file "{path}": {reason}') from error
    return parse(text, path)


def _write(path: str, config: Config) -> None:
    """All of the file or nothing: written beside it, then renamed. A new one is for its owner's eyes only."""
    import yaml

    text = yaml.safe_dump(config.to_object(), default_flow_style=False, allow_unicode=True, width=1 << 20)
    target = Path(path).resolve()  # a link stays one
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        if target.exists():
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror}", file=path) from error


@contextlib.contextmanager
def _lock(path: str) -> Iterator[None]:
    """Hold ``FILE.lock``, as every client of a kubeconfig does; one that stays is told with what to do."""
    lock = f"{path}.lock"
    end = time.monotonic() + _LOCK_PATIENCE_S
    while True:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL, 0))
            break
        except FileExistsError:
            if time.monotonic() > end:
                raise InputError("file exists; remove it if no other command is at work", file=lock) from None
            time.sleep(_LOCK_POLL_S)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", file=path) from error
    try:
        yield
    finally:
        os.unlink(lock)
