"""What changed in the kubelet, and in what runs containers for it."""

from __future__ import annotations

from typing import Final

from simulator.release import Change

# -- events and messages

PULLED: Final = Change(
    "The event of a pull tells how long it took, and how large the image is.",
    'Successfully pulled image "{image}"',
    ("4.7", 'Successfully pulled image "{image}" in {pull}'),
    ("4.14", 'Successfully pulled image "{image}" in {pull} ({total} including waiting)'),
    ("4.17", 'Successfully pulled image "{image}" in {pull} ({total} including waiting). Image size: {size} bytes.'),
    source="kubelet, images/image_manager.go",
)
CREATED: Final = Change(
    "The event of a container's creation has a colon before its name.",
    "Created container {name}",
    ("4.19", "Created container: {name}"),
    source="kubelet, kuberuntime/kuberuntime_container.go",
)
BACK_OFF: Final = Change(
    "The BackOff event of a container that keeps failing names container and pod.",
    "Back-off restarting failed container",
    ("4.13", "Back-off restarting failed container {name} in pod {pod}_{namespace}({uid})"),
    source="kubelet, kuberuntime/kuberuntime_manager.go",
)
BACK_OFF_MESSAGE: Final = Change(
    "The message of CrashLoopBackOff begins with a small letter.",
    "Back-off {delay} restarting failed container={name} pod={pod}_{namespace}({uid})",
    ("4.3", "back-off {delay} restarting failed container={name} pod={pod}_{namespace}({uid})"),
    source="Kubernetes 1.16, kuberuntime/kuberuntime_manager.go",
)
PULL_BACK_OFF_MESSAGE: Final = Change(
    "The message of ImagePullBackOff repeats why the last pull failed.",
    'Back-off pulling image "{image}"',
    ("4.19", 'Back-off pulling image "{image}": ErrImagePull: {failure}'),
    source="Kubernetes 1.32, kubelet, images/image_manager.go",
)
MOUNT_TIMEOUT: Final = Change(
    "The summary of what cannot be mounted names volumes only, not the pod.",
    'Unable to mount volumes for pod "{pod}_{namespace}({uid})": timeout expired waiting for volumes to attach or '
    'mount for pod "{namespace}"/"{pod}". list of unmounted volumes=[{unmounted}]. '
    "list of unattached volumes=[{unattached}]",
    (
        "4.3",
        "Unable to attach or mount volumes: unmounted volumes=[{unmounted}], unattached volumes=[{unattached}]: "
        "timed out waiting for the condition",
    ),
    (
        "4.14",
        "Unable to attach or mount volumes: unmounted volumes=[{unmounted}], unattached volumes=[], "
        "failed to process volumes=[]: timed out waiting for the condition",
    ),
    source="kubelet, kubelet.go and volumemanager/volume_manager.go",
)
QUOTED_URLS: Final = Change(
    "A request that failed quotes its URL.",
    "Get {url}",
    ("4.6", 'Get "{url}"'),
    source="Go 1.14, net/url: Error",
)
ADDED_INTERFACE: Final = Change(
    "The pod network tells the address that it gave to a pod.",
    "",
    ("4.7", "Add eth0 [{address}]"),
    ("4.12", "Add eth0 [{address}] from ovn-kubernetes"),
    source="multus-cni, AddedInterface; OVN-Kubernetes is the default network since OpenShift 4.12",
)

# -- the runtime

