"""A text as the tagger reads it: pieces with their places, lines apart by ``</s>``, in windows that overlap."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import regex

from stance.encoding import StatementEncoder
from stance.tagging.labels import ROOM

Integers = npt.NDArray[np.int64]
# Of the tokens that two windows share the second answers for those after the first so many: a speaker is named before
# the statement more often than after it.
OVERLAP, BEFORE = 160, 112
# A longer line with fewer different characters is no language.
LONG_LINE, FEWEST_SIGNS = 1000, 12
# Nor is a word of so many letters, figures and signs: data, or a picture in text.
_BLOB = regex.compile(r"[\p{Latin}\p{N}\p{P}\p{S}]{500}")
_SURROGATE = regex.compile(r"[\ud800-\udfff]")
_CLUSTER = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text: ids, and where each begins and ends in the text; all int64 of shape (tokens,).

    A token between two lines stands at the end of the first and has no characters.
    """

    ids: Integers
    starts: Integers
    ends: Integers

    def covering(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of tokens that share characters with a span; empty where none does."""
        first = int(np.searchsorted(self.ends, start, side="right"))
        last = int(np.searchsorted(self.starts, end, side="left"))
        while first < last and self.starts[first] == self.ends[first]:
            first += 1
        while last > first and self.starts[last - 1] == self.ends[last - 1]:
            last -= 1
        return first, max(first, last)


def tokenise(encoder: StatementEncoder, text: str) -> Tokens:
    """Return the tokens of a cleaned text."""
    ids: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    place = 0
    for line in text.split("\n"):
        composed, places = _composed("" if _is_noise(line) else line)
        found, offsets = encoder.pieces(composed)
        if found:
            if ids:
                ids.append(encoder.end_id)
                starts.append(ends[-1])
                ends.append(ends[-1])
            ids += found
            for start, end in offsets:
                # The space before a word is part of its first piece, but not of what it stands for.
                start += len(composed[start:end]) - len(composed[start:end].lstrip())
                starts.append(place + (start if places is None else places[start]))
                ends.append(place + (end if places is None else places[end]))
        place += len(line) + 1
    return Tokens(*(np.array(values, dtype=np.int64) for values in (ids, starts, ends)))


def _is_noise(line: str) -> bool:
    """Tell whether a line is one sign after the other and no language, so that it is not worth a model's time."""
    return len(line) > LONG_LINE and (len(set(line)) < FEWEST_SIGNS or _BLOB.search(line) is not None)


def _composed(line: str) -> tuple[str, list[int] | None]:
    """Return the line with its letters and marks composed, and where each of its characters stood before."""
    # Half of a surrogate pair cannot be written in UTF-8: it is read as a replacement character.
    line = _SURROGATE.sub("\ufffd", line)
    if unicodedata.is_normalized("NFC", line):
        return line, None
    pieces: list[str] = []
    places: list[int] = []
    for cluster in _CLUSTER.finditer(line):
        piece = unicodedata.normalize("NFC", cluster[0])
        pieces.append(piece)
        places += [cluster.start()] * len(piece)
    return "".join(pieces), [*places, len(line)]


def starts_of(count: int) -> list[int]:
    """Return the first token of every window over ``count`` tokens; no window without tokens."""
    if count <= ROOM:
        return [0][:count]
    return [*range(0, count - ROOM, ROOM - OVERLAP), count - ROOM]


def owned(starts: Sequence[int], count: int) -> list[tuple[int, int]]:
    """Return the range of tokens that each window answers for; together they are all tokens, once."""
    edges = [0, *(start + BEFORE for start in starts[1:]), count] if starts else []
    return list(pairwise(edges))


def framed(encoder: StatementEncoder, ids: Integers) -> Integers:
    """Return the tokens of a window between ``<s>`` and ``</s>``."""
    return np.concatenate([[encoder.start_id], ids, [encoder.end_id]]).astype(np.int64)
