"""Tables of lines: JSON Lines and CSV, read one row at a time, packed with gzip or not."""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from stance.columns import text_error
from stance.errors import InputError
from stance.files import lines
from stance.files.lines import Cut, byte_lines, too_long
from stance.files.rows import STDIN, Row, UnreadableTableError, check_columns

# Characters of one field. A quotation mark that is never closed makes one field of all that follows: without a limit
# the rest of the file would be held in memory.
LARGEST_FIELD = 32 * 1024 * 1024
_LOOK = 100  # rows that are looked at for the column of the texts before a run begins
_LOOK_BYTES = 1024 * 1024  # and no more of them than these
_NOT_UTF8 = "not UTF-8 (the byte 0x{:02x}); if the file is in Windows-1252 or another encoding, convert it to UTF-8"


class JsonLines:
    """JSON Lines: an object a line; empty lines are no rows."""

    columns: tuple[str, ...] | None = None

    def __init__(self, name: str, *, text_column: str, id_column: str | None) -> None:
        """Look at the first rows; InputError if none of them has the column of the texts."""
        self._text, self._id = text_column, id_column
        numbered = ((number, line) for number, line in enumerate(byte_lines(name), 1) if line.strip())
        first: list[tuple[int, bytes]] = []
        size = 0
        # What comes from another program is not waited for: rows are answered as they come.
        for one in itertools.islice(numbered, 0 if name == STDIN else _LOOK):
            first.append(one)
            size += len(one[1])
            if size >= _LOOK_BYTES:
                break
        self._lines = itertools.chain(first, numbered)
        found = [value for value in (_object(line)[0] for _, line in first) if value is not None]
        if found and not any(text_column in value for value in found):
            check_columns(tuple(dict.fromkeys(key for value in found for key in value)), [text_column], all_used=False)

    def rows(self, start: int) -> Iterator[Row]:
        """Yield the rows from number ``start`` on."""
        for number, (line, content) in enumerate(self._lines):
            if number >= start:
                yield self._row(number, line, content)

    def _row(self, number: int, line: int, content: bytes) -> Row:
        raw = _raw(content)
        value, error = (None, too_long()) if isinstance(content, Cut) else _object(content)
        if value is None:
            return Row(number, line, error=error, raw=raw)
        identifier = value.get(self._id) if self._id is not None else None
        if self._text not in value:
            error = f"there is no {self._text!r}; the keys are {', '.join(map(repr, list(value)[:40]))}"
        elif self._id is not None and self._id not in value:
            error = f"there is no {self._id!r}"
        else:
            error = text_error(value[self._text], self._text)
        others = {key: other for key, other in value.items() if key not in (self._text, self._id)}
        text = "" if error is not None else value[self._text]
        return Row(number, line, identifier, text, error, raw, others)


def _raw(content: bytes) -> str | bytes:
    content = content.rstrip(b"\r\n")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def _object(content: bytes) -> tuple[dict[str, Any] | None, str | None]:
    """Return the object of a line, or why there is none."""
    try:
        value = json.loads(content.decode(), parse_constant=_no_constant, parse_float=_number, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        return None, _NOT_UTF8.format(content[error.start])
    except json.JSONDecodeError as error:
        return None, f"no JSON: {error.msg} at character {error.pos + 1}"
    except ValueError as error:
        return None, f"no usable JSON: {error}"
    except RecursionError:
        return None, "no usable JSON: it is nested too deeply"
    return (value, None) if isinstance(value, dict) else (None, "no JSON object")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _number(literal: str) -> float | Decimal:
    """Return a number; one that is too large for a float stays what it is, and is written as text."""
    value = float(literal)
    return value if math.isfinite(value) else Decimal(literal)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in made if names.count(name) > 1)!r} stands there twice")
    return made


class _TooLongError(Exception):
    """A row of CSV is longer than may be held in memory."""


class _Recorded:
    """Lines of a text file that remembers those of the row that is being read."""

    def __init__(self, name: str) -> None:
        # A lone carriage return ends a line too, as the old files of spreadsheets have it.
        self._lines = byte_lines(name, returns=True)
        self.taken: list[str] = []
        self.count = 0
        self._size = 0

    def forget(self) -> None:
        """Begin a row."""
        self.taken.clear()
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        # A byte that is no UTF-8 comes out as half of a surrogate pair: its row fails, and not the file.
        text = line.decode(errors="surrogateescape")
        self.taken.append(text)
        self.count += 1
        self._size += len(line)
        if isinstance(line, Cut) or self._size > lines.LARGEST_LINE:
            raise _TooLongError
        return text


