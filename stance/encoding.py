"""The one definition of how a statement and its actors become ids, used by training and by the runtime alike.

The layout of one input, with ``[ACTOR]`` and ``</s>`` as special tokens::

    <s> statement </s> speaker: context </s> [ACTOR] NATO </s> [ACTOR] Russia </s> Moscow </s> ...

The second segment is left out where neither speaker nor context is known, so that a plain client's sentence pair
(``tokenizer(statement, "NATO")``) is a valid input. Inside the context the statement's own words are replaced by an
ellipsis: they have been read already. An actor block holds the actor's name and the other names that the text has for
it, piece by piece as they stand there: the model looks at the places where a name of the block stands in the text.
Each block is seen by itself alone. Both masks are made inside the model.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from stance.errors import ModelError
from stance.text import plain
from stance.types import Span

START, END, PAD, UNKNOWN, ACTOR = "<s>", "</s>", "<pad>", "<unk>", "[ACTOR]"
ELLIPSIS = "…"
INPUT_LAYOUT = "statement-context-blocks-2"
# A block stays short: of the names that a text has for an actor the first few are shown, and none that is a clause.
MOST_NAMES, LONGEST_IN_PIECES = 3, 12

Finder = Callable[[str], Iterable[tuple[int, int, int]]]
"""Tells where a text names actors: for each mention the actor's place among those asked about, start and end."""


@dataclass(frozen=True, slots=True)
class Window:
    """One input of the encoder.

    ``input_ids`` is an int64 array of shape (length,); ``tokens`` counts those of the statement in this window.
    """

    input_ids: npt.NDArray[np.int64]
    tokens: int


