"""Rows to answers, lazily and in order; a row that cannot be answered fails alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from stance.files.rows import Row, UnreadableTableError
from stance.types import Actor, Document, ExtractionMode

# The answer to a row, or why there is none.
Answer = tuple[Row, Document | None, str | None]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every text; the names are those of :func:`stance.predict`."""

    actors: tuple[Actor, ...] | None = None
    language: str | None = None
    kinds: tuple[str, ...] | None = None
    mode: ExtractionMode = ExtractionMode.FULL
    only_named: bool = False
    explain: bool = False


class Predicts(Protocol):
    """What is needed of a predictor."""

    def predict(
        self,
        text: str,
        *,
        actors: tuple[Actor, ...] | None,
        language: str | None,
        kinds: tuple[str, ...] | None,
        mode: ExtractionMode,
        only_named: bool,
        explain: bool,
    ) -> Document:
        """Return the document of a text."""
        ...

    def predict_many(
        self,
        texts: Iterable[str],
        *,
        actors: tuple[Actor, ...] | None,
        language: str | None,
        kinds: tuple[str, ...] | None,
        mode: ExtractionMode,
        only_named: bool,
        explain: bool,
    ) -> Iterator[Document]:
        """Yield the document of every text, lazily and in order."""
        ...


def answers(predictor: Predicts, rows: Iterator[Row], question: Question) -> Iterator[Answer]:
    """Yield every row with its answer, in order; no more rows are read ahead than ``predict_many`` takes texts.

    Where ``predict_many`` as a whole breaks off, the row that it would have answered next is read alone, and the rows
    after it anew: what is wrong with one text keeps no other from being read.
    """
    again: deque[Row] = deque()
    while True:
        waiting: deque[Row] = deque()
        documents = predictor.predict_many(_texts(again, rows, waiting), **_options(question))
        number = 0
        while True:
            try:
                document = next(documents)
            except StopIteration:
                return
            except UnreadableTableError:
                raise
            except Exception as error:
                if not waiting:
                    raise
                row = waiting.popleft()
                again.extendleft(reversed(waiting))
                yield _alone(predictor, row, question, error)
                break
            row = waiting.popleft()
            yield _answer(row, document, number)
            number += 1


def _texts(again: deque[Row], rows: Iterator[Row], waiting: deque[Row]) -> Iterator[str]:
    while True:
        row = again.popleft() if again else next(rows, None)
        if row is None:
            return
        waiting.append(row)
        # A row without a text goes the same way, as an empty one that costs nothing: so the order is kept, and however
        # many there are, they do not pile up.
        yield row.text if row.error is None else ""


def _options(question: Question) -> dict[str, Any]:
    return {
        "actors": question.actors,
        "language": question.language,
        "kinds": question.kinds,
        "mode": question.mode,
        "only_named": question.only_named,
        "explain": question.explain,
    }


def _answer(row: Row, document: Document, number: int) -> Answer:
    if row.error is not None:
        return row, None, row.error
    head = f"item {number} was not read: "  # how predict_many tells that this one failed
    failure = next((warning for warning in document.warnings if warning.startswith(head)), None)
    return (row, document, None) if failure is None else (row, None, failure.removeprefix(head))


def _alone(predictor: Predicts, row: Row, question: Question, error: Exception) -> Answer:
    if row.error is not None:
        return row, None, row.error
    try:
        return row, predictor.predict(row.text, **_options(question)), None
    except Exception as own:
        return row, None, f"{type(own).__name__}: {own}"