class CsvTable:
    """CSV with a line of names at its head; a row has as many fields as it, quoted ones may go over several lines."""

    def __init__(
        self, name: str, *, text_column: str, id_column: str | None, delimiter: str = ",", all_used: bool = False
    ) -> None:
        """Read the head; InputError if a column is not there. ``all_used``: no two columns may have one name."""
        if len(delimiter) != 1 or delimiter == '"' or (not delimiter.isprintable() and delimiter != "\t"):
            raise InputError(f"the delimiter must be one character, such as ';', not {delimiter!r}")
        self._text, self._id, self._name = text_column, id_column, name
        self._recorded = _Recorded(name)
        try:
            self._reader = csv.reader(self._recorded, strict=True, delimiter=delimiter)
        except (TypeError, ValueError) as error:
            raise InputError(f"{delimiter!r} cannot be the delimiter: {error}") from None
        head, wrong = self._next()
        while head == [] and wrong is None:
            head, wrong = self._next()
        if wrong is not None:
            raise UnreadableTableError(f"{name}: the line with the names of the columns cannot be read: {wrong}")
        if head is None:
            raise UnreadableTableError(f"{name}: is empty; a table begins with a line of the columns' names")
        wrong = _undecoded(head)
        if wrong is not None:
            raise UnreadableTableError(f"{name}: {wrong}")
        self.columns: tuple[str, ...] | None = tuple(head)
        others = [sign for sign in ",;\t|" if sign != delimiter and len(head) == 1 and sign in head[0]]
        hint = f"; if {others[0]!r} stands between them, give it with --delimiter" if others else ""
        check_columns(head, [text_column, *([id_column] if id_column else [])], all_used=all_used, hint=hint)

    def _next(self) -> tuple[list[str] | None, str | None]:
        """Return the fields of the next row, None at the end, or what is wrong with it."""
        self._recorded.forget()
        before = csv.field_size_limit(LARGEST_FIELD)  # of the whole process, so only while a row is read
        try:
            return next(self._reader), None
        except StopIteration:
            return None, None
        except csv.Error as error:
            return None, _explained(str(error))
        except _TooLongError:
            return None, too_long()
        finally:
            csv.field_size_limit(before)

    def rows(self, start: int) -> Iterator[Row]:
        """Yield the rows from number ``start`` on; empty lines are none."""
        number = 0
        while True:
            line = self._recorded.count + 1
            fields, error = self._next()
            if fields is None and error is None:
                return
            if fields == []:
                continue
            if number >= start:
                yield self._row(number, line, fields, error)
            number += 1

    def _row(self, number: int, line: int, fields: list[str] | None, error: str | None) -> Row:
        columns = self.columns or ()
        raw = _raw("".join(self._recorded.taken).encode(errors="surrogateescape"))
        if fields is None:
            return Row(number, line, error=f"no CSV: {error}", raw=raw)
        if len(fields) != len(columns):
            return Row(number, line, error=f"{len(fields)} fields in place of {len(columns)}", raw=raw)
        error = _undecoded(fields)
        if error is not None:
            return Row(number, line, error=error, raw=raw)
        values = dict(zip(columns, fields, strict=True))
        text = values[self._text]
        identifier = values[self._id] if self._id is not None else None
        others = {name: value for name, value in values.items() if name not in (self._text, self._id)}
        error = text_error(text, self._text)
        return Row(number, line, identifier, text if error is None else "", error, raw, others)


def _undecoded(fields: Sequence[str]) -> str | None:
    for field in fields:
        for character in field:
            if "\udc80" <= character <= "\udcff":
                return _NOT_UTF8.format(ord(character) - 0xDC00)
    return None


def _explained(message: str) -> str:
    if "field larger" in message:
        return f"a field of more than {LARGEST_FIELD:,} characters; is a quotation mark not closed?"
    if "unexpected end" in message:
        return "a quotation mark is not closed before the end of the file"
    return message
