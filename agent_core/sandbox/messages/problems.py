"""The provider's error language: one exception that becomes the JSON body and headers the real service would send.

It must never carry anything of the request beyond what the provider's own texts quote.
"""

from collections.abc import Mapping
from typing import Any


class ApiProblem(Exception):
    """An answer that is an error, in the provider's words.

    Attributes:
        status: HTTP status.
        kind: ``error.type`` of the body.
        message: ``error.message`` of the body.
        headers: Extra response headers.
    """

    def __init__(self, status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.headers = dict(headers or {})

    def body(self, request_id: str) -> dict[str, Any]:
        """The JSON body of the answer.

        Args:
            request_id: Id that is also sent as the ``request-id`` header.
        """
        return {"type": "error", "error": {"type": self.kind, "message": self.message}, "request_id": request_id}


def invalid(message: str) -> ApiProblem:
    """A 400 ``invalid_request_error``."""
    return ApiProblem(400, "invalid_request_error", message)


def at(path: str, message: str) -> ApiProblem:
    """A 400 ``invalid_request_error`` whose text begins with where it is, as the provider writes it."""
    return invalid(f"{path}: {message}")
