"""The union of rules and tagger: rules tell where quotation marks open and close, the tagger what is said without any.

Figures of each alone and of both are in docs/quotes.md.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import regex

from stance import quotes
from stance.quotes import Extraction
from stance.tagging.decoding import Reading, Stretch
from stance.tagging.speakers import AGREED, Names, Speaker, choose, words_at
from stance.text import CleanText, neighbourhood, sentences
from stance.types import ExtractionMode, Span, Statement, StatementKind


@dataclass(frozen=True, slots=True)
class Limits:
    """The least probabilities with which answers are given.

    ``quoted`` keeps what the rules found, ``long`` what is longer than names and scare quotes are. ``agreed`` keeps its
    spans too: below it those of the tagger are taken where they have at least ``disputed`` and the words without them
    are less likely than ``outside``. ``direct`` and ``indirect`` add what the tagger alone found. A speaker less sure
    than ``speaker`` is not given.
    """

    quoted: float
    long: float
    agreed: float
    disputed: float
    outside: float
    direct: float
    indirect: float
    speaker: float


LIMITS = {
    ExtractionMode.FULL: Limits(
        quoted=0.4, long=0.05, agreed=0.2, disputed=0.8, outside=0.15, direct=0.97, indirect=0.6, speaker=0.0
    ),
    ExtractionMode.PRECISE: Limits(
        quoted=0.9, long=0.9, agreed=0.9, disputed=0.9, outside=0.15, direct=0.97, indirect=0.93, speaker=0.8
    ),
}
_MARKS = frozenset('“”„«»‹›‘"「」『』')
_BEFORE, _AFTER = frozenset(",;:.–—-"), frozenset(",;:–—-")
_APART = regex.compile(r"[\p{L}\p{N}\n\p{Pi}\p{Pf}\"„「」『』]")
# Names and scare quotes are shorter, in characters.
LONG = 40
QUOTED = (StatementKind.DIRECT, StatementKind.MIXED)
_SPACED = regex.compile(r"[\p{Latin}\p{Cyrillic}\p{Greek}]")
_WORD = regex.compile(r"[\p{L}\p{N}]")


@dataclass(frozen=True, slots=True)
class _Who:
    """Names that a text has, and words that are nobody's name."""

    names: Names
    pronouns: frozenset[str]


def unite(cleaned: CleanText, text: str, rules: Extraction, reading: Reading, *, limits: Limits) -> list[Statement]:
    """Return the statements of both, in order, each with its speaker.

    Args:
        cleaned: the text as rules and tagger read it.
        text: the text as it was given; spans of the answer count its characters.
        rules: what the rules found in it.
        reading: what the tagger made of it.
        limits: how sure an answer must be.
    """
    stretches = merged(reading.stretches(), cleaned.text)
    kept = []
    for one in rules.statements:
        spans = [(cleaned.to_clean(start), cleaned.to_clean(end)) for start, end in one.spans]
        least = limits.long if len(one.text) >= LONG else limits.quoted
        settled = _settled(spans, stretches, reading, cleaned.text, replace(limits, quoted=least))
        if settled == spans:
            kept.append((one, spans))
        elif settled:
            kept.append((_moved(one, text, _original(cleaned, settled)), settled))
    taken = _disjoint(span for _, spans in kept for span in spans)
    places = sentences(cleaned.text)
    drafts = [(one, spans, True) for one, spans in kept]
    for group in _groups(_added(cleaned.text, stretches, taken, limits), reading, cleaned.text):
        spans = [stretch.span for stretch in group]
        own = Statement.of_spans(
            text,
            _original(cleaned, spans),
            kind=group[0].kind,
            context=neighbourhood(cleaned.text, places, spans[0][0], spans[-1][1]),
        )
        drafts.append((own, spans, False))
    who = _Who(_names(rules, [spans for _, spans, _ in drafts], reading, cleaned.text), quotes.pronouns(rules.language))
    made = []
    for one, spans, known in drafts:
        statement, confidence = _speaker(one, spans, reading, cleaned, who=who, known=known)
        if confidence < limits.speaker or statement.speaker is None:
            statement = replace(statement, speaker=None, speaker_span=None)
        made.append(statement)
    return sorted(made, key=lambda one: one.start)


