"""The object stores inside the cluster, NooBaa and Ceph's RADOS gateway, as a client finds them behind an endpoint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.api.gvrs import PODS
from simulator.changes.node import QUOTED_URLS
from simulator.changes.storage import NOOBAA_LIFECYCLE, NOOBAA_PUBLIC_ACCESS_BLOCK
from simulator.controllers.podstate import is_serving
from simulator.errors import Object
from simulator.infra import faults
from simulator.infra.endpoints import Network, NoAnswer, NotServed, Url
from simulator.infra.s3 import S3, STORES_NAMESPACE, Credentials, S3Error, SendFailed
from simulator.infra.s3dialects import AWS, NOOBAA, RGW, Dialect

if TYPE_CHECKING:
    from simulator.infra import Machines

NOOBAA_SERVICE, RGW_PREFIX = "s3", "rook-ceph-rgw-"
_AWS_HOST = re.compile(r"s3[.-].*amazonaws\.com|s3\.amazonaws\.com")
_HTTP_TEXTS = {302: "Found", 404: "Not Found", 503: "Service Unavailable"}


class Store(S3):
    """A store inside the cluster, without the way to it: what its own provisioner works on."""

    def __init__(self, machines: Machines, dialect: Dialect) -> None:
        super().__init__(machines.client, machines.names, dialect)
        self._machines = machines

    def runs(self) -> bool:
        """Whether it can do its work: NooBaa's core and database, Ceph behind the gateway; no Fault has it down."""
        if faults.find(self._client, self.dialect.target, effects=("down",)):
            return False
        if self.dialect is RGW:
            return self._machines.ceph.answers()
        pods = [pod for pod in self._client.list(PODS, STORES_NAMESPACE)
                if pod["metadata"]["name"].startswith(("noobaa-core-", "noobaa-db-"))]  # fmt: skip
        kinds = {pod["metadata"]["name"][:9] for pod in pods}
        return bool(kinds) and kinds == {pod["metadata"]["name"][:9] for pod in pods if is_serving(pod)}

    def check_room(self) -> None:
        if self.dialect is RGW and faults.find(self._client, "ceph", effects=("full", "read-only")):
            raise self.error(self.dialect.no_room)

    def check_setting(self, setting: str, credentials: Credentials | None) -> None:
        release = self._machines.release
        if self.dialect is not NOOBAA:
            return
        if setting == "lifecycle" and not NOOBAA_LIFECYCLE.at(release):
            raise self.error("NotImplemented")
        if setting == "publicAccessBlock" and not NOOBAA_PUBLIC_ACCESS_BLOCK.at(release):
            may_create = credentials is None or credentials in self._accounts()
            raise self.error("BucketAlreadyOwnedByYou" if may_create else self.dialect.no_creation)


class RemoteStore(Store):
    """A store behind an endpoint. Every request finds its way anew."""

    def __init__(self, machines: Machines, url: Url, virtual_hosted: bool, trusted: str) -> None:
        self._url, self._virtual_hosted = url, virtual_hosted
        self._network = Network(machines.client, machines.release, trusted)
        self._service = self._network.service(url)
        super().__init__(machines, dialect_of(self._service) or AWS)

    def reach(self, verb: str, bucket: str, rest: str = "") -> None:
        url = self._url.below(bucket) if self._virtual_hosted else self._url
        try:
            self._network.dial(url)
        except NoAnswer as failure:
            raise self._send_failed(verb, url, bucket, rest, str(failure)) from None
        except NotServed as answer:
            raise _http_error(answer.status_code) from None
        if dialect_of(self._service) is None:
            raise _http_error(404)  # a server, but not one of S3
        if not self.runs():
            self._fail(verb, url, bucket, rest)

    def _fail(self, verb: str, url: Url, bucket: str, rest: str) -> None:
        if self.dialect is NOOBAA and not faults.find(self._client, "noobaa", effects=("down",)):
            raise self.error("InternalError")
        address = f"{(self._service or {}).get('spec', {}).get('clusterIP', '')}:{url.port}"
        raise self._send_failed(verb, url, bucket, rest, f"dial tcp {address}: connect: connection refused")

    def _send_failed(self, verb: str, url: Url, bucket: str, rest: str, cause: str) -> SendFailed:
        path = "" if self._virtual_hosted else f"/{bucket}"
        if self._virtual_hosted and not rest.startswith("/"):
            path = "/"
        asked = QUOTED_URLS.at(self._machines.release).format(url=url.text + path + rest)  # of a Get
        return SendFailed(f"{verb}{asked.removeprefix('Get')}: {cause}")


def store_at(machines: Machines, endpoint: str = "", virtual_hosted: bool = False, ca_bundle: str = "") -> S3:
    """The object store behind an S3 endpoint; "" and the endpoints of AWS are ``machines.s3``.

    ``ca_bundle``: PEM text of the authorities that the client trusts beside the public ones. Whether anybody answers
    shows at the first request: SendFailed, or what the SDK makes of a router's page.
    """
    url = Url.of(endpoint)
    if not endpoint or _AWS_HOST.fullmatch(url.host):
        return machines.s3
    return RemoteStore(machines, url, virtual_hosted, ca_bundle)


def dialect_of(service: Object | None) -> Dialect | None:
    """What kind of store a Service leads to; None when it is none."""
    if service is None or service["metadata"]["namespace"] != STORES_NAMESPACE:
        return None
    name = service["metadata"]["name"]
    return NOOBAA if name == NOOBAA_SERVICE else RGW if name.startswith(RGW_PREFIX) else None


def _http_error(status_code: int) -> S3Error:
    """What the SDK makes of an answer that is not S3's."""
    text = _HTTP_TEXTS[status_code]
    return S3Error(text.replace(" ", ""), text, status_code, "", "")
