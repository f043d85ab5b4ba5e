"""What the C library says of an errno. Our own table, because the numbers and the texts differ between platforms."""

from __future__ import annotations

import errno
from typing import Final

MESSAGES: Final = {
    errno.EPERM: "Operation not permitted",
    errno.ENOENT: "No such file or directory",
    errno.EIO: "Input/output error",
    errno.EBADF: "Bad file descriptor",
    errno.EACCES: "Permission denied",
    errno.EBUSY: "Device or resource busy",
    errno.EEXIST: "File exists",
    errno.EXDEV: "Invalid cross-device link",
    errno.ENOTDIR: "Not a directory",
    errno.EISDIR: "Is a directory",
    errno.EINVAL: "Invalid argument",
    errno.EFBIG: "File too large",
    errno.ENOSPC: "No space left on device",
    errno.EROFS: "Read-only file system",
    errno.EPIPE: "Broken pipe",
    errno.ENAMETOOLONG: "File name too long",
    errno.ENOSYS: "Function not implemented",
    errno.ENOTEMPTY: "Directory not empty",
    errno.ELOOP: "Too many levels of symbolic links",
    errno.ESTALE: "Stale file handle",
    errno.EDQUOT: "Disk quota exceeded",
    errno.ETIMEDOUT: "Connection timed out",
    errno.ENOTSUP: "Operation not supported",
}


def describe(error: OSError) -> str:
    """``No such file or directory``; an errno that we do not know keeps the text it came with."""
    if error.errno in MESSAGES:
        return MESSAGES[error.errno]
    return error.strerror or str(error) or "Unknown error"


def os_error(number: int, path: str = "") -> OSError:
    """The OSError (FileNotFoundError and so on) of an errno."""
    return OSError(number, MESSAGES[number], path)
