"""What Ray, Spark and spaCy share: a question with its model, which travels to other processes, and rows of answers."""

from __future__ import annotations

import functools
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance import frames
from stance.errors import InputError
from stance.folder import PACKAGED, ModelFolder
from stance.predictor import Predictor, Unread
from stance.question import Question
from stance.types import Actor, Document, ExtractionMode, StatementKind

ANSWERS = ("language", "warnings", "statements", "error")


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


@functools.lru_cache(maxsize=1)
def opened(what: Asked) -> Predictor:
    """Return the predictor of a question, opened once a process: its workers may read many parts of the data."""
    return what.predictor()


def rows(predictor: Predictor, texts: Iterable[object], what: Asked) -> Iterator[dict[str, Any]]:
    """Yield for every text, in order, what stands in the columns ``ANSWERS``; one that cannot be read fails alone."""
    return map(_row, predictor.answers(texts, what.question))


def _row(answer: Document | Unread) -> dict[str, Any]:
    """Return the statements as their Arrow type wants them, or the error."""
    if isinstance(answer, Unread):
        return {"language": None, "warnings": [], "statements": [], "error": _encodable(answer.reason)}
    if not answer.text.strip():
        # As in tables: a row whose text is missing is not one that nobody is quoted in.
        return {"language": None, "warnings": [], "statements": [], "error": "the text is empty"}
    warnings = [_encodable(warning) for warning in answer.warnings]
    statements = frames.statement_rows(answer)
    return {"language": answer.language, "warnings": warnings, "statements": statements, "error": None}


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
