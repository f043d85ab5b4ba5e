"""The cloud credentials: from the administrator's own Secret, or from the one that the cluster was given.

Source: GetConfig of the storage drivers, release-4.2.
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
