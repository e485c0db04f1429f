"""What a row of a table is, whatever file it comes from, and which files are tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from stance.errors import InputError, StanceError
from stance.types import FrozenMap

STDIN = "-"
GZIP = ".gz"


class FileFormat(StrEnum):
    """Forms of a table."""

    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"


_ENDINGS = {
    ".jsonl": FileFormat.JSONL,
    ".ndjson": FileFormat.JSONL,
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.TSV,
    ".parquet": FileFormat.PARQUET,
}


class UnreadableTableError(StanceError):
    """A table cannot be read, or not to its end; the message says why."""


class RowFailedError(StanceError):
    """A row failed, and the run was to stop at the first that does; what stands before it is done."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    ``number`` counts rows from 0; ``line`` is the line of the file it begins in, from 1, None in Parquet. ``error``
    says why the row has no text, None where it has one. ``raw`` is what stands in the file, so that a row that failed
    is not lost; ``values`` are its other columns; ``origin`` is the Arrow batch it comes from and its place there.
    """

    number: int
    line: int | None = None
    identifier: Any = None
    text: str = ""
    error: str | None = None
    raw: Any = None
    values: Mapping[str, Any] = field(default_factory=FrozenMap)
    origin: tuple[Any, int] | None = None

    @property
    def name(self) -> str:
        """What the row is called in messages."""
        return f"row {self.number}" if self.line is None else f"row {self.number} (line {self.line})"


class Table(Protocol):
    """A table that is read row by row; ``columns`` are None where every row has keys of its own."""

    columns: tuple[str, ...] | None

    def rows(self, start: int) -> Iterator[Row]:
        """Yield the rows from number ``start`` on; UnreadableTableError where the file breaks off."""
        ...


def ending_of(name: str) -> FileFormat | None:
    """Return what the end of a file's name says of its form, with or without ``.gz``; None if that is no table."""
    lower = name.lower()
    form = _ENDINGS.get(Path(lower.removesuffix(GZIP)).suffix)
    # A Parquet file is compressed inside; as a whole it could not be read from its end.
    return None if form is FileFormat.PARQUET and lower.endswith(GZIP) else form


def is_table(name: str) -> bool:
    """Tell whether a file's name ends as that of a table does."""
    return ending_of(name) is not None


def format_of(name: str, what: str) -> FileFormat:
    """Return the form of a file by its name; InputError names the endings there are. ``what`` is its role."""
    form = ending_of(name)
    if form is None:
        endings = ", ".join(_ENDINGS)
        raise InputError(f"{what} {name!r} must end in {endings}, or in {GZIP} after .jsonl, .ndjson, .csv or .tsv")
    return form


def check_columns(columns: Sequence[str], wanted: Sequence[str], *, all_used: bool, hint: str = "") -> None:
    """Raise InputError if a column that is wanted is not there, or stands there twice."""
    for name in wanted:
        if name not in columns:
            raise InputError(f"there is no column {name!r}; the columns are {_shown(columns)}{hint}")
    twice = sorted({name for name in (columns if all_used else wanted) if columns.count(name) > 1})
    if twice:
        raise InputError(f"the name {twice[0]!r} stands over more than one column; give each a name of its own")


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:60]) for name in names[:40])
    return f"{shown}, and {len(names) - 40} more" if len(names) > 40 else shown or "none"
