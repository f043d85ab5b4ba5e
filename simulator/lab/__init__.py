"""Floor 5: the lab runner. One model for both forms of a lab, a matching engine, and a runner over a small port."""

from __future__ import annotations

from pathlib import Path, PurePath

from simulator.errors import InputError
from simulator.lab import asciidoc, markdown
from simulator.lab.model import Lab
from simulator.lab.progress import Host
from simulator.lab.report import show_problem, show_step, summary
from simulator.lab.result import LabResult, StepResult, Verdict
from simulator.lab.runner import run_lab
from simulator.lab.update import update_text

__all__ = [
    "Host",
    "Lab",
    "LabResult",
    "StepResult",
    "Verdict",
    "load",
    "parse",
    "run_lab",
    "show_problem",
    "show_step",
    "summary",
    "update_text",
]

_PARSERS = {".md": markdown.parse, ".markdown": markdown.parse, ".adoc": asciidoc.parse, ".asciidoc": asciidoc.parse}


def load(path: Path | str) -> Lab:
    """Read a lab from a file. Raises InputError, also when there is no such file or it is not text."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is not a text in UTF-8", file=str(path)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(path)) from None
    return parse(text, name=str(path))


def parse(text: str, *, name: str) -> Lab:
    """Read a lab from its text; the suffix of ``name`` tells the form."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in _PARSERS:
        raise InputError(f"a lab is a Markdown or an AsciiDoc file ({', '.join(_PARSERS)})", file=name)
    return _PARSERS[suffix](text, name)