PULL_FAILED: Final = Change(
    "The runtime tells of a failed pull with all that it tried.",
    "rpc error: code = Unknown desc = {cause}",
    (
        "4.20",
        "unable to pull image or OCI artifact: pull image err: initializing source docker://{image}: {cause}; "
        "artifact err: get manifest: build image source: {cause}",
    ),
    source="CRI-O 1.33, server/image_pull.go",
)
PINGING: Final = Change(
    "A registry that does not answer is no docker registry any more.",
    "pinging docker registry returned: {error}",
    ("4.6", "pinging container registry {host}: {error}"),
    source="containers/image, docker/docker_client.go",
)
READING: Final = Change(
    "A manifest that cannot be read is told without the word Error.",
    "Error reading manifest {tag} in {repository}: {error}",
    ("4.11", "reading manifest {tag} in {repository}: {error}"),
    source="containers/image, docker/docker_image_src.go",
)
CREATE_FAILED: Final = Change(
    "A container whose program is missing is refused in the words of crun.",
    'container create failed: container_linux.go:345: starting container process caused "exec: \\"{program}\\": '
    'executable file not found in $PATH"\n',
    ("4.18", "container create failed: executable file `{program}` not found in $PATH: No such file or directory"),
    source="OpenShift 4.18: crun is the default runtime",
)
EXEC_FAILED: Final = Change(
    "So is a program that is missing for exec.",
    'oci runtime error: exec failed: container_linux.go:345: starting container process caused "exec: \\"{program}\\": '
    'executable file not found in $PATH"\n',
    ("4.18", "executable file `{program}` not found in $PATH: No such file or directory\n"),
    source="OpenShift 4.18: crun is the default runtime",
)
PORT_FORWARD_FAILED: Final = Change(
    "A port on which nothing listens is refused in Go's words, not in those of socat.",
    "exit status 1: {time} socat[{pid}] E connect(5, AF=2 127.0.0.1:{port}, 16): Connection refused\n",
    (
        "4.8",
        'port forward into network namespace "/var/run/netns/{namespace}": failed to connect to localhost:{port} '
        "inside namespace {sandbox}: dial tcp [::1]:{port}: connect: connection refused",
    ),
    source="CRI-O 1.21, internal/oci/runtime_oci.go: PortForwardContainer; before, nsenter with socat",
)
WEBSOCKET_COMMANDS: Final = Change(
    "exec and attach speak v5.channel.k8s.io over WebSocket, which can close a single channel.",
    False,
    ("4.17", True),
    source="Kubernetes 1.30, KEP-4006: TranslateStreamCloseWebsocketRequests is on",
)
WEBSOCKET_TUNNEL: Final = Change(
    "Port-forwarding goes through a WebSocket, with SPDY in it.",
    False,
    ("4.18", True),
    source="Kubernetes 1.31, KEP-4006: PortForwardWebsockets is on",
)

# -- mounts

CGROUPS: Final = Change(
    "A node has one tree of control groups.",
    1,
    ("4.14", 2),
    source="OpenShift 4.14: new clusters have cgroup v2",
)
SIZED_TMPFS: Final = Change(
    "A volume in memory is as large as the pod's memory limit, or as what the node can give to pods.",
    False,
    ("4.9", True),
    source="Kubernetes 1.22, SizeMemoryBackedVolumes",
)
READ_ONLY_PROC: Final = Change(
    "What is read-only in /proc keeps the other options of /proc.",
    "ro,relatime",
    ("4.8", "ro,nosuid,nodev,noexec,relatime"),
    source="runc 1.0, rootfs_linux.go: readonlyPath",
)
EMPTY_MASKS: Final = Change(
    "The empty folders over parts of /proc and /sys have no room.",
    False,
    ("4.18", True),
    source="OpenShift 4.18: crun is the default runtime",
)
RUN_SECRETS: Final = Change(
    "A container has the node's secrets for subscriptions mounted on /run/secrets.",
    False,
    ("4.6", True),
    source="containers-common, mounts.conf",
)

# -- status

POD_CONDITIONS: Final = Change(
    "A pod tells whether its sandbox and network are ready, before the other conditions.",
    ("Initialized", "Ready", "ContainersReady", "PodScheduled"),
    ("4.16", ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")),
    source="Kubernetes 1.29, KEP-3085",
)
POD_IPS: Final = Change("A pod lists its addresses in podIPs.", False, ("4.3", True), source="Kubernetes 1.16, KEP-563")
HOST_IPS: Final = Change(
    "A pod lists its node's addresses in hostIPs.", False, ("4.16", True), source="Kubernetes 1.29, KEP-2681"
)
STARTED: Final = Change(
    "A container's status tells whether it has started.", False, ("4.3", True), source="Kubernetes 1.16, KEP-950"
)
MOUNT_STATUS: Final = Change(
    "A container's status lists its mounts.", False, ("4.18", True), source="Kubernetes 1.31, KEP-3857"
)
RESOURCE_STATUS: Final = Change(
    "A container's status lists its resources, those allocated and those in force.",
    False,
    ("4.20", True),
    source="Kubernetes 1.33, KEP-1287",
)
USER_STATUS: Final = Change(
    "A container's status tells the user and the groups that it runs with.",
    False,
    ("4.20", True),
    source="Kubernetes 1.33, KEP-3619",
)
POD_FAILED: Final = Change(
    "The conditions of a pod that has failed give PodFailed as their reason.",
    False,
    ("4.13", True),
    source="Kubernetes 1.26, kubelet, status/generate.go",
)
