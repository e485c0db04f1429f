"""Statements compared with what is marked in articles: counts, scores and the readers of both."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import regex

from stance.training.articles import Article, Marked, read
from stance.types import Span, StatementKind

_EDGE = regex.compile(r"^[\s\p{P}\p{S}]+|[\s\p{P}\p{S}]+$")
_TAIL = regex.compile(r"[\s\p{P}\p{S}]+$")
_BASELINE = regex.compile(r"[“„«\"「]([^“”„«»\"「」\n]{12,800})[”“»\"」]")
_WORD = regex.compile(r"[\p{L}\p{N}]+")

Kinds = Collection[StatementKind]
QUOTED: Kinds = (StatementKind.DIRECT, StatementKind.MIXED)
INDIRECT: Kinds = (StatementKind.INDIRECT,)
Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement as a system gives it."""

    spans: Spans
    kind: StatementKind = StatementKind.DIRECT
    speaker: str | None = None
    speaker_span: Span | None = None


Find = Callable[[Article], list[Answer]]
Row = dict[str, float]


@dataclass(slots=True)
class Count:
    """Counts of one language."""

    gold: int = 0
    found: int = 0
    exact: int = 0
    overlap: int = 0
    overlapped: int = 0
    person: int = 0
    named: int = 0
    named_right: int = 0
    mention: int = 0
    others: int = 0
    wrong_others: int = 0

    def add(self, other: Count) -> None:
        """Add the counts of another language."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    def row(self) -> Row:
        """Return the scores in percent."""
        right = self.overlapped
        return {
            "exact F1": _f1(self.exact, self.exact, self.found, self.gold),
            "overlap F1": _f1(self.overlap, self.overlapped, self.found, self.gold),
            "precision": 100 * self.overlap / max(self.found, 1),
            "recall": 100 * right / max(self.gold, 1),
            "person": 100 * self.person / max(right, 1),
            "speaker given": 100 * self.named / max(right, 1),
            "right of those": 100 * self.named_right / max(self.named, 1),
            "mention": 100 * self.mention / max(right, 1),
            "x as statement": 100 * self.wrong_others / max(self.others, 1),
        }


def _f1(of_found: int, of_gold: int, found: int, gold: int) -> float:
    precision, recall = of_found / max(found, 1), of_gold / max(gold, 1)
    return 200 * precision * recall / (precision + recall) if precision + recall else 0.0


def trim(text: str, span: Span) -> Span:
    """Return the span without marks, punctuation and space at its edges."""
    piece = text[span[0] : span[1]]
    head = _EDGE.match(piece)
    start = span[0] + (head.end() if head and head.start() == 0 else 0)
    tail = _TAIL.search(text[start : span[1]])
    return start, start + tail.start() if tail else span[1]


def same_person(first: str | None, second: str | None) -> bool:
    """Tell whether two names are one person's: one inside the other, or the same last word, inflected perhaps."""
    if first is None or second is None:
        return first is second
    one, other = (regex.sub(r"\s+", " ", name.casefold()).strip() for name in (first, second))
    if one in other or other in one:
        return True
    ours, theirs = (_WORD.findall(name) for name in (one, other))
    return any(_stem(a) == _stem(b) for a in ours[-1:] for b in theirs[-1:])


def _stem(word: str) -> str:
    return word[: max(4, len(word) - 2)]


def hits(first: Spans, second: Spans) -> bool:
    """Tell whether any of the first spans shares a character with any of the second."""
    return any(a < d and c < b for a, b in first for c, d in second)


def score(
    article: Article, answers: Iterable[Answer], *, kinds: Kinds = QUOTED, say: Callable[[str], None] | None = None
) -> Count:
    """Compare the answers of some kinds with what is marked of them; ``say`` is told each difference."""
    text = article.text
    gold = [(one, tuple(trim(text, span) for span in one.spans)) for one in article.statements if one.kind in kinds]
    given = [(tuple(trim(text, span) for span in one.spans), one) for one in answers if one.kind in kinds]
    count = Count(gold=len(gold), found=len(given))
    if StatementKind.MIXED in kinds:
        count.others = len(article.others)
        count.wrong_others = _wrong_others(article, gold, [spans for spans, _ in given])
    for spans, one in given:
        count.overlap += any(hits(spans, theirs) for _, theirs in gold)
        if say and not any(spans == theirs for _, theirs in gold):
            say(f"  {article.name} FALSE {one.kind} {[text[a:b][:70] for a, b in spans]}")
    for marked, theirs in gold:
        match = next((one for spans, one in given if spans == theirs), None)
        count.exact += match is not None
        if say and match is None:
            say(f"  {article.name} MISS  {marked.kind} {[text[a:b][:70] for a, b in theirs]}")
        match = match or next((one for spans, one in given if hits(spans, theirs)), None)
        if match is not None:
            count.overlapped += 1
            _score_speaker(article, marked, match, count, say)
    return count


