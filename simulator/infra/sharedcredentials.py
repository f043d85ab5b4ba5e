"""The file of keys that AWS's SDKs share. Source: aws-sdk-go, credentials/shared_credentials_provider.go."""

from __future__ import annotations


def keys_in_file(text: str) -> tuple[str, str]:
    """Access key id and secret access key of the default profile; "" where the file has none."""
    from configparser import ConfigParser, Error  # here, as no cluster needs it to start

    parser = ConfigParser(interpolation=None, default_section="")
    try:
        parser.read_string(text)
    except Error:
        return "", ""
    get = parser.get
    return (
        get("default", "aws_access_key_id", fallback=""),
        get("default", "aws_secret_access_key", fallback=""),
    )
