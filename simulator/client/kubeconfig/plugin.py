"""A program that hands out credentials. Source: client-go, plugin/pkg/client/auth/exec/exec.go."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import Any

from simulator.client.config import Choice
from simulator.client.kubeconfig import tls
from simulator.errors import InputError, Object
from simulator.runtime.clock import parse_rfc3339

_GROUP = "client.authentication.k8s.io/"
_VERSIONS = ("v1", "v1beta1")
_EXTENSION = "client.authentication.k8s.io/exec"


class Plugin:
    """Runs the program when a credential is needed, and again when it ran out or the server refused it."""

    def __init__(self, choice: Choice) -> None:
        self._choice, self._exec = choice, choice.user["exec"]
        self._status: Object | None = None
        self._ends = 0.0
        for key in ("command", "apiVersion"):
            if not self._exec.get(key):
                raise self._fail(f"must be specified for {choice.user_name} to use exec authentication plugin", key)
        if self._exec["apiVersion"] not in [_GROUP + version for version in _VERSIONS]:
            raise self._fail(f"exec plugin: invalid apiVersion {json.dumps(self._exec['apiVersion'])}", "apiVersion")

    def header(self) -> str:
        token = self._current().get("token")
        return f"Bearer {token}" if token else ""

    def renew(self) -> bool:
        before, self._status = self._status, None
        return self._current() != before

    def certificate(self) -> tuple[str, str] | None:
        status = self._current()
        certificate, key = status.get("clientCertificateData"), status.get("clientKeyData")
        return (certificate, key) if certificate and key else None

    def _current(self) -> Object:
        if self._status is None or (self._ends and time.time() >= self._ends):
            self._status = self._checked(self._run())
            stamp = self._status.get("expirationTimestamp")
            self._ends = parse_rfc3339(stamp) if stamp else 0.0
        return self._status

    def _run(self) -> str:
        command = self._command()
        environment = {item["name"]: str(item.get("value") or "") for item in self._exec.get("env") or ()}
        interactive = self._interactive()
        try:
            done = subprocess.run(
                [command, *map(str, self._exec.get("args") or ())],
                env={**os.environ, **environment, "KUBERNETES_EXEC_INFO": json.dumps(self._information(interactive))},
                stdin=None if interactive else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                check=False,
            )
        except OSError as error:
            hint = self._exec.get("installHint")
            reason = f"exec: executable {command} cannot be started: {error.strerror}"
            raise self._fail(f"{reason}\n\n{hint}" if hint else reason, "command") from error
        if done.returncode:
            raise self._fail(f"exec: executable {command} failed with exit code {done.returncode}", "command")
        return done.stdout.decode(errors="replace")

    def _command(self) -> str:
        """A name is looked up on the PATH; a path is from where the kubeconfig is."""
        command = str(self._exec["command"])
        if os.sep in command:
            return os.path.join(os.path.dirname(os.path.abspath(self._choice.user_file or ".")), command)
        return shutil.which(command) or command

    def _interactive(self) -> bool:
        mode = self._exec.get("interactiveMode") or "IfAvailable"
        at_terminal = sys.stdin is not None and sys.stdin.isatty()
        if mode == "Always" and not at_terminal:
            raise self._fail(
                "exec plugin cannot support interactive mode: standard input is not a terminal", "interactiveMode"
            )
        return at_terminal and mode != "Never"

    def _information(self, interactive: bool) -> Object:
        spec: Object = {"interactive": interactive}
        if self._exec.get("provideClusterInfo"):
            spec["cluster"] = self._cluster()
        return {"apiVersion": self._exec["apiVersion"], "kind": "ExecCredential", "spec": spec}

    def _cluster(self) -> Object:
        """What the program may know of the cluster: certificates as data, and the settings that are meant for it."""
        import base64

        cluster = self._choice.cluster
        names = ("server", "tls-server-name", "insecure-skip-tls-verify", "proxy-url")
        told = {key: cluster[key] for key in names if cluster.get(key)}
        trusted = tls.content(cluster, "certificate-authority", self._choice.cluster_file, "certificate-authority")
        if trusted:
            told["certificate-authority-data"] = base64.b64encode(trusted.encode("latin-1")).decode()
        for extension in cluster.get("extensions") or ():
            if extension.get("name") == _EXTENSION:
                told["config"] = extension.get("extension")
        return told

    def _checked(self, text: str) -> Object:
        try:
            answer: Any = json.loads(text)
        except ValueError as error:
            raise self._fail(f"exec: decoding stdout: {error}", "command") from None
        status = answer.get("status") if isinstance(answer, dict) else None
        if not isinstance(status, dict):
            raise self._fail("exec plugin didn't return a status field", "command")
        if answer.get("apiVersion") != self._exec["apiVersion"]:
            raise self._fail(
                f"exec plugin is configured to use API version {self._exec['apiVersion']}, "
                f"plugin returned version {answer.get('apiVersion')}",
                "apiVersion",
            )
        if not status.get("token") and not (status.get("clientCertificateData") and status.get("clientKeyData")):
            raise self._fail("exec plugin didn't return a token or cert/key pair", "command")
        return status

    def _fail(self, message: str, key: str) -> InputError:
        return InputError(
            f"getting credentials: {message}",
            file=self._choice.user_file,
            field=f"users[{self._choice.user_name}].exec.{key}",
        )
