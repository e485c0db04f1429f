"""Running the service: one process that speaks HTTP, and the workers it starts."""

from __future__ import annotations

import socket

import uvicorn

from stance.errors import InputError, ModelError
from stance.server import logs
from stance.server.app import create_app
from stance.server.gate import LAST_SECONDS
from stance.server.settings import Settings

# Connections beyond these are refused at once by the HTTP server itself.
_MOST_CONNECTIONS = 1000
_BACKLOG = 2048


def serve(settings: Settings) -> None:
    """Serve until the process is told to stop; then finish what was accepted.

    Raises:
        ModelError: If there is no such model, or no worker can open it.
        InputError: If the address cannot be listened on.
    """
    refusals: list[str] = []

    def stop(reason: str) -> None:
        refusals.append(reason)
        server.should_exit = True

    app = create_app(settings, on_refusal=stop)
    # What was accepted is finished within its own time limit; a little more for the answer to leave.
    graceful = round(settings.seconds + 2 * LAST_SECONDS)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=graceful,
    )
    server = uvicorn.Server(config)
    with _listening(settings) as listener:
        logs.configure()
        server.run(sockets=[listener])
    if refusals:
        raise ModelError(refusals[0])


def _listening(settings: Settings) -> socket.socket:
    """Return the socket, taken before a model is opened in vain."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{settings.host}:{settings.port} cannot be listened on: {reason}") from None
