"""What a request needs done: its jobs, in the order in which they may run, and its answer put together from theirs."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from stance.question import Question
from stance.quotes import Extraction
from stance.server.jobs import Answer, Classify, Failed, Found, Job, Judge, Judged, Read, Refused, Step
from stance.server.pool import Tell, WorkerDiedError, WorkerPool, tell_nobody
from stance.server.problems import ProblemError
from stance.types import Statement

log = logging.getLogger(__name__)

# Statements that are judged in one job. A long article goes through the processes in parts, beside shorter requests.
AT_ONCE = 24
_PART = 12
# An explanation reads a statement up to 48 times more.
_EXPLAINED_PART = 2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a document is: while it is searched, ``found`` once with what was found, then what is judged."""

    done: int
    total: int
    found: Extraction | None = None
    first: int = 0
    predictions: tuple[bytes, ...] = ()
    searching: bool = False


class Work:
    """The work for one request: its jobs on a pool, and what they took.

    ``busy_seconds`` are those that processes worked for it, ``judged`` counts its statements.
    """

    def __init__(self, pool: WorkerPool, *, request: str) -> None:
        self.busy_seconds = 0.0
        self.judged = 0
        self._pool = pool
        self._request = request
        # However many parts a request has, no more of them stand in the queue than there are processes.
        self._room = asyncio.Semaphore(pool.size)

    async def document(self, text: str, question: Question) -> bytes:
        """Return the JSON of one text's document; ProblemError where it cannot be had."""
        async with aclosing(self.events(text, question)) as events:
            async for event in events:
                if isinstance(event, Judged):
                    return encoded(event)
        raise AssertionError("the last event of a text is its answer")

    async def events(
        self, text: str, question: Question, *, at_once: int | None = None
    ) -> AsyncGenerator[Progress | Judged, None]:
        """Yield how far a text is, and at last its answer; ProblemError where it cannot be had.

        With ``at_once``, how many statements are judged before anything is told, the search is told step by step too.
        """
        most = (_EXPLAINED_PART if question.explain else AT_ONCE) if at_once is None else at_once
        answer: Answer | None = None
        async for found in self._read(Read(text, question, most, steps=at_once is not None)):
            if isinstance(found, Progress):
                yield found
            else:
                answer = found
        if isinstance(answer, Judged):
            self.judged += len(answer.predictions)
            yield answer
            return
        assert isinstance(answer, Found)
        async with aclosing(self._judge(answer, question)) as events:
            async for event in events:
                yield event

    async def _read(self, job: Read) -> AsyncGenerator[Progress | Answer, None]:
        """Yield how far a text is searched, and at last the answer."""
        steps: asyncio.Queue[Step | None] = asyncio.Queue()
        reading = asyncio.create_task(self._run(job, steps.put_nowait))
        reading.add_done_callback(lambda _: steps.put_nowait(None))
        done = 0
        try:
            while (step := await steps.get()) is not None:
                # A process that took over from one that died begins anew.
                if step.done > done:
                    done = step.done
                    yield Progress(step.done, step.total, searching=True)
            yield await reading
        finally:
            reading.cancel()

    async def _judge(self, answer: Found, question: Question) -> AsyncGenerator[Progress | Judged, None]:
        """Yield what was found, then what is judged of it, at last the answer."""
        found, around = answer.extraction, answer.around
        total = len(found.statements)
        yield Progress(0, total, found)
        size = _EXPLAINED_PART if question.explain else _PART
        jobs = []
        for first in range(0, total, size):
            some = found.statements[first : first + size]
            jobs.append(Judge(some, around.of(some), question, first + 1))
        parts: dict[int, Judged] = {}
        async with aclosing(self._side_by_side(jobs)) as answers:
            async for place, part in answers:
                parts[place] = part
                self.judged += len(part.predictions)
                done = sum(len(one.predictions) for one in parts.values())
                yield Progress(done, total, None, jobs[place].first - 1, part.predictions)
        ordered = [parts[place] for place in range(len(jobs))]
        yield Judged(
            found.language,
            tuple(one for part in ordered for one in part.predictions),
            (*found.warnings, *(warning for part in ordered for warning in part.warnings)),
        )

    async def statements(self, statements: Sequence[Statement], question: Question) -> list[bytes]:
        """Return the JSON of the predictions for statements at hand."""
        size = _EXPLAINED_PART if question.explain else AT_ONCE
        jobs = [Classify(tuple(statements[n : n + size]), question) for n in range(0, len(statements), size)]
        parts = {place: part async for place, part in self._side_by_side(jobs)}
        self.judged += len(statements)
        return [one for place in range(len(jobs)) for one in parts[place].predictions]

    async def _side_by_side(self, jobs: Sequence[Job]) -> AsyncGenerator[tuple[int, Judged], None]:
        """Yield the answers as they come, under the numbers of their jobs."""
        running: dict[asyncio.Task[Answer], int] = {}
        waiting = iter(enumerate(jobs))
        try:
            while True:
                while len(running) < self._pool.size and (following := next(waiting, None)) is not None:
                    running[asyncio.create_task(self._run(following[1]))] = following[0]
                if not running:
                    return
                finished, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in finished:
                    place, answer = running.pop(task), task.result()
                    assert isinstance(answer, Judged)
                    yield place, answer
        finally:
            # After an error or when the caller has gone nothing that waits shall be computed.
            for task in running:
                task.cancel()

    async def _run(self, job: Job, tell: Tell = tell_nobody) -> Answer:
        try:
            async with self._room:
                answer, seconds = await self._pool.run(job, tell)
        except WorkerDiedError:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "the processes that computed this ended twice; send it again, in smaller parts if it is large",
                retry_after=1,
            ) from None
        self.busy_seconds += seconds
        if isinstance(answer, Refused):
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, answer.detail)
        if isinstance(answer, Failed):
            fields = {"request": self._request, "error": answer.kind, "places": answer.places}
            log.error("a job failed", extra={"fields": fields})
            raise ProblemError(
                HTTPStatus.INTERNAL_SERVER_ERROR, f"this text could not be read ({answer.kind}); the log has the place"
            )
        return answer


def encoded(judged: Judged) -> bytes:
    """Return a document as the JSON object that the command line gives."""
    head: dict[str, Any] = {"language": judged.language, "warnings": list(judged.warnings)}
    return json.dumps(head)[:-1].encode("ascii") + b', "statements": [' + b", ".join(judged.predictions) + b"]}"
