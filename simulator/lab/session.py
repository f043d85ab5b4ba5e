"""How a command opens a prompt or an editor of its own, and what such a prompt looks like."""

from __future__ import annotations

import re
from typing import Final

PROMPT: Final = re.compile(
    r"(?P<prompt>(?:ba)?sh-\d+(?:\.\d+)+[$#]"  # a shell without a profile
    r"|\[[^\]\s@]+@[^\]]+\][$#]"  # [root@host directory]#
    r"|(?:/[\w./-]*|~) [$#])"  # busybox: the directory
    r"(?: (?P<text>.*))?"
)
CONTINUATION: Final = re.compile(r">(?: (?P<text>.*))?")  # PS2
_SESSION: Final = re.compile(r"\b(?:oc|kubectl)\b.*\b(?:rsh|exec|debug|attach|run)\b|^\s*(?:ba)?sh\s*$", re.MULTILINE)
_EDITOR: Final = re.compile(r"\b(?:oc|kubectl)\b.*\bedit\b")


def opens_session(script: str) -> bool:
    return _SESSION.search(script) is not None


def opens_editor(script: str) -> bool:
    return _EDITOR.search(script) is not None
