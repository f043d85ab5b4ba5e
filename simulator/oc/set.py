"""``oc set``: image, env, resources and volume of workloads. Source: oc, pkg/cli/set, and kubectl, cmd/set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from simulator.oc.command import Command
from simulator.oc.flags import ALL_NAMESPACES, DRY_RUN_MODE, FILENAME, RECURSIVE, SELECTOR, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.setenv import ENV_FLAGS, env
from simulator.oc.setimage import image
from simulator.oc.setresources import RESOURCE_FLAGS, resources
from simulator.oc.setvolume import VOLUME_FLAGS, volume

_COMMON = (
    ALL_NAMESPACES,
    FILENAME,
    RECURSIVE,
    SELECTOR,
    Flag("all", "If true, select all resources of the given types", "bool"),
    DRY_RUN_MODE,
)
_Run = Callable[[Invocation], Awaitable[int]]


def _command(name: str, usage: str, short: str, run: _Run, *flags: Flag, example: str) -> Command:
    return Command(
        path=f"oc set {name}",
        usage=f"oc set {usage} [flags]",
        short=short,
        long=f"{short}.",
        examples=(example,),
        flags=(*_COMMON, *flags),
        run=run,
    )


_VOLUME = _command(
    "volume",
    "volumes RESOURCE/NAME --add|--remove|--list",
    "Update volumes on a pod template",
    volume,
    *VOLUME_FLAGS,
    example="oc set volume deployment/registry --add --name=v1 -t pvc --claim-name=pvc1 --mount-path=/data",
)

COMMAND = Command(
    path="oc set",
    usage="oc set COMMAND [flags]",
    short="Commands that help set specific features on objects",
    long="Change one feature of workloads: their images, environment or volumes.",
    subcommands={
        "env": _command(
            "env",
            "env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
            "Update environment variables on a pod template",
            env,
            *ENV_FLAGS,
            example="oc set env deployment/registry --list",
        ),
        "image": _command(
            "image",
            "image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ...",
            "Update image of a pod template",
            image,
            example="oc set image deployment/nginx nginx=nginx:1.9.1",
        ),
        "resources": _command(
            "resources",
            "resources (-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]",
            "Update resource requests/limits on objects with pod templates",
            resources,
            *RESOURCE_FLAGS,
            example="oc set resources deployment nginx --limits=cpu=200m,memory=512Mi",
        ),
        "volume": _VOLUME,
        "volumes": _VOLUME,
    },
)
