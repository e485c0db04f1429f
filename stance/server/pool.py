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

from stance.server.jobs import HEADER, Answer, Job, Opening, Ready, Refused, Step, pack, unpack

log = logging.getLogger(__name__)

# A job that nobody waits for any more is let finish this long, then its process is replaced.
_PATIENCE = 20.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_OPENING_SECONDS, _ENDING_SECONDS = 120.0, 5.0
# So many processes may end before any was ready; then the service cannot start.
_MOST_FALSE_STARTS = 3
_AGAIN, _NEW = 0, 1
_SITE_PACKAGES = frozenset({"site-packages", "dist-packages"})

Tell = Callable[[Step], None]


def tell_nobody(_: Step) -> None:
    """Keep to oneself how far a job is."""


class WorkerDiedError(Exception):
    """Two processes in turn died over one job."""


@dataclass(order=True, slots=True)
class _Ticket:
    """A job in the queue, packed; one whose process died goes before the others."""

    urgency: int
    number: int
    frame: bytes = field(compare=False)
    answer: asyncio.Future[Answer] = field(compare=False)
    tell: Tell = field(compare=False)
    deaths: int = field(default=0, compare=False)
    seconds: float = field(default=0.0, compare=False)


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
        self._waiting: set[int] = set()
        self._has_started = False
        self._false_starts = 0
        self._on_refusal: Callable[[str], None] = lambda _: None

    @property
    def ready(self) -> int:
        """How many processes can take jobs."""
        return len(self._ready)

    @property
    def waiting(self) -> int:
        """How many jobs wait for a process."""
        return len(self._waiting)

    def start(self, on_refusal: Callable[[str], None]) -> None:
        """Start the processes, and return at once: jobs wait until one is ready.

        ``on_refusal`` is called with the reason where none will ever be: the model cannot be opened.
        """
        self._on_refusal = on_refusal
        self._tasks = [asyncio.create_task(self._keep(), name=f"worker-{number}") for number in range(self.size)]

    async def run(self, job: Job, tell: Tell = tell_nobody) -> tuple[Answer, float]:
        """Return the answer to a job and the seconds that a process worked for it.

        A caller that is cancelled takes the job out of the queue. ``tell`` is told how far it is, if it wants so.

        Raises:
            WorkerDiedError: If the process died over it, and the second one too.
        """
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        ticket = _Ticket(_NEW, next(self._numbers), pack(job), future, tell)
        self._put(ticket)
        try:
            answer = await future
        finally:
            # The queue forgets a ticket when its turn comes; what it weighs goes now.
            self._waiting.discard(ticket.number)
            ticket.frame = b""
        return answer, ticket.seconds

    async def close(self) -> None:
        """End the processes; what still waits is cancelled."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while not self._queue.empty():
            self._queue.get_nowait().answer.cancel()

    def _put(self, ticket: _Ticket) -> None:
        self._waiting.add(ticket.number)
        self._queue.put_nowait(ticket)

    async def _keep(self) -> None:
        """Keep one process running, whatever happens to it."""
        pause = _FIRST_PAUSE
        while True:
            began = time.monotonic()
            process = None
            try:
                process = await self._spawn()
                await self._use(process)
            except Exception as error:
                # Of the system (no more processes, files, memory): it may be better in a moment.
                log.error("a worker could not be used", extra={"fields": {"error": type(error).__name__}})
            finally:
                if process is not None:
                    self._ready.discard(process.pid)
                    await _end(process)
            self.counts.restarts += 1
            log.warning("a worker ended and is replaced")
            if not self._has_started:
                self._false_starts += 1
                if self._false_starts >= _MOST_FALSE_STARTS:
                    self._on_refusal("the workers end before they are ready; the log may say why")
            # One that dies as soon as it lives shall not take the machine with it.
            pause = _FIRST_PAUSE if time.monotonic() - began > _LONGEST_PAUSE else min(pause * 2, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _spawn(self) -> asyncio.subprocess.Process:
        environment = dict(os.environ)
        root = Path(__file__).parents[2]
        if root.name not in _SITE_PACKAGES:
            # A source folder that is not installed: its workers must find the library too.
            environment["PYTHONPATH"] = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
        process = await asyncio.create_subprocess_exec(
            # Without -P a file in the folder where the service was started could stand for one of the library's.
            *(sys.executable, "-P", "-m", "stance.server.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
        )
        await _send(process, pack(self._opening))
        return process

    async def _use(self, process: asyncio.subprocess.Process) -> None:
        """Give jobs to a process until it dies."""
        first = await _receive(process, _OPENING_SECONDS)
        if isinstance(first, Refused):
            log.error("a worker cannot open the model", extra={"fields": {"reason": first.detail}})
            if not self._has_started:
                self._on_refusal(first.detail)
        if not isinstance(first, Ready):
            return
        self._has_started = True
        self._ready.add(process.pid)
        while (ticket := await self._next(process)) is not None:
            try:
                answer = await self._ask(process, ticket)
            except asyncio.CancelledError:
                ticket.answer.cancel()
                raise
            except Exception as error:
                # The two no longer know of one another which frame comes next, so that the process must go.
                log.error("an answer could not be read", extra={"fields": {"error": type(error).__name__}})
                answer = None
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
                self._waiting.discard(ticket.number)
                if not ticket.answer.done():
                    return ticket
        finally:
            ended.cancel()

    async def _ask(self, process: asyncio.subprocess.Process, ticket: _Ticket) -> Answer | None:
        """Return a process's answer; None if it died, or was given up since nobody waited any more."""
        began = time.monotonic()
        talk = asyncio.ensure_future(_talk(process, ticket))
        try:
            waits: set[asyncio.Future[Any]] = {talk, ticket.answer}
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not talk.done():
                # The caller has gone: its job may end, but not hold a process for ever.
                await asyncio.wait({talk}, timeout=_PATIENCE)
            if not talk.done():
                log.warning("a worker computes for nobody and is replaced")
                return None
            answer = talk.result()
        finally:
            talk.cancel()
            ticket.seconds = time.monotonic() - began
            self.counts.busy_seconds += ticket.seconds
        self.counts.jobs += answer is not None
        return answer

    def _died(self, ticket: _Ticket) -> None:
        if ticket.answer.done():
            return
        if ticket.deaths:
            ticket.answer.set_exception(WorkerDiedError())
            return
        # A process may die of what it was given, so that only one more gets it.
        ticket.urgency = _AGAIN
        ticket.deaths += 1
        self._put(ticket)


async def _talk(process: asyncio.subprocess.Process, ticket: _Ticket) -> Answer | None:
    if not await _send(process, ticket.frame):
        return None
    while isinstance(answer := await _receive(process, None), Step):
        ticket.tell(answer)
    return answer  # type: ignore[return-value]


async def _send(process: asyncio.subprocess.Process, frame: bytes) -> bool:
    """Send a frame and tell whether the process could take it."""
    assert process.stdin is not None
    try:
        process.stdin.write(frame)
        await process.stdin.drain()
    except (ConnectionError, RuntimeError):  # uvloop's error for a pipe that is closed already is the second
        return False
    return True


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
    """Kill a process and wait until it is gone."""
    assert process.stdout is not None
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    try:
        async with asyncio.timeout(_ENDING_SECONDS):
            # asyncio does not see the end of a process before its pipe is empty.
            while await process.stdout.read(1 << 16):
                pass
            await process.wait()
    except TimeoutError:
        log.error("a worker that was killed has not ended", extra={"fields": {"process": process.pid}})
