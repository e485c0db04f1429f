"""The days on which articles were published: from a table of files and dates, or from the files' own names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from stance.cli.inputs import UnreadableInputError, read_text
from stance.errors import InputError
from stance.types import FrozenMap

_NAME = r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?!\d)"
_PARTS = ("year", "month", "day")


@dataclass(frozen=True, slots=True)
class Dates:
    """Tells the day of an article; what the table says counts more than the name of the file."""

    table: Mapping[str, date] = field(default_factory=FrozenMap)
    pattern: str | None = None

    def __post_init__(self) -> None:
        """Check that the pattern is one and names a year, a month and a day."""
        try:
            groups = re.compile(self.pattern or _NAME).groupindex
        except re.error as error:
            raise InputError(f"--date-pattern is no regular expression: {error}") from None
        missing = [part for part in _PARTS if part not in groups]
        if missing:
            wanted = ", ".join(f"(?P<{part}>...)" for part in missing)
            raise InputError(f"--date-pattern must have the groups {wanted}")

    def of(self, name: str) -> date | None:
        """Return the day of a file: by its whole name, by its last part, by what the name says; None if none is told.

        Where the name has several dates, the last counts: it stands nearest to the file.
        """
        for key in (name, str(Path(name)), Path(name).name):
            if key in self.table:
                return self.table[key]
        found = None
        for match in re.finditer(self.pattern or _NAME, name):
            try:
                found = date(*(int(match[part]) for part in _PARTS))
            except (TypeError, ValueError, OverflowError):
                continue  # digits that are no date, such as 2026-13-40
        return found


def read_dates(file: str) -> FrozenMap[str, date]:
    """Return the dates of a CSV file with the columns ``file`` and ``date``; a time after the day is ignored.

    Raises:
        InputError: If the file cannot be read, lacks a column, or a line has no date.
    """
    try:
        text = read_text(file)
    except UnreadableInputError as error:
        raise InputError(f"{file}: {error}") from None
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = [name.strip() for name in rows.fieldnames or ()]
        rows.fieldnames = columns
        if missing := [name for name in ("file", "date") if name not in columns]:
            raise InputError(f"{file} must have the columns file and date; {' and '.join(missing)} is missing")
        found: dict[str, date] = {}
        for row in rows:
            name, written = (row["file"] or "").strip(), (row["date"] or "").strip()
            if not name and not written:
                continue
            day = _day(written, f"{file}:{rows.line_num}")
            if found.setdefault(name, day) != day:
                raise InputError(f"{file}:{rows.line_num}: {name} has two dates, {found[name]} and {day}")
    except csv.Error as error:
        raise InputError(f"{file}:{rows.line_num}: {error}") from None
    return FrozenMap(found)


def _day(written: str, place: str) -> date:
    try:
        if not re.match(r"\d{4}-\d{2}-\d{2}(?!\d)", written):
            raise ValueError
        return date.fromisoformat(written[:10])
    except ValueError:
        raise InputError(f"{place}: {written!r} is no date; write it as 2026-03-31") from None
