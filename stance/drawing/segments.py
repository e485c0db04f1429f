"""A text cut at every boundary of what is marked in it, so that statements may overlap, nest and have several spans."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stance.errors import InputError
from stance.types import Document, FrozenMap, Prediction


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a document is shown: characters of its text, and statements."""

    characters: int = 100_000
    statements: int = 200

    def __post_init__(self) -> None:
        """Check that something can be shown."""
        if self.characters < 1 or self.statements < 1:
            raise InputError(f"at least 1 character and 1 statement must be shown, not {self}")


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a document: its text up to ``end``, and its first statements."""

    end: int
    predictions: tuple[Prediction, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text in which nothing begins or ends.

    ``statements`` are the places of the statements it belongs to, the shortest first; ``weights`` are those of the
    word it belongs to, by actor, for the first of them; ``speaker`` tells whether it names a speaker.
    """

    start: int
    end: int
    statements: tuple[int, ...]
    weights: Mapping[str, float]
    speaker: bool


def shown(document: Document, limits: Limits) -> Shown:
    """Return what of a document is shown, with a note in plain words where something is left out."""
    predictions = document.predictions[: limits.statements]
    end = min(len(document.text), limits.characters)
    if len(document.predictions) > len(predictions):
        # Text whose statements are not marked would look as if it had none.
        end = min(end, max(document.predictions[len(predictions)].statement.start, predictions[-1].statement.end))
    predictions = tuple(one for one in predictions if one.statement.start < end)
    if (end, len(predictions)) == (len(document.text), len(document.predictions)):
        return Shown(end, predictions, None)
    note = (
        f"Shortened: the first {end:,} of {len(document.text):,} characters and {len(predictions):,} of "
        f"{len(document.predictions):,} statements are shown."
    )
    return Shown(end, predictions, note)


def cut(predictions: Sequence[Prediction], end: int) -> list[Segment]:
    """Return the segments of a text from 0 to ``end``, in order and without gaps."""
    lengths = [sum(stop - start for start, stop in one.statement.spans) for one in predictions]
    begins: defaultdict[int, list[int]] = defaultdict(list)
    ends: defaultdict[int, list[int]] = defaultdict(list)
    speakers: defaultdict[int, int] = defaultdict(int)
    points = {0, end}
    for place, prediction in enumerate(predictions):
        for start, stop in prediction.statement.spans:
            begins[start].append(place)
            ends[stop].append(place)
        if prediction.statement.speaker_span is not None:
            start, stop = prediction.statement.speaker_span
            speakers[start] += 1
            speakers[stop] -= 1
        for stance in prediction.stances.values():
            points.update(edge for word in stance.words or () for edge in (word.start, word.end))
    edges = sorted(point for point in points.union(begins, ends, speakers) if 0 <= point <= end)
    words = [_Words(one) for one in predictions]
    active: set[int] = set()
    naming = 0
    segments = []
    for start, stop in pairwise(edges):
        active.difference_update(ends.get(start, ()))
        active.update(begins.get(start, ()))
        naming += speakers.get(start, 0)
        order = tuple(sorted(active, key=lambda place: (lengths[place], place)))
        weights = words[order[0]].at(start) if order else FrozenMap[str, float]()
        segments.append(Segment(start, stop, order, weights, naming > 0))
    return segments


class _Words:
    """Finds the weights of a statement's words by place."""

    def __init__(self, prediction: Prediction) -> None:
        self._words = {
            actor: sorted((word.start, word.end, word.weight) for word in stance.words)
            for actor, stance in prediction.stances.items()
            if stance.words
        }

    def at(self, place: int) -> Mapping[str, float]:
        """Return the weight of the word at a place, by actor."""
        found = {}
        for actor, words in self._words.items():
            number = bisect_right(words, place, key=lambda word: word[0]) - 1
            if number >= 0 and words[number][1] > place:
                found[actor] = words[number][2]
        return FrozenMap(found)
