"""Tables in Parquet, read one record batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stance.columns import check_text_type, text_error, text_of, value_of
from stance.files.rows import Row, UnreadableTableError, check_columns
from stance.frames import needed

_ROWS_AT_ONCE = 64
_BUFFER = 1024 * 1024  # bytes of a column that are read at a time


def arrow_and_parquet() -> tuple[Any, Any]:
    """Return pyarrow and its module for Parquet."""
    return needed("pyarrow", "frames"), needed("pyarrow.parquet", "frames")


def opened(name: str | Path) -> Any:
    """Return a Parquet file that is read a little at a time: by itself Arrow fetches whole row groups ahead."""
    return arrow_and_parquet()[1].ParquetFile(name, pre_buffer=False, buffer_size=_BUFFER)


class ParquetTable:
    """A Parquet file; only the columns that are needed are read, one record batch at a time."""

    def __init__(self, name: str, *, text_column: str, id_column: str | None, all_used: bool) -> None:
        """Read the schema; InputError if a column is not there or is no text. ``all_used``: read all columns."""
        arrow, _ = arrow_and_parquet()
        self._name, self._text, self._id = name, text_column, id_column
        self._errors: Any = (arrow.ArrowException, OSError)
        try:
            self._file = opened(name)
        except FileNotFoundError:
            raise UnreadableTableError(f"{name}: no such file") from None
        except self._errors as error:
            raise UnreadableTableError(f"{name}: is no Parquet file that can be read: {error}") from None
        self.schema = self._file.schema_arrow
        self.columns: tuple[str, ...] | None = tuple(self.schema.names)
        self.count: int = self._file.metadata.num_rows
        wanted = [text_column, *([id_column] if id_column else [])]
        check_columns(self.columns, wanted, all_used=all_used)
        check_text_type(self.schema.field(text_column).type, text_column)
        self._read = None if all_used else list(dict.fromkeys(wanted))

    def rows(self, start: int) -> Iterator[Row]:
        """Yield the rows from number ``start`` on."""
        sizes = [self._file.metadata.row_group(place).num_rows for place in range(self._file.num_row_groups)]
        first, before = 0, 0
        while first < len(sizes) and before + sizes[first] <= start:
            before += sizes[first]
            first += 1
        number = before
        batches = self._file.iter_batches(
            _ROWS_AT_ONCE, row_groups=list(range(first, len(sizes))), columns=self._read, use_threads=False
        )
        while True:
            try:
                batch = next(batches)
            except StopIteration:
                return
            except self._errors as error:
                raise UnreadableTableError(f"{self._name}: cannot be read after row {number}: {error}") from None
            for place in range(batch.num_rows):
                if number >= start:
                    yield self._row(number, batch, place)
                number += 1

    def _row(self, number: int, batch: Any, place: int) -> Row:
        text = text_of(batch.column(self._text)[place])
        error = text_error(text, self._text)
        identifier = value_of(batch.column(self._id)[place]) if self._id is not None else None
        # The other columns are wanted where they are read at all; the row of a failure is shown as far as it is read.
        values = {
            name: value_of(batch.column(at)[place])
            for at, name in enumerate(batch.schema.names)
            if name not in (self._text, self._id)
        }
        raw = {**values, self._text: text.decode(errors="backslashreplace") if isinstance(text, bytes) else text}
        return Row(number, None, identifier, text if isinstance(text, str) else "", error, raw, values, (batch, place))
