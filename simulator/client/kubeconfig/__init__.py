"""The transport to a real cluster: what a kubeconfig names, over HTTPS.

The one part of the client that needs a host (sockets, files, a thread a watch), and the extra ``[kubeconfig]``,
urllib3 and websocket-client, which the official Python client stands on too. That client itself is not used: importing
it takes longer than a command may, its OIDC refresh does not check the issuer's certificate when no authority is
configured, and it only logs that a credential plugin failed, where a person needs an error.
"""

from simulator.client.kubeconfig.files import ConfigFiles
from simulator.client.kubeconfig.transport import Kubeconfig

__all__ = ["ConfigFiles", "Kubeconfig"]
