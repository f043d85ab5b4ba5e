"""The file of keys that AWS's SDKs share."""

import pytest

from simulator.infra.sharedcredentials import keys_in_file


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("[default]\naws_access_key_id = A\naws_secret_access_key = b%c\n", ("A", "b%c")),
        ("[other]\naws_access_key_id = A\n", ("", "")),
        ("no file at all", ("", "")),
    ],
)
def test_keys_in_a_credentials_file(text: str, keys: tuple[str, str]) -> None:
    assert keys_in_file(text) == keys
