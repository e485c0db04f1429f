"""Tables of lines: JSON Lines and CSV, read one row at a time, packed with gzip or not."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from stance.errors import InputError
from stance.files.rows import GZIP, STDIN, Row, UnreadableTableError, check_columns, text_error

# Characters of one field. A quotation mark that is never closed makes one field of all that follows: without a limit
# the rest of the file would be held in memory.
LARGEST_FIELD = 32 * 1024 * 1024
_LOOK = 100  # rows that are looked at for the column of the texts before a run begins
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_NOT_UTF8 = "not UTF-8 (the byte 0x{:02x}); if the file is in Windows-1252 or another encoding, convert it to UTF-8"


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn what goes wrong with a file into words."""
    try:
        yield
    except FileNotFoundError:
        raise UnreadableTableError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise UnreadableTableError(f"{name}: is a directory; give a file in it") from None
    except (EOFError, zlib.error) as error:
        raise UnreadableTableError(f"{name}: the gzip file is damaged or cut off: {error}") from None
    except OSError as error:
        raise UnreadableTableError(f"{name}: {(error.strerror or str(error)).lower()}") from None


def _open(name: str) -> BinaryIO:
    if name == STDIN:
        return sys.stdin.buffer
    if not name:
        raise UnreadableTableError("the name of a file is empty")
    with _readable(name):
        if name.lower().endswith(GZIP):
            return gzip.open(name, "rb")  # type: ignore[return-value]  # a GzipFile reads as a binary file does
        return Path(name).open("rb")


def _byte_lines(name: str) -> Iterator[bytes]:
    """Yield the lines of a file as they stand there, without a byte order mark; a line feed ends one."""
    stream = _open(name)
    with _readable(name):
        for number, line in enumerate(stream):
            if number == 0:
                if line.startswith(_WIDE_MARKS):
                    raise UnreadableTableError(f"{name}: is UTF-16 or UTF-32; convert the file to UTF-8")
                line = line.removeprefix(codecs.BOM_UTF8)
            yield line
    if name != STDIN:
        stream.close()


class JsonLines:
    """JSON Lines: an object a line; empty lines are no rows."""

    columns: tuple[str, ...] | None = None

    def __init__(self, name: str, *, text_column: str, id_column: str | None) -> None:
        """Look at the first rows; InputError if none of them has the column of the texts."""
        self._text, self._id = text_column, id_column
        lines = ((number, line) for number, line in enumerate(_byte_lines(name), 1) if line.strip())
        # What comes from another program is not waited for: rows are answered as they come.
        first = list(itertools.islice(lines, 0 if name == STDIN else _LOOK))
        self._lines = itertools.chain(first, lines)
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
        value, error = _object(content)
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
        value = json.loads(content.decode(), parse_constant=_no_constant, object_pairs_hook=_once)
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


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in made if names.count(name) > 1)!r} stands there twice")
    return made


class _Recorded:
    """Lines of a text file that remembers those of the row that is being read."""

    def __init__(self, name: str) -> None:
        # A byte that is no UTF-8 comes out as half of a surrogate pair: its row fails, and not the file.
        self._lines: Iterator[str] = iter(_Decoded(_byte_lines(name)))
        self.taken: list[str] = []
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        self.count += 1
        return line


class _Decoded:
    """Byte lines as text, where a lone carriage return ends a line too, as the old files of spreadsheets have it."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            text = line.decode(errors="surrogateescape")
            yield from io.StringIO(text, newline="") if "\r" in text.removesuffix("\r\n") else (text,)


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
        self._recorded.taken.clear()
        before = csv.field_size_limit(LARGEST_FIELD)  # of the whole process, so only while a row is read
        try:
            return next(self._reader), None
        except StopIteration:
            return None, None
        except csv.Error as error:
            return None, _explained(str(error))
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
