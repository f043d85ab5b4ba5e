"""The operator's own errors. Their texts stand in the Config's conditions."""

from __future__ import annotations

from simulator.errors import InternalError


class OperatorError(Exception):
    """A pass could not do its work; it is tried again with back-off."""


class PermanentError(OperatorError):
    """Trying again is of no use: no pass is made before something changes. ``reason`` becomes a condition's."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class StorageNotConfigured(OperatorError):
    """No storage is configured, and the platform has none to offer."""

    def __init__(self) -> None:
        super().__init__("storage backend not configured")


class MultipleStorages(OperatorError):
    """``names`` are the storages as the operator calls them, in its own order."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"exactly one storage type should be configured at the same time, got {len(names)}: [{' '.join(names)}]"
        )


class SyncFailed(InternalError):
    """What a pass ends with after it has written its status, so that the queue repeats it with back-off."""
