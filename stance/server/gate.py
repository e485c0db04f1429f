"""What every request passes first and last: its id, the limits on its body, the key, the log, the metrics.

Pure ASGI, so that a body is bounded while it arrives and a caller who has gone ends the work for the request.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stance.server.metrics import Metrics
from stance.server.problems import ProblemError, problem
from stance.server.settings import Settings

log = logging.getLogger(__name__)

# An id that a caller gives is taken where it cannot disturb a log.
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_BODY_SECONDS = 30.0
# After its time limit a request has so long to be told of it, or for the end of its answer to leave.
LAST_SECONDS = 5.0
# Bodies that are being read or answered, in bodies of the largest size.
_BODIES = 32
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
OUTSIDE = "other"
_READ_JSON = frozenset({"/v1/predict", "/v1/classify"})


@dataclass(slots=True)
class Request:
    """What the gate knows of one request."""

    scope: Scope
    name: str
    began: float
    stack: ExitStack
    end: float
    status: int = 0
    body: bytes = b""
    held: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def path(self) -> str:
        """The path as the caller wrote it."""
        return str(self.scope["path"])

    @property
    def route(self) -> str:
        """The pattern of the path: a name for metrics and logs, of which there are few."""
        return str(getattr(self.scope.get("route"), "path", OUTSIDE))

    def header(self, name: bytes) -> bytes | None:
        """Return a header's value."""
        return next((value for key, value in self.scope["headers"] if key == name), None)


class Gate:
    """The outermost layer of the service."""

    def __init__(self, app: ASGIApp, *, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._keys = [key.encode("ascii") for key in settings.keys]
        self._buffered = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is none."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for key, value in scope["headers"] if key == b"x-request-id"), b"")
        name = given.decode("ascii") if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        with ExitStack() as stack:
            end = asyncio.get_running_loop().time() + self._settings.seconds
            request = Request(scope, name, time.monotonic(), stack, end)
            # Routes put into the stack what must be given back at the end of the answer, streamed or not.
            scope.setdefault("state", {}).update(stack=stack, request_id=name, end=end)
            await self._answer(request, receive, send)
        self._tell(request)

    async def _answer(self, request: Request, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = int(message["status"])
                message = {**message, "headers": [*message["headers"], *_headers(request)]}
            await send(message)

        try:
            self._check(request)
            request.stack.callback(lambda: self._give_back(request))
            request.body = await self._body(request, receive)
            await self._run(request, receive, sending)
        except ProblemError as error:
            await problem(error, request.name)(request.scope, receive, sending)
        except TimeoutError:
            # A caller who does not read: the server closes a connection whose answer stays incomplete.
            request.status = request.status or HTTPStatus.GATEWAY_TIMEOUT
        except Exception:
            log.exception("a request failed", extra={"fields": {"request": request.name}})
            if not request.status:
                failure = ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "the service failed; its log says where")
                await problem(failure, request.name)(request.scope, receive, sending)

    def _check(self, request: Request) -> None:
        """Raise ProblemError for what is wrong with a request before its body is read."""
        if self._keys and request.path.startswith("/v1/"):
            scheme, _, key = (request.header(b"authorization") or b"").partition(b" ")
            # Every key is compared, and each in a time that tells nothing of how far it agrees.
            same = [hmac.compare_digest(key.strip(), one) for one in self._keys]
            if scheme.lower() != b"bearer" or not any(same):
                raise ProblemError(
                    HTTPStatus.UNAUTHORIZED, "send the header Authorization: Bearer KEY with a valid key"
                )
        if request.scope["method"] == "POST" and request.path in _READ_JSON:
            kind = (request.header(b"content-type") or b"").partition(b";")[0].strip().lower()
            if kind != b"application/json":
                raise ProblemError(
                    HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON with the header Content-Type: application/json"
                )
        length = request.header(b"content-length")
        if length is not None and length.isdigit() and int(length[:20]) > self._settings.body_bytes:
            raise self._too_large()

    def _too_large(self) -> ProblemError:
        most = self._settings.body_bytes
        return ProblemError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {most} bytes; send it in several requests"
        )

    def _hold(self, request: Request, size: int) -> None:
        """Count the memory of a part of a body; ProblemError where it is too large, or the bodies of others have it."""
        if request.held + size > self._settings.body_bytes:
            raise self._too_large()
        if self._buffered + size > _BODIES * self._settings.body_bytes:
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS, "too many requests at a time; send it again", retry_after=1
            )
        request.held += size
        self._buffered += size

    def _give_back(self, request: Request) -> None:
        self._buffered -= request.held

    async def _body(self, request: Request, receive: Receive) -> bytes:
        """Return the whole body; ProblemError where it is too large or too slow."""
        parts: list[bytes] = []
        seconds = min(_BODY_SECONDS, self._settings.seconds)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ProblemError(HTTPStatus.BAD_REQUEST, "the caller left before the end of the body")
                    part = message.get("body", b"")
                    self._hold(request, len(part))
                    parts.append(part)
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, f"the body did not arrive within {seconds:g} s") from None
        return b"".join(parts)

    async def _run(self, request: Request, receive: Receive, send: Send) -> None:
        """Run the routes; where the caller leaves before the answer is complete, what they do is cancelled."""
        messages: Iterator[Message] = iter([{"type": "http.request", "body": request.body, "more_body": False}])

        async def replayed() -> Message:
            message = next(messages, None)
            if message is None:
                await request.gone.wait()
                return {"type": "http.disconnect"}
            return message

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            request.gone.set()

        running = asyncio.ensure_future(self._app(request.scope, replayed, send))
        watching = asyncio.ensure_future(watch())
        try:
            async with asyncio.timeout_at(request.end + LAST_SECONDS):
                await asyncio.wait({running, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
                request.status = request.status or 499
                return
            await running
        finally:
            running.cancel()
            watching.cancel()

    def _tell(self, request: Request) -> None:
        seconds = time.monotonic() - request.began
        self._metrics.answered(request.route, request.status, seconds)
        fields: Mapping[str, object] = {
            "request": request.name,
            "method": request.scope["method"],
            "route": request.route,
            "status": request.status,
            "milliseconds": round(seconds * 1000, 1),
            "body_bytes": len(request.body),
        }
        log.info("answered", extra={"fields": fields})


def _headers(request: Request) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"x-request-id", request.name.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    ]
    if request.path == "/" or request.path.startswith("/page/"):
        headers += [(b"content-security-policy", _PAGE_POLICY.encode("ascii")), (b"cache-control", b"no-cache")]
    elif request.path.startswith("/v1/"):
        headers.append((b"cache-control", b"no-store"))
    return headers
