"""What the commands read: files and standard input, one after the other; one that fails does not end the others."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.errors import RecordError

STDIN = "-"
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class UnreadableInputError(Exception):
    """An input cannot be read; the message says why."""


def shown_name(name: str) -> str:
    """Return what an input is called in the answers."""
    return "<stdin>" if name == STDIN else name


def decode(content: bytes) -> str:
    """Return the text of a file's bytes: UTF-8, or UTF-16 where a byte order mark says so; the mark is left out.

    Raises:
        UnreadableInputError: If the bytes are something else; it names the first wrong byte. Nothing is replaced.
    """
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UnreadableInputError("is UTF-32; convert the file to UTF-8")
    mark, encoding = next((pair for pair in _BYTE_ORDER_MARKS if content.startswith(pair[0])), (b"", "utf-8"))
    try:
        return content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        name = encoding[:6].rstrip("-").upper()
        raise UnreadableInputError(f"not {name} at byte {len(mark) + error.start}; convert the file to UTF-8") from None


def read_text(name: str) -> str:
    """Return the text of a file, or of standard input for ``-``, with its line endings as they are.

    Raises:
        UnreadableInputError: If there is no such file, or it cannot be read or decoded.
    """
    if name == STDIN:
        return decode(sys.stdin.buffer.read())
    if not name:
        raise UnreadableInputError("the name of a file is empty")
    path = Path(name)
    try:
        if path.is_dir():
            raise UnreadableInputError("is a directory; give the files in it")
        return decode(path.read_bytes())
    except FileNotFoundError:
        raise UnreadableInputError("no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableInputError(reason.lower()) from None


@dataclass(frozen=True, slots=True)
class StatementRecord:
    """A line of a JSONL file; ``identifier`` is a tuple of the one ``id``, empty where the line has none."""

    line: int
    text: str
    identifier: tuple[Any, ...] = ()
    speaker: str | None = None
    context: str | None = None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def read_record(line: str, number: int) -> StatementRecord:
    """Return the record of one line.

    Raises:
        RecordError: If the line is no JSON object with a ``text``, or a value is of another type.
    """
    try:
        data = json.loads(line, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise RecordError(f"no JSON: {error.msg} at character {error.pos + 1}") from None
    except ValueError as error:
        raise RecordError(f"no usable JSON: {error}") from None
    except RecursionError:
        raise RecordError("no usable JSON: it is nested too deeply") from None
    if not isinstance(data, dict):
        raise RecordError("no JSON object; write an object with the key 'text'")
    if "text" not in data:
        raise RecordError("the key 'text' is missing")
    if not isinstance(data["text"], str):
        raise RecordError("'text' must be a string")
    if not data["text"].strip():
        raise RecordError("'text' is empty")
    for key in ("speaker", "context"):
        if data.get(key) is not None and not isinstance(data[key], str):
            raise RecordError(f"{key!r} must be a string or null")
    for key in ("text", "speaker", "context"):
        if any("\ud800" <= character <= "\udfff" for character in data.get(key) or ""):
            raise RecordError(f"{key!r} has half of a surrogate pair, which is no character")
    identifier = (data["id"],) if "id" in data else ()
    return StatementRecord(number, data["text"], identifier, data.get("speaker"), data.get("context"))


class Inputs:
    """The inputs of one command; counts those that failed and names each on stderr."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.failures: list[str] = []
        self._status = 0

    @property
    def failed(self) -> int:
        """Return how many inputs, or lines of them, failed so far."""
        return len(self.failures)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the shown name and the text of every input that can be read, in order."""
        for name in self.names:
            try:
                text = read_text(name)
            except UnreadableInputError as error:
                self.fail(f"{shown_name(name)}: {error}")
            else:
                yield shown_name(name), text

    def records(self, name: str, text: str) -> Iterator[StatementRecord]:
        """Yield the records of a JSONL text; a line that is none fails alone, an empty line is passed over."""
        # Only \n ends a line: a JSON string may hold the other separators that splitlines() knows.
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                record = read_record(line, number)
            except RecordError as error:
                self.fail(f"{name}:{number}: {error}")
            else:
                yield record

    def fail(self, message: str) -> None:
        """Name an input that failed on stderr."""
        self.failures.append(message)
        self.clear_status()
        sys.stderr.write(f"stance: {message}\n")

    def show_status(self, done: int) -> None:
        """Tell on stderr how many of several inputs are done, where somebody sits there to read it."""
        if len(self.names) > 1 and sys.stderr.isatty():
            self.clear_status()
            status = f"{done} of {len(self.names)} done"
            self._status = len(status)
            sys.stderr.write(status)
            sys.stderr.flush()

    def clear_status(self) -> None:
        """Take the status away, before something else is written to the same terminal."""
        if self._status:
            sys.stderr.write("\r" + " " * self._status + "\r")
            sys.stderr.flush()
            self._status = 0
