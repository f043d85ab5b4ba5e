"""Clouds that no simulated cluster stands on. Who configures one gets the error of a cluster without its credentials.

Source: pkg/storage/{swift,gcs,azure}.
"""

from __future__ import annotations

from typing import ClassVar

from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.storage.credentials import cloud_credentials
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.errors import Object


class ForeignCloud(Driver):
    """``user_keys`` and ``minted_keys`` are what its credentials must hold."""

    user_keys: ClassVar[tuple[str, ...]]
    minted_keys: ClassVar[tuple[str, ...]]

    def exists(self) -> bool:
        return False

    def create(self) -> None:
        """Ask for the credentials, which a cluster on AWS lacks. Once they are given, the cloud itself is missing."""
        cloud_credentials(self.work.client, self.user_keys, self.minted_keys)
        raise OperatorError(f"this simulator has no {self.title} storage to connect to")

    def remove(self) -> None:
        """It was never made."""

    def env(self) -> list[Object]:
        return []


class Swift(ForeignCloud):
    key = "swift"
    title = "Swift"
    user_keys = ("REGISTRY_STORAGE_SWIFT_USERNAME", "REGISTRY_STORAGE_SWIFT_PASSWORD")
    minted_keys = ("clouds.yaml",)


class GoogleCloudStorage(ForeignCloud):
    key = "gcs"
    title = "GCS"
    user_keys = ("REGISTRY_STORAGE_GCS_KEYFILE",)
    minted_keys = ("service_account.json",)


class IBMCOS(ForeignCloud):
    key = "ibmcos"
    title = "IBMCOS"
    user_keys = ("REGISTRY_STORAGE_IBMCOS_APIKEY",)
    minted_keys = ("ibmcloud_api_key",)


class Azure(ForeignCloud):
    key = "azure"
    title = "Azure"
    user_keys = ("REGISTRY_STORAGE_AZURE_ACCOUNTKEY",)
    minted_keys = ("azure_subscription_id",)

    def changed(self) -> bool:
        """Unlike the others it says nothing of a change."""
        return self.differs()