@dataclass(frozen=True, slots=True)
class Encoding:
    """A statement as inputs: one window, or several that overlap where it is longer than the encoder reads at once.

    ``context_shortened`` tells that only the nearest part of the context, or the first of the speaker, was read.
    """

    windows: tuple[Window, ...]
    context_shortened: bool = False


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths in tokens: of the text part of an input, of its context, and of the overlap of two windows."""

    text: int = 448
    context: int = 128
    overlap: int = 64

    def __post_init__(self) -> None:
        """Check that a window makes progress and leaves room for the statement."""
        if self.context + 3 >= self.text or self.overlap * 2 >= self.text - self.context - 3 or self.overlap < 0:
            raise ModelError(f"the lengths {self} leave no room for the statement; make text longer")


class StatementEncoder:
    """Turns statements into ids with a folder's tokenizer; holds no state of a call, so threads may share it."""

    def __init__(self, tokenizer: Tokenizer, *, lengths: Lengths | None = None) -> None:
        """Take a tokenizer that knows the five special tokens; ModelError names one that is missing."""
        self.lengths = lengths or Lengths()
        self._tokenizer = tokenizer
        # Words of a text that look like a special token must stay words: a text cannot open an actor block.
        tokenizer.encode_special_tokens = True
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self.start_id, self.end_id, self.pad_id, self.unknown_id, self.actor_id = (
            self._special(token) for token in (START, END, PAD, UNKNOWN, ACTOR)
        )
        # A unigram model knows some special tokens as pieces of its own, so their ids can still come out of a text.
        self._forbidden = frozenset({self.start_id, self.end_id, self.pad_id, self.actor_id})
        self._block = lru_cache(maxsize=4096)(self._encode_block)

    @classmethod
    def from_file(cls, path: Path, *, lengths: Lengths | None = None) -> StatementEncoder:
        """Read a ``tokenizer.json``; ModelError where there is none."""
        if not path.is_file():
            raise ModelError(f"there is no tokenizer at {path}; export the model folder again")
        return cls(Tokenizer.from_file(str(path)), lengths=lengths)

    def _special(self, token: str) -> int:
        number = self._tokenizer.token_to_id(token)
        if number is None:
            raise ModelError(f"the tokenizer has no token {token}; it was not made for this library")
        return int(number)

    def ids(self, text: str) -> list[int]:
        """Return the ids of the cleaned text, without special tokens.

        Letters and their marks are composed first, which the tokenizer's own normaliser does not do for Hangul. Half of
        a surrogate pair, which cannot be written in UTF-8, is read as a replacement character.
        """
        return self.pieces(readable(text))[0]

    def pieces(self, readable: str) -> tuple[list[int], list[Span]]:
        """Return the ids of a readable text and where each piece stands in it."""
        found = self._tokenizer.encode(readable, add_special_tokens=False)
        return [self.unknown_id if number in self._forbidden else number for number in found.ids], found.offsets

    def _encode_block(self, wording: str) -> tuple[int, ...]:
        return (self.actor_id, *self.ids(wording), self.end_id)

    def encode(
        self,
        statement: str,
        actors: Sequence[str],
        *,
        speaker: str | None = None,
        context: str | None = None,
        find: Finder | None = None,
    ) -> Encoding:
        """Return the inputs for a statement and the wordings of its actors, in their order.

        ``find`` tells where a text names the actors, by other names too; without it a block has the wording alone. A
        statement that does not fit beside its context is read in windows that overlap; a context longer than
        ``lengths.context`` tokens is read where it is nearest to the statement.
        """
        text = readable(statement)
        pieces = self.pieces(text)
        statement_ids = pieces[0]
        context_ids, shortened = self._context_ids(statement, speaker, context)
        names = _names(pieces, find(text), self.unknown_id) if find else {}
        if find and context_ids and len(names) < len(actors):
            around = readable(f"{speaker or ''}: {context or ''}")
            # The context is split into pieces once more only where it names somebody whom the statement does not.
            if mentions := [mention for mention in find(around) if mention[0] not in names]:
                names = _names(self.pieces(around), mentions, self.unknown_id) | names
        room = self.lengths.text - 2 - (len(context_ids) + 1 if context_ids else 0)
        windows = []
        for start in self._window_starts(len(statement_ids), room):
            piece = statement_ids[start : start + room]
            ids, ids_of_blocks = [self.start_id, *piece, self.end_id], list[int]()
            if context_ids:
                ids += [*context_ids, self.end_id]
            for place, wording in enumerate(actors):
                ids_of_blocks += self._shown(wording, names.get(place, ()), ids)
            windows.append(Window(np.array(ids + ids_of_blocks, dtype=np.int64), len(piece)))
        return Encoding(tuple(windows), shortened)

    def _shown(self, wording: str, names: Sequence[tuple[int, ...]], ids: Sequence[int]) -> tuple[int, ...]:
        """Return the block of an actor: its wording, then the first other names that stand in the ids of a window."""
        block = self._block(wording)
        others = islice((name for name in names if name != block[1:-1] and _stands_in(name, ids)), MOST_NAMES)
        return (*block, *(number for name in others for number in (*name, self.end_id)))

    def _window_starts(self, length: int, room: int) -> list[int]:
        if length <= room:
            return [0]
        step = room - self.lengths.overlap
        starts = list(range(0, length - room, step))
        return [*starts, length - room]

    def _context_ids(self, statement: str, speaker: str | None, context: str | None) -> tuple[list[int], bool]:
        """Return the ids of ``speaker: context`` and whether the context was shortened."""
        who = plain(speaker) if speaker else ""
        before, after = _around(plain(statement), plain(context)) if context else ("", "")
        budget = self.lengths.context
        who_ids = self.ids(f"{who}:") if who else []
        shortened = len(who_ids) > budget // 2
        who_ids = who_ids[: budget // 2]
        budget -= len(who_ids)
        if not before and not after:
            return who_ids, shortened
        before_ids = self.ids(before) if before else []
        after_ids = self.ids(after) if after else []
        if len(before_ids) + len(after_ids) + 1 > budget:
            shortened = True
            # What stands nearest to the statement tells most: the reporting word and the speaker.
            half = (budget - 1) // 2
            keep_after = min(len(after_ids), max(half, budget - 1 - len(before_ids)))
            keep_before = min(len(before_ids), budget - 1 - keep_after)
            before_ids = before_ids[len(before_ids) - keep_before :]
            after_ids = after_ids[:keep_after]
        return [*who_ids, *before_ids, *self.ids(ELLIPSIS), *after_ids], shortened


def _names(
    pieces: tuple[list[int], list[Span]], mentions: Iterable[tuple[int, int, int]], unknown_id: int
) -> dict[int, list[tuple[int, ...]]]:
    """Return the names that a text has for each actor, as the ids that stand there, in the order of the text."""
    ids, offsets = pieces
    ends = [last for _, last in offsets]
    found: dict[int, dict[tuple[int, ...], None]] = {}
    for place, start, end in mentions:
        first = after = bisect_right(ends, start)
        while after < len(offsets) and offsets[after][0] < end:
            after += 1
        name = tuple(ids[first:after])
        # What the tokenizer does not know could be anything.
        if name and len(name) <= LONGEST_IN_PIECES and unknown_id not in name:
            found.setdefault(place, {})[name] = None
    return {place: list(names) for place, names in found.items()}


def _stands_in(name: tuple[int, ...], ids: Sequence[int]) -> bool:
    width = len(name)
    return any(
        ids[start] == name[0] and tuple(ids[start : start + width]) == name for start in range(len(ids) - width + 1)
    )


def readable(text: str) -> str:
    """Return a cleaned text as the tokenizer can take it: composed, and no half of a surrogate pair."""
    return unicodedata.normalize("NFC", plain(text)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _around(statement: str, context: str) -> tuple[str, str]:
    """Return what stands in the context before and after the statement; all of it before where it is not found."""
    place = context.find(statement)
    if place < 0:
        return ("", "") if context in statement else (context, "")
    marks = " \"'“”„«»‘’‚‹›「」『』"
    return context[:place].rstrip(marks), context[place + len(statement) :].lstrip(marks)
