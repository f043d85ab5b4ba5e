"""The types of OpenShift's own kinds, as the types.go files of openshift/api have them."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.resourcetable import builtin_table
from simulator.api.schema import type_of, types
from simulator.errors import BadRequest
from simulator.release import OLDEST, Release

TODAY = Release("4.20.1", "v1.33.5", ())


@pytest.mark.parametrize("release", [OLDEST, TODAY], ids=str)
def test_every_kind_that_is_no_custom_resource_has_a_type(release: Release) -> None:
    known = types(release.minor)
    assert [row.qualified for row in builtin_table(release).rows if not row.custom and type_of(row) not in known] == []
    fields = ((name, field, code.lstrip("[{")) for name, found in known.items() for field, code in found.items())
    assert [one for one in fields if len(one[2]) > 1 and one[2] not in known] == []


def test_what_go_always_shows_is_there(modern: Any) -> None:
    group = modern.post("/apis/user.openshift.io/v1/groups", {"metadata": {"name": "ops"}})
    assert group["users"] is None
    stream = {
        "metadata": {"name": "app"},
        "spec": {"tags": [{"name": "1", "from": {"kind": "DockerImage", "name": "x"}}]},
    }
    made = modern.post("/apis/image.openshift.io/v1/namespaces/demo/imagestreams", stream)
    assert made["spec"]["lookupPolicy"] == {"local": False}
    assert made["spec"]["tags"][0]["annotations"] is None


def test_a_wrong_type_is_refused(modern: Any) -> None:
    with pytest.raises(BadRequest, match=r"cannot unmarshal string into Go struct field Group\.users of type"):
        modern.post("/apis/user.openshift.io/v1/groups", {"metadata": {"name": "ops"}, "users": "me"})


def test_a_quota_of_projects_tells_what_is_used(modern: Any) -> None:
    used = {"hard": {"pods": "5"}, "used": {"pods": "1"}}
    quota = {"metadata": {"name": "team"}, "spec": {"selector": {}, "quota": {"hard": {"pods": "5"}}}}
    path = "/apis/quota.openshift.io/v1/clusterresourcequotas"
    made = modern.post(path, quota)
    status = {"total": used, "namespaces": [{"namespace": "demo", "status": used}]}
    assert modern.put(f"{path}/team/status", {**made, "status": status})["status"] == status
