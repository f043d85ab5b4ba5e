"""What changed in claims, volumes, provisioners, Ceph and object storage."""

from __future__ import annotations

from typing import Final

from simulator.release import Change

# -- object stores, as a client in a pod meets them

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

# -- claims and volumes

EXTERNAL_PROVISIONING: Final = Change(
    "What a claim waits for is told with advice.",
    'waiting for a volume to be created, either by external provisioner "{provisioner}" or manually created by system '
    "administrator",
    (
        "4.15",
        "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the "
        "system administrator. If volume creation is delayed, please verify that the provisioner is running and "
        "correctly registered.",
    ),
    source="Kubernetes 1.28, pv_controller.go",
)
WAITS_FOR_POD: Final = Change(
    "A claim whose class waits for a consumer tells which pod it is that has none of its nodes yet.",
    "waiting for first consumer to be created before binding",
    ("4.6", "waiting for {pods} to be scheduled"),
    source="Kubernetes 1.19, pv_controller.go: WaitForPodScheduled",
)
STORAGE_PROVISIONER_NOTE: Final = Change(
    "A claim names its provisioner in volume.kubernetes.io/storage-provisioner, too.",
    False,
    ("4.10", True),
    source="Kubernetes 1.23, kubernetes#104590",
)
DEFAULT_CLASS_LATER: Final = Change(
    "A claim without a class takes the default class that comes later.",
    False,
    ("4.13", True),
    source="Kubernetes 1.26, RetroactiveDefaultStorageClass",
)
NEWEST_DEFAULT_CLASS: Final = Change(
    "Of several default classes a claim takes the newest; before, it is refused.",
    False,
    ("4.13", True),
    source="Kubernetes 1.26, plugin/pkg/admission/storage/storageclass/setdefault",
)
DELETION_SECRET_NOTES: Final = Change(
    "A volume's annotations name the secret for its deletion.",
    False,
    ("4.12", True),
    source="external-provisioner 3.2",
)
DELETION_PROTECTION: Final = Change(
    "A provisioned volume has the finalizer external-provisioner.volume.kubernetes.io/finalizer.",
    False,
    ("4.18", True),
    source="external-provisioner 5.1, HonorPVReclaimPolicy on by default",
)
DEFAULT_FS_TYPE: Final = Change(
    "The filesystem type that a volume of CephFS is said to have.",
    "ext4",
    ("4.7", ""),
    source="external-provisioner 2.0: no default without --default-fstype",
)
EXPANSION: Final = Change(
    "Claims of Ceph's classes can be expanded: a resizer runs beside the provisioner.",
    False,
    ("4.5", True),
    source="OpenShift Container Storage 4.5; ceph-csi 2.1, external-resizer",
)
EXTERNAL_EXPANDING: Final = Change(
    "What the controller says when it leaves an expansion to the driver: (type, text).",
    (
        "Warning",
        "Ignoring the PVC: didn't find a plugin capable of expanding the volume; waiting for an external controller "
        "to process this PVC.",
    ),
    ("4.14", ("Warning", "waiting for an external controller to expand this PVC")),
    ("4.16", ("Normal", "waiting for an external controller to expand this PVC")),
    source="kubernetes#115345, kubernetes#119348",
)
ALLOCATED_RESOURCES: Final = Change(
    "A claim's status tells the size that is being made, and how far that is.",
    False,
    ("4.19", True),
    source="Kubernetes 1.32, RecoverVolumeExpansionFailure",
)
ONLINE_EXPANSION: Final = Change(
    "The filesystem of a volume grows while a pod uses it; before, a new pod had to come.",
    False,
    ("4.3", True),
    source="Kubernetes 1.15, ExpandInUsePersistentVolumes",
)
NODE_EXPANDED: Final = Change(
    "What the kubelet says when it has grown a filesystem.",
    'MountVolume.resizeFileSystem succeeded for volume "{volume}"',
    ("4.3", 'MountVolume.NodeExpandVolume succeeded for volume "{volume}"'),
    ("4.10", 'MountVolume.NodeExpandVolume succeeded for volume "{volume}" {node}'),
    source="kubelet, operation_generator.go",
)
FS_GROUP_POLICIES: Final = Change(
    "A CSIDriver's fsGroupPolicy decides whether the kubelet gives a volume to the pod's fsGroup.",
    False,
    ("4.7", True),
    source="Kubernetes 1.20, CSIVolumeFSGroupPolicy",
)

# -- Ceph

PLUGIN_APP: Final = Change(
    "The pods of a Ceph driver on the nodes are named after the driver.",
    "csi-{kind}plugin",
    ("4.19", "{driver}-nodeplugin"),
    source="ceph-csi-operator, in ODF 4.19",
)
CONTROLLER_APP: Final = Change(
    "The pods of a Ceph driver that provision are named after the driver.",
    "csi-{kind}plugin-provisioner",
    ("4.19", "{driver}-ctrlplugin"),
    source="ceph-csi-operator, in ODF 4.19",
)
VOLUME_UUIDS_BY_TIME: Final = Change(
    "The UUID in csi-vol-UUID is of version 1.", True, ("4.13", False), source="ceph-csi 3.8, google/uuid"
)
RANDOM_IDENTITIES: Final = Change(
    "The number in the middle of a provisioner's identity is always 8081.",
    True,
    ("4.14", False),
    source="Go 1.20: math/rand is seeded",
)
SUBVOLUME_LEVELS: Final = Change(
    "A subvolume's path has a second UUID below csi-vol-UUID.",
    False,
    ("4.7", True),
    source="Ceph 14.2.11, mgr/volumes: subvolumes of version 2",
)
BACKEND_NAMES: Final = Change(
    "A volume's attributes name the subvolume or image.", False, ("4.6", True), source="ceph-csi 3.0"
)
SUBVOLUME_PATHS: Final = Change(
    "A volume's attributes tell the path of the subvolume.", False, ("4.8", True), source="ceph-csi 3.3"
)
MSGR2: Final = Change(
    "Clients speak to the monitors' second port, with this mode.",
    "",
    ("4.13", "prefer-crc"),
    source="ocs-operator, Enable ceph msgrv2 port by default (February 2023)",
)
NEW_MOUNT_SYNTAX: Final = Change(
    "mount.ceph names a filesystem by user, cluster and name, where the kernel understands that.",
    False,
    ("4.13", True),
    source="Ceph 17 (Quincy), mount.ceph; Linux 5.17 and RHEL 9",
)
STAGING_FOLDERS: Final = Change(
    "The folder in which the kubelet stages a volume.",
    "pv/{volume}",
    ("4.11", "{driver}/{digest}"),
    source="Kubernetes 1.24, csi_attacher.go: makeDeviceMountPath",
)
MOUNT_FAILED: Final = Change(
    "What ceph-csi says of a mount that failed.",
    "an error occurred while running (796) mount [{arguments}]: exit status {number}: {output}",
    ("4.5", "an error (exit status {number}) occurred while running mount args: [{arguments}] stderr: {output}"),
    source="ceph-csi 2.1, internal/util/cephcmds.go",
)

# -- EBS

EBS_ZONE_LABEL: Final = Change(
    "The label by which volumes of the EBS driver are tied to their zone.",
    "topology.ebs.csi.aws.com/zone",
    ("4.18", "topology.kubernetes.io/zone"),
    source="aws-ebs-csi-driver 1.33: CreateVolume answers with the standard label",
)
