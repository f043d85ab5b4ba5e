"""Floor 6: pytest fixtures of a simulated OpenShift, for tests of scripts and controllers.

``openshift`` is a fresh cluster in the test's own process; ``openshift_server`` one behind HTTPS, for real clients. The
marker ``@pytest.mark.openshift(profile=..., scenario=..., seed=..., speed=...)`` on a test, class or module says what
it is made of. Pytest finds this module by itself; nothing heavy is imported before a test wants a cluster.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from simulator.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.embedded import Cluster
    from simulator.server.service import Service

T = TypeVar("T")
_MARKER = "openshift(profile='ocp-4.20', scenario='', seed=0, speed='max'): the simulated OpenShift of a test"


@dataclass(frozen=True)
class Wanted:
    """The arguments of the marker. ``speed``: virtual seconds a second, or "max": time jumps to what is next."""

    profile: str = ""
    scenario: str = ""
    seed: int | str = ""
    speed: float | str = "max"


@dataclass(frozen=True)
class OpenShiftServer:
    """A cluster behind HTTPS. ``env`` is for a subprocess; ``kubeconfig`` and ``token`` are those of administrators.

    The cluster belongs to the thread that serves it: reach for it by ``call``, or through the API.
    """

    url: str
    kubeconfig: Path
    token: str
    cluster: Cluster
    env: Mapping[str, str]
    certificate_authority: Path
    _service: Service

    def call(self, function: Callable[[], T]) -> T:
        """What ``function`` returns, run between two requests; what follows from it happens as after a request."""

        def work() -> T:
            self._service.flow.wrote()
            return function()

        return self._service.call(work)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A marker that is written wrongly ends the run before any test."""
    for item in items:
        for marker in item.iter_markers("openshift"):
            _check(marker, item.nodeid)


@pytest.fixture
def openshift(request: pytest.FixtureRequest) -> Cluster:
    """A fresh cluster. Virtual time moves only when the test moves it: ``sh``, ``settle``, ``clock.advance``."""
    return _told(_cluster, _wanted(request.node))


@pytest.fixture
def openshift_server(
    request: pytest.FixtureRequest, tmp_path: Path, _openshift_certificates: Path
) -> Iterator[OpenShiftServer]:
    """A fresh cluster behind HTTPS on the loopback; its time flows by itself."""
    wanted = _wanted(request.node)
    cluster = _told(_cluster, wanted)
    with _told(_service, cluster, _openshift_certificates, wanted).running() as service:
        path = tmp_path / "kubeconfig"
        _write_kubeconfig(service, path)
        yield OpenShiftServer(
            url=service.url,
            kubeconfig=path,
            token=service.call(lambda: _token(cluster)),
            cluster=cluster,
            env={**os.environ, "KUBECONFIG": str(path)},
            certificate_authority=service.certificates.ca,
            _service=service,
        )


@pytest.fixture(scope="session")
def _openshift_certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: all servers of a run show the same."""
    return tmp_path_factory.mktemp("openshift")


def _check(marker: pytest.Mark, place: str) -> None:
    known = [field.name for field in fields(Wanted)]
    wrong = [name for name in marker.kwargs if name not in known]
    if marker.args or wrong:
        found = f"{wrong[0]!r} is no argument" if wrong else "it takes no positional arguments"
        raise pytest.UsageError(
            f"{place}: pytest.mark.openshift: {found}; write {', '.join(f'{n}=...' for n in known)}"
        )
    speed = marker.kwargs.get("speed", "max")
    if speed != "max" and (not isinstance(speed, int | float) or isinstance(speed, bool) or not 0.01 <= speed <= 1e6):
        raise pytest.UsageError(
            f"{place}: pytest.mark.openshift: speed={speed!r} is neither 'max' nor between 0.01 and 1000000"
        )


def _wanted(item: pytest.Item) -> Wanted:
    """What the markers say; the one nearest to the test wins."""
    said: dict[str, Any] = {}
    for marker in item.iter_markers("openshift"):
        said = {**marker.kwargs, **said}
    return Wanted(**said)


def _told(make: Callable[..., T], *arguments: Any) -> T:
    """What is wrong with the arguments of a marker is told in a line, without a traceback."""
    try:
        return make(*arguments)
    except InputError as error:
        problem = error
    pytest.fail(f"pytest.mark.openshift: {problem}", pytrace=False)


def _cluster(wanted: Wanted) -> Cluster:
    from simulator.embedded import Cluster
    from simulator.profiles import DEFAULT

    if not wanted.scenario:
        return Cluster.from_profile(wanted.profile or DEFAULT, seed=wanted.seed or 0)
    from simulator import scenario
    from simulator.server import material

    named = Path(wanted.scenario)
    path = named if named.is_file() else material.find("scenarios", wanted.scenario, (".yaml",))
    made = scenario.load(material.read(path), str(path), path.stem)
    cluster = Cluster.from_profile(wanted.profile or made.profile, seed=wanted.seed or made.seed)
    scenario.begin(cluster.console, made, str(path))
    return cluster


def _service(cluster: Cluster, folder: Path, wanted: Wanted) -> Service:
    try:
        from simulator.server.service import Service
    except ModuleNotFoundError as error:
        raise InputError(f"openshift_server needs the extra server: pip install 'ocsim[server]' ({error})") from error
    return Service(cluster, folder, speed=0.0 if wanted.speed == "max" else float(wanted.speed))


def _write_kubeconfig(service: Service, path: Path) -> None:
    from simulator.server.kubeconfigfile import kubeconfig, write

    profile = service.cluster.profile
    write(path, kubeconfig(service.certificates, service.url, profile.name, profile.namespace))


def _token(cluster: Cluster) -> str:
    """An access token of kube:admin that does not run out, as a login would have given."""
    from simulator.api.authentication.oauthtokens import KUBE_ADMIN, PREFIX, kube_admin_uid, name_of_token
    from simulator.api.types import GVR
    from simulator.changes.access import HASHED_TOKENS

    digest = hashlib.sha256(f"openshift_server {cluster.seed}".encode()).digest()
    secret = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    token = f"{PREFIX}{secret}" if HASHED_TOKENS.at(cluster.profile.release) else secret
    body = {
        "apiVersion": "oauth.openshift.io/v1",
        "kind": "OAuthAccessToken",
        "metadata": {"name": name_of_token(cluster.api, token)},
        "clientName": "openshift-challenging-client",
        "redirectURI": f"{cluster.profile.server}/oauth/token/implicit",
        "scopes": ["user:full"],
        "userName": KUBE_ADMIN,
        "userUID": kube_admin_uid(cluster.api),
    }
    cluster.client().create(GVR("oauth.openshift.io", "v1", "oauthaccesstokens"), body)
    return token
