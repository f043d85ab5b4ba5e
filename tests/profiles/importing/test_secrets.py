"""No value of a Secret gets into a profile unasked, wherever else it stands."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from simulator.cluster import Cluster
from simulator.errors import Object
from simulator.profiles.importing import Imported, to_text
from simulator.profiles.importing.kinds import Items, collect
from simulator.profiles.importing.placeholders import Placeholders
from simulator.profiles.importing.reading import objects_in
from simulator.profiles.importing.report import Report
from simulator.profiles.importing.secrets import Mode, scrub
from simulator.release import Release
from tests.profiles.importing.mustgather import of_texts, secret_values

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----\n"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlLW9mLWl0"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def cleaned(*objects: Object, mode: Mode = "replace") -> tuple[Items, Report]:
    report, found = Report(), []
    for file in of_texts(**{f"o{index}_yaml": json.dumps(obj) for index, obj in enumerate(objects)}):
        found += objects_in(file, file.read().decode(), report)
    items, _ = collect(found, Release(), report)
    return scrub(items, mode, report), report


def secret(name: str = "door", namespace: str = "shop", **data: str) -> Object:
    meta = {"name": name, "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": meta,
        "data": {key: encoded(v) for key, v in data.items()},
    }


def configmap(**data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "shop"}, "data": data}


def text_of(items: Items) -> str:
    return json.dumps([item.object for item in items.values()])


def test_not_one_value_of_a_whole_cluster_is_written(original: Cluster, copy: Imported) -> None:
    written = to_text(copy.content)
    assert [value for value in secret_values(original) if json.dumps(value)[1:-1] in written] == []


def test_the_keys_of_a_secret_stay() -> None:
    items, report = cleaned(secret(username="root", password="hunter2-hunter2"))
    (item,) = items.values()
    assert list(item.object["data"]) == ["username", "password"]
    assert {entry.place for entry in report.replaced} == {
        "secrets shop/door data.username",
        "secrets shop/door data.password",
    }


def test_one_value_has_one_placeholder_everywhere() -> None:
    pod_env = configmap(plain="pass=hunter2-hunter2;", coded=encoded("hunter2-hunter2"))
    items, _ = cleaned(secret("a", password="hunter2-hunter2"), secret("b", key="hunter2-hunter2"), pod_env)
    first, second, config = (item.object["data"] for item in items.values())
    assert first["password"] == second["key"] == config["coded"]
    assert config["plain"] == f"pass={base64.b64decode(first['password']).decode()};"


def test_names_are_no_secrets_though_a_secret_may_hold_one() -> None:
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n", "labels": {"region": "us-east-1"}},
        "spec": {},
    }
    items, _ = cleaned(secret(region="us-east-1", where="registry-storage"), node, configmap(region="us-east-1"))
    assert "us-east-1" in text_of({key: item for key, item in items.items() if key[0] != "secrets"})


def test_secrets_in_other_places() -> None:
    config = configmap(
        key=f"tls: |\n  {KEY}",
        kubeconfig="users:\n- user:\n    token: sha256~0123456789abcdefghijklmn\n",
        jwt=f"t={TOKEN}",
        url="postgres://shop:geheim-geheim@db/shop",
        aws="AKIAIOSFODNN7EXAMPLE",
        pull='{"auths":{"q.io":{"auth":"Zm9vOmJhcg=="}}}',
    )
    written = text_of(cleaned(config)[0])
    for value in ("MIIabc", "0123456789abcdefghijklmn", TOKEN, "geheim", "AKIAIOSFODNN7EXAMPLE", "Zm9vOmJhcg"):
        assert value not in written
    assert "postgres://" in written
    assert "@db/shop" in written


def test_what_an_annotation_repeats_is_left_out() -> None:
    whole = secret(password="hunter2-hunter2")
    whole["metadata"]["annotations"] = {LAST_APPLIED: json.dumps(whole), "note": "kept"}
    (item,) = cleaned(whole)[0].values()
    assert item.object["metadata"]["annotations"] == {"note": "kept"}


def test_access_tokens_are_left_out_as_a_whole() -> None:
    token = {"apiVersion": "oauth.openshift.io/v1", "kind": "OAuthAccessToken", "metadata": {"name": "sha256~abc"}}
    items, report = cleaned(token, configmap(a="b"))
    assert [key[0] for key in items] == ["configmaps"]
    assert [entry.why for entry in report.replaced] == ["left out: its name is a secret"]
    assert "abc" not in json.dumps(report.to_data())


def test_left_out_values_stand_nowhere_else_either() -> None:
    items, _ = cleaned(secret(password="hunter2-hunter2"), configmap(a="hunter2-hunter2"), mode="leave-out")
    assert [key[0] for key in items] == ["configmaps"]
    assert "hunter2" not in text_of(items)


def test_kept_values_are_as_they_were() -> None:
    items, report = cleaned(secret(password="hunter2-hunter2"), mode="keep")
    (item,) = items.values()
    assert item.object["data"] == {"password": encoded("hunter2-hunter2")}
    assert report.notes


def test_what_reads_a_placeholder_finds_the_shape_it_expects() -> None:
    made = Placeholders()
    assert made.of("AKIAIOSFODNN7EXAMPLE", "aws_access_key_id").startswith("AKIA")
    assert made.of(KEY, "tls.key").startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert json.loads(made.of('{"auths":{"a":{"auth":"x"}}}', ".dockerconfigjson")) == {"auths": {}}
    file = "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = abcdefgh\n"
    again = made.of(file, "credentials")
    assert made.of("AKIAIOSFODNN7EXAMPLE") in again
    assert "abcdefgh" not in again


@given(st.text(min_size=8, max_size=40).filter(str.strip), st.text(max_size=20), st.text(max_size=20))
def test_no_text_around_a_value_hides_it(value: str, before: str, after: str) -> None:
    """A value between word boundaries of any text is found, if it has a word of eight characters to be known by."""
    word = f"{value.encode().hex()}00000000"
    items, _ = cleaned(secret(password=word), configmap(a=f"{before} {word} {after}"))
    assert word not in text_of(items)


def test_the_same_dump_gives_the_same_profile(gathered: Path, copy: Imported) -> None:
    from tests.profiles.importing.mustgather import imported

    assert to_text(imported(gathered).content) == to_text(copy.content)
