"""Marked texts as examples: the tags of their tokens, and where the words of each statement point to."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import regex
import torch
from torch import Tensor

from stance.encoding import StatementEncoder
from stance.tagging.labels import POINTERS, ROOM, begin
from stance.tagging.windows import Integers, framed, starts_of, tokenise
from stance.text import clean
from stance.training.articles import Article, Marked
from stance.types import Span, StatementKind

IGNORED = -100
_WORD = regex.compile(r"[\p{L}\p{N}]+")
# Pairs of marks of the press; a text is read with those of another paper, and must mean the same.
_PAIRS = ("“”", '""', "«»", "„“", "„”", "»«")
_MARKS = {mark for pair in _PAIRS for mark in pair}


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in tokens: the ranges of its words, and of what they point to.

    ``targets`` has the ranges for each of ``TARGETS``, any of them right; none where the text names nothing, None where
    that is not known.
    """

    ranges: tuple[Span, ...]
    kind: StatementKind
    targets: tuple[tuple[Span, ...] | None, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One or several texts, one after the other, in tokens."""

    ids: Integers
    statements: list[Statement] = field(default_factory=list)

    def join(self, other: Document, end_id: int) -> Document:
        """Return both texts, the other one after this."""
        shift = len(self.ids) + 1
        moved = [
            Statement(
                _moved(one.ranges, shift),
                one.kind,
                tuple(None if target is None else _moved(target, shift) for target in one.targets),
            )
            for one in other.statements
        ]
        return Document(np.concatenate([self.ids, [end_id], other.ids]), [*self.statements, *moved])


@dataclass(frozen=True, slots=True)
class Example:
    """A window: ids, a tag for each token, and for each token and pointer the places that are right.

    ``owner`` tells of each token which row of ``right`` holds its places, -1 outside of statements; ``right`` is bool
    of shape (statements, pointers, length), all False where a pointer is not known.
    """

    ids: Integers
    tags: Integers
    owner: Integers
    right: npt.NDArray[np.bool_]


def _moved(spans: Sequence[Span], by: int) -> tuple[Span, ...]:
    return tuple((start + by, end + by) for start, end in spans)


def restyled(text: str, chance: random.Random) -> str:
    """Return the text with quotation marks of another kind, of the same length."""
    if sum(mark in _MARKS for mark in text) % 2:
        return text
    pair = chance.choice(_PAIRS)
    pieces = list(text)
    number = 0
    for place, character in enumerate(pieces):
        if character in _MARKS:
            pieces[place] = pair[number % 2]
            number += 1
    return "".join(pieces)


def read(encoder: StatementEncoder, article: Article, *, text: str | None = None) -> Document:
    """Return a marked text in tokens; ``text`` is another one of the same length to read instead."""
    cleaned = clean(article.text if text is None else text)
    tokens = tokenise(encoder, cleaned.text)

    def ranges(spans: Iterable[Span]) -> tuple[Span, ...]:
        found = (tokens.covering(cleaned.to_clean(start), cleaned.to_clean(end)) for start, end in spans)
        return tuple((first, last) for first, last in found if first < last)

    made = []
    for one in article.statements:
        words = ranges(one.spans)
        if not words:
            continue
        names = names_of(article.text, one)
        mention = [one.speaker_span] if one.speaker_span else []
        targets = (
            None if one.speaker and not mention else ranges(mention),
            None if names is None else ranges(names),
            ranges(one.cues),
        )
        made.append(Statement(words, StatementKind(one.kind), targets))
    return Document(tokens.ids, made)


def names_of(text: str, one: Marked) -> list[Span] | None:
    """Return where the text has the full name of the speaker, inflected perhaps; None where it is not found."""
    if one.speaker is None:
        return []
    exact = [match.span() for match in regex.finditer(regex.escape(one.speaker), text, regex.IGNORECASE)]
    if exact:
        return exact
    words = [word[: max(3, len(word) - 2)] for word in _WORD.findall(one.speaker)]
    pattern = r"[\p{L}\p{M}]*[^\p{L}\p{N}\n]{1,3}".join(map(regex.escape, words)) + r"[\p{L}\p{M}]*"
    return [match.span() for match in regex.finditer(r"(?<!\p{L})" + pattern, text, regex.IGNORECASE)] or None


def documents(
    encoder: StatementEncoder, articles: Sequence[Article], *, restyle: float, chance: random.Random
) -> list[Document]:
    """Return an epoch's texts: short ones of a language joined by chance, so that windows are full and varied."""
    groups: dict[str, list[Article]] = {}
    for article in chance.sample(list(articles), len(articles)):
        groups.setdefault(article.language, []).append(article)
    made = []
    for group in groups.values():
        current: Document | None = None
        limit = chance.randint(ROOM // 4, ROOM)
        for article in group:
            text = restyled(article.text, chance) if chance.random() < restyle else None
            document = read(encoder, article, text=text)
            if current is not None and len(current.ids) + 1 + len(document.ids) <= limit:
                current = current.join(document, encoder.end_id)
                continue
            if current is not None:
                made.append(current)
            current, limit = document, chance.randint(ROOM // 4, ROOM)
        if current is not None:
            made.append(current)
    return made


def windows(encoder: StatementEncoder, document: Document) -> list[Example]:
    """Return the windows of a text."""
    return [_window(encoder, document, start) for start in starts_of(len(document.ids))]


def _window(encoder: StatementEncoder, document: Document, start: int) -> Example:
    ids = framed(encoder, document.ids[start : start + ROOM])
    tags, owner = np.full(len(ids), 0, dtype=np.int64), np.full(len(ids), -1, dtype=np.int64)
    tags[0] = tags[-1] = IGNORED
    right = np.zeros((len(document.statements), POINTERS, len(ids)), dtype=np.bool_)

    def here(span: Span) -> Span:
        # Place 0 is <s>.
        return max(span[0] - start, 0) + 1, min(span[1] - start, len(ids) - 2) + 1

    for number, one in enumerate(document.statements):
        for span in one.ranges:
            first, last = here(span)
            if first >= last:
                continue
            tags[first:last] = begin(one.kind) + 1
            if span[0] >= start:
                tags[first] = begin(one.kind)
            owner[first:last] = number
        for place, target in enumerate(one.targets):
            if target is None:
                continue
            seen = [here(span) for span in target if start <= span[0] and span[1] <= start + len(ids) - 2]
            for first, last in seen or [(0, 1)]:
                right[number, 2 * place, first] = right[number, 2 * place + 1, last - 1] = True
    return Example(ids, tags, owner, right)


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows padded to one length: (batch, length) each but ``right``, of (batch, statements, pointers, length)."""

    input_ids: Tensor
    attention_mask: Tensor
    tags: Tensor
    owner: Tensor
    right: Tensor


def collate(examples: Sequence[Example], *, pad_id: int) -> Batch:
    """Return the windows as one batch."""
    length = max(len(one.ids) for one in examples)
    count = max(max(len(one.right) for one in examples), 1)
    ids = np.full((len(examples), length), pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    tags, owner = np.full_like(ids, IGNORED), np.full_like(ids, -1)
    right = np.zeros((len(examples), count, POINTERS, length), dtype=np.bool_)
    for row, one in enumerate(examples):
        size = len(one.ids)
        ids[row, :size], mask[row, :size] = one.ids, 1
        tags[row, :size], owner[row, :size] = one.tags, one.owner
        right[row, : len(one.right), :, :size] = one.right
    return Batch(*(torch.from_numpy(part) for part in (ids, mask, tags, owner, right)))
