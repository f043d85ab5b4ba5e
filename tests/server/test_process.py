"""What /metrics tells of the process."""

from __future__ import annotations

from simulator.api.metrics import Metrics
from simulator.release import OLDEST
from simulator.server.process import gauges


def test_the_process_is_measured() -> None:
    found = gauges()
    assert found["process_cpu_seconds_total"] > 0
    if "process_resident_memory_bytes" in found:
        assert found["process_virtual_memory_bytes"] > found["process_resident_memory_bytes"] > 10_000_000
        assert 3 <= found["process_open_fds"] <= found["process_max_fds"]
    metrics = Metrics()
    metrics.gauges = gauges
    told = metrics.text(OLDEST)
    assert "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total " in told
