"""What the service and its workers say to each other: jobs, answers, and the frames they travel in.

A frame is eight bytes of length, little-endian, and a pickle; both ends are this library on one machine, and the pipe
between them is nobody else's.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import Any

from stance.naming import Surroundings
from stance.question import Question
from stance.quotes import Extraction
from stance.types import Statement

HEADER = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Opening:
    """The first frame to a worker: the model to open."""

    model: str | None
    precision: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The first frame of a worker: it has opened the model."""


@dataclass(frozen=True, slots=True)
class Read:
    """Find the statements of a text, and judge them at once where there are at most ``most``.

    With ``steps`` the worker tells how far it is while it searches.
    """

    text: str
    question: Question
    most: int
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Judge:
    """Judge some statements of a text; ``first`` is the number of the first of them."""

    statements: tuple[Statement, ...]
    around: Surroundings
    question: Question
    first: int


@dataclass(frozen=True, slots=True)
class Classify:
    """Judge statements that the caller has."""

    statements: tuple[Statement, ...]
    question: Question


@dataclass(frozen=True, slots=True)
class Judged:
    """Predictions, each as JSON, and what a reader must know of them."""

    language: str | None
    predictions: tuple[bytes, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The statements of a text that has more of them than are judged at once."""

    extraction: Extraction
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Step:
    """How far a worker has searched a text: told before its answer, any number of times."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A job that the library refuses, with its words."""

    detail: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A job that broke: the kind of the error and its places in the code; its words might hold some of the text."""

    kind: str
    places: tuple[str, ...] = ()


Job = Read | Judge | Classify
Answer = Judged | Found | Refused | Failed


def pack(value: Any) -> bytes:
    """Return a value as a frame."""
    content = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(content)) + content


def unpack(content: bytes) -> Any:
    """Return the value of a frame's content."""
    return pickle.loads(content)
