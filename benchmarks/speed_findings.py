"""What the benchmark of speed measures, as its page reads it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

# Names of systems that ratios are made of.
ONE, FOUR, EXACT = "int8, 1 actor", "int8, 4 actors", "fp32, 4 actors"
PAIRS, FAST = "int8, pair by pair, 4 actors", "model fast, int8, 4 actors"


@dataclass(frozen=True, slots=True)
class Timed:
    """What was measured of a system: seconds a statement of each round, and of single statements."""

    name: str
    rounds: tuple[float, ...]
    singles: tuple[float, ...]
    bytes: int

    @property
    def seconds(self) -> float:
        """The median seconds of a statement."""
        return statistics.median(self.rounds)


@dataclass(slots=True)
class Findings:
    """All figures of the page."""

    threads: int
    machine: dict[str, Any]
    statements: int = 0
    tokens: float = 0.0
    systems: dict[str, Timed] = field(default_factory=dict)
    length: dict[int, tuple[float, float]] = field(default_factory=dict)
    actors: dict[int, float] = field(default_factory=dict)
    by_threads: dict[int, list[float]] = field(default_factory=dict)
    articles: dict[int, tuple[float, float]] = field(default_factory=dict)
    options: dict[str, tuple[float, float]] = field(default_factory=dict)
    arithmetic: dict[str, float] = field(default_factory=dict)
    call: float = 0.0
    processes: dict[str, dict[str, float]] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
