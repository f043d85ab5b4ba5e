"""CertificateSigningRequests: those that are approved get their certificate from the signers of Kubernetes.

Source: kube-controller-manager, certificates/{signer,approver}. The certificate is one in looks only.
"""

from __future__ import annotations

import base64

from simulator.api.gvrs import CERTIFICATESIGNINGREQUESTS
from simulator.controllers.certificates import certificate
from simulator.controllers.conditions import find_condition
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key

_OWN = "kubernetes.io/"  # what the controller manager signs for; legacy-unknown is one of them


def reconcile(context: Context, key: Key) -> Result:
    """Sign one request, if somebody approved it and it is ours to sign."""
    request = context.client.get_or_none(CERTIFICATESIGNINGREQUESTS, key.name)
    if request is None or "deletionTimestamp" in request["metadata"]:
        return DONE
    status, signer = request.get("status") or {}, request["spec"].get("signerName", f"{_OWN}legacy-unknown")
    denied = find_condition(status.get("conditions"), "Denied") or find_condition(status.get("conditions"), "Failed")
    if status.get("certificate") or denied or not signer.startswith(_OWN):
        return DONE
    if find_condition(status.get("conditions"), "Approved") is not None:
        text = certificate(f"request {request['metadata']['uid']}")
        issued = base64.b64encode(text.encode()).decode()
        context.client.update_status(
            CERTIFICATESIGNINGREQUESTS, {**request, "status": {**status, "certificate": issued}}
        )
    return DONE


CONTROLLER = Controller(
    name="csrsigning",
    user="system:serviceaccount:kube-system:certificate-controller",
    watches=(Watches(CERTIFICATESIGNINGREQUESTS, own_key),),
    reconcile=reconcile,
)