def _names(rules: Extraction, statements: Sequence[Sequence[Span]], reading: Reading, text: str) -> Names:
    """Return the names that rules give to anybody, and those that the tagger is sure of."""
    pointed = (reading.point(spans)["name"] for spans in statements)
    found = {words_at(text, one.span) for one in pointed if one.span and one.confidence >= AGREED}
    return Names(found | {one.speaker for one in rules.statements if one.speaker})


def merged(stretches: Sequence[Stretch], text: str) -> list[Stretch]:
    """Return the stretches, those of quoted words together between which there is no word and no mark that closes."""
    made: list[Stretch] = []
    for stretch in stretches:
        last = made[-1] if made else None
        if (
            last is not None
            and last.kind is stretch.kind is StatementKind.DIRECT
            and not _APART.search(text, last.span[1], stretch.span[0])
        ):
            width, other = last.span[1] - last.span[0], stretch.span[1] - stretch.span[0]
            confidence = (last.confidence * width + stretch.confidence * other) / (width + other)
            made[-1] = Stretch((last.span[0], stretch.span[1]), last.kind, confidence)
        else:
            made.append(stretch)
    return made


def _settled(
    spans: Sequence[Span], stretches: Sequence[Stretch], reading: Reading, text: str, limits: Limits
) -> list[Span]:
    """Return the spans of a statement of the rules, those of the tagger where it doubts them, or none."""
    sure = reading.probability(spans, QUOTED)
    if sure >= limits.agreed:
        return list(spans)
    start, end = spans[0][0], spans[-1][1]
    first = bisect_right(stretches, start, key=lambda one: one.span[1])
    last = bisect_left(stretches, end, key=lambda one: one.span[0])
    inside = [one for one in stretches[first:last] if one.kind in QUOTED and one.confidence >= limits.disputed]
    better = [_trimmed(text, (max(one.span[0], start), min(one.span[1], end))) for one in inside]
    parts = [span for span in better if span is not None and _WORD.search(text, *span)]
    rest = [gap for span in spans for gap in _gaps(span, parts)]
    if parts and reading.probability(rest) < limits.outside:
        return parts
    return list(spans) if sure >= limits.quoted else []


def _moved(one: Statement, text: str, spans: Sequence[Span]) -> Statement:
    """Return a statement with other spans."""
    return Statement.of_spans(
        text,
        spans,
        kind=one.kind,
        speaker=one.speaker,
        speaker_span=one.speaker_span,
        cue=one.cue,
        context=one.context,
    )


def _added(text: str, stretches: Sequence[Stretch], taken: Sequence[Span], limits: Limits) -> list[Stretch]:
    """Return what the tagger found and the rules did not, without marks at its edges."""
    found: list[Stretch] = []
    for stretch in stretches:
        limit = limits.indirect if stretch.kind is StatementKind.INDIRECT else limits.direct
        # Without marks nothing tells quoted words from the sentence around them.
        if stretch.kind is StatementKind.MIXED or stretch.confidence < limit:
            continue
        start, end = _whole(text, stretch.span)
        # Two stretches may meet inside a word.
        start = max(start, found[-1].span[1]) if found else start
        if start >= end:
            continue
        # The full stop of a reported clause is the reporting sentence's.
        span = _trimmed(text, _free((start, end), taken), stops=stretch.kind is StatementKind.INDIRECT)
        if span is None or not _WORD.search(text, *span) or _is_stray(text, span, stretch.kind):
            continue
        found.append(replace(stretch, span=span))
    return found


def _whole(text: str, span: Span) -> Span:
    """Return the span with whole words at its edges, in scripts that write words apart and without fused particles."""
    start, end = span
    while 0 < start < len(text) and _SPACED.match(text, start) and _SPACED.match(text, start - 1):
        start -= 1
    while 0 < end < len(text) and _SPACED.match(text, end) and _SPACED.match(text, end - 1):
        end += 1
    return start, end


