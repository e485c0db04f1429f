"""Whether there is room for one more request: a bound on their number and on how long the next would wait.

What a request costs is estimated in characters before it is read; how fast they are worked off is measured. Without
the second bound a queue of long articles would pass every time limit while it is far from full.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from stance.question import Question
from stance.server.problems import ProblemError
from stance.types import ExtractionMode

# Characters a second and process before anything is measured; a guess that errs on the slow side.
_FIRST_RATE = 4_000.0
# Weight of what was measured before each request in the moving sums.
_MEMORY = 0.95
# How much longer than the whole of it an article takes: by rules alone, and with an explanation of every stance.
_RULES, _EXPLAINED = 0.5, 12.0
# Actors that are asked about at the price of the default ones; more cost in proportion.
_ACTORS = 8
# Of a long request, what is worked off before others have their turn.
_PART = 4_000.0
# A statement at hand is judged with its context and needs no search.
STATEMENT_CHARACTERS = 150


def cost_of(characters: int, question: Question) -> float:
    """Return what characters of a request cost, in characters of a plain one."""
    cost = max(1, characters) * max(1.0, len(question.actors) / _ACTORS)
    if question.mode is ExtractionMode.RULES:
        cost *= _RULES
    return cost * _EXPLAINED if question.explain else cost


class Admission:
    """Knows the requests that are accepted and not yet answered. Used in one event loop."""

    def __init__(self, *, queue: int, wait: float, seconds: float, processes: int) -> None:
        self._queue = queue
        self._wait = wait
        self._seconds = seconds
        self._processes = processes
        self._cost, self._busy = _FIRST_RATE, 1.0
        self._inside: dict[int, float] = {}
        self._numbers = itertools.count()
        self.refused = 0

    @property
    def inside(self) -> int:
        """How many requests are accepted and not yet answered."""
        return len(self._inside)

    def expected_wait(self, cost: float = 1.0) -> float:
        """Return the seconds by which a request of some cost is held up by the others.

        Requests go through the processes in parts, in turn: one that is larger holds another up by as much as that one
        costs itself, one that is smaller by all of it.
        """
        share = max(cost, _PART)
        others = sum(min(other, share) for other in self._inside.values())
        return others * self._busy / (self._cost * self._processes)

    @contextmanager
    def admit(self, cost: float) -> Iterator[None]:
        """Hold a place for a request; ProblemError 429 where there is none, with the seconds after which to return."""
        expected = self.expected_wait(cost)
        if self.inside >= self._queue or (self.inside and expected > self._wait):
            self.refused += 1
            seconds = min(max(1, math.ceil(expected - self._wait / 2)), math.ceil(self._seconds))
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"the service has as much to do as it can answer in time; send the request again in {seconds} s",
                retry_after=seconds,
            )
        number = next(self._numbers)
        self._inside[number] = cost
        try:
            yield
        finally:
            del self._inside[number]

    def measured(self, cost: float, busy_seconds: float) -> None:
        """Take note that a request was answered in full: what it cost, and how long processes worked for it."""
        self._cost = _MEMORY * self._cost + cost
        self._busy = _MEMORY * self._busy + busy_seconds
