"""Which words carry a stance: each is hidden in turn, and the fall of the label's probability is its weight.

This is occlusion (Zeiler and Fergus, 2014, "Visualizing and Understanding Convolutional Networks") on words of text. It
needs the model's answers alone, so it holds for the very file that answered, and it is bounded: a statement is read at
most :data:`MOST_PARTS` times more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import regex

from stance.encoding import ELLIPSIS
from stance.given import placed
from stance.text import clean, plain
from stance.types import Prediction, Span, Stance, StanceLabel, Statement, WordWeight

MOST_PARTS = 48
# Words with their marks, apostrophes and hyphens; where no space parts them, runs of one script, Han in pairs.
_WORD = regex.compile(
    r"\p{Han}{1,2}|\p{Hiragana}+|[\p{Katakana}ー]+"
    r"|[\p{L}\p{M}\p{N}--\p{Han}\p{Hiragana}\p{Katakana}]+"
    r"(?:['’\-.,][\p{L}\p{M}\p{N}--\p{Han}\p{Hiragana}\p{Katakana}]+)*",
    regex.VERSION1,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A word of a statement, or neighbours of a long one.

    ``start`` and ``end`` count characters of the statement's text; ``read_start`` and ``read_end`` those of its span
    ``span`` as it is read: cleaned of tags, entities and odd spaces.
    """

    start: int
    end: int
    span: int
    read_start: int
    read_end: int


def parts_of(statement: Statement) -> list[Part]:
    """Return what is hidden in turn: every word, or at most :data:`MOST_PARTS` groups of neighbours; in order."""
    words: list[Part] = []
    for number, begin, piece in _pieces(statement):
        cleaned = clean(piece)
        for match in _WORD.finditer(cleaned.text):
            start, end = cleaned.to_original(match.start(), match.end())
            words.append(Part(begin + start, begin + end, number, match.start(), match.end()))
    if len(words) <= MOST_PARTS:
        return words
    edges = [round(number * len(words) / MOST_PARTS) for number in range(MOST_PARTS + 1)]
    groups: list[Part] = []
    for first, after in pairwise(edges):
        # A group that crosses from one span into the next has no place of its own: its first words stand for it.
        inside = [word for word in words[first:after] if word.span == words[first].span]
        head, tail = inside[0], inside[-1]
        groups.append(Part(head.start, tail.end, head.span, head.read_start, tail.read_end))
    return groups


def _pieces(statement: Statement) -> Iterator[tuple[int, int, str]]:
    """Yield for every span its number, where it begins in the statement's text, and its words."""
    begin = 0
    for number, (start, end) in enumerate(statement.spans):
        yield number, begin, statement.text[begin : begin + end - start]
        begin += end - start + 1


def without(statement: Statement, part: Part) -> Statement:
    """Return a statement in which an ellipsis stands for a part, in its context too.

    It lies at no place of a text any more: its one span counts from 0.
    """
    _, begin, piece = next(one for one in _pieces(statement) if one[0] == part.span)
    read = clean(piece).text
    hidden = read[: part.read_start] + ELLIPSIS + read[part.read_end :]
    text = statement.text[:begin] + hidden + statement.text[begin + len(piece) :]
    context = statement.context
    if context is not None:
        # As the encoder reads it: on one line, so that the words are found however they are spaced.
        context = plain(context).replace(plain(piece), " ".join(hidden.split()), 1)
    return replace(statement, text=text, start=0, end=len(text), spans=((0, len(text)),), context=context)


def needs_words(prediction: Prediction) -> bool:
    """Tell whether any stance of a prediction has something to explain."""
    return any(stance.label is not StanceLabel.UNRELATED for stance in prediction.stances.values())


def explained(
    prediction: Prediction, parts: Sequence[Part], hidden: Sequence[Mapping[str, Mapping[str, float]]]
) -> Prediction:
    """Return a prediction with the weights of the words.

    Args:
        prediction: What the model says of the whole statement.
        parts: What was hidden.
        hidden: For every part the probabilities, by actor and label, of the statement without it.
    """
    stances = {}
    for name, stance in prediction.stances.items():
        words: tuple[WordWeight, ...] = ()
        if stance.label is not StanceLabel.UNRELATED:
            words = tuple(
                WordWeight(*place, stance.confidence - answers[name][stance.label])
                for part, answers in zip(parts, hidden, strict=True)
                if not _names(stance, place := placed(prediction.statement, part.start, part.end))
            )
        stances[name] = replace(stance, words=words)
    return replace(prediction, stances=stances)


def _names(stance: Stance, place: Span) -> bool:
    """Tell whether a part is the actor's own name: it tells toward whom, and is among the mentions already."""
    return any(start <= place[0] and place[1] <= end for start, end in stance.mentions)
