"""Running the service: one process that speaks HTTP, and the workers it starts."""

from __future__ import annotations

import logging
import sys

import uvicorn

from stance.server import logs
from stance.server.app import create_app
from stance.server.settings import Settings

# Connections beyond these are refused at once by the HTTP server itself.
_MOST_CONNECTIONS = 1000
# What was accepted is finished within its own time limit; a little more for the answer to leave.
_LAST_SECONDS = 5


def serve(settings: Settings) -> None:
    """Serve until the process is told to stop; then finish what was accepted.

    ModelError where there is no such model.
    """
    if sys.stderr.isatty():
        logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
    else:
        logs.configure()
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=round(settings.seconds) + _LAST_SECONDS,
    )
    uvicorn.Server(config).run()
