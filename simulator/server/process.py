"""The process itself: what /metrics tells of it (without /proc only processor time and start), and its garbage."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

_STARTED = time.time()
_SELF = Path("/proc/self")


def gauges() -> Mapping[str, float]:
    """The values by the names that Prometheus' clients give them."""
    known = {"process_cpu_seconds_total": time.process_time(), "process_start_time_seconds": _STARTED}
    try:
        return {**known, **dict(_of_proc())}
    except OSError:
        return known


def _of_proc() -> Iterator[tuple[str, float]]:
    import resource  # Unix only, as /proc

    virtual, resident = (_SELF / "statm").read_text().split()[:2]
    page = os.sysconf("SC_PAGE_SIZE")
    yield "process_virtual_memory_bytes", int(virtual) * page
    yield "process_resident_memory_bytes", int(resident) * page
    yield "process_open_fds", len(os.listdir(_SELF / "fd"))
    yield "process_max_fds", resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def collect_seldom() -> None:
    """Look for garbage seldom: what a cluster holds comes to stay, and looking through it takes longer each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)
