"""One process that computes: it opens the model once and answers jobs, one after the other, until its input ends."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import BinaryIO

from stance.errors import ModelError, StanceError
from stance.predictor import Predictor
from stance.question import Question
from stance.quotes import Extraction
from stance.server.jobs import (
    HEADER,
    Answer,
    Classify,
    Failed,
    Found,
    Job,
    Judge,
    Judged,
    Opening,
    Read,
    Ready,
    Refused,
    Step,
    pack,
    unpack,
)
from stance.types import Document, ExtractionMode, Prediction

log = logging.getLogger(__name__)
# The service itself must stay quick to answer while its workers have the processors.
_NICENESS = 5


Tell = Callable[[Step], None]


def answer(predictor: Predictor, job: Job, tell: Tell) -> Answer:
    """Return the answer to a job; an error becomes an answer too, so that it ends this job alone.

    ``tell`` is called with how far it is, if the job wants to know.
    """
    try:
        match job:
            case Read():
                return _read(predictor, job, tell)
            case Judge(text, question, found, first):
                return _judged(_judge(predictor, text, question, found, first))
            case Classify(statements, question):
                explain = question.explain
                predictions = predictor.classify(statements, actors=question.actors, explain=explain)
                return Judged(None, _encoded(predictions), ())
    except StanceError as error:
        return Refused(str(error))
    except Exception as error:
        # The message might hold some of the text, and the text of a request does not go into a log.
        place = "".join(traceback.format_tb(error.__traceback__))
        log.error("a job failed: %s\n%s", type(error).__name__, place)
        return Failed(type(error).__name__)


def _read(predictor: Predictor, job: Read, tell: Tell) -> Answer:
    question = job.question
    if question.only_named:
        # A text that names nobody is not searched at all, which only the whole of predict can know.
        return _judged(predictor.answer(job.text, question))
    found = predictor.find(
        job.text,
        language=question.language,
        kinds=question.kinds,
        mode=question.mode,
        progress=(lambda done, total: tell(Step(done, total))) if job.steps else None,
    )
    if len(found.statements) > job.most:
        return Found(found)
    return _judged(_judge(predictor, job.text, question, found, 1))


def _judge(predictor: Predictor, text: str, question: Question, found: Extraction, first: int) -> Document:
    return predictor.judge(text, found, actors=question.actors, explain=question.explain, first=first)


def _judged(document: Document) -> Judged:
    return Judged(document.language, _encoded(document.predictions), document.warnings)


def _encoded(predictions: tuple[Prediction, ...] | list[Prediction]) -> tuple[bytes, ...]:
    # ASCII alone: half of a surrogate pair, which UTF-8 cannot hold, leaves as its escape.
    return tuple(json.dumps(one.to_dict()).encode("ascii") for one in predictions)


def _receive(stream: BinaryIO) -> object | None:
    """Return the next value, or None at the end of the input."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    (length,) = HEADER.unpack(header)
    content = stream.read(length)
    return unpack(content) if len(content) == length else None


def main() -> None:
    """Serve jobs from standard input until it ends, which it does when the service stops or dies."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # The service is told to stop and finishes what it has accepted; a terminal tells the workers as well.
        signal.signal(number, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    # Whatever a library prints must not come between the frames.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    source = sys.stdin.buffer
    opening = _receive(source)
    if not isinstance(opening, Opening):
        return
    try:
        predictor = Predictor.load(opening.model, threads=1, precision=opening.precision)
        # The first call opens the session; the service is ready when it need not be waited for.
        predictor.predict('"We thank NATO," the minister said.', mode=ExtractionMode.RULES)
    except ModelError as error:
        _send(output, Refused(str(error)))
        return
    _send(output, Ready())
    while (job := _receive(source)) is not None:
        _send(output, answer(predictor, job, lambda step: _send(output, step)))  # type: ignore[arg-type]


def _send(output: BinaryIO, value: object) -> None:
    output.write(pack(value))
    output.flush()


if __name__ == "__main__":
    main()
