"""The tags of an image stream."""

from __future__ import annotations

from simulator import Cluster
from simulator.api.types import GVR
from simulator.oc.describe.imagestream import prioritized


def test_the_order_of_tags() -> None:
    assert prioritized(["dev", "3.9", "3.10", "latest", "v4.0"]) == ["latest", "v4.0", "3.10", "3.9", "dev"]


def test_tags_that_follow_others_stand_beside_them() -> None:
    cluster = Cluster.from_profile("ocp-4.2", seed=1)
    tags = [
        {"name": "latest", "from": {"kind": "ImageStreamTag", "name": "1.2"}},
        {"name": "1.2", "from": {"kind": "DockerImage", "name": "q.io/a/b:1.2"}},
    ]
    stream = {
        "apiVersion": "image.openshift.io/v1",
        "kind": "ImageStream",
        "metadata": {"name": "s", "namespace": "default"},
        "spec": {"tags": tags},
    }
    cluster.client().create(GVR("image.openshift.io", "v1", "imagestreams"), stream, "default")
    shown = cluster.sh("oc describe is s -n default").stdout
    assert "Unique Images:\t\t0\nTags:\t\t\t2\n\n1.2 (latest)\n  tagged from q.io/a/b:1.2\n\n" in shown
