"""kr8s and lightkube, as they are."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.server.service import Service

kr8s = pytest.importorskip("kr8s")
lightkube = pytest.importorskip("lightkube")
from lightkube.models.meta_v1 import ObjectMeta  # noqa: E402
from lightkube.resources.core_v1 import ConfigMap, Pod  # noqa: E402

# These clients leave connections open.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@pytest.fixture
def api(service: Service) -> Any:
    return kr8s.api(kubeconfig=str(service.folder / "kubeconfig"))


def test_kr8s_lists_and_scales(api: Any) -> None:
    assert api.version()["gitVersion"] == "v1.33.5"
    (deployment,) = api.get("deployments", "image-registry", namespace="openshift-image-registry")
    assert deployment.replicas == 2
    pods = list(api.get("pods", namespace="openshift-image-registry", label_selector={"docker-registry": "default"}))
    assert [pod.ready() for pod in pods] == [True, True]


def test_kr8s_knows_kinds_that_it_was_not_made_for(api: Any) -> None:
    (config,) = api.get("configs.imageregistry.operator.openshift.io", "cluster")
    assert config.spec.storage.s3.region


def test_lightkube(service: Service) -> None:
    config = lightkube.KubeConfig.from_file(str(service.folder / "kubeconfig"))
    client = lightkube.Client(config)
    assert len(list(client.list(Pod, namespace="*", chunk_size=100))) > 200
    made = client.create(ConfigMap(metadata=ObjectMeta(name="light", namespace="default"), data={"a": "b"}))
    assert made.metadata is not None
    assert made.metadata.uid
    names = (one.metadata.name for _, one in client.watch(ConfigMap, namespace="default") if one.metadata)
    assert "light" in names
    client.delete(ConfigMap, "light", namespace="default")