def _is_stray(text: str, span: Span, kind: StatementKind) -> bool:
    """Tell whether a span is one word: no clause, and no quotation without a sign beside it."""
    words = text[slice(*span)]
    if " " in words or len(words) >= LONG:
        return False
    if kind is StatementKind.INDIRECT:
        return _SPACED.search(words) is not None
    around = text[max(span[0] - 1, 0) : span[0]] + text[span[1] : span[1] + 1]
    return all(character.isspace() or character.isalnum() for character in around)


def _disjoint(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, those that meet as one."""
    made: list[Span] = []
    for start, end in sorted(spans):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return made


def _original(cleaned: CleanText, spans: Sequence[Span]) -> list[Span]:
    """Return spans of the cleaned text as those of the text that was given."""
    return _disjoint(cleaned.to_original(*span) for span in spans)


def _gaps(span: Span, taken: Sequence[Span]) -> list[Span]:
    """Return the parts of a span that are not taken; ``taken`` is in order and disjoint."""
    start, end = span
    first = bisect_right(taken, start, key=lambda other: other[1])
    last = bisect_left(taken, end, key=lambda other: other[0])
    edges = [start, *(min(max(edge, start), end) for other in taken[first:last] for edge in other), end]
    return [(begin, stop) for begin, stop in zip(edges[::2], edges[1::2], strict=True) if begin < stop]


def _free(span: Span, taken: Sequence[Span]) -> Span | None:
    """Return the longest part of a span that is not taken, if that is most of it."""
    longest = max(_gaps(span, taken), key=lambda part: part[1] - part[0], default=None)
    return longest if longest and 2 * (longest[1] - longest[0]) > span[1] - span[0] else None


def _trimmed(text: str, span: Span | None, *, stops: bool = False) -> Span | None:
    """Return the span without signs at its edges, and without full stops at its end on demand; None if it is empty.

    A mark that closes what was opened inside stays.
    """
    if span is None:
        return None
    start, end = span
    while start < end and (text[start] in _BEFORE or text[start].isspace() or text[start] in _MARKS):
        start += 1
    while end > start:
        last = text[end - 1]
        if last in _MARKS and any(mark in _MARKS for mark in text[start : end - 1]):
            break
        if not (last in _MARKS or last in _AFTER or last.isspace() or (stops and last in ".。")):
            break
        end -= 1
    return (start, end) if start < end else None


def _groups(stretches: Sequence[Stretch], reading: Reading, text: str) -> list[list[Stretch]]:
    """Return the stretches with those together that are one statement: one reporting word, one sentence."""
    cues = [reading.point([stretch.span])["cue"].span for stretch in stretches]
    groups: list[list[Stretch]] = [[stretch] for stretch in stretches[:1]]
    for (before, after), (first, second) in zip(pairwise(stretches), pairwise(cues), strict=True):
        between = text[before.span[1] : after.span[0]]
        same = first is not None and first == second and before.kind is after.kind and "\n" not in between
        if same:
            groups[-1].append(after)
        else:
            groups.append([after])
    return groups


def _speaker(
    one: Statement, spans: Sequence[Span], reading: Reading, cleaned: CleanText, *, who: _Who, known: bool
) -> tuple[Statement, float]:
    """Return the statement with its speaker and its reporting word, and how sure the speaker is.

    ``known`` tells that the rules found the statement and had a say on its speaker.
    """
    pointed = reading.point(spans)
    cue = pointed["cue"].span
    if one.cue is None and cue is not None and "\n" not in cleaned.text[slice(*cue)]:
        one = replace(one, cue=words_at(cleaned.text, cue))
    rules = None
    if known:
        place = one.speaker_span
        rules = Speaker(one.speaker, (cleaned.to_clean(place[0]), cleaned.to_clean(place[1])) if place else None, 1.0)
    found = choose(cleaned.text, pointed, rules=rules, names=who.names, pronouns=who.pronouns)
    if rules is not None and (found.name, found.span) == (rules.name, rules.span):
        return one, found.confidence
    span = cleaned.to_original(*found.span) if found.span else None
    return replace(one, speaker=found.name, speaker_span=span), found.confidence
