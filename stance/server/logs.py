"""Logs of what happened to each request under its id, and never a word of its text: JSON lines, or lines for people."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime


def places_of(error: BaseException) -> tuple[str, ...]:
    """Return where an error came from, the innermost place last; never its message, which might hold some of a text."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return tuple(places)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = dict(getattr(record, "fields", {}))
    if record.exc_info and record.exc_info[1] is not None:
        fields["error"] = type(record.exc_info[1]).__name__
        fields["places"] = places_of(record.exc_info[1])[-3:]
    return fields


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON; what stands in its ``fields`` becomes keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        return json.dumps(fields)


class PlainFormatter(logging.Formatter):
    """Writes a record as one line for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = "".join(f" {key}={value}" for key, value in _fields(record).items())
        return f"{record.levelname} {record.getMessage()}{fields}"


def configure() -> None:
    """Send every log of this process to standard error: in plain lines at a terminal, else as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainFormatter() if sys.stderr.isatty() else JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    # It repeats every request, with the query that a caller wrote.
    logging.getLogger("uvicorn.access").disabled = True