def _wrong_others(article: Article, gold: Sequence[tuple[Marked, Spans]], given: Sequence[Spans]) -> int:
    inside = [span for one in article.statements for span in one.spans]
    wrong = 0
    for other in article.others:
        nested = any(a <= other[0] and other[1] <= b for a, b in inside)
        if not nested or not any(hits((other,), spans) for _, spans in gold):
            wrong += any(hits((trim(article.text, other),), spans) for spans in given)
    return wrong


def _score_speaker(
    article: Article, one: Marked, answer: Answer, count: Count, say: Callable[[str], None] | None
) -> None:
    right = same_person(one.speaker, answer.speaker)
    count.person += right
    count.named += answer.speaker is not None
    count.named_right += right and answer.speaker is not None
    text = article.text
    mention = text[slice(*answer.speaker_span)] if answer.speaker_span else None
    wanted = text[slice(*one.speaker_span)] if one.speaker_span else None
    count.mention += mention == wanted or (
        mention is not None
        and wanted is not None
        and wanted.endswith(mention)
        and answer.speaker_span is not None
        and one.speaker_span is not None
        and one.speaker_span[1] == answer.speaker_span[1]
        and len(wanted) - len(mention) <= 4
    )
    if say and not right:
        start, end = answer.spans[0]
        say(f"  {article.name} WHO   {answer.speaker!r} ({mention!r}) is not {one.speaker!r}: {text[start:end][:50]}")


def baseline(article: Article) -> list[Answer]:
    """Return what a plain regular expression finds: the words between marks, and no speaker."""
    return [Answer((match.span(1),)) for match in _BASELINE.finditer(article.text)]


def rows_of(
    articles: Iterable[Article], find: Find, *, kinds: Kinds = QUOTED, say: Callable[[str], None] | None = None
) -> tuple[dict[str, Row], Row, Row]:
    """Return the scores by language, their mean over languages, and those of all articles together."""
    counts: dict[str, Count] = defaultdict(Count)
    total = Count()
    for article in articles:
        count = score(article, find(article), kinds=kinds, say=say)
        counts[article.language].add(count)
        total.add(count)
    rows = {language: count.row() for language, count in sorted(counts.items())}
    mean = {name: sum(row[name] for row in rows.values()) / max(len(rows), 1) for name in Count().row()}
    return rows, mean, total.row()


def direct_parts(articles: Iterable[Article], find: Find) -> Count:
    """Compare parts of direct quotations; an answer that is a marked part of another kind counts for nothing.

    What a system itself calls indirect is no answer here.
    """
    counted = Count()
    for article in articles:
        text = article.text
        marked = [(one.kind, trim(text, span)) for one in article.statements for span in one.spans]
        gold = tuple(span for kind, span in marked if kind == StatementKind.DIRECT)
        others = tuple(span for kind, span in marked if kind != StatementKind.DIRECT)
        answered = [trim(text, span) for one in find(article) if one.kind in QUOTED for span in one.spans]
        found = tuple(span for span in answered if hits((span,), gold) or not hits((span,), others))
        counted.gold += len(gold)
        counted.found += len(found)
        counted.exact += len(set(gold) & set(found))
        counted.overlapped += sum(hits((span,), found) for span in gold)
        counted.overlap += sum(hits((span,), gold) for span in found)
    return counted


def load(folder: Path, split: str, language: str | None) -> list[Article]:
    """Return the articles of a split: numbers 04 to 10 and from 21 are for the test, the others for development."""
    chosen = []
    for path in sorted(folder.glob("*/*-[0-9][0-9].txt")):
        code, number = path.stem.split("-")
        development = int(number) < 4 or 10 < int(number) < 21
        if (language is None or code == language) and split in ("all", "dev" if development else "test"):
            chosen.append(read(path))
    return chosen


def load_quotations(path: Path, limit: int | None = None, *, kinds: Kinds = QUOTED) -> list[Article]:
    """Return texts of a JSON lines file of quotations (``text``, ``quotes`` with offsets) with those of some kinds."""
    found = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if limit is not None and number >= limit:
                break
            record = json.loads(line)
            kept = [_marked(one) for one in record["quotes"] if one.get("kind") in kinds]
            found.append(Article(str(record["id"]), record["lang"], record["text"], tuple(kept), ()))
    return found


def _marked(one: dict[str, Any]) -> Marked:
    parts = one.get("fragments") or [[one["start"], one["end"]]]
    place = (one["speaker_start"], one["speaker_end"]) if one.get("speaker_start") is not None else None
    spans = [(start, end) for start, end in parts]
    return Marked(spans, one["kind"], one.get("speaker"), place, cue=one.get("cue") or "")
