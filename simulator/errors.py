"""The one error taxonomy: a class for each Kubernetes ``Status`` reason.

Callers match the class (or its reason), never the text. ``InputError`` is for files that people write
(profiles, labs, scenarios, plans): it names the file, the line or the field, and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

Object = dict[str, Any]


class StatusError(Exception):
    """An error of the API, as ``Status`` carries it. Source: apimachinery, api/errors/errors.go."""

    reason: ClassVar[str] = ""
    code: ClassVar[int] = 500

    def __init__(
        self,
        message: str,
        *,
        group: str = "",
        kind: str = "",
        name: str = "",
        uid: str = "",
        causes: Sequence[Mapping[str, str]] = (),
        retry_after_s: int | None = None,
        continue_: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.group = group
        self.kind = kind
        self.name = name
        self.uid = uid
        self.causes = [dict(cause) for cause in causes]
        self.retry_after_s = retry_after_s
        self.continue_ = continue_

    def to_status(self) -> Object:
        """Return the ``Status`` object of this error."""
        details: Object = {}
        for key, value in (("name", self.name), ("group", self.group), ("kind", self.kind), ("uid", self.uid)):
            if value:
                details[key] = value
        if self.causes:
            details["causes"] = self.causes
        if self.retry_after_s is not None:
            details["retryAfterSeconds"] = self.retry_after_s
        status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.continue_} if self.continue_ else {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": details,
            "code": self.code,
        }
        return {key: value for key, value in status.items() if key == "metadata" or value not in ("", {})}


class BadRequest(StatusError):
    reason, code = "BadRequest", 400


class Unauthorized(StatusError):
    reason, code = "Unauthorized", 401


class Forbidden(StatusError):
    reason, code = "Forbidden", 403


class NotFound(StatusError):
    reason, code = "NotFound", 404


class MethodNotAllowed(StatusError):
    reason, code = "MethodNotAllowed", 405


class NotAcceptable(StatusError):
    reason, code = "NotAcceptable", 406


class AlreadyExists(StatusError):
    reason, code = "AlreadyExists", 409


class Conflict(StatusError):
    reason, code = "Conflict", 409


class Gone(StatusError):
    reason, code = "Gone", 410


class Expired(StatusError):
    reason, code = "Expired", 410


class RequestEntityTooLarge(StatusError):
    reason, code = "RequestEntityTooLarge", 413


class UnsupportedMediaType(StatusError):
    reason, code = "UnsupportedMediaType", 415


class Invalid(StatusError):
    reason, code = "Invalid", 422


class TooManyRequests(StatusError):
    reason, code = "TooManyRequests", 429


class InternalError(StatusError):
    reason, code = "InternalError", 500


class ServerTimeout(StatusError):
    reason, code = "ServerTimeout", 500


class ServiceUnavailable(StatusError):
    reason, code = "ServiceUnavailable", 503


class Timeout(StatusError):
    reason, code = "Timeout", 504


def _subclasses() -> dict[str, type[StatusError]]:
    return {cls.reason: cls for cls in StatusError.__subclasses__()}


def from_status(status: Mapping[str, Any]) -> StatusError:
    """Return the error of a ``Status`` object describes: InternalError without a known reason, StatusError of none."""
    details = status.get("details") or {}
    reason = status.get("reason", "")
    cls = _subclasses().get(reason, InternalError) if reason else StatusError
    return cls(
        status.get("message", ""),
        group=details.get("group", ""),
        kind=details.get("kind", ""),
        name=details.get("name", ""),
        uid=details.get("uid", ""),
        causes=details.get("causes", ()),
        retry_after_s=details.get("retryAfterSeconds"),
        continue_=(status.get("metadata") or {}).get("continue", ""),
    )


def not_found(resource: str, name: str, group: str = "") -> NotFound:
    """``pods "x" not found``; ``resource`` is the plural, with the group it prints as ``deployments.apps``."""
    qualified = f"{resource}.{group}" if group else resource
    return NotFound(f'{qualified} "{name}" not found', group=group, kind=resource, name=name)


class InputError(Exception):
    """A file that a person wrote is wrong. Prints as ``FILE:LINE: FIELD: MESSAGE``, as far as they are known."""

    def __init__(self, message: str, *, file: str = "", line: int | None = None, field: str = "") -> None:
        self.message, self.file, self.line, self.field = message, file, line, field
        place = f"{file}:{line}" if line is not None else file
        super().__init__(": ".join(part for part in (place, field, message) if part))


class Unreachable(ServiceUnavailable):
    """No answer came at all. ``message`` is all that there is to say; ``problem`` names what was wrong on the way.

    ``untrusted``: the server showed a certificate that will not do.
    """

    def __init__(self, message: str, problem: str = "", *, untrusted: bool = False) -> None:
        super().__init__(message)
        self.problem, self.untrusted = problem or message, untrusted
