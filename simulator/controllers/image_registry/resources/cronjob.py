"""The CronJob that prunes images, as the ImagePruner asks for it. Source: pkg/resource/prunercronjob.go."""

from __future__ import annotations

from typing import Final

from simulator.api.gvrs import CRONJOBS, IMAGECONFIGS
from simulator.controllers.image_registry import listers
from simulator.controllers.image_registry.names import CONFIG, PRUNER, PRUNER_ACCOUNT, REQUIRED_SCC, SERVICE_CA
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.resources.podtemplate import DEFAULT_RESOURCES
from simulator.controllers.image_registry.typed import go_duration
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object

CERTIFICATES_AT: Final = "/var/run/configmaps/serviceca"
RETRYING: Final = """\
set -eu
"$@" && exit
for i in 1 2 3 4 5; do
  echo "attempt #$i has failed (exit code $?), going to make another attempt..." >&2
  sleep $(($i * 30))
  "$@" && break  # this is the last command of the script, so its last failure will be exit code of the script
done
"""
VERBOSITY: Final = {"Debug": 4, "Trace": 6, "TraceAll": 8}  # any other level: 1
NANOSECONDS: Final = 1_000_000_000


class PrunerCronJob(Generated):
    """``settings`` is the spec of the ImagePruner, decoded."""

    resource, kind, name = CRONJOBS, "CronJob", PRUNER

    def __init__(self, work: Work, settings: Object) -> None:
        super().__init__(work)
        self.settings = settings

    def wanted(self) -> Object:
        """NotFound when there is no Image configuration, which tells the registry's name."""
        settings = self.settings
        job = {
            "metadata": {"labels": {"created-by": self.name}, "annotations": {REQUIRED_SCC: "restricted-v2"}},
            "spec": {"backoffLimit": 0, "template": {"spec": self._pod()}},
        }
        spec = {
            "schedule": settings.get("schedule") or "0 0 * * *",
            "startingDeadlineSeconds": 3600,
            "concurrencyPolicy": "Forbid",
            "suspend": settings.get("suspend", False),
            "jobTemplate": job,
            "successfulJobsHistoryLimit": settings.get("successfulJobsHistoryLimit", 3),
            "failedJobsHistoryLimit": settings.get("failedJobsHistoryLimit", 3),
        }
        return {"metadata": self.metadata(), "spec": spec}

    def _pod(self) -> Object:
        chosen = {key: self.settings[key] for key in ("nodeSelector", "tolerations") if self.settings.get(key)}
        container = {
            "name": self.name,
            "image": self.work.environment.pruner_image,
            "command": ["/bin/sh"],
            "args": ["-c", RETRYING, *self._arguments()],
            "resources": self.settings.get("resources", DEFAULT_RESOURCES),
            "volumeMounts": [{"name": SERVICE_CA, "readOnly": True, "mountPath": CERTIFICATES_AT}],
            "terminationMessagePolicy": "FallbackToLogsOnError",
            "securityContext": {"readOnlyRootFilesystem": True},
        }
        return {
            "volumes": [{"name": SERVICE_CA, "configMap": {"name": SERVICE_CA}}],
            "containers": [container],
            "restartPolicy": "Never",
            "serviceAccountName": PRUNER_ACCOUNT,
            "affinity": self.settings.get("affinity", {}),
            "priorityClassName": "system-cluster-critical",
            **chosen,
        }

    def _arguments(self) -> list[str]:
        """``arg0`` is the script's $0, which it does not look at."""
        settings = self.settings
        ignore = "true" if settings.get("ignoreInvalidImageReferences") else "false"
        return [
            *("arg0", "oc", "adm", "prune", "images", "--confirm=true"),
            f"--certificate-authority={CERTIFICATES_AT}/service-ca.crt",
            f"--keep-tag-revisions={settings.get('keepTagRevisions', 3)}",
            f"--keep-younger-than={self._keep_younger_than()}",
            f"--ignore-invalid-refs={ignore}",
            f"--loglevel={VERBOSITY.get(settings.get('logLevel', ''), 1)}",
            *self._registry(),
        ]

    def _keep_younger_than(self) -> str:
        if "keepYoungerThanDuration" in self.settings:
            return go_duration(self.settings["keepYoungerThanDuration"])
        if "keepYoungerThan" in self.settings:
            return go_duration(f"{self.settings['keepYoungerThan'] / NANOSECONDS:.9f}s")
        return "60m"

    def _registry(self) -> list[str]:
        """While the registry has no name, only objects of the API are pruned."""
        status = listers.listed(self.work.client, IMAGECONFIGS, CONFIG).get("status") or {}
        host = status.get("internalRegistryHostname")
        return ["--prune-registry=true", f"--registry-url=https://{host}"] if host else ["--prune-registry=false"]
