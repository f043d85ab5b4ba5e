"""Floor 1: the API server without I/O. Requests go in, responses and watch streams come out."""

from simulator.api.types import ADMIN, GVR, Request, Response, User

__all__ = ["ADMIN", "GVR", "Request", "Response", "User"]
