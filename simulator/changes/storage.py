"""What changed in claims, volumes, provisioners, Ceph and object storage."""

from __future__ import annotations

from typing import Final

from simulator.release import Change

# -- object stores, as a client in a pod meets them

QUOTED_URLS: Final = Change(
    "A failed request's URL stands in quotes in the error.", False, ("4.6", True), source="Go 1.14, net/url.Error"
)
TLS_ERROR_PREFIX: Final = Change(
    "What stands before an x509 error of a TLS client.",
    "",
    ("4.14", "tls: failed to verify certificate: "),
    source="Go 1.20, crypto/tls.CertificateVerificationError",
)
NOOBAA_LIFECYCLE: Final = Change(
    "NooBaa takes a lifecycle rule that only aborts incomplete uploads.",
    False,
    ("4.18", True),
    source="noobaa-core, Allow all actions in put lifecycle configuration (October 2024)",
)
NOOBAA_PUBLIC_ACCESS_BLOCK: Final = Change(
    "NooBaa knows a bucket's public access block; before, it takes the request for one to create the bucket.",
    False,
    ("4.19", True),
    source="noobaa-core, s3_put_bucket_public_access_block.js (March 2025)",
)
OBJECT_BUCKET_FIELD: Final = Change(
    "How a bucket claim's spec names its ObjectBucket.",
    "ObjectBucketName",
    ("4.7", "objectBucketName"),
    source="lib-bucket-provisioner, objectbucketclaim_types.go (December 2020)",
)
