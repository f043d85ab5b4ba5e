"""``ocsim oc``: the built-in oc on a served cluster, with the host's files and a kubeconfig of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from simulator.cli.hands import fresh_console
from simulator.cluster import Cluster
from simulator.profiles import DEFAULT, load
from simulator.server import hostoc
from simulator.server.kubeconfigfile import kubeconfig, write
from simulator.server.service import Service

OCSIM = Path(sys.executable).with_name("ocsim")
CLAIM = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: one}
spec:
  accessModes: [ReadWriteMany]
  resources: {requests: {storage: 1Gi}}
"""


@dataclass(frozen=True)
class Done:
    status: int
    stdout: str
    stderr: str


Oc = Callable[..., Done]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(Cluster.from_profile("ocp-4.2", seed="oc"), tmp_path_factory.mktemp("served")).running() as running:
        yield running


@pytest.fixture
def config(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubeconfig of the administrator in the environment; $HOME and the working folder are a test's own."""
    path = tmp_path / "config"
    write(path, kubeconfig(service.certificates, service.url, "lab", "default"))
    monkeypatch.setenv("KUBECONFIG", str(path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return path


@pytest.fixture
def oc(config: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Oc:
    """Runs one command in this process."""

    def run(*words: str, stdin: str = "") -> Done:
        (tmp_path / "stdin").write_text(stdin)
        with (tmp_path / "stdin").open() as given:
            monkeypatch.setattr(sys, "stdin", given)
            status = hostoc.run_oc(list(words))
        return Done(status, *capfd.readouterr())

    return run


def test_it_speaks_to_the_cluster_as_the_oc_of_its_release(oc: Oc) -> None:
    done = oc("get", "sc", "-o", "name")
    assert (done.status, done.stderr) == (0, "")
    assert "storageclass.storage.k8s.io/gp2" in done.stdout.split()
    assert oc("version").stdout.splitlines()[0] == "Client Version: v4.2.0"


def test_without_a_server_it_is_the_oc_of_the_default_profile() -> None:
    profile, _ = load(DEFAULT)
    assert hostoc.NEWEST.minor == profile.release.minor


def test_files_and_streams_are_the_hosts_own(oc: Oc, tmp_path: Path) -> None:
    (tmp_path / "claim.yaml").write_text(CLAIM)
    assert oc("apply", "-f", "claim.yaml").stdout == "persistentvolumeclaim/one created\n"
    again = oc("apply", "-f", "-", stdin=CLAIM.replace("one", "two"))
    assert again.stdout == "persistentvolumeclaim/two created\n"
    assert oc("delete", "pvc", "one", "two", "--wait=false").status == 0
    missing = oc("create", "-f", "nope.yaml")
    assert (missing.status, missing.stderr) == (1, 'error: the path "nope.yaml" does not exist\n')


def test_a_wait_takes_real_time_and_ends(oc: Oc) -> None:
    done = oc("wait", "namespace/default", "--for=condition=Never", "--timeout=300ms")
    assert (done.status, done.stderr) == (1, "error: timed out waiting for the condition on namespaces/default\n")
    assert oc("get", "ns", "default", "-w", "--request-timeout=300ms").stdout.count("default") == 1


def test_somebody_else_may_be_asked_as(oc: Oc) -> None:
    assert oc("whoami", "--as=eve").stdout == "eve\n"
    assert "cannot list resource" in oc("get", "nodes", "--as=eve").stderr


# -- the kubeconfig


def contexts(path: Path) -> dict[str, dict[str, str]]:
    return {item["name"]: item["context"] for item in yaml.safe_load(path.read_text())["contexts"]}


def test_a_project_is_remembered(oc: Oc, config: Path, service: Service) -> None:
    place = f"127-0-0-1:{service.port}"
    assert oc("project", "-q").stdout == "default\n"
    assert oc("project", "openshift-image-registry").stdout == (
        f'Now using project "openshift-image-registry" on server "{service.url}".\n'
    )
    name = f"openshift-image-registry/{place}/system:admin"
    assert oc("config", "current-context").stdout == f"{name}\n"
    assert contexts(config)[name] == {
        "cluster": place,
        "user": f"system:admin/{place}",
        "namespace": "openshift-image-registry",
    }
    assert "image-registry" in oc("get", "deployments", "-o", "name").stdout
    assert oc("project", "admin").status == 0  # the name of a context
    assert oc("whoami", "-c").stdout == "admin\n"


def test_a_new_project_is_the_current_one(oc: Oc) -> None:
    assert 'Now using project "fresh" on server' in oc("new-project", "fresh").stdout
    assert oc("project", "-q").stdout == "fresh\n"


def test_contexts_come_and_go(oc: Oc, config: Path) -> None:
    assert oc("config", "set-context", "web", "--cluster=lab", "--user=admin", "--namespace=shop").stdout == (
        'Context "web" created.\n'
    )
    assert oc("config", "use-context", "web").stdout == 'Switched to context "web".\n'
    assert oc("config", "set-context", "--current", "--namespace=kube-system").stdout == 'Context "web" modified.\n'
    table = oc("config", "get-contexts").stdout.splitlines()
    assert [line.split() for line in table] == [
        ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"],
        ["admin", "lab", "admin", "default"],
        ["*", "web", "lab", "admin", "kube-system"],
    ]
    assert oc("config", "rename-context", "web", "other").stdout == 'Context "web" renamed to "other".\n'
    gone = oc("config", "delete-context", "other")
    assert gone.stdout == f"deleted context other from {config}\n"
    assert gone.stderr.startswith("warning: this removed your active context")
    assert list(contexts(config)) == ["admin"]


def test_values_are_set_and_unset(oc: Oc, config: Path) -> None:
    assert oc("config", "set", "clusters.lab.insecure-skip-tls-verify", "true").status == 0
    assert yaml.safe_load(config.read_text())["clusters"][0]["cluster"]["insecure-skip-tls-verify"] is True
    assert oc("config", "unset", "clusters.lab.insecure-skip-tls-verify").status == 0
    assert oc("config", "set-credentials", "bob", "--token=t").stdout == 'User "bob" set.\n'
    assert oc("config", "set-cluster", "far", "--server=https://far:6443").stdout == 'Cluster "far" set.\n'
    assert oc("config", "get-users").stdout == "NAME\nadmin\nbob\n"
    assert oc("config", "get-clusters").stdout == "NAME\nfar\nlab\n"
    assert oc("config", "delete-user", "bob").status == oc("config", "delete-cluster", "far").status == 0
    assert oc("get", "ns", "default", "-o", "name").stdout == "namespace/default\n"


def test_the_view_hides_what_is_secret(oc: Oc) -> None:
    shown = yaml.safe_load(oc("config", "view", "--minify").stdout)
    assert shown["users"][0]["user"] == {"client-certificate-data": "DATA+OMITTED", "client-key-data": "DATA+OMITTED"}
    assert "BEGIN" not in oc("config", "view").stdout
    assert "OMITTED" not in oc("config", "view", "--raw").stdout
    assert oc("config", "view", "-o", "jsonpath={.current-context}").stdout == "admin"


# -- what goes wrong


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--context=nope"], "Error in configuration: \n* context was not found for specified context: nope\n"),
        (["--kubeconfig=nope"], "error: stat nope: no such file or directory\n"),
        (["--server=https://127.0.0.1:1"], "The connection to the server 127.0.0.1:1 was refused"),
        (["--request-timeout=soon"], "error: Invalid timeout value."),
        (["--client-certificate=nope", "--client-key=nope"], "unable to read "),
        (["--certificate-authority=config"], "unable to load root certificates"),
        (["--token=nope"], "error: You must be logged in to the server (Unauthorized)\n"),
    ],
)
def test_a_wrong_word_is_told_as_oc_tells_it(oc: Oc, words: list[str], message: str) -> None:
    done = oc("get", "pods", *words)
    assert done.status == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_authority_that_is_not_the_servers(oc: Oc, service: Service, tmp_path: Path) -> None:
    import trustme

    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    done = oc("get", "pods", f"--server={service.url}", "--certificate-authority=other.pem")
    assert done.stderr == (
        "Unable to connect to the server: tls: failed to verify certificate: "
        "x509: certificate signed by unknown authority\n"
    )
    refused = oc("login", service.url, "--token=t", "--certificate-authority=other.pem")
    assert "The server uses a certificate signed by unknown authority." in refused.stderr


def test_without_a_kubeconfig_it_says_what_to_do(oc: Oc, config: Path) -> None:
    config.unlink()
    for words in (["get", "pods"], ["whoami", "-t"], ["project"], ["logout"]):
        done = oc(*words)
        assert (done.status, done.stderr.splitlines()[0]) == (
            1,
            "error: Missing or incomplete configuration info.  Please point to an existing, complete config file:",
        )
    assert oc("config", "view").stdout.startswith("apiVersion: v1\nclusters: null\n")
    assert oc("login").stderr == "error: A server URL must be specified\n"


def test_a_file_that_is_no_yaml_is_named(oc: Oc, config: Path) -> None:
    config.write_text("a: [\nb")
    done = oc("get", "pods")
    assert done.stderr.startswith(f'error: error loading config file "{config}": yaml: line 2: ')


def test_reading_writes_nothing(oc: Oc, config: Path) -> None:
    before = config.read_bytes()
    for words in (["get", "ns"], ["whoami"], ["project"], ["config", "view"], ["login", "--token=nope"]):
        oc(*words)
    assert config.read_bytes() == before


def test_ctrl_c_ends_a_watch(config: Path) -> None:
    watch = subprocess.Popen([OCSIM, "oc", "get", "ns", "default", "-w"], stdout=subprocess.PIPE, env=dict(os.environ))
    assert watch.stdout is not None
    assert watch.stdout.readline().startswith(b"NAME")
    watch.send_signal(signal.SIGINT)
    assert watch.wait(timeout=20) == 130
    watch.stdout.close()


def test_a_shell_in_a_container_has_the_persons_terminal(config: Path) -> None:
    ours, theirs = os.openpty()
    where = ["-n", "openshift-image-registry", "deployment/image-registry"]
    shell = subprocess.Popen([OCSIM, "oc", "rsh", *where], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, b"echo $((40 + 2)) on a terminal\rexit 3\r")  # typed ahead of the prompt
    said = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while more := os.read(ours, 4096):
            said += more
    os.close(ours)
    assert shell.wait(timeout=20) == 3
    assert b"42 on a terminal" in said
    assert said.rstrip().endswith(b"command terminated with exit code 3")


def test_it_is_not_for_a_simulated_shell() -> None:
    _, output = fresh_console("ocp-4.2", "0").script("ocsim oc get pods")
    assert "a simulated shell is running already" in output
