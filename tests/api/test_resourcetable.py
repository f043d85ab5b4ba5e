"""The resource table: what is generated from the YAML files, and what each release serves."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest

from simulator.api import resourcetable
from simulator.api.gvrs import (
    CRONJOBS,
    CSIDRIVERS,
    CUSTOMRESOURCEDEFINITIONS,
    ENDPOINTSLICES,
    HOSTSUBNETS,
    IMAGEPRUNERS,
    PODDISRUPTIONBUDGETS,
    PODS,
)
from simulator.api.resourcetable import ResourceTable, builtin_table
from simulator.api.types import GVR
from simulator.release import Release


def test_the_generated_table_is_current() -> None:
    """``make update`` writes it anew."""
    assert (files("simulator.api") / resourcetable.GENERATED).read_text() == resourcetable.generated()


def table_of(version: str) -> ResourceTable:
    return builtin_table(Release(version, "v1", ()))


@pytest.mark.parametrize("minor", range(2, 21))
def test_every_release_serves_a_version_once_and_stores_what_it_shows(minor: int) -> None:
    table = table_of(f"4.{minor}.0")
    assert [gvr for gvr, count in Counter(row.gvr for row in table.rows).items() if count > 1] == []
    assert [row.gvr for row in table.rows if table.by_key(row.key) is None] == []


@pytest.mark.parametrize(
    ("resource", "in_4_2", "in_4_20"),
    [
        (CRONJOBS, "v1beta1", "v1"),
        (CSIDRIVERS, "v1beta1", "v1"),
        (CUSTOMRESOURCEDEFINITIONS, "v1beta1", "v1"),
        (ENDPOINTSLICES, None, "v1"),
        (HOSTSUBNETS, "v1", None),
        (IMAGEPRUNERS, None, "v1"),
        (PODDISRUPTIONBUDGETS, "v1beta1", "v1"),
        (PODS, "v1", "v1"),
        (GVR("policy", "v1beta1", "podsecuritypolicies"), "v1beta1", None),
        (GVR("autoscaling", "v2", "horizontalpodautoscalers"), "v1", "v2"),
        (GVR("networking.k8s.io", "v1", "ingresses"), "v1beta1", "v1"),
        (GVR("authentication.k8s.io", "v1", "selfsubjectreviews"), None, "v1"),
        (GVR("storage.k8s.io", "v1beta1", "volumeattributesclasses"), None, None),  # a tech preview in 4.20
        (GVR("machine.openshift.io", "v1beta1", "machinehealthchecks"), None, "v1beta1"),
        (GVR("odf.openshift.io", "v1alpha1", "storagesystems"), None, None),  # ODF 4.9 to 4.19
        (GVR("csi.ceph.io", "v1", "drivers"), None, "v1"),
    ],
)
def test_a_resource_is_served_in_the_version_of_the_release(
    resource: GVR, in_4_2: str | None, in_4_20: str | None
) -> None:
    for version, expected in (("4.2.0", in_4_2), ("4.20.1", in_4_20)):
        served = table_of(version).served(resource)
        assert (served and served.version) == expected
        assert served is None or served.qualified == resource.qualified


def test_a_version_that_is_served_beside_the_preferred_one_is_itself() -> None:
    """Source: Kubernetes 1.21 to 1.24 serve cron jobs in both versions."""
    table, old = table_of("4.9.0"), GVR("batch", "v1beta1", "cronjobs")
    assert (table.served(old), table.served(CRONJOBS)) == (old, CRONJOBS)


def test_a_plain_deploy_means_what_it_meant_in_its_time() -> None:
    """``extensions`` outranked ``apps`` until Kubernetes 1.16 dropped it."""
    found = {
        version: next(row.group for row in table_of(version).rows if row.plural == "deployments")
        for version in ("4.2.0", "4.3.0", "4.20.1")
    }
    assert found == {"4.2.0": "extensions", "4.3.0": "apps", "4.20.1": "apps"}
