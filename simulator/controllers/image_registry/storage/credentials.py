"""The cloud credentials: from the administrator's own Secret, or from the one that the cluster was given.

Source: GetConfig of the storage drivers, release-4.2; getCredentialsConfigData, release-4.20.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.client.client import Client
from simulator.controllers.image_registry import listers
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.names import CLOUD_CREDENTIALS, NAMESPACE, PRIVATE_CONFIGURATION_USER
from simulator.errors import NotFound


def cloud_credentials(client: Client, user_keys: Sequence[str], minted_keys: Sequence[str]) -> tuple[str, ...]:
    """The values of ``user_keys`` in the administrator's Secret; without it, of ``minted_keys`` in the cluster's."""
    try:
        user = listers.secret(client, PRIVATE_CONFIGURATION_USER)
    except NotFound:
        return _required(_minted(client), CLOUD_CREDENTIALS, minted_keys)
    return _required(listers.secret_data(user), PRIVATE_CONFIGURATION_USER, user_keys)


def credentials_file(client: Client, user_keys: Sequence[str], minted_keys: Sequence[str]) -> str:
    """The same as an AWS credentials file. The cluster's Secret may hold such a file, which wins over its keys."""
    try:
        user = listers.secret(client, PRIVATE_CONFIGURATION_USER)
    except NotFound:
        minted = _minted(client)
        if minted.get("credentials"):
            return minted["credentials"]
        if not all(minted.get(key) for key in minted_keys):
            text = "failed to generate shared secrets data: invalid secret for aws credentials"
            raise OperatorError(text) from None
        return _file(*(minted[key] for key in minted_keys))
    return _file(*_required(listers.secret_data(user), PRIVATE_CONFIGURATION_USER, user_keys))


def _file(access_key: str, secret_key: str) -> str:
    return f"[default]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n"


def _minted(client: Client) -> Mapping[str, str]:
    try:
        return listers.secret_data(listers.secret(client, CLOUD_CREDENTIALS))
    except NotFound as error:
        raise OperatorError(
            f'unable to get cluster minted credentials "{NAMESPACE}/{CLOUD_CREDENTIALS}": {error}'
        ) from error


def _required(data: Mapping[str, str], name: str, keys: Sequence[str]) -> tuple[str, ...]:
    for key in keys:
        if key not in data:
            raise OperatorError(f'secret "{NAMESPACE}/{name}" does not contain required key "{key}"')
    return tuple(data[key] for key in keys)
