"""A paragraph to read and the statements in the making that come out of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

import regex

from stance.quotes.marks import Quotation
from stance.quotes.phrases import Frame
from stance.quotes.tables import Table
from stance.quotes.words import BLOT, Cue, Mention, Token
from stance.text import sentences
from stance.types import Span, StatementKind

TERMINAL = regex.compile(r"[.!?…。！？؟]\s*$")


@dataclass(slots=True)
class Draft:
    """A statement in the making, with places of the cleaned text."""

    parts: list[Span]
    kind: StatementKind
    sentence: Span
    block: int
    cue: Span | None = None
    mention: Mention | None = None
    speaker: str | None = None
    open_end: bool = False
    at_start: bool = False
    linked: str = ""
    offset: int | None = None
    place: Span | None = None
    context: str | None = None


@dataclass(slots=True)
class Passage:
    """A paragraph to read: its place, quotations and frame, and the sentences of the frame."""

    text: str
    start: int
    end: int
    index: int
    quotations: list[Quotation]
    frame: Frame
    sentences: list[Span] = field(default_factory=list)
    headline: bool = False


def blot(text: str, start: int, end: int, quotations: list[Quotation]) -> str:
    """Return the paragraph with every quoted character replaced, so that places stay the same."""
    pieces = []
    place = start
    for found in quotations:
        pieces.append(text[place : found.outer_start])
        pieces.append(BLOT * (found.outer_end - found.outer_start))
        place = found.outer_end
    pieces.append(text[place:end])
    return "".join(pieces)


def split(passage: Passage, table: Table) -> list[Span]:
    """Return the sentences of a paragraph, in places of the whole text; a finished quotation can end one."""
    masked = passage.frame.masked
    spans = [
        (a + passage.start, b + passage.start) for a, b in sentences(masked, abbreviations=table.stops, quotations=())
    ]
    cuts = [found.outer_end for found in passage.quotations if _ends_sentence(passage, found)]
    made: list[Span] = []
    for start, end in spans:
        for cut in cuts[bisect_right(cuts, start) : bisect_right(cuts, end)]:
            if start < cut < end:
                made.append((start, cut))
                start = (
                    cut
                    + len(masked[cut - passage.start : end - passage.start])
                    - len(masked[cut - passage.start : end - passage.start].lstrip())
                )
        if start < end:
            made.append((start, end))
    return made


def _ends_sentence(passage: Passage, found: Quotation) -> bool:
    text = passage.text
    if not TERMINAL.search(text, max(found.start, found.end - 3), found.end):
        return False
    rest = text[found.outer_end : min(found.outer_end + 80, passage.end)].lstrip(" .")
    if not rest or not (rest[0].isupper() or rest[0] in "\"“„«‘'–—¿¡(" or rest[0].isdigit()):
        return False
    if text[found.end - 1 : found.end] == "." or rest[0] in '"“„«‘':
        return not _soon_cue(passage, found.outer_end, 14) or rest[0] in '"“„«‘'
    return not _soon_cue(passage, found.outer_end, 40)


def _soon_cue(passage: Passage, place: int, reach: int) -> bool:
    """Tell whether a reporting verb comes within ``reach`` characters, before any comma."""
    masked = passage.frame.masked
    for cue in passage.frame.cues_in(place - passage.start, place + reach + 1 - passage.start):
        start = cue.start + passage.start
        if place <= start <= place + reach and cue.kind == "cue_verbs":
            between = masked[place - passage.start : cue.start]
            return not any(sign in between for sign in ",;.:" + BLOT)
    return False


class Reading:
    """What every step of reading a paragraph needs."""

    def __init__(self, passage: Passage, table: Table) -> None:
        """Keep the paragraph; nothing is read before ``read``."""
        self.passage, self.table = passage, table
        self.frame = passage.frame
        self.offset = passage.start

    def _sentence(self, found: Quotation) -> Span:
        spans = self.passage.sentences
        index = bisect_right(spans, (found.outer_start, self.passage.end + 1)) - 1
        if index >= 0 and spans[index][0] <= found.outer_start < spans[index][1]:
            return spans[index]
        return self.passage.start, self.passage.end

    def _sentence_after(self, sentence: Span) -> Span | None:
        """Return the sentence after one, if there is one in the paragraph."""
        index = bisect_left(self.passage.sentences, (sentence[1], 0))
        return self.passage.sentences[index] if index < len(self.passage.sentences) else None

    def _sentences_between(self, start: int, end: int) -> list[Span]:
        """Return the sentences that begin between two places of the whole text."""
        spans = self.passage.sentences
        return spans[bisect_left(spans, (start + 1, 0)) : bisect_left(spans, (end, 0))]

    def _words(self, start: int, end: int) -> list[Token]:
        """Return the words of the frame between two places of the whole text."""
        start, end = start - self.offset, end - self.offset
        return [token for token in self.frame.between(start, end) if token.is_word]

    def _masked(self, start: int, end: int) -> str:
        return self.frame.masked[start - self.offset : end - self.offset]

    def _gap(self, start: int, end: int) -> int:
        return self.frame.count_words(start, end)

    def _adjacent(self, end: int, cue: Cue) -> bool:
        return not self.frame.masked[end : cue.start].strip(" ,،–—-")
