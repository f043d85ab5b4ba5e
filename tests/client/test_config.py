"""A kubeconfig as data."""

from __future__ import annotations

import pytest

from simulator.client.config import Overrides, choose, merge, minify, nickname, parse, redact, remember
from simulator.errors import InputError

TEXT = """
apiVersion: v1
kind: Config
clusters:
- name: prod
  cluster: {server: "https://api.example.com:6443", certificate-authority-data: YWJj}
users:
- name: ann/api-example-com:6443
  user: {token: secret}
contexts:
- name: web
  context: {cluster: prod, user: "ann/api-example-com:6443", namespace: shop}
current-context: web
"""


def test_the_current_context_is_chosen() -> None:
    choice = choose(parse(TEXT, "a"))
    assert (choice.server, choice.namespace, choice.user) == (
        "https://api.example.com:6443",
        "shop",
        {"token": "secret"},
    )
    assert choice.cluster_file == choice.user_file == "a"


def test_the_command_line_wins() -> None:
    choice = choose(parse(TEXT, "a"), Overrides(server="other:8443", token="t", namespace="n", insecure=True))
    assert choice.cluster == {"server": "https://other:8443", "insecure-skip-tls-verify": True}
    assert (choice.user, choice.namespace) == ({"token": "t"}, "n")


def test_impersonation_of_the_command_line_takes_the_place_of_that_of_the_file() -> None:
    config = parse(TEXT.replace("{token: secret}", "{token: secret, as: root, as-groups: [x]}"), "a")
    assert choose(config).user == {"token": "secret", "as": "root", "as-groups": ["x"]}
    assert choose(config, Overrides(impersonate="eve")).user == {"token": "secret", "as": "eve", "as-groups": []}


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (Overrides(context="nope"), "context was not found for specified context: nope"),
        (Overrides(cluster="nope"), 'no server found for cluster "nope"'),
        (Overrides(user="nope"), 'auth info "nope" does not exist'),
    ],
)
def test_names_that_are_not_there(overrides: Overrides, message: str) -> None:
    """Source: the output of oc 4.20."""
    with pytest.raises(InputError, match=message):
        choose(parse(TEXT, "a"), overrides)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [\nb", 'error loading config file "f": yaml: line 2'),
        ("[]", "f:1: a kubeconfig is a mapping"),
        ("clusters: {}\nusers: 3", r"f:2: users: must be a list"),
        ("users:\n- user: {}", r"f:2: users\[0\].name: this is missing"),
        ("users:\n- name: a\n  user: 3", r"f:3: users\[0\].user: must be a mapping"),
    ],
)
def test_a_file_that_is_none_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(text, "f")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cluster: prod, ", "cluster: gone, ", r'f: contexts\[web\].cluster: there is no cluster "gone"'),
        ('server: "https://api.example.com:6443", ', "", r"f: clusters\[prod\].server: this is missing"),
        ("current-context: web", "", "Missing or incomplete configuration info"),
        ("current-context: web", "current-context: nope", "specified context: nope"),
    ],
)
def test_a_hole_is_told_with_its_place(old: str, new: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose(parse(TEXT.replace(old, new), "f"))


def test_of_several_files_the_first_that_sets_a_value_wins() -> None:
    other = parse(TEXT.replace("shop", "other").replace("name: prod", "name: test"), "b")
    merged = merge([parse("current-context: web", "a"), parse(TEXT, "b"), other])
    assert merged.contexts["web"]["namespace"] == "shop"
    assert set(merged.clusters) == {"prod", "test"}


def test_what_is_written_can_be_read_again() -> None:
    import yaml

    config = parse(TEXT, "a")
    assert parse(yaml.safe_dump(config.to_object()), "a").to_object() == config.to_object()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.example.com:6443", "api-example-com:6443"),
        ("https://api.example.com", "api-example-com:443"),
        ("https://[::1]:6443", "[::1]:6443"),
    ],
)
def test_the_nickname_of_a_server(url: str, name: str) -> None:
    assert nickname(url) == name


def test_a_login_makes_a_context_of_project_server_and_user() -> None:
    cluster = {"server": "https://api.example.com:6443"}
    made = remember(parse(TEXT, "a"), namespace="demo", user="bob", cluster=cluster, credentials={"token": "t"})
    assert made.current == "demo/api-example-com:6443/bob"
    assert made.contexts[made.current] == {
        "cluster": "api-example-com:6443",
        "user": "bob/api-example-com:6443",
        "namespace": "demo",
    }
    assert made.users["bob/api-example-com:6443"] == {"token": "t"}
    assert "web" in made.contexts


def test_a_context_that_says_the_same_is_used_under_its_own_name() -> None:
    text = TEXT.replace("prod", "api-example-com:6443")
    cluster = {"server": "https://api.example.com:6443"}
    made = remember(parse(text, "a"), namespace="shop", user="ann", cluster=cluster, credentials={})
    assert (made.current, len(made.contexts)) == ("web", 1)


def test_secrets_are_hidden_and_only_what_is_used_is_kept() -> None:
    config = parse(TEXT.replace("users:", "users:\n- name: other\n  user: {password: p}"), "a")
    shown = redact(minify(config))
    assert shown.users == {"ann/api-example-com:6443": {"token": "REDACTED"}}
    assert shown.clusters["prod"]["certificate-authority-data"] == "DATA+OMITTED"
    assert redact(config).users["other"] == {"password": "REDACTED"}
    assert config.users["other"] == {"password": "p"}
