"""The command ``stance serve``: the same answers over HTTP, and a page for the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from stance.cli.options import ModelOption, Precision, PrecisionOption, quiet_end
from stance.errors import MissingExtraError


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for a free one.")] = 8000,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that compute, of one thread each; by default one a processor.")
    ] = None,
    model: ModelOption = None,
    precision: PrecisionOption = Precision.AUTO,
    queue: Annotated[int, typer.Option(min=1, help="Requests accepted and not yet answered; more are told 429.")] = 64,
    wait: Annotated[float, typer.Option(help="Seconds that a request may be expected to wait; else 429.")] = 5.0,
    seconds: Annotated[float, typer.Option(help="Time limit of a request.")] = 60.0,
    body_bytes: Annotated[int, typer.Option(min=1, help="Largest body of a request.")] = 8_000_000,
    items: Annotated[int, typer.Option(min=1, help="Most texts or statements of a request.")] = 256,
    characters: Annotated[int, typer.Option(min=1, help="Most characters of a text.")] = 1_000_000,
) -> None:
    """Serve the answers over HTTP, with a page at /. Keys that callers must show: STANCE_API_KEYS, parted by commas."""
    with quiet_end():
        try:
            import fastapi
            import fastapi_offline
            import prometheus_client
            import uvicorn
        except ImportError as error:
            raise MissingExtraError(error.name or "fastapi", "serve") from None
        del fastapi, fastapi_offline, prometheus_client, uvicorn
        from stance.server import run
        from stance.server.settings import Settings, keys_of

        run.serve(
            Settings(
                host=host,
                port=port,
                model=model,
                precision=precision.value,
                workers=workers,
                queue=queue,
                wait=wait,
                seconds=seconds,
                body_bytes=body_bytes,
                items=items,
                characters=characters,
                keys=keys_of(),
            )
        )
