"""The vendors' listener: providers of company data will answer here. None is offered yet, and every path says so."""

from __future__ import annotations

from sandbox.kernel import Request, Response, json_response

__all__ = ["Vendors"]


class Vendors:
    """A door like the two models'."""

    def handle(self, request: Request) -> Response:
        return json_response(404, {"error": "not_found", "message": f"no vendor answers at {request.path}"})
