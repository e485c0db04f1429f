"""From the tagger's outputs to stretches of text: the best sequence of tags, and whom the words point to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import regex

from stance.tagging.labels import KINDS, OUTSIDE, POINTER_SIZE, POINTERS, TAGS, TARGETS, begin
from stance.tagging.windows import Tokens, owned
from stance.types import Span, StatementKind

Floats = npt.NDArray[np.float32]
# No mention, name or cue has more tokens, and no more first tokens than these are tried.
LONGEST_TARGET, CANDIDATES = 16, 12
OTHERS = 3
_MARK = regex.compile(r"[“”„«»\"]")
_FORBIDDEN = np.float32(-1e4)


@dataclass(frozen=True, slots=True)
class WindowOutputs:
    """What the model gives for one window of n tokens, ``<s>`` and ``</s>`` with them.

    ``tags`` has the shape (n, tags), ``queries`` and ``keys`` (n, pointers, size).
    """

    tags: Floats
    queries: npt.NDArray[np.float16]
    keys: npt.NDArray[np.float16]

    @classmethod
    def of(cls, tags: Floats, queries: Floats, keys: Floats) -> WindowOutputs:
        """Take the outputs as the graph gives them, pointers flat."""
        shape = (-1, POINTERS, POINTER_SIZE)
        # Kept until the whole text is read: half precision is enough to compare pointers, and half of the memory.
        return cls(tags, queries.reshape(shape).astype(np.float16), keys.reshape(shape).astype(np.float16))


@dataclass(frozen=True, slots=True)
class Pointed:
    """Where words point to: the span, None for nowhere, and the probability of that answer.

    ``others`` are the next likely spans, each with its probability.
    """

    span: Span | None
    confidence: float
    others: tuple[tuple[Span, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span that the tagger takes for a statement's: ``confidence`` is the mean probability of its tags."""

    span: Span
    kind: StatementKind
    confidence: float


