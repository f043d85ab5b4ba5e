"""How a command ends badly, and the text that it prints. Source: kubectl, cmd/util/helpers.go (checkErr)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from simulator.api.types import GVR
from simulator.errors import (
    BadRequest,
    InputError,
    Invalid,
    NotFound,
    StatusError,
    Unauthorized,
    Unreachable,
    from_status,
)


class CommandError(Exception):
    """Ends the command. ``text`` is printed on stderr as it stands, with a newline; ``status`` is the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.text, self.status = text, status


class UsageError(Exception):
    """A command line that the parser refuses. How it is told depends on the release, see ``help.wrong_usage``."""


class FlagError(UsageError):
    """A flag that is unknown, or whose value will not do."""


class Exit(Exception):
    """Ends the command silently with this exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def fail(message: str, status: int = 1) -> CommandError:
    """``error: message``."""
    return CommandError(f"error: {message}", status)


def misuse(path: str, message: str) -> CommandError:
    """``error: message`` and where help is; ``path`` is the command as typed (``oc get``)."""
    return CommandError(f"error: {message}\nSee '{path} -h' for help and examples")


def describe(error: StatusError, action: str = "") -> str:
    """What ``oc`` prints for an error of the server, without the last newline.

    ``action`` says what was tried (``error when creating "pvc.json"``); an Invalid error does not show it.
    """
    if isinstance(error, Invalid):
        return _invalid(error)
    if isinstance(error, Unreachable):
        return error.message
    if isinstance(error, Unauthorized):
        return f"error: You must be logged in to the server ({error.message or 'Unauthorized'})"
    message = f"{action}: {error.message}" if action else error.message
    return f"Error from server ({error.reason}): {message}" if error.reason else f"Error from server: {message}"


@contextmanager
def listing(resource: GVR, labels: str, fields: str) -> Iterator[None]:
    """Errors of a list say what was looked for. Source: cli-runtime, pkg/resource/selector.go."""
    try:
        yield
    except (BadRequest, NotFound) as error:
        title = f'"{resource.group}/{resource.version}, Resource={resource.resource}"'
        what = f"Unable to list {title}"
        if labels or fields:
            what = f'Unable to find {title} that match label selector "{labels}", field selector "{fields}"'
        raise from_status({**error.to_status(), "message": f"{what}: {error.message}"}) from None


def _invalid(error: Invalid) -> str:
    subject = f'The {error.kind} "{error.name}" is invalid' if error.kind or error.name else "The request is invalid"
    if not error.causes:
        return subject if error.kind or error.name or not error.message else f"{subject}: {error.message}"
    causes = list(dict.fromkeys(cause_text(cause) for cause in error.causes))
    if len(causes) == 1:
        return f"{subject}: {causes[0]}"
    return "\n".join([f"{subject}: ", *(f"* {cause}" for cause in causes)])


def cause_text(cause: dict[str, str]) -> str:
    """``spec.replicas: Invalid value: …``."""
    field, message = cause.get("field", ""), cause.get("message", "")
    return f"{field}: {message}" if field else message


class SourcedError(Exception):
    """A StatusError together with what was being done, as ``error when creating "f"``."""

    def __init__(self, error: StatusError, action: str) -> None:
        super().__init__(str(error))
        self.error, self.action = error, action


CommandFailure = CommandError | StatusError | SourcedError


def text_of(error: CommandFailure) -> str:
    """The text of any failure of a command, without its last newline."""
    if isinstance(error, CommandError):
        return error.text
    if isinstance(error, SourcedError):
        return describe(error.error, error.action)
    return describe(error)


def text_of_input(error: InputError) -> str:
    """What is told of a file of the person's. A text that says itself that it is an error stays as it is."""
    text = str(error)
    return text if text.lower().startswith("error") and not text.startswith("error loading") else f"error: {text}"


def all_of(errors: Sequence[CommandFailure]) -> CommandError:
    """One error that prints each of these on its own line (a text that came twice is printed once)."""
    return CommandError("\n".join(unique(text_of(error) for error in errors)))


def unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
