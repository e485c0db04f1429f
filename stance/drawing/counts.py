"""What tables, heat maps and lines count: one counting for HTML and figures.

The balance of an actor is the mean of +1 for every statement in its favor, -1 against it and 0 for a neutral one;
statements unrelated to the actor do not enter it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from stance.drawing.escaping import one_line
from stance.types import Document, Prediction, StanceLabel

_NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class StanceCount:
    """How many statements have each label toward one actor."""

    against: int = 0
    favor: int = 0
    neutral: int = 0
    unrelated: int = 0

    @property
    def related(self) -> int:
        """Return how many statements speak of the actor."""
        return self.against + self.favor + self.neutral

    @property
    def balance(self) -> float | None:
        """Return (favor - against) / related, from -1 to 1; None where no statement speaks of the actor."""
        return (self.favor - self.against) / self.related if self.related else None

    @property
    def weighed(self) -> float | None:
        """Return the balance for colours: nearer to 0 where it rests on few statements, so that these do not shout."""
        return None if self.balance is None else self.balance * self.related / (self.related + 1)

    def of(self, label: StanceLabel) -> int:
        """Return the number of one label."""
        return (self.against, self.favor, self.neutral, self.unrelated)[list(StanceLabel).index(label)]

    def with_label(self, label: StanceLabel) -> StanceCount:
        """Return these counts with one more statement of ``label``."""
        place = list(StanceLabel).index(label)
        numbers = [self.against, self.favor, self.neutral, self.unrelated]
        numbers[place] += 1
        return StanceCount(*numbers)


@dataclass(frozen=True, slots=True)
class SpeakerRow:
    """A speaker: how many statements, and the counts toward every actor of the table in its order."""

    speaker: str
    statements: int
    cells: tuple[StanceCount, ...]


@dataclass(frozen=True, slots=True)
class SpeakerTable:
    """Speakers by actors, those with the most statements about the actors first.

    ``others`` counts speakers that have no row, ``unnamed`` statements whose speaker the text does not tell; ``total``
    has the counts of all statements toward every actor.
    """

    actors: tuple[str, ...]
    rows: tuple[SpeakerRow, ...]
    total: tuple[StanceCount, ...]
    statements: int
    speakers: int
    unnamed: int

    @property
    def others(self) -> int:
        """Return how many speakers have no row."""
        return self.speakers - len(self.rows)


@dataclass(slots=True)
class SpeakerCounts:
    """Counts statements by speaker and actor, document by document."""

    _actors: dict[str, None] = field(default_factory=dict)
    _cells: dict[tuple[str | None, str], StanceCount] = field(default_factory=dict)
    _statements: dict[str | None, int] = field(default_factory=dict)

    def add(self, document: Document) -> None:
        """Count the statements of a document."""
        for prediction in document.predictions:
            speaker = speaker_of(prediction)
            self._statements[speaker] = self._statements.get(speaker, 0) + 1
            for actor, stance in prediction.stances.items():
                self._actors[actor] = None
                before = self._cells.get((speaker, actor), StanceCount())
                self._cells[speaker, actor] = before.with_label(stance.label)

    def table(self, *, most: int = 20) -> SpeakerTable:
        """Return the table of at most ``most`` speakers."""
        actors = tuple(self._actors)
        rows = [
            SpeakerRow(speaker, count, tuple(self._cells.get((speaker, actor), StanceCount()) for actor in actors))
            for speaker, count in self._statements.items()
            if speaker is not None
        ]
        rows.sort(key=lambda row: (-sum(cell.related for cell in row.cells), -row.statements, row.speaker))
        return SpeakerTable(
            actors,
            tuple(rows[: max(0, most)]),
            self._totals(actors),
            sum(self._statements.values()),
            len(rows),
            self._statements.get(None, 0),
        )

    def _totals(self, actors: Sequence[str]) -> tuple[StanceCount, ...]:
        sums = {actor: dict.fromkeys(StanceLabel, 0) for actor in actors}
        for (_, actor), cell in self._cells.items():
            for label in StanceLabel:
                sums[actor][label] += cell.of(label)
        return tuple(StanceCount(*sums[actor].values()) for actor in actors)


def speaker_of(prediction: Prediction) -> str | None:
    """Return under what name a prediction's speaker is counted, on one line; None where there is none."""
    return one_line(prediction.statement.speaker or "") or None


def count_speakers(documents: Iterable[Document], *, most: int = 20) -> SpeakerTable:
    """Return the table of speakers by actors of several documents."""
    counts = SpeakerCounts()
    for document in documents:
        counts.add(document)
    return counts.table(most=most)


class Period(StrEnum):
    """What a point of a line stands for."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Point:
    """The balance of one period: of ``count`` statements, with a 95 % interval from ``low`` to ``high``."""

    start: date
    count: int
    balance: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The balance of every actor over time; an actor has no point in periods that do not speak of it."""

    period: Period
    lines: Mapping[str, tuple[Point, ...]]
    dated: int
    undated: int

    @property
    def bounds(self) -> tuple[date, date] | None:
        """Return the starts of the first and the last period that has a point; None if there is none."""
        starts = [point.start for line in self.lines.values() for point in line]
        return (min(starts), max(starts)) if starts else None


@dataclass(slots=True)
class TimeCounts:
    """Counts statements by actor and day, document by document."""

    _days: dict[str, dict[date, StanceCount]] = field(default_factory=dict)
    _dated: int = 0
    _undated: int = 0

    def add(self, document: Document, day: date | None) -> None:
        """Count the statements of a document of a day; one without a day is only counted as such."""
        for prediction in document.predictions:
            for actor, stance in prediction.stances.items():
                days = self._days.setdefault(actor, {})
                if day is not None:
                    days[day] = days.get(day, StanceCount()).with_label(stance.label)
        if day is None:
            self._undated += 1
        else:
            self._dated += 1

    def timeline(self, *, period: Period | None = None) -> Timeline:
        """Return the lines, by periods that suit the span of the days unless one is given."""
        related = [day for days in self._days.values() for day, count in days.items() if count.related]
        chosen = period or _period(max(related) - min(related) if related else timedelta())
        lines = {actor: _line(days, chosen) for actor, days in self._days.items()}
        return Timeline(chosen, lines, self._dated, self._undated)


def _period(span: timedelta) -> Period:
    if span <= timedelta(days=31):
        return Period.DAY
    return Period.WEEK if span <= timedelta(days=400) else Period.MONTH


def _start(day: date, period: Period) -> date:
    if period is Period.DAY:
        return day
    return day - timedelta(days=day.weekday()) if period is Period.WEEK else day.replace(day=1)


def _line(days: Mapping[date, StanceCount], period: Period) -> tuple[Point, ...]:
    sums: dict[date, tuple[int, int]] = {}
    for day, count in days.items():
        start = _start(day, period)
        related, balance = sums.get(start, (0, 0))
        sums[start] = (related + count.related, balance + count.favor - count.against)
    return tuple(
        Point(start, related, balance / related, *interval(balance / related, related))
        for start, (related, balance) in sorted(sums.items())
        if related
    )


def interval(balance: float, count: int) -> tuple[float, float]:
    """Return a 95 % interval of a balance of ``count`` statements.

    It is Wilson's, of the share that is in favor where a neutral statement counts half: wider than need be where many
    are neutral, and never outside -1 to 1. It takes statements for independent, which those of one article are not.
    """
    share = (balance + 1) / 2
    square = _NORMAL_95**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    width = _NORMAL_95 / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    return max(-1.0, 2 * (middle - width) - 1), min(1.0, 2 * (middle + width) - 1)
