"""One process that computes: it opens the model once and answers jobs, one after the other, until its input ends."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from stance.actors import without_capitals
from stance.errors import ModelError, StanceError
from stance.naming import language_and_naming, naming, surroundings_of
from stance.predictor import Predictor
from stance.server import logs
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
from stance.server.logs import places_of
from stance.types import Document, ExtractionMode, Prediction

log = logging.getLogger(__name__)
# The service itself must stay quick to answer while its workers have the processors.
_NICENESS = 5
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux


Tell = Callable[[Step], None]


def answer(predictor: Predictor, job: Job, tell: Tell) -> Answer:
    """Return the answer to a job; an error becomes an answer too, so that it ends this job alone.

    ``tell`` is called with how far it is, if the job wants to know.
    """
    try:
        match job:
            case Read():
                return _read(predictor, job, tell)
            case Judge(statements, around, question, first):
                predictions, warnings = predictor.judge_statements(statements, around, question, first=first)
                return Judged(around.language, _encoded(predictions), warnings)
            case Classify(statements, question):
                explain = question.explain
                return Judged(
                    None, _encoded(predictor.classify(statements, actors=question.actors, explain=explain)), ()
                )
    except StanceError as error:
        return Refused(str(error))
    except Exception as error:
        return Failed(type(error).__name__, places_of(error))


def _read(predictor: Predictor, job: Read, tell: Tell) -> Answer:
    question = job.question
    if question.only_named:
        _, is_named = language_and_naming(job.text, question, ignore_case=without_capitals(job.text))
        if not is_named:
            # It is not searched at all.
            return _judged(predictor.answer(job.text, question))
    found = predictor.find(
        job.text,
        language=question.language,
        kinds=question.kinds,
        mode=question.mode,
        progress=(lambda done, total: tell(Step(done, total))) if job.steps else None,
    )
    if question.only_named:
        found = naming(job.text, found, question.actors)
    if len(found.statements) > job.most:
        return Found(found, surroundings_of(job.text, found, question.actors))
    return _judged(predictor.judge(job.text, found, actors=question.actors, explain=question.explain))


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
    """Serve jobs from standard input until it ends, which it does when the service stops."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # The service is told to stop and finishes what it has accepted; a terminal tells the workers as well.
        signal.signal(number, signal.SIG_IGN)
    _die_with_parent()
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    # Whatever a library prints must not come between the frames.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logs.configure()
    try:
        _serve(sys.stdin.buffer, output)
    except BrokenPipeError:
        sys.exit(1)  # the service has gone
    except Exception as error:
        fields = {"error": type(error).__name__, "places": places_of(error)}
        log.error("a worker failed", extra={"fields": fields})
        sys.exit(1)


def _serve(source: BinaryIO, output: BinaryIO) -> None:
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


def _die_with_parent() -> None:
    """Let the system end this process when the service is killed, even while it computes; Linux alone can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _send(output: BinaryIO, value: object) -> None:
    output.write(pack(value))
    output.flush()


if __name__ == "__main__":
    main()
