"""Requests that Schemathesis makes up from the served OpenAPI: whatever they are, none is answered by a 5xx."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from simulator.api.types import Request
from simulator.server.service import Service

schemathesis = pytest.importorskip("schemathesis")

EXAMPLES = 20 if "OCSIM_EXPLORE" in os.environ else 2
MOST = 10_000 if "OCSIM_EXPLORE" in os.environ else 12  # operations of a document
DOCUMENTS = ("api/v1", "apis/apps/v1", "apis/storage.k8s.io/v1", "apis/route.openshift.io/v1",
             "apis/imageregistry.operator.openshift.io/v1", "apis/authorization.k8s.io/v1")  # fmt: skip


def document(service: Service, path: str) -> Any:
    reply: Any = service.call(lambda: service.cluster.api.handle(Request("GET", f"/openapi/v3/{path}")))
    return json.loads(reply.data())


@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.filterwarnings("ignore")
def test_no_request_breaks_the_server(service: Service, path: str) -> None:
    context = (str(service.certificates.admin),)
    asked, refused = [], []
    found = schemathesis.openapi.from_dict(document(service, path)).get_all_operations()
    operations = [result.ok() for result in found if not _is_stream(result.ok().path)]
    for operation in operations[:: max(1, len(operations) // MOST)]:

        @settings(
            max_examples=EXAMPLES,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            if str((case.query or {}).get("watch", "")).lower() in ("true", "1"):
                case.query = {**case.query, "watch": "false"}
            response = case.call(base_url=service.url, verify=str(service.certificates.ca), cert=context[0], timeout=20)
            asked.append(case.method)
            if response.status_code >= 500:
                refused.append(f"{case.method} {case.formatted_path} {case.query}: {response.text[:300]}")

        with contextlib.suppress(schemathesis.errors.UnsupportedSchema):  # some patterns it cannot make texts for
            ask()
    assert refused == []
    assert asked


def _is_stream(path: str) -> bool:
    """These go on for as long as the client wants, or until it speaks another protocol."""
    return "/watch/" in path or path.endswith(("/exec", "/attach", "/portforward", "/proxy", "/proxy/{path}", "/log"))
