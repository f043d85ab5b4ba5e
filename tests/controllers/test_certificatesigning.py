"""Requests for certificates: who asks, who approves, what comes of it."""

from __future__ import annotations

import base64
from typing import Any

from simulator.api.admission.requester import name_requester
from simulator.api.gvrs import CERTIFICATESIGNINGREQUESTS
from simulator.controllers import certificatesigning
from simulator.errors import Object


def request(signer: str = "kubernetes.io/kube-apiserver-client") -> Object:
    spec = {"request": base64.b64encode(b"x").decode(), "signerName": signer, "usages": ["client auth"]}
    return {"metadata": {"name": "me"}, "spec": {**spec, "username": "somebody-else"}}


def approve(world: Any) -> None:
    """``kubectl certificate approve me``"""
    found = world.get(CERTIFICATESIGNINGREQUESTS, "me", None)
    condition = {"type": "Approved", "status": "True", "reason": "KubectlApprove", "message": "approved by kubectl"}
    status = {**(found.get("status") or {}), "conditions": [condition]}
    world.client.update(CERTIFICATESIGNINGREQUESTS, {**found, "status": status}, subresource="approval")
    world.settle()


def test_an_approved_request_is_signed(kit: Any) -> None:
    world = kit.World((certificatesigning.CONTROLLER,), release=kit.TODAY, admission=(name_requester,)).start()
    made = world.create(CERTIFICATESIGNINGREQUESTS, request())
    assert made["spec"]["username"] == "kube:admin"
    assert "system:masters" in made["spec"]["groups"]
    world.settle()
    assert "certificate" not in world.get(CERTIFICATESIGNINGREQUESTS, "me", None).get("status", {})
    approve(world)
    status = world.get(CERTIFICATESIGNINGREQUESTS, "me", None)["status"]
    assert base64.b64decode(status["certificate"]).startswith(b"-----BEGIN CERTIFICATE-----")
    assert status["conditions"][0]["type"] == "Approved"
    world.assert_settled()


def test_other_signers_sign_for_themselves(kit: Any) -> None:
    world = kit.World((certificatesigning.CONTROLLER,), release=kit.TODAY).start()
    world.create(CERTIFICATESIGNINGREQUESTS, request("example.com/mine"))
    approve(world)
    assert "certificate" not in world.get(CERTIFICATESIGNINGREQUESTS, "me", None)["status"]
