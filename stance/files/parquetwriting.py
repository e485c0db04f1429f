"""Answers in Parquet: written to part files, each complete before it gets its name, that are joined at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from stance import columns
from stance.errors import InputError
from stance.files.durable import sync, sync_folder
from stance.files.parquetreading import ParquetTable, arrow_and_parquet, opened
from stance.files.rows import Row
from stance.files.writing import json_text
from stance.frames import encodable
from stance.types import Document

_ROWS_AT_ONCE = 64  # rows that are held as Python values before they become an Arrow batch
_GROUP_BYTES = 32 * 1024 * 1024  # of Arrow memory in a row group of the joined file
_GROUP_ROWS = 64 * 1024
_UNFINISHED, _JOINED = "unfinished", "joined"
Given = Callable[[list[Row]], Any]


def parts_folder(target: Path) -> Path:
    """Return the folder in which the parts of a Parquet file are kept until it is done."""
    return target.with_name(f"{target.name}.parts")


class ParquetSink:
    """Answers in Parquet: the input's columns, and ``language``, ``warnings``, ``statements`` and ``error``.

    A Parquet file has its directory at its end, so that one broken off is worth nothing: hence the parts. Every row of
    the input is a row of the output, also one that failed, so that the two stand side by side. A column of the input
    that is called as one of ours gets ``input_`` before its name; ``renamed`` are those.
    """

    def __init__(self, target: Path, *, schema: Any, given: Given) -> None:
        """Take the schema of the input's columns, and what makes a table of them out of rows."""
        self._arrow, self._parquet = arrow_and_parquet()
        self._target, self._given = target, given
        self._folder = parts_folder(target)
        names = columns.renamed(schema.names)
        self.renamed = tuple(name for name in schema.names if name in columns.ANSWERS)
        self._ours = self._arrow.schema(list(columns.answer_types().items()))
        self._schema = self._arrow.schema(
            [*(field.with_name(name) for field, name in zip(schema, names, strict=True)), *self._ours]
        )
        self._waiting: list[tuple[Row, Document | None, str | None]] = []
        self._writer: Any = None
        self._parts = 0

    def open(self, place: int) -> None:
        """Begin, or go on after ``place`` parts: what an interrupted run left beyond them is taken away."""
        self._folder.mkdir(exist_ok=True)
        self._parts = place
        kept = {self._part(number) for number in range(place)}
        missing = sorted(path.name for path in kept if not path.is_file())
        if missing:
            raise InputError(f"{self._folder} lacks {missing[0]}, which the interrupted run had finished")
        for path in self._folder.iterdir():
            if path not in kept:
                path.unlink()

    def _part(self, number: int) -> Path:
        return self._folder / f"part-{number:05d}.parquet"

    def write(self, row: Row, document: Document | None, error: str | None) -> None:
        """Write a row with its answer, or with why there is none."""
        self._waiting.append((row, document, error))
        if len(self._waiting) >= _ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        if self._writer is None:
            self._writer = self._parquet.ParquetWriter(self._folder / _UNFINISHED, self._schema)
        answers = [columns.answer_row(document, error) for _, document, error in self._waiting]
        ours = self._arrow.Table.from_pylist(answers, schema=self._ours)
        given = self._given([row for row, _, _ in self._waiting])
        table = self._arrow.Table.from_arrays([*given.columns, *ours.columns], schema=self._schema)
        self._writer.write_table(table.unify_dictionaries())
        self._waiting.clear()

    def commit(self) -> int:
        """Make all that was written last, whatever happens; return how many parts there are."""
        self._flush()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            sync(self._folder / _UNFINISHED)
            (self._folder / _UNFINISHED).rename(self._part(self._parts))
            sync_folder(self._folder)
            self._parts += 1
        return self._parts

    def finish(self) -> None:
        """Join the parts, which must be committed; only then is there a file of the output's name."""
        joined = self._folder / _JOINED
        with self._parquet.ParquetWriter(joined, self._schema) as writer:
            waiting: list[Any] = []
            for number in range(self._parts):
                with opened(self._part(number)) as part:
                    for batch in part.iter_batches(1024, use_threads=False):
                        waiting.append(batch)
                        size, rows = sum(each.nbytes for each in waiting), sum(each.num_rows for each in waiting)
                        if size >= _GROUP_BYTES or rows >= _GROUP_ROWS:
                            self._write_group(writer, waiting)
            self._write_group(writer, waiting)
        sync(joined)
        os.replace(joined, self._target)
        sync_folder(self._target.parent)

    def _write_group(self, writer: Any, batches: list[Any]) -> None:
        if batches:
            table = self._arrow.Table.from_batches(batches, schema=self._schema)
            writer.write_table(table.unify_dictionaries(), row_group_size=_GROUP_ROWS)
            batches.clear()

    def close(self) -> None:
        """Let go of the file that is open; what is not committed is lost."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def remove_parts(target: Path) -> None:
    """Take away the parts of a file."""
    folder = parts_folder(target)
    if folder.is_dir():
        shutil.rmtree(folder)


def of_parquet(target: Path, table: ParquetTable) -> ParquetSink:
    """Return a sink whose rows have all columns of a Parquet table, in their own types."""
    arrow, _ = arrow_and_parquet()

    def given(rows: list[Row]) -> Any:
        # No row is left out, so those of one batch stand beside one another in it.
        origins = [row.origin for row in rows if row.origin is not None]
        batches = [list(group) for _, group in groupby(origins, key=lambda origin: id(origin[0]))]
        pieces = [places[0][0].slice(places[0][1], len(places)) for places in batches]
        return arrow.Table.from_batches(pieces)

    return ParquetSink(target, schema=table.schema, given=given)


def of_lines(
    target: Path, given_columns: Sequence[str] | None, *, text_column: str, id_column: str | None, keep_columns: bool
) -> ParquetSink:
    """Return a sink whose rows have the columns of a table of lines, as strings.

    So an id 7 of JSON Lines and an id "7" are the same there; write ``.jsonl`` where that matters. Where every row has
    keys of its own, ``given_columns`` being None, those are the id, the text, and if ``keep_columns`` a
    column ``columns`` with the other keys as a JSON object.
    """
    arrow, _ = arrow_and_parquet()
    own_keys = given_columns is None
    names = dict.fromkeys([id_column, text_column] if id_column is not None else [text_column])
    if own_keys and keep_columns:
        names["columns"] = None
    schema = arrow.schema(
        [(encodable(name), arrow.string()) for name in (names if given_columns is None else given_columns)]
    )

    def values(row: Row) -> dict[str, str | None]:
        others = {"columns": json_text(dict(row.values))} if own_keys else row.values
        made = {**others, text_column: row.text if row.error is None else None}
        if id_column is not None:
            made[id_column] = row.identifier
        return {
            encodable(name): value
            if value is None
            else encodable(value if isinstance(value, str) else json_text(value))
            for name, value in made.items()
        }

    return ParquetSink(
        target,
        schema=schema,
        given=lambda rows: arrow.Table.from_pylist([values(row) for row in rows], schema=schema),
    )
