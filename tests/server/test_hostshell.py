"""``ocsim shell``: the user's own shell, files, pipes and editor, with a simulated cluster behind oc."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

OCSIM = Path(sys.executable).with_name("ocsim")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shell(tmp_path: Path) -> Run:
    """Runs a script as the $SHELL of ``ocsim shell``."""

    def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        program = tmp_path / "shell"
        program.write_text(f"#!/bin/bash\n{script}\n")
        program.chmod(0o755)
        return subprocess.run(
            [OCSIM, "shell", "--profile", "ocp-4.2", "--speed", "100"],
            env={**os.environ, "SHELL": str(program), **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_pipes_files_and_exit_statuses_are_the_users_own(shell: Run, tmp_path: Path) -> None:
    done = shell(
        """
        oc get sc -o name | sort | head -1
        oc get sc nope; echo "status $?"
        cat > claim.json <<'END'
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "one"},
         "spec": {"accessModes": ["ReadWriteMany"], "storageClassName": "ocs-storagecluster-cephfs",
                  "resources": {"requests": {"storage": "1Gi"}}}}
END
        oc create -f claim.json
        oc create -f <(sed s/one/two/ claim.json)
        sed s/one/three/ claim.json | oc create -f -
        oc get pvc -o yaml > claims.yaml
        exit 7
        """
    )
    assert done.returncode == 7, done.stderr
    assert done.stdout.splitlines() == [
        "storageclass.storage.k8s.io/gp2",
        "status 1",
        "persistentvolumeclaim/one created",
        "persistentvolumeclaim/two created",
        "persistentvolumeclaim/three created",
    ]
    assert 'storageclasses.storage.k8s.io "nope" not found' in done.stderr
    assert (tmp_path / "claims.yaml").read_text().count("kind: PersistentVolumeClaim") == 3


def test_the_editor_is_the_users_own(shell: Run) -> None:
    done = shell(
        """
        oc edit configs.imageregistry.operator.openshift.io/cluster
        oc get configs.imageregistry.operator.openshift.io/cluster -o 'jsonpath={.spec.logging}{"\\n"}'
        oc edit configs.imageregistry.operator.openshift.io/cluster
        EDITOR=/nonexistent oc edit configs.imageregistry.operator.openshift.io/cluster
        """,
        EDITOR="sed -i s/logging:.2/logging:\\ 3/",
    )
    assert done.stdout.splitlines() == ["config.imageregistry.operator.openshift.io/cluster edited", "3"]
    assert "Edit cancelled, no changes made." in done.stderr
    assert 'there was a problem with the editor "/nonexistent"' in done.stderr


def test_a_file_that_is_not_there_and_a_broken_one(shell: Run) -> None:
    done = shell("oc create -f nope.json; echo '{' > bad.json; oc create -f bad.json")
    assert 'error: the path "nope.json" does not exist' in done.stderr
    assert "error: error parsing bad.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_ocsim_works_on_the_cluster_of_the_shell(shell: Run) -> None:
    done = shell(
        """
        ocsim migrate apply | tail -1 | cut -d/ -f1
        oc get pvc -n openshift-image-registry -o name
        """
    )
    assert done.stdout.splitlines() == ["✓ mount", "persistentvolumeclaim/ocs4registry"], done.stderr


def test_a_watch_goes_on_while_other_commands_run_and_ends_when_it_is_killed(shell: Run) -> None:
    done = shell(
        """
        oc get pods -n openshift-image-registry -w > watched &
        until grep -q NAME watched; do :; done
        oc delete pod -n openshift-image-registry -l docker-registry=default > /dev/null
        until grep -q Terminating watched; do :; done
        kill $!; wait $! 2> /dev/null; echo "status $?"
        oc whoami
        """
    )
    assert done.stdout.splitlines() == ["status 143", "kube:admin"], done.stderr


def test_a_reader_that_has_enough_ends_the_command(shell: Run) -> None:
    done = shell("oc get pods -A | head -1 | cut -c1-9; oc whoami")
    assert done.stdout.splitlines() == ["NAMESPACE", "kube:admin"], done.stderr
    assert "Traceback" not in done.stderr


def test_no_real_cluster_is_reached_from_it(shell: Run) -> None:
    done = shell('test -e "$KUBECONFIG" && echo exists; echo "$KUBECONFIG" | grep -c ocsim-', KUBECONFIG="/etc/real")
    assert done.stdout.splitlines() == ["1"]


def test_a_plan_lies_where_the_user_is(shell: Run, tmp_path: Path) -> None:
    done = shell(
        "mkdir inner; cd inner; ocsim migrate plan --out p.yaml > /dev/null; ocsim migrate apply p.yaml | head -1"
    )
    assert done.stdout == "✓ claim: claim ocs4registry created\n", done.stderr
    assert (tmp_path / "inner" / "p.yaml").is_file()


def test_odd_surroundings_end_neither_the_command_nor_the_cluster(shell: Run) -> None:
    """A folder that is gone, COLUMNS that is no number, closed streams, words that are no UTF-8, a stranger's words."""
    done = shell(
        r"""
        mkdir gone; cd gone; rmdir ../gone; oc whoami 2> /dev/null; cd "$HOME"
        COLUMNS=abc oc whoami
        oc whoami <&-
        oc whoami >&-
        oc create -f - <&-
        oc get $'\xff'
        python3 -c 'import os, socket; s = socket.socket(socket.AF_UNIX); s.connect(os.environ["OCSIM_SOCKET"])'
        oc whoami
        """
    )
    assert done.stdout.splitlines() == ["kube:admin"] * 4, done.stderr
    assert "error: no objects passed to create" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("program", ["/nonexistent", "/"])
def test_a_shell_that_cannot_be_started_is_named(program: str) -> None:
    done = subprocess.run(
        [OCSIM, "shell"], env={**os.environ, "SHELL": program}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert f"error: {program}: $SHELL: cannot be started: " in done.stderr
    assert "Traceback" not in done.stderr


def test_without_its_cluster_the_client_says_so(tmp_path: Path) -> None:
    from simulator.server import shellclient

    environment = {**os.environ, "OCSIM_SOCKET": str(tmp_path / "gone")}
    done = subprocess.run(
        [sys.executable, "-I", "-S", shellclient.__file__, "oc", "get", "pods"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "the simulated cluster of this shell is gone" in done.stderr
