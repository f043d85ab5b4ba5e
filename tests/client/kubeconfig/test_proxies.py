"""Which proxy leads to a server. Source of the rules: golang.org/x/net, http/httpproxy."""

from __future__ import annotations

import pytest

from simulator.client.config import Choice, Config, Overrides, choose
from simulator.client.kubeconfig.proxies import proxy_of
from simulator.errors import InputError

PROXY = "http://proxy:3128"


def choice(server: str, **cluster: str) -> Choice:
    return choose(Config(clusters={"c": cluster}), Overrides(cluster="c", server=server))


@pytest.mark.parametrize(
    ("server", "exceptions", "is_direct"),
    [
        ("https://api.example.com:6443", "", False),
        ("https://api.example.com:6443", "*", True),
        ("https://api.example.com:6443", "example.com", True),
        ("https://api.example.com:6443", "other.org, .example.com", True),
        ("https://example.com:6443", ".example.com", False),
        ("https://notexample.com:6443", "example.com", False),
        ("https://api.example.com:6443", "api.example.com:443", False),
        ("https://api.example.com:6443", "api.example.com:6443", True),
        ("https://10.1.2.3:6443", "10.0.0.0/8", True),
        ("https://11.1.2.3:6443", "10.0.0.0/8,nonsense/x", False),
        ("https://127.0.0.1:6443", "", True),
        ("https://localhost:6443", "", True),
        ("https://[::1]:6443", "", True),
    ],
)
def test_exceptions(server: str, exceptions: str, is_direct: bool) -> None:
    found = proxy_of(choice(server), {"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions})
    assert found == ("" if is_direct else PROXY)


def test_the_cluster_knows_best() -> None:
    assert proxy_of(choice("https://127.0.0.1", **{"proxy-url": "socks5://own:1080"}), {}) == "socks5://own:1080"
    assert proxy_of(choice("https://a.b"), {"https_proxy": "proxy:3128"}) == PROXY
    assert proxy_of(choice("http://a.b"), {"https_proxy": PROXY}) == ""


@pytest.mark.parametrize("url", ["ftp://a", "proxy:3128", "http://"])
def test_a_proxy_that_will_not_do_is_told_with_its_field(url: str) -> None:
    with pytest.raises(InputError, match=r"clusters\[c\].proxy-url: invalid proxy URL"):
        proxy_of(choice("https://a.b", **{"proxy-url": url}), {})
