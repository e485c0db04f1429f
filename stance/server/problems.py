"""Errors as RFC 9457 problem details: what was wrong and what to do, and never the caller's text."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """A request that cannot be answered: the HTTP status, what to do about it, and after how many seconds to return."""

    def __init__(self, status: HTTPStatus, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        # Half of a surrogate pair in a caller's word cannot be sent back.
        self.detail = detail.encode("utf-8", "replace").decode("utf-8")
        self.retry_after = retry_after

    def to_dict(self) -> dict[str, Any]:
        """Return the members of the problem without the request's own."""
        return {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
        }


def problem(error: ProblemError, request_id: str) -> JSONResponse:
    """Return the answer to a request that failed; ``instance`` is what the log calls the request."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    if error.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    content = {**error.to_dict(), "instance": f"urn:request:{request_id}"}
    return JSONResponse(content, status_code=int(error.status), headers=headers, media_type=MEDIA_TYPE)
