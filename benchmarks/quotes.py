"""How well quotations and speakers are found: exact and overlap F1 by language, beside a regular expression.

Run it as ``python -m benchmarks.quotes --split dev``. Articles numbered 04 to 10 and from 21 were never looked at in
development, all others were.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regex

from stance.quotes import extract
from stance.training.articles import Article, Marked, read
from stance.types import Span

_EDGE = regex.compile(r"^[\s\p{P}\p{S}]+|[\s\p{P}\p{S}]+$")
_BASELINE = regex.compile(r"[“„«\"「]([^“”„«»\"「」\n]{12,800})[”“»\"」]")
_WORD = regex.compile(r"[\p{L}\p{N}]+")
_QUOTED = ("direct", "mixed")

Spans = tuple[Span, ...]
Answer = tuple[Spans, str | None, Span | None]


@dataclass(slots=True)
class Count:
    """Counts of one language."""

    gold: int = 0
    found: int = 0
    exact: int = 0
    overlap: int = 0
    overlapped: int = 0
    person: int = 0
    mention: int = 0
    others: int = 0
    wrong_others: int = 0

    def add(self, other: Count) -> None:
        """Add the counts of another language."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def row(self) -> dict[str, float]:
        """Return the scores in percent."""
        right = self.overlapped
        return {
            "exact F1": _f1(self.exact, self.exact, self.found, self.gold),
            "overlap F1": _f1(self.overlap, self.overlapped, self.found, self.gold),
            "person": 100 * self.person / max(right, 1),
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
    tail = regex.search(r"[\s\p{P}\p{S}]+$", text[start : span[1]])
    return start, start + tail.start() if tail else span[1]


def same_person(first: str | None, second: str | None) -> bool:
    """Tell whether two names are one person's: a word of four letters or more in common, inflected perhaps."""
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


def score(article: Article, answers: Iterable[Answer], *, show: bool = False) -> Count:
    """Compare the answers for an article with what is marked in it."""
    text = article.text
    count = Count(others=len(article.others))
    gold = [(one, tuple(trim(text, span) for span in one.spans)) for one in article.statements if one.kind in _QUOTED]
    given = [(tuple(trim(text, span) for span in spans), speaker, place) for spans, speaker, place in answers]
    count.gold, count.found = len(gold), len(given)
    inside = [span for one in article.statements for span in one.spans]
    for other in article.others:
        nested = any(a <= other[0] and other[1] <= b for a, b in inside)
        if not nested or not any(one.kind in _QUOTED and hits(((other),), spans) for one, spans in gold):
            count.wrong_others += any(hits((trim(text, other),), spans) for spans, _, _ in given)
    for spans, _, _ in given:
        count.overlap += any(hits(spans, theirs) for _, theirs in gold)
        if show and not any(spans == theirs for _, theirs in gold):
            _say(f"  {article.name} FALSE {[text[a:b][:70] for a, b in spans]}")
    for one, theirs in gold:
        match = next((answer for answer in given if answer[0] == theirs), None)
        count.exact += match is not None
        if show and match is None:
            _say(f"  {article.name} MISS  {[text[a:b][:70] for a, b in theirs]}")
        match = match or next((answer for answer in given if hits(answer[0], theirs)), None)
        if match is None:
            continue
        count.overlapped += 1
        _score_speaker(article, one, match, count, show)
    return count


def _score_speaker(article: Article, one: Marked, answer: Answer, count: Count, show: bool) -> None:
    right = same_person(one.speaker, answer[1])
    count.person += right
    text = article.text
    mention = text[slice(*answer[2])] if answer[2] else None
    wanted = text[slice(*one.speaker_span)] if one.speaker_span else None
    count.mention += mention == wanted or (
        mention is not None
        and wanted is not None
        and wanted.endswith(mention)
        and answer[2] is not None
        and one.speaker_span is not None
        and one.speaker_span[1] == answer[2][1]
        and len(wanted) - len(mention) <= 4
    )
    if show and not right:
        _say(
            f"  {article.name} WHO   {answer[1]!r} ({mention!r}) is not {one.speaker!r}: "
            f"{text[slice(*answer[0][0])][:50]}"
        )


def ours(article: Article) -> list[Answer]:
    """Return what the library finds, told the language."""
    found = extract(article.text, language=article.language, kinds=_QUOTED).statements
    return [(one.spans, one.speaker, one.speaker_span) for one in found]


def baseline(article: Article) -> list[Answer]:
    """Return what a plain regular expression finds: the words between marks, and no speaker."""
    return [((match.span(1),), None, None) for match in _BASELINE.finditer(article.text)]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


Row = dict[str, float]


def rows_of(
    articles: Iterable[Article], find: Callable[[Article], list[Answer]], *, show: bool = False
) -> tuple[dict[str, Row], Row, Row]:
    """Return the scores by language, their mean over languages, and those of all articles together."""
    counts: dict[str, Count] = defaultdict(Count)
    total = Count()
    for article in articles:
        count = score(article, find(article), show=show)
        counts[article.language].add(count)
        total.add(count)
    rows = {language: count.row() for language, count in sorted(counts.items())}
    mean = {name: sum(row[name] for row in rows.values()) / max(len(rows), 1) for name in Count().row()}
    return rows, mean, total.row()


def report(title: str, articles: list[Article], find: Callable[[Article], list[Answer]], *, show: bool = False) -> None:
    """Write the scores by language and their mean over languages."""
    rows, mean, total = rows_of(articles, find, show=show)
    quoted = sum(one.kind in _QUOTED for article in articles for one in article.statements)
    others = sum(len(article.others) for article in articles)
    counted = f"{quoted} direct and mixed statements, {others} quoted words that are none"
    _say(f"\n{title}: {len(articles)} articles, {counted}")
    _say("lang  " + "".join(f"{name:>16}" for name in mean))
    for language, row in [*rows.items(), ("mean", mean), ("all", total)]:
        _say(f"{language:<6}" + "".join(f"{value:16.1f}" for value in row.values()))


def load(folder: Path, split: str, language: str | None) -> list[Article]:
    """Return the articles of a split: numbers 04 to 10 and from 21 are for the test, the others for development."""
    chosen = []
    for path in sorted(folder.glob("*/*-[0-9][0-9].txt")):
        code, number = path.stem.split("-")
        development = int(number) < 4 or 10 < int(number) < 20
        if (language is None or code == language) and split in ("all", "dev" if development else "test"):
            chosen.append(read(path))
    return chosen


def load_quotations(path: Path, limit: int) -> list[Article]:
    """Return texts of a JSON lines file of quotations (``text`` and ``quotes`` with offsets), direct ones only."""
    found = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            kept = [_marked(one) for one in record["quotes"] if one.get("kind") in _QUOTED]
            found.append(Article(str(record["id"]), record["lang"], record["text"], tuple(kept), ()))
            if len(found) >= limit:
                break
    return found


def _marked(one: dict[str, Any]) -> Marked:
    parts = one.get("fragments") or [[one["start"], one["end"]]]
    place = (one["speaker_start"], one["speaker_end"]) if one.get("speaker_start") is not None else None
    return Marked([(start, end) for start, end in parts], one["kind"], one.get("speaker"), place)


def main() -> None:
    """Read the command line and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=Path, default=Path("data/articles"), help="folder of marked articles")
    parser.add_argument("--split", choices=("dev", "test", "all"), default="dev")
    parser.add_argument("--language", help="one language alone")
    parser.add_argument("--quotations", type=Path, help="a JSON lines file with quotes instead of marked articles")
    parser.add_argument("--limit", type=int, default=200, help="texts read of --quotations")
    parser.add_argument("--show", action="store_true", help="list what differs (never with the test split)")
    options = parser.parse_args()
    if options.quotations:
        articles = load_quotations(options.quotations, options.limit)
    else:
        articles = load(options.articles, options.split, options.language)
    show = options.show and options.split == "dev"
    report("stance", articles, ours, show=show)
    report("regular expression", articles, baseline)


if __name__ == "__main__":
    main()
