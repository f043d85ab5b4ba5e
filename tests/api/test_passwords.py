"""Passwords as files and Secrets keep them."""

from __future__ import annotations

import re

import pytest

from simulator.api.passwords import bcrypt, generated, generated_hash, generated_of, verify


@pytest.mark.parametrize(
    ("password", "kept"),
    [
        # Openwall, crypt_blowfish/wrapper.c
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
        # Apache, htpasswd's manual: myPassword
        ("myPassword", "$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/"),
        ("myPassword", "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE="),
    ],
)
def test_known_hashes(password: str, kept: str) -> None:
    assert verify(password, kept)
    assert not verify(f"{password}x", kept)


@pytest.mark.parametrize("kept", ["", "plain", "$2a$", "$2a$99$x", "$2y$05$short", "$6$salt$x", "{SHA}"])
def test_what_is_no_hash_lets_nobody_in(kept: str) -> None:
    assert not verify("plain", kept)


def test_the_letter_of_the_version_does_not_matter() -> None:
    kept = bcrypt("secret", bytes(range(16)))
    assert len(kept) == 60
    assert verify("secret", kept.replace("$2a$", "$2y$"))


def test_a_generated_password_is_known_by_its_hash() -> None:
    """Its form is the installer's: openshift/installer, pkg/asset/password."""
    kept = generated_hash("a")
    password = generated_of(kept)
    assert re.fullmatch(r"([2-9a-zA-Z]{5}-){3}[2-9a-zA-Z]{5}", password)
    assert verify(password, kept)
    assert generated("x") != generated("y")
    assert generated_of(bcrypt("secret", bytes(16))) == ""
