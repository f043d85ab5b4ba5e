"""What an HTTP answer says beside its code."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import urllib3


def retry_after_s(answer: urllib3.BaseHTTPResponse) -> float | None:
    """How long a server that is overloaded wants to be left alone; None: it does not say so."""
    wanted = answer.headers.get("Retry-After", "")
    if (answer.status == 429 or answer.status >= 500) and wanted.isdecimal():
        return float(wanted)
    return None


def body_of(data: bytes, content_type: str) -> Any:
    if "json" in content_type:
        with contextlib.suppress(ValueError):
            return json.loads(data)
    return data.decode(errors="replace")


def is_page(answer: urllib3.BaseHTTPResponse) -> bool:
    """Whether somebody else answered: a proxy that wants a login, a web console."""
    return "text/html" in answer.headers.get("Content-Type", "")


def warnings_of(answer: urllib3.BaseHTTPResponse) -> tuple[str, ...]:
    """The texts of ``Warning: 299 - "text"``. Source: apimachinery, util/net/http.go (ParseWarningHeaders)."""
    found = (_warning(value) for value in answer.headers.getlist("Warning"))
    return tuple(text for value in found for text in value)


def _warning(value: str) -> list[str]:
    texts: list[str] = []
    while value.startswith("299 "):
        _, quote_mark, rest = value.partition('"')
        if not quote_mark:
            break
        text, at = "", 0
        while at < len(rest) and rest[at] != '"':
            at += rest[at] == "\\"
            text += rest[at : at + 1]
            at += 1
        texts.append(text)
        value = rest[at + 1 :].partition(",")[2].lstrip()
    return texts
