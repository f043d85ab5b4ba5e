"""The authorities that the registry and the nodes trust.

Source: pkg/operator/imageregistrycertificates.go, release-4.20.
"""

from __future__ import annotations

from typing import Final

from simulator.api.gvrs import CONFIGMAPS, IMAGECONFIGS, INFRASTRUCTURES, REGISTRYCONFIGS, SECRETS, SERVICES
from simulator.changes.registry import REGISTRY_CA, SINGLE_PURPOSE_LOOPS
from simulator.controllers.image_registry.loops.loop import KEY, loop, reported
from simulator.controllers.image_registry.names import NAMESPACE, OPENSHIFT_CONFIG, OPENSHIFT_CONFIG_MANAGED
from simulator.controllers.image_registry.resources import apply_object
from simulator.controllers.image_registry.resources.certificates import Certificates, RegistryCA
from simulator.controllers.image_registry.watching import watches, within
from simulator.controllers.image_registry.work import Work

SINCE: Final = SINGLE_PURPOSE_LOOPS


def step(work: Work) -> None:
    apply_object(Certificates(work))
    if REGISTRY_CA.at(work.release):
        apply_object(RegistryCA(work))


# The real loop does not follow the Config. It hears of another trustedCA with its resync, ten minutes later at most;
# here nothing is told twice.
CONTROLLER: Final = loop(
    "ImageRegistryCertificatesController",
    SINCE,
    reported("ImageRegistryCertificatesControllerDegraded", step),
    watches(CONFIGMAPS, KEY, within(NAMESPACE, OPENSHIFT_CONFIG, OPENSHIFT_CONFIG_MANAGED), since=SINCE),
    watches(SECRETS, KEY, within(NAMESPACE), since=SINCE),
    watches(SERVICES, KEY, within(NAMESPACE), since=SINCE),
    watches(IMAGECONFIGS, KEY, since=SINCE),
    watches(INFRASTRUCTURES, KEY, since=SINCE),
    watches(REGISTRYCONFIGS, KEY, since=SINCE),
)
