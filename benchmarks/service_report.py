"""The page docs/service.md."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from benchmarks.tables import table_lines


@dataclass(frozen=True, slots=True)
class Phase:
    """What came of one load: times in seconds of the requests that were accepted, memory in megabytes."""

    seconds: float
    statuses: Mapping[int, int]
    p50: float
    p99: float
    longest: float
    growth: float
    memory: float

    @property
    def requests(self) -> int:
        """All requests that were sent."""
        return sum(self.statuses.values())

    @property
    def failed(self) -> int:
        """Requests with another answer than 200 or 429, or with none."""
        return sum(count for status, count in self.statuses.items() if status not in {200, 429})

    @property
    def told(self) -> str:
        """The statuses and how often each came."""
        names = {status: f"{status} {HTTPStatus(status).phrase}" if status else "no answer" for status in self.statuses}
        return ", ".join(f"{count} × {names[status]}" for status, count in self.statuses.items())


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is measured of a service; ``capacity`` is requests a second, ``recovery`` seconds."""

    capacity: float
    usual: Phase
    over: Phase
    recovery: float
    rough: Phase
    killed: int
    workers: int


_HEAD = """# The service under load

What `python -m benchmarks.service` measured: the service in one process with its workers, the load from another one,
over loopback, on {machine}. Both share the processors. The mix: whole articles (35 %), articles by rules alone (25 %),
six statements at hand (30 %), two articles by rules (10 %), all from this repository. Requests arrive at random (a
Poisson process), whether or not others are answered, and their time counts from the moment at which they were due.
"""
_END = """
A worker that is killed takes its job along; the job goes to another worker once more, so that the caller sees a longer
time and no error. Under twice the capacity a request is refused at once where those before it would take longer than
`--wait` (5 s), with the seconds after which to come back.

The requests of the mix differ tenfold in what they cost, and those that arrive at random queue at 80 %: both are in the
distance from p50 to p99.
"""


def page(figures: Figures) -> str:
    """Return the page as Markdown."""
    usual, over, rough = figures.usual, figures.over, figures.rough
    ratio = usual.p99 / usual.p50 if usual.p50 else 0.0
    rows = [
        ["capacity, eight callers who wait", f"{figures.capacity:.1f} requests a second, {figures.workers} workers"],
        [f"80 % of it for {usual.seconds / 60:.0f} minutes", f"{usual.requests} requests: {usual.told}"],
        ["… half of the answers within (p50)", f"{usual.p50:.2f} s"],
        ["… 99 of 100 answers within (p99)", f"{usual.p99:.2f} s, {ratio:.1f} times p50"],
        ["… memory of all processes", f"{usual.memory:.0f} MB at most, growth {100 * usual.growth:+.1f} %"],
        [f"twice the capacity for {over.seconds:.0f} s", f"{over.requests} requests: {over.told}"],
        ["… longest answer to an accepted request", f"{over.longest:.1f} s of the 60 s it may take"],
        ["… after the last request of it, until one is answered within the usual p99", f"{figures.recovery:.1f} s"],
        [
            f"60 % of the capacity, {figures.killed} workers killed (kill -9)",
            f"{rough.requests} requests: {rough.told}",
        ],
        ["… longest answer", f"{rough.longest:.1f} s"],
    ]
    lines = [_HEAD.format(machine=_machine()), *table_lines(["load", "result"], rows), _END]
    return "\n".join(lines)


def _machine() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} cores of {names[0]}" if names else platform.processor() or "an unknown processor"
