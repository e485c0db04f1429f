"""Processes that compute, and the queue of jobs before them.

A process that dies takes its one job along, which is given to another process once more; the others go on, and a new
process takes its place. :class:`concurrent.futures.ProcessPoolExecutor` would break as a whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stance.errors import ModelError
from stance.server.jobs import HEADER, Answer, Job, Opening, Ready, Refused, Step, pack, unpack

log = logging.getLogger(__name__)

# A job that nobody waits for any more is let finish this long, then its process is replaced.
_PATIENCE = 20.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_OPENING_SECONDS = 120.0
_AGAIN, _NEW = 0, 1


Tell = Callable[[Step], None]


def tell_nobody(_: Step) -> None:
    """Keep to oneself how far a job is."""


class WorkerDiedError(Exception):
    """Two processes in turn died over one job."""


@dataclass(order=True, slots=True)
class _Ticket:
    """A job in the queue; one whose process died goes before the others."""

    urgency: int
    number: int
    job: Job = field(compare=False)
    answer: asyncio.Future[Answer] = field(compare=False)
    tell: Tell = field(compare=False)
    deaths: int = field(default=0, compare=False)


@dataclass(slots=True)
class Counts:
    """What the pool has done: for the metrics."""

    restarts: int = 0
    jobs: int = 0
    busy_seconds: float = 0.0


class WorkerPool:
    """A number of processes with the model open. Made, started, used and closed in one event loop."""

    def __init__(self, opening: Opening, *, size: int) -> None:
        self.size = size
        self.counts = Counts()
        self._opening = opening
        self._queue: asyncio.PriorityQueue[_Ticket] = asyncio.PriorityQueue()
        self._numbers = itertools.count()
        self._tasks: list[asyncio.Task[None]] = []
        self._ready: set[int] = set()
        self._first_ready = asyncio.Event()
        self._refused: str | None = None
        self._closing = False

    @property
    def ready(self) -> int:
        """How many processes can take jobs."""
        return len(self._ready)

    @property
    def waiting(self) -> int:
        """How many jobs wait for a process."""
        return self._queue.qsize()

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes that can take jobs."""
        return tuple(sorted(self._ready))

    async def start(self) -> None:
        """Start the processes and return when the first is ready; ModelError where the model cannot be opened."""
        self._tasks = [asyncio.create_task(self._keep(), name=f"worker-{number}") for number in range(self.size)]
        await asyncio.wait_for(self._first_ready.wait(), _OPENING_SECONDS)
        if self._refused is not None:
            raise ModelError(self._refused)

    async def run(self, job: Job, tell: Tell = tell_nobody) -> Answer:
        """Return the answer to a job; a caller that is cancelled takes it out of the queue.

        ``tell`` is called with how far the job is, if the job wants that.

        Raises:
            WorkerDiedError: If the process died over it, and the second one too.
        """
        ticket = _Ticket(_NEW, next(self._numbers), job, asyncio.get_running_loop().create_future(), tell)
        self._queue.put_nowait(ticket)
        return await ticket.answer

    async def close(self) -> None:
        """End the processes; what still waits is cancelled."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while not self._queue.empty():
            self._queue.get_nowait().answer.cancel()

    async def _keep(self) -> None:
        """Keep one process running, whatever happens to it."""
        pause = _FIRST_PAUSE
        while not self._closing:
            began = time.monotonic()
            process = await self._spawn()
            try:
                await self._use(process)
            finally:
                self._ready.discard(process.pid)
                await _end(process)
            if self._refused is not None:
                return
            self.counts.restarts += 1
            log.warning("worker %d ended and is replaced", process.pid)
            # One that dies as soon as it lives shall not take the machine with it.
            pause = _FIRST_PAUSE if time.monotonic() - began > _LONGEST_PAUSE else min(pause * 2, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _spawn(self) -> asyncio.subprocess.Process:
        root = str(Path(__file__).parents[2])
        paths = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        process = await asyncio.create_subprocess_exec(
            # Without -P a file in the folder where the service was started could stand for one of the library's.
            *(sys.executable, "-P", "-m", "stance.server.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
        )
        with contextlib.suppress(ConnectionError):
            assert process.stdin is not None
            process.stdin.write(pack(self._opening))
            await process.stdin.drain()
        return process

    async def _use(self, process: asyncio.subprocess.Process) -> None:
        """Give jobs to a process until it dies."""
        first = await _receive(process, _OPENING_SECONDS)
        if isinstance(first, Refused):
            self._refused = first.detail
            self._first_ready.set()
        if not isinstance(first, Ready):
            return
        self._ready.add(process.pid)
        self._first_ready.set()
        while True:
            ticket = await self._next(process)
            if ticket is None:
                return
            try:
                answer = await self._ask(process, ticket)
            except asyncio.CancelledError:
                ticket.answer.cancel()
                raise
            if answer is None:
                self._died(ticket)
                return
            if not ticket.answer.done():
                ticket.answer.set_result(answer)

    async def _next(self, process: asyncio.subprocess.Process) -> _Ticket | None:
        """Return the next job that somebody waits for; None if the process dies while it has nothing to do."""
        ended = asyncio.ensure_future(process.wait())
        try:
            while True:
                coming = asyncio.ensure_future(self._queue.get())
                try:
                    await asyncio.wait({coming, ended}, return_when=asyncio.FIRST_COMPLETED)
                except asyncio.CancelledError:
                    coming.cancel()
                    raise
                if not coming.done():
                    coming.cancel()
                    return None
                ticket = coming.result()
                if ended.done():
                    self._queue.put_nowait(ticket)
                    return None
                if not ticket.answer.done():
                    return ticket
        finally:
            ended.cancel()

    async def _ask(self, process: asyncio.subprocess.Process, ticket: _Ticket) -> Answer | None:
        """Return a process's answer; None if it died, or was ended since nobody waited any more."""
        began = time.monotonic()
        talk = asyncio.ensure_future(_talk(process, ticket))
        try:
            waits: set[asyncio.Future[Any]] = {talk, ticket.answer}
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not talk.done():
                # The caller has gone: its job may end, but not hold a process for ever.
                await asyncio.wait({talk}, timeout=_PATIENCE)
            if not talk.done():
                log.warning("worker %d computes for nobody and is replaced", process.pid)
                return None
            answer = talk.result()
        finally:
            talk.cancel()
            self.counts.busy_seconds += time.monotonic() - began
        self.counts.jobs += answer is not None
        return answer

    def _died(self, ticket: _Ticket) -> None:
        if ticket.answer.done():
            return
        if ticket.deaths:
            ticket.answer.set_exception(WorkerDiedError())
            return
        # A process may die of what it was given, so that only one more gets it.
        again = _Ticket(_AGAIN, ticket.number, ticket.job, ticket.answer, ticket.tell, ticket.deaths + 1)
        self._queue.put_nowait(again)


async def _talk(process: asyncio.subprocess.Process, ticket: _Ticket) -> Answer | None:
    assert process.stdin is not None
    try:
        process.stdin.write(pack(ticket.job))
        await process.stdin.drain()
    except ConnectionError:
        return None
    while isinstance(answer := await _receive(process, None), Step):
        ticket.tell(answer)
    return answer  # type: ignore[return-value]


async def _receive(process: asyncio.subprocess.Process, seconds: float | None) -> object | None:
    """Return the next value of a process; None at its end."""
    assert process.stdout is not None
    try:
        async with asyncio.timeout(seconds):
            header = await process.stdout.readexactly(HEADER.size)
            return unpack(await process.stdout.readexactly(HEADER.unpack(header)[0]))  # type: ignore[no-any-return]
    except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
        return None


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process and wait for it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(asyncio.CancelledError):
            await process.wait()