class Reading:
    """A text as the tagger reads it; made for one text and thrown away.

    Args:
        text: the cleaned text.
        tokens: its tokens.
        starts: the first token of every window.
        outputs: what the model gives for every window.
    """

    def __init__(self, text: str, tokens: Tokens, starts: Sequence[int], outputs: Sequence[WindowOutputs]) -> None:
        self.text = text
        self.tokens = tokens
        self._starts = starts
        self._outputs = outputs
        self._pointed_to: dict[tuple[Span, ...], dict[str, Pointed]] = {}
        self._owned = owned(starts, len(tokens.ids))
        parts = [
            output.tags[1 + first - start : 1 + last - start]
            for start, output, (first, last) in zip(starts, outputs, self._owned, strict=True)
        ]
        self.scores = _log_softmax(np.concatenate([np.zeros((0, TAGS), np.float32), *parts]))

    def stretches(self) -> list[Stretch]:
        """Return the spans of the best sequence of tags, in order."""
        if not len(self.scores):
            return []
        found = []
        shares = np.exp(self.scores)
        for kind, first, last in runs(best_path(self.scores)):
            tag = begin(kind)
            first, last = self._without_breaks(first, last)
            confidence = float(shares[first:last, tag : tag + 2].sum(axis=1).mean())
            span = (int(self.tokens.starts[first]), int(self.tokens.ends[last - 1]))
            found.append(Stretch(span, kind, confidence))
        return found

    def _without_breaks(self, first: int, last: int) -> tuple[int, int]:
        starts, ends = self.tokens.starts, self.tokens.ends
        while last - first > 1 and starts[first] == ends[first]:
            first += 1
        while last - first > 1 and starts[last - 1] == ends[last - 1]:
            last -= 1
        return first, last

    def probability(self, spans: Sequence[Span], kinds: Sequence[StatementKind] = KINDS) -> float:
        """Return the mean probability that the tokens of the spans belong to a statement of these kinds."""
        tags = [tag for kind in kinds for tag in (begin(kind), begin(kind) + 1)]
        parts = [self.scores[slice(*self.tokens.covering(start, end))][:, tags] for start, end in spans]
        shares = np.exp(np.concatenate(parts or [self.scores[:0, tags]])).sum(axis=1)
        return float(shares.mean()) if len(shares) else 0.0

    def point(self, spans: Sequence[Span]) -> dict[str, Pointed]:
        """Return where the words of the spans point to, for each of ``TARGETS``."""
        key = tuple(spans)
        if key not in self._pointed_to:
            self._pointed_to[key] = self._point(key)
        return self._pointed_to[key]

    def _point(self, spans: Sequence[Span]) -> dict[str, Pointed]:
        places = [place for start, end in spans for place in range(*self.tokens.covering(start, end))]
        if not places:
            return {target: Pointed(None, 0.0) for target in TARGETS}
        # The window that answers for the middle of the words sees the most of what is near them.
        number = bisect_right(self._owned, places[len(places) // 2], key=lambda own: own[0]) - 1
        start, output = self._starts[number], self._outputs[number]
        rows = [1 + place - start for place in places if 0 <= place - start < len(output.tags) - 2]
        query = output.queries[rows].astype(np.float32).mean(axis=0)
        scores = np.einsum("pd,npd->pn", query, output.keys.astype(np.float32)) / np.sqrt(np.float32(POINTER_SIZE))
        return {
            target: self._pointed(scores[2 * place], scores[2 * place + 1], start, spans)
            for place, target in enumerate(TARGETS)
        }

    def _pointed(self, begins: Floats, ends: Floats, start: int, own: Sequence[Span]) -> Pointed:
        """Return the likeliest words of the scores of a first and a last token; place 0 is nowhere.

        Words that stand at several places are as likely as those places together. A statement's own words name nobody.
        """
        first_shares, last_shares = np.exp(_log_softmax(begins)), np.exp(_log_softmax(ends))
        nowhere = float(np.sqrt(first_shares[0] * last_shares[0]))
        firsts, lasts = first_shares[1:-1], last_shares[1:-1]
        found: dict[str, tuple[float, float, Span]] = {}
        for first in np.argsort(-firsts)[:CANDIDATES]:
            joint = np.sqrt(firsts[first] * lasts[first : first + LONGEST_TARGET])
            last = first + int(np.argmax(joint))
            share = float(joint.max())
            span = (int(self.tokens.starts[start + first]), int(self.tokens.ends[start + last]))
            words = self.text[slice(*span)].casefold()
            broken = not words.strip() or len(_MARK.findall(words)) % 2
            if broken or any(span[0] < after and before < span[1] for before, after in own):
                continue
            total, best, where = found.get(words, (0.0, 0.0, span))
            found[words] = (total + share, max(best, share), span if share > best else where)
        ranked = tuple((span, min(total, 1.0)) for total, _, span in sorted(found.values(), reverse=True))
        if not ranked or ranked[0][1] <= nowhere:
            return Pointed(None, nowhere, ranked[:OTHERS])
        return Pointed(*ranked[0], ranked[1 : 1 + OTHERS])


def best_path(scores: Floats) -> list[int]:
    """Return the best sequence of tags in which every ``I-`` follows a tag of its own kind (Viterbi).

    ``scores`` are log-probabilities of shape (tokens, tags), at least one token.
    """
    allowed = np.zeros((TAGS, TAGS), dtype=np.float32)
    for kind in KINDS:
        tag = begin(kind) + 1
        allowed[:, tag] = _FORBIDDEN
        allowed[tag - 1 : tag + 1, tag] = 0.0
    total = scores[0].copy()
    total[2::2] += _FORBIDDEN
    back = np.zeros((len(scores), TAGS), dtype=np.int64)
    columns = np.arange(TAGS)
    for place in range(1, len(scores)):
        reached = total[:, None] + allowed
        back[place] = reached.argmax(axis=0)
        total = reached[back[place], columns] + scores[place]
    path = [int(total.argmax())]
    for place in range(len(scores) - 1, 0, -1):
        path.append(int(back[place, path[-1]]))
    return path[::-1]


def runs(path: Sequence[int]) -> list[tuple[StatementKind, int, int]]:
    """Return the spans of a sequence of tags: kind, first token, token after the last."""
    starts = [place for place, tag in enumerate(path) if tag != OUTSIDE and tag % 2 == 1]
    found = []
    for start, limit in pairwise([*starts, len(path)]):
        end = start + 1
        while end < limit and path[end] == path[start] + 1:
            end += 1
        found.append((KINDS[path[start] // 2], start, end))
    return found


def _log_softmax(values: Floats) -> Floats:
    shifted = values - values.max(axis=-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result
