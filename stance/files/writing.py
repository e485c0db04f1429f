"""Answers in JSON Lines and CSV, and the rows that failed: files that grow, and can be cut back to a place."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from stance.errors import InputError
from stance.files.durable import sync_folder
from stance.files.rows import GZIP, Row
from stance.frames import COLUMNS, encodable, stance_row
from stance.types import Document

_MEMBER = 1024 * 1024  # bytes that are packed at a time
Line = Callable[[Row, Document], bytes]


class Sink(Protocol):
    """Takes the answers in the order of the rows."""

    def open(self, place: int) -> None:
        """Begin at 0, or go on where ``commit`` said that an interrupted run was."""
        ...

    def write(self, row: Row, document: Document | None, error: str | None) -> None:
        """Take a row with its answer, or with why there is none."""
        ...

    def commit(self) -> int:
        """Make all that was written last, whatever happens; return the place to go on from."""
        ...

    def finish(self) -> None:
        """Make the output complete, after a commit."""
        ...

    def close(self) -> None:
        """Let go of files; what is not committed may be lost."""
        ...


class GrowingFile:
    """A file that bytes are added to, in gzip members where its name ends so; the rest after a place can be cut off."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._packed = path.name.lower().endswith(GZIP)
        self._file: BinaryIO | None = None
        self._waiting = bytearray()
        self._place = 0

    def open(self, place: int) -> None:
        """Cut the file back to a place; InputError if it is shorter than that."""
        self._place = place
        if not self.path.exists() and place == 0:
            return  # made when there is something to write: no rows that fail, no file of them
        if not self.path.is_file() or self.path.stat().st_size < place:
            raise InputError(f"{self.path} is shorter than the interrupted run left it; begin anew with --force")
        self._file = self.path.open("rb+")
        self._file.truncate(place)
        self._file.seek(place)

    def create(self) -> None:
        """Make the file, though there be nothing to write."""
        self._opened()

    def add(self, content: bytes) -> None:
        """Add bytes; unpacked ones are handed to the system at once, so that a reader sees them."""
        if self._packed:
            self._waiting += content
            if len(self._waiting) >= _MEMBER:
                self._pack()
            return
        file = self._opened()
        file.write(content)
        file.flush()

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = self.path.open("xb")
            sync_folder(self.path.parent)  # its name shall be there as soon as something says that it is
        return self._file

    def _pack(self) -> None:
        if self._waiting:
            self._opened().write(gzip.compress(bytes(self._waiting), compresslevel=6, mtime=0))
            self._waiting.clear()

    def commit(self) -> int:
        """Bring all bytes to the disk; return the place after them."""
        self._pack()
        if self._file is None:
            return self._place
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class LineSink:
    """Lines for every row that was answered, in a file of their own."""

    def __init__(self, path: Path, line: Line, *, head: bytes = b"") -> None:
        self._file = GrowingFile(path)
        self._line, self._head = line, head

    def open(self, place: int) -> None:
        """Begin with the head, or go on."""
        self._file.open(place)
        if place == 0:
            self._file.create()
            self._file.add(self._head)

    def write(self, row: Row, document: Document | None, error: str | None) -> None:
        """Write the lines of a row; one that failed has none."""
        if document is not None:
            self._file.add(self._line(row, document))

    def commit(self) -> int:
        """Bring all lines to the disk; return the number of bytes."""
        return self._file.commit()

    def finish(self) -> None:
        """Do nothing: a file of lines is complete at any time."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class StreamSink:
    """Lines in a stream that others read, such as standard output; it cannot be gone on with."""

    def __init__(self, stream: BinaryIO, line: Line, *, head: bytes = b"") -> None:
        self._stream, self._line, self._head = stream, line, head

    def open(self, place: int) -> None:
        """Write the head."""
        self._stream.write(self._head)

    def write(self, row: Row, document: Document | None, error: str | None) -> None:
        """Write the lines of a row at once; one that failed has none."""
        if document is not None:
            self._stream.write(self._line(row, document))
            self._stream.flush()

    def commit(self) -> int:
        """Write what waits."""
        self._stream.flush()
        return 0

    def finish(self) -> None:
        """Do nothing: the stream belongs to others."""

    def close(self) -> None:
        """Do nothing: the stream belongs to others."""


def json_line(*, keep_columns: bool) -> Line:
    """Return what makes a row's line of JSON; with ``keep_columns`` the input's other columns stand in ``columns``."""

    def line(row: Row, document: Document) -> bytes:
        value: dict[str, Any] = {"row": row.number, "id": row.identifier}
        if keep_columns:
            value["columns"] = dict(row.values)
        answer = document.to_dict()
        del answer["text"]
        return (json_text({**value, **answer}) + "\n").encode()

    return line


def csv_line(*, columns: Sequence[str], form: str) -> tuple[Line, bytes]:
    """Return what makes a row's lines of CSV or TSV, one a statement and actor, and the line of names.

    ``columns`` are those of the input that are kept; ``input_`` is put before their names.
    """
    ours = COLUMNS[1:]  # in place of the document's number there are the row's and its id

    def written(lines: list[list[Any]]) -> bytes:
        stream = io.StringIO(newline="")
        # With both at the ends of lines, as RFC 4180 has it, every version of Python quotes both in a field.
        csv.writer(stream, delimiter="\t" if form == "tsv" else ",", lineterminator="\r\n").writerows(lines)
        return encodable(stream.getvalue()).encode()

    def line(row: Row, document: Document) -> bytes:
        kept = [row.values.get(name) for name in columns]
        front = [row.number, _cell(row.identifier)]
        lines = []
        for number, prediction in enumerate(document.predictions):
            for stance in prediction.stances.values():
                values = stance_row(number, prediction, stance, document.language)
                lines.append([*front, *(values[name] for name in ours), *map(_cell, kept)])
        return written(lines)

    return line, written([["row", "id", *ours, *(f"input_{name}" for name in columns)]])


def _cell(value: Any) -> Any:
    """Return what stands in a field of CSV: plain text for one value, JSON for several."""
    if value is None or isinstance(value, str | int | float):
        return value
    return json_text(value) if isinstance(value, Mapping | list | tuple) else _plain(value)


def failure_line(row: Row, error: str) -> bytes:
    """Return a line of JSON that tells which row failed and why, with what stood in the file."""
    value: dict[str, Any] = {"row": row.number, "line": row.line, "id": row.identifier, "error": error}
    if isinstance(row.raw, bytes):
        value["raw_base64"] = base64.b64encode(row.raw).decode("ascii")
    else:
        value["record" if isinstance(row.raw, Mapping) else "raw"] = row.raw
    return (json_text(value) + "\n").encode()


def json_text(value: Any) -> str:
    """Return JSON that every reader takes: no half of a surrogate pair as itself, no NaN, no type of Python."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
    except (ValueError, TypeError):
        text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, default=_plain)
    if encodable(text) == text:
        return text
    return json.dumps(json.loads(text))


def _plain(value: object) -> object:
    """Return what JSON has for values of a table that it has no form for."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(other) for key, other in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(other) for other in value]
    if isinstance(value, float) and math.isinf(value):
        return str(value)
    return None if isinstance(value, float) and math.isnan(value) else value  # what data frames have for no value
