"""The cluster of the Python API."""

from __future__ import annotations

from simulator import Cluster


def test_a_script_that_would_wait_for_ever_ends_and_says_so() -> None:
    """What it printed is not lost, and nothing is raised."""
    cluster = Cluster.from_profile("ocp-4.2", seed=1)
    for script in ("oc get sc -w", "oc logs -f deployment/image-registry -n openshift-image-registry"):
        result = cluster.sh(script)
        assert result.status == 1
        assert result.stdout
        assert result.stderr.endswith("error: every task waits, and nothing is left that could wake one\n")
    assert cluster.sh("echo still here").stdout == "still here\n"


def test_a_job_that_a_script_leaves_behind_is_dropped_in_silence() -> None:
    assert Cluster.from_profile("ocp-4.2", seed=1).sh("oc get sc -w > /dev/null & echo done").stdout == "done\n"
