"""One storage pass at a time, and the situations of the golden cases."""

import re
from collections.abc import Callable
from typing import Any

from simulator.api.gvrs import FAULTS, PERSISTENTVOLUMECLAIMS
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.storage import sync_storage
from simulator.controllers.image_registry.work import Work
from simulator.errors import StatusError
from simulator.infra.s3 import S3

NS = "openshift-image-registry"
S3_STATUS = {"storage": {"s3": {"bucket": "old", "region": "us-east-2"}}, "storageManaged": True}
OTHERS = ("AKIAOTHER", "otherSecret")
IDS = re.compile(r"request id: \S+, host id: \S+")


def run(work: Work) -> str | None:
    """One storage pass; its error's text."""
    try:
        sync_storage(work)
    except (OperatorError, StatusError) as error:
        return str(error)
    return None


def condition(work: Work, kind: str = "StorageExists") -> dict[str, str]:
    found = next(one for one in work.config.conditions if one["type"] == kind)
    return {key: found[key] for key in ("status", "reason", "message") if key in found}


# -- claims

CLAIMS: dict[str, Callable[[Any], Any]] = {
    "existing claim, RWX": lambda cluster: cluster.create_claim("ocs4registry"),
    "existing claim, RWO": lambda cluster: cluster.create_claim("ocs4registry", "ReadWriteOnce"),
    "claim name typo": lambda cluster: cluster.create_claim("ocs4registry"),
    "empty claim, nothing exists": lambda cluster: None,
    "empty claim, image-registry-storage exists without the owner annotation": lambda cluster: cluster.create_claim(
        "image-registry-storage"
    ),
    "empty claim, image-registry-storage exists with the owner annotation": lambda cluster: cluster.client.patch(
        PERSISTENTVOLUMECLAIMS,
        cluster.create_claim("image-registry-storage")["metadata"]["name"],
        {"metadata": {"annotations": {"imageregistry.openshift.io": "true"}}},
        NS,
    ),
}


MODERN_CLAIMS: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    "existing claim, RWX, 2 replicas, RollingUpdate": (CLAIMS["existing claim, RWX"], {}),
    "same, spec.storage.managementState left at Managed from the s3 days": (
        CLAIMS["existing claim, RWX"],
        {"managementState": "Managed"},
    ),
    "RWO, 2 replicas": (CLAIMS["existing claim, RWO"], {}),
    "RWO, 1 replica, rolloutStrategy RollingUpdate": (CLAIMS["existing claim, RWO"], {"replicas": 1}),
    "RWO, 1 replica, rolloutStrategy empty (two spaces in the text)": (
        CLAIMS["existing claim, RWO"],
        {"replicas": 1, "rolloutStrategy": ""},
    ),
    "RWO, 1 replica, Recreate": (CLAIMS["existing claim, RWO"], {"replicas": 1, "rolloutStrategy": "Recreate"}),
    "ROX only, or RWOP only": (lambda cluster: cluster.create_claim("ocs4registry", "ReadOnlyMany"), {}),
    **{name: (setup, {}) for name, setup in CLAIMS.items() if not name.startswith("existing")},
}
"""By case: what is there, and what is otherwise in the Config: managementState of its storage, replicas, strategy."""


# -- buckets


class FollowUpsDenied(S3):
    """Lets one create buckets, and nothing after that."""

    def _configure(self, *_args: Any, **_credentials: Any) -> None:
        raise self.error("AccessDenied")


class AlreadyOwned(S3):
    """A bucket of one's own that a HEAD does not find until one has tried to make it."""

    tried = False

    def head_bucket(self, *args: Any, **credentials: Any) -> Any:
        if not self.tried:
            raise self.error("NotFound")
        return super().head_bucket(*args, **credentials)

    def create_bucket(self, *args: Any, **credentials: Any) -> Any:
        self.tried = True
        return super().create_bucket(*args, **credentials)


def denied(cluster: Any) -> None:
    fault = {"target": "s3", "effect": "AccessDenied", "message": "Access Denied"}
    cluster.create(FAULTS, {"metadata": {"name": "denied"}, "spec": fault})


def use(cls: type[S3]) -> Callable[[Any], None]:
    def setup(cluster: Any) -> None:
        cluster.machines.s3 = cls(cluster.client, cluster.names)
        if cls is AlreadyOwned:
            cluster.s3.create_bucket("mybucket", "us-east-2", ("AKIAEXAMPLE", "secretExample"))

    return setup


BUCKET_CASES: dict[str, tuple[dict[str, Any], Callable[[Any], Any]]] = {
    "fresh cluster, s3 empty": ({}, lambda cluster: None),
    "existing accessible bucket named by the user, no region given": (
        {"bucket": "mybucket"},
        lambda cluster: cluster.create_bucket("mybucket"),
    ),
    "bucket exists and belongs to another account (HEAD 403, create 409 BucketAlreadyExists, rest 403)": (
        {"bucket": "mybucket"},
        lambda cluster: cluster.create_bucket("mybucket", OTHERS),
    ),
    "no permission at all (HEAD 403, create 403)": ({"bucket": "mybucket"}, denied),
    "bucket created, follow-up calls denied": ({}, use(FollowUpsDenied)),
    "create answers 409 BucketAlreadyOwnedByYou": ({"bucket": "mybucket"}, use(AlreadyOwned)),
}


def masked(text: str | None) -> str | None:
    """Without AWS's ids, and without its own words for a bucket that one owns already."""
    if text is None:
        return None
    return IDS.sub("request id: REQ, host id: HOSTID", re.sub(r"(?<=OwnedByYou: ).*(?=\n)", "TEXT", text))
