"""``oc process`` and ``oc tag``, as oc 4.20 prints them."""

from __future__ import annotations

import pytest

from simulator import Cluster


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    made = Cluster.from_profile("ocp-4.20", seed=1)
    made.sh("oc new-project lab")
    return made


def test_a_stored_template_is_filled_in_and_created(cluster: Cluster) -> None:
    template = "openshift//postgresql-persistent"
    assert cluster.sh(f"oc process {template} -p DATABASE_SERVICE_NAME=db -o name").stdout == (
        "service/db\npersistentvolumeclaim/db\n"
    )
    made = cluster.sh(f"oc process {template} VOLUME_CAPACITY=2Gi -l app=x | oc create -f -").stdout
    assert made == "service/postgresql created\npersistentvolumeclaim/postgresql created\n"
    shown = cluster.sh("oc get pvc postgresql -o jsonpath='{.spec.resources.requests.storage} {.metadata.labels.app}'")
    assert shown.stdout == "2Gi x"
    first, second, _ = cluster.sh(f"oc process {template} --parameters").stdout.splitlines()
    assert first.split() == ["NAME", "DESCRIPTION", "GENERATOR", "VALUE"]
    assert second.startswith("DATABASE_SERVICE_NAME\tThe name of the OpenShift Service")


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("oc process nope", 'error: template "nope" could not be found'),
        ("oc process openshift//postgresql-persistent X=1", 'error: unknown parameter name "X"'),
        ("oc process openshift//postgresql-persistent VOLUME_CAPACITY=",
         "error: unable to process template\n  Required value: template.parameters[1]: parameter VOLUME_CAPACITY is "
         "required and must be specified"),
        ("oc process", "error: Must pass a filename or name of stored template"),
        ("oc tag a:1 b", 'error: "b" must be of the form <stream_name>:<tag>'),
        ("oc tag a:1", "error: you must specify a source and at least one destination or one or more tags to delete"),
        ("oc tag a:1 b:1", 'error: "a:1" is not currently pointing to an image, cannot use it as the source of a tag'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(cluster: Cluster, command: str, text: str) -> None:
    result = cluster.sh(command)
    assert result.status == 1
    assert result.stderr.startswith(text)


def test_tags_are_set_follow_and_go(cluster: Cluster) -> None:
    digest = "sha256:40485958adedd10a2684fba776a4936cc42d9c60c4ed7368ecd59e14fa69fd96"
    assert (
        cluster.sh("oc tag quay.io/openshift/hello:1 app:1").stdout == "Tag app:1 set to quay.io/openshift/hello:1.\n"
    )
    cluster.sh("sleep 1")
    assert cluster.sh("oc tag app:1 app:prod").stdout == f"Tag app:prod set to app@{digest}.\n"
    assert cluster.sh("oc tag --alias app:1 app:next").stdout == "Tag app:next set up to track app:1.\n"
    assert cluster.sh("oc get istag -o name").stdout.split() == [
        f"imagestreamtag.image.openshift.io/app:{tag}" for tag in ("1", "next", "prod")
    ]
    assert cluster.sh("oc tag -d app:prod").stdout == "Deleted tag lab/app:prod.\n"
