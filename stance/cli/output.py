"""How answers leave: as a table, as JSON, or as JSON Lines; in UTF-8 whatever the locale says."""

from __future__ import annotations

import io
import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO

from stance.types import Prediction, Statement

if TYPE_CHECKING:
    from rich.console import Console

    from stance.cli.inputs import StatementRecord
    from stance.cli.tables import Row


class Format(StrEnum):
    """Forms of the output."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


def use_utf8(stream: TextIO) -> None:
    """Make a standard stream write UTF-8; half of a surrogate pair (in a file's name) comes out as its escape."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def console() -> Console:
    """Return a console on standard output; it colours only a terminal, and not where NO_COLOR is set."""
    from rich.console import Console

    made = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    if made.width < 1:  # COLUMNS=0 comes from terminals that do not know their size
        made.width = 80
    return made


class Writer(ABC):
    """Takes the answers of one command in their order."""

    @abstractmethod
    def document(
        self,
        source: str,
        language: str | None,
        warnings: Sequence[str],
        answers: Sequence[Prediction | Statement],
    ) -> None:
        """Write what was found in one text."""

    @abstractmethod
    def record(self, source: str, record: StatementRecord, prediction: Prediction) -> None:
        """Write the answer for one given statement."""

    @abstractmethod
    def close(self) -> None:
        """Write what must stand at the end."""


class JsonWriter(Writer):
    """JSON Lines, one JSON value, or a JSON list of values that is written while they come."""

    def __init__(self, *, lines: bool, several: bool) -> None:
        self._lines = lines
        self._several = several
        self._written = 0

    def document(
        self,
        source: str,
        language: str | None,
        warnings: Sequence[str],
        answers: Sequence[Prediction | Statement],
    ) -> None:
        """Write a document."""
        statements = [answer.to_dict() for answer in answers]
        self._write({"source": source, "language": language, "warnings": list(warnings), "statements": statements})

    def record(self, source: str, record: StatementRecord, prediction: Prediction) -> None:
        """Write a prediction with the record's own ``id``."""
        identifier = dict.fromkeys(["id"], record.identifier[0]) if record.identifier else {}
        self._write({**identifier, "source": source, "line": record.line, **prediction.to_dict()})

    def _write(self, value: dict[str, Any]) -> None:
        self._written += 1
        if self._lines:
            sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
        else:
            if self._several:
                sys.stdout.write("[\n" if self._written == 1 else ",\n")
            sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2))
        sys.stdout.flush()

    def close(self) -> None:
        """End the list."""
        if self._lines:
            return
        if self._several:
            sys.stdout.write("\n]\n" if self._written else "[]\n")
        elif self._written:
            sys.stdout.write("\n")


class TableWriter(Writer):
    """Tables: one for a document, and one for the statements of a JSONL file."""

    def __init__(self, actors: Sequence[str]) -> None:
        from stance.cli import tables

        self._tables = tables
        self._console = console()
        self._actors = actors
        self._records: list[tuple[str, Row]] = []

    def document(
        self,
        source: str,
        language: str | None,
        warnings: Sequence[str],
        answers: Sequence[Prediction | Statement],
    ) -> None:
        """Print a heading, the warnings and a table."""
        rows = [self._row(str(number), answer) for number, answer in enumerate(answers, 1)]
        self._tables.print_heading(self._console, source, language or "language unknown", len(rows), warnings)
        self._tables.print_rows(self._console, rows, self._actors)

    def _row(self, number: str, answer: Prediction | Statement) -> Row:
        if isinstance(answer, Prediction):
            return self._tables.Row(number, answer.statement, answer)
        return self._tables.Row(number, answer)

    def record(self, source: str, record: StatementRecord, prediction: Prediction) -> None:
        """Keep a row until the file's table is complete."""
        number = str(record.identifier[0] if record.identifier else record.line)
        if self._records and self._records[0][0] != source:
            self.close()
        self._records.append((source, self._tables.Row(number, prediction.statement, prediction)))

    def close(self) -> None:
        """Print the rows that were kept."""
        if self._records:
            self._tables.print_heading(self._console, self._records[0][0], "", len(self._records), ())
            self._tables.print_rows(self._console, [row for _, row in self._records], self._actors)
            self._records.clear()
