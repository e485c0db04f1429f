"""Rows to answers, lazily and in order; a row that cannot be answered fails alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Protocol

from stance.files.rows import Row
from stance.predictor import Unread
from stance.question import Question
from stance.types import Document

# The answer to a row, or why there is none.
Answer = tuple[Row, Document | None, str | None]


class Answers(Protocol):
    """What is needed of a predictor."""

    def answers(self, texts: Iterable[object], question: Question) -> Iterator[Document | Unread]:
        """Yield the answer to every text, lazily and in order."""
        ...


def answers(predictor: Answers, rows: Iterator[Row], question: Question) -> Iterator[Answer]:
    """Yield every row with its answer, in order; no more rows are read ahead than a predictor takes texts."""
    waiting: deque[Row] = deque()
    for answer in predictor.answers(_texts(rows, waiting), question):
        row = waiting.popleft()
        if row.error is not None:
            yield row, None, row.error
        elif isinstance(answer, Unread):
            yield row, None, answer.reason
        else:
            yield row, answer, None


def _texts(rows: Iterator[Row], waiting: deque[Row]) -> Iterator[str]:
    for row in rows:
        waiting.append(row)
        # A row without a text goes the same way, as an empty one that costs nothing: so the order is kept, and however
        # many there are, they do not pile up.
        yield row.text if row.error is None else ""
