"""What Ray, Spark and spaCy share: a question with its model, which travels to other processes, and rows of answers."""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.columns import answer_row, text_error
from stance.errors import InputError
from stance.folder import PACKAGED, ModelFolder
from stance.predictor import Predictor, Unread
from stance.question import Question
from stance.types import Actor, ExtractionMode, StatementKind


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every text, and of which model: small, checked, hashable, and the same in every process."""

    question: Question
    model: str | None
    precision: str
    threads: int | None

    def predictor(self) -> Predictor:
        """Open the model; ModelError tells what is wrong with its folder."""
        return Predictor.load(self.model, threads=self.threads, precision=self.precision)


def asked(
    *,
    actors: Iterable[str | Actor] | None = None,
    language: str | None = None,
    kinds: Collection[StatementKind | str] | None = None,
    mode: ExtractionMode | str = ExtractionMode.FULL,
    only_named: bool = False,
    explain: bool = False,
    model: str | Path | None = None,
    precision: str = "auto",
    threads: int | None = 1,
) -> Asked:
    """Return the question, so that what is wrong with it is told before anything is sent anywhere.

    Raises:
        StanceError: If an actor, a language, a kind, a mode or the model cannot be used; its subclass says which.
        TypeError: If an actor or the language is of another type.
    """
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise InputError(f"threads must be at least 1, not {threads!r}")
    question = Question.of(
        actors=actors, language=language, kinds=kinds, mode=mode, only_named=only_named, explain=explain
    )
    place = _place(model)
    ModelFolder.open(place).model(precision)
    return Asked(question, place, precision, threads)


def _place(model: str | Path | None) -> str | None:
    """Return a model's name or folder as another process, whose working folder may be another, finds it."""
    if model is None or (isinstance(model, str) and model in PACKAGED):
        return model
    return os.path.abspath(model)


def opened(what: Asked) -> Predictor:
    """Return the predictor of a question, opened once a process: its workers may read many parts of the data."""
    return _opened(what.model, what.precision, what.threads)


@functools.lru_cache(maxsize=1)
def _opened(model: str | None, precision: str, threads: int | None) -> Predictor:
    # Other questions are asked of the same model: what is opened does not depend on them.
    return Predictor.load(model, threads=threads, precision=precision)


def rows(
    predictor: Predictor, texts: Iterable[object], what: Asked, *, column: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield for every text, in order, what stands in the columns of answers; one that cannot be read fails alone.

    ``column`` is what errors call the place of the texts, if it has a name.
    """
    waiting: deque[str | None] = deque()

    def readable() -> Iterator[object]:
        for text in texts:
            waiting.append(text_error(text, column))
            # One that is no text goes the same way, as an empty one that costs nothing: so the order is kept.
            yield text if waiting[-1] is None else ""

    for answer in predictor.answers(readable(), what.question):
        error = waiting.popleft()
        if error is None and isinstance(answer, Unread):
            error = answer.reason
        yield answer_row(None if error is not None or isinstance(answer, Unread) else answer, error)
