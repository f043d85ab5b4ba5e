"""``oc set``: env, image, resources and volume."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.types import GVR

DEPLOYMENTS = GVR("apps", "v1", "deployments")
CLAIMS = GVR("", "v1", "persistentvolumeclaims")


@pytest.fixture
def web(bench: Any) -> Any:
    """A Deployment of two containers."""
    containers = [
        {"name": "main", "image": "web:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
        {"name": "side", "image": "side:1"},
    ]
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    bench.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    return bench


def spec_of(bench: Any) -> Any:
    return bench.client.get(DEPLOYMENTS, "web", "demo")["spec"]["template"]["spec"]


def env_of(bench: Any, index: int = 0) -> dict[str, Any]:
    return {
        item["name"]: item.get("value", item.get("valueFrom"))
        for item in spec_of(bench)["containers"][index].get("env") or ()
    }


# -- env


def test_set_and_remove_variables(web: Any) -> None:
    """Unqualified, 4.2 names the old group."""
    assert web.run("oc set env deploy/web -c main A=9 C=3 B-").stdout == "deployment.extensions/web updated\n"
    assert env_of(web) == {"A": "9", "C": "3"}
    assert env_of(web, 1) == {}
    assert web.run("oc set env deployment.apps/web D=4").stdout == "deployment.apps/web updated\n"
    assert env_of(web, 1) == {"D": "4"}
    assert web.run("oc set env deployment.apps/web D=4").stdout == ""


def test_variables_from_standard_input(web: Any) -> None:
    web.run("oc set env deploy/web -c side -", stdin="# a comment\nX=1\nY=a=b\n")
    assert env_of(web, 1) == {"X": "1", "Y": "a=b"}


def test_list_variables(web: Any) -> None:
    web.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"my-key": "YQ=="}})
    web.run("oc set env deploy/web -c side --from=secret/s --prefix=P_")
    assert web.run("oc set env deploy/web --list").stdout == (
        "# deployments/web, container main\nA=1\nB=2\n"
        "# deployments/web, container side\n# P_MY_KEY from secret s, key my-key\n"
    )


def test_a_value_that_must_not_be_overwritten(web: Any) -> None:
    ran = web.run("oc set env deploy/web A=9 --overwrite=false")
    assert ran.status == 1
    assert ran.stderr == "error: deployments/web 'A' already has a value (1), and --overwrite is false\n"
    assert env_of(web)["A"] == "1"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("oc set env deploy/web", "error: at least one environment variable must be provided\n"),
        ("oc set env A=1", "error: one or more resources must be specified as <resource> <name> or <resource>/<name>\n"
         "See 'oc set env -h' for help and examples\n"),
        ("oc set env deploy/web -c nope A=1",
         'warning: deployments/web does not have any containers matching "nope"\n'),
        ("oc set image deploy/web", "error: at least one image update is required\n"),
        ("oc set image deploy/web nope=x", 'error: unable to find container named "nope"\n'),
        ("oc set volume deploy/web --add --remove", "error: you may only specify one operation at a time\n"),
        ("oc set volume", "error: provide one or more resources to add, list, or delete volumes on as TYPE/NAME\n"),
        ("oc set volume deploy/web --remove", "error: must provide --confirm for removing more than one volume\n"),
        ("oc set volume deploy/web --add -t pvc",
         "error: must provide --claim-name or --claim-size (to create a new claim) for --type=pvc\n"),
        ("oc set volume deploy/web --remove --name=v", "error: deployments/web volume 'v' not found\n"),
        ("oc set volume deploy/web --name=v", 'error: deployments/web volume "v" not found\n'),
    ],
)  # fmt: skip
def test_refusals(web: Any, line: str, text: str) -> None:
    assert web.run(line).stderr == text


# -- image and resources


def test_set_images(web: Any) -> None:
    assert web.run("oc set image deployment.apps/web main=web:2").stdout == "deployment.apps/web image updated\n"
    assert web.run("oc set image deploy/web *=all:1").stdout == "deployment.extensions/web image updated\n"
    assert [container["image"] for container in spec_of(web)["containers"]] == ["all:1", "all:1"]
    assert web.run("oc set image deploy/web main=all:1").stdout == ""


def test_set_resources(web: Any) -> None:
    ran = web.run("oc set resources deployment.apps/web -c main --limits=cpu=200m,memory=1Gi --requests=cpu=100m")
    assert ran.stdout == "deployment.apps/web resource requirements updated\n"
    main, side = spec_of(web)["containers"]
    assert main["resources"] == {"limits": {"cpu": "200m", "memory": "1Gi"}, "requests": {"cpu": "100m"}}
    assert not side.get("resources")


# -- volume


def test_a_claim_is_made_mounted_and_listed(web: Any) -> None:
    ran = web.run(
        "oc set volume deployment.apps/web --add --name=data -t pvc --claim-name=c --claim-size=100Gi "
        "--claim-mode=rwm --claim-class=fast -m /data/ -c main"
    )
    assert (ran.stdout, ran.stderr) == ("deployment.apps/web volume updated\n", "")
    claim = web.client.get(CLAIMS, "c", "demo")
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["spec"]["storageClassName"] == "fast"
    waiting = "pvc/c (waiting for 100GiB allocation)"
    listing = "deployments/web\n  {} as data\n    mounted at /data in container main\n"
    assert web.run("oc set volume deploy/web").stdout == listing.format(waiting)
    web.client.update(CLAIMS, {**claim, "spec": {**claim["spec"], "volumeName": "pv"}})
    bound = {**web.client.get(CLAIMS, "c", "demo"), "status": {"phase": "Bound", "capacity": {"storage": "100Gi"}}}
    web.client.update_status(CLAIMS, bound)
    assert web.run("oc set volumes deploy/web --list").stdout == listing.format("pvc/c (allocated 100GiB)")


def test_sources_of_all_kinds(web: Any) -> None:
    for flags in ("--name=e", "--name=s --secret-name=x", "--name=c --configmap-name=y", "--name=h --path=/p",
                  "--name=g -t pvc --claim-name=gone"):  # fmt: skip
        assert web.run(f"oc set volume deploy/web --add {flags}").status == 0
    assert web.run("oc set volume deploy/web").stdout == (
        "deployments/web\n  empty directory as e\n  secret/x as s\n  configMap/y as c\n  host path /p as h\n"
        "  pvc/gone (does not exist) as g\n"
    )


def test_a_volume_that_is_there_is_replaced_on_request_only(web: Any) -> None:
    web.run("oc set volume deploy/web --add --name=v -m /v")
    ran = web.run("oc set volume deploy/web --add --name=v --secret-name=s")
    assert ran.status == 1
    assert ran.stderr == "error: deployments/web volume 'v' already exists. Use --overwrite to replace\n"
    assert web.run("oc set volume deploy/web --add --name=v --secret-name=s --overwrite").status == 0
    assert spec_of(web)["volumes"][0]["secret"]["secretName"] == "s"
    ran = web.run("oc set volume deploy/web --add --name=w -m /v")
    assert ran.stderr == "error: volume mount '/v' already exists for container 'main'\n"


def test_a_name_is_made_up(web: Any) -> None:
    ran = web.run("oc set volume deploy/web --add -m /v")
    name = spec_of(web)["volumes"][0]["name"]
    assert ran.stderr == f"info: Generated volume name: {name}\n"
    assert name.startswith("volume-")


def test_remove_volumes(web: Any) -> None:
    web.run("oc set volume deploy/web --add --name=v -m /v")
    web.run("oc set volume deploy/web --add --name=w -m /w")
    assert (
        web.run("oc set volume deployment.apps/web --remove --name=v -c main").stdout
        == "deployment.apps/web volume updated\n"
    )
    assert [item["name"] for item in spec_of(web)["volumes"]] == ["v", "w"], "side still mounts it"
    web.run("oc set volume deploy/web --remove --name=v")
    assert [item["name"] for item in spec_of(web)["volumes"]] == ["w"]
    web.run("oc set volume deploy/web --remove --confirm")
    assert not spec_of(web).get("volumes")
    assert not any(container.get("volumeMounts") for container in spec_of(web)["containers"])
